"""The command `make-release`: the learners' version of the course, without solutions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .arguments import Refused
from .learner import add_command, refusing

FIRST = """Examples:
  tinygrad-optim make-release learners
  tinygrad-optim make-release first-half --lessons 1-8

DIR gets a folder a lesson, with lesson.py, exercises.py and checks.py. Give it to your learners, and let
TINYGRAD_OPTIM_LESSONS name it where they work: then `start`, `check` and `hint` take these lessons, and `diff` has
nothing to show.

An exercises.py in which an exercise is solved ends this with code 2, with the exercises' names and with nothing
written: where no NotImplementedError is left, or the lines of the solution stand in it, be it as a comment."""


def add(commands: Any) -> None:
    """Declare `make-release` and its arguments."""
    make = add_command(commands, "make-release", "write the learners' version of the course", FIRST, run)
    make.add_argument("folder", type=Path, metavar="DIR", help="a new folder, or an empty one")
    make.add_argument("--lessons", default="", metavar="LIST", help="6,7 or 1-5 (default: all)")


def run(given: Any) -> int:
    """Write them."""
    from ..course.grading.release import StillSolved, release
    from .grade import lessons_of

    with refusing():
        try:
            written = release(given.folder, lessons_of(given.lessons))
        except StillSolved as error:
            raise Refused(str(error)) from None
        except FileExistsError:
            raise Refused(f"{given.folder} is not empty, and nothing was written: choose another folder") from None
        print(f"wrote {len(written)} files to {given.folder}")
    return 0
