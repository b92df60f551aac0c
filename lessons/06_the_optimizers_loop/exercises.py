"""Exercises of lesson 6: the optimizer's loop.

Write each function's body in the place of its `raise`. Then run `tinygrad-optim check 6`. Stuck? `tinygrad-optim hint
6.train` gives a hint for `train`, a stronger one each time.
"""

from __future__ import annotations

from collections.abc import Callable

from tinygrad_optim import Tensor, nn, optim


def forgotten(w: float, a: float, lr: float) -> float:
    """Predict: where is the weight after two rounds of a loop in which zero_grad was forgotten?

    The loss is a * w * w. The optimizer is SGD with this lr, and no other option. Each round is: the loss, backward,
    step. `tinygrad-optim check 6` shows you your own numbers. Work it out with pencil and paper, and return the weight
    after the second step.

    w: the weight at the beginning. a: the loss's factor. lr: the learning rate.
    """
    raise NotImplementedError("return the number that you worked out")


def train(
    model: nn.Module,
    optimizer: optim.Optimizer,
    loss_function: Callable[[Tensor, Tensor], Tensor],
    batches: list[tuple[Tensor, Tensor]],
) -> list[float]:
    """Train on each batch once, in order. Return the loss of each batch, as it was before its step.

    model: called with a batch's inputs it gives the predictions.
    loss_function: called with (predictions, targets) it gives the loss, a tensor with one number.
    batches: pairs (inputs, targets).
    Returns: one float a batch (loss.item() is a float).

    Somebody may have called backward before this function: what stands in .grad at the beginning must not count. It
    does not matter what stands there at the end.
    """
    raise NotImplementedError("the four lines of the loop, in the right order")


def step_in_pieces(
    model: nn.Module,
    optimizer: optim.Optimizer,
    loss_function: Callable[[Tensor, Tensor], Tensor],
    inputs: Tensor,
    targets: Tensor,
    most: int,
) -> None:
    """Take one step with the gradient of the whole batch, though at most `most` examples fit into memory at once.

    The step must be the one that `loss_function(model(inputs), targets)` would have led to. loss_function gives the
    mean over the examples that it is called with. The last piece may be smaller than the others: 10 examples with
    most = 4 are pieces of 4, 4 and 2.

    inputs, targets: tensors with as many rows as there are examples; inputs[4:8] are the rows 4 to 7.
    What stands in .grad at the beginning must not count.
    """
    raise NotImplementedError("several times backward, one step")


def what_ran(seen: list[tuple[float, float | None]]) -> list[str]:
    """Read: which line of the loop ran between each two looks at a weight?

    seen: what (w, w.grad) were at the beginning, and after each line that ran. A gradient that is not there is None.
    Returns: the lines in order, each "zero_grad", "loss", "backward" or "step". So the list is shorter by one.

    Each zero_grad had something to clear, each step had a gradient that is not 0, and each backward a gradient that is
    not 0 either. The lines may stand in any order; it need not be a right one. For example

        what_ran([(1.0, None), (1.0, None), (1.0, -16.0), (1.8, -16.0)])

    is ["loss", "backward", "step"].
    """
    raise NotImplementedError("what does each line change, and what does it leave alone?")
