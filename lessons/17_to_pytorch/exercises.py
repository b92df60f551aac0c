"""Lesson 17: from here to PyTorch.

Write the answers below, then ask whether they are right (PyTorch is not needed):

    tinygrad-optim check 17
    tinygrad-optim hint 17.left_behind
"""

from __future__ import annotations

import tinygrad_optim as torch


def second_lr(weight_decay: float, first_lr: float, first_momentum: float, own_lr: float) -> list[float]:
    """Predict: what a group is, here and in PyTorch, when its dict is used twice.

        group = {"params": [w], "weight_decay": weight_decay}
        first = optim.SGD([group], lr=first_lr, momentum=first_momentum)
        second = optim.SGD([group], lr=own_lr)

    Return four numbers: lr and momentum of second.param_groups[0] here, then lr and momentum of it in PyTorch. (The
    default of momentum is 0.) `tinygrad-optim check 17` shows you your numbers.
    """
    raise NotImplementedError("return [lr here, momentum here, lr in PyTorch, momentum in PyTorch]")


def left_behind(whole: list[float], moved: list[float], moved_at: int) -> str:
    """Read: the losses of a training that was moved, and what was left behind.

    A training with SGD, momentum and a schedule was run twice. whole: the loss of each step, all of it in one program.
    moved: the loss of each step when after `moved_at` steps a second program took over: it made its own net, optimizer
    and schedule, loaded the state dicts that it had, and went on with the same data. (So moved[moved_at] is the first
    loss of the second program.) A loss is computed before the step that follows it. The schedule lowers lr every few
    steps.

    Of the three state dicts at most one was forgotten. Return "weights", "optimizer" or "schedule" for that one, or
    "nothing". Losses that differ by less than a hundred-thousandth of themselves differ by rounding alone.
    """
    raise NotImplementedError('return "nothing", "weights", "optimizer" or "schedule"')


class QHM(torch.optim.Optimizer):
    """Write: an optimizer in PyTorch's way, with a `step` of its own and no rule.

    The formula is that of lesson 14's `qhm`. For each parameter p with gradient g, with its own group's options:

        v := g                             at the parameter's first step
        v := beta * v + (1 - beta) * g     from then on
        p := p - lr * ((1 - nu) * g + nu * v)

    v is kept as self.state[p]["momentum_buffer"]. The options are lr (by default 0.1), beta (0.9) and nu (0.7).

    As in PyTorch: parameters without a gradient are passed over and get no state; p and v are written in place, p.grad
    is not written into; `step(closure)` calls the closure with gradients enabled, and returns its value (without one,
    None).
    """

    def __init__(self, params, lr=0.1, beta=0.9, nu=0.7):
        raise NotImplementedError("call super().__init__ here, and write a method step(self, closure=None)")
