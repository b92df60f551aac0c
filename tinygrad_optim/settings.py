"""Settings of PyTorch that scripts make: they are remembered, and change nothing, for here they hold anyway."""

from __future__ import annotations

_settings = {"threads": 1, "deterministic": True}


def set_num_threads(num: int) -> None:
    """How many threads ops may use: remembered only. How many numpy uses is set before it is imported."""
    if isinstance(num, bool) or not isinstance(num, int):
        raise RuntimeError(f"set_num_threads() takes an int, not {type(num).__name__}: {num!r:.80}")
    if num <= 0:
        raise RuntimeError(f"set_num_threads() takes a positive number, not {num}")
    _settings["threads"] = num


def get_num_threads() -> int:
    """What set_num_threads() was given, 1 before"""
    return _settings["threads"]


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Whether every run must give the same numbers: remembered only, for here every run does."""
    _settings["deterministic"] = bool(mode)


def are_deterministic_algorithms_enabled() -> bool:
    """What use_deterministic_algorithms() was given, True before: every run gives the same numbers."""
    return bool(_settings["deterministic"])
