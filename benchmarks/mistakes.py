"""What the checks of mistakes cost: a small net's training step with all of them on, against the same with them off."""

from __future__ import annotations

import gc
import statistics
from typing import Any

from nets import train_step
from timing import OURS, Row, time_of

import tinygrad_optim
from tinygrad_optim import mistakes, nn, occasions, optim
from tinygrad_optim.mistakes.attention import Attention

OFF = "all checks off"
MOST = 1.05
WARM = 200  # steps before, so that the first 64, at each of which all checks look on, are over
STEPS = 4000


def stepper() -> Any:
    """A step of the small MLP, 64-32-10, batch 32, SGD with momentum."""
    tinygrad_optim.manual_seed(0)
    net = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    x, labels = tinygrad_optim.randn(32, 64), tinygrad_optim.arange(32) % 10
    return train_step(tinygrad_optim, net, optim.SGD(net.parameters(), lr=0.01, momentum=0.9), x, labels)


def checks() -> Row:
    """Steps with the checks and steps without, in turn. (Those at which all look on are told apart from the others.)"""
    mistakes.on()
    checked, unchecked = stepper(), stepper()
    for _ in range(WARM):
        checked()
    taken: dict[str, list[float]] = {"off": [], "resting": [], "looking": []}
    gc.disable()
    try:
        for _ in range(STEPS):
            looks = [list(one) for one in occasions.ALL]
            for one in occasions.ALL:
                one.clear()
            taken["off"].append(time_of(unchecked, 1, collect=False))
            for one, put_back in zip(occasions.ALL, looks):
                one[:] = put_back
            seconds = time_of(checked, 1, collect=False)
            taken["resting" if Attention.resting else "looking"].append(seconds)
    finally:
        gc.enable()
        mistakes.on()
    return row_of({what: statistics.median(times) for what, times in taken.items()}, len(taken["looking"]) / STEPS)


def row_of(medians: dict[str, float], share: float) -> Row:
    """The row: a step's time is that of both kinds of steps, as often as each comes."""
    with_checks = medians["resting"] * (1 - share) + medians["looking"] * share
    row = Row("small MLP's step, checks on", {OURS: with_checks, OFF: medians["off"]}, goals={OFF: MOST})
    row.ratios[OFF] = with_checks / medians["off"]
    more = [(medians[what] - medians["off"]) * 1e6 for what in ("resting", "looking")]
    row.note = f"the checks take {more[0]:.0f} us of a step, and {more[1]:.0f} us of each at which all look on"
    return row


ROWS = {"mistakes": checks}
