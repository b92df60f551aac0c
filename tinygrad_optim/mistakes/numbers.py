"""Options of groups as plain numbers: looking on, without a call of the package's own, which a trace would show."""

from __future__ import annotations

from typing import Any


def plain(value: Any) -> Any:
    """A tensor's or numpy's only number as Python's, of a tuple each; anything else as it is."""
    if isinstance(value, tuple | list):
        return tuple([plain(one) for one in value])
    array = getattr(value, "array", value)
    return array.item() if hasattr(array, "item") and array.size == 1 else value
