"""Adafactor: Adam's running squares kept as one row and one column instead of a whole matrix."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .group_checks import check_number
from .optimizer import Optimizer, Params
from .rule_binding import next_step


def root_mean_square(x):
    """The root of the mean of x**2, as a Python number."""
    return float(np.linalg.norm(x)) / x.size**0.5


def adafactor(p, g, row_var, col_var, variance, *, step, lr, beta2_decay, eps, d, weight_decay, maximize):
    """p := p - alpha * clip(g / sqrt(v_hat)), with v_hat = row * column / mean(row) for matrices.

    Shazeer & Stern 2018, "Adafactor: adaptive learning rates with sublinear memory cost", algorithms 4 and 5;
    the step's length is relative to the parameter's, and the update is scaled down to a root mean square of d.
    Not elementwise: rows, columns and norms are of the whole parameter.
    """
    eps1, eps2 = np.finfo(p.dtype).eps if eps[0] is None else eps[0], eps[1]
    if maximize:
        g = -g
    share = step**beta2_decay  # of this step's squares in the running means
    alpha = max(eps2, root_mean_square(p)) * min(lr, 1 / step**0.5)
    if weight_decay:
        p = p * (1 - lr * weight_decay)
    if g.ndim > 1:
        row_var = (1 - share) * row_var + share * (g * g).mean(axis=-1, keepdims=True)
        col_var = (1 - share) * col_var + share * (g * g).mean(axis=-2, keepdims=True)
        v = row_var @ col_var / np.maximum(row_var.mean(axis=-2, keepdims=True), p.dtype.type(eps1))
    else:
        v = variance = (1 - share) * variance + share * (g * g)
    update = g / np.sqrt(np.maximum(v, p.dtype.type(eps1 * eps1)))
    return p - (alpha / max(1.0, root_mean_square(update) / d)) * update, row_var, col_var, variance


class Adafactor(Optimizer):
    """Adaptive steps with little memory: for a matrix of n rows and m columns it keeps n + m numbers, not n * m.

    lr: the longest step, relative to the parameter's root mean square.
    beta2_decay: the power by which a step's share in the running means falls; at most 0.
    eps: (least square, least root mean square of a parameter); None: the type's own epsilon.
    d: how large the update's root mean square may be; at least 1.
    weight_decay: shrinks p itself by lr * weight_decay each step.
    maximize: go uphill.
    """

    rule = staticmethod(adafactor)
    numbers = {"step": next_step}
    elementwise = False
    tuples = ("eps",)

    def __init__(
        self, params: Params, lr: float = 1e-2, beta2_decay: float = -0.8,
        eps: tuple[float | None, float] = (None, 1e-3), d: float = 1.0, weight_decay: float = 0.0, *,
        foreach: bool | None = None, maximize: bool = False,
    ) -> None:  # fmt: skip
        defaults = dict(
            lr=lr, beta2_decay=beta2_decay, eps=eps, d=d, weight_decay=weight_decay, foreach=foreach,
            maximize=maximize,
        )  # fmt: skip
        super().__init__(params, defaults)

    def check_together(self, options: dict[str, Any], where: str) -> None:
        if not isinstance(options["eps"], tuple | list) or len(options["eps"]) != 2:
            raise TypeError(f"'eps' in {where} of Adafactor must be a pair, as (None, 1e-3), not {options['eps']!r}")
        for number, eps in enumerate(options["eps"], start=1):
            if eps is not None:
                check_number(eps, 0.0, math.inf, f"epsilon{number}", f"'eps' in {where} of Adafactor")

    def start_state(self, p: Any, group: dict[str, Any]) -> dict[str, Any]:
        state = {"step": p.state_number(0)}
        if len(p.shape) > 1:
            state["row_var"] = p.state_like(0.0, (*p.shape[:-1], 1))
            state["col_var"] = p.state_like(0.0, (*p.shape[:-2], 1, p.shape[-1]))
        else:
            state["variance"] = p.state_like(0.0)
        return state
