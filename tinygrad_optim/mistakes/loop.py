"""Mistakes in the order of the loop: zero_grad, backward, clip, step."""

from __future__ import annotations

from typing import Any

from .facts import FACTS, note_delivery, note_group, note_step, note_zero_grad
from .speaking import speak


def no_zero_grad(arrived: dict[Any, Any]) -> None:
    """A walk adds to gradients that a step has already used: they count again in the next."""
    for facts in list(FACTS.values()):
        if facts.witness is None or facts.witness[0] not in arrived:
            continue
        p, array, place, number = facts.witness
        if p.gradient is not None and array() is p.gradient and p.gradient.flat[place] == number:
            assert facts.step_place is not None
            speak(
                "no-zero-grad",
                f"backward() adds to gradients that have been used already: those of {p.described()} among them went "
                f"into the step at {facts.step_place.describe()}, and will count again in the next. Write "
                "optimizer.zero_grad() between the two.",
            )
            facts.witness = None


LOOKS: dict[str, list[Any]] = {
    "group_added": [note_group],
    "zero_grad": [note_zero_grad],
    "delivery": [no_zero_grad, note_delivery],
    "step": [note_step],
}
