"""Arithmetic: each op, and beside it the derivative of its result with respect to each argument.

In every rule g is dL/d(out), the gradient that arrives, and what is returned is the gradient that goes on.
"""

from numpy import log, sqrt, where

from ..dtypes import arithmetic_type, difference_type, division_type, negative_type, power_type
from ..op import Op
from .rounding import integer_power


def add_forward(x, y):
    """x + y"""
    return x + y


def add_vjp_x(g):
    """dL/dx = g"""
    return g


def add_vjp_y(g):
    """dL/dy = g"""
    return g


def sub_forward(x, y):
    """x - y"""
    return x - y


def sub_vjp_x(g):
    """dL/dx = g"""
    return g


def sub_vjp_y(g):
    """dL/dy = -g"""
    return -g


def mul_forward(x, y):
    """x * y"""
    return x * y


def mul_vjp_x(g, y):
    """dL/dx = g * y"""
    return g * y


def mul_vjp_y(g, x):
    """dL/dy = g * x"""
    return g * x


def div_forward(x, y):
    """x / y"""
    return x / y


def div_vjp_x(g, y):
    """dL/dx = g / y"""
    return g / y


def div_vjp_y(g, x, y):
    """dL/dy = -g * x / y**2"""
    return -g * ((x / y) / y)


def neg_forward(x):
    """-x"""
    return -x


def neg_vjp_x(g):
    """dL/dx = -g"""
    return -g


def pow_forward(x, y):
    """x ** y; the small powers by products and roots, which numpy's general power takes far longer for"""
    if y.__class__ in (int, float):
        if y == 2:
            return x * x
        if y == 3:
            return x * x * x
        if y == 0.5:
            return sqrt(x)
    return x**y if isinstance(y, int | float) or y.dtype.kind == "f" else integer_power(x, y)


def pow_vjp_x(g, x, y):
    """dL/dx = g * y * x**(y - 1), and 0 where y is 0"""
    return g * (y * pow_forward(x, y - 1 + (y == 0)))


def pow_vjp_y(g, x, y, out):
    """dL/dy = g * x**y * log(x), and 0 where x is 0 and y is not negative"""
    flat = (x == 0) * (y >= 0)
    return g * (out * where(flat, 0 * x, log(where(flat, 0 * x + 1, x))))


ADD = Op(add_forward, add_vjp_x, add_vjp_y, promotes=arithmetic_type)
SUB = Op(sub_forward, sub_vjp_x, sub_vjp_y, promotes=difference_type)
MUL = Op(mul_forward, mul_vjp_x, mul_vjp_y, promotes=arithmetic_type)
DIV = Op(div_forward, div_vjp_x, div_vjp_y, promotes=division_type)
NEG = Op(neg_forward, neg_vjp_x, promotes=negative_type)
POW = Op(pow_forward, pow_vjp_x, pow_vjp_y, promotes=power_type)
