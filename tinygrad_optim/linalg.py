"""Linear algebra, under PyTorch's names: norms of vectors and matrices."""

from __future__ import annotations

from typing import Any

from .functions.arguments import check_tensor
from .functions.norms import matrix_norm, vector_norm

__all__ = ["matrix_norm", "norm", "vector_norm"]

Tensor = Any


def norm(A: Tensor, ord: Any = None, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """Without an ord the root of the sum of squares over dim, or over all; else, over one dim or of a 1-d tensor
    `vector_norm`, and over two dims or of a matrix `matrix_norm`."""
    check_tensor("linalg_norm", A)
    two = len(dim) == 2 if isinstance(dim, (tuple, list)) else dim is None and A.ndim == 2
    if ord is None:
        return vector_norm(A, 2, dim, keepdim, dtype=dtype)
    if two or isinstance(ord, str):
        return matrix_norm(A, ord, (0, 1) if dim is None else dim, keepdim, dtype=dtype)
    if dim is None and A.ndim != 1:
        raise RuntimeError(
            f"linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got {A.ndim}D: give dim"
        )
    return vector_norm(A, ord, dim, keepdim, dtype=dtype)
