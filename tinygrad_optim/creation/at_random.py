"""Tensors of random numbers, in PyTorch's stream."""

from __future__ import annotations

from typing import Any

from ..devices import check_device
from ..dtypes import as_dtype, int64
from ..functions.sampling import floating, integers, largest
from ..rng import Generator, default_generator
from ..shapes import new_shape
from ..tensor import Tensor
from .filled import like
from .from_data import finished

__all__ = [
    "rand",
    "rand_like",
    "randint",
    "randint_like",
    "randn",
    "randn_like",
    "randperm",
]


def rand(
    *sizes: Any, size: Any = None, generator: Generator | None = None, dtype: Any = None, device: Any = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Uniform random numbers from [0, 1), in PyTorch's stream"""
    check_device(device)
    shape, wanted = new_shape("rand", sizes, size), floating("rand", dtype)
    return finished((generator or default_generator).uniform(shape, wanted), device, requires_grad)


def randn(
    *sizes: Any, size: Any = None, generator: Generator | None = None, dtype: Any = None, device: Any = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Normal random numbers of mean 0 and variance 1, in PyTorch's stream"""
    check_device(device)
    shape, wanted = new_shape("randn", sizes, size), floating("randn", dtype)
    return finished((generator or default_generator).normal(shape, wanted), device, requires_grad)


def randint(
    low: int, high: Any = None, size: Any = None, *, generator: Generator | None = None, dtype: Any = None,
    device: Any = None, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Random integers from low to high - 1: randint(10, (2, 3)), from 0, or randint(5, 10, (2, 3))"""
    check_device(device)
    if size is None and isinstance(high, tuple | list):
        low, high, size = 0, low, high
    elif high is None:
        low, high = 0, low
    if not isinstance(size, tuple | list):
        raise TypeError(f"randint(): argument 'size' must be tuple of ints, as in randint(10, (3,)), not {size!r:.80}")
    wanted = as_dtype(dtype or int64)
    drawn = integers("randint", new_shape("randint", (), size), low, high, wanted, generator)
    return finished(drawn, device, requires_grad)


def randperm(
    n: int, *, generator: Generator | None = None, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """The numbers from 0 to n - 1 in a random order, in PyTorch's stream"""
    check_device(device)
    if isinstance(n, bool) or not hasattr(n, "__index__"):
        raise TypeError(f"randperm(): argument 'n' must be int, not {type(n).__name__}: {n!r:.80}")
    wanted = as_dtype(dtype or int64)
    if n < 0 or n - 1 > largest(wanted):
        raise RuntimeError(f"randperm(): there is no permutation of {n} numbers in {wanted}")
    order = (generator or default_generator).permutation(int(n))
    return finished(order.astype(wanted), device, requires_grad)


def rand_like(
    input: Tensor, *, dtype: Any = None, device: Any = None, requires_grad: bool = False,
    generator: Generator | None = None,
) -> Tensor:  # fmt: skip
    """Uniform random numbers from [0, 1) of the same shape and type"""
    like(input, "rand_like")
    wanted = input.dtype if dtype is None else dtype
    return rand(input.shape, dtype=wanted, device=device, requires_grad=requires_grad, generator=generator)


def randn_like(
    input: Tensor, *, dtype: Any = None, device: Any = None, requires_grad: bool = False,
    generator: Generator | None = None,
) -> Tensor:  # fmt: skip
    """Normal random numbers of the same shape and type"""
    like(input, "randn_like")
    wanted = input.dtype if dtype is None else dtype
    return randn(input.shape, dtype=wanted, device=device, requires_grad=requires_grad, generator=generator)


def randint_like(
    input: Tensor, low: int, high: int | None = None, *, dtype: Any = None, device: Any = None,
    requires_grad: bool = False, generator: Generator | None = None,
) -> Tensor:  # fmt: skip
    """Random integers from low to high - 1 (or from 0 to low - 1), of the same shape and type"""
    like(input, "randint_like")
    low, high = (0, low) if high is None else (low, high)
    wanted = input.dtype if dtype is None else dtype
    return randint(
        low, high, input.shape, dtype=wanted, device=device, requires_grad=requires_grad, generator=generator
    )
