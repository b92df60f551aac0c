"""Exercises of lesson 5: a loop by hand.

Write each function's body in the place of its `raise` line, in any order. `tinygrad-optim check 5` tries them all,
`tinygrad-optim check 5.descend` only one, and `tinygrad-optim hint 5.descend` gives a hint.
"""

from __future__ import annotations

from collections.abc import Callable

import tinygrad_optim as torch


def next_weight(x: list[float], y: list[float], w: float, lr: float) -> float:
    """Predict a step: return `w` as it is after the last line of this program.

        x, y = torch.tensor(...), torch.tensor(...)       # two numbers each
        w = torch.tensor(..., requires_grad=True)
        loss = ((w * x - y) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            w -= lr * w.grad

    `tinygrad-optim check 5.next_weight` shows the numbers that are drawn for you. Work it out on paper, then type the
    result, as in `return 1.25`.
    """
    raise NotImplementedError("return w after the step")


def bouncing_lr(w1: float, grad1: float, w2: float, grad2: float) -> float:
    """Predict where "too large" begins, from two lines of somebody's run.

    The loss is a parabola in its one weight w. At one step the program printed w1 and the gradient there, at a later
    one w2 and the gradient there. With which lr would w jump to and fro for ever, no nearer and no farther?

    `tinygrad-optim check 5.bouncing_lr` shows the numbers that are drawn for you. Neither the loss nor the lr of that
    run is told, and neither is needed. Type the lr, as in `return 0.25`.
    """
    raise NotImplementedError("return the lr")


def descend(
    loss_of: Callable[[torch.Tensor], torch.Tensor], start: list[float], lr: float, steps: int
) -> list[list[float]]:
    """Gradient descent on any loss: return the places, from the start to the last.

    loss_of takes a tensor of numbers and returns the loss, a tensor of one number. Make a float64 tensor of `start`,
    take so many steps of plain gradient descent with this lr, and return `steps + 1` lists of numbers: where it was at
    the start, and after each step. Use no optimizer.

    If loss_of is lambda p: (p * p).sum(), then descend(loss_of, [1.0, -2.0], 0.25, 2) returns
    [[1.0, -2.0], [0.5, -1.0], [0.25, -0.5]].
    """
    raise NotImplementedError("forward, backward, step, clear")


def training_gone_wrong(
    x: torch.Tensor, y: torch.Tensor, lr: float, steps: int
) -> tuple[list[torch.Tensor], torch.Tensor, torch.Tensor]:
    """This is meant to fit the line y = w * x + b. It runs without an error, and has three faults: find them.

    Let it run with x = torch.tensor([0.0, 1.0, 2.0]), y = torch.tensor([1.0, 3.0, 5.0]), lr = 0.1 and 20 steps.
    """
    w = torch.tensor(0.0, requires_grad=True)
    b = torch.tensor(0.0, requires_grad=True)
    losses = []
    for _ in range(steps):
        loss = ((w * x + b - y) ** 2).mean()
        loss.backward()
        w.grad.zero_()
        with torch.no_grad():
            w -= lr * w.grad
            b -= lr * b.grad
        losses.append(loss)
    return losses, w, b


def mended_training(x: torch.Tensor, y: torch.Tensor, lr: float, steps: int) -> tuple[list[float], float, float]:
    """What `training_gone_wrong` was meant to be: return the losses and the last w and b, all of them plain floats.

    w and b begin at 0. The losses are those before each step, `steps` of them. They are floats, so that no graph of an
    earlier step is kept.

    With x = [0., 1., 2.], y = [1., 3., 5.], lr = 0.1 and 1 step it returns ([11.6667], 0.8667, 0.6), rounded.
    """
    raise NotImplementedError("training_gone_wrong, mended")
