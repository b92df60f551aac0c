"""How a loss makes one number of many: its argument `reduction`."""

from __future__ import annotations

import sys
import warnings
from typing import Any

from ...source_line import LIBRARY
from ...tensor import Tensor


def check_reduction(
    reduction: str, size_average: Any = None, reduce: Any = None, known: tuple[str, ...] = ("mean", "sum", "none")
) -> str:
    """The reduction meant, from today's argument or PyTorch's two old ones. ValueError for an unknown one.

    RuntimeError for a Tensor there: most likely a loss module was given what it should be called with.
    """
    if isinstance(size_average, Tensor) or isinstance(reduce, Tensor):
        raise RuntimeError(
            "size_average and reduce are no Tensors: make the loss first, then call it, as in MSELoss()(input, target)"
        )
    if size_average is not None or reduce is not None:
        old = "none" if reduce is False else "sum" if size_average is False else "mean"
        warn(f"size_average and reduce args will be deprecated, please use reduction='{old}' instead.")
        return old
    if reduction not in known:
        *others, last = map(repr, known)
        raise ValueError(f"{reduction!r} is not a valid value for reduction: use {', '.join(others)} or {last}")
    return reduction


def reduced(losses: Tensor, reduction: str) -> Tensor:
    """The mean of the losses, their sum, or the losses themselves."""
    return losses.mean() if reduction == "mean" else losses.sum() if reduction == "sum" else losses


def weighted(losses: Tensor, weight: Tensor | None, reduction: str) -> Tensor:
    """As `reduced`, each loss counted as often as its weight says: the mean is divided by the sum of the weights."""
    if weight is None:
        return reduced(losses, reduction)
    if weight.shape != losses.shape:
        raise ValueError(
            f"Weights and input must have the same size: the weight has shape {weight.shape}, and the losses are of "
            f"shape {losses.shape}"
        )
    return (
        reduced(losses * weight, "sum") / weight.sum() if reduction == "mean" else reduced(losses * weight, reduction)
    )


def warn(message: str) -> None:
    """Warn at the line of the program that called into this package, through however many of its functions."""
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and frame.f_code.co_filename in LIBRARY:
        frame, level = frame.f_back, level + 1
    warnings.warn(message, stacklevel=level)
