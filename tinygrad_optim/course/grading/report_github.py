"""The result of one submission for GitHub Classroom's reporter (autograding-grading-reporter@v1): a step's output.

The step's `result` is JSON in base64, which the workflow hands to the reporter as an environment variable named after
the step's id. GitHub ended Classroom in August 2026, and calls the reporter deprecated; it still shows the points.
"""

from __future__ import annotations

import base64
import json
import os
from typing import Any

from .report import lines
from .results import ExerciseResult, LessonResult, SubmissionResult

OUTPUT = "GITHUB_OUTPUT"  # the environment variable that names the file of a step's outputs


def write_github(result: SubmissionResult) -> str:
    """Append the result to the file of the step's outputs; what to print where there is none."""
    line = f"result={base64.b64encode(json.dumps(as_github(result)).encode('ascii')).decode('ascii')}"
    path = os.environ.get(OUTPUT, "")
    if not path:
        return line
    with open(path, "a", encoding="utf-8") as file:
        file.write(line + "\n")
    return ""


def as_github(result: SubmissionResult) -> dict[str, Any]:
    """A result as the reporter reads it: its total is the sum of the tests' scores."""
    tests = [as_test(lesson, one) for lesson in result["lessons"] for one in lesson["exercises"]]
    if result["late"] and result["late"]["penalty"]:
        penalty = result["late"]["penalty"]
        words = f"submitted {result['late']['submitted']}"
        tests.append({**blank("late"), "status": "fail", "score": -penalty, "message": words})
    if result["error"]:
        tests.append({**blank("the grader"), "status": "error", "score": 0, "message": lines(result["error"])})
    passed = all(one["status"] == "pass" for one in tests)
    status = "error" if result["error"] else "pass" if passed else "fail"
    return {"version": 1, "status": status, "max_score": result["of"], "tests": tests}


def as_test(lesson: LessonResult, exercise: ExerciseResult) -> dict[str, Any]:
    """One exercise as a test of the reporter's."""
    passed = exercise["points"] == exercise["of"]
    return {
        **blank(f"{lesson['lesson']}.{exercise['name']}"),
        "status": "pass" if passed else "fail",
        "score": exercise["points"],
        "message": lines(exercise["told"] or lesson["problem"]),
        "filename": f"{lesson['lesson']}/exercises.py",
    }


def blank(name: str) -> dict[str, Any]:
    """What every test has."""
    return {"name": name, "test_code": "", "filename": "", "line_no": 0, "duration": 0}
