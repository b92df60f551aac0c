"""What the checks of mistakes cost: a small net's training step with all of them on, against the same with them off."""

from __future__ import annotations

from typing import Any

from nets import train_step
from timing import OURS, Entrant, Row, race

import tinygrad_optim
from tinygrad_optim import mistakes, nn, optim

OFF = "all checks off"
MOST = 1.05
BLOCK = 20  # steps between two switches


def stepper(checked: bool) -> Any:
    """Some steps of a small MLP, 64-32-10, batch 32, SGD with momentum, with the checks on or off.

    They are switched outside the steps, so that all of what is timed are steps and one switch.
    """
    tinygrad_optim.manual_seed(0)
    net = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    x, labels = tinygrad_optim.randn(32, 64), tinygrad_optim.arange(32) % 10
    step = train_step(tinygrad_optim, net, optim.SGD(net.parameters(), lr=0.01, momentum=0.9), x, labels)

    def block() -> float:
        mistakes.on() if checked else mistakes.off()
        for _ in range(BLOCK - 1):
            step()
        return float(step())

    return block


def checks() -> Row:
    """A training step with the checks, over one without."""
    entrants = [Entrant(OURS, stepper(True)), Entrant(OFF, stepper(False))]
    try:
        row = race("small MLP's step, checks on", entrants, {OFF: MOST}, turns=61, seconds=0.04)
    finally:
        mistakes.on()
    row.seconds = {who: seconds / BLOCK for who, seconds in row.seconds.items()}
    row.note = f"the checks take {(row.seconds[OURS] - row.seconds[OFF]) * 1e6:.1f} us of a step"
    return row


ROWS = {"mistakes": checks}
