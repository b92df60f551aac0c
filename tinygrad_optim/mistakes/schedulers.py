"""Schedules that act on nothing: never stepped, or over another optimizer; and groups that came too late for one."""

from __future__ import annotations

import ast
import linecache
import sys
from pathlib import Path
from typing import Any

from ..optim.lr_scheduler import ConstantLR, LinearLR
from ..optim.lr_scheduler.first_step import note_first_step
from . import schedulers_facts as facts
from .numbers import plain
from .places import Place
from .schedulers_facts import Late, Other, Schedule
from .source_reading import statement_at
from .source_search import running_files
from .speaking import speak

ENOUGH = 20  # steps of the optimizer after which the program's text is asked whether it ever uses the schedule
FEW = 5  # steps of the optimizer at least, for a schedule that has ended without one of its own


# ---- never stepped -----------------------------------------------------------------------------------------------


def not_used_in_text(optimizer: Any) -> None:
    """The optimizer has stepped often, and the program's text never uses the name that the schedule was given."""
    for schedule in facts.schedules_of(optimizer) if facts.SCHEDULES else ():
        if schedule.stepped == 0 and schedule.optimizer_steps == ENOUGH and not steps_otherwise(schedule):
            name = unused_name(schedule.place)
            if name is not None:
                schedule.told = True
                tell_never_stepped(schedule, f"and {name} is not used after this line")


def never_stepped(schedule: Schedule) -> None:
    """A schedule has ended, and was never stepped while its optimizer was."""
    if schedule.stepped or schedule.part or schedule.told or schedule.optimizer_steps < FEW:
        return
    if hasattr(sys, "last_value") or sys.exc_info()[0] is not None or schedule.own_step:
        return  # the program was broken off: it might still have come to it
    tell_never_stepped(schedule, "and this schedule's own step() was never called")


def tell_never_stepped(schedule: Schedule, found: str) -> None:
    call = "scheduler.step(metric)" if schedule.kind == "ReduceLROnPlateau" else "scheduler.step()"
    speak(
        "scheduler-never-stepped",
        f"{schedule.kind} is built here; its optimizer has stepped {schedule.optimizer_steps} times since, {found}: "
        f"the lr stays what it was at the start. Call {call} after optimizer.step(): once an epoch, or once a batch if "
        "the schedule is counted in batches.",
        schedule.place,
    )


def steps_otherwise(schedule: Schedule) -> bool:
    """Whether another schedule steps this one, or it has a step of its own that tells nobody."""
    scheduler = schedule.scheduler()
    for other in list(facts.SCHEDULES.values()):
        outer = other.scheduler()
        if outer is not None and outer is not scheduler:
            for held in vars(outer).values():
                if held is scheduler or (isinstance(held, list | tuple) and any(one is scheduler for one in held)):
                    schedule.part = True
    return schedule.part or schedule.own_step


def unused_name(place: Place) -> str | None:
    """The name that a line gives the schedule it builds, if nothing in the running file ever reads that name."""
    built = statement_at(place)
    if not isinstance(built, ast.Assign) or len(built.targets) != 1 or not isinstance(built.targets[0], ast.Name):
        return None
    if not isinstance(built.value, ast.Call) or place.file not in running_files():
        return None
    name, files = built.targets[0].id, [place.file]
    if not Path(place.file).exists():  # a cell of a notebook: other cells may use it
        files += [file for file in list(linecache.cache) if not Path(file).exists()]
    return None if any(reads(name, file) for file in files) else name


def reads(name: str, file: str) -> bool:
    """Whether a file's text reads a name, or says it in some other way than by assigning to it."""
    try:
        tree = ast.parse("".join(linecache.getlines(file)))
    except (SyntaxError, ValueError):
        return True
    for part in ast.walk(tree):
        if isinstance(part, ast.Name) and part.id == name and not isinstance(part.ctx, ast.Store):
            return True
        if isinstance(part, ast.Global | ast.Nonlocal) and name in part.names:
            return True
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Name) and part.func.id in ("locals", "globals"):
            return True
    return False


# ---- over another optimizer --------------------------------------------------------------------------------------


