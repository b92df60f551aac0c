"""The command `step`: record a script and step through it, forward and back."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from .arguments import whole_number
from .output import reader_has_gone
from .trace import LINES, STEPS, flush_output, report, run_recorded

FIRST = """Examples:
  tinygrad-optim step train.py
  tinygrad-optim step --from-step 3 --steps 1 train.py

Flags come before SCRIPT.py; what follows it is the script's own.

The script runs as `python SCRIPT.py ARGS` would; then commands are read. Its letters are those of pdb: n, s, r and
c go on, p prints, b sets a breakpoint, h lists them all. Capitals go back: N, S, R, C."""


def add(commands: Any) -> None:
    """Declare `step` and its arguments."""
    words = "run a script, then step through what ran, line by line, forward and back"
    raw = argparse.RawDescriptionHelpFormatter
    step = commands.add_parser(
        "step", help=words, description=words.capitalize() + ".", epilog=FIRST, formatter_class=raw
    )
    step.set_defaults(run=run)
    for flag, default, letter, what in (
        ("--steps", STEPS, "N", "so many of its steps are recorded"),
        ("--from-step", 1, "K", "from this one on"),
        ("--max-lines", LINES, "N", "no more lines are recorded"),
    ):
        kind = whole_number(1)
        step.add_argument(flag, type=kind, default=default, metavar=letter, help=f"{what} (default: {default})")
    step.add_argument("--package", metavar="PKG", help="a package or folder to record in this package's place")
    step.add_argument("script", type=Path, metavar="SCRIPT.py")
    step.add_argument("args", nargs=argparse.REMAINDER, metavar="ARGS")


def run(given: Any) -> int:
    """Record the script and open the stepper. Refused if the script cannot be run."""
    from ..group_table import import_rich
    from ..trace.script_recorder import ScriptRecorder

    import_rich()
    from ..trace.stepper import Stepper

    recorder = {"steps": given.steps, "from_step": given.from_step, "max_lines": given.max_lines, "only": given.package}
    done = run_recorded(given, ScriptRecorder, recorder)
    flush_output()
    report(done.error)
    try:
        Stepper(done.recording).run()
        sys.stdout.flush()
    except (BrokenPipeError, SystemExit):  # whoever was to read it has gone: Python's way to say so, and rich's
        reader_has_gone()
    return 0
