"""What a caller may give as a shape, as dimensions or as an index, brought to one form and checked."""

from __future__ import annotations

import math
from typing import Any

import numpy as np


def as_shape(sizes: tuple[Any, ...], count: int | None = None) -> tuple[int, ...]:
    """A shape from `f(2, 3)` or `f((2, 3))`; one -1 is filled in if the count of elements is given.

    TypeError for a size that is no integer, RuntimeError for sizes that cannot hold `count` elements.
    """
    if len(sizes) == 1 and isinstance(sizes[0], tuple | list):
        sizes = tuple(sizes[0])
    for size in sizes:
        if size.__class__ is not int and (isinstance(size, bool) or not hasattr(size, "__index__")):
            raise TypeError(f"a shape is made of integers, not of {type(size).__name__}: {size!r:.80}")
    shape = tuple([int(size) for size in sizes])
    if count is None:
        return shape
    known = math.prod([n for n in shape if n != -1])
    unknown = shape.count(-1)
    fits = (known == count) if not unknown else unknown == 1 and known > 0 and count % known == 0
    if not fits or (shape and min(shape) < -1):
        raise RuntimeError(
            f"shape {shape} is invalid for a tensor of {count} elements: the sizes must multiply to {count}"
        )
    return tuple([count // known if n == -1 else n for n in shape]) if unknown else shape


def new_shape(name: str, sizes: tuple[Any, ...], size: Any) -> tuple[int, ...]:
    """The shape of a new tensor, from `name(2, 3)`, `name((2, 3))` or `name(size=(2, 3))`. RuntimeError below 0."""
    if (size is None) == (not sizes):
        raise TypeError(f"{name}() takes its size once: {name}(2, 3), {name}((2, 3)) or {name}(size=(2, 3))")
    shape = as_shape((size,) if size is not None else sizes)
    if any(n < 0 for n in shape):
        raise RuntimeError(f"{name}(): a tensor cannot have a negative size, and this one was to have shape {shape}")
    return shape


def array_of(name: str, data: tuple[Any, ...], dtype: Any) -> np.ndarray:
    """The array of `name([2, 3])`, these numbers, or of `name(2, 3)`, this shape with numbers yet to be set.

    TypeError for several things that are no ints, RuntimeError for a size below 0.
    """
    if data and all(isinstance(one, int | np.integer) and not isinstance(one, bool) for one in data):
        return np.empty(new_shape(name, data, None), dtype)
    if len(data) > 1:
        raise TypeError(f"{name}() takes sizes, which are ints, or one list of numbers, not {data!r:.80}")
    return np.array(data[0] if data else (), dtype)


def as_dim(dim: Any, ndim: int) -> int:
    """One dimension, counted from the front. IndexError if there is no such dimension."""
    if dim.__class__ is not int and (isinstance(dim, bool) or not hasattr(dim, "__index__")):
        raise TypeError(f"dim must be an int, not {type(dim).__name__}: {dim!r:.80}")
    most = max(ndim, 1)
    if not -most <= dim < most:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-most}, {most - 1}], but got {dim}): "
            f"the tensor has {ndim} dimension{'' if ndim == 1 else 's'}"
        )
    return int(dim) % most


def as_dims(dim: Any, ndim: int) -> int | tuple[int, ...] | None:
    """One dimension or several, counted from the front; None (or no dimension) stays None: all of them."""
    if dim is None:
        return None
    if isinstance(dim, tuple | list):
        dims = tuple(as_dim(d, ndim) for d in dim)
        if len(set(dims)) < len(dims):
            raise RuntimeError(f"a dimension appears more than once in dim={tuple(dim)}")
        return (dims if ndim else None) if dims else None
    place = as_dim(dim, ndim)
    return place if ndim else None


def as_index(index: Any) -> tuple[Any, ...]:
    """An index as numpy takes it: a tuple in which tensors and lists have become arrays."""
    if isinstance(index, list) and len(index) < 32 and any([_is_sequence(part) for part in index]):
        index = tuple(index)  # so PyTorch reads x[[[0, 1], [2, 3]]]: as x[[0, 1], [2, 3]]
    parts = tuple([_index_part(part) for part in (index if isinstance(index, tuple) else (index,))])
    # With a ... numpy gives a view of a single element too, and no copied number.
    found = len([part for part in parts if part is Ellipsis])
    if found > 1:  # PyTorch lets each after the first stand for :
        place = [part is Ellipsis for part in parts].index(True) + 1
        return (*parts[:place], *(slice(None) if part is Ellipsis else part for part in parts[place:]))
    return parts if found else (*parts, Ellipsis)


def _is_sequence(part: Any) -> bool:
    """Whether a list with this in it is an index of several parts."""
    return part is None or part is Ellipsis or isinstance(part, slice | list | tuple | range) or hasattr(part, "ndim")


def ints_apart(parts: tuple[Any, ...]) -> tuple[tuple[Any, ...], tuple[Any, ...]] | None:
    """The two indices, ints first and arrays then, that an index with both stands for; None if one will do.

    To numpy an int beside arrays is one more array, and where they are apart, as in x[0, :, places], the
    arrays' dimensions come first. To PyTorch an int only picks.
    """
    kinds = {type(part) for part in parts}
    if np.ndarray not in kinds or int not in kinds:
        return None
    places = [i for i, part in enumerate(parts) if isinstance(part, np.ndarray | int)]
    if places[-1] - places[0] == len(places) - 1:
        return None
    first: list[Any] = []
    then: list[Any] = []
    for part in parts:
        if isinstance(part, np.ndarray):
            first += [slice(None)] * (part.ndim if part.dtype.kind == "b" else 1)
            then.append(part)
        else:
            first.append(part)
            if not isinstance(part, int):
                then.append(part if part is Ellipsis else slice(None))
    return tuple(first), tuple(then)


def _index_part(part: Any) -> Any:
    if isinstance(part, slice):
        if part.step is not None and part.step <= 0:
            raise ValueError(f"slice step must be positive, but got {part.step}: use flip() to go backwards")
        bounds = (part.start, part.stop, part.step)
        return slice(*(None if b is None else b.__index__() for b in bounds))
    if part is None or part is Ellipsis or isinstance(part, int):
        return part
    if isinstance(part, dict | set | str):
        wrong = TypeError if isinstance(part, str) else IndexError
        raise wrong(
            f"an index is made of ints, slices, None, ... and tensors, not of {type(part).__name__}: {part!r:.80}"
        )
    array = np.asarray(getattr(part, "array", part))
    if array.size == 0 and not hasattr(part, "array") and not isinstance(part, np.ndarray):
        array = array.astype(np.int64)
    if array.dtype not in (np.int64, np.int32, np.uint8, np.bool_):
        raise IndexError(f"tensors used as indices must hold integers or bools (int64, int32, bool), not {array.dtype}")
    if array.dtype == np.uint8:
        array = array.astype(np.bool_)  # to PyTorch bytes are a mask
    return int(array) if array.ndim == 0 and array.dtype.kind != "b" else array
