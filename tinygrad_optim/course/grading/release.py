"""The learners' version of the course: lessons, exercises and checks, in which no solution is left."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path
from typing import Any

from ...saving import written_whole
from ..alone import quiet
from ..exercise import Exercise
from ..lessons import LEARNERS, Lesson
from ..source import source_of, text_of
from ..validate import failures

RELEASED = (*LEARNERS, "checks.py")


class StillSolved(ValueError):
    """An exercises.py in which a solution stands; the message names the exercises."""


def release(folder: Path, lessons: list[Lesson]) -> list[Path]:
    """Write these lessons into a folder, which must be new or empty. Nothing is written where this raises.

    StillSolved if an exercise is solved.
    FileExistsError if there is something in the folder.
    """
    refuse_solved(lessons)
    if folder.is_dir() and any(folder.iterdir()):
        raise FileExistsError(str(folder))
    written = []
    for lesson in lessons:
        place = folder / lesson.name
        place.mkdir(parents=True, exist_ok=True)
        for source in (lesson.folder / name for name in RELEASED):
            with open(source, "rb") as file, written_whole(place / source.name) as out:
                shutil.copyfileobj(file, out)
            written.append(place / source.name)
    return written


def refuse_solved(lessons: list[Lesson]) -> None:
    """StillSolved if an exercise of these lessons is solved."""
    solved = [f"{lesson.name}.{one}" for lesson in lessons for one in solved_in(lesson)]
    if solved:
        raise StillSolved(
            f"these exercises are solved where they should be asked: {', '.join(solved)}. Put back their stubs in "
            "exercises.py; nothing was written"
        )


def solved_in(lesson: Lesson) -> list[str]:
    """Those of a lesson's exercises whose solution stands in its exercises.py, or that ask nothing."""
    text = text_of(lesson.folder / "exercises.py")
    solutions = lesson.folder / "solutions.py"
    solved = text_of(solutions) if solutions.is_file() else ""
    lines = plain_lines(text)
    return [one.name for one in lesson.exercises() if is_solved(one, text, lines, solved)]


def is_solved(exercise: Exercise, text: str, lines: list[str], solved: str) -> bool:
    """Whether an exercise asks nothing any more, or its solution's lines stand anywhere in the file, as comments too.

    Where there is a bug to find there is code from the beginning: that must fail its checks.
    """
    stub = source_of(text, exercise.name)
    if stub is None:
        return True
    if "NotImplementedError" not in code_names(stub) and (exercise.kind != "find" or passes(exercise, text)):
        return True
    solution = source_of(solved, exercise.name) if solved else None
    body = body_of(solution) if solution else []
    return bool(body) and holds(lines, body)


def passes(exercise: Exercise, text: str) -> bool:
    """Whether the exercise passes as it stands."""
    module: dict[str, Any] = {"__name__": "exercises"}
    exec(compile(text, "exercises.py", "exec", dont_inherit=True), module)
    with quiet():
        return not failures(exercise, module[exercise.name])


def code_names(source: str) -> set[str]:
    """The names that a source uses: what stands in its comments and texts is none."""
    return {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}


def body_of(source: str) -> list[str]:
    """The lines of a function's or class's body without its docstring and comments, each without its indent."""
    (node,) = ast.parse(source).body
    assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    body = node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body
    if not body:
        return []
    return plain_lines("\n".join(source.split("\n")[body[0].lineno - 1 : node.end_lineno]))


def plain_lines(text: str) -> list[str]:
    """The lines of a text, each without indent and without what makes it, or ends it with, a comment; no empty ones."""
    lines = (line.strip().lstrip("#").strip() for line in text.split("\n"))
    return [line.partition("  #")[0].rstrip() for line in lines if line]


def holds(lines: list[str], body: list[str]) -> bool:
    """Whether these lines stand in a row somewhere among the others."""
    starts = (start for start, line in enumerate(lines) if line == body[0])
    return any(lines[start : start + len(body)] == body for start in starts)
