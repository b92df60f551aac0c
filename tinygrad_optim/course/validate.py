"""What must hold of a lesson: python -m tinygrad_optim.course.validate lessons/06_the_loop

Stubs fail, what does nothing earns nothing, solutions pass, each wrong answer fails and gets its own hint, each mutant
is caught, signatures and docstrings of exercises and solutions agree. It prints what does not hold.
"""

from __future__ import annotations

import inspect
import sys
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

from . import judge
from .alone import from_source, quiet, source_alone
from .codec import from_text, to_text
from .exercise import Check, Exercise, Inputs
from .lessons import load


def problems(folder: Path) -> list[str]:
    """What does not hold of the lesson in this folder, a line each."""
    with quiet():
        return found_in(folder)


def found_in(folder: Path) -> list[str]:
    checks, exercises, solutions = (load(folder / f"{name}.py") for name in ("checks", "exercises", "solutions"))
    found = []
    for exercise in checks.EXERCISES:
        found += of_shape(exercise, exercises, solutions)
        if not failures(exercise, getattr(exercises, exercise.name)):
            found.append(f"{exercise.name}: the stub passes")
        for check in exercise.checks:
            if failure(exercise, check, nothing) is None:
                found.append(f"{exercise.name}: a function that does nothing earns the points of {check.says!r}")
        found += [
            f"{exercise.name}: the solution fails: {one}" for one in failures(exercise, solution(exercise, solutions))
        ]
        for number, wrong in enumerate(exercise.wrong):
            found += of_wrong(exercise, number, wrong)
        found += of_mutants(exercise, solution(exercise, solutions))
    return found


def nothing(*args: Any, **kwargs: Any) -> None:
    """The answer of who has deleted the `raise` and written no more."""


def solution(exercise: Exercise, solutions: Any) -> Any:
    return getattr(solutions, exercise.name)


def of_shape(exercise: Exercise, exercises: Any, solutions: Any) -> list[str]:
    """What is missing of the declaration itself."""
    found = []
    stub, right = getattr(exercises, exercise.name), getattr(solutions, exercise.name)
    if inspect.isfunction(stub) and inspect.signature(stub) != inspect.signature(right):
        found.append(f"{exercise.name}: the signatures of exercise and solution differ")
    if inspect.getdoc(stub) != inspect.getdoc(right) or not inspect.getdoc(stub):
        found.append(f"{exercise.name}: the docstrings of exercise and solution differ, or there is none")
    if len(exercise.wrong) < 3:
        found.append(f"{exercise.name}: has {len(exercise.wrong)} wrong answers; it needs three")
    if len({wrong.hint for wrong in exercise.wrong}) < len(exercise.wrong):
        found.append(f"{exercise.name}: two wrong answers have one hint")
    if len(exercise.hints) < 2:
        found.append(f"{exercise.name}: has {len(exercise.hints)} hints; it needs two at least")
    if exercise.kind == "predict" and exercise.question is None:
        found.append(f"{exercise.name}: is a prediction and has no question")
    if exercise.kind not in ("predict", "write", "read", "find"):
        found.append(f"{exercise.name}: is of no kind there is: {exercise.kind!r}")
    return found


def failures(exercise: Exercise, answer: Any) -> list[str]:
    """How an answer fails its exercise's checks: a line for each check."""
    found = [failure(exercise, check, answer) for check in exercise.checks]
    return [one for one in found if one is not None]


def failure(exercise: Exercise, check: Check, answer: Any, seed: str = "validate") -> str | None:
    """How an answer fails a check, in its first failing case; None if it passes.

    The call is the one that the learner's process would run: made from its source, with no other name of its file.
    """
    for case in range(check.cases):
        inputs = check.draw(Random(f"{seed}/{exercise.name}/{case}"))
        if repr(check.draw(Random(f"{seed}/{exercise.name}/{case}"))) != repr(inputs):
            return f"{check.says}: draws other inputs from the same random numbers"
        expected = check.expected(**from_text(to_text(inputs)))
        try:
            got = from_source(source_alone(check.call))(SimpleNamespace(**{exercise.name: answer}), **inputs)
            to_text(got)  # plain data, or it cannot be told
        except Exception as error:
            return f"{check.says}: {type(error).__name__}: {error}"
        found = judge.difference(expected, got, check.tolerance)
        if found is not None:
            return f"{check.says}: {found}"
    return None


def of_wrong(exercise: Exercise, number: int, wrong: Any) -> list[str]:
    """Whether a wrong answer fails, and is recognised as itself in at least one check."""
    if not failures(exercise, wrong.answer):
        return [f"{exercise.name}: the wrong answer {wrong.name!r} passes"]
    for check in exercise.checks:
        for case in range(check.cases):
            inputs = check.draw(Random(f"validate/{exercise.name}/{case}"))
            answer = judge.answered(exercise.name, wrong.answer, check, inputs)
            if "value" in answer:
                expected = check.expected(**deepcopy(inputs))
                if judge.difference(expected, answer["value"], check.tolerance) is None:
                    continue
            if judge.recognised(exercise.name, exercise.wrong, check, inputs, answer) is wrong:
                return []
    return [f"{exercise.name}: the wrong answer {wrong.name!r} is never told from the others"]


def of_mutants(exercise: Exercise, answer: Any) -> list[str]:
    """Whether each check fails under the mutants it is to catch, though the answer is right."""
    from .museum import exhibit

    found = []
    for check in exercise.checks:
        cases = drawn_cases(exercise, check) if check.catches else []
        for mutant in check.catches:
            with exhibit(mutant):
                caught = any(case.fails(answer) for case in cases)
            if not caught:
                found.append(f"{exercise.name}: {check.says!r} does not catch {mutant!r}")
    return found


@dataclass
class Case:
    """One case of a check, with what is expected where nothing is broken."""

    exercise: Exercise
    check: Check
    inputs: Inputs
    expected: Any

    def fails(self, answer: Any) -> bool:
        """Whether an answer fails it, as things are now."""
        found = judge.answered(self.exercise.name, answer, self.check, self.inputs)
        return "raised" in found or judge.difference(self.expected, found["value"], self.check.tolerance) is not None


def drawn_cases(exercise: Exercise, check: Check, seed: str = "validate") -> list[Case]:
    """The cases of a check."""
    drawn = [check.draw(Random(f"{seed}/{exercise.name}/{case}")) for case in range(check.cases)]
    return [Case(exercise, check, inputs, check.expected(**deepcopy(inputs))) for inputs in drawn]


def main(arguments: list[str]) -> int:
    """Print what does not hold of each of these folders; 1 if something does not."""
    bad = 0
    for folder in arguments:
        for line in problems(Path(folder)):
            print(f"{Path(folder).name}: {line}")
            bad = 1
    return bad


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
