"""What `audit` asks of an optimizer's schedules: are they stepped as their numbers are counted?"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .numbers import plain
from .schedulers import FEW
from .schedulers_facts import Schedule, schedules_of

Row = tuple[str, str, str]
MANY = 100  # steps, after which it can be told whether a schedule is stepped once a batch
LITTLE = 1e-3  # of the initial lr: training has all but stopped
# The number of steps that a schedule takes for its way, by its attribute; and whether it is at an end then.
LENGTHS = {
    "StepLR": ("step_size", False), "CosineAnnealingLR": ("T_max", True), "OneCycleLR": ("total_steps", True),
    "PolynomialLR": ("total_iters", True), "CosineAnnealingWarmRestarts": ("T_0", False),
    "CyclicLR": ("total_size", False),
}  # fmt: skip


def schedules(optimizer: Any, model: Any) -> Iterator[Row]:
    """Each schedule of the optimizer."""
    for schedule in schedules_of(optimizer):
        scheduler = schedule.scheduler()
        if scheduler is None or hasattr(scheduler, "_schedulers"):
            continue
        where = f"{Path(schedule.place.file).name}:{schedule.place.line}"
        found = [*counted_otherwise(schedule, scheduler), *metrics(schedule, scheduler)]
        if not schedule.stepped and not schedule.part and not schedule.own_step and schedule.optimizer_steps >= FEW:
            found.append(
                (
                    "scheduler-never-stepped",
                    f"{schedule.kind} has not been stepped, in {schedule.optimizer_steps} steps of the optimizer.",
                )
            )
        yield from ((what, said, where) for what, said in found)


def counted_otherwise(schedule: Schedule, scheduler: Any) -> Iterator[tuple[str, str]]:
    """Numbers that count epochs in a schedule that is stepped for each batch, or the other way round."""
    attribute, ends = LENGTHS.get(schedule.kind, ("", False))
    length, t, steps = getattr(scheduler, attribute, 0), scheduler.last_epoch, schedule.optimizer_steps
    if not schedule.stepped:
        return
    told = f"{schedule.kind}({attribute}={length:g})" if attribute else schedule.kind
    each_batch = schedule.stepped >= MANY and steps < 1.5 * schedule.stepped
    share = smallest_share(scheduler)
    if each_batch and share is not None and share <= LITTLE and not (ends and t <= length):
        yield (
            "stepped per batch, counted in epochs?",
            f"{told} has been stepped {schedule.stepped} times in {steps} steps of the optimizer, and the lr has come "
            f"to {share:.1g} of what it was. If its numbers count epochs, call scheduler.step() once an epoch.",
        )
    elif ends and t > length:
        yield (
            "schedule past its end",
            f"{told} is at step {t}: the lr {'goes up again' if attribute == 'T_max' else 'stays where it ended'}. "
            f"Give it as many steps as it is stepped{', in batches' if each_batch else ''}.",
        )
    every = round(steps / schedule.stepped)
    if schedule.stepped >= 2 and every >= 5 and length > 20 * schedule.stepped and length % every == 0:
        yield (
            "stepped per epoch, counted in batches?",
            f"{told} has been stepped {schedule.stepped} times in {steps} steps of the optimizer: at that pace its way "
            f"takes {length * every:.0f} of them. If {attribute} counts batches, call scheduler.step() after each one.",
        )


def smallest_share(scheduler: Any) -> float | None:
    """lr / initial_lr, of the group where it is smallest."""
    pairs = [(plain(group["lr"]), plain(group.get("initial_lr", 0))) for group in scheduler.optimizer.param_groups]
    return min((lr / initial for lr, initial in pairs if initial), default=None)


def metrics(schedule: Schedule, scheduler: Any) -> Iterator[tuple[str, str]]:
    """A metric that gets worse from step to step, in the schedule's eyes: is it one of the other kind?"""
    seen, mode = schedule.metrics, getattr(scheduler, "mode", "")
    if len(seen) < 5 or mode not in ("min", "max"):
        return
    worse = [after > before if mode == "min" else after < before for before, after in itertools.pairwise(seen)]
    best = min(seen) if mode == "min" else max(seen)
    if sum(worse) >= 0.75 * len(worse) and seen.index(best) <= 1:
        way, other = ("rises", "max") if mode == "min" else ("falls", "min")
        yield (
            "metric against the mode",
            f"{schedule.kind}(mode={mode!r}) takes {'smaller' if mode == 'min' else 'larger'} for better, and what it "
            f"is given {way}: {seen[0]:.3g} at first, {seen[-1]:.3g} after {len(seen)} steps. If that is progress, as "
            f"of {'an accuracy' if mode == 'min' else 'a loss'}, write mode={other!r}.",
        )


STANDING = [schedules]
