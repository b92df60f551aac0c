"""Random numbers: written into a tensor, or chosen by the probabilities in one. In PyTorch's stream."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import engine
from ..dtypes import as_dtype, float32, float64, get_default_dtype, int64
from ..engine import new_tensor
from ..in_place import apply_in_place
from ..ops import shape
from ..rng import Generator, default_generator
from ..shapes import as_shape
from .shape import broadcast_shapes

__all__ = [
    "bernoulli",
    "multinomial",
    "normal",
]

Tensor = Any  # tensor.py is built on these files


def uniform_(input: Tensor, from_: float = 0.0, to: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Every element becomes a uniform random number from [from_, to)."""
    floating("uniform_", input.dtype)
    if not from_ <= to:
        raise RuntimeError(f"uniform_ expects to return a [from, to) range, but found from={from_} > to={to}")
    return filled(input, (generator or default_generator).uniform(input.shape, input.dtype, from_, to))


def normal_(input: Tensor, mean: float = 0.0, std: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Every element becomes a normal random number of this mean and standard deviation."""
    return filled(input, normal_array("normal_", input.shape, input.dtype, mean, std, generator))


def exponential_(input: Tensor, lambd: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Every element becomes an exponentially distributed random number of mean 1 / lambd."""
    if input.dtype.kind != "f":
        raise RuntimeError(f"exponential_ makes numbers that are no integers, and this tensor holds {input.dtype}")
    if not lambd > 0:
        raise RuntimeError(f"exponential_ expects lambda > 0.0, but found lambda={lambd}")
    return filled(input, (generator or default_generator).exponential(input.shape, input.dtype, lambd))


def random_(
    input: Tensor, from_: int | None = None, to: int | None = None, *, generator: Generator | None = None
) -> Tensor:
    """Every element becomes a random integer: from from_ to to - 1, or from 0 to from_ - 1, or any its type holds."""
    if to is not None:
        drawn = integers("random_", input.shape, from_, to, input.dtype, generator)
    elif from_ is not None:
        drawn = integers("random_", input.shape, 0, from_, input.dtype, generator)
    else:
        source, most, count = generator or default_generator, largest(input.dtype), input.array.size
        words = source.long_words(count) if input.dtype.itemsize == 8 else source.words(count)
        # Of floats the largest is counted in; of integers the sign's bit is cut off.
        drawn = (words.astype(np.uint64) % np.uint64(most + 1)).astype(input.dtype).reshape(input.shape)
    return filled(input, drawn)


def bernoulli_(input: Tensor, p: Any = 0.5, *, generator: Generator | None = None) -> Tensor:
    """Every element becomes 1 with probability p (a number, or a tensor that broadcasts), else 0."""
    probabilities = p.array if isinstance(p, engine.Tensor) else np.asarray(p, float64)
    if not ((probabilities >= 0) & (probabilities <= 1)).all():
        raise RuntimeError(f"bernoulli_ expects p to be in [0, 1], but got p={p}")
    if broadcast_shapes(input.shape, probabilities.shape) != input.shape:
        raise RuntimeError(f"bernoulli_: p of shape {probabilities.shape} does not expand to the shape {input.shape}")
    drawn_in = float64 if probabilities.dtype == float64 else float32
    return filled(input, (generator or default_generator).chances(input.shape, probabilities, drawn_in))


def bernoulli(input: Tensor, p: float | None = None, *, generator: Generator | None = None) -> Tensor:
    """1 with the probability that stands in input (or with probability p everywhere), else 0; no gradient."""
    if p is None:
        floating("bernoulli", input.dtype)
    return bernoulli_(new_tensor(np.empty_like(input.array)), input if p is None else p, generator=generator)


def normal(
    mean: Any = 0.0, std: Any = 1.0, size: Any = None, *, generator: Generator | None = None, dtype: Any = None,
    device: Any = None, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Normal random numbers: of one mean and std and this size, or each of its own mean or std, given as tensors."""
    tensors = [v for v in (mean, std) if isinstance(v, engine.Tensor)]
    if not tensors:
        wanted = get_default_dtype() if dtype is None else as_dtype(dtype)
        out = new_tensor(normal_array("normal", as_shape((size,)), wanted, mean, std, generator))
        out.requires_grad = requires_grad
        return out
    if size is not None:
        raise TypeError("normal(): the size is that of the tensors given as mean and std: leave it out")
    arrays = [v.array if isinstance(v, engine.Tensor) else v for v in (mean, std)]
    if (np.asarray(arrays[1]) < 0).any():
        raise RuntimeError("normal expects all elements of std >= 0.0")
    shape = np.broadcast_shapes(*(np.shape(v) for v in arrays))
    drawn = normal_array("normal", shape, tensors[0].dtype, 0.0, 1.0, generator)
    return new_tensor((drawn * arrays[1] + arrays[0]).astype(tensors[0].dtype))


def multinomial(
    input: Tensor, num_samples: int, replacement: bool = False, *, generator: Generator | None = None
) -> Tensor:
    """Positions, each chosen with the probability that stands there; of a matrix, from each row by itself.

    Without replacement no position comes twice: each waits an exponentially distributed time at the rate of its
    probability, and the first to ring are taken. The probabilities need not sum to 1.
    """
    weights = input.array
    check_weights(weights, num_samples, replacement)
    source = generator or default_generator
    if not replacement or num_samples == 1:
        hurry = weights / source.exponential(weights.shape, weights.dtype)
        return new_tensor(np.argsort(-hurry, axis=-1, kind="stable")[..., :num_samples])
    sums = np.cumsum(weights.reshape(-1, weights.shape[-1]), axis=1, dtype=weights.dtype)
    sums /= sums[:, -1:]
    rows = [np.searchsorted(row, source.unit(num_samples)) for row in sums]
    return new_tensor(np.array(rows, int64).reshape(*weights.shape[:-1], num_samples))


def check_weights(weights: Any, num_samples: int, replacement: bool) -> None:
    """RuntimeError for weights from which so many cannot be chosen."""
    if weights.dtype.kind != "f":
        raise RuntimeError(f"multinomial only supports floating-point dtypes for input, got: {weights.dtype}")
    if weights.ndim not in (1, 2):
        raise RuntimeError(f"multinomial(): the probabilities must have 1 or 2 dimensions, not shape {weights.shape}")
    if num_samples <= 0 or (not replacement and num_samples > weights.shape[-1]):
        raise RuntimeError(
            f"multinomial(): cannot choose {num_samples} of {weights.shape[-1]} positions without replacement"
        )
    if not (np.isfinite(weights) & (weights >= 0)).all():
        raise RuntimeError("probability tensor contains either `inf`, `nan` or element < 0")
    if (weights.sum(axis=-1) <= 0).any():
        raise RuntimeError("invalid multinomial distribution: a row of probabilities sums to 0")


def filled(input: Tensor, array: Any) -> Tensor:
    """input, its numbers overwritten by these, on the record"""
    return apply_in_place(shape.COPY, input, input, new_tensor(array.astype(input.dtype, copy=False)))


def normal_array(
    name: str, size: tuple[int, ...], dtype: np.dtype[Any], mean: float, std: float, generator: Generator | None
) -> Any:
    """Normal random numbers as an array, after a look at what was asked for."""
    floating(name, dtype)
    if not std >= 0:
        raise RuntimeError(f"{name} expects std >= 0.0, but found std {std}")
    return (generator or default_generator).normal(size, dtype, float(mean), float(std))


def floating(name: str, dtype: Any) -> np.dtype[Any]:
    """The wanted or the default type, if it is a floating one. NotImplementedError if not."""
    wanted = get_default_dtype() if dtype is None else as_dtype(dtype)
    if wanted.kind != "f":
        raise NotImplementedError(f"{name}() is not implemented for {wanted}: its numbers need a floating type")
    return wanted


def integers(
    name: str, size: tuple[int, ...], low: Any, high: Any, dtype: np.dtype[Any], generator: Generator | None
) -> np.ndarray[Any, Any]:
    """Random integers from low to high - 1 as an array, after a look at the bounds."""
    for bound in (low, high):
        if not hasattr(bound, "__index__"):
            raise TypeError(f"{name}(): low and high must be ints, not {type(bound).__name__}: {bound!r:.80}")
    low, high = int(low), int(high)
    if low >= high:
        raise RuntimeError(f"{name} expects 'from' to be less than 'to', but got from={low} >= to={high}")
    if low < (0 if dtype.kind in "ub" else -largest(dtype) - 1) or high - 1 > largest(dtype):
        raise RuntimeError(f"{name}: numbers from {low} to {high - 1} are out of bounds for {dtype}")
    return (generator or default_generator).integers(size, low, high).astype(dtype)


def largest(dtype: np.dtype[Any]) -> int:
    """The largest of the numbers 0, 1, 2, ... that this type holds without a gap."""
    if dtype.kind == "f":
        return int(2 ** (np.finfo(dtype).nmant + 1))
    return 1 if dtype.kind == "b" else int(np.iinfo(dtype).max)
