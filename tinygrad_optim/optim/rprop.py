"""Rprop: only the gradient's sign counts; each coordinate has a step length of its own."""

from __future__ import annotations

from typing import Any

from numpy import maximum, minimum, sign, where

from .optimizer import Optimizer, Params
from .rule_binding import next_step


def rprop(p, g, prev, step_size, *, step, etas, step_sizes, maximize):
    """p := p - sign(g) * d; d grows by eta+ while the gradient keeps its sign, and shrinks by eta- where it flips.

    Riedmiller & Braun 1993, "A direct adaptive method for faster backpropagation learning: the RPROP algorithm",
    eqs. 4-7; where the sign flips there is no step, and the gradient counts as 0 next time (Rprop-, as PyTorch).
    """
    if maximize:
        g = -g
    shrink, grow = etas
    smallest, largest = step_sizes
    agreement = g * prev
    d = where(agreement > 0, step_size * grow, where(agreement < 0, step_size * shrink, step_size))
    d = minimum(maximum(d, smallest), largest)
    g = where(agreement < 0, 0.0, g)
    return p - sign(g) * d, g, d


class Rprop(Optimizer):
    """Resilient propagation, for full batches: step lengths adapt to whether the gradient's sign stays.

    lr: every coordinate's first step length.
    etas: (shrink, grow): the factors on a step length when the gradient's sign flips, and when it stays.
    step_sizes: (smallest, largest) step length.
    maximize: go uphill.
    """

    rule = staticmethod(rprop)
    numbers = {"step": next_step}
    through_numbers = ("lr",)

    def __init__(
        self, params: Params, lr: float = 1e-2, etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50), *, capturable: bool = False, foreach: bool | None = None,
        maximize: bool = False, differentiable: bool = False,
    ) -> None:  # fmt: skip
        defaults = dict(
            lr=lr, etas=etas, step_sizes=step_sizes, foreach=foreach, maximize=maximize,
            differentiable=differentiable, capturable=capturable,
        )  # fmt: skip
        super().__init__(params, defaults)

    def check_together(self, options: dict[str, Any], where: str) -> None:
        shrink, grow = options["etas"]
        if not 0.0 < shrink < 1.0 < grow:
            raise ValueError(f"Invalid eta values: {shrink}, {grow} in {where}: they must be 0 < shrink < 1 < grow")

    def start_state(self, p: Any, group: dict[str, Any]) -> dict[str, Any]:
        return {"step": p.state_number(0), "prev": p.state_like(0.0), "step_size": p.state_like(float(group["lr"]))}
