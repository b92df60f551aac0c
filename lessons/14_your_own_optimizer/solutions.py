"""Lesson 14: your own optimizer. The answers."""

from __future__ import annotations

import numpy as np

from tinygrad_optim.optim import Optimizer


def lion_after_two_steps(
    w: list[float], first: list[float], second: list[float], lr: float, betas: list[float], weight_decay: float
) -> list[float]:
    """Predict: two weights, after two steps of Lion.

    w: the two weights before the first step. first, second: the gradients of the two at the first step, and at the
    second. lr, betas, weight_decay: Lion's options. `exp_avg` begins at 0.

    Return the two weights after the second step. Work it out on paper and return the numbers you found, as in `return
    [0.52, -0.31]`; `tinygrad-optim check 14` shows you yours. (A program that works it out is an answer, too.)
    """
    beta1, beta2 = betas
    found = []
    for p, g1, g2 in zip(w, first, second):
        p = p * (1 - lr * weight_decay) - lr * np.sign(g1)
        c = beta1 * (1 - beta2) * g1 + (1 - beta1) * g2
        p = p * (1 - lr * weight_decay) - lr * np.sign(c)
        found.append(float(p))
    return found


def qhm(p, g, momentum_buffer, *, lr, beta, nu):
    """Write a rule: quasi-hyperbolic momentum.

    (Ma & Yarats 2019, "Quasi-hyperbolic momentum and Adam for deep learning".) The memory v is a running mean of the
    gradients; at the first step it is the gradient itself:

        v := g                             at the first step
        v := beta * v + (1 - beta) * g     from then on

    and the step is a mixture of the gradient and the new v:

        p := p - lr * ((1 - nu) * g + nu * v)

    p, g and momentum_buffer are arrays of one shape (or numbers); momentum_buffer is None at the first step. Return
    the new p and the new momentum_buffer. What you are given must not be written into.

    By hand: p = 1, g = 2, no buffer yet, lr = 0.1, beta = 0.5, nu = 0.5: the buffer is 2 and p is 0.8. Then with g =
    -2 the buffer is 0 and p is 0.9.
    """
    v = g if momentum_buffer is None else beta * momentum_buffer + (1 - beta) * g
    return p - lr * ((1 - nu) * g + nu * v), v


def relative_descent(p, g, *, lr):
    """p := p - lr * (|p| / |g|) * g."""
    length = np.sqrt((g * g).sum())
    if length == 0:
        return (p,)
    return (p - lr * (np.sqrt((p * p).sum()) / length) * g,)


class RelativeDescent(Optimizer):
    """Write an optimizer: each step is `lr` times as long as the parameter itself.

    The direction is that of the gradient, the length does not depend on it:

        p := p - lr * (|p| / |g|) * g

    |p| is the root of the sum of the squares of *all* elements of the parameter, and |g| that of the gradient. So lr =
    0.01 moves every parameter by one percent of its length, a large one and a small one alike. (It is at the heart of
    LARS, You et al. 2017, "Large batch training of convolutional networks".)

    There is one option, `lr`, by default 0.01, and groups may have their own. A parameter whose gradient is 0
    everywhere stays where it is. Nothing is remembered from step to step. Parameters may be very large.

    By hand: p = [3, 4] has length 5. With g = [0, 2] and lr = 0.1 it becomes [3, 3.5].
    """

    rule = staticmethod(relative_descent)
    elementwise = False

    def __init__(self, params, lr=0.01):
        super().__init__(params, dict(lr=lr))


def mended(p, g, momentum_buffer, *, lr, momentum, weight_decay):
    """Find and mend: a rule that looks right.

    Someone has written SGD with momentum and weight decay like this, and used it as the rule of an optimizer:

        def suspicious(p, g, momentum_buffer, *, lr, momentum, weight_decay):
            g += weight_decay * p
            if momentum_buffer is None:
                v = g
            else:
                v = momentum_buffer
                v *= momentum
                v += g
            p -= lr * v
            return p, v

    On most days it trains as SGD does. But someone prints `p.grad` after the step, and it is not what backward() left
    there. Someone else leaves out zero_grad() for one step, to gather the gradients of two batches, and gets other
    weights than with SGD. And `explain`, which tries a rule before the step, would have it change things by being
    looked at.

    Return what SGD's rule returns (the new p, the new velocity), for arrays and for numbers, with nothing else
    changed.
    """
    g = g + weight_decay * p
    v = g if momentum_buffer is None else momentum * momentum_buffer + g
    return p - lr * v, v
