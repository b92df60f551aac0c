"""What a lesson's checks.py declares: exercises, the checks of each, and the wrong answers that are to be expected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

Inputs = dict[str, Any]  # plain data by name: None, bool, int, float, str, and lists, tuples and dicts of these


@dataclass(frozen=True)
class Wrong:
    """A plausible wrong answer, and the hint for whoever gives it.

    It is recognised by what it does: a learner whose function returns what `answer` returns, on the same inputs, has
    made this mistake. So has one whose function raises an exception of the type that `answer` raises.
    """

    name: str  # the mistake in a few words: "the momentum is left out"
    answer: Any  # what would stand in exercises.py in the place of the right one
    hint: str  # what to think about next; it does not give the answer away


@dataclass(frozen=True)
class Check:
    """One thing that is true of a right answer, tried on drawn inputs.

    `draw` and `expected` run on the checker's side. `call` alone runs beside the learner's code, from its source and in
    a process of its own: so it imports what it uses itself, uses no other name of its file, and knows nothing of what
    is expected. What it returns is plain data, as inputs are.
    """

    says: str  # the thing that is true, as a sentence: "a value used twice gets both gradients"
    draw: Callable[[Random], Inputs]
    call: Callable[..., Any]  # call(exercises, **inputs): exercises has the learner's functions as attributes
    expected: Callable[..., Any]  # expected(**inputs), by the package itself, by differences or by hand: no solution
    points: int = 1
    cases: int = 3  # how often inputs are drawn; a prediction has one case, drawn from the learner's own seed
    tolerance: float = 1e-9  # |got - expected| <= tolerance * max(1, |expected|), for each float
    catches: tuple[str, ...] = ()  # mutants of the museum under which even the solution fails this check


@dataclass(frozen=True)
class Exercise:
    """One function (or class) for the learner to write, in exercises.py under this name."""

    name: str
    kind: str  # "predict" (a number, before it is run), "write" (code), "read" (a trace) or "find" (a bug)
    checks: tuple[Check, ...]
    wrong: tuple[Wrong, ...]  # three at least
    hints: tuple[str, ...]  # from a nudge to nearly the answer, given one at a time
    question: Callable[..., str] | None = None  # of a prediction: question(**inputs), the text that shows its numbers
