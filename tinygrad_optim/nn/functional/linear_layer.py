"""The linear layer as a function."""

from __future__ import annotations

from typing import Any

from ...engine import apply
from ...ops.linalg import LINEAR
from ...tensor import Tensor
from .checks import check_tensors

__all__ = ["linear"]


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """input @ weight^T + bias: (..., in) with weight (out, in) and bias (out,) to (..., out)."""
    check_linear(input, weight, bias)
    return apply(LINEAR, input, weight, bias)


def check_linear(input: Any, weight: Any, bias: Any) -> None:
    """Refuse an input that a weight of this shape cannot take: TypeError, RuntimeError."""
    if not (isinstance(input, Tensor) and isinstance(weight, Tensor) and (bias is None or isinstance(bias, Tensor))):
        check_tensors("linear", input=input, weight=weight, bias=weight if bias is None else bias)
    x, w = input.array, weight.array
    if w.ndim != 2:
        raise RuntimeError(f"linear's weight has shape (out_features, in_features), but this one has {w.shape}")
    if x.ndim == 0 or x.shape[-1] != w.shape[1]:
        raise RuntimeError(
            f"mat1 and mat2 shapes cannot be multiplied: linear's input has shape {x.shape}, and its weight "
            f"{weight.described()} takes {w.shape[1]} features in the last dimension"
        )
    if x.dtype != w.dtype:
        raise RuntimeError(
            f"mat1 and mat2 must have the same dtype, but linear's input holds {x.dtype} and its weight "
            f"{weight.described()} {w.dtype}: convert the input with .to({w.dtype})"
        )
    if bias is None:
        return
    b = bias.array
    if b.dtype != w.dtype:
        raise RuntimeError(f"linear's weight and bias must have the same dtype: {w.dtype} and {b.dtype}")
    if b.ndim > x.ndim or (b.ndim and b.shape[-1] not in (1, w.shape[0])):
        raise RuntimeError(
            f"linear's bias has shape {b.shape}, which does not fit onto the {w.shape[0]} features that its "
            f"weight {weight.described()} makes"
        )
