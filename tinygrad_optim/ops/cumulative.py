"""Sums and products of all elements up to each one, along a dimension; and the product of all."""

from __future__ import annotations

import numpy as np

from ..dtypes import sum_type
from ..op import Op
from .indexing import getitem_forward
from .reduce import with_kept_dims


def backwards(ndim, dim):
    """The index that turns the order along dim around"""
    return (*[slice(None)] * dim, slice(None, None, -1)) if ndim else ()


def one_at_the_start(shape, dim, dtype):
    """1 at the first place along dim, then zeros: an array that broadcasts against this shape"""
    size = [n if d == dim else 1 for d, n in enumerate(shape)]
    return (np.arange(shape[dim] if shape else 1) == 0).astype(dtype).reshape(size)


def shift_forward(x, dim, by):
    """x moved by so many places along dim (to the front if by < 0), with zeros where nothing came to stand"""
    moved = np.zeros_like(x)
    before = (slice(None),) * dim
    if x.ndim and by > 0:
        moved[(*before, slice(by, None))] = x[(*before, slice(None, -by))]
    elif x.ndim:
        moved[(*before, slice(None, by or None))] = x[(*before, slice(-by, None))]
    return moved


def shift_vjp_x(g, dim, by):
    """dL/dx = g, moved back"""
    return shift_forward(g, dim, -by)


def cumsum_forward(x, dim):
    """out[k] = x[0] + ... + x[k] along dim"""
    return x.cumsum(axis=dim).astype(x.dtype, copy=False).reshape(x.shape)


def cumsum_vjp_x(g, dim):
    """dL/dx[k] = g[k] + g[k + 1] + ..., the same sum from the other end"""
    turn = backwards(g.ndim, dim)
    return getitem_forward(cumsum_forward(getitem_forward(g, turn), dim), turn)


def cumprod_forward(x, dim):
    """out[k] = x[0] * ... * x[k] along dim"""
    return x.cumprod(axis=dim).astype(x.dtype, copy=False).reshape(x.shape)


def cumprod_vjp_x(g, x, dim, out):
    """dL/dx[k] = out[k - 1] * a[k], where a[k] = g[k] + x[k + 1] * a[k + 1]: no division, so x may hold zeros

    After a round with step s, a[k] reaches over 2s places and c[k] is the product over the next 2s: the recurrence
    takes log2(n) rounds, not n.
    """
    a, c, s = g, shift_forward(x, dim, -1), 1
    while s < (x.shape[dim] if x.ndim else 0):
        a = a + c * shift_forward(a, dim, -s)
        c = c * shift_forward(c, dim, -s)
        s = 2 * s
    return a * (shift_forward(out, dim, 1) + one_at_the_start(x.shape, dim, x.dtype))


def prod_forward(x, dim, keepdim):
    """The product over dim"""
    return x.prod(axis=dim, keepdims=keepdim, dtype=x.dtype)


def prod_vjp_x(g, x, dim):
    """dL/dx[k] = g * (product of all before k) * (product of all after k): no division, so x may hold zeros"""
    line, d = (x.reshape(-1), 0) if dim is None else (x, dim)
    turn = backwards(line.ndim, d)
    first = one_at_the_start(line.shape, d, x.dtype)
    before = shift_forward(cumprod_forward(line, d), d, 1) + first
    after = getitem_forward(shift_forward(cumprod_forward(getitem_forward(line, turn), d), d, 1) + first, turn)
    return (g.reshape(with_kept_dims(line.shape, d)) * (before * after)).reshape(x.shape)


SHIFT = Op(shift_forward, shift_vjp_x)
CUMSUM = Op(cumsum_forward, cumsum_vjp_x, promotes=sum_type)
CUMPROD = Op(cumprod_forward, cumprod_vjp_x, promotes=sum_type)
PROD = Op(prod_forward, prod_vjp_x, promotes=sum_type)
