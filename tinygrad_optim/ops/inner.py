"""Sums of products over some dimensions, in one pass: no array of the products is made."""

from __future__ import annotations

from functools import cache
from string import ascii_letters

from numpy import einsum

from ..op import Op
from .shape import expand_forward


@cache
def equation(ndim, dims, factors):
    """What einsum calls a sum over dims of a product of so many arrays: "ab,ab->a", say"""
    names = ascii_letters[:ndim]
    kept = "".join([name for d, name in enumerate(names) if d not in dims])
    return ",".join([names] * factors) + "->" + kept


def inner_forward(x, y, dims):
    """The sum of x * y over dims, which are kept as 1; of x alone if y is None

    For dims of moderate size: einsum adds up one after the other, where numpy's sum adds in pairs.
    """
    sums = einsum(equation(x.ndim, dims, 1), x) if y is None else einsum(equation(x.ndim, dims, 2), x, y)
    return sums.reshape([1 if d in dims else n for d, n in enumerate(x.shape)])


def inner_vjp_x(g, x_shape, y):
    """dL/dx = g * y"""
    return expand_forward(g, x_shape) if y is None else g * y


def inner_vjp_y(g, x):
    """dL/dy = g * x"""
    return g * x


INNER = Op(inner_forward, inner_vjp_x, inner_vjp_y)
