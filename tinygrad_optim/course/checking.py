"""Checks a learner's file: draws inputs, asks the learner's process for values, compares them with what is expected."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from . import outcome as how
from .alone import quiet, source_alone
from .exercise import Check, Exercise, Inputs
from .judge import difference, recognised
from .outcome import CheckOutcome, Outcome
from .runner import LIMIT, Child


class Checker:
    """Runs the checks of one lesson on one file: `with Checker(path, text, "course/learner/06") as checker: ...`.

    text: what stands in the file; it is not read again.
    seed: what the inputs are drawn from, with the exercise's name and the case's number.
    The process is started here, so that it gets ready while the lesson's checks are imported.
    start: what starts another process, where one has come to its end; a plain Child without it.
    """

    def __init__(
        self,
        path: Path,
        text: str,
        seed: str,
        limit: float = LIMIT,
        child: Child | None = None,
        start: Callable[[], Child] | None = None,
    ) -> None:
        self.path, self.text, self.seed, self.limit = path.resolve(), text, seed, limit
        self.start = start or partial(Child, limit)
        self.child: Child | None = child or self.start()
        self.loaded = False
        self.broken: dict[str, Any] = {}  # what came in the way of running the file, if anything did

    def __enter__(self) -> Checker:
        return self

    def __exit__(self, *given: object) -> None:
        self.close()

    def close(self) -> None:
        """End the learner's process."""
        if self.child is not None:
            self.child.close()
        self.child = None

    def load(self) -> dict[str, Any]:
        """Let the learner's file run; {"ready": True}, or what came in the way."""
        if self.child is None:
            self.child = self.start()
        self.loaded = True
        ready = self.child.load(self.path, self.text)
        self.broken = {} if "ready" in ready else ready
        return ready

    def check_all(self, exercises: Iterable[Exercise]) -> Iterator[Outcome]:
        """How each exercise goes, as soon as it is known."""
        for exercise in exercises:
            yield self.check_exercise(exercise)

    def check_exercise(self, exercise: Exercise) -> Outcome:
        """How all checks of an exercise go. After one that does not end, its others are not run."""
        found: list[CheckOutcome] = []
        for check in exercise.checks:
            if found and found[-1].how in (how.LATE, how.NOISY, how.FULL, how.NOT_RUN, how.UNWRITTEN, how.MISSING):
                found.append(CheckOutcome(check, how.NOT_RUN))
            else:
                found.append(self.check_one(exercise, check, traced=all(one.passed for one in found)))
        return Outcome(exercise, found)

    def check_one(self, exercise: Exercise, check: Check, traced: bool = True) -> CheckOutcome:
        """How one check goes: its cases, up to the first that fails. traced: whether that one's lines are recorded."""
        done = CheckOutcome(check, how.PASSED)
        for case in range(cases_of(exercise, check)):
            inputs = drawn(check, self.seed, exercise.name, case)
            done = self.check_case(exercise, check, inputs, traced)
            if not done.passed:
                break
        return done

    def check_case(self, exercise: Exercise, check: Check, inputs: Inputs, traced: bool) -> CheckOutcome:
        """One case: what the learner's code gives, compared with what is expected, and the lines that led to it."""
        done = judged(exercise, check, inputs, self.ask(exercise.name, check, inputs))
        done.printed = self.printed()
        if traced and done.how in (how.WRONG, how.RAISED, how.ODD) and exercise.kind != "predict":
            done.slice = self.ask(exercise.name, check, inputs, trace=True).get("slice", {})
            self.printed()  # it has been told once
        if self.child is not None and not self.child.alive:
            self.close()  # what follows goes on in a new process
        return done

    def printed(self) -> str:
        """What the learner's code has printed since this was last asked."""
        return self.child.printed() if self.child is not None else ""

    def ask(self, name: str, check: Check, inputs: Inputs, trace: bool = False) -> dict[str, Any]:
        """What the learner's process says to one case."""
        if not self.broken and (self.child is None or not self.loaded):
            self.load()
        if self.broken:  # once is enough: the file is the same
            return self.broken
        assert self.child is not None
        request = {"call": source_alone(check.call), "name": name, "inputs": inputs, "trace": trace}
        return self.child.ask(request)


def cases_of(exercise: Exercise, check: Check) -> int:
    """How often inputs are drawn: a prediction is of one number."""
    return 1 if exercise.kind == "predict" else check.cases


def drawn(check: Check, seed: str, name: str, case: int) -> Inputs:
    """The inputs of a case: the same whenever they are drawn."""
    return check.draw(Random(f"{seed}/{name}/{case}"))


def judged(exercise: Exercise, check: Check, inputs: Inputs, answer: dict[str, Any]) -> CheckOutcome:
    """What an answer of the learner's process comes to."""
    done = CheckOutcome(check, how.PASSED, inputs, answer=answer)
    try:
        with quiet():
            done.expected = check.expected(**copy.deepcopy(inputs))
    except Exception as error:  # the fault is the lesson's, or of what is installed: the learner is told so
        done.how, done.answer = how.BROKEN, {"message": f"{type(error).__name__}: {error}"}
        return done
    if "value" in answer:
        done.got = answer["value"]
        done.difference = difference(done.expected, done.got, check.tolerance) or ""
        done.how = how.WRONG if done.difference else how.PASSED
    else:
        done.how = word_for(answer)
    if done.how in (how.WRONG, how.RAISED):
        done.wrong = recognised(exercise.name, exercise.wrong, check, inputs, answer)
    return done


def word_for(answer: dict[str, Any]) -> str:
    """Which word of outcome's tells of an answer without a value."""
    if "raised" in answer:
        raised = answer["raised"]
        return how.UNWRITTEN if raised["unwritten"] and raised["own"] else how.RAISED
    for key in (how.LATE, how.NOISY, how.FULL, how.TAMPERED, how.ODD, how.MISSING):
        if key in answer:
            return key
    return how.ENDED
