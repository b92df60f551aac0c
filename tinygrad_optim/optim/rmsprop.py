"""RMSprop: the gradient, divided by its recent root mean square."""

from __future__ import annotations

from typing import Any

from numpy import sqrt

from .optimizer import Optimizer, Params
from .rule_binding import next_step


def rmsprop(
    p, g, square_avg, momentum_buffer, grad_avg, *,
    step, lr, momentum, alpha, eps, centered, weight_decay, maximize,
):  # fmt: skip
    """p := p - lr * g / (sqrt(v) + eps), with v the running mean of g**2; centered: less the square of g's mean.

    Hinton 2012, "Neural networks for machine learning", lecture 6e; centered: Graves 2013, "Generating sequences
    with recurrent neural networks", eqs. 38-45. Here eps stands outside the root.
    """
    if maximize:
        g = -g
    if weight_decay:
        g = g + weight_decay * p
    v = alpha * square_avg + (1 - alpha) * (g * g)
    mean = velocity = None
    if centered:
        mean = alpha * grad_avg + (1 - alpha) * g if grad_avg is not None else (1 - alpha) * g
    g = g / (sqrt(v if mean is None else v - mean * mean) + eps)
    if momentum > 0:
        g = velocity = g if momentum_buffer is None else momentum * momentum_buffer + g
    return p - lr * g, v, velocity, mean


class RMSprop(Optimizer):
    """Each coordinate's step is about lr long, whatever the size of its gradients.

    lr: the step's length.
    alpha: how much of the running mean of squares stays at each step.
    eps: added to the root, so that nothing is divided by 0.
    momentum: how much of the velocity stays from step to step.
    centered: divide by the standard deviation instead of the root mean square.
    weight_decay: adds weight_decay * p to the gradient.
    maximize: go uphill.
    """

    rule = staticmethod(rmsprop)
    numbers = {"step": next_step}

    def __init__(
        self, params: Params, lr: float = 1e-2, alpha: float = 0.99, eps: float = 1e-8, weight_decay: float = 0,
        momentum: float = 0, centered: bool = False, capturable: bool = False, foreach: bool | None = None,
        maximize: bool = False, differentiable: bool = False,
    ) -> None:  # fmt: skip
        defaults = dict(
            lr=lr, momentum=momentum, alpha=alpha, eps=eps, centered=centered, weight_decay=weight_decay,
            capturable=capturable, foreach=foreach, maximize=maximize, differentiable=differentiable,
        )  # fmt: skip
        super().__init__(params, defaults)

    def start_state(self, p: Any, group: dict[str, Any]) -> dict[str, Any]:
        state = {"step": p.state_number(0), "square_avg": p.state_like(0.0)}
        if group["momentum"] > 0:
            state["momentum_buffer"] = p.state_like(0.0)
        if group["centered"]:
            state["grad_avg"] = p.state_like(0.0)
        return state
