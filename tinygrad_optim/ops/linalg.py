"""Products of matrices."""

from __future__ import annotations

import math

from ..dtypes import number_type
from ..op import Op


def matmul_forward(x, y):
    """x @ y, of matrices or of stacks of them"""
    return x @ y


def matmul_vjp_x(g, y):
    """dL/dx = g @ y^T"""
    return g @ y.swapaxes(-1, -2)


def matmul_vjp_y(g, x):
    """dL/dy = x^T @ g"""
    return x.swapaxes(-1, -2) @ g


def as_rows(x):
    """x as one matrix, of which each row is a last dimension of x: one large product is faster than many small ones"""
    return x if x.ndim == 2 else x.reshape(math.prod(x.shape[:-1]), x.shape[-1])


def linear_forward(x, weight, bias):
    """x @ weight^T + bias; the bias may be None"""
    out = as_rows(x) @ weight.T
    if x.ndim != 2:
        out = out.reshape(*x.shape[:-1], len(weight))
    if bias is not None:
        out += bias
    return out


def linear_vjp_x(g, weight):
    """dL/dx = g @ weight"""
    out = as_rows(g) @ weight
    return out if g.ndim == 2 else out.reshape(*g.shape[:-1], weight.shape[1])


def linear_vjp_weight(g, x):
    """dL/d(weight) = g^T @ x, over all rows of x"""
    return as_rows(g).T @ as_rows(x)


def linear_vjp_bias(g):
    """dL/d(bias) = g, which the engine sums over the rows"""
    return g


MATMUL = Op(matmul_forward, matmul_vjp_x, matmul_vjp_y, promotes=number_type)
LINEAR = Op(linear_forward, linear_vjp_x, linear_vjp_weight, linear_vjp_bias)
