"""Lesson 10: inside Adam, and where the decay goes. Solutions."""

from __future__ import annotations

import math
from typing import Any


def second_step(lr: float, weight: float, first: float, second: float) -> float:
    """A weight after two steps of Adam. Return the number.

    The optimizer is Adam([w], lr=lr, betas=(0.5, 0.5), eps=0). The weight begins at `weight`; its gradient is `first`
    at the first step and `second` at the second. With betas of one half all can be done with paper.

    To practise: lr=0.1, weight=2, gradients 3 and -3 lead to 1.9333.
    """
    m_hat = (first / 4 + second / 2) / 0.75
    v_hat = (first**2 / 4 + second**2 / 2) / 0.75
    return weight - lr * math.copysign(1, first) - lr * m_hat / math.sqrt(v_hat)


def decay_against_gradient(lr: float, weight_decay: float, weight: float, gradient: float) -> tuple[float, float]:
    """A weight after the first step of Adam, and after the first step of AdamW. Return both numbers, in this order.

    Both optimizers are new, and have this lr and this weight_decay; all else is the default. The weight begins at
    `weight`, and its gradient is `gradient`. Look well at the signs: here the gradient and the decay pull in opposite
    directions.

    To practise: lr=0.1, weight_decay=0.5, weight=1, gradient=-0.2 lead to (0.9, 1.05).
    """
    both = gradient + weight_decay * weight
    sign = math.copysign(1, gradient)
    return weight - lr * math.copysign(1, both), weight * (1 - lr * weight_decay) - lr * sign


def effective_rates(optimizer: Any, parameter: Any) -> list[float]:
    """What Adam multiplied each element's mean gradient by in the step that it took last.

    optimizer: an optim.Adam without weight decay and without amsgrad, with one group or several, that has made at least
    one step. parameter: one of its parameters, of one dimension.

    Adam's step is p - rate * m_hat, where m_hat is the corrected running mean of the gradient: SGD's step with a rate
    of its own for each element. Return these rates, a float for each element. The optimizer is only read.
    (optimizer.state[parameter] is a dict with "exp_avg", "exp_avg_sq" and "step", all of them tensors.)

    Example: after one step with lr=0.1, eps=0 and the gradient [4, 0.5] the rates are [0.025, 0.2].
    """
    group = next(g for g in optimizer.param_groups if any(p is parameter for p in g["params"]))
    state = optimizer.state[parameter]
    correction = 1 - group["betas"][1] ** state["step"].item()
    return [group["lr"] / (math.sqrt(v / correction) + group["eps"]) for v in state["exp_avg_sq"].tolist()]


def mended_adamw(
    p: float, g: float, m: float, v: float, step: int, lr: float, betas: tuple[float, float], eps: float,
    weight_decay: float,
) -> tuple[float, float, float]:  # fmt: skip
    """One step of AdamW on one weight: the new weight, and the new m and v.

    step counts from 1. It runs, it trains, and it has three faults. Find them, and mend them: it should do what
    optim.AdamW does (without amsgrad and maximize).

    Example: p=1, g=2, m=v=0, step=1, lr=0.1, betas=(0.9, 0.999), eps=0, weight_decay=0.1 give (0.89, 0.2, 0.004).
    """
    beta1, beta2 = betas
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g * g
    m_hat = m / (1 - beta1**step)
    v_hat = v / (1 - beta2**step)
    p = p - lr * weight_decay * p
    p = p - lr * m_hat / (math.sqrt(v_hat) + eps)
    return p, m, v
