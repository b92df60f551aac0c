"""What a parameter is called: the dotted path by which modules hold it, such as `first.weight`."""

from __future__ import annotations

import weakref
from typing import Any


def register(holder: Any, key: str, held: Any) -> None:
    """Note that `holder` (a Module) holds this parameter or module under the name `key`.

    The reference back is a weak one: a parameter must not keep a model alive. What a holder has under two names
    keeps the first, as in named_parameters().
    """
    before = held.registered
    if before is None or before[0]() is not holder or getattr(holder, before[1], None) is not held:
        held.__dict__["registered"] = (weakref.ref(holder), key)


def registered_name(held: Any) -> str | None:
    """The path from the outermost module that still lives; None for what no module holds."""
    parts: list[str] = []
    seen = set()
    while held.registered is not None and id(held) not in seen:
        seen.add(id(held))
        reference, key = held.registered
        holder = reference()
        if holder is None:
            break
        parts.append(key)
        held = holder
    return ".".join(reversed(parts)) or None
