"""Functions of one tensor, element by element."""

from __future__ import annotations

import numpy as np
from numpy import exp, sign

from ..dtypes import arithmetic_type, floating_type
from ..op import Op


def exp_forward(x):
    """e ** x"""
    return np.exp(x)


def exp_vjp_x(g, out):
    """dL/dx = g * e**x"""
    return g * out


def log_forward(x):
    """The natural logarithm of x"""
    return np.log(x)


def log_vjp_x(g, x):
    """dL/dx = g / x"""
    return g / x


def sqrt_forward(x):
    """The square root of x"""
    return np.sqrt(x)


def sqrt_vjp_x(g, out):
    """dL/dx = g / (2 * sqrt(x))"""
    return g / (2 * out)


def tanh_forward(x):
    """The hyperbolic tangent of x"""
    return np.tanh(x)


def tanh_vjp_x(g, out):
    """dL/dx = g * (1 - tanh(x)**2)"""
    return g * (1 - out * out)


def sigmoid_forward(x):
    """1 / (1 + e**-x)"""
    return 1 / (1 + exp(-x))


def sigmoid_vjp_x(g, out):
    """dL/dx = g * s * (1 - s), with s = sigmoid(x)"""
    return g * (out * (1 - out))


def relu_forward(x):
    """max(x, 0)"""
    return np.maximum(x, 0)


def relu_vjp_x(g, out):
    """dL/dx = g where x > 0, else 0 (at x = 0 too)"""
    return g * (out > 0)


def abs_forward(x):
    """|x|"""
    return np.abs(x)


def abs_vjp_x(g, x):
    """dL/dx = g * sign(x), 0 at x = 0"""
    return g * sign(x)


def sign_forward(x):
    """-1, 0 or 1, as x is negative, zero (or nan) or positive"""
    return np.where(x == x, np.sign(x), x.dtype.type(0))


def sign_vjp_x(g):
    """dL/dx = 0"""
    return g * 0


def maximum_forward(x, y):
    """The larger of x and y"""
    return np.maximum(x, y)


def maximum_vjp_x(g, x, y):
    """dL/dx = g where x is the larger, half of it where they are equal, else 0"""
    return g * (x > y) + g * (x == y) / 2


def maximum_vjp_y(g, x, y):
    """dL/dy = g where y is the larger, half of it where they are equal, else 0"""
    return g * (y > x) + g * (x == y) / 2


def minimum_forward(x, y):
    """The smaller of x and y"""
    return np.minimum(x, y)


def minimum_vjp_x(g, x, y):
    """dL/dx = g where x is the smaller, half of it where they are equal, else 0"""
    return g * (x < y) + g * (x == y) / 2


def minimum_vjp_y(g, x, y):
    """dL/dy = g where y is the smaller, half of it where they are equal, else 0"""
    return g * (y < x) + g * (x == y) / 2


def where_forward(condition, x, y):
    """x where the condition holds, else y"""
    return np.where(condition, x, y)


def where_vjp_x(g, condition):
    """dL/dx = g where the condition holds, else 0"""
    return g * condition


def where_vjp_y(g, condition):
    """dL/dy = g where the condition does not hold, else 0"""
    return g * (condition == 0)


EXP = Op(exp_forward, exp_vjp_x, promotes=floating_type, stands_for=[np.exp])
LOG = Op(log_forward, log_vjp_x, promotes=floating_type, stands_for=[np.log])
SQRT = Op(sqrt_forward, sqrt_vjp_x, promotes=floating_type, stands_for=[np.sqrt])
TANH = Op(tanh_forward, tanh_vjp_x, promotes=floating_type, stands_for=[np.tanh])
SIGMOID = Op(sigmoid_forward, sigmoid_vjp_x, promotes=floating_type)
RELU = Op(relu_forward, relu_vjp_x)
ABS = Op(abs_forward, abs_vjp_x, stands_for=[np.abs])
SIGN = Op(sign_forward, sign_vjp_x, stands_for=[np.sign])
MAXIMUM = Op(maximum_forward, maximum_vjp_x, maximum_vjp_y, promotes=arithmetic_type, stands_for=[np.maximum])
MINIMUM = Op(minimum_forward, minimum_vjp_x, minimum_vjp_y, promotes=arithmetic_type, stands_for=[np.minimum])
WHERE = Op(where_forward, where_vjp_x, where_vjp_y, stands_for=[np.where])
