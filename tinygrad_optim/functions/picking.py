"""Picking elements out: by index, by position along a dimension, by mask."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes, engine
from ..engine import apply, new_tensor
from ..ops import indexing
from ..shapes import as_dim, as_index, ints_apart
from .shape import flatten, reshape

__all__ = [
    "argwhere",
    "gather",
    "getitem",
    "index_select",
    "masked_select",
    "nonzero",
    "take",
    "take_along_dim",
]

Tensor = Any  # tensor.py is built on these files


def getitem(input: Tensor, index: Any) -> Tensor:
    """input[index], for ints, slices, None, ... and tensors of integers or bools. IndexError out of range."""
    parts = as_index(index)
    split = ints_apart(parts)
    try:
        if split is not None:
            return apply(indexing.GETITEM, apply(indexing.GETITEM, input, split[0]), split[1])
        return apply(indexing.GETITEM, input, parts)
    except IndexError as error:
        raise index_error(error, input.array) from None


def index_error(error: IndexError, array: Any) -> IndexError:
    """numpy's reason why an index cannot be, with the shape it was meant for."""
    return IndexError(f"{error}: the indexed tensor has shape {array.shape}")


def gather(input: Tensor, dim: int, index: Tensor, *, sparse_grad: bool = False) -> Tensor:
    """From each line of input along dim, the elements at the positions in index"""
    if not input.ndim:
        return reshape(gather(reshape(input, 1), as_dim(dim, 0), reshape(index, 1)), index.shape)
    place = as_dim(dim, input.ndim)
    check_positions("gather", index, input.shape, place)
    return apply(indexing.GATHER, input, place, index.array)


def index_select(input: Tensor, dim: int, index: Tensor) -> Tensor:
    """The slices of input along dim at the positions in a vector"""
    check_is_index("index_select", index)
    if index.ndim > 1:
        raise IndexError(f"index_select(): index must be a vector, and this one has shape {index.shape}")
    if not input.ndim:
        return reshape(index_select(reshape(input, 1), as_dim(dim, 0), index), ())
    place = as_dim(dim, input.ndim)
    check_range("index_select", index.array, input.shape[place], place)
    return apply(indexing.GETITEM, input, (slice(None),) * place + (index.array.reshape(-1),))


def take(input: Tensor, index: Tensor) -> Tensor:
    """The elements at these positions of the flattened input; negative ones count from the end"""
    check_is_tensor("take", "index", index)
    if index.dtype != dtypes.int64:
        raise RuntimeError(f"take(): Expected a long tensor for index, but got {index.dtype}: use .long()")
    return reshape(getitem(flatten(input), (index.array.reshape(-1),)), index.shape)


def take_along_dim(input: Tensor, indices: Tensor, dim: int | None = None) -> Tensor:
    """As gather, but the sizes other than that of dim broadcast; without dim, from the flattened tensors"""
    check_is_tensor("take_along_dim", "indices", indices)
    if dim is None:
        return gather(flatten(input), 0, flatten(indices))
    if input.ndim != indices.ndim:
        raise RuntimeError(
            f"take_along_dim(): input and indices should have the same number of dimensions, but they have shapes "
            f"{input.shape} and {indices.shape}"
        )
    place, ones = as_dim(dim, input.ndim), [1 if d == as_dim(dim, input.ndim) else n for d, n in enumerate(input.shape)]
    common = list(np.broadcast_shapes(tuple(ones), tuple(1 if d == place else n for d, n in enumerate(indices.shape))))
    wide = [*common[:place], input.shape[place], *common[place + 1 :]]
    long = [*common[:place], indices.shape[place], *common[place + 1 :]]
    return gather(input.expand(wide), place, indices.expand(long))


def masked_select(input: Tensor, mask: Tensor) -> Tensor:
    """The elements where the mask is True, one after the other; the two broadcast"""
    check_mask("masked_select", mask)
    shape = np.broadcast_shapes(input.shape, mask.shape)
    return getitem(input.expand(shape), mask.expand(shape))


def nonzero(input: Tensor, *, as_tuple: bool = False) -> Any:
    """Where input is not 0: a row of positions for each place; as_tuple, a tensor for each dimension: an index"""
    if as_tuple:
        return tuple([new_tensor(found) for found in np.nonzero(np.atleast_1d(input.array))])
    return new_tensor(np.argwhere(input.array))


def argwhere(input: Tensor) -> Tensor:
    """Where input is not 0: a row of positions for each place"""
    return nonzero(input)


def check_is_tensor(name: str, argument: str, value: Any) -> None:
    if not isinstance(value, engine.Tensor):
        raise TypeError(f"{name}(): argument '{argument}' must be Tensor, not {type(value).__name__}: use tensor(...)")


def check_mask(name: str, mask: Any) -> None:
    """RuntimeError for a mask that is not of bools."""
    check_is_tensor(name, "mask", mask)
    if mask.dtype != dtypes.bool_:
        raise RuntimeError(f"{name}(): expected a mask of bools, but got one of {mask.dtype}: compare, as in x > 0")


def check_is_index(name: str, index: Any) -> None:
    """RuntimeError for an index that does not hold positions."""
    check_is_tensor(name, "index", index)
    if index.dtype not in (dtypes.int64, dtypes.int32):
        raise RuntimeError(f"{name}(): Expected dtype int32/int64 for index, but got {index.dtype}: use .long()")


def check_range(name: str, positions: Any, size: int, dim: int, lowest: int = 0, wrong: Any = RuntimeError) -> None:
    """An error of that kind for a position that the dimension does not have."""
    if positions.size and not (positions.min() >= lowest and positions.max() < size):
        bad = positions[(positions < lowest) | (positions >= size)].flat[0]
        raise wrong(f"{name}(): index {bad} is out of bounds for dimension {dim} with size {size}")


def check_positions(name: str, index: Any, shape: tuple[int, ...], dim: int) -> None:
    """RuntimeError for positions along dim that a tensor of this shape does not have."""
    check_is_index(name, index)
    if index.ndim != len(shape):
        raise RuntimeError(
            f"{name}(): Index tensor must have the same number of dimensions as input tensor: {index.ndim} "
            f"and {len(shape)}, of shapes {index.shape} and {shape}"
        )
    if any(n > m for d, (n, m) in enumerate(zip(index.shape, shape)) if d != dim):
        raise RuntimeError(
            f"{name}(): Size does not match at a dimension other than {dim}: the index of shape {index.shape} is "
            f"larger there than the input of shape {shape}"
        )
    check_range(name, index.array, shape[dim], dim)
