"""Comparisons, questions to each element, and logic on the answers; none has a gradient."""

from __future__ import annotations

from typing import Any

from ..engine import apply
from ..ops import comparison, logic
from ..tensor_conversion import tell_of_cut
from .arguments import check_tensor, check_tensors

__all__ = [
    "allclose",
    "bitwise_and",
    "bitwise_left_shift",
    "bitwise_not",
    "bitwise_or",
    "bitwise_right_shift",
    "bitwise_xor",
    "eq",
    "equal",
    "ge",
    "gt",
    "isclose",
    "isfinite",
    "isinf",
    "isnan",
    "le",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "lt",
    "ne",
]

Tensor = Any  # tensor.py is built on these files


def tell_of_choice(input: Any, other: Any) -> None:
    """Two values are about to be compared: no gradient comes back from the answer to what has a history."""
    for one in (input, other):
        if getattr(one, "needs_grad", False):
            tell_of_cut(one, "a comparison")


def eq(input: Tensor, other: Any) -> Tensor:
    """input == other, element by element"""
    return apply(comparison.EQ, input, other)


def ne(input: Tensor, other: Any) -> Tensor:
    """input != other, element by element"""
    return apply(comparison.NE, input, other)


def lt(input: Tensor, other: Any) -> Tensor:
    """input < other, element by element"""
    tell_of_choice(input, other)
    return apply(comparison.LT, input, other)


def le(input: Tensor, other: Any) -> Tensor:
    """input <= other, element by element"""
    tell_of_choice(input, other)
    return apply(comparison.LE, input, other)


def gt(input: Tensor, other: Any) -> Tensor:
    """input > other, element by element"""
    tell_of_choice(input, other)
    return apply(comparison.GT, input, other)


def ge(input: Tensor, other: Any) -> Tensor:
    """input >= other, element by element"""
    tell_of_choice(input, other)
    return apply(comparison.GE, input, other)


def isnan(input: Tensor) -> Tensor:
    """Whether each element is not a number"""
    check_tensor("isnan", input)
    return apply(logic.ISNAN, input)


def isinf(input: Tensor) -> Tensor:
    """Whether each element is infinite"""
    check_tensor("isinf", input)
    return apply(logic.ISINF, input)


def isfinite(input: Tensor) -> Tensor:
    """Whether each element is neither infinite nor nan"""
    check_tensor("isfinite", input)
    return apply(logic.ISFINITE, input)


def logical_not(input: Tensor) -> Tensor:
    """Whether each element is 0"""
    check_tensor("logical_not", input)
    return apply(logic.LOGICAL_NOT, input)


def logical_and(input: Tensor, other: Tensor) -> Tensor:
    """Whether neither is 0, element by element"""
    check_tensors("logical_and", input, other)
    return apply(logic.LOGICAL_AND, input, other)


def logical_or(input: Tensor, other: Tensor) -> Tensor:
    """Whether not both are 0, element by element"""
    check_tensors("logical_or", input, other)
    return apply(logic.LOGICAL_OR, input, other)


def logical_xor(input: Tensor, other: Tensor) -> Tensor:
    """Whether exactly one of them is 0, element by element"""
    check_tensors("logical_xor", input, other)
    return apply(logic.LOGICAL_XOR, input, other)


def bitwise_and(input: Any, other: Any) -> Tensor:
    """input & other, of bools or integers. NotImplementedError for floats."""
    return apply(logic.BITWISE_AND, input, other)


def bitwise_or(input: Any, other: Any) -> Tensor:
    """input | other, of bools or integers. NotImplementedError for floats."""
    return apply(logic.BITWISE_OR, input, other)


def bitwise_xor(input: Any, other: Any) -> Tensor:
    """input ^ other, of bools or integers. NotImplementedError for floats."""
    return apply(logic.BITWISE_XOR, input, other)


def bitwise_left_shift(input: Any, other: Any) -> Tensor:
    """input << other, of bools or integers. NotImplementedError for floats."""
    return apply(logic.LEFT_SHIFT, input, other)


def bitwise_right_shift(input: Any, other: Any) -> Tensor:
    """input >> other, of bools or integers. NotImplementedError for floats."""
    return apply(logic.RIGHT_SHIFT, input, other)


def bitwise_not(input: Tensor) -> Tensor:
    """~input: the other of two bools, each bit of an integer turned around. TypeError for floats."""
    check_tensor("bitwise_not", input)
    if input.dtype.kind == "f":
        raise TypeError(f"~ (bitwise_not) is only implemented on integer and Boolean-type tensors, not {input.dtype}")
    return apply(logic.BITWISE_NOT, input)


def isclose(input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Tensor:
    """Whether |input - other| <= atol + rtol * |other|, or both are one infinity. RuntimeError for unlike types."""
    check_tensors("isclose", input, other)
    if input.dtype != other.dtype:
        raise RuntimeError(f"isclose(): {input.dtype} did not match {other.dtype}: convert one with .to()")
    for name, tolerance in (("rtol", rtol), ("atol", atol)):
        if not tolerance >= 0:
            raise RuntimeError(f"{name} must be greater than or equal to zero, but got {tolerance}")
    return apply(logic.ISCLOSE, input, other, rtol, atol, equal_nan)


def allclose(input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> bool:
    """Whether `isclose` holds everywhere, as a bool"""
    return bool(isclose(input, other, rtol, atol, equal_nan).array.all())


def equal(input: Tensor, other: Tensor) -> bool:
    """Whether both have one shape and the same numbers, as a bool"""
    check_tensors("equal", input, other)
    return input.shape == other.shape and bool((input.array == other.array).all())
