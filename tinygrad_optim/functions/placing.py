"""Putting values in: at an index, at positions along a dimension, under a mask. Each is the method without _ of
a new tensor, and with _ of this one."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import engine
from ..dtypes import stored
from ..engine import apply, new_tensor
from ..in_place import apply_in_place, check_memory, stamp
from ..ops import arithmetic, elementwise, indexing
from ..shapes import as_dim, as_index, ints_apart
from ..views import is_recorded
from .picking import check_is_index, check_is_tensor, check_mask, check_positions, check_range, index_error
from .shape import flatten, reshape

__all__ = [
    "index_add",
    "index_copy",
    "index_fill",
    "index_put",
    "masked_fill",
    "masked_scatter",
    "scatter",
    "scatter_add",
]

Tensor = Any  # tensor.py is built on these files
WHOLE = (Ellipsis,)


def setitem(input: Tensor, index: Any, values: Any) -> None:
    """input[index] = values, a number or a tensor that broadcasts. RuntimeError if it does not; nothing is written."""
    parts = as_index(index)
    first, then = ints_apart(parts) or (WHOLE, parts)
    values = checked_values(input, values, not indexing.is_basic(then))
    try:
        check_memory(input)
        if is_recorded(input, (values,)):
            apply_in_place(indexing.SETITEM, input, input, first, then, values)
        else:
            input.array[first][then] = values.array
            stamp(input)
    except IndexError as error:
        raise index_error(error, input.array) from None
    except ValueError:
        raise RuntimeError(
            f"shape mismatch: values of shape {values.shape} cannot be broadcast to what the index picks, of shape "
            f"{input.array[first][then].shape}"
        ) from None


def checked_values(input: Tensor, values: Any, same_type: bool) -> Tensor:
    """What is to be written as a tensor, without the 1s that its shape begins with. TypeError for a list."""
    if isinstance(values, engine.Tensor):
        if same_type and values.dtype != input.dtype and values.ndim:
            raise RuntimeError(
                f"a write at tensors or lists of positions requires the source and destination dtypes match, and a "
                f"{values.dtype} tensor is to go into one of {input.dtype}: use .to({input.dtype}) first"
            )
        skipped = next((i for i, n in enumerate(values.shape) if n != 1), values.ndim)
        values = reshape(values, values.shape[skipped:]) if skipped else values
        return values.to(input.dtype)
    if not isinstance(values, int | float | np.generic):
        raise TypeError(
            f"can't assign a {type(values).__name__} to a tensor of {input.dtype}: make it one with tensor(...)"
        )
    return new_tensor(stored(input.dtype, values))


def placed(input: Tensor, in_place: bool, index: Any, values: Any) -> Tensor:
    """input with values at an index: a new tensor, or itself"""
    run = apply_in_place if in_place else apply
    target = (input,) if in_place else ()
    return run(indexing.SETITEM, *target, input, WHOLE, index, checked_values(input, values, False))


def added(input: Tensor, in_place: bool, index: Any, values: Tensor, alpha: Any = 1) -> Tensor:
    """input with values added at an index (more than once, where it names an element more than once)"""
    spread = apply(indexing.SCATTER, values, index, input.shape)
    spread = spread if alpha == 1 else spread * alpha
    return apply_in_place(arithmetic.ADD, input, input, spread) if in_place else apply(arithmetic.ADD, input, spread)


def scatter(input: Tensor, dim: int, index: Tensor, src: Any = None, *, value: Any = None) -> Tensor:
    """input with src (a tensor, or one number) written along dim at the positions in index: gather turned round"""
    return _scatter("scatter", input, dim, index, value if src is None else src, False)


def scatter_(input: Tensor, dim: int, index: Tensor, src: Any = None, *, value: Any = None) -> Tensor:
    """Write src (a tensor, or one number) along dim at the positions in index."""
    return _scatter("scatter_", input, dim, index, value if src is None else src, True)


def scatter_add(input: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor:
    """input with src added along dim at the positions in index; repeated positions add up"""
    return _scatter_add("scatter_add", input, dim, index, src, False)


def scatter_add_(input: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor:
    """Add src along dim at the positions in index; repeated positions add up."""
    return _scatter_add("scatter_add_", input, dim, index, src, True)


def _scatter(name: str, input: Tensor, dim: int, index: Tensor, src: Any, in_place: bool) -> Tensor:
    place, src = scatter_arguments(name, input, dim, index, src)
    return placed(input, in_place, indexing.along(place, index.array) if input.ndim else WHOLE, src)


def _scatter_add(name: str, input: Tensor, dim: int, index: Tensor, src: Tensor, in_place: bool) -> Tensor:
    check_is_tensor(name, "src", src)
    place, src = scatter_arguments(name, input, dim, index, src)
    return added(input, in_place, indexing.along(place, index.array) if input.ndim else WHOLE, src)


def scatter_arguments(name: str, input: Tensor, dim: int, index: Tensor, src: Any) -> tuple[int, Any]:
    """The dimension counted from the front, and of src the part that the index has a position for."""
    place = as_dim(dim, input.ndim)
    check_positions(name, index, input.shape, place) if input.ndim else check_range(name, index.array, 1, 0)
    if not isinstance(src, engine.Tensor):
        return place, src
    if src.dtype != input.dtype:
        raise RuntimeError(f"{name}(): Expected self.dtype to be equal to src.dtype: {input.dtype} and {src.dtype}")
    if src.ndim != index.ndim or any(n > m for n, m in zip(index.shape, src.shape)):
        raise RuntimeError(
            f"{name}(): the index of shape {index.shape} must have the dimensions of src and be no larger in any, but "
            f"src has shape {src.shape}"
        )
    return place, src[tuple(slice(n) for n in index.shape)] if src.shape != index.shape else src


def index_add(input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: Any = 1) -> Tensor:
    """input with alpha * (slices of source) added to its slices along dim at the positions in a vector"""
    return added(input, False, *slices("index_add", input, dim, index, source), alpha)


def index_add_(input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: Any = 1) -> Tensor:
    """Add alpha * (slices of source) to the slices along dim at the positions in a vector."""
    return added(input, True, *slices("index_add_", input, dim, index, source), alpha)


def index_copy(input: Tensor, dim: int, index: Tensor, source: Tensor) -> Tensor:
    """input with slices of source written along dim at the positions in a vector"""
    return placed(input, False, *slices("index_copy", input, dim, index, source))


def index_copy_(input: Tensor, dim: int, index: Tensor, source: Tensor) -> Tensor:
    """Write slices of source along dim at the positions in a vector."""
    return placed(input, True, *slices("index_copy_", input, dim, index, source))


def index_fill(input: Tensor, dim: int, index: Tensor, value: Any) -> Tensor:
    """input with its slices along dim at the positions in a vector filled with a number"""
    return placed(input, False, *slices("index_fill", input, dim, index, value))


def index_fill_(input: Tensor, dim: int, index: Tensor, value: Any) -> Tensor:
    """Fill the slices along dim at the positions in a vector with a number."""
    return placed(input, True, *slices("index_fill_", input, dim, index, value))


def slices(name: str, input: Tensor, dim: int, index: Tensor, source: Any) -> tuple[Any, Any]:
    """The index of the slices along dim at these positions, and what goes there, after a look at both."""
    check_is_index(name, index)
    place, positions = as_dim(dim, input.ndim), index.array.reshape(-1)
    fills, adds = name.startswith("index_fill"), name.startswith("index_add")
    size = input.shape[place] if input.ndim else 1
    check_range(name, positions, size, place, -size if fills else 0, RuntimeError if adds else IndexError)
    wanted = (*input.shape[:place], positions.size, *input.shape[place + 1 :]) if input.ndim else ()
    if not fills:
        check_is_tensor(name, "source", source)
        if source.shape != wanted:
            wrong = RuntimeError if adds else IndexError
            raise wrong(f"{name}(): source must have shape {wanted} for these positions, not {source.shape}")
        check_one_type(name, input, source)
    elif isinstance(source, engine.Tensor) and source.ndim:
        raise RuntimeError(f"{name}(): the value must be one number, not a tensor of shape {source.shape}")
    return ((slice(None),) * place + (positions,) if input.ndim else WHOLE), source


def check_one_type(name: str, input: Tensor, source: Tensor) -> None:
    """RuntimeError for a source of another type than that of the tensor it goes into"""
    if source.dtype != input.dtype:
        raise RuntimeError(f"{name}(): input and source must be of one type: {input.dtype} and {source.dtype}")


def index_put(input: Tensor, indices: Any, values: Tensor, accumulate: bool = False) -> Tensor:
    """input with values written (or, accumulate, added) at a tuple of tensors"""
    return index_put_(input.clone(), indices, values, accumulate)


def index_put_(input: Tensor, indices: Any, values: Tensor, accumulate: bool = False) -> Tensor:
    """Write values (or, accumulate, add them) at a tuple of tensors."""
    check_is_tensor("index_put_", "values", values)
    check_one_type("index_put_", input, values)
    index = as_index(tuple(indices))
    if not accumulate:
        setitem(input, index, values)
        return input
    try:
        picked = input.array[index].shape
    except IndexError as error:
        raise index_error(error, input.array) from None
    return added(input, True, index, checked_values(input, values, True).expand(picked))


def masked_fill(input: Tensor, mask: Tensor, value: Any) -> Tensor:
    """input, with value (a number, or a 0-d tensor) where the mask is True; input and mask broadcast"""
    return apply(elementwise.WHERE, mask, fill_value("masked_fill", input, mask, value), input)


def masked_fill_(input: Tensor, mask: Tensor, value: Any) -> Tensor:
    """Write value (a number, or a 0-d tensor) where the mask is True."""
    return apply_in_place(elementwise.WHERE, input, mask, fill_value("masked_fill_", input, mask, value), input)


def fill_value(name: str, input: Tensor, mask: Tensor, value: Any) -> Tensor:
    """The one value that is to stand under the mask, in the type of the others."""
    check_mask(name, mask)
    if isinstance(value, engine.Tensor) and value.ndim:
        raise RuntimeError(f"{name}(): the value must be one number, not a tensor of shape {value.shape}: use where()")
    if isinstance(value, engine.Tensor):
        stored(input.dtype, value.item())  # a look at whether it fits
    return checked_values(input, value, False)


def masked_scatter(input: Tensor, mask: Tensor, source: Tensor) -> Tensor:
    """input, with the elements of source, one after the other, where the mask is True"""
    shape = np.broadcast_shapes(input.shape, mask.shape)
    return placed(input.expand(shape), False, *scattered("masked_scatter", input, mask, shape, source))


def masked_scatter_(input: Tensor, mask: Tensor, source: Tensor) -> Tensor:
    """Write the elements of source, one after the other, where the mask is True."""
    return placed(input, True, *scattered("masked_scatter_", input, mask, input.shape, source))


def scattered(name: str, input: Tensor, mask: Tensor, shape: tuple[int, ...], source: Tensor) -> tuple[Any, Tensor]:
    """The mask as an index, and as many elements of source as it has places for."""
    check_mask(name, mask)
    check_is_tensor(name, "source", source)
    check_one_type(name, input, source)
    places = np.broadcast_to(mask.array, shape)
    count = int(places.sum())
    if count > source.numel():
        raise RuntimeError(f"{name}(): the mask has {count} places, and source of shape {source.shape} fewer elements")
    return (places,), flatten(source)[:count]
