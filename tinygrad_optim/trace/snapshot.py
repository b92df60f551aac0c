"""What a value was at a moment: copies and summaries that later changes cannot reach.

Numbers, texts and None stand for themselves. An array is copied whole if it is small; of a large one stay its
shape, type and range, and the elements at some fixed places. Rules work element by element, so what a rule
makes of the sample is the sample of what it made. Everything else is summed up: its type, its name, its token.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

WHOLE = 512  # arrays of up to this many elements are copied whole
SAMPLE = 64  # elements kept of a larger one
least, largest = np.minimum.reduce, np.maximum.reduce


class Absent:
    """Stands where nothing could be read: a name not bound yet, a property, a function."""

    def __repr__(self) -> str:
        return "<nothing read>"


ABSENT = Absent()


@dataclass(slots=True)
class ArrayAt:
    """An array at a moment. `numbers`: all its elements, or those at the sample's places; None if only looked at."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    numbers: np.ndarray[Any, Any] | None = None
    low: Any = None  # of all elements, also where only a sample is kept
    high: Any = None
    norm: Any = None  # the root of the sum of squares

    @property
    def sampled(self) -> bool:
        """Whether `numbers` are only some of the elements."""
        return self.numbers is not None and self.numbers.shape != self.shape


@dataclass(slots=True)
class ObjectAt:
    """A thing at a moment. `token` is its identity in this recording; `array` a Tensor's or Value's numbers."""

    kind: str  # tensor, parameter, value, module, optimizer, op, node, function or object
    type: str
    token: int
    name: str | None = None
    array: Any = None
    made_by: int = 0  # the token of the node that made this tensor
    shape: tuple[int, ...] | None = None


@dataclass(slots=True)
class ContainerAt:
    """A list, tuple, dict or set at a moment: its first items, each with its key (or place)."""

    type: str
    length: int
    items: list[tuple[Any, Any]]
    token: int = 0
    origin: dict[str, str] | None = None  # of a parameter group: where each option came from

    def get(self, key: Any, default: Any = None) -> Any:
        """The item with this key."""
        for found, value in self.items:
            if type(found) is type(key) and found == key:
                return value
        return default


@lru_cache(maxsize=512)
def places_in(size: int) -> np.ndarray[Any, Any]:
    """Where a large array of this size is sampled: evenly from the first element to the last."""
    return np.linspace(0, size - 1, SAMPLE).astype(np.intp)


def array_at(array: np.ndarray[Any, Any], stats: bool = True) -> ArrayAt:
    """A copy of a small array, a sample of a large one; with `stats`, the range and norm of all of it."""
    size, dtype = array.size, array.dtype
    kind = dtype.kind
    if kind not in "fiub":
        return ArrayAt(array.shape, dtype, array.copy() if size <= WHOLE and kind in "cSU" else None)
    if size <= WHOLE:
        # In the same order in memory, in which sums are taken. What else is to be known, the copy tells later.
        return ArrayAt(array.shape, dtype, array.copy("K"))
    numbers = array.take(places_in(size)) if array.flags.c_contiguous else array.flat[places_in(size)]
    if not stats or kind == "b":
        return ArrayAt(array.shape, dtype, numbers)
    if kind != "f":
        return ArrayAt(array.shape, dtype, numbers, least(array, None), largest(array, None))
    flat = array.ravel("K")
    return ArrayAt(array.shape, dtype, numbers, least(flat), largest(flat), math.sqrt(flat.dot(flat)))


def summary(array: ArrayAt) -> tuple[Any, Any, Any]:
    """The least and the largest element and the norm, worked out where only the copy was kept."""
    numbers = array.numbers
    if array.low is not None or numbers is None or array.sampled or not numbers.size or numbers.dtype.kind not in "fiu":
        return array.low, array.high, array.norm
    with np.errstate(all="ignore"):
        return numbers.min(), numbers.max(), float(np.linalg.norm(numbers.astype(np.float64)))


def numbers_of(value: Any) -> np.ndarray[Any, Any] | float | None:
    """The recorded numbers of an array, a Tensor, a Value or a number; None of anything else."""
    if isinstance(value, ObjectAt):
        value = value.array
    if isinstance(value, ArrayAt):
        return value.numbers
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        return None
    return value  # type: ignore[return-value]


def is_same(a: Any, b: Any) -> bool:
    """Whether two recorded values are the same, bit for bit (so that nan equals nan, and 0 is not -0)."""
    if type(a) is not type(b):
        return False
    if isinstance(a, ArrayAt):
        if (a.shape, a.dtype) != (b.shape, b.dtype) or (a.numbers is None) != (b.numbers is None):
            return False
        same_range = all(same_bits(x, y) for x, y in zip((a.low, a.high, a.norm), (b.low, b.high, b.norm)))
        return same_range and (a.numbers is None or same_bits(a.numbers, b.numbers))
    if isinstance(a, ObjectAt):
        return (a.token, a.made_by) == (b.token, b.made_by) and is_same(a.array, b.array)
    if isinstance(a, ContainerAt):
        pairs = zip(a.items, b.items)
        return a.length == b.length and all(k == m and is_same(x, y) for (k, x), (m, y) in pairs)
    return same_bits(a, b) if isinstance(a, float | np.generic) else bool(a == b)


def same_bits(a: Any, b: Any) -> bool:
    """Whether two arrays or numbers have the same type, shape and bits."""
    if a is None or b is None:
        return a is b
    x, y = np.asarray(a), np.asarray(b)
    return x.shape == y.shape and x.dtype == y.dtype and x.tobytes() == y.tobytes()
