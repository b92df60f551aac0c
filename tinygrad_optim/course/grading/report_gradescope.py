"""The result of one submission in the form of Gradescope's results.json: a test for each exercise.

The form: https://gradescope-autograders.readthedocs.io/en/latest/specs/
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ...saving import write_text
from .report import lines
from .results import ExerciseResult, LessonResult, SubmissionResult


def write_gradescope(path: Path, result: SubmissionResult) -> None:
    """Write results.json, whole or not at all."""
    write_text(path, json.dumps(as_gradescope(result), indent=1) + "\n")


def as_gradescope(result: SubmissionResult) -> dict[str, Any]:
    """A result as Gradescope reads it."""
    tests = [
        as_test(lesson, number, one)
        for lesson in result["lessons"]
        for number, one in enumerate(lesson["exercises"], 1)
    ]
    return {
        "score": result["final"],
        "execution_time": round(result["seconds"]),
        "output": lines(words(result)),
        "output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": tests,
        "extra_data": {"digest": result["digest"], "learner": result["learner"], "course": result["course"]},
    }


def as_test(lesson: LessonResult, number: int, exercise: ExerciseResult) -> dict[str, Any]:
    """One exercise as a test of Gradescope's."""
    passed = exercise["points"] == exercise["of"]
    return {
        "name": f"{lesson['lesson']}: {exercise['name']}",
        "number": f"{int(lesson['lesson'][:2])}.{number}",
        "score": exercise["points"],
        "max_score": exercise["of"],
        "status": "passed" if passed else "failed",
        "visibility": "visible",
        "output": lines(exercise["told"] or lesson["problem"]),
        "output_format": "text",
    }


def words(result: SubmissionResult) -> str:
    """What is to be said of the submission as a whole."""
    told = [f"{result['points']} of {result['of']} points"]
    late = result["late"]
    if late:
        told.append(f"{late['penalty']:g} points less for being late: submitted {late['submitted']}")
    told += [f"{lesson['lesson']}: {lesson['problem']}" for lesson in result["lessons"] if lesson["problem"]]
    told += result["flags"]
    if result["error"]:
        told.append(
            "the grader itself failed, through no fault of yours: show this to your instructor. " + result["error"]
        )
    return "\n".join(told)
