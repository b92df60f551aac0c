"""Functions that make one number of many, along some dimensions or all: sums, means, variances, products."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from .. import dtypes
from ..engine import apply, new_tensor
from ..ops import cumulative, reduce
from ..shapes import as_dim, as_dims
from .arguments import check_tensor

__all__ = [
    "all",
    "any",
    "count_nonzero",
    "mean",
    "prod",
    "std",
    "std_mean",
    "sum",
    "var",
    "var_mean",
]

Tensor = Any  # tensor.py is built on these files


def sum(
    input: Tensor,
    dim: Any = None,
    keepdim: bool = False,
    *,
    dtype: Any = None,
    axis: Any = None,
    keepdims: bool = False,
) -> Tensor:
    """The sum over dim (an int, a tuple, or None for all), in dtype if given; bools and integers sum to int64."""
    check_tensor("sum", input)
    dim = axis if dim is None else dim
    if dim is not None:
        dim = as_dims(dim, input.ndim)
    if dtype is None:
        return apply(reduce.SUM, input, dim, bool(keepdim or keepdims))
    return apply(reduce.SUM, input.to(dtype), dim, bool(keepdim or keepdims)).to(dtype)


def mean(
    input: Tensor,
    dim: Any = None,
    keepdim: bool = False,
    *,
    dtype: Any = None,
    axis: Any = None,
    keepdims: bool = False,
) -> Tensor:
    """The mean over dim (an int, a tuple, or None for all), in dtype if given. RuntimeError for integers."""
    check_tensor("mean", input)
    input = input if dtype is None else input.to(dtype)
    if input.dtype.kind != "f":
        raise RuntimeError(
            f"mean(): could not infer output dtype of {input.dtype}, which holds no fractions: use .float() first, "
            "or dtype=float32"
        )
    dim = as_dims(axis if dim is None else dim, input.ndim)
    return apply(reduce.MEAN, input, dim, bool(keepdim or keepdims))


def var(
    input: Tensor,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = None,
) -> Tensor:
    """The variance over dim: the sum of squared deviations from the mean, divided by n - correction.

    correction: 1 if not given; unbiased=False says 0. A warning if n - correction is 0 or less.
    """
    return apply(reduce.VAR, *spread_arguments("var", input, dim, unbiased, correction), keepdim)


def std(
    input: Tensor,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = None,
) -> Tensor:
    """The standard deviation over dim, the square root of `var`; its gradient where it is 0 is 0."""
    return apply(reduce.STD, *spread_arguments("std", input, dim, unbiased, correction), keepdim)


def spread_arguments(function: str, input: Tensor, dim: Any, unbiased: Any, correction: Any) -> tuple[Any, ...]:
    """(input, dims, correction), checked. RuntimeError for integers."""
    check_tensor(function, input)
    if input.dtype.kind != "f":
        raise RuntimeError(f"std and var only support floating point dtypes, not {input.dtype}: use .float() first")
    if isinstance(dim, bool) and unbiased is None:  # x.var(False)
        dim, unbiased = None, dim
    if unbiased is not None and correction is not None:
        raise TypeError(f"{function}() takes unbiased or correction, not both: unbiased=False is correction=0")
    if correction is None:
        correction = 0 if unbiased is False else 1
    dims = as_dims(dim, input.ndim)
    if reduce.degrees_of_freedom(input.shape, dims, correction) <= 0:
        warnings.warn(
            f"{function}(): degrees of freedom is <= 0: {reduce.number_reduced(input.shape, dims)} elements and a "
            f"correction of {correction}. The result is nan or inf.",
            stacklevel=3,
        )
    return input, dims, correction


def var_mean(
    input: Tensor,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = None,
) -> tuple[Tensor, Tensor]:
    """`var` and `mean` over dim"""
    arguments = spread_arguments("var_mean", input, dim, unbiased, correction)
    return apply(reduce.VAR, *arguments, keepdim), mean(input, arguments[1], keepdim)


def std_mean(
    input: Tensor,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = None,
) -> tuple[Tensor, Tensor]:
    """`std` and `mean` over dim"""
    arguments = spread_arguments("std_mean", input, dim, unbiased, correction)
    return apply(reduce.STD, *arguments, keepdim), mean(input, arguments[1], keepdim)


def prod(input: Tensor, dim: int | None = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The product of all, or along one dim, in dtype if given; bools and integers give int64."""
    check_tensor("prod", input)
    input = input if dtype is None else input.to(dtype)
    place = None if dim is None or not input.ndim else as_dim(dim, input.ndim)
    product = apply(cumulative.PROD, input, place, bool(keepdim))
    return product if dtype is None else product.to(dtype)


def all(input: Tensor, dim: Any = None, keepdim: bool = False) -> Tensor:
    """Whether no element is 0, over dim (an int, a tuple, or None for all)"""
    return truth("all", np.all, input, dim, keepdim)


def any(input: Tensor, dim: Any = None, keepdim: bool = False) -> Tensor:
    """Whether some element is not 0, over dim (an int, a tuple, or None for all)"""
    return truth("any", np.any, input, dim, keepdim)


def truth(function: str, ask: Any, input: Tensor, dim: Any, keepdim: bool) -> Tensor:
    """np.all or np.any, as bools; of uint8 as uint8, which was PyTorch's type of masks before there were bools."""
    check_tensor(function, input)
    axes = () if isinstance(dim, tuple | list) and not dim else as_dims(dim, input.ndim)  # over none of them: each
    answer = np.asarray(ask(input.array, axis=axes, keepdims=bool(keepdim)))
    return new_tensor(answer.astype(dtypes.uint8) if input.dtype == dtypes.uint8 else answer)


def count_nonzero(input: Tensor, dim: Any = None) -> Tensor:
    """How many elements are not 0, over dim (an int, a tuple, or None for all)"""
    check_tensor("count_nonzero", input)
    return new_tensor((input.array != 0).sum(axis=as_dims(dim, input.ndim), dtype=np.int64))
