"""Adam: adaptive moment estimation."""

from __future__ import annotations

from typing import Any

from numpy import maximum, sqrt

from .optimizer import Optimizer, Params
from .rule_binding import next_step


def adam(
    p, g, exp_avg, exp_avg_sq, max_exp_avg_sq, *,
    step, lr, betas, eps, weight_decay, amsgrad, maximize, decoupled_weight_decay,
):  # fmt: skip
    """p := p - lr * m_hat / (sqrt(v_hat) + eps), with m and v the running means of g and of g**2.

    Kingma & Ba 2015, "Adam: a method for stochastic optimization", algorithm 1. amsgrad: Reddi et al. 2018, "On
    the convergence of Adam and beyond", algorithm 2. Decoupled: Loshchilov & Hutter 2019, algorithm 2 (AdamW).
    """
    beta1, beta2 = betas
    if maximize:
        g = -g
    if weight_decay and decoupled_weight_decay:
        p = p * (1 - lr * weight_decay)
    elif weight_decay:
        g = g + weight_decay * p
    m = beta1 * exp_avg + (1 - beta1) * g
    v = beta2 * exp_avg_sq + (1 - beta2) * (g * g)
    largest = None
    if amsgrad:
        largest = v if max_exp_avg_sq is None else maximum(max_exp_avg_sq, v)
    # m and v start at 0, so at first they are too small, by just these factors.
    m_hat = m / (1 - beta1**step)
    v_hat = (largest if amsgrad else v) / (1 - beta2**step)
    return p - lr * m_hat / (sqrt(v_hat) + eps), m, v, largest


class Adam(Optimizer):
    """Each coordinate goes about lr in the direction of its gradient's running mean.

    lr: how far a coordinate goes in a step, about.
    betas: how much of the running means of the gradient, and of its square, stays at each step.
    eps: added to the root, so that nothing is divided by 0.
    weight_decay: adds weight_decay * p to the gradient; with decoupled_weight_decay it shrinks p itself.
    amsgrad: divide by the largest running mean of squares so far.
    maximize: go uphill.
    """

    rule = staticmethod(adam)
    numbers = {"step": next_step}
    counterparts = {"momentum": "betas[0], the share of the gradient's running mean that stays"}

    def __init__(
        self, params: Params, lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
        weight_decay: float = 0, amsgrad: bool = False, *, foreach: bool | None = None, maximize: bool = False,
        capturable: bool = False, differentiable: bool = False, fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:  # fmt: skip
        defaults = dict(
            lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, amsgrad=amsgrad, maximize=maximize,
            foreach=foreach, capturable=capturable, differentiable=differentiable, fused=fused,
            decoupled_weight_decay=decoupled_weight_decay,
        )  # fmt: skip
        super().__init__(params, defaults)

    def start_state(self, p: Any, group: dict[str, Any]) -> dict[str, Any]:
        state = {"step": p.state_number(0), "exp_avg": p.state_like(0.0), "exp_avg_sq": p.state_like(0.0)}
        if group["amsgrad"]:
            state["max_exp_avg_sq"] = p.state_like(0.0)
        return state
