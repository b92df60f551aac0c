"""Writes lessons/catches.md: which check of which exercise catches which mistake. Run it after changing an exercise.

python docs/catches.py

A check catches a wrong answer if that fails it, and a mutant of the museum if the right solution fails it on the broken
engine or optimizer.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tinygrad_optim.course import Exercise
from tinygrad_optim.course.alone import quiet
from tinygrad_optim.course.lessons import Lesson, load
from tinygrad_optim.course.museum import MUTANTS, exhibit
from tinygrad_optim.course.validate import drawn_cases, failure

LESSONS = Path(__file__).parents[1] / "lessons"
OUT = LESSONS / "catches.md"
HEAD = """# Which check catches which mistake

Of each exercise: its checks, by number; the wrong answers that its author expects, and the checks that each fails; and
the bugs of the museum (`tinygrad_optim.course.museum`) that make even the right solution fail. This page is written by
`docs/catches.py`, which runs all of them.
"""


def page() -> str:
    """The whole page."""
    lessons = [Lesson(folder) for folder in sorted(LESSONS.glob("[0-9][0-9]_*"))]
    return HEAD + "".join(part(lesson) for lesson in lessons) + "\n" + totals(lessons)


def part(lesson: Lesson) -> str:
    """One lesson: a table an exercise."""
    told = [f"\n## {lesson.number}. {lesson.title}\n"]
    solutions = load(lesson.folder / "solutions.py")
    with quiet():
        for exercise in lesson.exercises():
            solution = getattr(solutions, exercise.name)
            told.append(f"\n### {exercise.name} ({exercise.kind})\n\n")
            told += [f"{number}. {check.says}\n" for number, check in enumerate(exercise.checks, 1)]
            told.append("\n| mistake | caught by |\n|---|---|\n")
            for wrong in exercise.wrong:
                found = [failure(exercise, check, wrong.answer) is not None for check in exercise.checks]
                told.append(f"| {cell(wrong.name)} | {numbers(found)} |\n")
            for mutant, found in caught(exercise, solution).items():
                told.append(f"| `{mutant}` | {numbers(found)} |\n")
    return "".join(told)


def caught(exercise: Exercise, solution: Any) -> dict[str, list[bool]]:
    """By mutant: of each check whether it catches it. Mutants that none catches are left out."""
    found = {}
    cases = [drawn_cases(exercise, check) for check in exercise.checks]
    for mutant in MUTANTS:
        with exhibit(mutant):
            row = [any(case.fails(solution) for case in of_check) for of_check in cases]
        if any(row):
            found[mutant] = row
    return found


def totals(lessons: list[Lesson]) -> str:
    """How many there are of each."""
    exercises = [exercise for lesson in lessons for exercise in lesson.exercises()]
    checks = sum(len(exercise.checks) for exercise in exercises)
    wrong = sum(len(exercise.wrong) for exercise in exercises)
    return (
        f"{len(lessons)} lessons, {len(exercises)} exercises, {checks} checks; {wrong} wrong answers, "
        f"{len(MUTANTS)} mutants.\n"
    )


def numbers(found: list[bool]) -> str:
    return ", ".join(str(number) for number, one in enumerate(found, 1) if one) or "none"


def cell(text: str) -> str:
    """Text that may stand in a table."""
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    OUT.write_text(page(), encoding="utf-8", newline="\n")
    print(f"wrote {OUT}")
