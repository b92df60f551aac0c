"""Adamax: Adam with the largest gradient so far in the place of the root mean square."""

from __future__ import annotations

from typing import Any

from numpy import abs, maximum

from .optimizer import Optimizer, Params
from .rule_binding import next_step


def adamax(p, g, exp_avg, exp_inf, *, step, lr, betas, eps, weight_decay, maximize):
    """p := p - lr / (1 - beta1**t) * m / u, with u := max(beta2 * u, |g| + eps).

    Kingma & Ba 2015, "Adam: a method for stochastic optimization", algorithm 2; eps is PyTorch's.
    """
    beta1, beta2 = betas
    if maximize:
        g = -g
    if weight_decay:
        g = g + weight_decay * p
    m = beta1 * exp_avg + (1 - beta1) * g
    u = maximum(beta2 * exp_inf, abs(g) + eps)
    return p - (lr / (1 - beta1**step)) * (m / u), m, u


class Adamax(Optimizer):
    """Adam with an infinity norm: divides by the largest recent gradient, which fades by betas[1] a step.

    lr, betas, eps, weight_decay, maximize: as in Adam.
    """

    rule = staticmethod(adamax)
    numbers = {"step": next_step}
    counterparts = {"momentum": "betas[0], the share of the gradient's running mean that stays"}

    def __init__(
        self, params: Params, lr: float = 2e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
        weight_decay: float = 0, foreach: bool | None = None, *, maximize: bool = False,
        differentiable: bool = False, capturable: bool = False,
    ) -> None:  # fmt: skip
        defaults = dict(
            lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, foreach=foreach, maximize=maximize,
            differentiable=differentiable, capturable=capturable,
        )  # fmt: skip
        super().__init__(params, defaults)

    def start_state(self, p: Any, group: dict[str, Any]) -> dict[str, Any]:
        return {"step": p.state_number(0), "exp_avg": p.state_like(0.0), "exp_inf": p.state_like(0.0)}
