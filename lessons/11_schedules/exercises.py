"""Lesson 11: schedules, group by group.

Write the functions below. `tinygrad-optim check 11` says what is right so far, and
`tinygrad-optim hint 11.rate_after_an_edit` gives a hint. In the prediction you return a plain number: run the check
once, and it shows you yours.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tinygrad_optim.optim import lr_scheduler


def rate_after_an_edit(
    lr: float, step_size: int, gamma: float, calls_before: int, new_lr: float, calls_after: int
) -> float:
    """A group's learning rate under a StepLR, where somebody wrote another rate into the group meanwhile.

    The group begins with `lr`; the schedule is StepLR(optimizer, step_size, gamma). scheduler.step() is called
    `calls_before` times; then group["lr"] = new_lr is written by hand; then scheduler.step() is called `calls_after`
    times more. Return the group's lr after that. (optimizer.step() is called each time too, as it should be.)

    To practise: lr=1, step_size=2, gamma=0.5, 3 calls, new_lr=0.8, and 1 call more give 0.4.
    """
    raise NotImplementedError("return the group's lr at the end, a number that you worked out yourself")


def trapezoid(optimizer: Any, up: int, level: int, down: int) -> lr_scheduler.LRScheduler:
    """A schedule for this optimizer that rises, stays level, and falls; return the scheduler.

    Every group goes from a tenth of its own lr to the whole in `up` calls of scheduler.step(), in a straight line;
    keeps it for `level` calls; and goes to 0 in `down` calls, in a straight line again. (Besides start_factor LinearLR
    has an end_factor, 1.0 if you do not say it: the share of the lr at which the line ends.)

    Example: lr=1, up=3, level=2, down=2. The rates by step: 0.1, 0.4, 0.7, 1, 1, 1, 0.5, 0.
    """
    raise NotImplementedError("build the schedule on the optimizer and return it")


def halving_each(optimizer: Any, paces: list[int]) -> lr_scheduler.LRScheduler:
    """A schedule that halves each group's lr at a pace of its own; return the scheduler.

    Group i halves its lr at every paces[i]-th call of scheduler.step(). There are as many paces as groups.

    Example: two groups with lr=1, paces [1, 3]. After 1, 2, 3 calls the rates are [0.5, 1], [0.25, 1], [0.125, 0.5].
    """
    raise NotImplementedError("build one schedule with a function for each group, and return it")


def train(optimizer: Any, scheduler: Any, epochs: int, batches: int, compute_gradients: Callable[[int], Any]) -> None:
    """Train for so many epochs, each of so many batches. It runs; but its schedule is not what its author meant.

    The scheduler was built for epochs: StepLR(optimizer, step_size=2) is meant to keep the rate for two whole epochs,
    the first two among them. compute_gradients(batch) does the forward pass of this batch and calls loss.backward().
    Mend the loop: each line is right, but not all are in the right place.
    """
    for _epoch in range(epochs):
        for batch in range(batches):
            scheduler.step()
            optimizer.zero_grad()
            compute_gradients(batch)
            optimizer.step()
