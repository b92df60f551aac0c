"""Dropout as functions: elements, or whole channels, set to 0 at random while training.

Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from overfitting". Which are kept is
drawn in PyTorch's stream. `inplace` is taken for PyTorch's sake: the result is always a new tensor.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ...engine import new_tensor
from ...rng import default_generator
from ...tensor import Tensor
from .checks import check_tensors

__all__ = ["dropout", "dropout1d", "dropout2d"]


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """In training, each element 0 with probability p, and the others divided by 1 - p; otherwise input itself.

    ValueError for a p outside of 0 to 1, RuntimeError for integers.
    """
    check_dropout("dropout", input, p, training)
    if not training:
        return input
    axes = np.argsort([-abs(step) for step in input.array.strides], kind="stable")  # PyTorch draws in memory's order
    mask = kept(tuple(input.shape[axis] for axis in axes), p, input.dtype)
    return input * new_tensor(mask.transpose(np.argsort(axes)))


def dropout1d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """As dropout, but each channel of sequences (N, C, L) or (C, L) is kept or set to 0 as a whole."""
    check_dropout("dropout1d", input, p, training)
    if input.ndim not in (2, 3):
        raise RuntimeError(f"dropout1d: Expected 2D or 3D input, (C, L) or (N, C, L), but received {input.shape}")
    if not training:
        return input
    shape = (1, *input.shape[:1]) if input.ndim == 2 else input.shape[:2]
    return input * new_tensor(kept(shape, p, input.dtype).reshape(*input.shape[:-1], 1))


def dropout2d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """As dropout, but each channel of images (N, C, H, W) is kept or set to 0 as a whole."""
    check_dropout("dropout2d", input, p, training)
    if input.ndim not in (3, 4):
        warnings.warn(
            f"dropout2d: Received a {input.ndim}-D input, which is deprecated: images have the shape (N, C, H, W)",
            stacklevel=2,
        )
    if input.ndim < 2:
        raise RuntimeError(f"dropout2d: feature dropout requires at least 2 dimensions, but got shape {input.shape}")
    if not training:
        return input
    return input * new_tensor(kept(input.shape[:2], p, input.dtype).reshape(*input.shape[:2], *[1] * (input.ndim - 2)))


def check_probability(p: Any) -> None:
    """ValueError for what is no probability."""
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


def check_dropout(name: str, input: Any, p: Any, training: bool) -> None:
    """TypeError for no Tensor, ValueError for no probability, RuntimeError for integers that would be divided."""
    check_probability(p)
    check_tensors(name, input=input)
    if training and input.dtype.kind != "f":
        raise RuntimeError(f"{name} divides by 1 - p, and this input holds {input.dtype}: convert it with .float()")


def kept(shape: tuple[int, ...], p: float, dtype: np.dtype[Any]) -> Any:
    """1 / (1 - p) where something is kept, else 0. Where nothing is left to chance, nothing is drawn."""
    if p in (0.0, 1.0):
        return np.full(shape, 1 - p, dtype)
    return default_generator.chances(shape, 1 - p).astype(dtype) / dtype.type(1 - p)
