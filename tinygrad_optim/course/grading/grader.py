"""Grades one submission after the other: the course's own checks, in confined processes, on inputs nobody has seen."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from .. import outcome as how
from ..checking import Checker
from ..exercise import Check, Exercise, Inputs
from ..lessons import Lesson
from ..outcome import CheckOutcome, Outcome
from ..runner import Child
from ..source import Unreadable, rows_of, source_of, text_of
from ..telling import parameters_of, tell
from ..telling_answers import tell_broken
from .handed_in import HandedIn
from .results import CheckResult, ExerciseResult, LessonResult, cut
from .secret import seed_of

SHOWN = Path("/submission")  # where the learner's files seem to be, for their code
NO_NAMES = "not graded, since it is not known which numbers were asked: {}"
TOO_LONG = "not graded: the submission had taken more than {:g} s before"


class BrokenCheck(RuntimeError):
    """A check that fails by itself: the message names it."""


class FreshChecker(Checker):
    """Draws a prediction's inputs from the learner's own names, and all others from the grader's seed."""

    own = ""  # what predictions are drawn from

    def __enter__(self) -> FreshChecker:
        return self

    def check_exercise(self, exercise: Exercise) -> Outcome:
        fresh = self.seed
        self.seed = self.own if exercise.kind == "predict" else fresh
        try:
            return super().check_exercise(exercise)
        finally:
            self.seed = fresh

    def check_case(self, exercise: Exercise, check: Check, inputs: Inputs, traced: bool) -> CheckOutcome:
        """One case, without a recording of the lines that ran: nobody waits for it."""
        return super().check_case(exercise, check, inputs, False)


class Grader:
    """Grades submissions: `for lesson in grader.grade(handed_in): ...`. What is graded twice gets the same points.

    lessons: those to grade. start: starts a process for a learner's code; each is used for one submission alone, and
    the next one's gets ready meanwhile. longest: seconds for a whole submission, after which no lesson is begun.
    """

    def __init__(
        self, lessons: list[Lesson], secret: bytes, start: Callable[[], Child], limit: float, longest: float
    ) -> None:
        self.lessons = [(lesson, lesson.exercises()) for lesson in lessons]
        self.secret, self.start, self.limit, self.longest = secret, start, limit, longest
        self.waiting: Child | None = None  # ready for the next submission
        self.used: Child | None = None  # this submission's

    def close(self) -> None:
        """End the processes."""
        for child in (self.waiting, self.used):
            if child is not None:
                child.close()
        self.waiting = self.used = None

    def grade(self, submission: HandedIn) -> Iterator[LessonResult]:
        """Each lesson's result, as soon as it is known."""
        end = time.monotonic() + self.longest
        try:
            for lesson, exercises in self.lessons:
                began = time.monotonic()
                problem = submission.problems.get(lesson.name, "")
                if not problem and began > end:
                    problem = TOO_LONG.format(self.longest)
                outcomes: list[ExerciseResult] = []
                if not problem:
                    problem, outcomes = self.grade_lesson(submission, lesson, exercises)
                yield lesson_result(lesson, exercises, problem, outcomes, time.monotonic() - began)
        finally:
            if self.used is not None:
                self.used.close()
            self.used = None

    def grade_lesson(
        self, submission: HandedIn, lesson: Lesson, exercises: tuple[Exercise, ...]
    ) -> tuple[str, list[ExerciseResult]]:
        """Why its file could not be run, or else how its exercises go."""
        text, whose = submission.texts[lesson.name], submission.whose
        path, seed = SHOWN / lesson.name / "exercises.py", seed_of(self.secret, submission.digest, lesson.name)
        with FreshChecker(path, text, seed, self.limit, self.take(), self.fresh) as checker:
            checker.own = whose.seed(lesson) if whose is not None else ""
            ready = checker.load()
            if "ready" not in ready:
                return why_broken(ready, lesson), []
            results = []
            for exercise in exercises:
                if exercise.kind == "predict" and whose is None:
                    results.append(not_run(exercise, NO_NAMES.format(submission.problem)))
                else:
                    results.append(exercise_result(checker.check_exercise(exercise), lesson, text))
            if checker.child is not None and checker.child.begin_again():
                self.used, checker.child = checker.child, None  # the next lesson's, too
            return "", results

    def take(self) -> Child:
        """A process for a lesson: the one that this submission has, or else one that has run nothing yet."""
        child, self.used = self.used, None
        return child or self.fresh()

    def fresh(self) -> Child:
        """A process that has run nothing; another one gets ready meanwhile."""
        child = self.waiting or self.start()
        self.waiting = None  # if the next cannot be started, this one is not handed out twice
        try:
            self.waiting = self.start()
        except BaseException:
            child.close()
            raise
        return child


