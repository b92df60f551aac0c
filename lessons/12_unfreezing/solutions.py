"""Lesson 12: unfreezing in mid-training. Solutions."""

from __future__ import annotations

from typing import Any


def after_joining(lr: float, gamma: float, calls: int, weight: float, gradient: float) -> tuple[float, float]:
    """A weight that joins a running Adam: (the weight after its first step, its group's lr after that).

    The optimizer is Adam([head], lr=lr), with ExponentialLR(optimizer, gamma): the lr times gamma at each call.
    optimizer.step() and scheduler.step() have been called `calls` times. Then comes
    optimizer.add_param_group({"params": [w]}), without an lr. w is `weight`, and its gradient `gradient`. Now
    optimizer.step() and scheduler.step() are called once more.

    To practise: lr=0.2, gamma=0.5, calls=2, weight=1, gradient=-3 give (1.2, 0.1).
    """
    sign = 1.0 if gradient > 0 else -1.0
    return weight - lr * sign, lr * gamma


def unfreeze(optimizer: Any, layer: Any, factor: float) -> None:
    """Let a layer learn from now on, whatever happened to it before.

    Afterwards every parameter of `layer` (a Module) asks for a gradient and is in a group of the optimizer. Those that
    are in none yet come into one new group, in the layer's order, with `factor` times the lr that the last group has at
    present, and the last group's weight_decay. Those that are in a group stay there; if all are, no group is added.
    (Python's `p in parameters` asks with ==, and tensors answer == number by number. Ask with `is`, or by id().)

    Example: the last group began with lr=0.1, and a schedule has halved it since. unfreeze(optimizer, layer, 0.2) adds
    a group with lr=0.01. Called again at once, it adds nothing.
    """
    known = {id(p) for group in optimizer.param_groups for p in group["params"]}
    layer.requires_grad_(True)
    new = [p for p in layer.parameters() if id(p) not in known]
    if new:
        last = optimizer.param_groups[-1]
        optimizer.add_param_group({"params": new, "lr": factor * last["lr"], "weight_decay": last["weight_decay"]})


def why_still(optimizer: Any, parameter: Any) -> str:
    """Why the next step of this optimizer will not move this parameter.

    The optimizer is an SGD without momentum and without weight decay, and the gradients are those that step() would
    use now. There may be several groups. Return the first of these that is true:

    - "in no group": the optimizer was never given it;
    - "no gradient": it has none;
    - "lr is 0": the group it is in has lr=0;
    - "gradient is 0": it has a gradient, of zeros alone;
    - "it moves".

    Two parameters may well hold the same numbers: what counts is which one it *is*.
    """
    group = next((g for g in optimizer.param_groups if any(p is parameter for p in g["params"])), None)
    if group is None:
        return "in no group"
    if parameter.grad is None:
        return "no gradient"
    if group["lr"] == 0:
        return "lr is 0"
    return "it moves" if parameter.grad.abs().max().item() > 0 else "gradient is 0"


def freeze(layer: Any) -> None:
    """Keep a layer (a Module) still from now on, though it stays in the optimizer's groups.

    The training loop that goes on around it reads

        optimizer.zero_grad(set_to_none=False); loss.backward(); optimizer.step()

    with momentum, and with weight decay. The layer moves on nevertheless. Find out why, and mend this function (the
    loop is not yours). layer.requires_grad_(True) should be all it takes to let the layer learn again.
    """
    for p in layer.parameters():
        p.requires_grad_(False)
        p.grad = None
