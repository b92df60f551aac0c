"""Sums, means and maxima over some dimensions, or over all."""

from __future__ import annotations

import math

from ..dtypes import sum_type
from ..op import Op
from .shape import expand_forward, to_forward


def with_kept_dims(shape, dim):
    """The shape that reducing over dim gives, with each reduced dimension kept as a 1."""
    if dim is None:
        return (1,) * len(shape)
    reduced = {d % len(shape) for d in ((dim,) if isinstance(dim, int) else dim)} if shape else ()
    return tuple(1 if d in reduced else n for d, n in enumerate(shape))


def number_reduced(shape, dim):
    """How many elements each element of the reduced result was made from."""
    kept = with_kept_dims(shape, dim)
    return math.prod(n for n, k in zip(shape, kept) if k == 1)


def sum_forward(x, dim, keepdim):
    """The sum over dim"""
    return x.sum(axis=dim, keepdims=keepdim)


def sum_vjp_x(g, x_shape, dim):
    """dL/dx = g, at each element that went into the sum"""
    return expand_forward(g.reshape(with_kept_dims(x_shape, dim)), x_shape)


def mean_forward(x, dim, keepdim):
    """The mean over dim"""
    if number_reduced(x.shape, dim) == 0:
        return x.sum(axis=dim, keepdims=keepdim) * math.nan  # numpy's mean of nothing is nan too, with warnings
    return x.mean(axis=dim, keepdims=keepdim)


def mean_vjp_x(g, x_shape, dim):
    """dL/dx = g / n, at each of the n elements that went into the mean"""
    share = g / max(number_reduced(x_shape, dim), 1)
    return expand_forward(share.reshape(with_kept_dims(x_shape, dim)), x_shape)


def amax_forward(x, dim, keepdim):
    """The maximum over dim"""
    return x.max(axis=dim, keepdims=keepdim)


def amax_vjp_x(g, x, dim, out):
    """dL/dx = g at the maximum, in equal shares where several elements tie, and 0 elsewhere"""
    kept = with_kept_dims(x.shape, dim)
    is_max = x == out.reshape(kept)
    ties = is_max.sum(axis=dim, keepdims=True)
    return g.reshape(kept) * is_max / to_forward(ties, g.dtype, ties.dtype)


SUM = Op(sum_forward, sum_vjp_x, promotes=sum_type)
MEAN = Op(mean_forward, mean_vjp_x)
AMAX = Op(amax_forward, amax_vjp_x)
