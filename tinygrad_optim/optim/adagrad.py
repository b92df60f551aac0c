"""Adagrad: the more a coordinate has been pulled, the shorter its steps."""

from __future__ import annotations

from typing import Any

from numpy import sqrt

from .optimizer import Optimizer, Params
from .rule_binding import next_step


def adagrad(p, g, sum, *, step, lr, lr_decay, weight_decay, eps, maximize):
    """p := p - lr_t * g / (sqrt(s) + eps), with s the sum of all g**2 so far and lr_t = lr / (1 + (t - 1) * lr_decay).

    Duchi, Hazan & Singer 2011, "Adaptive subgradient methods for online learning", figure 1.
    """
    if maximize:
        g = -g
    if weight_decay:
        g = g + weight_decay * p
    s = sum + g * g
    return p - (lr / (1 + (step - 1) * lr_decay)) * (g / (sqrt(s) + eps)), s


class Adagrad(Optimizer):
    """Each coordinate's step is divided by the root of the sum of its squared gradients so far.

    lr: the first step's length.
    lr_decay: makes lr fall as 1 / (1 + (t - 1) * lr_decay) besides.
    weight_decay: adds weight_decay * p to the gradient.
    initial_accumulator_value: where the sums start; one for all groups, as in PyTorch.
    eps: added to the root, so that nothing is divided by 0.
    maximize: go uphill.
    """

    rule = staticmethod(adagrad)
    numbers = {"step": next_step}

    def __init__(
        self, params: Params, lr: float = 1e-2, lr_decay: float = 0, weight_decay: float = 0,
        initial_accumulator_value: float = 0, eps: float = 1e-10, foreach: bool | None = None, *,
        maximize: bool = False, differentiable: bool = False, fused: bool | None = None,
    ) -> None:  # fmt: skip
        defaults = dict(
            lr=lr, lr_decay=lr_decay, eps=eps, weight_decay=weight_decay,
            initial_accumulator_value=initial_accumulator_value, foreach=foreach, maximize=maximize,
            differentiable=differentiable, fused=fused,
        )  # fmt: skip
        super().__init__(params, defaults)
        for group in self.param_groups:  # of groups added later state is made at their first step, as in PyTorch
            for p in group["params"]:
                self.state[p] = self.start_state(p, group)

    def start_state(self, p: Any, group: dict[str, Any]) -> dict[str, Any]:
        return {"step": p.state_number(0), "sum": p.state_like(self.defaults["initial_accumulator_value"])}
