"""RAdam: Adam that trusts its running mean of squares only once it rests on enough steps."""

from __future__ import annotations

from typing import Any

from numpy import sqrt

from .optimizer import Optimizer, Params
from .rule_binding import next_step


def radam(
    p, g, exp_avg, exp_avg_sq, *,
    step, lr, betas, eps, weight_decay, decoupled_weight_decay, maximize,
):  # fmt: skip
    """p := p - lr * m_hat * r * sqrt(1 - beta2**t) / (sqrt(v) + eps) once rho_t > 5; before that p - lr * m_hat.

    Liu et al. 2020, "On the variance of the adaptive learning rate and beyond", algorithm 2; the threshold 5
    and the place of eps are PyTorch's.
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
    m_hat = m / (1 - beta1**step)
    # How many independent steps v is worth: at the end, and now.
    rho_inf = 2 / (1 - beta2) - 1
    rho = rho_inf - 2 * step * beta2**step / (1 - beta2**step)
    if rho <= 5:
        return p - lr * m_hat, m, v
    rectified = ((rho - 4) * (rho - 2) * rho_inf / ((rho_inf - 4) * (rho_inf - 2) * rho)) ** 0.5
    return p - lr * m_hat * (rectified * (1 - beta2**step) ** 0.5 / (sqrt(v) + eps)), m, v


class RAdam(Optimizer):
    """Adam with its warm-up built in: plain momentum at first, then adaptive lengths, more and more.

    lr, betas, eps, weight_decay, decoupled_weight_decay, maximize: as in Adam.
    """

    rule = staticmethod(radam)
    numbers = {"step": next_step}
    counterparts = {"momentum": "betas[0], the share of the gradient's running mean that stays"}

    def __init__(
        self, params: Params, lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
        weight_decay: float = 0, decoupled_weight_decay: bool = False, *, foreach: bool | None = None,
        maximize: bool = False, capturable: bool = False, differentiable: bool = False,
    ) -> None:  # fmt: skip
        defaults = dict(
            lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, maximize=maximize, foreach=foreach,
            capturable=capturable, decoupled_weight_decay=decoupled_weight_decay, differentiable=differentiable,
        )  # fmt: skip
        super().__init__(params, defaults)

    def start_state(self, p: Any, group: dict[str, Any]) -> dict[str, Any]:
        return {"step": p.state_number(0), "exp_avg": p.state_like(0.0), "exp_avg_sq": p.state_like(0.0)}
