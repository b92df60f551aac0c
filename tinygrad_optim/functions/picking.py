"""Picking elements out by index."""

from __future__ import annotations

from typing import Any

from .. import dtypes
from ..engine import apply
from ..ops import indexing
from ..shapes import as_dim, as_index, ints_apart

__all__ = [
    "gather",
    "getitem",
]

Tensor = Any  # tensor.py is built on these files


def getitem(input: Tensor, index: Any) -> Tensor:
    """input[index], for ints, slices, None, ... and tensors of integers or bools. IndexError out of range."""
    parts = as_index(index)
    split = ints_apart(parts)
    if split is not None:
        return apply(indexing.GETITEM, apply(indexing.GETITEM, input, split[0]), split[1])
    return apply(indexing.GETITEM, input, parts)


def gather(input: Tensor, dim: int, index: Tensor) -> Tensor:
    """From each line of input along dim, the elements at the positions in index"""
    place = as_dim(dim, input.ndim)
    if index.dtype not in (dtypes.int64, dtypes.int32):
        raise RuntimeError(f"gather(): Expected dtype int32/int64 for index, but got {index.dtype}: use .long()")
    if index.ndim != input.ndim:
        raise RuntimeError(
            f"Index tensor must have the same number of dimensions as input tensor: {index.ndim} and {input.ndim}"
        )
    if not input.ndim:
        return gather(input.reshape(1), 0, index.reshape(1)).reshape(())
    if any(n > m for d, (n, m) in enumerate(zip(index.shape, input.shape)) if d != place):
        raise RuntimeError(
            f"Size does not match at a dimension other than {place}: the index of shape {index.shape} is larger there "
            f"than the input of shape {input.shape}"
        )
    size = input.shape[place]
    if index.array.size and not (index.array.min() >= 0 and index.array.max() < size):
        bad = index.array[(index.array < 0) | (index.array >= size)].flat[0]
        raise RuntimeError(f"index {bad} is out of bounds for dimension {place} with size {size}")
    return apply(indexing.GATHER, input, place, index.array)
