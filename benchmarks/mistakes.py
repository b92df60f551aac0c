"""What the checks of mistakes cost: a small net's training step with all of them on, against the same with them off."""

from __future__ import annotations

from typing import Any

from nets import train_step
from timing import OURS, Entrant, Row, race

import tinygrad_optim
from tinygrad_optim import mistakes, nn, occasions, optim

OFF = "all checks off"
MOST = 1.05
BLOCK = 126  # steps between two switches: the checks look closely at a few of 63, and two rounds of that are timed


class Switch:
    """What hangs on the occasions while the checks are on, put aside while they are off: on() would begin anew."""

    looks: list[list[Any]] = []

    def on(self) -> None:
        for one, looks in zip(occasions.ALL, self.looks):
            one[:] = looks

    def off(self) -> None:
        self.looks = [list(one) for one in occasions.ALL]
        for one in occasions.ALL:
            one.clear()


def stepper(checked: bool, switch: Switch) -> Any:
    """Some steps of a small MLP, 64-32-10, batch 32, SGD with momentum, with the checks on or off."""
    tinygrad_optim.manual_seed(0)
    net = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    x, labels = tinygrad_optim.randn(32, 64), tinygrad_optim.arange(32) % 10
    step = train_step(tinygrad_optim, net, optim.SGD(net.parameters(), lr=0.01, momentum=0.9), x, labels)

    def block() -> float:
        if checked:
            switch.on()
        for _ in range(BLOCK - 1):
            step()
        loss = step()
        if checked:
            switch.off()
        return float(loss)

    return block


def checks() -> Row:
    """A training step with the checks, over one without."""
    switch = Switch()
    mistakes.on()
    entrants = [Entrant(OURS, stepper(True, switch)), Entrant(OFF, stepper(False, switch))]
    switch.off()
    try:
        row = race("small MLP's step, checks on", entrants, {OFF: MOST}, turns=61, seconds=0.05)
    finally:
        mistakes.on()
    row.seconds = {who: seconds / BLOCK for who, seconds in row.seconds.items()}
    row.note = f"the checks take {(row.seconds[OURS] - row.seconds[OFF]) * 1e6:.1f} us of a step"
    return row


ROWS = {"mistakes": checks}
