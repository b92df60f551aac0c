"""Sums, means, variances and extremes over some dimensions, or over all."""

from __future__ import annotations

import math

import numpy as np

from ..dtypes import sum_type
from ..op import Op
from .shape import expand_forward


def with_kept_dims(shape, dim):
    """The shape that reducing over dim gives, with each reduced dimension kept as a 1."""
    if dim is None:
        return (1,) * len(shape)
    reduced = {d % len(shape) for d in ((dim,) if isinstance(dim, int) else dim)} if shape else ()
    return tuple([1 if d in reduced else n for d, n in enumerate(shape)])


def number_reduced(shape, dim):
    """How many elements each element of the reduced result was made from."""
    kept = with_kept_dims(shape, dim)
    return math.prod([n for n, k in zip(shape, kept) if k == 1])


def sum_forward(x, dim, keepdim):
    """The sum over dim"""
    return x.sum(axis=dim, keepdims=keepdim)


def sum_vjp_x(g, x_shape, dim):
    """dL/dx = g, at each element that went into the sum"""
    return expand_forward(g.reshape(with_kept_dims(x_shape, dim)), x_shape)


def mean_forward(x, dim, keepdim):
    """The mean over dim"""
    if x.dtype == np.float16:  # numpy's mean adds halves up as float32; of others the sum is three times as fast
        return x.mean(axis=dim, keepdims=keepdim)
    total = x.sum(axis=dim, keepdims=keepdim)
    n = x.size // max(total.size, 1)
    return total / n if n else total * math.nan  # numpy's 0 / 0 is nan too, with a warning


def mean_vjp_x(g, x_shape, dim):
    """dL/dx = g / n, at each of the n elements that went into the mean"""
    n = math.prod(x_shape) // max(math.prod(g.shape), 1)
    return expand_forward((g / max(n, 1)).reshape(with_kept_dims(x_shape, dim)), x_shape)


def degrees_of_freedom(shape, dim, correction):
    """What the sum of squares is divided by: the number of elements less the correction, but not below 0"""
    return max(number_reduced(shape, dim) - correction, 0)


def var_forward(x, dim, correction, keepdim):
    """The sum of (x - mean)**2 over dim, divided by n - correction; inf or, of zeros, nan if that is not positive"""
    d = x - mean_forward(x, dim, True)
    squares = (d * d).sum(axis=dim, keepdims=keepdim)
    free = degrees_of_freedom(x.shape, dim, correction)
    return squares / free if free else np.where(squares > 0, math.inf, math.nan).astype(x.dtype)


def var_vjp_x(g, x, dim, correction):
    """dL/dx = g * 2 * (x - mean) / (n - correction)"""
    free = degrees_of_freedom(x.shape, dim, correction)
    share = g.reshape(with_kept_dims(x.shape, dim)) * (2 / free if free else math.inf)
    return share * (x - x.mean(axis=dim, keepdims=True))


def std_forward(x, dim, correction, keepdim):
    """The square root of the variance"""
    return np.sqrt(var_forward(x, dim, correction, keepdim))


def std_vjp_x(g, x, dim, correction, out):
    """dL/dx = g * (x - mean) / (std * (n - correction)), and 0 where std is 0"""
    free = degrees_of_freedom(x.shape, dim, correction)
    share = g * (out != 0) / (out + (out == 0)) * (1 / free if free else math.inf)
    return share.reshape(with_kept_dims(x.shape, dim)) * (x - x.mean(axis=dim, keepdims=True))


def shared_by_equals(g, x, dim, out):
    """g at the elements that equal the reduced one, in equal shares if there are several, and 0 elsewhere"""
    kept = with_kept_dims(x.shape, dim)
    equals = x == out.reshape(kept)
    return g.reshape(kept) * equals / equals.sum(axis=dim, keepdims=True, dtype=g.dtype)


def amax_forward(x, dim, keepdim):
    """The maximum over dim"""
    return x.max(axis=dim, keepdims=keepdim)


def amax_vjp_x(g, x, dim, out):
    """dL/dx = g at the maximum, in equal shares where several elements tie, and 0 elsewhere"""
    return shared_by_equals(g, x, dim, out)


def amin_forward(x, dim, keepdim):
    """The minimum over dim"""
    return x.min(axis=dim, keepdims=keepdim)


def amin_vjp_x(g, x, dim, out):
    """dL/dx = g at the minimum, in equal shares where several elements tie, and 0 elsewhere"""
    return shared_by_equals(g, x, dim, out)


def median_positions(x, dim):
    """Along dim, where the lower median stands (or the first nan, if there is one), with dim kept"""
    middle = x.argsort(axis=dim, kind="stable").take([(x.shape[dim] - 1) // 2], axis=dim)
    nans = x != x
    return np.where(nans.any(axis=dim, keepdims=True), nans.argmax(axis=dim, keepdims=True), middle)


def median_forward(x):
    """Of all elements the lower median; nan if one is nan, or if there are none"""
    numbers = x.reshape(-1)
    return numbers[median_positions(numbers, 0)].reshape(()) if x.size else np.array(math.nan).astype(x.dtype)


def median_vjp_x(g, x, out):
    """dL/dx = g at the median, in equal shares where several elements tie, and 0 elsewhere"""
    return shared_by_equals(g, x, None, out)


SUM = Op(sum_forward, sum_vjp_x, promotes=sum_type)
MEAN = Op(mean_forward, mean_vjp_x)
VAR = Op(var_forward, var_vjp_x)
STD = Op(std_forward, std_vjp_x)
AMAX = Op(amax_forward, amax_vjp_x)
AMIN = Op(amin_forward, amin_vjp_x)
MEDIAN = Op(median_forward, median_vjp_x)
