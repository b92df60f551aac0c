"""Whole numbers: rounding, division with a whole quotient and what remains, powers of integers.

A step has the derivative 0. It is in the graph nevertheless, as in PyTorch: what comes before gets zeros.
"""

from __future__ import annotations

import numpy as np

from ..dtypes import number_type, quotient_type
from ..op import Op


def floor_forward(x):
    """The largest whole number that is not above x"""
    return np.floor(x) if x.dtype.kind == "f" else x.copy()


def floor_vjp_x(g):
    """dL/dx = 0"""
    return g * 0


def ceil_forward(x):
    """The smallest whole number that is not below x"""
    return np.ceil(x) if x.dtype.kind == "f" else x.copy()


def ceil_vjp_x(g):
    """dL/dx = 0"""
    return g * 0


def trunc_forward(x):
    """x without what is behind the point"""
    return np.trunc(x) if x.dtype.kind == "f" else x.copy()


def trunc_vjp_x(g):
    """dL/dx = 0"""
    return g * 0


def round_forward(x, decimals):
    """The nearest number with so many decimals; of two equally near ones the even one"""
    if decimals and x.dtype == np.float16:  # numpy shifts the point, for which float16 has little room
        return np.round(x.astype(np.float32), decimals).astype(np.float16)
    return np.round(x, decimals)


def round_vjp_x(g):
    """dL/dx = 0"""
    return g * 0


def floor_divide_forward(x, y):
    """x / y rounded down"""
    return np.floor_divide(x, y)


def floor_divide_vjp_x(g):
    """dL/dx = 0"""
    return g * 0


def floor_divide_vjp_y(g):
    """dL/dy = 0"""
    return g * 0


def trunc_divide_forward(x, y):
    """x / y rounded towards 0"""
    if np.result_type(x, y).kind == "f":
        return np.trunc(x / y)
    return np.floor_divide(x - np.fmod(x, y), y)


def trunc_divide_vjp_x(g):
    """dL/dx = 0"""
    return g * 0


def trunc_divide_vjp_y(g):
    """dL/dy = 0"""
    return g * 0


def remainder_forward(x, y):
    """What x // y leaves of x; it has the sign of y"""
    return np.remainder(x, y)


def remainder_vjp_x(g):
    """dL/dx = g"""
    return g


def remainder_vjp_y(g, x, y):
    """dL/dy = -g * (x // y)"""
    return -g * floor_divide_forward(x, y)


def fmod_forward(x, y):
    """What dividing x by y, rounded towards 0, leaves of x; it has the sign of x"""
    return np.fmod(x, y)


def fmod_vjp_x(g):
    """dL/dx = g"""
    return g


def fmod_vjp_y(g, x, y):
    """dL/dy = -g * (x / y rounded towards 0)"""
    return -g * trunc_divide_forward(x, y)


def integer_power(x, y):
    """x ** y of integers; what is behind the point of a negative power is left out, so that 2 ** -1 is 0"""
    y = np.asarray(y)
    negative = np.where(np.abs(x) == 1, np.power(x, y & 1), 0)
    return np.where(y < 0, negative, np.power(x, np.maximum(y, 0))).astype(np.result_type(x, y), copy=False)


FLOOR = Op(floor_forward, floor_vjp_x, promotes=number_type)
CEIL = Op(ceil_forward, ceil_vjp_x, promotes=number_type)
TRUNC = Op(trunc_forward, trunc_vjp_x, promotes=number_type)
ROUND = Op(round_forward, round_vjp_x, promotes=number_type)
FLOOR_DIVIDE = Op(floor_divide_forward, floor_divide_vjp_x, floor_divide_vjp_y, promotes=quotient_type)
TRUNC_DIVIDE = Op(trunc_divide_forward, trunc_divide_vjp_x, trunc_divide_vjp_y, promotes=quotient_type)
REMAINDER = Op(remainder_forward, remainder_vjp_x, remainder_vjp_y, promotes=quotient_type)
FMOD = Op(fmod_forward, fmod_vjp_x, fmod_vjp_y, promotes=quotient_type)
