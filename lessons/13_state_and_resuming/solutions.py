"""Lesson 13: state, saving, and resuming exactly. Solutions."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import tinygrad_optim as torch


def after_resuming(
    weight: float, buffer: float, gradient: float, momentum: float, saved_lr: float, new_lr: float
) -> tuple[float, float]:
    """A weight after the first step of a resumed SGD: (with the optimizer's state loaded, with the weight alone).

    Yesterday's program used SGD([w], lr=saved_lr, momentum=momentum). When it was saved, w was `weight` and its
    momentum_buffer `buffer`. Today's program builds SGD([w], lr=new_lr, momentum=momentum), and gives w its value. Then
    it loads the optimizer's state_dict (first number), or forgets to (second number). The gradient is `gradient`, and
    optimizer.step() is called once. SGD's rule: buffer = momentum * buffer + gradient, w = w - lr * buffer; where
    there is no buffer yet, it becomes the gradient.

    To practise: weight=1, buffer=2, gradient=1, momentum=0.5, saved_lr=0.1, new_lr=0.2 give (0.8, 0.8).
    """
    return weight - saved_lr * (momentum * buffer + gradient), weight - new_lr * gradient


def state_of(saved: dict[str, Any], groups: list[list[str]], name: str) -> dict[str, Any]:
    """The state that an optimizer's state_dict holds for the parameter of this name; {} if it holds none for it.

    saved: the state_dict, {"state": {number: {...}}, "param_groups": [{"params": [numbers], ...}, ...]} as in the
    lesson. It was saved without names. A parameter that has made no step yet has no state in it.
    groups: the names of the parameters in each group, in the order in which the saving program gave them.

    Example: with groups [["a", "b"], ["c"]], the state of "c" is that of the number in the second group's "params".
    """
    for group, names in zip(saved["param_groups"], groups):
        if name in names:
            return saved["state"].get(group["params"][names.index(name)], {})
    return {}


class Snapshot:
    """A point of a training to go back to: Snapshot(net, optimizer, scheduler), then restore(), as often as one likes.

    After restore() the training goes on exactly as it did from this point: the weights, the optimizer's state and
    options, the schedule's count and tinygrad_optim's random numbers are what they were when the Snapshot was made,
    whatever was trained meanwhile. All stays in memory.

    It is for questions such as: how would these twenty steps have gone with half the lr?
    """

    def __init__(self, net: Any, optimizer: Any, scheduler: Any) -> None:
        self.parts = (net, optimizer, scheduler)
        self.states = [copy.deepcopy(part.state_dict()) for part in self.parts]
        self.random = torch.get_rng_state()

    def restore(self) -> None:
        for part, state in zip(self.parts, self.states):
            part.load_state_dict(state)
        torch.set_rng_state(self.random)


def resumed(
    saved: dict[str, Any], net: Any, make_optimizer: Callable[[Any], Any], make_scheduler: Callable[[Any], Any]
) -> tuple[Any, Any]:
    """Go on with a saved training: load all of it, and return (the optimizer, the scheduler).

    saved: the state_dicts, under "net", "optimizer" and "scheduler". make_optimizer(net) and make_scheduler(optimizer)
    build the two as the saved program did at its very start.

    It loads everything, and yet the training goes on with another lr than it would have. Mend it. (Print the lr of
    the group after each line, once for a schedule that begins with LinearLR.)
    """
    optimizer = make_optimizer(net)
    scheduler = make_scheduler(optimizer)
    net.load_state_dict(saved["net"])
    optimizer.load_state_dict(saved["optimizer"])
    scheduler.load_state_dict(saved["scheduler"])
    return optimizer, scheduler
