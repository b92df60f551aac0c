"""Solutions of lesson 15."""

from __future__ import annotations

import tinygrad_optim as torch
from tinygrad_optim import Value, optim


def with_the_bug(p: float, first: float, second: float, lr: float, momentum: float, weight_decay: float) -> float:
    """Predict a wrong number: the weight after two steps of an SGD that adds its decay after the momentum.

    The weight starts at `p`, and `first` and `second` are the two gradients that it gets. The velocity is made from
    gradients alone; the decay is added to what the step then goes by. `tinygrad-optim check 15.with_the_bug` shows the
    numbers that are drawn for you. Type what the weight is after the second step, as in `return 0.7124`.
    """
    velocity = first
    p = p - lr * (velocity + weight_decay * p)
    velocity = momentum * velocity + second
    return p - lr * (velocity + weight_decay * p)


def engine_bug() -> str:
    """Find out which bug the engine has that is at work while this function runs.

    Return "no_topological_order", "gradients_overwritten", "stale_inner_gradients" (they are those of lesson 2), or
    "none" if it is sound. The check calls your function several times, with another engine each time. Compute something
    small with Values, call backward() on it, and decide by the gradients.
    """
    steps = Value(3.0)
    width = steps * 2.0
    area = width * (width + 1.0)
    found = []
    for _ in range(2):  # one of the bugs is seen only in the second pass
        area.backward()
        found.append(steps.grad)
    names = {26.0: "none", 14.0: "no_topological_order", 12.0: "gradients_overwritten"}
    return names[found[0]] if found != [26.0, 116.0] else "stale_inner_gradients"


def adam_bug() -> str:
    """Find out which bug the Adam and the AdamW have that are at work while this function runs.

    Return one of these, or "none" if they are sound:

        "eps_outside"                  eps is added after the division:  p - lr * (m / sqrt(v)) + eps
        "eps_inside_root"              eps is added under the root:      p - lr * m / sqrt(v + eps)
        "bias_correction_off_by_one"   the means are corrected as if one step more had been taken
        "decay_in_the_gradient"        AdamW adds its decay to the gradient, as Adam does

    Where m and v are the corrected means. The check calls your function several times, each time with another Adam.
    """

    def one_step(kind: type, **options: float) -> float:
        p = Value(1.0)
        p.grad = 2.0
        kind([p], lr=0.1, **options).step()
        return round(p.data, 4)

    if one_step(optim.Adam) != 0.9:  # sound, the first step is lr long
        return "bias_correction_off_by_one"
    if one_step(optim.AdamW, weight_decay=0.5) != 0.85:  # 1 - 0.1 * 0.5, then the step
        return "decay_in_the_gradient"
    with_eps = one_step(optim.Adam, eps=5.0)  # 1 - 0.1 * 2 / (2 + 5), or sqrt(4 + 5), or 5 more
    return {0.9714: "none", 0.9333: "eps_inside_root"}.get(with_eps, "eps_outside")


def first_wrong_step(log: list[dict[str, float]], lr: float, momentum: float, weight_decay: float) -> int:
    """Find the first step in a log of SGD that cannot be right. Return its number, from 1 on; 0 if all are right.

    Each row of the log is one step of one weight: its `gradient`; the weight `before` and `after`; the `velocity` after
    the step. Before the first step there is no velocity. The options are the same in all steps; no dampening and no
    Nesterov. The numbers are rounded to six digits after the point: what differs by less than 0.0001 is the same.

    With lr = 0.1, momentum = 0.5 and weight_decay = 0.2 this is a log of two right steps:
        [{"gradient": 1.0, "before": 1.0, "velocity": 1.2, "after": 0.88},
         {"gradient": 1.0, "before": 0.88, "velocity": 1.776, "after": 0.7024}]
    """
    velocity = 0.0
    for number, row in enumerate(log, 1):
        velocity = momentum * velocity + row["gradient"] + weight_decay * row["before"]
        after = row["before"] - lr * velocity
        if abs(velocity - row["velocity"]) > 1e-4 or abs(after - row["after"]) > 1e-4:
            return number
        velocity = row["velocity"]
    return 0


def train(xs: list[float], ys: list[float], lr: float, steps: int) -> list[float]:
    """Fit the line w * x + b to points, from w = 0 and b = 1, and return [w, b, loss] where the loss was lowest.

    This program has three faults. Mend them. It is to take `steps` steps of the SGD that it names, and to look at the
    loss before each; w, b and the loss returned belong together.
    """
    w = torch.tensor(0.0, dtype=torch.float64, requires_grad=True)
    b = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
    optimizer = optim.SGD([w, b], lr=lr, momentum=0.9, weight_decay=0.1)
    x, y = torch.tensor(xs, dtype=torch.float64), torch.tensor(ys, dtype=torch.float64)
    best, best_loss = [w.item(), b.item()], float("inf")
    for _ in range(steps):
        loss = ((w * x + b - y) ** 2).mean()
        if loss.item() < best_loss:
            best, best_loss = [w.item(), b.item()], loss.item()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return [*best, best_loss]
