"""Sums and products of all elements up to each one, along a dimension."""

from __future__ import annotations

from typing import Any

from ..engine import apply
from ..ops import cumulative
from ..shapes import as_dim
from .arguments import check_tensor

__all__ = [
    "cumprod",
    "cumsum",
]

Tensor = Any  # tensor.py is built on these files


def cumsum(input: Tensor, dim: int, *, dtype: Any = None) -> Tensor:
    """The sum of the elements up to and with each one along dim; bools and integers give int64."""
    check_tensor("cumsum", input)
    place = as_dim(dim, input.ndim)
    if dtype is None:
        return apply(cumulative.CUMSUM, input, place)
    return apply(cumulative.CUMSUM, input.to(dtype), place).to(dtype)


def cumprod(input: Tensor, dim: int, *, dtype: Any = None) -> Tensor:
    """The product of the elements up to and with each one along dim; bools and integers give int64."""
    check_tensor("cumprod", input)
    place = as_dim(dim, input.ndim)
    if dtype is None:
        return apply(cumulative.CUMPROD, input, place)
    return apply(cumulative.CUMPROD, input.to(dtype), place).to(dtype)