def lesson_result(
    lesson: Lesson, exercises: tuple[Exercise, ...], problem: str, results: list[ExerciseResult], seconds: float
) -> LessonResult:
    """A lesson's result; where there is a problem, nothing of it was run."""
    results = results or [not_run(exercise, "") for exercise in exercises]
    return {
        "lesson": lesson.name,
        "points": sum(one["points"] for one in results),
        "of": sum(one["of"] for one in results),
        "problem": cut(problem),
        "seconds": round(seconds, 3),
        "exercises": results,
    }


def not_run(exercise: Exercise, why: str) -> ExerciseResult:
    """The result of an exercise that was not run."""
    done = exercise_points(Outcome(exercise, [CheckOutcome(check, how.NOT_RUN) for check in exercise.checks]))
    done["told"] = why
    return done


def exercise_result(outcome: Outcome, lesson: Lesson, text: str) -> ExerciseResult:
    """An exercise's result, and what its learner is told of it. BrokenCheck if a check was not able to check."""
    for one in outcome.checks:
        if one.how == how.BROKEN:
            name, says = outcome.exercise.name, one.check.says
            raise BrokenCheck(f"the check {says!r} of {lesson.name}.{name} failed by itself: {one.answer['message']}")
    done = exercise_points(outcome)
    if not outcome.passed:
        done["told"] = cut(told(outcome, lesson, text))
    return done


def exercise_points(outcome: Outcome) -> ExerciseResult:
    """An exercise's result in points: each check earns its own."""
    exercise = outcome.exercise
    checks = [check_result(one) for one in outcome.checks]
    points = {"points": outcome.points, "of": outcome.of}
    return {"name": exercise.name, "kind": exercise.kind, **points, "told": "", "checks": checks}  # type: ignore[typeddict-item]


def check_result(one: CheckOutcome) -> CheckResult:
    return {
        "says": one.check.says,
        "points": one.check.points if one.passed else 0,
        "of": one.check.points,
        "how": one.how,
        "difference": cut(one.difference),
        "wrong": one.wrong.name if one.wrong else "",
    }


def told(outcome: Outcome, lesson: Lesson, text: str) -> str:
    """What `check` would tell the learner: a prediction's answer is not in it."""
    try:
        line = (rows_of(text, outcome.exercise.name) or (1, 1))[0]
    except Unreadable:  # Python has run it, and yet cannot parse it within its limits here
        line = 1
    place = f"{lesson.name}/exercises.py", line
    return tell(outcome, place, parameters(lesson.folder / "exercises.py", outcome.exercise.name)).plain()


@cache
def parameters(path: Path, name: str) -> list[str]:
    """The names of the arguments of the function that a learner is given to write."""
    return parameters_of(source_of(text_of(path), name))


def why_broken(answer: dict[str, object], lesson: Lesson) -> str:
    """Why a file could not be run, as `check` tells it."""
    from ...trace.text_page import Page

    page = Page()
    tell_broken(page, answer, f"{lesson.name}/exercises.py")
    return page.plain().strip()
