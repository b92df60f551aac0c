"""Losses of classes, as functions: cross-entropy of logits, and the same of logarithms of probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...dtypes import int64, uint8
from ...engine import apply, new_tensor
from ...functions import gather, where
from ...ops.loss import CROSS_ENTROPY
from ...ops.softmax import log_softmax_forward
from ...tensor import Tensor
from .checks import check_floats, check_loss, check_tensors
from .reduction import check_reduction, reduced

__all__ = ["cross_entropy", "nll_loss"]


def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: Any = None,
    ignore_index: int = -100,
    reduce: Any = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """-log(softmax(input)) at the right class; see CrossEntropyLoss for the arguments."""
    reduction = check_reduction(reduction, size_average, reduce)
    rows, *known, shape = counted(input, target, weight, ignore_index, reduction, label_smoothing)
    loss = apply(CROSS_ENTROPY, rows, *known)
    return loss if shape is None else loss.reshape(shape)


def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: Any = None,
    ignore_index: int = -100,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    """-input at the right class: what cross_entropy is of log_softmax(input); see NLLLoss for the arguments."""
    reduction = check_reduction(reduction, size_average, reduce)
    check_loss("nll_loss", input, target)
    if input.ndim == 0:
        raise ValueError("Expected 1 or more dimensions (got 0): nll_loss takes (C,), (N, C) or (N, C, d1, ...)")
    check_classes("nll_loss", input, weight, ignore_index)
    check_labels(input, target, weight)
    rows, labels = _rows(input, target, False)
    counts, places = _places(labels.array, rows.shape[1], ignore_index)
    scale = np.ones(rows.shape[1], input.dtype) if weight is None else weight.array
    picked = gather(rows, 1, new_tensor(places[:, None])).squeeze(1)
    losses = where(new_tensor(counts), picked * new_tensor(-scale[places]), 0.0)
    if reduction == "mean":
        return losses.sum() / float((scale[places] * counts).sum())
    return losses.reshape(_shape_of_losses(input)) if reduction == "none" else reduced(losses, reduction)


def counted(
    input: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int, reduction: str, label_smoothing: float
) -> tuple[Any, ...]:
    """What cross-entropy counts: logits by row, their log-softmax, what each class counts for in each row, the
    divisor; and the losses' shape, None where the loss needs no reshaping."""
    by_class = check_cross_entropy(input, target, weight, ignore_index, label_smoothing)
    rows, labels = _rows(input, target, by_class)
    classes = rows.shape[1]
    if by_class:
        shares: Any = _smoothed(labels, label_smoothing, classes)
        shares = shares if weight is None else shares * weight
        count: Any = rows.shape[0]
    else:
        scale = None if weight is None else weight.array
        shares, count = _shares(labels.array, scale, rows.array, ignore_index, label_smoothing)
    divisor = None if reduction == "none" else 1 if reduction == "sum" else count
    needs_shape = reduction == "none" and input.ndim != 2
    log_p = log_softmax_forward(rows.array, 1, None)
    return rows, log_p, shares, divisor, _shape_of_losses(input) if needs_shape else None


def check_cross_entropy(input: Any, target: Any, weight: Any, ignore_index: Any, label_smoothing: float) -> bool:
    """Whether the target holds probabilities, not class indices. PyTorch's exceptions for what cannot be right."""
    check_loss("cross_entropy_loss", input, target)
    if not 0.0 <= label_smoothing <= 1.0:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}")
    if input.ndim == 0:
        raise RuntimeError("cross_entropy needs logits of shape (C,), (N, C) or (N, C, d1, ...), not a 0-d tensor")
    check_classes("cross_entropy_loss", input, weight, ignore_index)
    if target.array.shape != input.array.shape:
        check_labels(input, target, weight)
        return False
    if not target.is_floating_point():
        raise RuntimeError(
            f"Expected floating point type for target with class probabilities, got {target.dtype}: the target's shape "
            f"{target.shape} is the input's. Class indices have one dimension less"
        )
    if ignore_index >= 0:
        raise RuntimeError(f"ignore_index is not supported for floating point target, and it is {ignore_index}")
    return True


