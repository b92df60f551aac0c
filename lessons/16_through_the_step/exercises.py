"""Lesson 16: through the step.

Write the answers below, then ask whether they are right:

    tinygrad-optim check 16
    tinygrad-optim hint 16.slopes
"""

from __future__ import annotations


def slope_of_one_step(w: float, target: float, a: float, lr: float) -> float:
    """Predict: how the loss after one step depends on lr.

    The loss is a * (w - target)**2. One step of plain SGD with this lr is taken from w.

    Return d(loss after the step) / d(lr). Work it out on paper and return the number you found, as in `return -12.5`;
    `tinygrad-optim check 16` shows you yours. (A formula in w, target, a and lr is an answer, too.)
    """
    raise NotImplementedError("return the slope of the loss after the step, along lr")


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
    raise NotImplementedError("train with differentiable=True, call backward() on the last loss, return the gradients")


def what_was_lost(w: float, a: float, lr: float, slope: float) -> str:
    """Read: a slope that a program has found, and what the program forgot.

    The loss is a * w**2, and three steps of plain SGD are taken from w. Somebody's program says that the slope of the
    loss after them along lr is `slope` (rounded to six decimals). It may be right. It may also be that

    - the gradients were taken without create_graph=True, so that they count as plain numbers, or
    - w was cut off from the graph (`detach()`) before the last step, so that only the last step is in it.

    Return "nothing" if the slope is right, "create_graph" or "earlier steps" if that was lost. Find a way to tell the
    three apart: you may run programs of your own, or work out three formulas.
    """
    raise NotImplementedError('return "nothing", "create_graph" or "earlier steps"')


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
    raise NotImplementedError("return a list with the lr of each step")
