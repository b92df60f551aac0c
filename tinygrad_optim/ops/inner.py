"""Sums of products over some dimensions, in one pass: no array of the products is made."""

from __future__ import annotations

from functools import cache
from string import ascii_letters

from numpy import einsum, ones, vecdot

from ..op import Op
from .reduce import with_kept_dims
from .shape import expand_forward


@cache
def equation(ndim, dims, factors):
    """What einsum calls a sum over dims of a product of so many arrays: "ab,ab->a", say"""
    names = ascii_letters[:ndim]
    kept = "".join([name for d, name in enumerate(names) if d not in dims])
    return ",".join([names] * factors) + "->" + kept


def inner_forward(x, y, dims, keepdim):
    """The sum of x * y over dims (a tuple, in order, from 0 on); of x alone if y is None

    For dims of moderate size: einsum adds up one after the other, where numpy's sum adds in pairs.
    """
    if dims == (x.ndim - 1,):  # of rows, what numpy does at once takes half of einsum's time
        sums = x @ ones(x.shape[-1], x.dtype) if y is None else vecdot(x, y)
        return sums[..., None] if keepdim else sums
    sums = einsum(equation(x.ndim, dims, 1), x) if y is None else einsum(equation(x.ndim, dims, 2), x, y)
    return sums.reshape(with_kept_dims(x.shape, dims)) if keepdim else sums


def inner_vjp_x(g, x_shape, y, dims):
    """dL/dx = g * y"""
    g = g.reshape(with_kept_dims(x_shape, dims))
    return expand_forward(g, x_shape) if y is None else g * y


def inner_vjp_y(g, x, dims):
    """dL/dy = g * x"""
    return g.reshape(with_kept_dims(x.shape, dims)) * x


INNER = Op(inner_forward, inner_vjp_x, inner_vjp_y)
