"""Hooks on a shelf: what registering one returns, by which it is taken off again."""

from __future__ import annotations

import itertools
from typing import Any

count = itertools.count()


class Handle:
    """What registering a hook returns: remove() takes the hook off again."""

    def __init__(self, shelf: dict[int, Any], key: int) -> None:
        self.shelf, self.key = shelf, key

    def remove(self) -> None:
        self.shelf.pop(self.key, None)

    def __enter__(self) -> Handle:
        return self

    def __exit__(self, *error: object) -> None:
        self.remove()


def shelve(shelf: dict[int, Any], hook: Any, arguments: str, first: bool = False, entry: Any = None) -> Handle:
    """Put a hook (or an entry that holds it) at the end of a shelf, or first. TypeError if it cannot be called."""
    if not callable(hook):
        raise TypeError(f"a hook must be callable, as hook({arguments}), not {type(hook).__name__}")
    key = next(count)
    before = dict(shelf) if first else {}
    for other in before:
        del shelf[other]
    shelf[key] = hook if entry is None else entry
    shelf.update(before)
    return Handle(shelf, key)
