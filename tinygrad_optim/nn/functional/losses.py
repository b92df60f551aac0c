"""Losses of numbers against numbers, as functions."""

from __future__ import annotations

import math
from typing import Any

from ... import dtypes
from ...engine import apply
from ...ops.loss import HUBER, MSE_LOSS
from ...tensor import Tensor
from .checks import check_loss
from .reduction import check_reduction, reduced, warn, weighted

__all__ = ["gaussian_nll_loss", "huber_loss", "l1_loss", "mse_loss", "poisson_nll_loss", "smooth_l1_loss"]


def mse_loss(
    input: Tensor,
    target: Tensor,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """The mean of (input - target)**2; or, by reduction, their "sum", or each of them ("none").

    weight: of the input's shape, what each counts for; the mean is divided by its sum.
    """
    reduction = check_reduction(reduction, size_average, reduce)
    check_numbers("mse_loss", input, target)
    if weight is None:
        return apply(MSE_LOSS, input, target, reduction)
    return weighted(apply(MSE_LOSS, input, target, "none"), weight, reduction)


def l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """The mean of |input - target|; reduction and weight as in mse_loss."""
    reduction = check_reduction(reduction, size_average, reduce)
    check_numbers("l1_loss", input, target, floats=False)
    return weighted((input - target).abs(), weight, reduction)


def smooth_l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    beta: float = 1.0,
) -> Tensor:
    """huber_loss with delta = beta, divided by beta: far out its slope is 1. beta = 0: l1_loss. RuntimeError below.

    Girshick 2015, "Fast R-CNN", equation 3.
    """
    reduction = check_reduction(reduction, size_average, reduce)
    check_numbers("smooth_l1_loss", input, target)
    if beta < 0:
        raise RuntimeError(f"smooth_l1_loss does not support negative values for beta, and it is {beta}")
    d = input - target
    return reduced(d.abs() if beta == 0 else apply(HUBER, d, beta) / beta, reduction)


def huber_loss(
    input: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0, weight: Tensor | None = None
) -> Tensor:
    """The mean of d**2 / 2 where |d| <= delta and delta * (|d| - delta / 2) beyond, for d = input - target.

    weight: of the input's shape, what each is multiplied by; the mean is divided by their number, as in PyTorch.
    RuntimeError for a delta that is not positive. Huber 1964, "Robust estimation of a location parameter".
    """
    reduction = check_reduction(reduction)
    check_numbers("huber_loss", input, target)
    if delta <= 0:
        raise RuntimeError(f"huber_loss does not support non-positive values for delta, and it is {delta}")
    losses = apply(HUBER, input - target, delta)
    if weight is None:
        return reduced(losses, reduction)
    if weight.shape != input.shape:
        raise ValueError(f"Weights and input must have the same size: {weight.shape} and {input.shape}")
    return reduced(losses * weight, reduction)


def poisson_nll_loss(
    input: Tensor,
    target: Tensor,
    log_input: bool = True,
    full: bool = False,
    size_average: Any = None,
    eps: float = 1e-8,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    """-log of a Poisson distribution's probability of the target, but for log(target!), at e**input.

    log_input=False: at input itself, whose logarithm is taken of input + eps. full: with Stirling's approximation
    of log(target!) where target > 1.
    """
    reduction = check_reduction(reduction, size_average, reduce)
    check_loss("poisson_nll_loss", input, target)
    losses = input.exp() - target * input if log_input else input - target * (input + eps).log()
    if full:
        above = target * (target > 1) + (target <= 1)  # 1 where it does not count
        stirling = above * above.log() - above + 0.5 * (2 * math.pi * above).log()
        losses = losses + stirling * (target > 1)
    return reduced(losses, reduction)


def gaussian_nll_loss(
    input: Tensor,
    target: Tensor,
    var: Tensor | float,
    full: bool = False,
    eps: float = 1e-6,
    reduction: str = "mean",
) -> Tensor:
    """-log of a normal distribution's density at the target, for mean input and variance var, but for log(2 pi)/2.

    var: of the input's shape, or without its last dimension, or with that of size 1, or one number; it counts as
    eps where it is smaller, and its gradient is then as if it were not. full: with log(2 pi)/2.
    ValueError for a negative variance or another shape.
    """
    check_reduction(reduction)
    check_loss("gaussian_nll_loss", input, target)
    variance = var if isinstance(var, Tensor) else input.detach() * 0 + var
    if variance.shape != input.shape:
        if variance.shape == input.shape[:-1]:
            variance = variance.unsqueeze(-1)
        elif variance.shape[:-1] != input.shape[:-1] or variance.shape[-1] != 1:
            raise ValueError(f"var is of incorrect size: {variance.shape}, and the input is of shape {input.shape}")
    if (variance.array < 0).any():
        raise ValueError(f"var has negative entry/entries: the smallest is {variance.array.min()}")
    floor = variance + (eps - variance.detach()) * (variance < eps)
    losses = 0.5 * (floor.log() + (input - target).square() / floor)
    return reduced(losses + 0.5 * math.log(2 * math.pi) if full else losses, reduction)


def check_numbers(function: str, input: Tensor, target: Tensor, floats: bool = True) -> None:
    """Refuse what is no tensor (TypeError) or no floats (NotImplementedError).

    Warn, as PyTorch does, where the shapes differ and would broadcast: every input against every target.
    """
    told = check_loss(function, input, target)
    if floats and dtypes.result_type(input.array, target.array).kind != "f":
        raise NotImplementedError(
            f"{function} is not implemented for {input.dtype} against {target.dtype}: convert with .float() first"
        )
    if input.shape != target.shape and not told:
        warn(
            f"Using a target size {target.shape} that is different to the input size {input.shape}. This will "
            "likely lead to incorrect results due to broadcasting. Please ensure they have the same size."
        )
