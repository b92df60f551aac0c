"""Tensors of evenly spaced numbers, and the identity matrix."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..dtypes import as_dtype, get_default_dtype, int64
from ..tensor import Tensor
from .from_data import finished

__all__ = [
    "arange",
    "eye",
    "linspace",
    "logspace",
]


def arange(
    start: Any = None, end: Any = None, step: Any = 1, *, dtype: Any = None, device: Any = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """start, start + step, ... up to, not including, end; `arange(n)` counts from 0"""
    if start is None and end is None:
        raise TypeError("arange() needs an end: arange(5) counts from 0 to 4")
    given = (0, start) if end is None else (0 if start is None else start, end)
    bounds = [number("arange", name, b) for name, b in zip(("start", "end", "step"), (*given, step))]
    first, last, by = bounds
    if by == 0 or (last - first) * by < 0 or not math.isfinite(last - first):
        raise RuntimeError(f"arange{tuple(bounds)}: end must lie in the direction of a step that is not 0")
    wanted = as_dtype(dtype or (int64 if all(isinstance(b, int) for b in bounds) else get_default_dtype()))
    return finished(np.arange(first, last, by).astype(wanted), device, requires_grad)


def linspace(
    start: Any, end: Any, steps: int, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """As many numbers as steps, evenly spaced from start to end, both included"""
    wanted = as_dtype(dtype or get_default_dtype())
    return finished(spaced("linspace", start, end, steps, wanted), device, requires_grad)


def logspace(
    start: Any, end: Any, steps: int, base: float = 10.0, *, dtype: Any = None, device: Any = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """base to the power of evenly spaced numbers from start to end"""
    wanted = as_dtype(dtype or get_default_dtype())
    powers = spaced("logspace", start, end, steps, np.dtype(np.float64))
    return finished((base**powers).astype(wanted), device, requires_grad)


def eye(n: int, m: int | None = None, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """The identity matrix of n rows (and m columns): ones on the diagonal, zeros elsewhere"""
    for name, size in (("n", n), ("m", n if m is None else m)):
        if isinstance(size, bool) or not hasattr(size, "__index__"):
            raise TypeError(f"eye(): argument '{name}' must be int, not {type(size).__name__}")
        if size < 0:
            raise RuntimeError(f"eye(): {name} must be greater or equal to 0, got {size}")
    return finished(np.eye(n, m, dtype=as_dtype(dtype or get_default_dtype())), device, requires_grad)


def spaced(name: str, start: Any, end: Any, steps: Any, dtype: np.dtype[Any]) -> np.ndarray[Any, Any]:
    """Evenly spaced numbers, counted from both ends so that both are met exactly, as PyTorch does."""
    first, last = number(name, "start", start), number(name, "end", end)
    if isinstance(steps, bool) or not hasattr(steps, "__index__"):
        raise TypeError(f"{name}(): argument 'steps' must be int, not {type(steps).__name__}")
    if steps < 0:
        raise RuntimeError(f"{name}(): number of steps must be non-negative, and not {steps}")
    if steps == 1:
        return np.array([first]).astype(dtype)
    exact = dtype.type if dtype.kind == "f" and dtype.itemsize > 2 else np.float32
    first, last = exact(first), exact(last)
    step, places = (last - first) / exact(max(steps - 1, 1)), np.arange(steps)
    from_start = first + step * places.astype(exact)
    from_end = last - step * (steps - 1 - places).astype(exact)
    return np.where(places < steps // 2, from_start, from_end).astype(dtype)


def number(function: str, argument: str, value: Any) -> Any:
    """A Python number from one, or from a tensor or array of one element. TypeError for anything else."""
    if (isinstance(value, Tensor | np.ndarray | np.generic) and value.size == 1) or isinstance(value, Tensor):
        value = value.item()
    if not isinstance(value, int | float):
        raise TypeError(f"{function}(): argument '{argument}' must be Number, not {type(value).__name__}")
    return value
