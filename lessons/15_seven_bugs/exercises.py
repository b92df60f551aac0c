"""Exercises of lesson 15: seven bugs to find.

Write each function's body in the place of its `raise` line, in any order; `train` has a body, which is to be mended.
`tinygrad-optim check 15` tries them all, and `tinygrad-optim hint 15.adam_bug` gives a hint when you are stuck.
"""

from __future__ import annotations

import tinygrad_optim as torch
from tinygrad_optim import optim


def with_the_bug(p: float, first: float, second: float, lr: float, momentum: float, weight_decay: float) -> float:
    """Predict a wrong number: the weight after two steps of an SGD that adds its decay after the momentum.

    The weight starts at `p`, and `first` and `second` are the two gradients that it gets. The velocity is made from
    gradients alone; the decay is added to what the step then goes by. `tinygrad-optim check 15.with_the_bug` shows the
    numbers that are drawn for you. Type what the weight is after the second step, as in `return 0.7124`.
    """
    raise NotImplementedError("return the weight after two steps, a number")


def engine_bug() -> str:
    """Find out which bug the engine has that is at work while this function runs.

    Return "no_topological_order", "gradients_overwritten", "stale_inner_gradients" (they are those of lesson 2), or
    "none" if it is sound. The check calls your function several times, with another engine each time. Compute something
    small with Values, call backward() on it, and decide by the gradients.
    """
    raise NotImplementedError("make an experiment; return the name of the bug, or 'none'")


def adam_bug() -> str:
    """Find out which bug the Adam and the AdamW have that are at work while this function runs.

    Return one of these, or "none" if they are sound:

        "eps_outside"                  eps is added after the division:  p - lr * (m / sqrt(v)) + eps
        "eps_inside_root"              eps is added under the root:      p - lr * m / sqrt(v + eps)
        "bias_correction_off_by_one"   the means are corrected as if one step more had been taken
        "decay_in_the_gradient"        AdamW adds its decay to the gradient, as Adam does

    Where m and v are the corrected means. The check calls your function several times, each time with another Adam.
    """
    raise NotImplementedError("take a step or two with known numbers; return the name of the bug, or 'none'")


def first_wrong_step(log: list[dict[str, float]], lr: float, momentum: float, weight_decay: float) -> int:
    """Find the first step in a log of SGD that cannot be right. Return its number, from 1 on; 0 if all are right.

    Each row of the log is one step of one weight: its `gradient`; the weight `before` and `after`; the `velocity` after
    the step. Before the first step there is no velocity. The options are the same in all steps; no dampening and no
    Nesterov. The numbers are rounded to six digits after the point: what differs by less than 0.0001 is the same.

    With lr = 0.1, momentum = 0.5 and weight_decay = 0.2 this is a log of two right steps:
        [{"gradient": 1.0, "before": 1.0, "velocity": 1.2, "after": 0.88},
         {"gradient": 1.0, "before": 0.88, "velocity": 1.776, "after": 0.7024}]
    """
    raise NotImplementedError("do each step again on paper (or in Python), and compare")


def train(xs: list[float], ys: list[float], lr: float, steps: int) -> list[float]:
    """Fit the line w * x + b to points, from w = 0 and b = 1, and return [w, b, loss] where the loss was lowest.

    This program has three faults. Mend them. It is to take `steps` steps of the SGD that it names, and to look at the
    loss before each; w, b and the loss returned belong together.
    """
    w = torch.tensor(0.0, dtype=torch.float64, requires_grad=True)
    b = torch.tensor(0.0, dtype=torch.float64, requires_grad=True)
    optimizer = optim.SGD([w, b], lr=lr, momentum=0.9, weight_decay=0.1)
    b = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
    x, y = torch.tensor(xs, dtype=torch.float64), torch.tensor(ys, dtype=torch.float64)
    best, best_loss = [w, b], float("inf")
    for _ in range(steps):
        loss = ((w * x + b - y) ** 2).mean()
        if loss.item() < best_loss:
            best, best_loss = [w, b], loss.item()
        loss.backward()
        optimizer.step()
    return [best[0].item(), best[1].item(), best_loss]
