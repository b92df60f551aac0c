"""The command `start`: a working copy of the course, for one learner."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .arguments import Refused
from .learner import add_command, refusing

FIRST = """Examples:
  tinygrad-optim start course
  tinygrad-optim start mine --learner "Ada Lovelace" --seed autumn

DIR gets a folder a lesson, with lesson.py to read and exercises.py to write in; a README.md that says what to do
first; and progress.json, which keeps what is done. Nothing that is there is ever overwritten.

For instructors: the numbers in the exercises are drawn from --seed and --learner, so that another course gets other
numbers, and they can be drawn again. --without-solutions makes `tinygrad-optim diff` refuse in this copy, as it does
wherever a lesson has no solutions.py. The environment variable TINYGRAD_OPTIM_LESSONS names a folder of lessons to take
in the place of the package's, here and in the other commands."""


def add(commands: Any) -> None:
    """Declare `start` and its arguments."""
    start = add_command(
        commands, "start", "make a working copy of the course: lessons to read and exercises", FIRST, run
    )
    start.add_argument("folder", type=Path, metavar="DIR", help="a new folder, or one that has no copy yet")
    start.add_argument("--learner", metavar="NAME", help="who learns (default: a name made up)")
    start.add_argument("--seed", default="", metavar="COURSE", help="what the exercises' numbers are drawn from, too")
    start.add_argument("--add", action="store_true", help="add what is missing to a copy; leave all else as it is")
    start.add_argument("--without-solutions", action="store_true", help="`diff` does not show the solutions")


def run(given: Any) -> int:
    """Make the copy, or complete one."""
    from ..course.copies import Copy, add_missing, make_copy
    from ..course.lessons import all_lessons
    from ..course.progress import FILE

    with refusing():
        first = all_lessons()[0]
        try:
            if given.add and (given.folder / FILE).is_file():
                Copy(given.folder).progress()
                written = add_missing(Copy(given.folder))
            else:
                _, written = make_copy(
                    given.folder, given.learner, given.seed, not given.without_solutions, keep=given.add
                )
        except FileExistsError as error:
            raise Refused(there_is(given.folder, error)) from None
        print(f"wrote {len(written)} file{'s' if len(written) != 1 else ''} to {given.folder}")
        print(f"Read {given.folder / first.name / 'lesson.py'} first; then:")
        print(f"  cd {given.folder}")
        print(f"  tinygrad-optim check {first.number}")
    return 0


def there_is(folder: Path, error: FileExistsError) -> str:
    """Why nothing was written."""
    there = error.args[0] if len(error.args) == 1 else error.filename
    return (
        f"{there} is there already, and nothing was written: choose another folder, or add what is missing with "
        f"`tinygrad-optim start {folder} --add`"
    )
