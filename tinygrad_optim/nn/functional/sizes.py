"""Sizes of kernels, strides and the like: one number for all spatial dimensions, or one for each."""

from __future__ import annotations

from typing import Any


def as_sizes(function: str, name: str, value: Any, count: int, least: int | None = None) -> tuple[int, ...]:
    """One int for each of `count` dimensions, from an int or a sequence of 1 or `count` of them.

    TypeError for what are no ints, RuntimeError for another number of them or for one smaller than `least`.
    """
    given = tuple(value) if isinstance(value, tuple | list) else (value,)
    for one in given:
        if isinstance(one, bool) or not hasattr(one, "__index__"):
            raise TypeError(
                f"{function}(): argument '{name}' must be int or a tuple of {count} ints, not {type(one).__name__}: "
                f"{value!r:.80}"
            )
    if len(given) not in (1, count):
        raise RuntimeError(
            f"{function}(): expected {name} to be a single integer value or a list of {count} values to match the "
            f"spatial dimensions, but got {name}={value!r:.80}"
        )
    sizes = tuple(int(one) for one in given) * (count if len(given) == 1 else 1)
    if least is not None and min(sizes) < least:
        raise RuntimeError(f"{function}(): {name} must be at least {least}, but got {name}={value!r:.80}")
    return sizes
