"""The command `compare`: run a script here and with PyTorch, and lay the two runs side by side."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path
from typing import Any

from .arguments import Refused, whole_number
from .output import check_files, reader_has_gone, show_any_letter

FIRST = """Examples:
  tinygrad-optim compare train.py
  tinygrad-optim compare --steps 3 --html compare.html train.py

Flags come before SCRIPT.py; what follows it is the script's own.

The script runs twice: with this package, then with PyTorch in its place; it may import either. Lines of the two
sources stand side by side because they made the same number, up to rounding; no table says so beforehand."""


def add(commands: Any) -> None:
    """Declare `compare` and its arguments."""
    words = "run a script here and with PyTorch, and pair the lines that made the same numbers"
    raw = argparse.RawDescriptionHelpFormatter
    compare = commands.add_parser(
        "compare", help=words, description=words.capitalize() + ".", epilog=FIRST, formatter_class=raw
    )
    compare.set_defaults(run=run)
    compare.add_argument("--steps", type=whole_number(1), default=1, metavar="N", help="how many (default: 1)")
    compare.add_argument("--html", type=Path, metavar="FILE", help="write it as a page, too")
    compare.add_argument("script", type=Path, metavar="SCRIPT.py")
    compare.add_argument("args", nargs=argparse.REMAINDER, metavar="ARGS")


def run(given: Any) -> int:
    """Run the script twice and tell; returns 0 if the numbers agree, 1 if they part or a run failed."""
    from ..trace.compare import compare
    from ..trace.tracers import watching_debugger

    if watching_debugger():
        raise Refused("a debugger is at work, and both need Python's trace function: run this without it", 1)
    check_files(given.script, given.html)
    try:
        comparison = compare(given.script, given.args, given.steps)
    except OSError as error:
        raise Refused(f"cannot read {given.script}: {error.strerror}") from None
    except SyntaxError as error:
        where = f", line {error.lineno}" if error.lineno else ""
        raise Refused(f"{given.script}{where} is not Python: {error.msg}") from None
    told = comparison.to_text(max(80, shutil.get_terminal_size((120, 24)).columns))
    if given.html:
        told += f"wrote {comparison.save_html(given.html)}\n"
    show_any_letter()
    try:
        print(told, end="", flush=True)
    except BrokenPipeError:  # whoever was to read it has gone
        reader_has_gone()
    return int(comparison.error is not None or not all(update.same for update in comparison.updates))
