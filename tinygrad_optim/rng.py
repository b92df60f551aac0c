"""Random numbers in PyTorch's own stream: the same seed gives the same numbers as on its CPU.

All begins with 32-bit words of the Mersenne Twister. What is made of them, and how many each kind of number
takes, is PyTorch's choice, kept here: so the streams stay together however the calls are mixed.
"""

from __future__ import annotations

import math
import os
from typing import Any

import numpy as np

from .devices import CPU, check_device
from .dtypes import float16, float64
from .rng_state import packed_state, unpacked_state

Array = Any  # an ndarray

MANY = 16  # from this many on, PyTorch makes normal numbers in blocks of 16
WIDE = 2**28  # from a range of this many integers on, each takes two words


class Generator:
    """A stream of random numbers: the Mersenne Twister MT19937, seeded as PyTorch seeds it."""

    device = CPU

    def __init__(self, device: Any = "cpu") -> None:
        check_device(device)
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
        self.spare: float | None = None  # normal numbers are made in pairs: the second of the last one
        return self

    def seed(self) -> int:
        """Start the stream anew from a number that nobody chose, and return it."""
        return self.manual_seed(int.from_bytes(os.urandom(8), "little")).seed_

    def initial_seed(self) -> int:
        """The seed that the stream was started from."""
        return self.seed_

    def get_state(self) -> Any:
        """Where the stream is, as PyTorch packs it: a tensor of 5056 bytes."""
        from .engine import new_tensor

        return new_tensor(packed_state(self.seed_, self.twister.get_state(), self.spare))

    def set_state(self, new_state: Any) -> Generator:
        """Go on from where get_state() was called. TypeError or RuntimeError for what is no such state."""
        self.seed_, twister, self.spare = unpacked_state(new_state)
        self.twister.set_state(twister)
        return self

    # ---- what is drawn, as arrays ---------------------------------------------------------------------

    def words(self, count: int) -> Array:
        """The next `count` 32-bit words of the stream."""
        return self.twister.randint(0, 2**32, size=count, dtype=np.uint32)

    def long_words(self, count: int) -> Array:
        """The next `count` 64-bit words: of two words each, the first the higher."""
        pairs = self.words(2 * count).astype(np.uint64).reshape(-1, 2)
        return (pairs[:, 0] << np.uint64(32)) | pairs[:, 1]

    def unit(self, count: int, dtype: np.dtype[Any] = float64) -> Array:
        """Uniform numbers from [0, 1): a word's low 24 bits, or for float64 a long word's low 53."""
        if dtype == float64:
            return (self.long_words(count) & np.uint64(2**53 - 1)).astype(np.float64) * 2.0**-53
        return (self.words(count) & np.uint32(2**24 - 1)).astype(np.float32) * np.float32(2.0**-24)

    def uniform(self, shape: tuple[int, ...], dtype: np.dtype[Any], low: float = 0.0, high: float = 1.0) -> Array:
        """Uniform numbers from [low, high)"""
        unit = self.unit(math.prod(shape), dtype)
        # PyTorch multiplies and adds with one rounding (a fused multiply-add): so in a wider type, rounded once.
        number = unit.dtype.type
        wider: Any = np.longdouble if dtype == float64 else np.float64
        scaled = unit.astype(wider) * wider(number(high) - number(low)) + wider(number(low))
        numbers = scaled.astype(unit.dtype).astype(dtype, copy=False)
        numbers[numbers == dtype.type(high)] = low  # where rounding met the bound that is left out
        return numbers.reshape(shape)

    def normal(self, shape: tuple[int, ...], dtype: np.dtype[Any], mean: float = 0.0, std: float = 1.0) -> Array:
        """Normal numbers of this mean and standard deviation, from pairs of uniform ones.

        Box and Muller 1958, "A note on the generation of random normal deviates". float32 agrees with PyTorch
        to the last bit or two (its logarithm and cosine round in their own way), float64 and few numbers exactly.
        """
        count = math.prod(shape)
        drawn = self.few_normal(count) if count < MANY else self.many_normal(count, dtype)
        return (drawn * std + mean).astype(dtype).reshape(shape)

    def few_normal(self, count: int) -> Array:
        """Standard normal numbers in float64, one after the other; half a pair is kept for the next call."""
        drawn = [] if self.spare is None or not count else [self.spare]
        pairs = self.unit(2 * ((count - len(drawn) + 1) // 2)).reshape(-1, 2)
        radius, angle = np.sqrt(-2.0 * np.log1p(-pairs[:, 1])), 2.0 * math.pi * pairs[:, 0]
        made = np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1).reshape(-1)
        numbers = np.concatenate([drawn, made])
        if count:
            self.spare = float(numbers[count]) if len(numbers) > count else None
        return numbers[:count]

    def many_normal(self, count: int, dtype: np.dtype[Any]) -> Array:
        """Standard normal numbers in blocks of 16; the last 16 are drawn anew if the last block is not full."""
        whole = count - count % MANY
        numbers = normal_blocks(self.unit(whole if dtype == float16 else count, dtype)[:whole])
        if whole == count:
            return numbers
        return np.concatenate([numbers[: count - MANY], normal_blocks(self.unit(MANY, dtype))])

    def integers(self, shape: tuple[int, ...], low: int, high: int) -> Array:
        """Integers from low to high - 1, in int64: the remainder of a word, or of a long one if the range is wide."""
        count, size = math.prod(shape), high - low
        words = self.long_words(count) if size >= WIDE else self.words(count).astype(np.uint64)
        return (words % np.uint64(size)).astype(np.int64).reshape(shape) + low

    def permutation(self, n: int) -> Array:
        """The numbers from 0 to n - 1 in a random order: each place takes one of those left (Fisher and Yates)."""
        if n >= 2**32 // 20:
            raise NotImplementedError(f"a permutation of {n} numbers: at most {2**32 // 20 - 1} can be shuffled here")
        order = list(range(n))
        for i, step in enumerate((self.words(max(n - 1, 0)) % np.arange(n, 1, -1, dtype=np.uint32)).tolist()):
            order[i], order[i + step] = order[i + step], order[i]
        return np.array(order, np.int64)

    def chances(self, shape: tuple[int, ...], p: Any, dtype: np.dtype[Any] = float64) -> Array:
        """Bools that are True with probability p, a number or an array"""
        return self.unit(math.prod(shape), dtype).reshape(shape) < p

    def exponential(self, shape: tuple[int, ...], dtype: np.dtype[Any], rate: float = 1.0) -> Array:
        """Exponentially distributed numbers of mean 1 / rate"""
        return (-np.log1p(-self.unit(math.prod(shape))) / rate).astype(dtype).reshape(shape)


def normal_blocks(unit: Array) -> Array:
    """Uniform numbers made normal: in each block of 16 the first 8 give the radius, the others the angle."""
    unit = unit.reshape(-1, 2, MANY // 2)
    radius, angle = np.sqrt(-2 * np.log(1 - unit[:, 0])), unit.dtype.type(2 * math.pi) * unit[:, 1]
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1).reshape(-1)


default_generator = Generator()
