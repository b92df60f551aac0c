"""The command `make-gradescope`: the archive that Gradescope makes an autograder of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .arguments import Refused, number
from .learner import add_command, refusing

FIRST = """Examples:
  tinygrad-optim make-gradescope autograder.zip --lessons 6
  tinygrad-optim make-gradescope whole-course.zip --secret secret.txt

Upload the archive as the autograder of a programming assignment. It holds this package, the lessons without their
solutions, and the secret that inputs are drawn from (a new one, or --secret's): do not give it away.

Learners hand in their whole folder as `tinygrad-optim start` made it, packed or not, with its progress.json; of a
single lesson exercises.py and progress.json are enough."""


def add(commands: Any) -> None:
    """Declare `make-gradescope` and its arguments."""
    make = add_command(commands, "make-gradescope", "write the autograder for Gradescope", FIRST, run)
    make.add_argument("out", type=Path, metavar="OUT.zip", help="the archive to write")
    make.add_argument("--lessons", default="", metavar="LIST", help="6,7 or 1-5 (default: all)")
    make.add_argument("--secret", type=Path, metavar="FILE", help="what inputs are drawn from; made if missing")
    words = "seconds that one case may take (default: 10)"
    make.add_argument("--timeout", type=number(0.1), default=10.0, metavar="S", help=words)
    words = "seconds after which no more lesson is begun: less than Gradescope's own limit (default: 480)"
    make.add_argument("--longest", type=number(1.0), default=480.0, metavar="S", help=words)


def run(given: Any) -> int:
    """Write it."""
    import secrets

    from ..course.grading.gradescope_archive import write_archive
    from ..course.grading.release import StillSolved, refuse_solved
    from ..course.grading.secret import BadSecret, from_file
    from .grade import lessons_of

    with refusing():
        lessons = lessons_of(given.lessons)
        try:
            refuse_solved(lessons)
            secret, words = from_file(given.secret) if given.secret else (secrets.token_hex(32).encode(), "")
        except (StillSolved, BadSecret) as error:
            raise Refused(str(error)) from None
        if words:
            print(words)
        write_archive(given.out, lessons, secret, given.timeout, given.longest)
    print(f"wrote {given.out}: it holds the secret, so keep it to yourself")
    return 0
