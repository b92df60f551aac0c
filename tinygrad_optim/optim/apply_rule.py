"""The other ways to apply one rule to a whole group: in blocks, compiled, and on Tensors."""

from __future__ import annotations

from typing import Any


def step_group(optimizer: Any, group: Any, numbers: dict[str, Any]) -> bool:
    """Update the group's parameters in another way than one by one. False if one by one is the way."""
    return False
