"""Products of matrices."""

from __future__ import annotations

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


def linear_forward(x, weight, bias):
    """x @ weight^T + bias; the bias may be None"""
    out = x @ weight.T
    if bias is not None:
        out += bias
    return out


def linear_vjp_x(g, weight):
    """dL/dx = g @ weight"""
    return g @ weight


def linear_vjp_weight(g, x, weight_shape):
    """dL/d(weight) = g^T @ x, over all rows of x"""
    if g.ndim != 2:
        g, x = g.reshape(-1, weight_shape[0]), x.reshape(-1, weight_shape[1])
    return g.T @ x


def linear_vjp_bias(g):
    """dL/d(bias) = g, which the engine sums over the rows"""
    return g


MATMUL = Op(matmul_forward, matmul_vjp_x, matmul_vjp_y, promotes=number_type)
LINEAR = Op(linear_forward, linear_vjp_x, linear_vjp_weight, linear_vjp_bias)
