"""The command `progress`: what is done of the course."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .learner import add_command, add_dir, refusing

if TYPE_CHECKING:
    from ..course.copies import Copy
    from ..course.lessons import Lesson
    from ..course.progress import Progress

FIRST = """Example:
  tinygrad-optim progress

An exercise counts as passed for the code that passed, and for the checks that it passed. Where one of them has changed
since, it has "passed an earlier version": check it again."""


def add(commands: Any) -> None:
    """Declare `progress` and its arguments."""
    progress = add_command(commands, "progress", "show what is done of the course", FIRST, run)
    progress.add_argument("--exercises", action="store_true", help="each exercise on a line of its own")
    add_dir(progress)


def run(given: Any) -> int:
    """Print a line a lesson, or a line an exercise."""
    from ..course.copies import find_copy
    from ..course.progress import EARLIER
    from ..trace.text import show_page
    from ..trace.text_page import Page

    with refusing():
        copy = find_copy(given.dir)
        progress, page = copy.progress(), Page()
        page.say(0, (f"{'lesson':<44} {'passed':>8} {'points':>9} {'hints':>6}", "bold"))
        totals = [0, 0, 0, 0, 0]
        for lesson in copy.lessons():
            counted, notes = told_of(copy, progress, lesson)
            totals = [one + other for one, other in zip(totals, counted)]
            done = counted[0] == counted[1]
            page.say(0, (row(f"{lesson.number:>2}  {lesson.title}", counted), "green" if done else ""))
            for name, state in notes:
                if given.exercises or state == EARLIER:
                    page.say(2, (f"{name:<30} {state}", "dim"))
        page.say(0, (row("all", totals), "bold"))
        show_page(page)
    return 0


def row(name: str, counted: list[int]) -> str:
    """A line of the table."""
    passed, exercises, points, of, hints = counted
    name = name if len(name) <= 44 else name[:41] + "..."
    return f"{name:<44} {f'{passed} of {exercises}':>8} {f'{points} of {of}':>9} {hints:>6}"


def told_of(copy: Copy, progress: Progress, lesson: Lesson) -> tuple[list[int], list[tuple[str, str]]]:
    """Of a lesson: exercises passed, exercises, points, all points, hints given; and each exercise with its state."""
    from ..course.progress import FAILED, PASSED

    passed = points = of = hints = 0
    states, text = [], copy.text_or_nothing(lesson)
    for exercise in lesson.exercises():
        entry, state = progress.entry(lesson, exercise), progress.state(lesson, text, exercise)
        possible = sum(check.points for check in exercise.checks)
        passed, of, hints = passed + (state == PASSED), of + possible, hints + entry.hints
        points += min(entry.points, possible) if state in (PASSED, FAILED) else 0
        states.append((exercise.name, state))
    return [passed, len(states), points, of, hints], states
