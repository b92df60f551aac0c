"""The layers and losses as functions: what a module computes, given its parameters as arguments."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ..engine import apply
from ..functions import log_softmax, relu, sigmoid, softmax, tanh
from ..ops.linalg import LINEAR
from ..ops.loss import CROSS_ENTROPY, MSE_LOSS
from ..tensor import Tensor

__all__ = ["cross_entropy", "linear", "log_softmax", "mse_loss", "relu", "sigmoid", "softmax", "tanh"]


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """input @ weight^T + bias: (..., in) with weight (out, in) and bias (out,) to (..., out)."""
    check_linear(input, weight)
    return apply(LINEAR, input, weight, bias)


def check_linear(input: Any, weight: Tensor) -> None:
    """Refuse an input that a weight of this shape cannot take: TypeError, RuntimeError."""
    if not isinstance(input, Tensor):
        raise TypeError(f"linear(): argument 'input' must be Tensor, not {type(input).__name__}: use tensor(...)")
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


def check_reduction(reduction: str, size_average: Any = None, reduce: Any = None) -> str:
    """The reduction meant, from today's argument or PyTorch's two old ones. ValueError for an unknown one."""
    if size_average is not None or reduce is not None:
        old = "none" if reduce is False else "sum" if size_average is False else "mean"
        warnings.warn(
            f"size_average and reduce args will be deprecated, please use reduction='{old}' instead.", stacklevel=4
        )
        return old
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"{reduction!r} is not a valid value for reduction: use 'mean', 'sum' or 'none'")
    return reduction


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
    rows, shares, divisor, shape = counted(input, target, weight, ignore_index, reduction, label_smoothing)
    loss = apply(CROSS_ENTROPY, rows, shares, divisor)
    return loss if shape is None else loss.reshape(shape)


def counted(
    input: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int, reduction: str, label_smoothing: float
) -> tuple[Tensor, Any, Any, tuple[int, ...] | None]:
    """What cross-entropy counts: logits by row, what each class counts for in it, the divisor, the losses' shape.

    The shape is None where the loss needs no reshaping.
    """
    if not isinstance(input, Tensor) or not isinstance(target, Tensor):
        wrong = "input" if not isinstance(input, Tensor) else "target"
        found = type(input if wrong == "input" else target).__name__
        raise TypeError(f"cross_entropy_loss(): argument '{wrong}' must be Tensor, not {found}")
    if not 0.0 <= label_smoothing <= 1.0:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}")
    by_class = target.shape == input.shape and target.is_floating_point()
    rows, labels = _rows(input, target, by_class)
    classes = rows.shape[1]
    scale = np.ones(classes, input.dtype) if weight is None else weight.array
    if by_class:
        shares: Any = _smoothed(labels, label_smoothing, classes)
        shares = shares if weight is None else shares * weight
        count: Any = max(rows.shape[0], 1)
    else:
        shares, count = _shares(labels.array, scale, classes, ignore_index, label_smoothing, weight is None)
    divisor = None if reduction == "none" else 1 if reduction == "sum" else count
    losses_shape = input.shape[:1] * (input.ndim > 1) + input.shape[2:]
    needs_shape = reduction == "none" and input.ndim != 2
    return rows, shares, divisor, losses_shape if needs_shape else None


def _rows(input: Tensor, target: Tensor, by_class: bool) -> tuple[Tensor, Tensor]:
    """Logits (N, C, d1, ...) as rows (N*d1*..., C), and the targets in the same order."""
    if input.ndim == 0:
        raise RuntimeError("cross_entropy needs logits of shape (C,), (N, C) or (N, C, d1, ...), not a 0-d tensor")
    if not by_class:
        _check_labels(input, target)
    if input.ndim == 2:
        return input, target
    if input.ndim == 1:
        return input.unsqueeze(0), target.unsqueeze(0)
    last = (0, *range(2, input.ndim), 1)
    rows = input.permute(last).reshape(-1, input.shape[1])
    return rows, target.permute(last).reshape(-1, input.shape[1]) if by_class else target.reshape(-1)


def _check_labels(input: Tensor, target: Tensor) -> None:
    """Refuse class indices of a wrong shape (ValueError) or type (RuntimeError)."""
    wanted = input.shape[:1] * (input.ndim > 1) + input.shape[2:]
    if target.shape != wanted:
        raise ValueError(
            f"Expected input batch_size ({input.shape[0]}) to match the target's: logits of shape {input.shape} go "
            f"with class indices of shape {wanted} or probabilities of shape {input.shape}; these have {target.shape}"
        )
    if target.dtype.name not in ("int64", "uint8"):
        raise RuntimeError(
            f"expected target dtype to be Long or Byte (class indices), but got {target.dtype}: use target.long()"
        )


def _shares(labels: Any, scale: Any, classes: int, ignore_index: int, smoothing: float, equal: bool) -> tuple[Any, Any]:
    """What each class counts for in each row, (N, C), and the divisor of the mean: the summed weights."""
    counts = labels != ignore_index
    bad = labels[counts & ((labels < 0) | (labels >= classes))]
    if bad.size:
        raise IndexError(f"Target {bad.flat[0]} is out of bounds: there are {classes} classes, 0 to {classes - 1}")
    places = np.where(counts, labels, 0)
    one_hot = np.zeros((len(labels), classes), scale.dtype)
    one_hot[np.arange(len(labels)), places] = scale[places] * counts
    divisor = int(counts.sum()) if equal else float(one_hot.sum())
    if smoothing:
        even = scale * (counts[:, None] * np.asarray(smoothing / classes, scale.dtype))
        one_hot = one_hot * (1 - smoothing) + even
    return one_hot, divisor


def _smoothed(target: Tensor, smoothing: float, classes: int) -> Tensor:
    """Probabilities with a share of them spread evenly over the classes."""
    return target if not smoothing else target * (1 - smoothing) + smoothing / classes
