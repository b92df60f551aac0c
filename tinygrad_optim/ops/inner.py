"""Sums of products over some dimensions, in one pass: no array of the products is made."""

from __future__ import annotations

from numpy import einsum

from ..op import Op
from .shape import expand_forward


def inner_forward(x, y, dims):
    """The sum of x * y over dims, which are kept as 1; of x alone if y is None

    For dims of moderate size: einsum adds up one after the other, where numpy's sum adds in pairs.
    """
    axes = list(range(x.ndim))
    kept = [axis for axis in axes if axis not in dims]
    sums = einsum(x, axes, kept) if y is None else einsum(x, axes, y, axes, kept)
    return sums.reshape([1 if axis in dims else n for axis, n in enumerate(x.shape)])


def inner_vjp_x(g, x_shape, y):
    """dL/dx = g * y"""
    return expand_forward(g, x_shape) if y is None else g * y


def inner_vjp_y(g, x):
    """dL/dy = g * x"""
    return g * x


INNER = Op(inner_forward, inner_vjp_x, inner_vjp_y)
