"""Joining tensors, and laying one beside itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from .. import dtypes, engine
from ..engine import apply, new_tensor
from ..ops import shape
from ..shapes import as_dim, as_shape
from .order import transpose
from .shape import atleast_1d, atleast_2d, clone, expand, flatten, reshape

__all__ = [
    "cat",
    "column_stack",
    "concat",
    "concatenate",
    "hstack",
    "meshgrid",
    "repeat_interleave",
    "stack",
    "tile",
    "vstack",
]

Tensor = Any  # tensor.py is built on these files


def cat(tensors: Iterable[Tensor], dim: int = 0) -> Tensor:
    """The tensors laid end to end along dim; their other sizes must agree. RuntimeError otherwise."""
    parts = some_tensors("cat", tensors, ValueError)
    wanted = dtypes.result_type(*(part.array for part in parts))
    parts = [part for part in parts if part.shape != (0,)] or parts  # these fit anywhere
    place = as_dim(dim, parts[0].ndim)
    if any(part.ndim != parts[0].ndim or part.ndim == 0 for part in parts):
        raise RuntimeError(f"cat(): tensors of shapes {[part.shape for part in parts]} have no common dimensions")
    sizes = [part.shape[place] for part in parts]
    return apply(shape.CAT, place, sizes, *(part if part.dtype == wanted else part.to(wanted) for part in parts))


def stack(tensors: Iterable[Tensor], dim: int = 0) -> Tensor:
    """The tensors, all of one shape, side by side along a new dimension"""
    parts = some_tensors("stack", tensors)
    if len({part.shape for part in parts}) > 1:
        raise RuntimeError(f"stack expects each tensor to be equal size, but got {[part.shape for part in parts]}")
    wanted = dtypes.result_type(*(part.array for part in parts))
    place = as_dim(dim, parts[0].ndim + 1)
    return apply(shape.STACK, place, *(part if part.dtype == wanted else part.to(wanted) for part in parts))


def concat(tensors: Iterable[Tensor], dim: int = 0) -> Tensor:
    """As cat"""
    return cat(tensors, dim)


def concatenate(tensors: Iterable[Tensor], dim: int = 0) -> Tensor:
    """As cat"""
    return cat(tensors, dim)


def hstack(tensors: Iterable[Tensor]) -> Tensor:
    """Side by side: along the second dimension; vectors along their only one"""
    parts = [atleast_1d(part) for part in some_tensors("hstack", tensors)]
    return cat(parts, 0 if parts[0].ndim == 1 else 1)


def vstack(tensors: Iterable[Tensor]) -> Tensor:
    """One below the other: along the first dimension; vectors as rows"""
    return cat([atleast_2d(part) for part in some_tensors("vstack", tensors)], 0)


def column_stack(tensors: Iterable[Tensor]) -> Tensor:
    """Side by side, vectors as columns"""
    parts = some_tensors("column_stack", tensors)
    return hstack([part if part.ndim > 1 else reshape(part, (-1, 1)) for part in parts])


def some_tensors(name: str, tensors: Iterable[Tensor], wrong: Any = RuntimeError) -> list[Tensor]:
    """A list of Tensors, and of at least one. TypeError for anything else."""
    if isinstance(tensors, engine.Tensor):
        raise TypeError(f"{name}(): argument 'tensors' must be a list or tuple of Tensors, not one Tensor")
    parts = list(tensors)
    if not parts:
        raise wrong(f"{name}() expects a non-empty list of Tensors")
    for part in parts:
        if not isinstance(part, engine.Tensor):
            raise TypeError(f"{name}(): expected Tensors, but one of them is {type(part).__name__}: use tensor(...)")
    return parts


def repeat(input: Tensor, *sizes: Any) -> Tensor:
    """A copy laid side by side with itself: so many times along each dimension, new ones in front"""
    times = as_shape(sizes)
    if len(times) < input.ndim:
        raise RuntimeError(f"repeat{times}: a tensor of shape {input.shape} needs at least {input.ndim} numbers")
    if any(n < 0 for n in times):
        raise RuntimeError(f"repeat{times}: no tensor can be laid side by side a negative number of times")
    own = (1,) * (len(times) - input.ndim) + input.shape
    # Each dimension of size n becomes two, of sizes 1 and n: the first of them is then repeated.
    apart = reshape(input, tuple(m for n in own for m in (1, n)))
    wide = expand(apart, tuple(m for pair in zip(times, own) for m in pair))
    out = reshape(wide, tuple(n * m for n, m in zip(times, own)))
    return clone(out) if np.may_share_memory(out.array, input.array) else out


def tile(input: Tensor, *dims: Any) -> Tensor:
    """As repeat; for dimensions in front that are not named, once"""
    times = as_shape(dims)
    return repeat(input, (1,) * (input.ndim - len(times)) + times)


def repeat_interleave(
    input: Tensor, repeats: Any = None, dim: int | None = None, *, output_size: int | None = None
) -> Tensor:
    """Each element (or, along dim, each slice) several times in a row: an int, or a number for each as a tensor"""
    if repeats is None:
        return repeat_interleave(new_tensor(np.arange(input.numel())), input)
    source = flatten(input) if dim is None else input
    place = as_dim(0 if dim is None else dim, source.ndim)
    counts = repeats.array if isinstance(repeats, engine.Tensor) else np.asarray(repeats)
    if counts.dtype.kind != "i" or counts.ndim > 1:
        raise RuntimeError(f"repeat_interleave(): repeats must be ints in one dimension, not {counts.dtype}")
    if (counts < 0).any():
        raise RuntimeError(f"repeat_interleave(): Repeats must be non-negative, and they are {repeats}")
    if counts.size not in (1, source.shape[place]):
        raise RuntimeError(
            f"repeat_interleave(): repeats must have the same size as input along dim, but there are {counts.size} of "
            f"them, and the input has shape {source.shape}"
        )
    places = np.repeat(np.arange(source.shape[place]), counts.reshape(-1) if counts.size > 1 else counts.item())
    return source[(slice(None),) * place + (new_tensor(places),)]


def meshgrid(*tensors: Any, indexing: str | None = None) -> tuple[Tensor, ...]:
    """Grids of coordinates: of each vector one that varies along its own dimension only. "xy" swaps the first two.

    None is "ij", PyTorch's choice so far, of which it warns.
    """
    parts = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], tuple | list) else tensors
    if indexing not in (None, "ij", "xy"):
        raise RuntimeError(f"meshgrid(): indexing must be one of 'xy' or 'ij', but received: {indexing!r}")
    if any(part.ndim > 1 for part in parts):
        raise RuntimeError(f"meshgrid(): expected vectors, but the shapes are {[part.shape for part in parts]}")
    if len({part.dtype for part in parts}) > 1:
        raise RuntimeError(f"meshgrid(): expected vectors of one type, not {[str(part.dtype) for part in parts]}")
    sizes = tuple(part.numel() for part in parts)
    lines = [reshape(part, (1,) * d + (-1,) + (1,) * (len(parts) - 1 - d)) for d, part in enumerate(parts)]
    grids = tuple([expand(line, sizes) for line in lines])
    return tuple([transpose(grid, 0, 1) for grid in grids]) if indexing == "xy" and len(parts) > 1 else grids
