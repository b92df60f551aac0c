"""Learning rates that a schedule overwrites: edited by hand, or given to each group, and computed from elsewhere."""

from __future__ import annotations

import sys
import weakref
from typing import Any

import numpy as np

from ..optim.lr_scheduler import CosineAnnealingWarmRestarts, CyclicLR, LambdaLR, MultiplicativeLR, OneCycleLR
from .facts import facts_of
from .numbers import plain
from .places import Place, calling_place
from .speaking import speak

# Schedules that compute each lr from the step's number and the initial lr, whatever stands in the group.
CLOSED = (LambdaLR, CosineAnnealingWarmRestarts, CyclicLR, OneCycleLR)

NOTE_INITIAL = "Write the group's initial_lr as well, before the schedule is built."
CHANGE_BASE = "Change scheduler.base_lrs, or the schedule's function; StepLR and the like keep edits."


class Edit:
    """group["lr"] = value, written by hand."""

    def __init__(self, group: Any, value: Any, place: Place) -> None:
        key = id(group)
        self.group = weakref.ref(group, lambda gone: EDITS.pop(key, None))
        self.value = plain(value)
        self.place = place
        self.regular = False  # whether the line did it before too, in time: then the lr is set by hand at each step
        self.used = False  # whether a step went by it
        self.built: tuple[str, Place] | None = None  # the schedule that was built since, and its line
        self.stepped: tuple[str, Place] | None = None  # the schedule that has stepped since, and its line


EDITS: dict[int, Edit] = {}  # by the group's id: the last of each, until it is known what became of it


def note_edit(group: Any, option: str, value: Any) -> None:
    """group[option] = value has been done by hand."""
    if option == "lr" and np.size(getattr(value, "array", value)) == 1:  # what is no number, the step refuses
        before, place = EDITS.get(id(group)), calling_place()
        edit = EDITS[id(group)] = Edit(group, value, place)
        edit.regular = before is not None and before.place == place


def note_built(scheduler: Any) -> None:
    """A schedule is being built."""
    if isinstance(scheduler, CyclicLR | OneCycleLR):
        look_at_flattened(scheduler)
    for edit in edits_of(scheduler):
        edit.built = type(scheduler).__name__, calling_place()
        if edit.used:  # it has had its time
            EDITS.pop(id(edit.group()), None)


def note_scheduler_step(scheduler: Any) -> None:
    """A schedule is about to step."""
    for edit in edits_of(scheduler):
        edit.stepped = edit.stepped or (type(scheduler).__name__, calling_place())


def edits_of(scheduler: Any) -> list[Edit]:
    """The edits that a schedule, which goes by its own numbers, is going to overwrite."""
    if not EDITS or not isinstance(scheduler, CLOSED) or isinstance(scheduler, MultiplicativeLR):
        return []
    edits = [EDITS.get(id(group)) for group in scheduler.optimizer.param_groups]
    return [edit for edit in edits if edit is not None]


def look_at_edits(optimizer: Any) -> None:
    """A step is about to be made: does it go by what was written by hand?"""
    for place, group in enumerate(optimizer.param_groups) if EDITS else ():
        edit = EDITS.get(id(group))
        if edit is None:
            continue
        lr = plain(group["lr"])
        if lr == edit.value:
            edit.used = True
        elif edit.stepped is not None or edit.built is not None:
            del EDITS[id(group)]
            if not edit.regular and group.origin.get("lr") in {how[0] for how in (edit.stepped, edit.built) if how}:
                tell_lost(edit, f"group {place}", group, lr)


def tell_lost(edit: Edit, where: str, group: Any, lr: float) -> None:
    """What was written by hand is gone: since a schedule was built, or when it stepped."""
    if group.get("initial_lr") == edit.value:
        return  # the schedule computes from it
    if edit.built is not None:
        kind, place = edit.built
        speak(
            "lr-erased-at-construction",
            f"the lr of {where} is set to {edit.value:.3g} here, and {kind}, built at {place.describe()}, erases that "
            f"before any step has used it: it computes each lr from {source_of(kind)}, and has made it {lr:.3g}. "
            f"{instead_of(kind, NOTE_INITIAL)}",
            edit.place,
        )
    elif edit.stepped is not None:
        kind, place = edit.stepped
        speak(
            "lr-edit-overwritten",
            f"the lr of {where} is set to {edit.value:.3g} here, and {kind}, stepped at {place.describe()}, has made "
            f"it {lr:.3g} again: it computes each lr from {source_of(kind)}, and does not go on from the lr that is "
            f"there. {instead_of(kind, CHANGE_BASE)}",
            edit.place,
        )


def source_of(kind: str) -> str:
    """What such a schedule computes the lr from."""
    if kind in ("OneCycleLR", "CyclicLR"):
        return "its own max_lr and the number of the step"
    return "the group's initial_lr and the number of the step"


def instead_of(kind: str, of_initial: str) -> str:
    """What to do instead: with a schedule that has bounds of its own, or with one that goes by the initial lr."""
    return "Give the lr to the schedule, as max_lr." if kind in ("OneCycleLR", "CyclicLR") else of_initial


# ---- one number for groups of which each has its own -------------------------------------------------------------


class Given:
    """The lr that a group was given when it was added."""

    def __init__(self, group: Any) -> None:
        key = id(group)
        self.group = weakref.ref(group, lambda gone: GIVEN.pop(key, None))
        self.lr = plain(group["lr"])
        self.own = group.origin.get("lr") == "group"


GIVEN: dict[int, Given] = {}  # by the group's id


def note_group(optimizer: Any, group: Any) -> None:
    """A group was added."""
    if "lr" in group:
        GIVEN[id(group)] = Given(group)


def look_at_flattened(scheduler: Any) -> None:
    """Groups were given a lr each, and the schedule one number for all: it gives each group the same lr."""
    given = [GIVEN.get(id(group)) for group in scheduler.optimizer.param_groups]
    before = [one.lr for one in given if one is not None]
    if len(before) < len(given) or len(set(before)) < 2 or not any(one.own for one in given if one is not None):
        return
    largest = argument_of(scheduler, "max_lr")
    if largest is None or isinstance(largest, list | tuple) or facts_of(scheduler.optimizer).steps:
        return  # (after steps with each group's lr, this may be another phase)
    kind, each = type(scheduler).__name__, ", ".join(f"{lr:.3g}" for lr in before)
    speak(
        "group-lrs-flattened",
        f"the groups were given a lr each, {each}, and {kind} gets one max_lr, {plain(largest):.3g}, for all of them: "
        f"it does not look at the lr that is there, so that all groups have the same from now on. Write max_lr=[...], "
        "a number for each group.",
    )


def argument_of(scheduler: Any, name: str) -> Any:
    """What the constructor of a schedule, which is running now, was given under this name."""
    frame: Any = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_name == "__init__" and frame.f_locals.get("self") is scheduler and name in frame.f_locals:
            return frame.f_locals[name]
        frame = frame.f_back
    return None


LOOKS: dict[str, list[Any]] = {
    "option_set": [note_edit],
    "group_added": [note_group],
    "scheduler_built": [note_built],
    "scheduler_step": [note_scheduler_step],
    "step": [look_at_edits],
}
