"""Tensors filled with one number, or with whatever lies there."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..dtypes import as_dtype, get_default_dtype
from ..shapes import new_shape
from ..tensor import Tensor
from .from_data import as_array, finished

__all__ = [
    "empty",
    "empty_like",
    "full",
    "full_like",
    "ones",
    "ones_like",
    "zeros",
    "zeros_like",
]


def zeros(*sizes: Any, size: Any = None, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """A tensor of zeros: zeros(2, 3), zeros((2, 3)) or zeros(size=(2, 3))"""
    shape = new_shape("zeros", sizes, size)
    return finished(np.zeros(shape, as_dtype(dtype or get_default_dtype())), device, requires_grad)


def ones(*sizes: Any, size: Any = None, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """A tensor of ones"""
    shape = new_shape("ones", sizes, size)
    return finished(np.ones(shape, as_dtype(dtype or get_default_dtype())), device, requires_grad)


def empty(*sizes: Any, size: Any = None, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """A tensor of whatever numbers lie in its memory: to be written before it is read"""
    shape = new_shape("empty", sizes, size)
    return finished(np.empty(shape, as_dtype(dtype or get_default_dtype())), device, requires_grad)


def full(size: Any, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """A tensor of this size, each element the fill_value"""
    if isinstance(fill_value, Tensor):
        fill_value = fill_value.item()
    if not isinstance(fill_value, int | float | np.generic):
        raise TypeError(f"full(): fill_value must be a number, not {type(fill_value).__name__}: {fill_value!r:.80}")
    if not isinstance(size, tuple | list):
        raise TypeError(f"full(): argument 'size' must be tuple of ints, not {type(size).__name__}: {size!r:.80}")
    shape = new_shape("full", (), size)
    return finished(np.full(shape, as_array(fill_value, dtype)), device, requires_grad)


def zeros_like(input: Tensor, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """Zeros of the same shape and type"""
    return full_like(input, 0, dtype=dtype, device=device, requires_grad=requires_grad, name="zeros_like")


def ones_like(input: Tensor, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """Ones of the same shape and type"""
    return full_like(input, 1, dtype=dtype, device=device, requires_grad=requires_grad, name="ones_like")


def empty_like(input: Tensor, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """A tensor of the same shape and type, of whatever numbers lie in its memory"""
    like(input, "empty_like")
    return empty(input.shape, dtype=dtype or input.dtype, device=device, requires_grad=requires_grad)


def full_like(
    input: Tensor, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False,
    name: str = "full_like",
) -> Tensor:  # fmt: skip
    """A tensor of the same shape and type, each element the fill_value"""
    like(input, name)
    return full(input.shape, fill_value, dtype=dtype or input.dtype, device=device, requires_grad=requires_grad)


def like(input: Any, name: str) -> None:
    """TypeError for what is no tensor, and so has no shape and type to be like."""
    if not isinstance(input, Tensor):
        raise TypeError(f"{name}(): argument 'input' must be Tensor, not {type(input).__name__}: use tensor(...)")
