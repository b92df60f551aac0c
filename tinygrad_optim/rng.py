"""Random numbers in PyTorch's own stream: the same seed gives the same numbers as on its CPU."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .dtypes import float64, get_default_dtype


class Generator:
    """A stream of random numbers: the Mersenne Twister MT19937, seeded as PyTorch seeds it."""

    def __init__(self, device: str = "cpu") -> None:
        self.manual_seed(67280421310721)  # PyTorch's default seed

    def manual_seed(self, seed: int) -> Generator:
        """Start the stream anew from this seed. Returns the generator."""
        try:
            number = int(seed)
        except (TypeError, ValueError) as error:
            raise type(error)(f"manual_seed() takes an int, not {type(seed).__name__}: {seed!r:.80}") from None
        if not -(2**63) <= number < 2**64:
            raise ValueError(f"manual_seed() takes an int of 64 bits, and {seed} has {number.bit_length()}")
        self.seed_ = number
        # numpy's legacy seeding is the twister's init_genrand, which takes the low 32 bits.
        self.twister = np.random.RandomState(self.seed_ % 2**32)
        return self

    def initial_seed(self) -> int:
        return self.seed_

    def words(self, count: int) -> np.ndarray[Any, Any]:
        """The next `count` 32-bit words of the stream."""
        return self.twister.randint(0, 2**32, size=count, dtype=np.uint32)

    def uniform(self, shape: tuple[int, ...], dtype: np.dtype[Any], low: float = 0.0, high: float = 1.0) -> Any:
        """Uniform numbers from [low, high): a word's low 24 bits, or two words' 53 for float64."""
        count = math.prod(shape)
        if dtype == float64:
            pairs = self.words(2 * count).astype(np.uint64).reshape(-1, 2)
            parts = ((pairs[:, 0] << np.uint64(32)) | pairs[:, 1]) & np.uint64(2**53 - 1)
            unit: Any = parts.astype(np.float64) * 2.0**-53
        else:
            unit = (self.words(count) & np.uint32(2**24 - 1)).astype(np.float32) * np.float32(2.0**-24)
        # PyTorch multiplies and adds with one rounding (a fused multiply-add): so in a wider type, rounded once.
        number = unit.dtype.type
        wider: Any = np.longdouble if dtype == float64 else np.float64
        scaled = unit.astype(wider) * wider(number(high) - number(low)) + wider(number(low))
        return scaled.astype(unit.dtype).reshape(shape).astype(dtype, copy=False)


default_generator = Generator()


def manual_seed(seed: int) -> Generator:
    """Start the stream of random numbers anew, as PyTorch would with this seed."""
    return default_generator.manual_seed(seed)


def rand_array(shape: tuple[int, ...], dtype: Any = None, generator: Generator | None = None) -> Any:
    """Uniform numbers from [0, 1), as an array."""
    return (generator or default_generator).uniform(shape, dtype or get_default_dtype())
