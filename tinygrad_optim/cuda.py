"""There is no CUDA here; scripts may ask, and those that only take precautions for it run."""

from __future__ import annotations

from typing import Any

from .devices import check_device


def is_available() -> bool:
    """False: everything runs on the cpu"""
    return False


def device_count() -> int:
    """0: there are none"""
    return 0


def manual_seed(seed: int) -> None:
    """Nothing to do: no random numbers are drawn there."""


def manual_seed_all(seed: int) -> None:
    """Nothing to do: no random numbers are drawn there."""


def empty_cache() -> None:
    """Nothing to do: there is no memory there."""


def memory_allocated(device: Any = None) -> int:
    """0: no memory is used there"""
    return 0


def max_memory_allocated(device: Any = None) -> int:
    """0: no memory was used there"""
    return 0


def current_device() -> int:
    """RuntimeError: there is none."""
    check_device("cuda")
    return 0


def get_device_name(device: Any = None) -> str:
    """RuntimeError: there is none."""
    check_device("cuda")
    return ""


def synchronize(device: Any = None) -> None:
    """RuntimeError: there is nothing to wait for."""
    check_device("cuda")
