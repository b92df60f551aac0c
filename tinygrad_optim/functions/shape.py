"""Other shapes of the same elements; views, where that is possible."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..engine import apply
from ..ops import shape
from ..shapes import as_dim, as_shape

__all__ = [
    "atleast_1d",
    "atleast_2d",
    "broadcast_shapes",
    "broadcast_tensors",
    "broadcast_to",
    "clone",
    "flatten",
    "ravel",
    "reshape",
    "squeeze",
    "unflatten",
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
    merged = math.prod(input.shape[start : end + 1])
    return reshape(input, (*input.shape[:start], merged, *input.shape[end + 1 :]))


def squeeze(input: Tensor, dim: int | tuple[int, ...] | None = None) -> Tensor:
    """A view without the dimensions of size 1: all of them, or of this one or these"""
    dims = dim if isinstance(dim, tuple | list) else (dim,)
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
    if any(m not in (1, n) for n, m in zip(full[added:], input.shape)) or any(n < 0 for n in full):
        raise RuntimeError(f"expand({wanted}): a tensor of shape {input.shape} can grow only where its size is 1")
    return apply(shape.EXPAND, input, full)


def view_as(input: Tensor, other: Tensor) -> Tensor:
    """As view, in the shape of another tensor"""
    return view(input, other.shape)


def reshape_as(input: Tensor, other: Tensor) -> Tensor:
    """As reshape, in the shape of another tensor"""
    return reshape(input, other.shape)


def ravel(input: Tensor) -> Tensor:
    """The elements one after the other, in one dimension"""
    return reshape(input, -1)


def unflatten(input: Tensor, dim: int, sizes: Any) -> Tensor:
    """One dimension made several, of these sizes, one of which may be -1"""
    place, parts = as_dim(dim, input.ndim), as_shape((sizes,))
    size = input.shape[place] if input.ndim else 1
    known = math.prod(n for n in parts if n != -1)
    parts = tuple(size // max(known, 1) if n == -1 else n for n in parts)
    if math.prod(parts) != size:
        raise RuntimeError(f"unflatten(): sizes {sizes} don't multiply up to {size}, the size of dimension {dim}")
    return reshape(input, (*input.shape[:place], *parts, *input.shape[place + 1 :]))


def expand_as(input: Tensor, other: Tensor) -> Tensor:
    """As expand, to the shape of another tensor"""
    return expand(input, other.shape)


def broadcast_to(input: Tensor, size: Any) -> Tensor:
    """As expand"""
    return expand(input, size)


def broadcast_shapes(*shapes: Any) -> tuple[int, ...]:
    """The shape that tensors of these shapes have when they are combined. RuntimeError if they do not fit."""
    try:
        return np.broadcast_shapes(*(as_shape((s,)) for s in shapes))
    except ValueError:
        raise RuntimeError(
            f"broadcast_shapes(): the shapes {shapes} do not fit together: compared from the last dimension backwards, "
            "two sizes must be equal or one of them 1"
        ) from None


def broadcast_tensors(*tensors: Tensor) -> tuple[Tensor, ...]:
    """Views of the tensors, all of their common shape"""
    common = broadcast_shapes(*(tensor.shape for tensor in tensors))
    return tuple([expand(tensor, common) for tensor in tensors])


def contiguous(input: Tensor, memory_format: Any = None) -> Tensor:
    """Itself, if its elements lie in memory in their order and close together, else a copy of which that is true"""
    return input if input.array.flags.c_contiguous else clone(input)


def is_contiguous(input: Tensor, memory_format: Any = None) -> bool:
    """Whether the elements lie in memory in their order and close together"""
    return input.array.flags.c_contiguous


def stride(input: Tensor, dim: int | None = None) -> Any:
    """How many elements further in memory the next element along each dimension lies, or along one"""
    steps = tuple([step // input.array.itemsize for step in input.array.strides])
    return steps if dim is None else steps[as_dim(dim, input.ndim)]


def atleast_1d(*tensors: Any) -> Any:
    """The tensors as views with at least 1 dimension"""
    return _at_least(1, tensors)


def atleast_2d(*tensors: Any) -> Any:
    """The tensors as views with at least 2 dimensions, new ones in front"""
    return _at_least(2, tensors)


def _at_least(ndim: int, tensors: Any) -> Any:
    if len(tensors) == 1 and isinstance(tensors[0], tuple | list):
        tensors = tensors[0]
    found = tuple([reshape(v, (1,) * max(ndim - v.ndim, 0) + v.shape) for v in tensors])
    return found[0] if len(found) == 1 else found


def clone(input: Tensor, *, memory_format: Any = None) -> Tensor:
    """A copy, through which gradients pass"""
    return apply(shape.CLONE, input)
