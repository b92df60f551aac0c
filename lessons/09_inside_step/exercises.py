"""Exercises of lesson 9: inside step.

Write each function's body in the place of its `raise`. Then run `tinygrad-optim check 9`. Stuck? `tinygrad-optim hint
9.look_ahead` gives a hint for `look_ahead`, a stronger one each time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tinygrad_optim import Tensor


def third_weight(w: float, g: float, lr: float, momentum: float) -> float:
    """Predict: where is the weight after three steps, if the learning rate is halved before the third?

        optimizer = optim.SGD([weight], lr=lr, momentum=momentum)
        for number in range(3):
            if number == 2:
                optimizer.param_groups[0]["lr"] = lr / 2
            optimizer.zero_grad()
            loss = g * weight
            loss.backward()
            optimizer.step()

    w: the weight at the beginning. g: the gradient, which is the same each time. `tinygrad-optim check 9` shows you
    your own numbers. Work it out before you run anything.
    """
    raise NotImplementedError("return the weight after the third step")


def gradients_behind(weights: list[float], lr: float, momentum: float, weight_decay: float) -> list[float]:
    """Read: which gradients has this weight been given?

    Somebody trained a weight by SGD with these options, and noted nothing but the weight itself: weights[0] at the
    beginning, weights[1] after the first step, and so on. Return the gradient that each step found in .grad: one less
    than there are weights. Neither lr nor momentum is 0, and there is no dampening and no nesterov.

    A weight that went 1.0, 0.8, 0.5 with lr=0.1, momentum=0.5 and no decay had the gradients 2.0 and 2.0: first the
    velocity was 2, then it was 3, and of that 1 was left from before.
    """
    raise NotImplementedError("undo the rule, from its last line to its first")


def l2_penalty(parameters: Iterable[Tensor], weight_decay: float) -> Tensor:
    """Write what can be added to a loss in the place of weight decay.

    Training with loss + l2_penalty(parameters, d), by SGD without weight decay, must give the same weights as training
    with the loss alone, by SGD with weight_decay=d. parameters: one or more tensors, of any shapes. Returns a tensor
    that is one number.

    What must the gradient of the penalty by a weight p be, so that it is just what the line with weight_decay adds?
    """
    raise NotImplementedError("which function of p has that derivative?")


def look_ahead(gradient: Callable[[float], float], w: float, steps: int, lr: float, momentum: float) -> list[float]:
    """Write Nesterov's momentum as he thought of it: with the slope at the place to which the velocity would lead.

    The ball is at w, with velocity v, at first 0. In each step

        the place ahead    is   w + momentum * v
        the new velocity   is   momentum * v - lr * (the gradient at the place ahead)
        the new w          is   w + the new velocity

    gradient: gives the slope at any place. Return where the place *ahead* is after each step: w + momentum * v with the
    new w and the new v. It is a list of `steps` numbers.

    They will be the weights of optim.SGD(..., nesterov=True), step by step: what PyTorch calls the parameter is the
    place ahead. The check sets the two side by side.
    """
    raise NotImplementedError("three lines in a loop")
