"""The command `step`: record a script and step through it, forward and back."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from .arguments import whole_number


def add(commands: Any) -> None:
    """Declare `step` and its arguments."""
    words = "run a script, then step through what ran, line by line, forward and back"
    step = commands.add_parser("step", help=words, description=words.capitalize() + ".", epilog=FIRST)
    step.set_defaults(run=run, out=None)
    step.add_argument("--max-lines", type=whole_number(1), default=100_000, metavar="N", help=LINES)
    step.add_argument("script", type=Path, metavar="SCRIPT.py", help="the script, run as `python SCRIPT.py ARGS` would")
    step.add_argument("args", nargs=argparse.REMAINDER, metavar="ARGS", help="the script's own arguments")


FIRST = "The letters are pdb's (n, s, r, c, p, b, l, w, u, d); capitals go back. h lists them all."
LINES = "record no more lines than this (default: 100000)"


def run(given: Any) -> int:
    """Record the script and open the stepper; returns 2 if the script cannot be read."""
    from ..group_table import import_rich
    from ..trace.script import run_script

    import_rich()
    from ..trace.stepper import Stepper

    try:
        done = run_script(given.script, given.args, max_lines=given.max_lines)
    except OSError as error:
        return complain(f"cannot read {given.script}: {error.strerror}")
    except (SyntaxError, ValueError) as error:
        return complain(f"{given.script} is no Python that can run: {error}")
    sys.stdout.flush()
    Stepper(done.recording).run()
    return 0


def complain(message: str) -> int:
    print("tinygrad-optim: error:", message, file=sys.stderr)
    return 2
