"""The largest and the smallest elements: of all, along dimensions, and where they stand."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import engine, return_types
from ..engine import apply, new_tensor
from ..ops import indexing, reduce
from ..shapes import as_dim, as_dims
from ..tensor_conversion import tell_of_cut
from .arguments import check_tensor
from .arithmetic import maximum, minimum

__all__ = [
    "amax",
    "amin",
    "aminmax",
    "argmax",
    "argmin",
    "max",
    "median",
    "min",
]

Tensor = Any  # tensor.py is built on these files


def amax(input: Tensor, dim: Any = (), keepdim: bool = False) -> Tensor:
    """The maximum over dim; where elements tie they share the gradient. IndexError if there are none."""
    return apply(reduce.AMAX, input, dims_with_elements("amax", input, dim), bool(keepdim))


def amin(input: Tensor, dim: Any = (), keepdim: bool = False) -> Tensor:
    """The minimum over dim; where elements tie they share the gradient. IndexError if there are none."""
    return apply(reduce.AMIN, input, dims_with_elements("amin", input, dim), bool(keepdim))


def dims_with_elements(function: str, input: Tensor, dim: Any) -> Any:
    """The dims, checked: of no elements none is the largest. RuntimeError of all, IndexError along a dim."""
    check_tensor(function, input)
    dims = as_dims(dim, input.ndim)
    if 0 in (input.shape if dims is None else np.take(input.shape, dims).reshape(-1)):
        kind = RuntimeError if dims is None and not function.startswith("arg") else IndexError
        wanted = "median" if function == "median" else "minimum" if "min" in function else "maximum"
        raise kind(
            f"{function}(): there is no {wanted} of no elements (shape {input.shape}, dim={dims}): "
            "Expected reduction dim to have non-zero size"
        )
    return dims


def aminmax(input: Tensor, *, dim: int | None = None, keepdim: bool = False) -> Any:
    """(min, max) over dim, or of all; where elements tie they share the gradient. RuntimeError if there are none."""
    check_tensor("aminmax", input)
    dims = () if dim is None else as_dim(dim, input.ndim)
    if not input.array.size:
        raise RuntimeError(f"aminmax(): no elements (shape {input.shape}) have no smallest and no largest one")
    return return_types.aminmax(amin(input, dims, keepdim), amax(input, dims, keepdim))


def argmax(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """The position of the first maximum along dim, or in the flattened tensor. RuntimeError for bools."""
    place = place_of_extreme("argmax", input, dim)
    if input.needs_grad:
        tell_of_cut(input, "argmax()")
    return new_tensor(input.array.argmax(axis=place, keepdims=bool(keepdim)))


def argmin(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """The position of the first minimum along dim, or in the flattened tensor. RuntimeError for bools."""
    place = place_of_extreme("argmin", input, dim)
    if input.needs_grad:
        tell_of_cut(input, "argmin()")
    return new_tensor(input.array.argmin(axis=place, keepdims=bool(keepdim)))


def place_of_extreme(function: str, input: Tensor, dim: int | None) -> int | None:
    check_tensor(function, input)
    if input.dtype.kind == "b":
        raise RuntimeError(f"{function}(): does not support bool input: use .long() first")
    place: int | None = dims_with_elements(function, input, None if dim is None else as_dim(dim, input.ndim))
    return place


def max(input: Tensor, dim: Any = None, keepdim: bool = False) -> Any:
    """The maximum of all; along a dim, (values, indices); with another tensor, the larger of each pair.

    Of all, elements that tie share the gradient; along a dim the first of them gets it.
    """
    if dim is None and not keepdim:
        return apply(reduce.AMAX, input, dims_with_elements("max", input, None), False)
    if isinstance(dim, engine.Tensor) and not keepdim:
        return maximum(input, dim)
    place = dims_with_elements("max", input, one_dim("max", input, dim))
    return return_types.max(*picked(input, input.array.argmax(axis=place, keepdims=True), place, keepdim))


def min(input: Tensor, dim: Any = None, keepdim: bool = False) -> Any:
    """The minimum of all; along a dim, (values, indices); with another tensor, the smaller of each pair.

    Of all, elements that tie share the gradient; along a dim the first of them gets it.
    """
    if dim is None and not keepdim:
        return apply(reduce.AMIN, input, dims_with_elements("min", input, None), False)
    if isinstance(dim, engine.Tensor) and not keepdim:
        return minimum(input, dim)
    place = dims_with_elements("min", input, one_dim("min", input, dim))
    return return_types.min(*picked(input, input.array.argmin(axis=place, keepdims=True), place, keepdim))


def median(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
    """The middle element in order, of an even number the lower one; along a dim, (values, indices). nan if one is.

    Of all, elements that tie share the gradient. NotImplementedError for bools.
    """
    check_tensor("median", input)
    if input.dtype.kind == "b":
        raise NotImplementedError("median is not implemented for 'Bool': use .long() first")
    if dim is None:
        return apply(reduce.MEDIAN, input)
    place = dims_with_elements("median", input, one_dim("median", input, dim))
    positions = None if place is None else reduce.median_positions(input.array, place)
    return return_types.median(*picked(input, positions, place, keepdim))


def one_dim(function: str, input: Tensor, dim: Any) -> int:
    """The dim, from the front. TypeError for None and for several."""
    check_tensor(function, input)
    if dim is None:
        raise TypeError(f"{function}() with keepdim needs a dim: which one should be kept?")
    return as_dim(dim, input.ndim)


def picked(input: Tensor, positions: Any, place: int | None, keepdim: bool) -> tuple[Tensor, Tensor]:
    """The elements at these positions along a dimension (kept), and the positions; of a 0-d tensor, itself and 0."""
    if place is None:
        return input.clone(), new_tensor(np.zeros((), np.int64))
    values, indices = apply(indexing.GATHER, input, place, positions), new_tensor(positions)
    return (values, indices) if keepdim else (values.squeeze(place), indices.squeeze(place))
