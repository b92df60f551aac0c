"""What grading a submission gives: plain data, as it is in the JSON report. FORMAT changes when any of this does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

FORMAT = 1
CUT = 4_000  # letters of a text that a learner's code had a part in
Mark = list[Any]  # mark_of


class CheckResult(TypedDict):
    """One check: `how` is one of the words of course.outcome, "passed" for one that earns its points."""

    says: str
    points: int
    of: int
    how: str
    difference: str  # where what came first differs from what was expected
    wrong: str  # the known mistake that was made, if it is one


class ExerciseResult(TypedDict):
    name: str
    kind: str
    points: int
    of: int
    told: str  # of one that did not pass, what `check` would tell the learner
    checks: list[CheckResult]


class LessonResult(TypedDict):
    lesson: str
    points: int
    of: int
    problem: str  # why nothing of it could be graded
    seconds: float
    exercises: list[ExerciseResult]


class LateResult(TypedDict):
    """How late a submission was, and what that costs."""

    submitted: str  # ISO 8601, with its zone
    source: str  # what tells when: "roster" or "newest file"
    days: int  # begun, after the deadline and its grace
    penalty: float  # points


class SubmissionResult(TypedDict):
    submission: str
    digest: str
    learner: str
    course: str
    unnamed: str  # why it is not known whose it is
    points: int
    of: int
    final: float  # points, after what lateness costs
    lessons: list[LessonResult]
    late: LateResult | None
    flags: list[str]  # what the instructor should look at
    error: str  # what failed in the grader itself
    roster: dict[str, str]
    changed: float | None  # when its newest file was changed, in seconds since 1970
    seconds: float


def mark_of(result: Mapping[str, Any]) -> Mark:
    """What a submission's result is known by: its digest, and when it was changed."""
    return [result["digest"], result["changed"]]


def nothing_yet(name: str) -> SubmissionResult:
    """The result of a submission of which nothing is known."""
    return {
        "submission": name,
        "digest": "",
        "learner": "",
        "course": "",
        "unnamed": "",
        "points": 0,
        "of": 0,
        "final": 0.0,
        "lessons": [],
        "late": None,
        "flags": [],
        "error": "",
        "roster": {},
        "changed": None,
        "seconds": 0.0,
    }


def add_lesson(result: SubmissionResult, lesson: LessonResult) -> None:
    """Add a lesson's result, and its points."""
    result["lessons"].append(lesson)
    result["points"] += lesson["points"]
    result["of"] += lesson["of"]
    result["final"] = float(result["points"])


def cut(text: str) -> str:
    """A text, no longer than it may be."""
    return text if len(text) <= CUT else text[:CUT] + " ..."
