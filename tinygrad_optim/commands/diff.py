"""The command `diff`: the learner's code beside the solution, once it has passed."""

from __future__ import annotations

import shutil
from typing import Any

from .arguments import Refused
from .learner import add_command, add_dir, asked_for, command_for, refusing, solutions_of

FIRST = """Examples:
  tinygrad-optim diff 6.train
  tinygrad-optim diff 6

A solution is shown once your own code has passed `tinygrad-optim check`, and only where the solutions are released: the
lesson has a solutions.py, and the copy was not made with `start --without-solutions`.

Exit codes: 0 it is shown, 1 it is not shown, 2 bad input."""
NOT_SHOWN = 1


def add(commands: Any) -> None:
    """Declare `diff` and its arguments."""
    diff = add_command(commands, "diff", "show your code beside the solution, once it has passed", FIRST, run)
    diff.add_argument("what", metavar="LESSON[.EXERCISE]", help="such as 6.train; 6 is all that has passed in lesson 6")
    add_dir(diff)


def run(given: Any) -> int:
    """Show the solutions of what has passed. Refused where they are not released or nothing has passed."""
    from ..course.diff import beside
    from ..course.source import text_of
    from ..trace.text import show_page

    with refusing():
        copy, progress, lesson, exercise = asked_for(given)
        solutions = solutions_of(progress, lesson)
        if solutions is None:
            raise Refused(f"the solutions of lesson {lesson.number} are not released", NOT_SHOWN)
        asked = (exercise,) if exercise else lesson.exercises()
        text = copy.text(lesson)
        passed = [one for one in asked if progress.stands(lesson, text, one)]
        if not passed:
            raise Refused(f"pass it first: tinygrad-optim check {command_for(lesson, exercise)}", NOT_SHOWN)
        width = shutil.get_terminal_size((120, 24)).columns
        for one in passed:
            show_page(beside(one.name, text, text_of(solutions), width))
    return 0
