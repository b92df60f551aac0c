"""Other shapes, orders, types and copies of the same elements; joining tensors."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from .. import dtypes, engine
from ..engine import apply, new_tensor
from ..ops import shape
from ..shapes import as_dim, as_shape

__all__ = [
    "cat",
    "clone",
    "expand",
    "flatten",
    "permute",
    "reshape",
    "squeeze",
    "stack",
    "t",
    "to",
    "transpose",
    "unsqueeze",
]

Tensor = Any  # tensor.py is built on these files


def reshape(input: Tensor, *shape_: Any) -> Tensor:
    """The same elements in another shape, one size of which may be -1; a view where that is possible."""
    return apply(shape.RESHAPE, input, as_shape(shape_, input.array.size))


def view(input: Tensor, *shape_: Any) -> Tensor:
    """As reshape, but always a view. RuntimeError where the elements do not lie in memory in that order."""
    out = reshape(input, *shape_)
    if input.array.size and not np.may_share_memory(out.array, input.array):
        raise RuntimeError(
            f"view size is not compatible with input tensor's size and stride: as shape {out.shape} the elements of "
            f"this tensor of shape {input.shape} would have to be copied. Use .reshape(...) instead."
        )
    return out


def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """The dimensions from start_dim to end_dim made one."""
    start, end = as_dim(start_dim, input.ndim), as_dim(end_dim, input.ndim)
    if start > end:
        raise RuntimeError(f"flatten() has invalid args: start_dim {start_dim} comes after end_dim {end_dim}")
    merged = int(np.prod(input.shape[start : end + 1]))
    return reshape(input, (*input.shape[:start], merged, *input.shape[end + 1 :]))


def transpose(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """A view with two dimensions swapped"""
    return apply(shape.TRANSPOSE, input, as_dim(dim0, input.ndim), as_dim(dim1, input.ndim))


def t(input: Tensor) -> Tensor:
    """The transpose of a matrix; a vector or number as it is. RuntimeError for more dimensions."""
    if input.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {input.ndim}D: use transpose()")
    return transpose(input, 0, 1) if input.ndim == 2 else input


def permute(input: Tensor, *dims: Any) -> Tensor:
    """A view with the dimensions in another order"""
    order = as_shape(dims)
    if len(order) != input.ndim:
        raise RuntimeError(f"permute(): dims {order} must name each of the {input.ndim} dimensions once")
    places = tuple(as_dim(d, input.ndim) for d in order)
    if sorted(places) != list(range(input.ndim)):
        raise RuntimeError(f"permute(): dims {order} must name each of the {input.ndim} dimensions once")
    return apply(shape.PERMUTE, input, places)


def squeeze(input: Tensor, dim: int | tuple[int, ...] | None = None) -> Tensor:
    """A view without the dimensions of size 1: all of them, or of this one or these"""
    dims = dim if isinstance(dim, tuple) else (dim,)
    drop = range(input.ndim) if dim is None else [as_dim(d, input.ndim) for d in dims]
    return reshape(input, tuple(n for d, n in enumerate(input.shape) if n != 1 or d not in drop))


def unsqueeze(input: Tensor, dim: int) -> Tensor:
    """A view with a dimension of size 1 put in at dim"""
    sizes = list(input.shape)
    most = input.ndim + 1
    if not -most <= dim < most:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-most}, {most - 1}], but got {dim}): the tensor "
            f"has {input.ndim} dimensions, and the new one can stand before, between or after them"
        )
    sizes.insert(dim % most, 1)
    return reshape(input, tuple(sizes))


def expand(input: Tensor, *sizes: Any) -> Tensor:
    """A view repeated along dimensions of size 1, or along new ones in front; -1 keeps a size"""
    wanted = as_shape(sizes)
    added = len(wanted) - input.ndim
    if added < 0 or -1 in wanted[:added]:
        raise RuntimeError(f"expand({wanted}): a tensor of shape {input.shape} needs at least {input.ndim} sizes")
    full = tuple(n if n != -1 else input.shape[d - added] for d, n in enumerate(wanted))
    return apply(shape.EXPAND, input, full)


def cat(tensors: Iterable[Tensor], dim: int = 0) -> Tensor:
    """The tensors laid end to end along dim; their other sizes must agree. RuntimeError otherwise."""
    if isinstance(tensors, engine.Tensor):
        raise TypeError("cat(): argument 'tensors' must be a list or tuple of Tensors, not one Tensor")
    parts = list(tensors)
    if not parts:
        raise ValueError("cat(): expected a non-empty list of Tensors")
    for part in parts:
        if not isinstance(part, engine.Tensor):
            raise TypeError(f"cat(): expected Tensors, but one of them is {type(part).__name__}")
    wanted = dtypes.result_type(*(part.array for part in parts))
    parts = [part for part in parts if part.shape != (0,)] or parts  # these fit anywhere
    place = as_dim(dim, parts[0].ndim)
    if any(part.ndim != parts[0].ndim or part.ndim == 0 for part in parts):
        raise RuntimeError(f"cat(): tensors of shapes {[part.shape for part in parts]} have no common dimensions")
    sizes = [part.shape[place] for part in parts]
    return apply(shape.CAT, place, sizes, *(part.to(wanted) for part in parts))


def stack(tensors: Iterable[Tensor], dim: int = 0) -> Tensor:
    """The tensors, all of one shape, side by side along a new dimension"""
    parts = list(tensors)
    if not parts:
        raise RuntimeError("stack expects a non-empty list of Tensors")
    if len({part.shape for part in parts}) > 1:
        raise RuntimeError(f"stack expects each tensor to be equal size, but got {[part.shape for part in parts]}")
    return cat([unsqueeze(part, dim) for part in parts], dim)


def clone(input: Tensor) -> Tensor:
    """A copy, through which gradients pass"""
    return apply(shape.CLONE, input)


def to(input: Tensor, dtype: Any = None, *rest: Any, device: Any = None, copy: bool = False) -> Tensor:
    """The same numbers in another type; the tensor itself if it is of that type. The only device is 'cpu'."""
    if isinstance(dtype, engine.Tensor):
        dtype = dtype.dtype
    if isinstance(dtype, str) and dtype.startswith("cpu"):
        dtype, device = (rest[0] if rest else None), dtype
    if isinstance(dtype, str):
        dtype, device = None, dtype  # a string names a device
    if device is not None and str(device) != "cpu":
        raise RuntimeError(f"device {device!r} is not available: everything here runs on the 'cpu'")
    wanted = input.dtype if dtype is None else dtypes.as_dtype(dtype)
    if wanted == input.dtype:
        return clone(input) if copy else input
    if wanted.kind != "f":
        return new_tensor(input.array.astype(wanted))
    return apply(shape.TO, input, wanted, input.dtype)
