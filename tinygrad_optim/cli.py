"""The command `tinygrad-optim`, which is also `python -m tinygrad_optim`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

from . import __version__
from .commands import (
    check,
    compare,
    completion,
    demo,
    diff,
    grade,
    hint,
    make_gradescope,
    make_release,
    playground,
    progress,
    reset,
    start,
    step,
    trace,
    why,
)
from .commands.arguments import Refused
from .commands.output import reader_has_gone, show_any_letter

DESCRIPTION = "PyTorch's autograd and torch.optim, small enough to read, with every update visible line by line."
FIRST = """Try this first:
  tinygrad-optim demo --out out

It trains a small net on handwritten digits with three parameter groups, and writes to the folder out
figures of the run and the story of one training step. Then take a program of your own, unchanged:
  tinygrad-optim trace train.py

Or learn it by doing, a lesson at a time:
  tinygrad-optim start course

Each command says more, with examples: "tinygrad-optim trace --help".

Exit codes: 0 all is well (trace: what the program gave), 1 it could not be done, 2 bad input, 130 interrupted."""
COMMANDS = (
    *(demo, trace, step, compare, why, playground),
    *(start, check, hint, progress, reset, diff),
    *(grade, make_gradescope, make_release, completion),
)
BAD_INPUT = 2
CANNOT_RUN = 1
INTERRUPTED = 130  # what a shell reports for Ctrl-C
READER_GONE = 141  # and for a program whose reader, such as head, left before its end


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, and end with code 2."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_INPUT, f"{self.prog}: error: {message} (see {self.prog} --help)\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with these arguments (default: those of the process); returns the exit code."""
    parser, given = make_parser(), None
    try:
        given, unknown = parser.parse_known_args(argv)
        if unknown:
            parser.prog = f"{parser.prog} {given.command or ''}".rstrip()  # whose --help it is that helps
            parser.error(f"unrecognized arguments: {' '.join(unknown)}")
        if not hasattr(given, "script"):  # a script prints as it would by itself
            show_any_letter()
        code = 0
        if given.command is None:
            parser.print_help()
        else:
            code = given.run(given)
        if sys.stdout is not None:
            sys.stdout.flush()
        return code
    except Refused as error:
        return complain(str(error), error.code)
    except ImportError as error:
        return complain(str(error), CANNOT_RUN)
    except BrokenPipeError:
        reader_has_gone()
        return READER_GONE
    except OSError as error:
        place = error.filename or getattr(given, "out", None) or "the output"
        return complain(f"cannot write to {place}: {error.strerror}. Choose another --out")
    except KeyboardInterrupt:
        return complain("interrupted; no file was left half-written", INTERRUPTED)


def make_parser() -> Parser:
    """The command's arguments."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = Parser("tinygrad-optim", description=DESCRIPTION, epilog=FIRST, formatter_class=raw)
    parser.add_argument("--version", action="version", version=f"tinygrad-optim {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="command", title="commands")
    for command in COMMANDS:
        command.add(commands)
    return parser


def complain(message: str, code: int = BAD_INPUT) -> int:
    """Say on stderr, in one line, what is wrong; returns the exit code."""
    print("tinygrad-optim: error:", message.replace("\n", " "), file=sys.stderr)
    return code
