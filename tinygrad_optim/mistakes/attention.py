"""When the checks look on: at each of a loop's first 64 steps, and then in short spells.

A loop does the same over and over, so that a mistake in it shows at once, or comes again. What is asked of every step
even then is whether gradients are finite; schedules and losses are counted on. A new optimizer, group or schedule, or a
state that is loaded, has all of it again.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import occasions
from . import audit_losses, cuts, schedulers_facts, schedulers_lr
from .facts import FACTS, start_anew
from .loop import nonfinite_gradient, squared
from .losses_broadcast import shapes_in_loss

STEADY = ("step", "walk", "delivery", "zero_grad", "cut", "loss", "clip")  # what happens in each turn of a loop
FIRST = 64  # steps that are all looked at
SPELL = 2  # then, for each optimizer, so many steps at a time,
REST = 40  # times as many walks as those not
PART = 32_768  # elements of a gradient that are looked at in one step, at rest


class Attention:
    """Whether the checks look on just now."""

    resting = False
    left = FIRST  # steps until they rest; or walks until they look on again
    turn = 0
    looks: dict[str, list[Any]] = {}  # what may rest: of each steady occasion,
    away: dict[str, list[Any]] = {}  # and what does


def begin(topics: list[dict[str, list[Any]]]) -> None:
    """The checks have been put on the occasions. topics: what each of them looks at."""
    Attention.looks = {name: [look for looks in topics for look in looks.get(name, [])] for name in STEADY}
    Attention.looks["step"].append(count_step)
    Attention.resting, Attention.left = False, FIRST


def look_on(steps: int) -> None:
    """Have all checks look on, for so many steps at least."""
    Attention.left = steps if Attention.resting else max(steps, Attention.left)
    if Attention.resting:
        Attention.resting = False
        occasions.step[:] = [look for look in occasions.step if look is not at_rest]
        for name, looks in Attention.away.items():
            occasion = getattr(occasions, name)
            first = 1 if name == "walk" else 0  # count_walk, which may be what is running now
            occasion[first:first] = looks
        start_anew()
        cuts.CUTS.clear()


def rest() -> None:
    """Take those checks off that need not look on all the time."""
    Attention.resting, Attention.left = True, REST * spell()
    staying = [*audit_losses.needed(), shapes_in_loss]  # which also answers that PyTorch's warning was told already
    Attention.away = {name: [look for look in looks if look not in staying] for name, looks in Attention.looks.items()}
    for name, looks in Attention.away.items():
        occasion = getattr(occasions, name)
        occasion[:] = [look for look in occasion if look not in looks]
    occasions.step.append(at_rest)


def spell() -> int:
    """How many steps are looked at together, so that each optimizer has two."""
    return SPELL * max(1, min(len(FACTS), 8)) + 1


def count_walk(order: list[Any]) -> None:
    """A walk begins: the first thing that looks at it."""
    if Attention.resting:
        Attention.left -= 1
        if Attention.left <= 0:
            look_on(spell())


def count_step(optimizer: Any) -> None:
    """A step is about to be made: the last thing that looks at it."""
    Attention.left -= 1
    if Attention.left <= 0:
        rest()


def at_rest(optimizer: Any) -> None:
    """What is asked of each step even at rest: one gradient, in turn. (NaN in a weight or a loss comes to all.)"""
    if schedulers_facts.SCHEDULES:
        schedulers_facts.note_step(optimizer)
    if schedulers_lr.EDITS:
        schedulers_lr.look_at_edits(optimizer)
    Attention.turn += 1
    turn, number = divmod(Attention.turn, len(optimizer.param_groups))
    some = optimizer.param_groups[number]["params"]
    if some:
        turn, place = divmod(turn, len(some))
        g = some[place].gradient
        if g is not None and not (squared(part_of(g, turn)) if isinstance(g, np.ndarray) else g * g) < math.inf:
            nonfinite_gradient(optimizer)


def part_of(g: np.ndarray, turn: int) -> np.ndarray:
    """A gradient; of a large one a part, in turn: to read it all would take as long as the step."""
    if g.size <= PART:
        return g
    parts = math.ceil(g.size / PART)
    start = turn % parts * PART
    return g.ravel(order="K")[start : start + PART]


def something_new(*happened: Any) -> None:
    """An optimizer got a group, a schedule was built, a state was loaded: what follows is another loop."""
    look_on(FIRST)


LOOKS: dict[str, list[Any]] = {
    "step": [count_step],
    "group_added": [something_new],
    "scheduler_built": [something_new],
    "optimizer_loaded": [something_new],
}
