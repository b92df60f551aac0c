"""Functions that work element by element."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes, engine
from ..engine import apply
from ..ops import arithmetic, elementwise, special

__all__ = [
    "abs",
    "add",
    "div",
    "erf",
    "exp",
    "log",
    "maximum",
    "mul",
    "neg",
    "pow",
    "relu",
    "sigmoid",
    "sign",
    "sqrt",
    "square",
    "sub",
    "tanh",
    "where",
]

Tensor = Any  # tensor.py is built on these files


def add(input: Tensor, other: Any, *, alpha: Any = 1) -> Tensor:
    """input + alpha * other"""
    return apply(arithmetic.ADD, input, other if alpha == 1 else alpha * other)


def sub(input: Tensor, other: Any, *, alpha: Any = 1) -> Tensor:
    """input - alpha * other"""
    return apply(arithmetic.SUB, input, other if alpha == 1 else alpha * other)


def mul(input: Tensor, other: Any) -> Tensor:
    """input * other"""
    return apply(arithmetic.MUL, input, other)


def div(input: Tensor, other: Any) -> Tensor:
    """input / other; integers divide as floats"""
    return apply(arithmetic.DIV, input, other)


def pow(input: Tensor, exponent: Any) -> Tensor:
    """input ** exponent"""
    return input**exponent


def neg(input: Tensor) -> Tensor:
    """-input"""
    return apply(arithmetic.NEG, input)


def abs(input: Tensor) -> Tensor:
    """|input|; its gradient at 0 is 0"""
    return apply(elementwise.ABS, input)


def sign(input: Tensor) -> Tensor:
    """-1, 0 or 1, by the sign of input"""
    return apply(elementwise.SIGN, input)


def square(input: Tensor) -> Tensor:
    """input ** 2"""
    return apply(arithmetic.POW, input, 2)


def exp(input: Tensor) -> Tensor:
    """e ** input"""
    return apply(elementwise.EXP, input)


def erf(input: Tensor) -> Tensor:
    """The error function: 2 / sqrt(pi) * the integral of e**(-t**2) from 0 to input"""
    return apply(special.ERF, input)


def log(input: Tensor) -> Tensor:
    """The natural logarithm of input"""
    return apply(elementwise.LOG, input)


def sqrt(input: Tensor) -> Tensor:
    """The square root of input"""
    return apply(elementwise.SQRT, input)


def tanh(input: Tensor) -> Tensor:
    """The hyperbolic tangent of input"""
    return apply(elementwise.TANH, input)


def sigmoid(input: Tensor) -> Tensor:
    """1 / (1 + e ** -input)"""
    return apply(elementwise.SIGMOID, input)


def relu(input: Tensor) -> Tensor:
    """max(input, 0); its gradient at 0 is 0"""
    return apply(elementwise.RELU, input)


def maximum(input: Tensor, other: Tensor) -> Tensor:
    """The larger of each pair; where both are equal, each gets half of the gradient. The two broadcast."""
    if not isinstance(other, engine.Tensor):
        raise TypeError(f"maximum(): argument 'other' must be Tensor, not {type(other).__name__}")
    return apply(elementwise.MAXIMUM, input, other)


def where_method(input: Tensor, condition: Tensor, other: Any) -> Tensor:
    """input where the condition holds, else other: `x.where(condition, other)`"""
    return where(condition, input, other)


def where(condition: Tensor, input: Any, other: Any) -> Tensor:
    """input where the condition (of bools) holds, other elsewhere; the three broadcast."""
    if getattr(condition, "dtype", None) != dtypes.bool_:
        raise RuntimeError("where expected condition to be a boolean tensor: compare with something, as in x > 0")
    wanted = dtypes.result_type(getattr(input, "array", input), getattr(other, "array", other))
    x, y = (v.to(wanted) if isinstance(v, engine.Tensor) else np.asarray(v, wanted) for v in (input, other))
    return apply(elementwise.WHERE, condition, x, y)
