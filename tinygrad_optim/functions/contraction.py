"""Sums of products, told by names for the dimensions: einsum, and tensordot, which tells them by their places.

Two tensors at a time are brought to matrices (what both have and is kept, what one has, what is summed over),
multiplied, and brought back: so permute, reshape, sum, mul and matmul are all it takes, and the gradient is theirs.
"""

from __future__ import annotations

import math
from typing import Any

from .. import engine
from .arguments import check_tensors
from .product import matmul

__all__ = ["einsum", "tensordot"]

Tensor = Any  # tensor.py is built on these files

Labels = list[Any]  # a name for each dimension: a letter, or of those that a ... stands for a number


def einsum(equation: str, *operands: Any) -> Tensor:
    """The sum of products that an equation such as "ij,jk->ik" tells: for each operand a letter for each dimension.

    Letters not behind the arrow are summed over. Without an arrow those that come once are kept, in the order of the
    alphabet. A letter twice in one operand takes the diagonal; ... stands for any dimensions, which broadcast.
    RuntimeError where the equation and the operands do not fit.
    """
    if not isinstance(equation, str):
        raise ValueError("einsum(): must specify the equation string and at least one operand")
    tensors = list(operands[0]) if len(operands) == 1 and isinstance(operands[0], (list, tuple)) else list(operands)
    for i, tensor in enumerate(tensors):
        if not isinstance(tensor, engine.Tensor):
            raise TypeError(f"einsum(): expected Tensor as element {i} of the operands, not {type(tensor).__name__}")
    labels, kept = read_equation(equation, [tensor.ndim for tensor in tensors])
    tensors = [diagonals(tensor, names, i) for i, (tensor, names) in enumerate(zip(tensors, labels))]
    labels = [list(dict.fromkeys(names)) for names in labels]
    tensors = broadcast(tensors, labels)
    result, names = tensors[0], labels[0]
    for i in range(1, len(tensors)):
        needed = {*kept, *(name for later in labels[i + 1 :] for name in later)}
        result, names = contracted(result, names, tensors[i], labels[i], needed)
    result, names = without(result, names, set(kept))
    order = [names.index(name) for name in kept]
    return result.permute(order) if order != sorted(order) else result


def read_equation(equation: str, dims: list[int]) -> tuple[list[Labels], Labels]:
    """The labels of each operand's dimensions, and those of the result. RuntimeError for what cannot be read."""
    inputs, arrow, output = equation.replace(" ", "").partition("->")
    parts = inputs.split(",")
    if len(parts) != len(dims):
        raise RuntimeError(
            f"einsum(): {'more' if len(parts) < len(dims) else 'fewer'} operands were provided than specified in the "
            f"equation: {len(dims)} for {equation!r}"
        )
    for part in [*parts, output]:
        letters = part.replace("...", "", 1)
        if letters and not (letters.isalpha() and letters.isascii()):
            raise RuntimeError(f"einsum(): invalid subscript given in {equation!r}: they must be [a-zA-Z], or one ...")
    labels = [labels_of(part, ndim, i) for i, (part, ndim) in enumerate(zip(parts, dims))]
    names = [name for part in labels for name in part]
    dots = sorted({name for name in names if isinstance(name, int)})
    named = sorted(name for name in set(names) if isinstance(name, str))
    if not arrow:
        return labels, [*dots, *(name for name in named if names.count(name) == 1)]
    before, middle, after = output.partition("...")
    for name in before + after:
        if name not in named:
            raise RuntimeError(f"einsum(): output subscript {name} does not appear in the equation for any operand")
        if (before + after).count(name) > 1:
            raise RuntimeError(f"einsum(): output subscript {name} appears more than once in the output")
    return labels, [*before, *(dots if middle else ()), *after]


def labels_of(part: str, ndim: int, number: int) -> Labels:
    """The labels of one operand; what its ... stands for is numbered from the right: ..., -2, -1."""
    before, dots, after = part.partition("...")
    unnamed = ndim - len(before) - len(after)
    if unnamed < 0 or (unnamed and not dots):
        raise RuntimeError(
            f"einsum(): the number of subscripts in the equation ({len(before + after)}) does not match the number of "
            f"dimensions ({ndim}) for operand {number}" + ("" if dots else " and no ellipsis was given")
        )
    return [*before, *range(-unnamed, 0), *after]


