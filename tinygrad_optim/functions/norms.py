"""Norms: the lengths of vectors and the sizes of matrices."""

from __future__ import annotations

from math import inf
from typing import Any

from ..engine import apply
from ..ops import norm as norm_ops
from ..shapes import as_dim, as_dims
from .arguments import check_number, check_tensor

__all__ = ["norm"]

Tensor = Any  # tensor.py is built on these files


def norm(input: Tensor, p: Any = "fro", dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Tensor:
    """(sum of |input|**p) ** (1/p) over dim, or over all; "fro" is p = 2. Its gradient at 0 is 0.

    linalg.norm has the norms of matrices too.
    """
    if isinstance(p, str) and p != "fro":
        raise RuntimeError(f"norm(): Order {p} not supported: p is a number, inf, -inf or 'fro'")
    return vector_norm(input, 2 if p in ("fro", None) else p, dim, keepdim, dtype=dtype)


def vector_norm(x: Tensor, ord: Any = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """(sum of |x|**ord) ** (1/ord) over dim (an int, a tuple, or None for all); its gradient at 0 is 0.

    ord: a number; inf and -inf are the largest and the smallest |x|, 0 is how many are not 0.
    RuntimeError for integers, and for no elements where they have no such norm.
    """
    check_tensor("linalg.vector_norm", x)
    check_number("linalg.vector_norm", "ord", ord)
    x = x if dtype is None else x.to(dtype)
    if x.dtype.kind != "f":
        raise RuntimeError(
            f"linalg.vector_norm: Expected a floating point tensor as input, not {x.dtype}: use .float()"
        )
    dims = as_dims(dim, x.ndim)
    if not x.array.size and (ord < 0 or ord == inf):
        raise RuntimeError(f"linalg.vector_norm cannot compute the {ord} norm on an empty tensor (shape {x.shape})")
    return apply(norm_ops.VECTOR_NORM, x, float(ord), dims, bool(keepdim))


def matrix_norm(
    A: Tensor, ord: Any = "fro", dim: Any = (-2, -1), keepdim: bool = False, *, dtype: Any = None
) -> Tensor:
    """The size of matrices in two dims: "fro", the root of the sum of squares; 1 and -1, the largest and smallest sum
    of |A| over a column; inf and -inf, over a row.

    NotImplementedError for those that need singular values: 2, -2 and "nuc".
    """
    check_tensor("linalg.matrix_norm", A)
    if A.ndim < 2:
        raise RuntimeError(f"linalg.matrix_norm: The input tensor A must have at least 2 dimensions, not {A.ndim}")
    rows, columns = (as_dim(d, A.ndim) for d in dim)
    if ord == "fro":
        return vector_norm(A, 2, (rows, columns), keepdim, dtype=dtype)
    if ord in (2, -2, "nuc"):
        raise NotImplementedError(f"linalg.matrix_norm: ord={ord!r} needs singular values, which are not here")
    if ord not in (1, -1, inf, -inf):
        raise RuntimeError(f"linalg.matrix_norm: Order {ord} not supported: 'fro', 1, -1, inf or -inf")
    along, then = (rows, columns) if abs(ord) == 1 else (columns, rows)
    sums = vector_norm(A, 1, along, True, dtype=dtype)
    extreme = sums.amax if ord > 0 else sums.amin
    return extreme((then,), True).squeeze(() if keepdim else (rows, columns))