def over_another_optimizer(scheduler: Any) -> bool:
    """A schedule steps again and again, its optimizer does not, and another one moves the same parameters.

    True if it was told: then nobody need say that scheduler.step() came before optimizer.step().
    """
    schedule = facts.SCHEDULES.get(id(scheduler))
    if schedule is None or schedule.part:
        return False
    own = scheduler.optimizer
    never = schedule.optimizer_steps == 0 and note_first_step in own.hooks.before.values()
    for other in schedule.others.values():
        stepped = other.optimizer()
        if stepped is None or not other.shares or other.place is None:
            continue
        if never or (other.new and other.since >= 3 and schedule.since >= 2):
            tell_other(schedule, other, type(own).__name__, type(stepped).__name__)
            return True
    return False


def tell_other(schedule: Schedule, other: Other, own: str, stepped: str) -> None:
    assert other.place is not None
    speak(
        "scheduler-of-other-optimizer",
        f"{schedule.kind} sets the lr of the {own} it was built over, and another optimizer makes the steps: {stepped} "
        f"at {other.place.describe()}, which has the same parameters. No schedule acts on that one's lr. Build the "
        "schedule after the optimizer that is stepped, and over it.",
        schedule.place,
    )


# ---- groups added since ------------------------------------------------------------------------------------------


def look_at_late_groups(scheduler: Any) -> None:
    """A schedule steps for the first time since a group was added: what will it do to that group's lr?"""
    schedule = facts.SCHEDULES.get(id(scheduler))
    if schedule is None or not schedule.late or (schedule.part and hasattr(scheduler, "_schedulers")):
        return
    late, schedule.late = schedule.late, []
    groups = scheduler.optimizer.param_groups
    for one in late:
        group = one.group()
        numbers = [number for number, other in enumerate(groups) if other is group]
        if group is not None and numbers and "initial_lr" not in group:
            look_at_late(schedule, scheduler, one, group, f"group {numbers[0]}")


def look_at_late(schedule: Schedule, scheduler: Any, late: Late, group: Any, where: str) -> None:
    """A warm-up divides again by what it began with; other schedules go on from the lr that is there."""
    shares, lr = shares_now(scheduler.optimizer), plain(group["lr"])
    if len(shares) != 1 or 1.0 in shares:
        return
    (share,) = shares
    if isinstance(scheduler, LinearLR | ConstantLR):
        factor = scheduler.closed_form(scheduler.last_epoch, 1.0, **scheduler.options_of(0))
        end = lr * getattr(scheduler, "end_factor", 1.0) / (factor or 1.0)
        if scheduler.last_epoch < scheduler.total_iters and factor not in (0, 1):
            tell_late(
                schedule, late, where, lr, share, f"divides by what it began with: in the end this lr is {end:.3g}"
            )
    elif group.origin.get("lr") == "default" and share < 1:
        tell_late(schedule, late, where, lr, share, "goes on from there: this group's lr stays as much larger")


def tell_late(schedule: Schedule, late: Late, where: str, lr: float, share: float, what: str) -> None:
    speak(
        "group-added-after-scheduler",
        f"{where} is added here with lr={lr:.3g}, after {schedule.kind} was built (at {schedule.place.describe()}) and "
        f"has brought the other groups to {share:.3g} times their initial lr. The schedule does not catch up, and "
        f"{what}. Add the group before the schedule is built; or give it both: 'lr': {lr * share:.3g}, 'initial_lr': "
        f"{lr:.3g}.",
        late.place,
    )


def shares_now(optimizer: Any) -> set[float]:
    """lr / initial_lr of the groups that a schedule has taken in, rounded: one number if it treats all alike."""
    shares = set()
    for group in optimizer.param_groups:
        if "initial_lr" in group and plain(group["initial_lr"]):
            shares.add(round(plain(group["lr"]) / plain(group["initial_lr"]), 9))
    return shares


facts.AT_THE_END.append(never_stepped)

LOOKS: dict[str, list[Any]] = {
    "step": [not_used_in_text],
    "scheduler_step": [over_another_optimizer, look_at_late_groups],
}
