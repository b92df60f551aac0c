"""Whether what came back is what was expected, and where the first difference is."""

from __future__ import annotations

import math
from copy import deepcopy
from types import SimpleNamespace
from typing import Any

from .alone import quiet
from .exercise import Check, Inputs, Wrong


def difference(expected: Any, got: Any, tolerance: float, place: str = "") -> str | None:
    """Where and how `got` first differs from `expected`, as in "at [2]: expected 1.5, got 1.0"; None if nowhere.

    Types must be the same, but for an int where a float is expected. Floats may differ by
    tolerance * max(1, |expected|); nan is equal to nan.
    """
    at = f"at {place}: " if place else ""
    number = type(expected) is float and type(got) in (float, int)
    if type(expected) is not type(got) and not number:
        return f"{at}expected {kind(expected)} {written(expected):.80}, got {kind(got)} {written(got):.80}"
    if number:
        if is_near(expected, got, tolerance):
            return None
        return f"{at}expected {written(expected)}, got {written(got)}"
    if isinstance(expected, list | tuple):
        if len(expected) != len(got):
            return f"{at}expected {len(expected)} elements, got {len(got)}"
        pairs: Any = enumerate(zip(expected, got))
    elif isinstance(expected, dict):
        if {(type(key), key) for key in expected} != {(type(key), key) for key in got}:
            return f"{at}expected the keys {written(list(expected)):.80}, got {written(list(got)):.80}"
        pairs = ((repr(key), (value, got[key])) for key, value in expected.items())
    else:
        return None if expected == got else f"{at}expected {written(expected):.80}, got {written(got):.80}"
    for key, (one, other) in pairs:
        found = difference(one, other, tolerance, f"{place}[{key}]")
        if found is not None:
            return found
    return None


def is_near(expected: float, got: float, tolerance: float) -> bool:
    """Whether a number is the expected one, within tolerance * max(1, |expected|). An int may be beyond all floats."""
    try:
        near = math.isclose(expected, got, rel_tol=0.0, abs_tol=tolerance * max(1.0, abs(expected)))
        return near or (math.isnan(expected) and math.isnan(got))
    except OverflowError:
        return False


def written(value: Any) -> str:
    """A value as Python writes it; ints of very many digits by their size, which Python refuses to write."""
    try:
        return repr(value)
    except ValueError:
        if isinstance(value, int):
            return f"(an int of {value.bit_length()} bits)"
        return f"(a {type(value).__name__} with an int too long to write)"


def kind(value: Any) -> str:
    """What a message calls a value's type."""
    return "nothing:" if value is None else f"the {type(value).__name__}"


def answered(name: str, given: Any, check: Check, inputs: Inputs) -> dict[str, Any]:
    """What a check's call comes to with this in the place of the learner's function, as child.py tells it.

    No warnings: whoever gives a wrong answer here makes its mistake on purpose.
    """
    with quiet():
        try:
            return {"value": check.call(SimpleNamespace(**{name: given}), **deepcopy(inputs))}
        except Exception as error:
            return {"raised": {"type": type(error).__name__, "message": str(error)}}


def recognised(
    name: str, wrong: tuple[Wrong, ...], check: Check, inputs: Inputs, answer: dict[str, Any]
) -> Wrong | None:
    """The wrong answer of the exercise of this name that does, on these inputs, what the learner's did; or None.

    Either gives the same value, or raises an exception of the same type; of several that do, one with the same message.
    """
    near = None
    for one in wrong:
        found = answered(name, one.answer, check, inputs)
        if "value" in found and "value" in answer:
            if difference(found["value"], answer["value"], check.tolerance) is None:
                return one
        elif "raised" in found and "raised" in answer and found["raised"]["type"] == answer["raised"]["type"]:
            if found["raised"]["message"] == answer["raised"]["message"]:
                return one
            near = near or one
    return near
