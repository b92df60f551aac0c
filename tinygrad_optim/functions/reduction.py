"""Sums, means, maxima, and softmax: functions along dimensions."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .. import engine
from ..engine import apply, new_tensor
from ..ops import indexing, reduce
from ..ops import softmax as softmax_ops
from ..shapes import as_dim, as_dims
from .elementwise import maximum

__all__ = [
    "amax",
    "argmax",
    "log_softmax",
    "max",
    "mean",
    "softmax",
    "sum",
]

Tensor = Any  # tensor.py is built on these files


class ValuesAndIndices(NamedTuple):
    """What max(dim) returns: the largest elements, and where along dim they stood."""

    values: Tensor
    indices: Tensor


def sum(input: Tensor, dim: Any = None, keepdim: bool = False, *, axis: Any = None, keepdims: bool = False) -> Tensor:
    """The sum over dim (an int, a tuple, or None for all); bools and integers sum to int64."""
    dim = as_dims(axis if dim is None else dim, input.ndim)
    return apply(reduce.SUM, input, dim, bool(keepdim or keepdims))


def mean(input: Tensor, dim: Any = None, keepdim: bool = False, *, axis: Any = None, keepdims: bool = False) -> Tensor:
    """The mean over dim (an int, a tuple, or None for all). RuntimeError for integers."""
    if input.dtype.kind != "f":
        raise RuntimeError(f"mean(): could not infer output dtype of {input.dtype}: use .float() first")
    dim = as_dims(axis if dim is None else dim, input.ndim)
    return apply(reduce.MEAN, input, dim, bool(keepdim or keepdims))


def amax(input: Tensor, dim: Any = (), keepdim: bool = False) -> Tensor:
    """The maximum over dim; where elements tie they share the gradient. IndexError if there are none."""
    dim = as_dims(dim, input.ndim)
    if 0 in (input.shape if dim is None else np.take(input.shape, dim).reshape(-1)):
        raise no_maximum("amax", input, dim)
    return apply(reduce.AMAX, input, dim, keepdim)


def no_maximum(name: str, input: Tensor, dim: Any) -> Exception:
    kind = RuntimeError if dim is None else IndexError
    return kind(
        f"{name}(): there is no maximum of no elements (shape {input.shape}, dim={dim}): "
        "Expected reduction dim to have non-zero size"
    )


def argmax(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """The position of the maximum along dim, or in the flattened tensor."""
    place: Any = None if dim is None else as_dims(dim, input.ndim)
    if (input.array.size if place is None else input.shape[place]) == 0:
        raise no_maximum("argmax", input, 0 if dim is None else dim)
    return new_tensor(input.array.argmax(axis=place, keepdims=keepdim))


def max(input: Tensor, dim: Any = None, keepdim: bool = False) -> Any:
    """The maximum of all; along a dim, (values, indices); with another tensor, the larger of each pair."""
    if dim is None:
        return amax(input)
    if isinstance(dim, engine.Tensor) and not keepdim:
        return maximum(input, dim)
    place = as_dim(dim, input.ndim)
    if input.ndim and input.shape[place] == 0:
        raise no_maximum("max", input, dim)
    if input.ndim == 0:
        return ValuesAndIndices(input.clone(), new_tensor(np.zeros((), np.int64)))
    positions = input.array.argmax(axis=place, keepdims=True)
    values, indices = apply(indexing.GATHER, input, place, positions), new_tensor(positions)
    return ValuesAndIndices(*((values, indices) if keepdim else (values.squeeze(place), indices.squeeze(place))))


def check_floats(name: str, input: Tensor) -> None:
    if input.dtype.kind != "f":
        raise NotImplementedError(f'"{name}" not implemented for {input.dtype}: convert with .float() first')


def softmax(input: Tensor, dim: int | None = None) -> Tensor:
    """e**input, divided by its sum along dim"""
    if dim is None:
        raise TypeError("softmax() needs dim: along which dimension should the results sum to 1? Often dim=-1")
    check_floats("softmax", input)
    return apply(softmax_ops.SOFTMAX, input, as_dim(dim, input.ndim))


def log_softmax(input: Tensor, dim: int | None = None) -> Tensor:
    """The logarithm of softmax, computed without overflow"""
    if dim is None:
        raise TypeError("log_softmax() needs dim: along which dimension should the results sum to 1? Often dim=-1")
    check_floats("log_softmax", input)
    return apply(softmax_ops.LOG_SOFTMAX, input, as_dim(dim, input.ndim))
