"""Averaged stochastic gradient descent."""

from __future__ import annotations

from typing import Any

from .optimizer import Optimizer, Params
from .rule_binding import next_step


def next_eta(eta, numbers):
    """The next step's length: it falls as a power of the steps done."""
    return numbers["lr"] / (1 + numbers["lambd"] * numbers["lr"] * numbers["step"]) ** numbers["alpha"]


def next_mu(mu, numbers):
    """The next parameter's share in the average: all of it until t0, then 1, 1/2, 1/3, ..."""
    return 1 / max(1, numbers["step"] - numbers["t0"])


def asgd(p, g, ax, *, step, eta, mu, lr, lambd, alpha, t0, weight_decay, maximize):
    """p := p * (1 - lambd * eta) - eta * g, and its running average ax := ax + mu * (p - ax).

    Polyak & Juditsky 1992, "Acceleration of stochastic approximation by averaging"; the falling step length is
    that of Bottou's SGD (2010). The parameter itself is not replaced by the average: that is state["ax"].
    """
    if maximize:
        g = -g
    if weight_decay:
        g = g + weight_decay * p
    p = p * (1 - lambd * eta) - eta * g
    return p, p if mu == 1 else ax + mu * (p - ax)


class ASGD(Optimizer):
    """Gradient descent with a falling step length that keeps the average of the parameters in its state.

    lr: the first step's length.
    lambd: how fast the length falls, and a decay of the parameter.
    alpha: the power by which it falls.
    t0: the step from which on the parameters are averaged.
    weight_decay: adds weight_decay * p to the gradient.
    maximize: go uphill.
    """

    rule = staticmethod(asgd)
    numbers = {"step": next_step}
    numbers_after = {"eta": next_eta, "mu": next_mu}
    through_numbers = ("lr", "lambd", "alpha", "t0")

    def __init__(
        self, params: Params, lr: float = 1e-2, lambd: float = 1e-4, alpha: float = 0.75, t0: float = 1e6,
        weight_decay: float = 0, foreach: bool | None = None, maximize: bool = False, differentiable: bool = False,
        capturable: bool = False,
    ) -> None:  # fmt: skip
        defaults = dict(
            lr=lr, lambd=lambd, alpha=alpha, t0=t0, weight_decay=weight_decay, foreach=foreach,
            maximize=maximize, differentiable=differentiable, capturable=capturable,
        )  # fmt: skip
        super().__init__(params, defaults)

    def start_state(self, p: Any, group: dict[str, Any]) -> dict[str, Any]:
        return {
            "step": p.state_number(0),
            "eta": p.state_number(float(group["lr"])),
            "mu": p.state_number(1),
            "ax": p.state_like(0.0),
        }
