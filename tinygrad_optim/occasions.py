"""Occasions on which others may look on: lists of functions that are called as something happens.

The checks of `mistakes` hang here. They are loaded by the first of these occasions, and not by importing the package.
An empty list costs its caller nothing but being looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Occasion(list[Callable[..., Any]]):
    """What is called when this happens, each with the same arguments; at first, what loads the checks."""

    def __init__(self) -> None:
        super().__init__([self.first])

    def first(self, *happened: Any) -> Any:
        """The first occasion of all: load the checks, which put themselves on every list, and let them see it."""
        from . import mistakes

        mistakes.on()
        return any([look(*happened) for look in self])


group_added = Occasion()  # (optimizer, group): add_param_group() has just appended it
option_set = Occasion()  # (group, option, value): group[option] = value has just been done, by hand
step = Occasion()  # (optimizer): step() is sure to go through, and has written nothing yet
zero_grad = Occasion()  # (owner): the optimizer or module whose gradients are about to be cleared
optimizer_loaded = Occasion()  # (optimizer, state_dict): load_state_dict() has taken it over
module_saved = Occasion()  # (module, found): state_dict() has just put its tensors there
module_loaded = Occasion()  # (module, state_dict): load_state_dict() is about to take it over
scheduler_built = Occasion()  # (scheduler): its first step is about to be made
scheduler_step = Occasion()  # (scheduler): step() is about to set each lr
walk = Occasion()  # (order): a gradient is about to go back over these nodes and leaves, the youngest first
delivery = Occasion()  # (arrived): {leaf: gradient}, about to be added to each leaf's own
cut = Occasion()  # (tensor, by): numbers of a tensor with a history leave the graph, by this function
grad_of_computed = Occasion()  # (tensor): the `.grad` of a computed tensor, which retains none, is being read
alias = Occasion()  # (tensor, other): `.data` has just made another tensor of this one's memory
loss = Occasion()  # (name, input, target): a loss has been given these
clip = Occasion()  # (parameters, most): gradients are about to be clipped to this norm or value

ALL = [one for one in globals().values() if isinstance(one, Occasion)]
