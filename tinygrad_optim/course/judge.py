"""Whether what came back is what was expected, and where the first difference is."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

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


def recognised(name: str, wrong: tuple[Wrong, ...], check: Check, inputs: Inputs, got: Any) -> Wrong | None:
    """The wrong answer of the exercise of this name that gives, on these inputs, what the learner's gave; or None."""
    for one in wrong:
        try:
            given = check.call(SimpleNamespace(**{name: one.answer}), **inputs)
        except Exception:  # a wrong answer may well raise; the learner's did not
            continue
        if difference(given, got, check.tolerance) is None:
            return one
    return None
