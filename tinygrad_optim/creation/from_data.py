"""Tensors from data: numbers, lists of them, arrays and other tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..devices import check_device
from ..dtypes import as_dtype, check_stored, get_default_dtype
from ..engine import new_tensor
from ..tensor import Tensor
from ..tensor_conversion import tell_of_cut

__all__ = [
    "as_tensor",
    "asarray",
    "from_numpy",
    "scalar_tensor",
    "tensor",
]


def tensor(data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """A new tensor with a copy of the data: numbers, nested lists of them, or an array.

    Python floats become float32 (the default type), ints int64; an array keeps its type.
    TypeError for text, RuntimeError for what else holds no numbers, ValueError for lists of unequal lengths.
    """
    if isinstance(data, Tensor) and data.needs_grad:
        tell_of_cut(data, "tensor()")
    return finished(np.array(as_array(data, dtype)), device, requires_grad)


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """The data as a tensor: itself if it is one, sharing memory if it is an array, a copy otherwise."""
    check_device(device)
    if isinstance(data, Tensor):
        return data.to(dtype)
    return new_tensor(as_array(data, dtype))


def asarray(
    obj: Any, *, dtype: Any = None, device: Any = None, copy: bool | None = None, requires_grad: bool = False
) -> Tensor:
    """As as_tensor; copy=True always copies, copy=False never does (ValueError if it cannot be avoided)."""
    out = as_tensor(obj, dtype, device)
    shared = out is obj or (isinstance(obj, np.ndarray) and np.may_share_memory(out.array, obj))
    if copy is False and not shared:
        raise ValueError(f"asarray(): no tensor of {dtype or 'numbers'} can share the memory of {type(obj).__name__}")
    out = out.clone() if copy and shared else out
    if requires_grad or isinstance(obj, Tensor):
        out = out if out is not obj or requires_grad else out.detach()
        out.requires_grad = requires_grad
    return out


def scalar_tensor(s: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """A number as a 0-d tensor of the default type"""
    return tensor(s, dtype=dtype or get_default_dtype(), device=device, requires_grad=requires_grad)


def from_numpy(ndarray: np.ndarray[Any, Any]) -> Tensor:
    """A tensor that shares the array's memory. TypeError for anything but a numpy array of numbers."""
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(ndarray).__name__})")
    as_dtype(ndarray.dtype)
    check_memory(ndarray)
    return new_tensor(ndarray)


def as_array(data: Any, dtype: Any) -> np.ndarray[Any, Any]:
    """Data as an array of the wanted or of the natural type."""
    types: set[np.dtype[Any]] = set()
    data = without_tensors(data, types) if isinstance(data, list | tuple) else getattr(data, "array", data)
    try:
        array = np.asarray(data)
    except ValueError as error:
        raise ValueError(f"expected nested lists of equal lengths: {error}") from None
    if array.dtype.kind not in "fiub":
        wrong = TypeError if array.dtype.kind in "US" else RuntimeError  # as PyTorch has it
        raise wrong(f"could not infer a dtype: a tensor is made of numbers, not of {type(data).__name__}: {data!r:.80}")
    if array is data:
        check_memory(array)
    elif dtype is None and array.dtype.kind == "f" and not isinstance(data, np.generic):
        dtype = np.result_type(*types) if types else get_default_dtype()
    if dtype is None:
        return array
    if data is not array and array.size and array.dtype.kind != "b":
        check_stored(as_dtype(dtype), array.min().item(), array.max().item(), array.dtype.kind != "f")
    return array.astype(as_dtype(dtype), copy=False)


def without_tensors(data: Any, types: set[np.dtype[Any]]) -> Any:
    """Nested lists with each tensor in them replaced by its number; the types of the floats found go into `types`."""
    if isinstance(data, list | tuple):
        kinds = set(map(type, data))
        if not kinds <= {int, float, bool}:
            return [without_tensors(part, types) for part in data]
        if float in kinds:
            types.add(get_default_dtype())
        return data
    found = getattr(data, "dtype", None) or (get_default_dtype() if isinstance(data, float) else None)
    if found is not None and found.kind == "f":
        types.add(found)
    if isinstance(data, Tensor):
        if data.numel() != 1:
            raise ValueError(
                f"only one element tensors can stand in a list of numbers, and this one has shape {data.shape}: join "
                "tensors with stack() or cat()"
            )
        return data.item()
    return data


def check_memory(array: np.ndarray[Any, Any]) -> None:
    """ValueError for an array whose memory PyTorch cannot use: of another byte order, or walked backwards."""
    if not array.dtype.isnative:
        raise ValueError(
            f"an array of another byte order ({array.dtype}): use array.astype({array.dtype.type.__name__!r})"
        )
    if any(step < 0 for step in array.strides):
        raise ValueError(f"an array with negative strides ({array.strides}): use array.copy()")


def finished(array: Any, device: Any, requires_grad: bool) -> Tensor:
    """A new array as a tensor, after a look at where it is wanted."""
    check_device(device)
    out = new_tensor(array)
    out.requires_grad = requires_grad
    return out
