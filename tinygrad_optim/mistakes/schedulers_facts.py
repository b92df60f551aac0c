"""What is remembered of each schedule: where it was built, how often it stepped, how often its optimizer did.

Kept beside the schedules, by weak references to them, to their optimizers and to groups.
"""

from __future__ import annotations

import sys
import weakref
from typing import Any

from ..source_line import LIBRARY
from .facts import facts_of
from .places import Place, calling_place

MOST_METRICS = 200


def has_own_step(scheduler: Any) -> bool:
    """Whether the schedule's step() is the program's, not the package's."""
    code = getattr(type(scheduler).step, "__code__", None)
    return "step" in vars(scheduler) or code is None or code.co_filename not in LIBRARY


class Late:
    """A group that was added after a schedule was built."""

    def __init__(self, group: Any, place: Place) -> None:
        self.group = weakref.ref(group)
        self.place = place


class Schedule:
    """What is known of one schedule."""

    def __init__(self, scheduler: Any) -> None:
        self.scheduler = weakref.ref(scheduler)
        self.optimizer = weakref.ref(scheduler.optimizer)
        self.kind = type(scheduler).__name__
        self.place = calling_place()  # the line that built it
        self.stepped = 0  # how often step() was called
        self.optimizer_steps = 0  # of its own optimizer, since it was built,
        self.first_between: int | None = None  # and how many of them came before its first step
        self.since = 0  # how often it has stepped since its optimizer last did
        self.others: dict[int, Other] = {}  # by id: optimizers that have a parameter with its own in common
        self.own_step = has_own_step(scheduler)  # which tells nobody
        self.part = False  # whether it belongs to another schedule, which steps it when it is its turn
        self.told = False
        self.late: list[Late] = []
        self.metrics: list[float] = []  # of ReduceLROnPlateau: what it was given, the last few


class Other:
    """An optimizer beside a schedule's own, when it was first seen to step."""

    def __init__(self, optimizer: Any, shares: bool) -> None:
        self.optimizer = weakref.ref(optimizer)
        self.shares = shares  # whether it moves a parameter of the schedule's own optimizer
        self.new = facts_of(optimizer).steps == 0  # whether that was the first step it made at all
        self.since = 0  # how often it has stepped since the schedule's own last did
        self.place: Place | None = None  # the line of its last step


SCHEDULES: dict[int, Schedule] = {}  # by the schedule's id, in the order in which they were built


def note_built(scheduler: Any) -> None:
    """A schedule is being built."""
    schedule = SCHEDULES[id(scheduler)] = Schedule(scheduler)
    for inner in getattr(scheduler, "_schedulers", ()):
        if id(inner) in SCHEDULES:
            SCHEDULES[id(inner)].part = True
    weakref.finalize(scheduler, ended, id(scheduler), schedule)


def ended(key: int, schedule: Schedule) -> None:
    """A schedule is gone, or the program is at its end."""
    if SCHEDULES.get(key) is schedule:
        del SCHEDULES[key]
        for look in AT_THE_END:
            look(schedule)


AT_THE_END: list[Any] = []  # what is asked of a schedule when it is gone


def schedules_of(optimizer: Any) -> list[Schedule]:
    """The living schedules of an optimizer, in the order in which they were built."""
    return [one for one in list(SCHEDULES.values()) if one.optimizer() is optimizer]


def note_group(optimizer: Any, group: Any) -> None:
    """An optimizer has one more group."""
    for schedule in schedules_of(optimizer) if SCHEDULES else ():
        schedule.late.append(Late(group, calling_place()))


def note_step(optimizer: Any) -> None:
    """An optimizer is about to step."""
    for schedule in list(SCHEDULES.values()) if SCHEDULES else ():
        own = schedule.optimizer()
        if own is optimizer or own is None:
            schedule.optimizer_steps += 1
            schedule.since = 0
            schedule.others.clear()
            continue
        other = schedule.others.get(id(optimizer))
        if other is None or other.optimizer() is not optimizer:
            if same_groups(own, optimizer):
                schedule.optimizer_steps += 1
                schedule.since = 0
                continue
            other = schedule.others[id(optimizer)] = Other(optimizer, shares_parameters(own, optimizer))
        other.since += 1
        if other.shares:
            other.place = calling_place()


def same_groups(one: Any, other: Any) -> bool:
    """Whether two optimizers have a group in common: then one is the other's inside, as in SAM or Lookahead."""
    mine = {id(group) for group in one.param_groups}
    return any(id(group) in mine for group in other.param_groups)


def shares_parameters(one: Any, other: Any) -> bool:
    """Whether two optimizers hold one parameter."""
    mine = {id(p) for group in one.param_groups for p in group["params"]}
    return any(id(p) in mine for group in other.param_groups for p in group["params"])


def note_scheduler_step(scheduler: Any) -> None:
    """A schedule is about to step: the last thing looked at before it."""
    schedule = SCHEDULES.get(id(scheduler))
    if schedule is not None:
        schedule.stepped += 1
        schedule.since += 1
        if schedule.first_between is None:
            schedule.first_between = schedule.optimizer_steps
        if schedule.kind == "ReduceLROnPlateau" and len(schedule.metrics) < MOST_METRICS:
            schedule.metrics += metric_given()


def metric_given() -> list[float]:
    """The metric that step() is running with now, in a list; [] if that cannot be seen."""
    frame: Any = sys._getframe(2)
    while frame is not None and frame.f_code.co_name != "step":
        frame = frame.f_back
    metric = frame.f_locals.get("metric") if frame is not None else None
    return [metric] if isinstance(metric, float) else []


LOOKS: dict[str, list[Any]] = {
    "scheduler_built": [note_built],
    "group_added": [note_group],
    "step": [note_step],
    "scheduler_step": [note_scheduler_step],
}
