"""Losses of numbers and of classes as modules: how far the outputs are from what they should be, as one number."""

from __future__ import annotations

from typing import Any

from ..engine import apply
from ..ops.loss import CROSS_ENTROPY, MSE_LOSS
from ..tensor import Tensor
from . import functional as F
from .functional.class_losses import counted
from .functional.losses import check_numbers
from .functional.reduction import check_reduction
from .module import Module

__all__ = [
    "CrossEntropyLoss",
    "GaussianNLLLoss",
    "HuberLoss",
    "L1Loss",
    "MSELoss",
    "NLLLoss",
    "PoissonNLLLoss",
    "SmoothL1Loss",
]


class Loss(Module):
    """What all losses have: how they make one number of many, by "mean", "sum" or "none" of it."""

    def __init__(self, size_average: Any = None, reduce: Any = None, reduction: str = "mean") -> None:
        super().__init__()
        self.reduction = check_reduction(reduction, size_average, reduce)


class WeightedLoss(Loss):
    """A loss with a weight, which is part of its state and goes where it goes."""

    weight: Tensor | None

    def __init__(
        self, weight: Tensor | None = None, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)


class MSELoss(Loss):
    """The mean of (input - target)**2; or, by reduction, their "sum", or each of them ("none")."""

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        check_numbers("mse_loss", input, target)
        return apply(MSE_LOSS, input, target, self.reduction)


class L1Loss(Loss):
    """The mean of |input - target|; or, by reduction, their "sum", or each of them ("none")."""

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.l1_loss(input, target, reduction=self.reduction)


class SmoothL1Loss(Loss):
    """d**2 / (2 beta) where |d| < beta, else |d| - beta / 2, for d = input - target."""

    def __init__(
        self, size_average: Any = None, reduce: Any = None, reduction: str = "mean", beta: float = 1.0
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.beta = beta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.smooth_l1_loss(input, target, reduction=self.reduction, beta=self.beta)


class HuberLoss(Loss):
    """d**2 / 2 where |d| <= delta, else delta * (|d| - delta / 2), for d = input - target."""

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction=reduction)
        self.delta = delta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.huber_loss(input, target, self.reduction, self.delta)


class CrossEntropyLoss(WeightedLoss):
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
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        options = (self.weight, self.ignore_index, self.reduction, self.label_smoothing)
        rows, *known, shape = counted(input, target, *options)
        loss = apply(CROSS_ENTROPY, rows, *known)
        return loss if shape is None else loss.reshape(shape)


class NLLLoss(WeightedLoss):
    """-input at the right class: input of logarithms of probabilities (N, C), target of class indices (N,).

    weight: (C,), what each class counts for: the mean is divided by the weights that counted. Rows whose target is
    ignore_index do not count.
    """

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: Any = None,
        ignore_index: int = -100,
        reduce: Any = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index = ignore_index

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.nll_loss(input, target, self.weight, None, self.ignore_index, None, self.reduction)


class PoissonNLLLoss(Loss):
    """-log of a Poisson distribution's probability of the target; see functional.poisson_nll_loss."""

    def __init__(
        self,
        log_input: bool = True,
        full: bool = False,
        size_average: Any = None,
        eps: float = 1e-8,
        reduce: Any = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.log_input, self.full, self.eps = log_input, full, eps

    def forward(self, log_input: Tensor, target: Tensor) -> Tensor:
        return F.poisson_nll_loss(log_input, target, self.log_input, self.full, None, self.eps, None, self.reduction)


class GaussianNLLLoss(Loss):
    """-log of a normal distribution's density at the target; see functional.gaussian_nll_loss."""

    def __init__(self, *, full: bool = False, eps: float = 1e-6, reduction: str = "mean") -> None:
        super().__init__(reduction=reduction)
        self.full, self.eps = full, eps

    def forward(self, input: Tensor, target: Tensor, var: Tensor | float) -> Tensor:
        return F.gaussian_nll_loss(input, target, var, self.full, self.eps, self.reduction)
