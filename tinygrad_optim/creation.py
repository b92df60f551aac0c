"""Making tensors: from numbers, from arrays, filled, or at random."""

from __future__ import annotations

from typing import Any

import numpy as np

from .dtypes import as_dtype, get_default_dtype, int64
from .engine import new_tensor
from .rng import Generator, rand_array
from .shapes import as_shape
from .tensor import Tensor

__all__ = [
    "arange",
    "as_tensor",
    "from_numpy",
    "full",
    "ones",
    "ones_like",
    "rand",
    "tensor",
    "zeros",
    "zeros_like",
]


def tensor(data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """A new tensor with a copy of the data: numbers, nested lists of them, or an array.

    Python floats become float32 (the default type), ints int64; an array keeps its type.
    TypeError for text, RuntimeError for what else holds no numbers, ValueError for lists of unequal lengths.
    """
    return _finish(np.array(_as_array(data, dtype)), requires_grad)


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """The data as a tensor: itself if it is one, sharing memory if it is an array, a copy otherwise."""
    if isinstance(data, Tensor):
        return data.to(dtype)
    return new_tensor(_as_array(data, dtype))


def from_numpy(array: np.ndarray[Any, Any]) -> Tensor:
    """A tensor that shares the array's memory. TypeError for anything but a numpy array of numbers."""
    if not isinstance(array, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(array).__name__})")
    as_dtype(array.dtype)
    return new_tensor(array)


def _as_array(data: Any, dtype: Any) -> np.ndarray[Any, Any]:
    """Data as an array of the wanted or of the natural type."""
    if isinstance(data, Tensor):
        data = data.array
    elif isinstance(data, list | tuple):
        data = _without_tensors(data)
    try:
        array = np.asarray(data)
    except ValueError as error:
        raise ValueError(f"expected nested lists of equal lengths: {error}") from None
    if array.dtype.kind not in "fiub":
        wrong = TypeError if array.dtype.kind in "US" else RuntimeError  # as PyTorch has it
        raise wrong(f"could not infer a dtype: a tensor is made of numbers, not of {type(data).__name__}: {data!r:.80}")
    if dtype is None and array.dtype.kind == "f" and not isinstance(data, np.ndarray | np.generic):
        dtype = get_default_dtype()
    return array if dtype is None else array.astype(as_dtype(dtype), copy=False)


def _without_tensors(data: Any) -> Any:
    """Nested lists with each tensor in them replaced by its numbers."""
    if isinstance(data, Tensor):
        return data.tolist()
    return [_without_tensors(part) for part in data] if isinstance(data, list | tuple) else data


def _finish(array: Any, requires_grad: bool) -> Tensor:
    out = new_tensor(array)
    out.requires_grad = requires_grad
    return out


def zeros(*size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """A tensor of zeros"""
    return full(as_shape(size), 0.0, dtype=dtype or get_default_dtype(), requires_grad=requires_grad)


def ones(*size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """A tensor of ones"""
    return full(as_shape(size), 1.0, dtype=dtype or get_default_dtype(), requires_grad=requires_grad)


def full(size: Any, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """A tensor of this size, each element the fill_value"""
    if not isinstance(fill_value, int | float | np.generic):
        raise TypeError(f"full(): fill_value must be a number, not {type(fill_value).__name__}: {fill_value!r:.80}")
    shape = as_shape((size,))
    if any(n < 0 for n in shape):
        raise RuntimeError(f"a tensor cannot have a negative size, and this one was to have shape {shape}")
    return _finish(np.full(shape, fill_value, _as_array(fill_value, dtype).dtype), requires_grad)


def zeros_like(input: Tensor, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Zeros of the same shape and type"""
    return zeros(input.shape, dtype=dtype or input.dtype, requires_grad=requires_grad)


def ones_like(input: Tensor, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Ones of the same shape and type"""
    return ones(input.shape, dtype=dtype or input.dtype, requires_grad=requires_grad)


def arange(start: Any, end: Any = None, step: Any = 1, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """start, start + step, ... up to, not including, end; `arange(n)` counts from 0"""
    bounds = (0, start, step) if end is None else (start, end, step)
    if step == 0 or (bounds[1] - bounds[0]) * step < 0:
        raise RuntimeError(f"arange{bounds}: end must lie in the direction of a step that is not 0")
    whole = all(isinstance(b, int) for b in bounds)
    return _finish(
        np.arange(*bounds).astype(as_dtype(dtype or (int64 if whole else get_default_dtype()))), requires_grad
    )


def rand(*size: Any, generator: Generator | None = None, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Uniform random numbers from [0, 1), in PyTorch's stream"""
    wanted = None if dtype is None else as_dtype(dtype)
    if wanted is not None and wanted.kind != "f":
        raise NotImplementedError(f"rand() is not implemented for {wanted}: numbers from [0, 1) need a floating type")
    return _finish(rand_array(as_shape(size), wanted, generator), requires_grad)
