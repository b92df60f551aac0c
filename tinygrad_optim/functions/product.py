"""Products of matrices and vectors."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import engine
from ..engine import apply, new_tensor
from ..ops import linalg
from .arguments import check_tensor, check_tensors
from .shape import squeeze, unsqueeze

__all__ = [
    "addmm",
    "addmv",
    "baddbmm",
    "bmm",
    "dot",
    "matmul",
    "mm",
    "mv",
    "outer",
    "trace",
]

Tensor = Any  # tensor.py is built on these files


def matmul(input: Tensor, other: Tensor) -> Tensor:
    """The matrix product; 1-d tensors are rows on the left and columns on the right, stacks broadcast.

    RuntimeError where the inner sizes differ, or the types.
    """
    x, y = as_factor(input, "input", 1), as_factor(other, "other", 2)
    if x.ndim == 0 or y.ndim == 0:
        raise RuntimeError(f"both arguments to matmul need to be at least 1D, but they are {x.ndim}D and {y.ndim}D")
    check_types("matmul", x, y)
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


def as_factor(value: Any, name: str, position: int) -> Tensor:
    """A tensor, or an array as one without history. TypeError for anything else."""
    if isinstance(value, np.ndarray):
        return new_tensor(value)
    if not isinstance(value, engine.Tensor):
        raise TypeError(
            f"matmul(): argument '{name}' (position {position}) must be Tensor, not {type(value).__name__}: "
            f"expected a Tensor, but got {value!r:.80}"
        )
    return value


def check_types(function: str, *factors: Tensor) -> None:
    """RuntimeError if the types differ."""
    found = [factor.dtype for factor in factors]
    if len(set(found)) > 1:
        raise RuntimeError(
            f"{function}(): expected all to have the same dtype, but got: {' != '.join(map(str, found))}. Use .to()"
        )


def check_ndim(function: str, wanted: int, **factors: Tensor) -> None:
    """TypeError for what is no Tensor, RuntimeError for one of another number of dimensions."""
    kind = {1: "a vector (1D)", 2: "a matrix (2D)", 3: "a stack of matrices (3D)"}[wanted]
    for position, (name, factor) in enumerate(factors.items(), 1):
        check_tensor(function, factor, name, position)
        if factor.ndim != wanted:
            raise RuntimeError(
                f"{function}(): {name} must be {kind}, and it has shape {factor.shape}: matmul() takes others too"
            )


def mm(input: Tensor, mat2: Tensor) -> Tensor:
    """The product of two matrices; RuntimeError if either is no matrix."""
    check_ndim("mm", 2, input=input, mat2=mat2)
    return matmul(input, mat2)


def bmm(input: Tensor, mat2: Tensor) -> Tensor:
    """The products of two equally long stacks of matrices, one by one: (b, n, m) and (b, m, p) to (b, n, p)"""
    check_ndim("bmm", 3, input=input, mat2=mat2)
    if mat2.shape[:2] != (input.shape[0], input.shape[2]):
        raise RuntimeError(
            f"bmm(): Expected size for first two dimensions of batch2 tensor to be: {[input.shape[0], input.shape[2]]} "
            f"but got: {list(mat2.shape[:2])}; the shapes are {input.shape} and {mat2.shape}"
        )
    return matmul(input, mat2)


def mv(input: Tensor, vec: Tensor) -> Tensor:
    """The product of a matrix and a vector: (n, m) and (m,) to (n,)"""
    check_ndim("mv", 2, input=input)
    check_tensor("mv", vec, "vec", 2)
    check_ndim("mv", 1, vec=vec)
    return matmul(input, vec)


def dot(input: Tensor, tensor: Tensor) -> Tensor:
    """The sum of the products of two vectors' elements. RuntimeError if they are not equally long."""
    check_tensors("dot", input, tensor, "tensor")
    check_ndim("dot", 1, input=input, tensor=tensor)
    check_types("dot", input, tensor)
    if input.shape != tensor.shape:
        raise RuntimeError(
            f"inconsistent tensor size, expected two vectors of the same number of elements, but got shapes "
            f"{input.shape} and {tensor.shape}"
        )
    return matmul(input, tensor)


def outer(input: Tensor, vec2: Tensor) -> Tensor:
    """Each element of one vector times each of the other: (n,) and (m,) to (n, m)"""
    check_ndim("outer", 1, input=input)
    check_tensor("outer", vec2, "vec2", 2)
    check_ndim("outer", 1, vec2=vec2)
    return unsqueeze(input, 1) * vec2


def addmm(input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """beta * input + alpha * (mat1 @ mat2), of matrices; with beta = 0 input is not looked at."""
    check_ndim("addmm", 2, mat1=mat1, mat2=mat2)
    return weighted_sum("addmm", input, mat1, mat2, beta, alpha)


def addmv(input: Tensor, mat: Tensor, vec: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """beta * input + alpha * (mat @ vec); with beta = 0 input is not looked at."""
    check_ndim("addmv", 2, mat=mat)
    check_ndim("addmv", 1, vec=vec)
    return weighted_sum("addmv", input, mat, vec, beta, alpha)


def baddbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """beta * input + alpha * bmm(batch1, batch2); with beta = 0 input is not looked at."""
    check_ndim("baddbmm", 3, batch1=batch1, batch2=batch2)
    return weighted_sum("baddbmm", input, batch1, batch2, beta, alpha)


def weighted_sum(function: str, input: Tensor, x: Tensor, y: Tensor, beta: Any, alpha: Any) -> Tensor:
    """beta * input + alpha * (x @ y). RuntimeError if the types differ, or input does not broadcast to the product."""
    check_tensor(function, input)
    check_types(function, input, x, y)
    product = matmul(x, y)
    if any(n not in (1, m) for n, m in zip(input.shape[::-1], product.shape[::-1])) or input.ndim > product.ndim:
        raise RuntimeError(
            f"{function}(): the expanded size of the tensor must match: input has shape {input.shape}, and the "
            f"product {product.shape}"
        )
    product = product if alpha == 1 else product * alpha
    return product if beta == 0 else (input if beta == 1 else input * beta) + product


def trace(input: Tensor) -> Tensor:
    """The sum of a matrix's diagonal"""
    check_tensor("trace", input)
    if input.ndim != 2:
        raise RuntimeError(f"trace: expected a matrix, but got tensor with dim {input.ndim}")
    rows, columns = input.shape
    shorter = min(rows, columns)
    return input[:shorter].reshape(-1)[: shorter * columns : columns + 1].sum()
