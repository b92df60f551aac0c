"""Sums of products over some dimensions, in one pass: no array of the products is made."""

from __future__ import annotations

import math
from functools import cache, lru_cache
from string import ascii_letters

from numpy import einsum, float16, float32, ones, vecdot

from ..op import Op
from .reduce import with_kept_dims
from .shape import expand_forward


@cache
def equation(ndim, dims, factors):
    """What einsum calls a sum over dims of a product of so many arrays: "ab,ab->a", say"""
    names = ascii_letters[:ndim]
    kept = "".join([name for d, name in enumerate(names) if d not in dims])
    return ",".join([names] * factors) + "->" + kept


@lru_cache(64)
def kept_ones(n, dtype):
    """A row of ones, made once: not to be written to"""
    row = ones(n, dtype)
    row.flags.writeable = False
    return row


def some_ones(n, dtype):
    """A row of ones: with it a product of matrices sums up, in a third of the time that numpy's sum takes"""
    return kept_ones(n, dtype) if n <= 4096 else ones(n, dtype)


def inner_forward(x, y, dims, keepdim):
    """The sum of x * y over dims (a tuple, in order, from 0 on); of x alone if y is None

    For dims of moderate size: all but numpy's sum, which adds in pairs, add up one after the other.
    """
    last = x.ndim - 1
    if dims == (last,):
        sums = x @ some_ones(x.shape[last], x.dtype) if y is None else vecdot(x, y)
        return sums[..., None] if keepdim else sums
    if x.dtype == float16:  # einsum would add halves up as halves
        x, y = x.astype(float32), None if y is None else y.astype(float32)
        return inner_forward(x, y, dims, keepdim).astype(float16)
    if y is not None:
        sums = einsum(equation(x.ndim, dims, 2), x, y)
    elif dims and dims == tuple(range(last)):
        rows = math.prod(x.shape[:last])
        sums = some_ones(rows, x.dtype) @ x.reshape(rows, x.shape[last])
    else:
        sums = einsum(equation(x.ndim, dims, 1), x)
    return sums.reshape(with_kept_dims(x.shape, dims)) if keepdim else sums


def inner_vjp_x(g, x_shape, y, dims):
    """dL/dx = g * y"""
    g = g.reshape(with_kept_dims(x_shape, dims))
    return expand_forward(g, x_shape) if y is None else g * y


def inner_vjp_y(g, x, dims):
    """dL/dy = g * x"""
    return g.reshape(with_kept_dims(x.shape, dims)) * x


INNER = Op(inner_forward, inner_vjp_x, inner_vjp_y)