def diagonals(x: Tensor, names: Labels, number: int) -> Tensor:
    """x with one dimension for each name: of two of the same name, the elements at which both places are the same."""
    names = list(names)
    while len(set(names)) < len(names):
        name = next(name for name in names if names.count(name) > 1)
        first = names.index(name)
        second = names.index(name, first + 1)
        n = x.shape[first]
        if x.shape[second] != n:
            raise RuntimeError(
                f"einsum(): subscript {name} is repeated for operand {number} but the sizes don't match, "
                f"{x.shape[second]} != {n}"
            )
        rest = [d for d in range(x.ndim) if d not in (first, second)]
        square = x.permute([*rest, first, second])
        line = square.reshape([*square.shape[:-2], n * n])[..., :: n + 1]
        x = line.permute([*range(first), len(rest), *range(first, len(rest))])
        del names[second]
    return x


def broadcast(tensors: list[Tensor], labels: list[Labels]) -> list[Tensor]:
    """The tensors, with dimensions of size 1 repeated to the size that the same name has elsewhere"""
    sizes: dict[Any, int] = {}
    for i, (x, names) in enumerate(zip(tensors, labels)):
        for n, name in zip(x.shape, names):
            if n != 1 and sizes.get(name, 1) not in (1, n):
                raise RuntimeError(
                    f"einsum(): subscript {name} has size {n} for operand {i} which does not broadcast with previously "
                    f"seen size {sizes[name]}"
                )
            sizes[name] = n if n != 1 else sizes.get(name, 1)
    wanted = [tuple(sizes[name] for name in names) for names in labels]
    return [x if x.shape == shape else x.expand(shape) for x, shape in zip(tensors, wanted)]


def without(x: Tensor, names: Labels, needed: set[Any]) -> tuple[Tensor, Labels]:
    """x summed over the dimensions that are not needed, and the names of the others"""
    gone = tuple(d for d, name in enumerate(names) if name not in needed)
    return (x.sum(gone) if gone else x), [name for name in names if name in needed]


def contracted(x: Tensor, x_names: Labels, y: Tensor, y_names: Labels, needed: set[Any]) -> tuple[Tensor, Labels]:
    """The product of two tensors, summed over all names that are not needed any more, and the names that are left"""
    x, x_names = without(x, x_names, needed | set(y_names))
    y, y_names = without(y, y_names, needed | set(x_names))
    sizes = {**dict(zip(x_names, x.shape)), **dict(zip(y_names, y.shape))}
    both = [name for name in x_names if name in y_names and name in needed]
    summed = [name for name in x_names if name in y_names and name not in needed]
    left = [name for name in x_names if name not in y_names]
    right = [name for name in y_names if name not in x_names]
    names = [*both, *left, *right]
    batch, rows, inner, columns = (tuple(sizes[name] for name in group) for group in (both, left, summed, right))
    x = x.permute([x_names.index(name) for name in (*both, *left, *summed)])
    y = y.permute([y_names.index(name) for name in (*both, *summed, *right)])
    if not summed:
        return x.reshape((*batch, *rows, *[1] * len(right))) * y.reshape((*batch, *[1] * len(left), *columns)), names
    stack = (math.prod(batch),) if both else ()
    x = x.reshape((*stack, math.prod(rows), math.prod(inner)))
    y = y.reshape((*stack, math.prod(inner), math.prod(columns)))
    return matmul(x, y).reshape((*batch, *rows, *columns)), names


def tensordot(a: Tensor, b: Tensor, dims: Any = 2) -> Tensor:
    """Products summed over some dimensions of a and as many of b: the last `dims` and the first, or two lists of them.

    RuntimeError where their sizes differ.
    """
    check_tensors("tensordot", a, b)
    if isinstance(dims, int):
        if not 0 <= dims <= min(a.ndim, b.ndim):
            raise RuntimeError(f"tensordot expects dims >= 0 and at most {min(a.ndim, b.ndim)}, but got dims={dims}")
        dims = (range(a.ndim - dims, a.ndim), range(dims))
    places = list(zip(dims[0], dims[1], strict=True))
    names = [a.ndim + d for d in range(b.ndim)]
    for i, j in places:
        if a.shape[i] != b.shape[j]:
            raise RuntimeError(
                f"contracted dimensions need to match, but first has size {a.shape[i]} in dim {i} and second has size "
                f"{b.shape[j]} in dim {j}"
            )
        names[j] = i % a.ndim
    first = list(range(a.ndim))
    summed = {i % a.ndim for i, _ in places}
    return contracted(a, first, b, names, {name for name in [*first, *names] if name not in summed})[0]