def _rows(input: Tensor, target: Tensor, by_class: bool) -> tuple[Tensor, Tensor]:
    """Logits (N, C, d1, ...) as rows (N*d1*..., C), and the targets in the same order."""
    if input.array.ndim == 2:
        return input, target
    if input.ndim == 1:
        return input.unsqueeze(0), target.unsqueeze(0) if by_class else target.reshape(1)
    last = (0, *range(2, input.ndim), 1)
    rows = input.permute(last).reshape(-1, input.shape[1])
    return rows, target.permute(last).reshape(-1, input.shape[1]) if by_class else target.reshape(-1)


def _shape_of_losses(input: Tensor) -> tuple[int, ...]:
    """(N, d1, ...) of logits (N, C, d1, ...), () of (C,): the class's dimension is gone."""
    shape = input.array.shape
    return shape[:1] + shape[2:] if len(shape) > 1 else ()


def check_classes(function: str, input: Tensor, weight: Any, ignore_index: Any) -> None:
    """Refuse logits that are no floats, a weight of another number of classes, an ignore_index that is no int."""
    if not isinstance(ignore_index, int):
        raise TypeError(f"{function}(): argument 'ignore_index' must be int, not {type(ignore_index).__name__}")
    if input.array.dtype.kind != "f":
        check_floats(function, input=input)
    if weight is None:
        return
    check_tensors(function, weight=weight)
    classes = input.shape[min(input.ndim - 1, 1)]
    if weight.shape != (classes,):
        raise RuntimeError(
            f"weight tensor should be defined either for all {classes} classes or no classes but got weight tensor of "
            f"shape: {weight.shape}"
        )


def check_labels(input: Tensor, target: Tensor, weight: Any) -> None:
    """Refuse class indices of a wrong shape (ValueError for their number, else RuntimeError) or type."""
    wanted = _shape_of_losses(input)
    if target.shape != wanted and not (input.ndim == 1 and target.shape == (1,)):
        other_number = target.ndim == 1 if input.ndim == 1 else target.shape[:1] != wanted[:1]
        raise (ValueError if other_number else RuntimeError)(
            f"Expected input batch_size ({input.shape[0]}) to match the target's: logits of shape {input.shape} go "
            f"with class indices of shape {wanted} or probabilities of shape {input.shape}; these have {target.shape}"
        )
    if target.dtype not in (int64, uint8):
        raise RuntimeError(
            f"expected target dtype to be Long or Byte (class indices), but got {target.dtype}: use target.long()"
        )
    if weight is not None and weight.dtype != input.dtype:
        raise RuntimeError(
            f"expected the weight to hold {input.dtype} as the input does, but it holds {weight.dtype}: "
            f"use weight.to({input.dtype})"
        )


def _places(labels: Any, classes: int, ignore_index: int) -> tuple[Any, Any]:
    """Which rows count (True: all), and each row's class (0 where it does not count). IndexError for no class."""
    # As unsigned, a negative one is huge: one look tells whether all are classes.
    if not 0 <= ignore_index < classes and labels.astype(np.uint64).max(initial=0) < classes:
        return True, labels
    counts = labels != ignore_index
    bad = labels[counts & ((labels < 0) | (labels >= classes))]
    if bad.size:
        raise IndexError(f"Target {bad.flat[0]} is out of bounds: there are {classes} classes, 0 to {classes - 1}")
    return counts, np.where(counts, labels, 0)


def _shares(labels: Any, scale: Any, logits: Any, ignore_index: int, smoothing: float) -> tuple[Any, Any]:
    """What each class counts for in each row, (N, C), and the divisor of the mean: the summed weights.

    scale: what each class counts for, (C,); None if each counts for 1.
    """
    n, classes = logits.shape
    counts, places = _places(labels, classes, ignore_index)
    one_hot = np.zeros((n, classes), logits.dtype)
    one_hot[np.arange(n), places] = counts if scale is None else scale[places] * counts
    divisor = float(one_hot.sum()) if scale is not None else n if counts is True else int(counts.sum())
    if smoothing:
        even = np.asarray(smoothing / classes, logits.dtype) * (1 if scale is None else scale)
        one_hot = one_hot * (1 - smoothing) + np.reshape(counts, (-1, 1)) * even
    return one_hot, divisor


def _smoothed(target: Tensor, smoothing: float, classes: int) -> Tensor:
    """Probabilities with a share of them spread evenly over the classes."""
    return target if not smoothing else target * (1 - smoothing) + smoothing / classes
