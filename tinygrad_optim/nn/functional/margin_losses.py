"""Losses that ask for a margin, as functions: of pairs and triples that should be alike or unlike."""

from __future__ import annotations

from typing import Any

from ...engine import apply
from ...functions import where
from ...ops.elementwise import MINIMUM
from ...tensor import Tensor
from .checks import check_loss, check_tensors
from .reduction import check_reduction, reduced

__all__ = [
    "cosine_embedding_loss",
    "hinge_embedding_loss",
    "margin_ranking_loss",
    "pairwise_distance",
    "soft_margin_loss",
    "triplet_margin_loss",
]


def hinge_embedding_loss(
    input: Tensor,
    target: Tensor,
    margin: float = 1.0,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    """input where the target is 1 (alike: a distance to make small), max(0, margin - input) where it is -1."""
    reduction = check_reduction(reduction, size_average, reduce)
    check_loss("hinge_embedding_loss", input, target)
    unlike = where(target != 1, at_least_0(margin - input), 0.0)
    return reduced(where(target != -1, input, 0.0) + unlike, reduction)


def margin_ranking_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    """max(0, -target * (input1 - input2) + margin): target 1 where input1 should be the larger, else -1."""
    reduction = check_reduction(reduction, size_average, reduce)
    check_tensors("margin_ranking_loss", input1=input1, input2=input2, target=target)
    if not input1.ndim == input2.ndim == target.ndim:
        raise RuntimeError(
            f"margin_ranking_loss : All input tensors should have same dimension but got sizes: input1: "
            f"{input1.shape}, input2: {input2.shape}, target: {target.shape}"
        )
    return reduced(at_least_0(-target * (input1 - input2) + margin), reduction)


def soft_margin_loss(
    input: Tensor, target: Tensor, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
) -> Tensor:
    """log(1 + e**(-target * input)), with targets of 1 and -1."""
    reduction = check_reduction(reduction, size_average, reduce)
    check_loss("soft_margin_loss", input, target)
    return reduced((1 + (-(target * input)).exp()).log(), reduction)


def cosine_embedding_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    """1 - cos(input1, input2) where the target is 1, max(0, cos - margin) where it is -1.

    inputs: (N, D) with a target (N,), or (D,) with a target ().
    """
    reduction = check_reduction(reduction, size_average, reduce)
    check_tensors("cosine_embedding_loss", input1=input1, input2=input2, target=target)
    if target.ndim > 1 or input1.ndim != target.ndim + 1 or input2.ndim != target.ndim + 1:
        raise RuntimeError(
            f"{target.ndim}D target tensor expects {target.ndim + 1}D input tensors, but found inputs with sizes "
            f"{input1.shape}, {input2.shape} and a target of {target.shape}"
        )
    tiny = 1e-12  # under the root, so that nothing is divided by 0
    squares = [(input * input).sum(-1) + tiny for input in (input1, input2)]
    cosine = (input1 * input2).sum(-1) / (squares[0] * squares[1]).sqrt()
    alike = where(target == 1, 1 - cosine, 0.0)
    return reduced(alike + where(target == -1, at_least_0(cosine - margin), 0.0), reduction)


def triplet_margin_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    margin: float = 1.0,
    p: float = 2,
    eps: float = 1e-6,
    swap: bool = False,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    """max(0, d(anchor, positive) - d(anchor, negative) + margin), d the distance in the p-norm over the last dimension.

    swap: instead of d(anchor, negative) the smaller of it and d(positive, negative), Balntas et al. 2016.
    ValueError for a margin that is not positive.
    """
    reduction = check_reduction(reduction, size_average, reduce)
    check_tensors("triplet_margin_loss", anchor=anchor, positive=positive, negative=negative)
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    if not anchor.ndim == positive.ndim == negative.ndim:
        raise RuntimeError(
            "The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: "
            f"{anchor.shape}, {positive.shape}, {negative.shape}"
        )
    away = pairwise_distance(anchor, negative, p, eps)
    if swap:
        away = apply(MINIMUM, away, pairwise_distance(positive, negative, p, eps))
    return reduced(at_least_0(pairwise_distance(anchor, positive, p, eps) - away + margin), reduction)


def pairwise_distance(x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Tensor:
    """(sum |x1 - x2 + eps|**p)**(1/p), over the last dimension."""
    check_tensors("pairwise_distance", x1=x1, x2=x2)
    return (x1 - x2 + eps).norm(p, -1, keepdim)


def at_least_0(x: Tensor) -> Tensor:
    """max(x, 0); at 0 the gradient passes, as at the bounds of clamp (and not as in relu)"""
    return x.clamp(0)
