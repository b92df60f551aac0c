"""NAdam: Adam with Nesterov's look ahead."""

from __future__ import annotations

from typing import Any

from numpy import sqrt

from .optimizer import Optimizer, Params
from .rule_binding import next_step


def mu_at(step, beta1, momentum_decay):
    """The momentum at a step: it rises towards beta1."""
    return beta1 * (1 - 0.5 * 0.96 ** (step * momentum_decay))


def next_mu_product(mu_product, numbers):
    """The product of all momenta so far."""
    return mu_product * mu_at(numbers["step"], numbers["betas"][0], numbers["momentum_decay"])


def nadam(
    p, g, exp_avg, exp_avg_sq, *,
    step, mu_product, lr, betas, eps, weight_decay, momentum_decay, decoupled_weight_decay, maximize,
):  # fmt: skip
    """p := p - lr * ((1 - mu_t) / (1 - mu_1...mu_t) * g + mu_t+1 / (1 - mu_1...mu_t+1) * m) / (sqrt(v_hat) + eps).

    Dozat 2016, "Incorporating Nesterov momentum into Adam", algorithm 2.
    """
    beta1, beta2 = betas
    if maximize:
        g = -g
    if weight_decay and decoupled_weight_decay:
        p = p * (1 - lr * weight_decay)
    elif weight_decay:
        g = g + weight_decay * p
    mu, mu_next = mu_at(step, beta1, momentum_decay), mu_at(step + 1, beta1, momentum_decay)
    m = beta1 * exp_avg + (1 - beta1) * g
    v = beta2 * exp_avg_sq + (1 - beta2) * (g * g)
    root = sqrt(v / (1 - beta2**step)) + eps
    p = p - (lr * (1 - mu) / (1 - mu_product)) * (g / root)
    return p - (lr * mu_next / (1 - mu_product * mu_next)) * (m / root), m, v


class NAdam(Optimizer):
    """Adam that applies the momentum of the next step already in this one.

    lr, betas, eps, weight_decay, decoupled_weight_decay, maximize: as in Adam.
    momentum_decay: how fast the momentum rises towards betas[0].
    """

    rule = staticmethod(nadam)
    numbers = {"step": next_step, "mu_product": next_mu_product}
    through_numbers = ("betas", "momentum_decay")
    counterparts = {"momentum": "betas[0], the share of the gradient's running mean that stays"}

    def __init__(
        self, params: Params, lr: float = 2e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
        weight_decay: float = 0, momentum_decay: float = 4e-3, decoupled_weight_decay: bool = False, *,
        foreach: bool | None = None, maximize: bool = False, capturable: bool = False, differentiable: bool = False,
    ) -> None:  # fmt: skip
        defaults = dict(
            lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, momentum_decay=momentum_decay,
            decoupled_weight_decay=decoupled_weight_decay, maximize=maximize, foreach=foreach,
            capturable=capturable, differentiable=differentiable,
        )  # fmt: skip
        super().__init__(params, defaults)

    def start_state(self, p: Any, group: dict[str, Any]) -> dict[str, Any]:
        return {
            "step": p.state_number(0),
            "mu_product": p.state_number(1),
            "exp_avg": p.state_like(0.0),
            "exp_avg_sq": p.state_like(0.0),
        }
