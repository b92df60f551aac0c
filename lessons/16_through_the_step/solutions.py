"""Lesson 16: through the step. The answers."""

from __future__ import annotations

from itertools import pairwise

import tinygrad_optim as torch
from tinygrad_optim import optim


def slope_of_one_step(w: float, target: float, a: float, lr: float) -> float:
    """Predict: how the loss after one step depends on lr.

    The loss is a * (w - target)**2. One step of plain SGD with this lr is taken from w.

    Return d(loss after the step) / d(lr). Work it out on paper and return the number you found, as in `return -12.5`;
    `tinygrad-optim check 16` shows you yours. (A formula in w, target, a and lr is an answer, too.)
    """
    before = 2 * a * (w - target)
    after = 2 * a * (w - lr * before - target)
    return -before * after


def slopes(starts: list[float], curvatures: list[float], lrs: list[float], momentum: float, steps: int) -> list[float]:
    """Write: the slope of the loss after a training, along each group's lr and along the momentum.

    The weights begin at `starts`; each is in a group of its own, with its lr from `lrs`. The optimizer is SGD with
    this `momentum`, the same for all groups. The loss of weights w1, w2, ... is

        (c1 * w1**2 + c2 * w2**2 + ...)**2

    with c1, c2, ... the curvatures. So many steps are taken (two or more). (Mind the outer square: each weight's
    gradient depends on the other weights, too.)

    Return the derivatives of the loss after the last step, as floats: by the first group's lr, by the second's, ...,
    and last by the momentum. Use float64. Compare with differences before you check.
    """
    settings = [torch.tensor(n, dtype=torch.float64, requires_grad=True) for n in (*lrs, momentum)]
    ws = [torch.tensor(n, dtype=torch.float64, requires_grad=True).clone() for n in starts]
    groups = [{"params": [w], "lr": lr} for w, lr in zip(ws, settings)]
    optimizer = optim.SGD(groups, momentum=settings[-1], differentiable=True)

    def loss():
        inner = sum(c * (w * w) for c, w in zip(curvatures, ws))
        return inner * inner

    for _ in range(steps):
        for w, g in zip(ws, torch.autograd.grad(loss(), ws, create_graph=True)):
            w.grad = g
        optimizer.step()
    loss().backward()
    return [setting.grad.item() for setting in settings]


def what_was_lost(w: float, a: float, lr: float, slope: float) -> str:
    """Read: a slope that a program has found, and what the program forgot.

    The loss is a * w**2, and three steps of plain SGD are taken from w. Somebody's program says that the slope of the
    loss after them along lr is `slope` (rounded to six decimals). It may be right. It may also be that

    - the gradients were taken without create_graph=True, so that they count as plain numbers, or
    - w was cut off from the graph (`detach()`) before the last step, so that only the last step is in it.

    Return "nothing" if the slope is right, "create_graph" or "earlier steps" if that was lost. Find a way to tell the
    three apart: you may run programs of your own, or work out three formulas.
    """
    factor = 1 - 2 * a * lr  # of each step on w
    after = [w * factor**step for step in range(4)]
    candidates = {
        "nothing": 2 * a * after[3] * 3 * w * factor**2 * (-2 * a),
        "create_graph": 2 * a * after[3] * -sum(2 * a * at for at in after[:3]),
        "earlier steps": 2 * a * after[3] * -(2 * a * after[2]),
    }
    return min(candidates, key=lambda name: abs(candidates[name] - slope))


def online_lrs(lr: float, hyper_lr: float, gradients: list[list[float]]) -> list[float]:
    """Write: an lr that adapts as the training goes, without any graph.

    Hypergradient descent (Baydin et al. 2018): before each step but the first, the slope of the loss along lr is
    estimated from two gradients, the one of the step before and the one of now ("minus the gradient before times the
    gradient after", summed over the elements). Then lr goes downhill on it: hyper_lr times the slope is taken off lr.
    With the new lr the step is taken.

    gradients: of each step, the gradient: as many numbers as there are weights.

    Return the lr that each step is taken with, one a step. The first is `lr` itself.

    By hand: lr = 0.1, hyper_lr = 0.01, gradients [2, 0], [3, 1], [-1, 5]. The second step's slope is -(2 * 3 + 0 * 1)
    = -6, so its lr is 0.16. The third's is -(3 * -1 + 1 * 5) = -2, so its lr is 0.18.
    """
    lrs = [lr]
    for before, now in pairwise(gradients):
        slope = -sum(one * other for one, other in zip(before, now))
        lrs.append(lrs[-1] - hyper_lr * slope)
    return lrs
