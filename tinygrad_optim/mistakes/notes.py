"""What is noted when all checks have looked: what they saw is how things stood before."""

from __future__ import annotations

from typing import Any

from .facts import note_delivery, note_group, note_step, note_zero_grad

LOOKS: dict[str, list[Any]] = {
    "group_added": [note_group],
    "zero_grad": [note_zero_grad],
    "delivery": [note_delivery],
    "step": [note_step],
}
