"""Functions of two or three tensors that work element by element: sums, products, quotients, choices."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes, engine
from ..engine import apply, new_tensor
from ..op import Op
from ..ops import arithmetic, bounds, elementwise, rounding, trigonometry
from .arguments import check_floats, check_number, check_tensor, check_tensors

__all__ = [
    "add",
    "addcdiv",
    "addcmul",
    "atan2",
    "clamp",
    "clamp_max",
    "clamp_min",
    "clip",
    "div",
    "floor_divide",
    "fmod",
    "lerp",
    "logaddexp",
    "maximum",
    "minimum",
    "mul",
    "pow",
    "remainder",
    "sub",
    "true_divide",
    "where",
]

Tensor = Any  # tensor.py is built on these files


def add(input: Any, other: Any, *, alpha: Any = 1) -> Tensor:
    """input + alpha * other"""
    return apply(arithmetic.ADD, input, other if alpha == 1 else scaled("add", input, other, alpha))


def sub(input: Any, other: Any, *, alpha: Any = 1) -> Tensor:
    """input - alpha * other"""
    return apply(arithmetic.SUB, input, other if alpha == 1 else scaled("sub", input, other, alpha))


def scaled(function: str, input: Any, other: Any, alpha: Any) -> Any:
    """alpha * other, in the type it has in common with input: first the type, lest small integers wrap around.

    TypeError for an alpha that is no number, RuntimeError for a float among integers.
    """
    check_number(function, "alpha", alpha)
    kinds = {v.dtype.kind for v in (input, other) if isinstance(v, engine.Tensor)}
    if isinstance(alpha, float) and "f" not in kinds and not isinstance(other, float):
        raise RuntimeError(
            f"{function}(): For integral input tensors, argument alpha must not be a floating point number: {alpha}"
        )
    if isinstance(other, engine.Tensor):
        other = other.to(dtypes.result_type(getattr(input, "array", input), other.array))
    return alpha * other


def mul(input: Any, other: Any) -> Tensor:
    """input * other"""
    return apply(arithmetic.MUL, input, other)


def div(input: Any, other: Any, *, rounding_mode: str | None = None) -> Tensor:
    """input / other, where integers divide as floats; rounded down ("floor") or towards 0 ("trunc") if so asked.

    RuntimeError for another rounding_mode, and for integers divided by 0 and rounded.
    """
    return apply(arithmetic.DIV if rounding_mode is None else division(rounding_mode), input, other)


def division(rounding_mode: str | None) -> Op:
    """The op that divides so"""
    if rounding_mode not in (None, "floor", "trunc"):
        raise RuntimeError(
            f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found {rounding_mode!r}"
        )
    if rounding_mode is None:
        return arithmetic.DIV
    return rounding.FLOOR_DIVIDE if rounding_mode == "floor" else rounding.TRUNC_DIVIDE


def true_divide(input: Any, other: Any) -> Tensor:
    """input / other; integers divide as floats"""
    return apply(arithmetic.DIV, input, other)


def floor_divide(input: Any, other: Any) -> Tensor:
    """input / other rounded down, `input // other`; the gradients are 0. RuntimeError for integers divided by 0."""
    return apply(rounding.FLOOR_DIVIDE, input, other)


def remainder(input: Any, other: Any) -> Tensor:
    """What input // other leaves, `input % other`: with the sign of other. RuntimeError for integers divided by 0."""
    return apply(rounding.REMAINDER, input, other)


def fmod(input: Tensor, other: Any) -> Tensor:
    """What dividing and rounding towards 0 leaves: with the sign of input. RuntimeError for integers divided by 0."""
    return apply(rounding.FMOD, input, other)


def pow(input: Any, exponent: Any) -> Tensor:
    """input ** exponent. RuntimeError for integers and a negative number."""
    if not isinstance(input, engine.Tensor) and isinstance(exponent, engine.Tensor):
        input = new_tensor(np.asarray(input, dtypes.result_type(exponent.array, input)))
    return apply(arithmetic.POW, input, exponent)


def maximum(input: Tensor, other: Tensor) -> Tensor:
    """The larger of each pair; where both are equal, each gets half of the gradient. The two broadcast."""
    check_tensors("maximum", input, other)
    return apply(elementwise.MAXIMUM, input, other)


def minimum(input: Tensor, other: Tensor) -> Tensor:
    """The smaller of each pair; where both are equal, each gets half of the gradient. The two broadcast."""
    check_tensors("minimum", input, other)
    return apply(elementwise.MINIMUM, input, other)


def clamp(input: Tensor, min: Any = None, max: Any = None) -> Tensor:
    """input, but at least min and at most max (numbers, tensors, or None for no bound); max, where min is above it.

    The gradient passes where input is between the bounds or at one of them. RuntimeError without any bound.
    """
    check_tensor("clamp", input)
    return apply(bounds.CLAMP, input, *clamp_bounds(min, max))


