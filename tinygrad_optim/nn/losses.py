"""Losses as modules: how far the outputs are from what they should be, as one number to make small."""

from __future__ import annotations

from typing import Any

from ..engine import apply
from ..ops.loss import CROSS_ENTROPY, MSE_LOSS
from ..tensor import Tensor
from .functional.class_losses import counted
from .functional.losses import check_mse
from .functional.reduction import check_reduction
from .module import Module


class MSELoss(Module):
    """The mean of (input - target)**2; or, by reduction, their "sum", or each of them ("none")."""

    def __init__(self, size_average: Any = None, reduce: Any = None, reduction: str = "mean") -> None:
        super().__init__()
        self.reduction = check_reduction(reduction, size_average, reduce)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        check_mse(input, target)
        return apply(MSE_LOSS, input, target, self.reduction)


class CrossEntropyLoss(Module):
    """-log(softmax(input)) at the right class: input of logits (N, C), target of class indices (N,).

    target may also hold probabilities (N, C). weight: (C,), what each class counts for. Rows whose target
    is ignore_index do not count. label_smoothing: the share of each target spread evenly over the classes.
    """

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: Any = None,
        ignore_index: int = -100,
        reduce: Any = None,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__()
        self.weight = weight
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing
        self.reduction = check_reduction(reduction, size_average, reduce)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        rows, shares, divisor, shape = counted(
            input, target, self.weight, self.ignore_index, self.reduction, self.label_smoothing
        )
        loss = apply(CROSS_ENTROPY, rows, shares, divisor)
        return loss if shape is None else loss.reshape(shape)
