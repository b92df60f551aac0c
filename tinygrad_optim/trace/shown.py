"""How a recorded value is written: short, with what is not shown said."""

from __future__ import annotations

from typing import Any

import numpy as np

from .snapshot import ABSENT, ArrayAt, ContainerAt, ObjectAt, summary

FEW = 4  # elements of an array that are shown
ITEMS = 4  # of a container


def number(value: Any) -> str:
    """A number in at most five figures; whole numbers and truth values as they are."""
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, int | np.integer):
        return str(int(value))
    return f"{float(value):.5g}"


def size_of(shape: tuple[int, ...]) -> str:
    """A shape, such as 64x32; of a single number, nothing."""
    return "x".join(map(str, shape))


def elements(numbers: Any, few: int = FEW) -> str:
    """The first elements and the last."""
    flat = np.asarray(numbers).ravel()
    if flat.dtype.kind not in "fiub":
        return f"{flat.size} elements of type {flat.dtype}"
    if flat.size <= few:
        return "[" + ", ".join(map(number, flat)) + "]"
    return "[" + ", ".join(map(number, flat[: few - 1])) + f", ... {number(flat[-1])}]"


def shown(value: Any) -> str:
    """A recorded value in one line."""
    match value:
        case ArrayAt():
            return array(value)
        case ObjectAt():
            return thing(value)
        case ContainerAt():
            return container(value)
        case np.ndarray():
            return number(value.ravel()[0]) if value.size == 1 else elements(value)
        case float() | bool() | int() | np.number() | np.bool_():
            return number(value)
        case str():
            return repr(value)
        case tuple():
            return "(" + ", ".join(map(shown, value)) + ("," if len(value) == 1 else "") + ")"
    return "none yet" if value is ABSENT else str(value)


def array(value: ArrayAt) -> str:
    """Shape, some elements and the norm; one element alone as a number."""
    if value.numbers is None:
        return f"{size_of(value.shape) or 'a number'} of {value.dtype}"
    if value.numbers.size == 1:
        return number(value.numbers.ravel()[0]) if value.numbers.dtype.kind in "fiub" else elements(value.numbers)
    text = f"{size_of(value.shape)} {'sample ' if value.sampled else ''}{elements(value.numbers)}"
    norm = summary(value)[2]
    return text if norm is None or value.dtype.kind != "f" else f"{text} norm {number(norm)}"


def thing(value: ObjectAt) -> str:
    """A Tensor by name and numbers; another thing by name and type."""
    if value.kind in ("tensor", "parameter", "value"):
        numbers = shown(value.array) if value.array is not None else size_of(value.shape or ())
        return f"{value.name} {numbers}" if value.name else numbers
    if value.kind == "function":
        return f"{value.name}()"
    return f"{value.name} ({value.type})" if value.name else f"a {value.type}"


def container(value: ContainerAt) -> str:
    """The first items, and how many there are."""
    keyed = value.type not in ("list", "tuple", "set", "frozenset")
    kept = [f"{key_of(key)}: {shown(one)}" if keyed else shown(one) for key, one in value.items[:ITEMS]]
    if value.length > len(kept):
        kept.append(f"... {value.length} in all")
    opening, closing = "()" if value.type == "tuple" else "[]" if value.type == "list" else "{}"
    return opening + ", ".join(kept) + closing


def key_of(key: Any) -> str:
    return key if isinstance(key, str) else shown(key)


def range_of(value: Any) -> str:
    """What is to be known of an array beyond its first elements: type, range, and whether it was sampled."""
    if isinstance(value, ObjectAt):
        value = value.array
    if not isinstance(value, ArrayAt) or value.numbers is None or value.numbers.size < 2:
        return ""
    low, high, _ = summary(value)
    said = [str(value.dtype)]
    if low is not None:
        said.append(f"from {number(low)} to {number(high)}")
    if value.sampled:
        said.append(f"{value.numbers.size} of {int(np.prod(value.shape))} elements recorded")
    return ", ".join(said)


def size(change: Any) -> str:
    """How large a change of several numbers is: their norm."""
    flat = np.asarray(change, np.float64).ravel()
    return "" if flat.size == 1 else f"norm {number(np.linalg.norm(flat))}"
