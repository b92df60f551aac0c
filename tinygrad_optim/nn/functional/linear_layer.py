"""The linear layer as a function."""

from __future__ import annotations

from typing import Any

from ...engine import apply
from ...ops.linalg import LINEAR
from ...tensor import Tensor
from .checks import way_out

__all__ = ["linear"]


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """input @ weight^T + bias: (..., in) with weight (out, in) and bias (out,) to (..., out)."""
    check_linear(input, weight, bias)
    return apply(LINEAR, input, weight, bias)


def check_linear(input: Any, weight: Any, bias: Any) -> None:
    """Refuse an input that a weight of this shape cannot take: TypeError, RuntimeError."""
    for name, given in (("input", input), ("weight", weight), ("bias", bias)):
        if not isinstance(given, Tensor) and not (name == "bias" and given is None):
            raise TypeError(f"linear(): argument '{name}' must be Tensor, not {type(given).__name__}: {way_out(given)}")
    if weight.ndim != 2:
        raise RuntimeError(f"linear's weight has shape (out_features, in_features), but this one has {weight.shape}")
    if input.ndim == 0 or input.shape[-1] != weight.shape[1]:
        raise RuntimeError(
            f"mat1 and mat2 shapes cannot be multiplied: linear's input has shape {input.shape}, and its weight "
            f"{weight.described()} takes {weight.shape[1]} features in the last dimension"
        )
    if input.dtype != weight.dtype:
        raise RuntimeError(
            f"mat1 and mat2 must have the same dtype, but linear's input holds {input.dtype} and its weight "
            f"{weight.described()} {weight.dtype}: convert the input with .to({weight.dtype})"
        )
    if bias is None:
        return
    if bias.dtype != weight.dtype:
        raise RuntimeError(f"linear's weight and bias must have the same dtype: {weight.dtype} and {bias.dtype}")
    if bias.ndim > input.ndim or (bias.ndim and bias.shape[-1] not in (1, weight.shape[0])):
        raise RuntimeError(
            f"linear's bias has shape {bias.shape}, which does not fit onto the {weight.shape[0]} features that its "
            f"weight {weight.described()} makes"
        )
