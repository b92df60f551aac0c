"""What is remembered of each optimizer: the order in which things happened to its parameters.

It is kept beside the optimizers, by a weak reference to each, and holds lines and counts; of gradients one number each.
"""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np

from ..engine import tick
from .places import Place, calling_place


class Facts:
    """What is known of one optimizer."""

    def __init__(self) -> None:
        self.parameters: list[Any] = []
        self.steps = 0
        self.stepped = 0  # the clock at the last step
        self.step_place: Place | None = None  # and its line
        self.deliveries = 0  # how many walks have brought gradients since the last step
        self.delivery_place: Place | None = None  # the line of the last of them
        self.cleared_place: Place | None = None  # the line that cleared gradients no step had used
        self.witness: tuple[Any, Any, int, float] | None = None  # a gradient the last step used: see witness_of


FACTS: weakref.WeakKeyDictionary[Any, Facts] = weakref.WeakKeyDictionary()


def facts_of(optimizer: Any) -> Facts:
    """What is known of an optimizer; of one met for the first time, its parameters."""
    found = FACTS.get(optimizer)
    if found is None:
        found = FACTS[optimizer] = Facts()
        for group in optimizer.param_groups:
            found.parameters += group["params"]
    return found


def note_group(optimizer: Any, group: Any) -> None:
    """Its parameters are the optimizer's too from now on."""
    known = FACTS.get(optimizer)
    if known is None:
        facts_of(optimizer)
    else:
        known.parameters += group["params"]


def note_step(optimizer: Any) -> None:
    """A step is about to be made: the last thing looked at before it."""
    facts = facts_of(optimizer)
    facts.steps += 1
    facts.stepped, facts.step_place = tick(), calling_place()
    facts.deliveries, facts.cleared_place = 0, None
    facts.witness = witness_of(facts)


def note_delivery(arrived: dict[Any, Any]) -> None:
    """Gradients are about to be added to those of these leaves."""
    for facts in list(FACTS.values()):
        for p in facts.parameters:
            if p in arrived:
                facts.deliveries += 1
                facts.delivery_place = calling_place()
                break


def note_zero_grad(owner: Any) -> None:
    """Gradients are about to be cleared: by whose zero_grad, and whether a step had used them."""
    for optimizer, facts in list(FACTS.items()):
        if facts.deliveries and (optimizer is owner or any(p in facts.parameters for p in owner_parameters(owner))):
            facts.deliveries, facts.cleared_place = 0, calling_place()


def owner_parameters(owner: Any) -> Any:
    """The parameters of what a zero_grad() was called on: none of another optimizer."""
    return owner.parameters() if hasattr(owner, "parameters") else ()


def witness_of(facts: Facts) -> tuple[Any, Any, int, float] | None:
    """One number of the first gradient that is not 0: (parameter, weakly its array, place, number)."""
    for p in facts.parameters:
        g = p.gradient
        if isinstance(g, np.ndarray) and g.size:
            place = int(abs(g).argmax()) if g.size <= 4096 else 0
            number = float(g.flat[place])
            if number:
                return p, weakref.ref(g), place, number
    return None
