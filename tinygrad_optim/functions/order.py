"""The same elements in another order: dimensions swapped, turned round, rolled."""

from __future__ import annotations

from typing import Any

from ..engine import apply
from ..ops import shape
from ..shapes import as_dim, as_shape
from .shape import clone, flatten, reshape

__all__ = [
    "flip",
    "fliplr",
    "flipud",
    "moveaxis",
    "movedim",
    "permute",
    "roll",
    "rot90",
    "swapaxes",
    "swapdims",
    "t",
    "transpose",
]

Tensor = Any  # tensor.py is built on these files


def transpose(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """A view with two dimensions swapped"""
    places = as_dim(dim0, input.ndim), as_dim(dim1, input.ndim)
    return apply(shape.TRANSPOSE, input, *places) if input.ndim else permute(input, ())


def t(input: Tensor) -> Tensor:
    """The transpose of a matrix; a vector or number as it is. RuntimeError for more dimensions."""
    if input.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {input.ndim}D: use transpose()")
    return transpose(input, 0, 1) if input.ndim == 2 else input


def permute(input: Tensor, *dims: Any) -> Tensor:
    """A view with the dimensions in another order"""
    order = as_shape(dims)
    if len(order) != input.ndim:
        raise RuntimeError(f"permute(): dims {order} must name each of the {input.ndim} dimensions once")
    places = tuple([as_dim(d, input.ndim) for d in order])
    if sorted(places) != list(range(input.ndim)):
        raise RuntimeError(f"permute(): dims {order} must name each of the {input.ndim} dimensions once")
    return apply(shape.PERMUTE, input, places)


def swapaxes(input: Tensor, axis0: int, axis1: int) -> Tensor:
    """As transpose"""
    return transpose(input, axis0, axis1)


def swapdims(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """As transpose"""
    return transpose(input, dim0, dim1)


def matrix_transpose(input: Tensor) -> Tensor:
    """The last two dimensions swapped: `x.mT`. RuntimeError for fewer."""
    if input.ndim < 2:
        raise RuntimeError(f"mT needs at least 2 dimensions, and this tensor has shape {input.shape}")
    return transpose(input, -2, -1)


def reversed_dims(input: Tensor) -> Tensor:
    """All dimensions in the opposite order: `x.T`"""
    return permute(input, tuple(range(input.ndim))[::-1])


def movedim(input: Tensor, source: Any, destination: Any) -> Tensor:
    """A view in which these dimensions stand at those places, the others in their order"""
    if isinstance(source, int) != isinstance(destination, int):
        raise TypeError(f"movedim(): source {source} and destination {destination} must be both ints or both tuples")
    froms, tos = [
        [as_dim(d, input.ndim) for d in ((dims,) if isinstance(dims, int) else dims)] for dims in (source, destination)
    ]
    if len(froms) != len(tos) or len(set(froms)) < len(froms) or len(set(tos)) < len(tos):
        raise RuntimeError(f"movedim(): source {source} and destination {destination} must pair each dimension once")
    rest = iter([d for d in range(input.ndim) if d not in froms])
    placed = dict(zip(tos, froms))
    return permute(input, tuple(placed[d] if d in placed else next(rest) for d in range(input.ndim)))


def moveaxis(input: Tensor, source: Any, destination: Any) -> Tensor:
    """As movedim"""
    return movedim(input, source, destination)


def flip(input: Tensor, *along: Any, dims: Any = None) -> Tensor:
    """A copy with the order of the elements turned round along these dimensions: flip(0, 1) or flip(dims=(0, 1))"""
    if bool(along) == (dims is not None):
        raise TypeError("flip() needs dims once: along which dimensions should the order be turned round?")
    return apply(shape.FLIP, input, distinct("flip", as_shape(along or (dims,)), input.ndim))


def fliplr(input: Tensor) -> Tensor:
    """The columns turned round: flip(1)"""
    if input.ndim < 2:
        raise RuntimeError(f"fliplr(): the input must have at least 2 dimensions, not shape {input.shape}")
    return flip(input, 1)


def flipud(input: Tensor) -> Tensor:
    """The rows turned round: flip(0)"""
    if input.ndim < 1:
        raise RuntimeError("flipud(): the input must have at least 1 dimension, and it is one number")
    return flip(input, 0)


def rot90(input: Tensor, k: int = 1, dims: Any = (0, 1)) -> Tensor:
    """A copy turned k times by a right angle, from the first of two dimensions towards the second"""
    if len(dims) != 2 or input.ndim < 2:
        raise RuntimeError(f"rot90() turns between 2 dimensions: dims={tuple(dims)}, input of shape {input.shape}")
    first, second = distinct("rot90", dims, input.ndim)
    turned = [input, flip(transpose(input, first, second), first), flip(input, (first, second))]
    turned.append(flip(transpose(input, first, second), second))
    return clone(turned[k % 4]) if k % 4 == 0 else turned[k % 4]


def roll(input: Tensor, shifts: Any, dims: Any = ()) -> Tensor:
    """A copy with the elements moved on along these dimensions, the last ones coming back in front"""
    moves = (shifts,) if isinstance(shifts, int) else tuple(shifts)
    places = (dims,) if isinstance(dims, int) else tuple(dims)
    if not places and len(moves) == 1:
        return reshape(roll(flatten(input), moves, (0,)), input.shape)
    if len(moves) != len(places):
        raise RuntimeError(f"roll(): shifts and dimensions must align: shifts={shifts}, dims={dims}")
    return apply(shape.ROLL, input, moves, tuple([as_dim(d, input.ndim) for d in places]))


def distinct(name: str, dims: Any, ndim: int) -> tuple[int, ...]:
    """Dimensions counted from the front. RuntimeError if one is named twice."""
    places = tuple([as_dim(d, ndim) for d in dims])
    if len(set(places)) < len(places):
        raise RuntimeError(f"{name}(): a dimension appears multiple times in dims={tuple(dims)}")
    return places
