"""Functions of one tensor that work element by element."""

from __future__ import annotations

from typing import Any

from ..engine import apply
from ..ops import arithmetic, bounds, elementwise, rounding, special, trigonometry
from .arguments import check_floats, check_tensor

__all__ = [
    "abs",
    "acos",
    "asin",
    "atan",
    "ceil",
    "cos",
    "cosh",
    "erf",
    "exp",
    "exp2",
    "expm1",
    "floor",
    "frac",
    "log",
    "log10",
    "log1p",
    "log2",
    "nan_to_num",
    "neg",
    "reciprocal",
    "relu",
    "round",
    "rsqrt",
    "sigmoid",
    "sign",
    "sin",
    "sinh",
    "sqrt",
    "square",
    "tan",
    "tanh",
    "trunc",
]

Tensor = Any  # tensor.py is built on these files


def exp(input: Tensor) -> Tensor:
    """e ** input"""
    return apply(elementwise.EXP, input)


def exp2(input: Tensor) -> Tensor:
    """2 ** input"""
    return apply(elementwise.EXP2, input)


def expm1(input: Tensor) -> Tensor:
    """e ** input - 1, exact near 0 too"""
    return apply(elementwise.EXPM1, input)


def log(input: Tensor) -> Tensor:
    """The natural logarithm of input"""
    return apply(elementwise.LOG, input)


def log2(input: Tensor) -> Tensor:
    """The logarithm of input to base 2"""
    return apply(elementwise.LOG2, input)


def log10(input: Tensor) -> Tensor:
    """The logarithm of input to base 10"""
    return apply(elementwise.LOG10, input)


def log1p(input: Tensor) -> Tensor:
    """log(1 + input), exact near 0 too"""
    return apply(elementwise.LOG1P, input)


def sqrt(input: Tensor) -> Tensor:
    """The square root of input"""
    return apply(elementwise.SQRT, input)


def rsqrt(input: Tensor) -> Tensor:
    """1 / sqrt(input)"""
    return apply(elementwise.RSQRT, input)


def reciprocal(input: Tensor) -> Tensor:
    """1 / input"""
    return apply(elementwise.RECIPROCAL, input)


def square(input: Tensor) -> Tensor:
    """input ** 2"""
    return apply(arithmetic.POW, input, 2)


def neg(input: Tensor) -> Tensor:
    """-input"""
    return apply(arithmetic.NEG, input)


def abs(input: Tensor) -> Tensor:
    """|input|; its gradient at 0 is 0"""
    return apply(elementwise.ABS, input)


def sign(input: Tensor) -> Tensor:
    """-1, 0 or 1, by the sign of input"""
    return apply(elementwise.SIGN, input)


def sin(input: Tensor) -> Tensor:
    """The sine of input, an angle in radians"""
    return apply(trigonometry.SIN, input)


def cos(input: Tensor) -> Tensor:
    """The cosine of input, an angle in radians"""
    return apply(trigonometry.COS, input)


def tan(input: Tensor) -> Tensor:
    """The tangent of input, an angle in radians"""
    return apply(trigonometry.TAN, input)


def asin(input: Tensor) -> Tensor:
    """The angle in [-pi/2, pi/2] whose sine is input"""
    return apply(trigonometry.ASIN, input)


def acos(input: Tensor) -> Tensor:
    """The angle in [0, pi] whose cosine is input"""
    return apply(trigonometry.ACOS, input)


def atan(input: Tensor) -> Tensor:
    """The angle in (-pi/2, pi/2) whose tangent is input"""
    return apply(trigonometry.ATAN, input)


def sinh(input: Tensor) -> Tensor:
    """The hyperbolic sine of input"""
    return apply(trigonometry.SINH, input)


def cosh(input: Tensor) -> Tensor:
    """The hyperbolic cosine of input"""
    return apply(trigonometry.COSH, input)


def tanh(input: Tensor) -> Tensor:
    """The hyperbolic tangent of input"""
    return apply(elementwise.TANH, input)


def sigmoid(input: Tensor) -> Tensor:
    """1 / (1 + e ** -input)"""
    return apply(elementwise.SIGMOID, input)


def relu(input: Tensor) -> Tensor:
    """max(input, 0); its gradient at 0 is 0"""
    return apply(elementwise.RELU, input)


def erf(input: Tensor) -> Tensor:
    """The error function: 2 / sqrt(pi) * the integral of e**(-t**2) from 0 to input"""
    return apply(special.ERF, input)


def floor(input: Tensor) -> Tensor:
    """Rounded down; the gradient is 0"""
    return apply(rounding.FLOOR, input)


def ceil(input: Tensor) -> Tensor:
    """Rounded up; the gradient is 0"""
    return apply(rounding.CEIL, input)


def trunc(input: Tensor) -> Tensor:
    """Rounded towards 0; the gradient is 0"""
    return apply(rounding.TRUNC, input)


def round(input: Tensor, *, decimals: int = 0) -> Tensor:
    """Rounded to so many decimals, of two equally near numbers to the even one; the gradient is 0."""
    if decimals:
        check_floats("round", input)
    return apply(rounding.ROUND, input, decimals)


def frac(input: Tensor) -> Tensor:
    """What is behind the point, with the sign of input"""
    check_floats("frac", input)
    return apply(arithmetic.SUB, input, apply(rounding.TRUNC, input))


def nan_to_num(input: Tensor, nan: Any = None, posinf: Any = None, neginf: Any = None) -> Tensor:
    """input with other numbers for nan and the infinities: 0 and the largest and smallest ones of its type, if None"""
    check_tensor("nan_to_num", input)
    return apply(bounds.NAN_TO_NUM, input, nan, posinf, neginf)
