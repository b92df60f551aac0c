"""Solutions of lesson 3."""

from __future__ import annotations

import numpy as np

import tinygrad_optim as torch


def offset_grad(x: list[list[float]], offset: list[float], m: list[list[float]]) -> list[float]:
    """Predict a gradient: return `offset.grad` as it is after the last line of this program, a list of three numbers.

        x = torch.tensor(...)                                 # of shape (2, 3)
        offset = torch.tensor(..., requires_grad=True)        # of shape (3,)
        m = torch.tensor(...)                                 # of shape (2, 3)
        ((x + offset) * m).sum().backward()

    `tinygrad-optim check 3.offset_grad` shows the numbers that are drawn for you. Work it out on paper, then type the
    list, as in `return [1.0, 2.0, 3.0]`.
    """
    return [sum(column) for column in zip(*m)]


def broadcast_shape(first: tuple[int, ...], second: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of x * y, if x has the shape `first` and y the shape `second`. ValueError if they do not go together.

    Use no tensors and no numpy: apply the rule of broadcasting to the tuples. They may have different lengths, and may
    be empty (the shape of a single number). All sizes are 1 or more.

    broadcast_shape((3, 4), (3, 1)) is (3, 4), broadcast_shape((2, 1, 4), (3, 1)) is (2, 3, 4), and
    broadcast_shape((3, 4), (3,)) raises ValueError.
    """
    longest = max(len(first), len(second))
    first, second = (1,) * (longest - len(first)) + first, (1,) * (longest - len(second)) + second
    for n, k in zip(first, second):
        if n != k and 1 not in (n, k):
            raise ValueError(f"{first} and {second} do not go together: {n} and {k}")
    return tuple(max(pair) for pair in zip(first, second))


def scale_and_shift_backward(
    x: np.ndarray, scale: np.ndarray, g: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The gradients of a layer that computes y = x * scale + shift, without the engine: numpy alone.

    Many nets have such a layer: one scale and one shift for each column. x has the shape (..., k), with one dimension
    or more before the last; scale and shift have the shape (k,). g, of the shape of x, is the gradient that arrives at
    y. Return the gradients for x, for scale and for shift, in this order, each with the shape of what it is for.

    With x = [[1., 2.], [3., 4.]], scale = [10., 20.] and g = [[1., 1.], [1., 0.]] they are
    [[10., 20.], [10., 0.]], [4., 2.] and [2., 1.].
    """
    rows = tuple(range(x.ndim - 1))  # all dimensions along which scale and shift were repeated
    return g * scale, (g * x).sum(axis=rows), g.sum(axis=rows)


def mended_loss(predicted: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """What `loss_gone_wrong` was meant to be, for a column of predictions and a plain list of targets.

    predicted: of shape (n, 1), as a layer returns it. target: of shape (n,). Return the mean of the n squared
    differences between each prediction and its own target: a tensor of one number, from which backward() reaches
    `predicted`.

    With predicted = [[1.], [2.], [4.]] and target = [1., 3., 2.] it is (0 + 1 + 4) / 3 = 1.6667.
    """
    return ((predicted.squeeze(1) - target) ** 2).mean()