def clamp_bounds(min: Any, max: Any) -> tuple[Any, Any]:
    """The two bounds, checked"""
    if min is None and max is None:
        raise RuntimeError("clamp: At least one of 'min' or 'max' must not be None")
    for name, bound in (("min", min), ("max", max)):
        if bound is not None and not isinstance(bound, (engine.Tensor, int, float, np.generic)):
            raise TypeError(
                f"clamp(): argument '{name}' must be a number or a Tensor, not {type(bound).__name__}: {bound!r:.80}"
            )
    return min, max


def clip(input: Tensor, min: Any = None, max: Any = None) -> Tensor:
    """As clamp"""
    return clamp(input, min, max)


def clamp_min(input: Tensor, min: Any) -> Tensor:
    """input, but at least min"""
    return clamp(input, min)


def clamp_max(input: Tensor, max: Any) -> Tensor:
    """input, but at most max"""
    return clamp(input, None, max)


def lerp(input: Tensor, end: Tensor, weight: Any) -> Tensor:
    """The point between input (at weight 0) and end (at weight 1). RuntimeError if their types differ."""
    return apply(elementwise.LERP, *lerp_arguments(input, end, weight))


def lerp_arguments(input: Tensor, end: Tensor, weight: Any) -> tuple[Tensor, Tensor, Any]:
    """The three, checked, the weight in the type of the others"""
    check_floats("lerp", input)
    check_tensor("lerp", end, "end", 2)
    if end.dtype != input.dtype:
        raise RuntimeError(f"lerp(): expected dtype {input.dtype} for `end` but got dtype {end.dtype}: use .to()")
    if isinstance(weight, engine.Tensor):
        return input, end, weight.to(input.dtype)
    check_number("lerp", "weight", weight)
    return input, end, weight


def addcmul(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Any = 1) -> Tensor:
    """input + value * tensor1 * tensor2"""
    check_tensor("addcmul", input)
    return add(input, product("addcmul", input, tensor1, tensor2), alpha=value)


def product(function: str, input: Tensor, tensor1: Tensor, tensor2: Tensor) -> Tensor:
    """tensor1 * tensor2, in the type that all three have in common"""
    return mul(*alike(function, input, tensor1, tensor2))


def alike(function: str, input: Tensor, tensor1: Tensor, tensor2: Tensor) -> tuple[Tensor, Tensor]:
    """tensor1 and tensor2, in the type that all three have in common. NotImplementedError if that is bool."""
    check_tensor(function, tensor1, "tensor1", 2)
    check_tensor(function, tensor2, "tensor2", 3)
    wanted = dtypes.result_type(input.array, tensor1.array, tensor2.array)
    if wanted.kind == "b":
        raise NotImplementedError(f"{function}() is not implemented for 'Bool': convert first, as in mask.long()")
    return tensor1.to(wanted), tensor2.to(wanted)


def addcdiv(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Any = 1) -> Tensor:
    """input + value * tensor1 / tensor2. RuntimeError for two tensors of integers."""
    check_tensor("addcdiv", input)
    return add(input, quotient("addcdiv", input, tensor1, tensor2), alpha=value)


def quotient(function: str, input: Tensor, tensor1: Tensor, tensor2: Tensor) -> Tensor:
    """tensor1 / tensor2, in the type that all three have in common. RuntimeError for two of integers."""
    dividend, divisor = alike(function, input, tensor1, tensor2)
    if "f" not in (tensor1.dtype.kind, tensor2.dtype.kind):
        raise RuntimeError(
            "Integer division with addcdiv is not supported: use input + value * tensor1 / tensor2, or "
            'input + value * div(tensor1, tensor2, rounding_mode="trunc")'
        )
    return div(dividend, divisor)


def atan2(input: Tensor, other: Tensor) -> Tensor:
    """The angle from the first axis to the point (other, input), in (-pi, pi]"""
    check_tensors("atan2", input, other)
    return apply(trigonometry.ATAN2, input, other)


def logaddexp(input: Tensor, other: Tensor) -> Tensor:
    """log(e**input + e**other), without overflow"""
    check_tensors("logaddexp", input, other)
    if "f" not in (input.dtype.kind, other.dtype.kind):
        check_floats("logaddexp", input)
    return apply(elementwise.LOGADDEXP, input, other)


def where(condition: Tensor, input: Any = None, other: Any = None) -> Any:
    """input where the condition (of bools) holds, other elsewhere; the three broadcast.

    Given the condition alone: where it is not 0, as an index (nonzero(as_tuple=True)).
    """
    if input is None and other is None:
        return condition.nonzero(as_tuple=True)
    if input is None or other is None:
        raise TypeError("where() takes a condition alone, or a condition and two values to choose from")
    if getattr(condition, "dtype", None) != dtypes.bool_:
        raise RuntimeError("where expected condition to be a boolean tensor: compare with something, as in x > 0")
    wanted = dtypes.result_type(getattr(input, "array", input), getattr(other, "array", other))
    x, y = (v.to(wanted) if isinstance(v, engine.Tensor) else np.asarray(v, wanted) for v in (input, other))
    return apply(elementwise.WHERE, condition, x, y)


def where_method(input: Tensor, condition: Tensor, other: Any) -> Tensor:
    """input where the condition holds, else other: `x.where(condition, other)`"""
    return where(condition, input, other)
