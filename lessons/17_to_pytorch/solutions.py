"""Lesson 17: from here to PyTorch. The answers."""

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
    return [own_lr, 0.0, first_lr, first_momentum]


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
    for step, (one, other) in enumerate(zip(whole, moved)):
        if abs(one - other) > 1e-5 * one:
            return {moved_at: "weights", moved_at + 1: "optimizer"}.get(step, "schedule")
    return "nothing"


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
        super().__init__(params, dict(lr=lr, beta=beta, nu=nu))

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            beta, nu = group["beta"], group["nu"]
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if "momentum_buffer" in state:
                    state["momentum_buffer"].mul_(beta).add_(p.grad, alpha=1 - beta)
                else:
                    state["momentum_buffer"] = p.grad.clone()
                p.add_((1 - nu) * p.grad + nu * state["momentum_buffer"], alpha=-group["lr"])
        return loss
