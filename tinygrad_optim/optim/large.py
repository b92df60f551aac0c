"""Large parameters that make their steps together: each stays where it lies, and one program moves them all."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..in_place import stamp
from .packs import Members, gradient_of
from .program import kernel_of, move
from .rule_binding import numbers_of


class Large(Members):
    """Large parameters of one kind, given as Stretches that have a program (apply_rule.py)."""

    def __init__(self, optimizer: Any, stretches: list[Any]) -> None:
        members = [(stretch.p, stretch.state) for stretch in stretches]
        super().__init__(optimizer, members, list(numbers_of(optimizer)))
        self.orders = [stretch.order for stretch in stretches]
        self.flat = [[stretch.flat[0], *stretch.flat[2:]] for stretch in stretches]  # the parameter, its state

    def is_due(self, optimizer: Any) -> bool:
        """Whether each has a gradient that fits it and lies apart, and all have made as many steps."""
        if not super().is_due(optimizer):
            return False
        for g, flat in zip(map(gradient_of, self.params), self.flat):
            for array in flat:
                if array is not None and np.may_share_memory(g, array):
                    return False
        return True

    def update(self, optimizer: Any, numbers: dict[str, Any], kernels: dict[Any, Any]) -> None:
        """Move the parameters. kernels: the programs of this step so far."""
        found = kernel_of(kernels, optimizer, self.dtype, self.flat[0][1:], numbers)
        for p, state, flat, order in zip(self.params, self.states, self.flat, self.orders):
            begun = move(found, flat[0], p.gradient.ravel(order), flat[1:])
            for key, new in zip(optimizer.state_keys, begun):
                if new is not None:
                    state[key] = p.state_like(new.reshape(p.shape, order=order))
        self.write_numbers(optimizer, numbers)
        stamp(*self.params, *self.tensors)
