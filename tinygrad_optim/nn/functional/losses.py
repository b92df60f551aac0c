"""Losses of numbers against numbers, as functions."""

from __future__ import annotations

import warnings
from typing import Any

from ...engine import apply
from ...ops.loss import MSE_LOSS
from ...tensor import Tensor
from .reduction import check_reduction

__all__ = ["mse_loss"]


def mse_loss(
    input: Tensor, target: Tensor, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
) -> Tensor:
    """The mean of (input - target)**2; or, by reduction, their "sum", or each of them ("none")."""
    reduction = check_reduction(reduction, size_average, reduce)
    check_mse(input, target)
    return apply(MSE_LOSS, input, target, reduction)


def check_mse(input: Tensor, target: Tensor) -> None:
    """Warn, as PyTorch does, where the shapes differ and would broadcast: every input against every target."""
    if input.shape != target.shape:
        warnings.warn(
            f"Using a target size {target.shape} that is different to the input size {input.shape}. This will "
            "likely lead to incorrect results due to broadcasting. Please ensure they have the same size.",
            stacklevel=4,
        )
