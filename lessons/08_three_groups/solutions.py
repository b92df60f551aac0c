"""Solutions of lesson 8: three groups, three learning rates."""

from __future__ import annotations

from typing import Any

from tinygrad_optim import nn, optim


def one_step(lr: float, own_lr: float, decay: float, a: float, b: float, c: float) -> list[float]:
    """Predict: where are three weights in three groups after one step?

        groups = [{"params": [wa]}, {"params": [wb], "lr": own_lr}, {"params": [wc], "weight_decay": decay}]
        optimizer = optim.SGD(groups, lr=lr)
        loss = 2 * wa + 2 * wb + 2 * wc
        loss.backward()
        optimizer.step()

    wa, wb and wc begin at a, b and c. `tinygrad-optim check 8` shows you your own numbers. Work it out before you run
    anything, and return [wa, wb, wc] after the step.
    """
    return [a - lr * 2, b - own_lr * 2, c - lr * (2 + decay * c)]


def no_decay(net: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Make two groups for an optimizer: first what is to decay, then what is not.

    Parameters of two and more dimensions get this weight decay; those of one dimension or none (biases, the gains of
    norms, a single number) get no decay. Parameters that want no gradient (p.requires_grad is False) are in neither
    group. In each group the parameters stand in the order of net.parameters().

    The groups must hold what they say with any optimizer, also with optim.SGD(groups, lr=0.1, weight_decay=0.3). Do not
    use optim.groups here: it is what you are building.
    Returns: [{"params": [...], ...}, {"params": [...], ...}]
    """
    trained = [p for p in net.parameters() if p.requires_grad]
    return [
        {"params": [p for p in trained if p.ndim >= 2], "weight_decay": weight_decay},
        {"params": [p for p in trained if p.ndim < 2], "weight_decay": 0.0},
    ]


def who_moves(parameters: list[dict[str, Any]]) -> list[str]:
    """Read: which of these weights will the next optimizer.step() change?

    The optimizer is SGD without momentum. Each weight has a group of its own. parameters: one dict a weight, as

        {"name": "a", "value": 1.0, "requires_grad": True, "grad": 0.5, "lr": 0.1, "weight_decay": 0.0}

    value: the weight itself. grad: what stands in its .grad just before the step; None if nothing does.
    Returns: the names of those whose value will be another one after the step, in the order in which they stand. The
    one above will move.
    """
    return [
        one["name"]
        for one in parameters
        if one["grad"] is not None and one["lr"] and (one["grad"] or one["weight_decay"] * one["value"])
    ]


def freeze(net: nn.Module, optimizer: optim.Optimizer, part: str) -> None:
    """Mend: freeze a part of the net, so that its weights stay where they are, whatever the training does next.

    The function that a colleague wrote is

        def freeze(net, optimizer, part):
            for name, p in net.named_parameters():
                if name.startswith(part + "."):
                    p.requires_grad_(False)

    and the part goes on moving. The training loop, which you cannot change, is zero_grad(set_to_none=False), loss,
    backward, step, and the optimizer has momentum and weight decay. All parameters are in one group. All other parts
    must go on learning, just as if the frozen part had stood still by itself.

    part: the beginning of the parameters' names, without the dot: "body" for body.weight and body.bias.
    """
    for name, p in net.named_parameters():
        if name.startswith(part + "."):
            p.requires_grad_(False)  # no gradient is worked out any more
            p.grad = None  # and none is left over: step passes it by
