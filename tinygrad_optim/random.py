"""The common stream of random numbers, which everything draws from that is given no Generator of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .rng import Generator, default_generator

__all__ = [
    "default_generator",
    "fork_rng",
    "get_rng_state",
    "initial_seed",
    "manual_seed",
    "seed",
    "set_rng_state",
]


def manual_seed(seed: int) -> Generator:
    """Start the stream of random numbers anew, as PyTorch would with this seed."""
    return default_generator.manual_seed(seed)


def seed() -> int:
    """Start the stream anew from a number that nobody chose, and return it."""
    return default_generator.seed()


def initial_seed() -> int:
    """The seed that the stream of random numbers was started from."""
    return default_generator.initial_seed()


def get_rng_state() -> Any:
    """Where the stream of random numbers is, as a tensor of bytes."""
    return default_generator.get_state()


def set_rng_state(new_state: Any) -> None:
    """Let the stream of random numbers go on from where get_rng_state() was called."""
    default_generator.set_state(new_state)


@contextmanager
def fork_rng(devices: Any = None, enabled: bool = True) -> Iterator[None]:
    """A block after which the stream goes on as if nothing had been drawn in the block."""
    before = default_generator.get_state()
    try:
        yield
    finally:
        if enabled:
            default_generator.set_state(before)
