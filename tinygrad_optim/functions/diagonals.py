"""Diagonals of matrices, and what lies on one side of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..engine import apply, new_tensor
from ..ops import diagonals, elementwise
from ..shapes import as_dim
from .shape import clone, flatten

__all__ = [
    "diag",
    "diag_embed",
    "diagflat",
    "diagonal",
    "tril",
    "tril_indices",
    "triu",
    "triu_indices",
]

Tensor = Any  # tensor.py is built on these files


def tril(input: Tensor, diagonal: int = 0) -> Tensor:
    """The matrix (or each of many) with 0 above a diagonal: the main one, or so many above it"""
    return kept("tril", input, diagonal, np.less_equal)


def triu(input: Tensor, diagonal: int = 0) -> Tensor:
    """The matrix (or each of many) with 0 below a diagonal: the main one, or so many above it"""
    return kept("triu", input, diagonal, np.greater_equal)


def kept(name: str, input: Tensor, diagonal: int, side: Any) -> Tensor:
    """The elements on one side of a diagonal (side compares column - row with it), 0 elsewhere"""
    if input.ndim < 2:
        raise RuntimeError(f"{name}(): the input must have at least 2 dimensions, not shape {input.shape}")
    rows, columns = np.indices(input.shape[-2:], sparse=True)
    mask = new_tensor(side(columns - rows, diagonal))
    return apply(elementwise.WHERE, mask, input, new_tensor(np.zeros((), input.dtype)))


def diagonal(input: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """A view of the diagonal between two dimensions, as a new last one; offset moves it up (or, negative, down)"""
    first, second = as_dim(dim1, input.ndim), as_dim(dim2, input.ndim)
    if first == second:
        raise RuntimeError(f"diagonal(): its dimensions cannot be identical: {dim1} and {dim2}")
    return apply(diagonals.DIAGONAL, input, int(offset), first, second)


def diag(input: Tensor, diagonal: int = 0) -> Tensor:
    """Of a matrix a copy of its diagonal; of a vector the matrix that has it as its diagonal"""
    if input.ndim == 2:
        return clone(apply(diagonals.DIAGONAL, input, int(diagonal), 0, 1))
    if input.ndim != 1:
        raise RuntimeError(f"diag(): Supports 1D or 2D tensors, and this one has shape {input.shape}")
    return diag_embed(input, diagonal)


def diag_embed(input: Tensor, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """Zeros with the last dimension of input on the diagonal between two new dimensions"""
    if not input.ndim:
        raise RuntimeError("diag_embed(): the input must have at least 1 dimension, and it is one number")
    first, second = as_dim(dim1, input.ndim + 1), as_dim(dim2, input.ndim + 1)
    if first == second:
        raise RuntimeError(f"diag_embed(): its dimensions cannot be identical: {dim1} and {dim2}")
    size = input.shape[-1] + abs(offset)
    sizes = list(input.shape[:-1])
    for place in sorted((first, second)):
        sizes.insert(place, size)
    return apply(diagonals.DIAG_EMBED, input, tuple(sizes), int(offset), first, second)


def diagflat(input: Tensor, offset: int = 0) -> Tensor:
    """The matrix that has the flattened input as its diagonal"""
    return diag_embed(flatten(input), offset)


def tril_indices(row: int, col: int, offset: int = 0, *, dtype: Any = np.int64, device: Any = None) -> Tensor:
    """Rows and columns (the first and second row of the result) of the elements that tril keeps"""
    return new_tensor(np.array(np.tril_indices(row, offset, col)).astype(dtype))


def triu_indices(row: int, col: int, offset: int = 0, *, dtype: Any = np.int64, device: Any = None) -> Tensor:
    """Rows and columns (the first and second row of the result) of the elements that triu keeps"""
    return new_tensor(np.array(np.triu_indices(row, offset, col)).astype(dtype))
