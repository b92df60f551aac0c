"""Adadelta: step lengths from the recent steps themselves, in the parameters' own units."""

from __future__ import annotations

from typing import Any

from numpy import sqrt

from .optimizer import Optimizer, Params
from .rule_binding import next_step


def adadelta(p, g, square_avg, acc_delta, *, step, lr, rho, eps, weight_decay, maximize):
    """p := p - lr * d, with d = sqrt(D + eps) / sqrt(v + eps) * g, and D and v the running means of d**2 and g**2.

    Zeiler 2012, "ADADELTA: an adaptive learning rate method", algorithm 1; lr is PyTorch's (1 in the paper).
    """
    if maximize:
        g = -g
    if weight_decay:
        g = g + weight_decay * p
    v = rho * square_avg + (1 - rho) * (g * g)
    d = sqrt(acc_delta + eps) / sqrt(v + eps) * g
    return p - lr * d, v, rho * acc_delta + (1 - rho) * (d * d)


class Adadelta(Optimizer):
    """The step is the gradient times the ratio of two running roots: of recent steps and of recent gradients.

    lr: a factor on the step.
    rho: how much of the running means stays at each step.
    eps: added under both roots; it makes the first step.
    weight_decay: adds weight_decay * p to the gradient.
    maximize: go uphill.
    """

    rule = staticmethod(adadelta)
    numbers = {"step": next_step}

    def __init__(
        self, params: Params, lr: float = 1.0, rho: float = 0.9, eps: float = 1e-6, weight_decay: float = 0,
        foreach: bool | None = None, *, capturable: bool = False, maximize: bool = False, differentiable: bool = False,
    ) -> None:  # fmt: skip
        defaults = dict(
            lr=lr, rho=rho, eps=eps, weight_decay=weight_decay, maximize=maximize, capturable=capturable,
            foreach=foreach, differentiable=differentiable,
        )  # fmt: skip
        super().__init__(params, defaults)

    def start_state(self, p: Any, group: dict[str, Any]) -> dict[str, Any]:
        return {"step": p.state_number(0), "square_avg": p.state_like(0.0), "acc_delta": p.state_like(0.0)}
