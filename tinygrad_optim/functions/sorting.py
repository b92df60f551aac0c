"""Order: sorting, the largest k, distinct elements and how often each comes. nan counts as the largest number."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes, return_types
from ..engine import new_tensor
from ..shapes import as_dim
from .arguments import check_tensor
from .extremes import picked

__all__ = [
    "argsort",
    "bincount",
    "kthvalue",
    "sort",
    "topk",
    "unique",
]

Tensor = Any  # tensor.py is built on these files


def sort(input: Tensor, dim: int = -1, descending: bool = False, *, stable: bool | None = None) -> Any:
    """(values, indices): the elements along dim in order, and where they stood. Equal ones keep their order, always."""
    place, order = ordered("sort", input, dim, descending)
    return return_types.sort(*picked(input, order, place, True))


def argsort(input: Tensor, dim: int = -1, descending: bool = False, *, stable: bool = False) -> Tensor:
    """Where the elements stand that come first, second, ... in order along dim"""
    return new_tensor(ordered("argsort", input, dim, descending)[1])


def topk(input: Tensor, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Any:
    """(values, indices) of the k largest (or smallest) elements along dim, in order. RuntimeError if fewer."""
    check_tensor("topk", input)
    if input.dtype.kind == "b":
        raise RuntimeError("topk does not support bool dtypes: use .long() first")
    place, order = ordered("topk", input, dim, largest)
    number = count_in_range("topk", k, 0, order.shape[place] if place is not None else 1)
    if place is not None:
        order = order.take(range(number), axis=place)
    return return_types.topk(*picked(input, order, place, True))


def kthvalue(input: Tensor, k: int, dim: int = -1, keepdim: bool = False) -> Any:
    """(values, indices) of the k-th smallest element along dim. RuntimeError if there is none."""
    place, order = ordered("kthvalue", input, dim, False)
    number = count_in_range("kthvalue", k, 1, order.shape[place] if place is not None else 1)
    if place is not None:
        order = order.take([number - 1], axis=place)
    return return_types.kthvalue(*picked(input, order, place, keepdim))


def ordered(function: str, input: Tensor, dim: int, descending: bool) -> tuple[int | None, Any]:
    """The dim, None of a 0-d tensor, and the positions along it that bring the elements into order."""
    check_tensor(function, input)
    place = as_dim(dim, input.ndim)
    if not input.ndim:
        return None, np.zeros((), np.int64)
    if not descending:
        return place, input.array.argsort(axis=place, kind="stable")
    # Backwards, sorted, and backwards again: so that here too equal elements keep their order.
    backwards = np.flip(input.array, place).argsort(axis=place, kind="stable")
    return place, np.flip(input.array.shape[place] - 1 - backwards, place)


def count_in_range(function: str, k: Any, least: int, most: int) -> int:
    if isinstance(k, bool) or not hasattr(k, "__index__"):
        raise TypeError(f"{function}(): argument 'k' (position 2) must be int, not {type(k).__name__}: {k!r:.80}")
    if not least <= k.__index__() <= most:
        raise RuntimeError(f"{function}(): selected index k out of range: k = {k} of {most} elements")
    return int(k.__index__())


def unique(
    input: Tensor,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any:
    """The distinct elements in order (or slices along dim); if asked for, where each element is among them, and how
    often each comes, as a tuple. Two nans are distinct."""
    check_tensor("unique", input)
    place = None if dim is None else as_dim(dim, input.ndim)
    values, inverse, counts = np.unique(
        input.array, return_inverse=True, return_counts=True, axis=place, equal_nan=False
    )
    inverse = inverse.reshape(input.shape if place is None else (input.shape[place],))
    asked = ((inverse, return_inverse), (counts, return_counts))
    found = [values, *(array for array, wanted in asked if wanted)]
    tensors = tuple(new_tensor(array) for array in found)
    return tensors if len(tensors) > 1 else tensors[0]


def bincount(input: Tensor, weights: Tensor | None = None, minlength: int = 0) -> Tensor:
    """How often 0, 1, 2, ... occur in a 1-d tensor of integers; with weights, the sum of the weights of each."""
    check_tensor("bincount", input)
    if input.dtype.kind not in "iu":
        raise NotImplementedError(f"bincount is not implemented for {input.dtype}: it counts integers, use .long()")
    if input.ndim != 1 or (input.array.size and input.array.min() < 0):
        raise RuntimeError(
            f"bincount only supports 1-d non-negative integral inputs, and this one has shape {input.shape}"
            + (f" and holds {input.array.min()}" if input.array.size else "")
        )
    if minlength < 0:
        raise RuntimeError(f"minlength should be >= 0, and it is {minlength}")
    if weights is None:
        return new_tensor(np.bincount(input.array, minlength=minlength).astype(np.int64, copy=False))
    check_tensor("bincount", weights, "weights", 2)
    if weights.shape != input.shape:
        raise RuntimeError(
            f"weights should be 1-d and have the same length as input: {weights.shape} is not {input.shape}"
        )
    sums = np.bincount(input.array, weights.array, minlength)
    return new_tensor(sums.astype(dtypes.float32) if weights.dtype == dtypes.float32 else sums)
