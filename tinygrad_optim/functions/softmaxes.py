"""Exponentials along a dimension: softmax, its logarithm, and the logarithm of their sum."""

from __future__ import annotations

from typing import Any

from ..engine import apply
from ..ops import softmax as softmax_ops
from ..shapes import as_dim, as_dims
from .arguments import check_floats, check_tensor

__all__ = [
    "log_softmax",
    "logsumexp",
    "softmax",
]

Tensor = Any  # tensor.py is built on these files


def softmax(input: Tensor, dim: int | None = None, dtype: Any = None) -> Tensor:
    """e**input, divided by its sum along dim; in dtype if given"""
    return apply(softmax_ops.SOFTMAX, *softmax_arguments("softmax", input, dim, dtype))


def log_softmax(input: Tensor, dim: int | None = None, dtype: Any = None) -> Tensor:
    """The logarithm of softmax, computed without overflow; in dtype if given"""
    return apply(softmax_ops.LOG_SOFTMAX, *softmax_arguments("log_softmax", input, dim, dtype), None)


def softmax_arguments(function: str, input: Tensor, dim: int | None, dtype: Any) -> tuple[Tensor, int]:
    """The tensor in dtype and the dim, checked. TypeError without a dim, NotImplementedError for integers."""
    check_tensor(function, input)
    if dim is None:
        raise TypeError(f"{function}() needs dim: along which dimension should the results sum to 1? Often dim=-1")
    input = input if dtype is None else input.to(dtype)
    check_floats(function, input)
    return input, as_dim(dim, input.ndim)


def logsumexp(input: Tensor, dim: Any, keepdim: bool = False) -> Tensor:
    """log(sum(e**input)) over dim (an int or a tuple), computed without overflow"""
    check_tensor("logsumexp", input)
    return apply(softmax_ops.LOGSUMEXP, input, as_dims(dim, input.ndim), bool(keepdim))
