"""Products of matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import engine
from ..engine import apply, new_tensor
from ..ops import linalg
from .shape import squeeze, unsqueeze

__all__ = [
    "matmul",
    "mm",
]

Tensor = Any  # tensor.py is built on these files


def matmul(input: Tensor, other: Tensor) -> Tensor:
    """The matrix product; 1-d tensors are rows on the left and columns on the right, stacks broadcast.

    RuntimeError where the inner sizes differ, or the types.
    """
    x, y = (v if isinstance(v, engine.Tensor) else as_constant(v) for v in (input, other))
    if x.ndim == 0 or y.ndim == 0:
        raise RuntimeError(f"both arguments to matmul need to be at least 1D, but they are {x.ndim}D and {y.ndim}D")
    if x.dtype != y.dtype:
        raise RuntimeError(f"expected m1 and m2 to have the same dtype, but got: {x.dtype} != {y.dtype}. Use .to()")
    inner = y.shape[-2] if y.ndim > 1 else y.shape[0]
    if x.shape[-1] != inner:
        raise RuntimeError(
            f"mat1 and mat2 shapes cannot be multiplied ({x.shape} and {y.shape}): the last size of the first, "
            f"{x.shape[-1]}, must be the {'second last' if y.ndim > 1 else 'only'} size of the second, {inner}"
        )
    if x.ndim > 1 and y.ndim > 1:
        return apply(linalg.MATMUL, x, y)
    rows = x if x.ndim > 1 else unsqueeze(x, 0)
    columns = y if y.ndim > 1 else unsqueeze(y, 1)
    product = apply(linalg.MATMUL, rows, columns)
    product = product if x.ndim > 1 else squeeze(product, -2)
    return product if y.ndim > 1 else squeeze(product, -1)


def mm(input: Tensor, mat2: Tensor) -> Tensor:
    """The product of two matrices; RuntimeError if either is no matrix."""
    for name, factor in (("self", input), ("mat2", mat2)):
        if factor.ndim != 2:
            raise RuntimeError(f"{name} must be a matrix, and it has shape {factor.shape}: matmul() takes others too")
    return matmul(input, mat2)


def as_constant(value: Any) -> Tensor:
    """An array as a tensor without history. TypeError for anything else."""
    if not isinstance(value, np.ndarray):
        raise TypeError(f"expected a Tensor, but got {type(value).__name__}: {value!r:.80}")
    return new_tensor(value)
