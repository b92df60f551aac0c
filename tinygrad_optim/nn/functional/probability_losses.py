"""Losses of probabilities, as functions: of yes or no, and of one distribution from another."""

from __future__ import annotations

from typing import Any

from ...engine import apply
from ...ops.loss import BINARY_CROSS_ENTROPY, BINARY_CROSS_ENTROPY_WITH_LOGITS, KL_DIV
from ...tensor import Tensor
from .checks import check_floats, check_loss, check_tensors
from .reduction import check_reduction, reduced, warn

__all__ = ["binary_cross_entropy", "binary_cross_entropy_with_logits", "kl_div"]


def binary_cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    """-(target * log(input) + (1 - target) * log(1 - input)) of probabilities; a logarithm is no less than -100.

    weight: what each is multiplied by; it may broadcast. RuntimeError if input or target is not between 0 and 1.
    Of logits, binary_cross_entropy_with_logits is the more precise.
    """
    reduction = check_reduction(reduction, size_average, reduce)
    check_floats("binary_cross_entropy", input=input)
    check_loss("binary_cross_entropy", input, target)
    check_same_shape(input, target)
    if target.dtype != input.dtype:
        raise RuntimeError(f"Found dtype {target.dtype} of the target but expected {input.dtype}: convert with .to()")
    check_shares("input", input, "give it sigmoid(input), or use binary_cross_entropy_with_logits")
    check_shares("target", target, "0 and 1, or a probability between them")
    losses = apply(BINARY_CROSS_ENTROPY, input, target)
    return reduced(losses if weight is None else losses * as_wide(weight, "weight", input), reduction)


def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    pos_weight: Tensor | None = None,
) -> Tensor:
    """binary_cross_entropy of sigmoid(input), computed without overflow.

    weight: what each is multiplied by; pos_weight: how much more than a no each yes counts. Both may broadcast.
    """
    reduction = check_reduction(reduction, size_average, reduce)
    check_floats("binary_cross_entropy_with_logits", input=input)
    check_loss("binary_cross_entropy_with_logits", input, target)
    check_same_shape(input, target)
    if not target.is_floating_point():
        raise RuntimeError(
            f"the target of binary_cross_entropy_with_logits holds {target.dtype}, which cannot hold the loss of "
            f"{input.dtype}: use target.float()"
        )
    dtype = target.dtype  # which is the loss's, as in PyTorch
    positive = None if pos_weight is None else as_wide(pos_weight, "pos_weight", input).to(dtype)
    losses = apply(BINARY_CROSS_ENTROPY_WITH_LOGITS, input.to(dtype), target, positive)
    return reduced(losses if weight is None else losses * as_wide(weight, "weight", input), reduction)


def kl_div(
    input: Tensor,
    target: Tensor,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Tensor:
    """target * (log(target) - input), with input the logarithms of probabilities.

    The divergence of input's distribution from target's is reduction="batchmean": the sum divided by the number of
    rows; "mean" divides by the number of all elements. log_target: the target holds logarithms too.
    Kullback & Leibler 1951, "On information and sufficiency".
    """
    if size_average is None and reduce is None and reduction == "mean":
        warn(
            "reduction: 'mean' divides the total loss by both the batch size and the support size. 'batchmean' divides "
            "only by the batch size, and aligns with the KL math definition: use that, or 'sum'."
        )
    reduction = check_reduction(reduction, size_average, reduce, ("mean", "batchmean", "sum", "none"))
    check_loss("kl_div", input, target)
    if not (input.is_floating_point() and target.is_floating_point()):
        raise RuntimeError(f"kl_div: Integral inputs not supported: {input.dtype} and {target.dtype}; use .float()")
    losses = target.exp() * (target - input) if log_target else apply(KL_DIV, input, target)
    if reduction == "batchmean":
        return losses.sum() / (input.shape[0] if input.ndim else 1)
    return reduced(losses, reduction)


def check_same_shape(input: Tensor, target: Tensor) -> None:
    """ValueError unless the target has the input's shape: broadcasting would hide a mistake."""
    if target.shape != input.shape:
        raise ValueError(
            f"Target size {target.shape} must be the same as input size {input.shape}: reshape one, as in "
            "input.squeeze(1)"
        )


def check_shares(name: str, given: Tensor, remedy: str) -> None:
    """RuntimeError unless all elements are between 0 and 1 (nan is not)."""
    wrong = given.array[~((given.array >= 0) & (given.array <= 1))]
    if wrong.size:
        raise RuntimeError(f"all elements of {name} should be between 0 and 1, and one is {wrong[0]}: {remedy}")


def as_wide(weight: Any, name: str, input: Tensor) -> Tensor:
    """A weight that broadcasts to the input's shape. TypeError, RuntimeError for another."""
    check_tensors("binary_cross_entropy", **{name: weight})
    sizes = list(zip(reversed(weight.shape), reversed(input.shape)))
    if weight.ndim > input.ndim or any(n not in (1, m) for n, m in sizes):
        raise RuntimeError(f"a {name} of shape {weight.shape} does not broadcast to the input's shape {input.shape}")
    return weight
