"""Stochastic gradient descent, with momentum."""

from __future__ import annotations

from typing import Any

from .optimizer import Optimizer, Params


def sgd(p, g, momentum_buffer, *, lr, momentum, dampening, weight_decay, nesterov, maximize):
    """p := p - lr * v, with the velocity v := momentum * v + (1 - dampening) * g.

    Sutskever et al. 2013, "On the importance of initialization and momentum in deep learning", eqs. 1-4, as
    PyTorch writes it: lr stands outside the velocity, and the first velocity is the gradient itself.
    """
    if maximize:
        g = -g
    if weight_decay:
        g = g + weight_decay * p
    v = None
    if momentum:
        v = g if momentum_buffer is None else momentum * momentum_buffer + (1 - dampening) * g
        g = g + momentum * v if nesterov else v
    return p - lr * g, v


class SGD(Optimizer):
    """Each step goes lr times the gradient downhill, or lr times its running sum, the velocity.

    lr: the step's length per unit of gradient.
    momentum: how much of the velocity stays from step to step; 0: none is kept.
    dampening: how much less than 1 a gradient counts in the velocity.
    weight_decay: adds weight_decay * p to the gradient (an L2 penalty).
    nesterov: look one velocity ahead; needs momentum and no dampening, else ValueError.
    maximize: go uphill.
    """

    rule = staticmethod(sgd)

    def __init__(
        self, params: Params, lr: float = 1e-3, momentum: float = 0, dampening: float = 0, weight_decay: float = 0,
        nesterov: bool = False, *, maximize: bool = False, foreach: bool | None = None,
        differentiable: bool = False, fused: bool | None = None,
    ) -> None:  # fmt: skip
        defaults = dict(
            lr=lr, momentum=momentum, dampening=dampening, weight_decay=weight_decay, nesterov=nesterov,
            maximize=maximize, foreach=foreach, differentiable=differentiable, fused=fused,
        )  # fmt: skip
        super().__init__(params, defaults)

    def check_together(self, options: dict[str, Any], where: str) -> None:
        if options["nesterov"] and (options["momentum"] <= 0 or options["dampening"] != 0):
            found = f"momentum={options['momentum']} and dampening={options['dampening']} in {where}"
            raise ValueError(f"Nesterov momentum requires a momentum and zero dampening, but found {found}")
