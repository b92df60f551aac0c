"""How parameters start: the rules PyTorch's layers use, in its stream of random numbers."""

from __future__ import annotations

import math

from ..rng import Generator, default_generator
from ..tensor import Tensor


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Fill with uniform numbers from [a, b)."""
    tensor.write((generator or default_generator).uniform(tensor.shape, tensor.dtype, a, b))
    return tensor


def kaiming_uniform_(
    tensor: Tensor, a: float = 0.0, mode: str = "fan_in", nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Tensor:  # fmt: skip
    """Fill with uniform numbers from [-b, b), b = gain * sqrt(3 / fan): keeps the signal's size from layer to layer.

    fan is the number of inputs (or, mode="fan_out", of outputs) of a weight of shape (outputs, inputs, ...).
    He et al. 2015, "Delving deep into rectifiers", section 2.2; the gain is that of a leaky ReLU of slope a.
    """
    if tensor.ndim < 2:
        raise ValueError(
            f"Fan in and fan out can not be computed for a tensor of shape {tensor.shape}: it needs 2 dimensions"
        )
    gains = {
        "leaky_relu": math.sqrt(2 / (1 + a * a)),
        "relu": math.sqrt(2),
        "linear": 1.0,
        "tanh": 5 / 3,
        "sigmoid": 1.0,
    }
    if nonlinearity not in gains or mode not in ("fan_in", "fan_out"):
        raise ValueError(f"unknown nonlinearity {nonlinearity!r} or mode {mode!r}: use one of {sorted(gains)}")
    rest = math.prod(tensor.shape[2:])
    fan = rest * tensor.shape[1 if mode == "fan_in" else 0]
    bound = math.sqrt(3.0) * (gains[nonlinearity] / math.sqrt(fan)) if fan else 0.0
    return uniform_(tensor, -bound, bound, generator)


def constant_(tensor: Tensor, val: float) -> Tensor:
    """Fill with one value."""
    tensor.write(val)
    return tensor


def zeros_(tensor: Tensor) -> Tensor:
    """Fill with zeros."""
    return constant_(tensor, 0.0)


def ones_(tensor: Tensor) -> Tensor:
    """Fill with ones."""
    return constant_(tensor, 1.0)
