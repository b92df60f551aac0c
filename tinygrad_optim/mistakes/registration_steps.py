"""What is asked at each step: a few cheap questions, which say who is to look closer.

The modules are looked through at an optimizer's first, second, fourth, eighth ... step, and when the number of its
parameters without a gradient changes.
"""

from __future__ import annotations

from typing import Any

from . import (
    groups,
    groups_assigned,
    groups_moving,
    registration,
    registration_attributes,
    registration_empty,
    registration_freezing,
    registration_rebound,
)
from .registration import Recent
from .registration_facts import KNOWN, Known, known_of


def look_at_step(optimizer: Any) -> None:
    """A step is about to be made."""
    known = KNOWN.get(id(optimizer)) or known_of(optimizer)
    known.steps += 1
    missing = 0
    for p in known.parameters:
        if p.gradient is None:
            missing += 1
        elif not p.needs_grad:
            groups_moving.look_at_frozen(optimizer, known, p)
    if missing != known.missing or missing == len(known.parameters) or known.steps & (known.steps - 1) == 0:
        look_at_modules(optimizer, known, missing)
    if list(map(id, optimizer.defaults.values())) != known.default_ids:
        groups_assigned.look_at_defaults(optimizer, known)
    if groups_moving.PAIRS:
        groups_moving.look_at_turns(optimizer)
    if groups.EDITS:
        groups.look_at_edits(optimizer)
    if registration_empty.EMPTY:
        registration_empty.look_at_filters(optimizer)


def look_at_modules(optimizer: Any, known: Known, missing: int) -> None:
    """It is one of the first steps, or something has changed in which parameters have gradients."""
    first = known.steps & (known.steps - 1) == 0
    closer = first
    if missing != known.missing:
        known.missing = missing
        known.looks += 1
        closer = closer or known.looks & (known.looks - 1) == 0
    if missing and missing == len(known.parameters):
        Recent.wanted = max(Recent.wanted, 1)
        closer = closer or len(Recent.leaves) > 0
    if closer:
        registration.look_closely(optimizer, known)
        if missing:
            registration_rebound.look_at_names(known)
    if first:
        registration_attributes.look_at_attributes(known)
    if known.steps == 1:
        registration_freezing.look_at_freezing(optimizer)
    if known.explained and missing == len(known.parameters):
        registration.explain(optimizer)


def note_names(optimizer: Any, group: Any) -> None:
    """A group was added: under which names?"""
    registration_rebound.note_names(known_of(optimizer))


LOOKS: dict[str, list[Any]] = {"group_added": [note_names], "step": [look_at_step]}
