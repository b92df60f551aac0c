"""The command `tinygrad-optim`, which is also `python -m tinygrad_optim`."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from . import __version__

DESCRIPTION = "PyTorch's autograd and torch.optim, small enough to read, with every update visible line by line."
FIRST = """Try this first:
  tinygrad-optim demo --out out

It trains a small net on handwritten digits with three parameter groups, and writes to the folder out
figures of the run and the story of one training step. "tinygrad-optim demo --help" tells what can be turned."""
BAD_INPUT = 2
CANNOT_RUN = 1
INTERRUPTED = 130  # what a shell reports for Ctrl-C


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, and end with code 2."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_INPUT, f"{self.prog}: error: {message} (see {self.prog} --help)\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with these arguments (default: those of the process); returns the exit code."""
    parser = make_parser()
    given = parser.parse_args(argv)
    if given.command is None:
        parser.print_help()
        return 0
    try:
        return run_demo(given)
    except ImportError as error:
        return complain(str(error), CANNOT_RUN)
    except OSError as error:
        return complain(f"cannot write to {error.filename or given.out}: {error.strerror}. Choose another --out")
    except KeyboardInterrupt:
        return complain("interrupted; no file was left half-written", INTERRUPTED)


def make_parser() -> Parser:
    """The command's arguments."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = Parser("tinygrad-optim", description=DESCRIPTION, epilog=FIRST, formatter_class=raw)
    parser.add_argument("--version", action="version", version=f"tinygrad-optim {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="command", title="commands")
    words = "train on handwritten digits with three parameter groups, and see all of it"
    demo = commands.add_parser("demo", help=words, description=words.capitalize() + ".")
    demo.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the figures and the story")
    for flag, kind, default, words in (
        ("--epochs", whole_number(1), 40, "times through the training digits"),
        ("--batch-size", whole_number(1), 32, "digits a step"),
        ("--lr", number(0.0), 0.1, "learning rate; the first layer gets 0.01 of it"),
        ("--momentum", number(0.0), 0.9, "how much of the last velocity goes on"),
        ("--weight-decay", number(0.0), 1e-3, "of the second layer alone"),
        ("--seed", whole_number(0), 0, "where the random numbers start"),
    ):
        demo.add_argument(flag, type=kind, default=default, metavar="N", help=f"{words} (default: {default})")
    return parser


def whole_number(least: int) -> Callable[[str], int]:
    """A reader of whole numbers, at least this one."""

    def read(text: str) -> int:
        if not text.strip().lstrip("+-").isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(f"must be a whole number, at least {least}, not {text!r}")
        return int(text)

    return read


def number(least: float) -> Callable[[str], float]:
    """A reader of finite numbers, at least this one."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not least <= value < math.inf:
            raise argparse.ArgumentTypeError(f"must be a finite number, at least {least:g}, not {text!r}")
        return value

    return read


def run_demo(given: Any) -> int:
    """The command `demo`. ImportError, before it begins, if what it draws with is not installed."""
    from .group_table import import_rich
    from .plot.style import require_matplotlib

    import_rich()
    require_matplotlib()
    from rich.console import Console

    from . import demo

    options = {name: value for name, value in vars(given).items() if name not in ("command", "out")}
    demo.run_demo(given.out, demo.Settings(**options), Console())
    return 0


def complain(message: str, code: int = BAD_INPUT) -> int:
    """Say on stderr, in one line, what is wrong; returns the exit code."""
    print("tinygrad-optim: error:", message.replace("\n", " "), file=sys.stderr)
    return code
