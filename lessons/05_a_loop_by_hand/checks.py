"""Checks of lesson 5."""

from __future__ import annotations

from random import Random
from typing import Any

import tinygrad_optim as torch
from tinygrad_optim import optim
from tinygrad_optim.course import Check, Exercise, Wrong

# ---- next_weight -----------------------------------------------------------------------------------------


def draw_step(random: Random) -> dict[str, Any]:
    """Numbers for which each way to go wrong gives a number of its own."""
    while True:
        x = [float(one) for one in random.sample((1, 2, 3, 4), 2)]
        y = [float(one) for one in random.sample((1, 2, 5, 7, 9), 2)]
        given = {"x": x, "y": y, "w": random.choice((0.5, 1.0, 3.0)), "lr": random.choice((0.1, 0.01, 0.02))}
        answers = [step_by_the_package(**given), *(wrong.answer(**given) for wrong in WRONG_STEPS)]
        if len({round(answer, 2) for answer in answers}) == len(answers):
            return given


def ask_for_step(x: Any, y: Any, w: float, lr: float) -> str:
    return f"""    x, y = torch.tensor({x}), torch.tensor({y})
    w = torch.tensor({w}, requires_grad=True)
    lr = {lr}
    loss = ((w * x - y) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        w -= lr * w.grad

What is w now?"""


def call_step(exercises: Any, x: Any, y: Any, w: float, lr: float) -> Any:
    return exercises.next_weight(x, y, w, lr)


def step_by_the_package(x: Any, y: Any, w: float, lr: float) -> float:
    weight = torch.tensor(w, dtype=torch.float64, requires_grad=True)
    optimizer = optim.SGD([weight], lr=lr)
    ((weight * torch.tensor(x) - torch.tensor(y)) ** 2).mean().backward()
    optimizer.step()
    return weight.item()


def slope(x: Any, y: Any, w: float, by: float = 2.0, with_x: bool = True) -> float:
    """The gradient, with a mistake."""
    return sum(by * (w * one - wanted) * (one if with_x else 1.0) for one, wanted in zip(x, y))


# fmt: off
WRONG_STEPS = (
    Wrong("uphill", lambda x, y, w, lr: w + lr * slope(x, y, w) / 2,
        "You went along the gradient. Does the loss fall or rise that way?"),
    Wrong("the sum in the place of the mean", lambda x, y, w, lr: w - lr * slope(x, y, w),
        "That is a step on the sum of the two squares. The program has .mean()."),
    Wrong("the 2 of the square is missing", lambda x, y, w, lr: w - lr * slope(x, y, w, by=1.0) / 2,
        "What is the slope of a square? Of e² it is not e."),
    Wrong("the local derivative of w * x is missing", lambda x, y, w, lr: w - lr * slope(x, y, w, with_x=False) / 2,
        "You stopped at w * x - y. How fast does w * x move when w does?"),
)
# fmt: on

# ---- bouncing_lr -----------------------------------------------------------------------------------------


def draw_two_lines(random: Random) -> dict[str, Any]:
    """Two places on a parabola, for which each way to go wrong gives a number of its own."""
    while True:
        steepness, lowest = random.choice((0.5, 2.0, 2.5, 5.0, 8.0, 20.0)), random.choice((-2.0, 1.0, 3.0, 4.0))
        w1 = lowest + random.choice((-3.0, -2.0, 2.0, 4.0))
        w2 = lowest + random.choice((0.25, 0.5, 0.75)) * (w1 - lowest)
        given = {"w1": w1, "grad1": steepness * (w1 - lowest), "w2": w2, "grad2": steepness * (w2 - lowest)}
        if len({wrong.answer(**given) for wrong in WRONG_LRS} | {2 / steepness}) > len(WRONG_LRS):
            return given


def ask_for_lr(w1: float, grad1: float, w2: float, grad2: float) -> str:
    return f"""The run printed, at one step and at a later one:

    w = {w1}, w.grad = {grad1}
    w = {w2}, w.grad = {grad2}

The loss is a parabola. With which lr would w jump to and fro for ever, no nearer and no farther?"""


def call_lr(exercises: Any, w1: float, grad1: float, w2: float, grad2: float) -> Any:
    return exercises.bouncing_lr(w1, grad1, w2, grad2)


def lr_by_trying(w1: float, grad1: float, w2: float, grad2: float) -> float:
    """Steps from w1 with one lr after the other: where the gradient after it is as large as before it."""
    small, large = 0.0, 1000.0
    for _ in range(60):
        lr = (small + large) / 2
        there = w1 - lr * grad1
        gradient_there = grad1 + (there - w1) * (grad2 - grad1) / (w2 - w1)  # along the line through both
        small, large = (lr, large) if abs(gradient_there) < abs(grad1) else (small, lr)
    return round(lr, 9)


# fmt: off
WRONG_LRS = (
    Wrong("the lr that is there in one step", lambda w1, grad1, w2, grad2: (w2 - w1) / (grad2 - grad1),
        "With that one w lands at the lowest point at once, and stays. It is to land on the other side."),
    Wrong("the steepness itself", lambda w1, grad1, w2, grad2: (grad2 - grad1) / (w2 - w1),
        "That is how steep the valley is. Does a steeper one bear a larger lr, or a smaller one?"),
    Wrong("the lr that leads from the one line to the other", lambda w1, grad1, w2, grad2: (w1 - w2) / grad1,
        "That step comes nearer, so its lr is not yet too large. How fast does the gradient grow with w?"),
)
# fmt: on

# ---- descend ---------------------------------------------------------------------------------------------


def draw_bowl(random: Random) -> dict[str, Any]:
    start, centre = ([round(random.uniform(-2, 2), 1) for _ in range(3)] for _ in range(2))
    return {"start": start, "centre": centre, "lr": random.choice((0.05, 0.1)), "steps": random.choice((3, 4, 5))}


def call_bowl(exercises: Any, start: Any, centre: Any, lr: float, steps: int) -> Any:
    import tinygrad_optim as torch

    middle = torch.tensor(centre, dtype=torch.float64)
    return exercises.descend(lambda p: ((p - middle) ** 2).sum(), list(start), lr, steps)


def call_bent_bowl(exercises: Any, start: Any, centre: Any, lr: float, steps: int) -> Any:
    import tinygrad_optim as torch

    def loss_of(p: Any) -> Any:
        away = p - torch.tensor(centre, dtype=torch.float64)
        half = away * 0.5
        return (half * away).sum() + (torch.sin(half) * half).sum() + (p[0] - p[2]) ** 2

    return exercises.descend(loss_of, list(start), lr, steps)


def places_by_the_package(loss_of: Any, start: Any, lr: float, steps: int) -> list[list[float]]:
    p = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    optimizer, places = optim.SGD([p], lr=lr), [p.tolist()]
    for _ in range(steps):
        optimizer.zero_grad()
        loss_of(p).backward()
        optimizer.step()
        places.append(p.tolist())
    return places


def in_the_bowl(start: Any, centre: Any, lr: float, steps: int) -> list[list[float]]:
    middle = torch.tensor(centre, dtype=torch.float64)
    return places_by_the_package(lambda p: ((p - middle) ** 2).sum(), start, lr, steps)


def in_the_bent_bowl(start: Any, centre: Any, lr: float, steps: int) -> list[list[float]]:
    def loss_of(p: Any) -> Any:
        away = p - torch.tensor(centre, dtype=torch.float64)
        return (away * away).sum() / 2 + (torch.sin(away / 2) * away / 2).sum() + (p[0] - p[2]) ** 2

    return places_by_the_package(loss_of, start, lr, steps)


def walked(loss_of: Any, start: Any, lr: float, steps: int, mistake: str) -> list[list[float]]:
    """descend with one thing wrong."""
    dtype = torch.float32 if mistake == "float32" else torch.float64
    p, total = torch.tensor(start, dtype=dtype, requires_grad=True), 0.0
    places = [] if mistake == "no start" else [p]
    for _ in range(steps):
        (gradient,) = torch.autograd.grad(loss_of(p), p)
        total = total + gradient if mistake == "not cleared" else gradient
        p = (p.detach() + (lr if mistake == "uphill" else -lr) * total).requires_grad_()
        places.append(p)
    return [place.tolist() for place in (places[-1:] * len(places) if mistake == "one list" else places)]


# fmt: off
WRONG_WALKS = (
    Wrong("the gradients are not cleared", lambda *given: walked(*given, "not cleared"),
        "The first step is right. What does the second backward() add its gradient to?"),
    Wrong("uphill", lambda *given: walked(*given, "uphill"),
        "The first step goes away from where the loss is small. Which sign has a step?"),
    Wrong("the start is missing", lambda *given: walked(*given, "no start"),
        "One place is missing: how many are there for so many steps, counted with the one before the first?"),
    Wrong("all places are the last one", lambda *given: walked(*given, "one list"),
        "All places are the same: a tensor changes in your list, too. Keep its numbers, by tolist()."),
    Wrong("float32", lambda *given: walked(*given, "float32"),
        "Right to seven digits, and no further. Which dtype has torch.tensor(start), and which does the task ask for?"),
)
# fmt: on

# ---- mended_training -------------------------------------------------------------------------------------


def draw_points(random: Random) -> dict[str, Any]:
    x = [0.0, 1.0, 2.0, 3.0][: random.choice((3, 4))]
    y = [round(random.uniform(1, 6), 1) for _ in x]
    return {"x": x, "y": y, "lr": random.choice((0.05, 0.1)), "steps": random.choice((4, 5, 6))}


def call_training(exercises: Any, x: Any, y: Any, lr: float, steps: int) -> Any:
    import tinygrad_optim as torch

    losses, w, b = exercises.mended_training(torch.tensor(x), torch.tensor(y), lr, steps)
    return {"w": w, "b": b, "losses": losses}


def training_by_the_package(x: Any, y: Any, lr: float, steps: int) -> dict[str, Any]:
    w, b = (torch.tensor(0.0, requires_grad=True) for _ in range(2))
    optimizer, losses = optim.SGD([w, b], lr=lr), []
    for _ in range(steps):
        loss = ((w * torch.tensor(x) + b - torch.tensor(y)) ** 2).mean()
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return {"w": w.item(), "b": b.item(), "losses": losses}


def trained(x: Any, y: Any, lr: float, steps: int, clears: str, zeroes_w_early: bool = False) -> Any:
    """The program with some of its faults left in: it clears the gradients of `clears` alone."""
    w, b, total, losses = 0.0, 0.0, {"w": 0.0, "b": 0.0}, []
    x, y = x.tolist(), y.tolist()

    def mean(numbers: Any) -> float:
        return sum(numbers) / len(x)

    for _ in range(steps):
        off = [w * one + b - wanted for one, wanted in zip(x, y)]
        losses.append(mean(one**2 for one in off))
        total["w"] += mean(2 * one * at for one, at in zip(off, x))
        total["b"] += mean(2 * one for one in off)
        w, b = w - lr * (0.0 if zeroes_w_early else total["w"]), b - lr * total["b"]
        total = {name: 0.0 if name in clears else one for name, one in total.items()}
    return losses, w, b


# fmt: off
WRONG_TRAININGS = (
    Wrong("as it was", lambda *given: trained(*given, "w", zeroes_w_early=True),
        "w stays 0. Print w.grad just before w is moved. Who has set it to that?"),
    Wrong("w does not move, b is mended", lambda *given: trained(*given, "wb", zeroes_w_early=True),
        "b is right now, but w stays 0. When may a gradient be cleared: before it is used, or after?"),
    Wrong("w is mended, b's gradient is never cleared", lambda *given: trained(*given, "w"),
        "The first step is right, from the second on b goes too far. Which gradient does each backward() add to?"),
    Wrong("nothing is cleared", lambda *given: trained(*given, ""),
        "Now both move, but from the second step on both go too far. What was the misplaced line good for?"),
)

EXERCISES = (
    Exercise(
        "next_weight", "predict", (
            Check("a step goes against the gradient, by lr times it",
                draw_step, call_step, step_by_the_package, cases=1, tolerance=5e-4),
        ),
        WRONG_STEPS, (
            "For each of the two numbers: the error w · x - y. The square moves 2 · error as fast as the error.",
            "And the error moves x times as fast as w. Multiply; then take the mean of the two products.",
            "That mean is w.grad. The new w is w - lr · w.grad.",
        ),
        ask_for_step,
    ),
    Exercise(
        "bouncing_lr", "predict", (
            Check("the lr at which each jump is as wide as the last",
                draw_two_lines, call_lr, lr_by_trying, points=2, cases=1, tolerance=5e-4),
        ),
        WRONG_LRS, (
            "The gradient of a parabola is a straight line over w. You know two points of it: what is its slope?",
            "That slope is the 2a of the lesson: the steepness. What must lr · steepness be for the factor to be -1?",
        ),
        ask_for_lr,
    ),
    Exercise(
        "descend", "write", (
            Check("the places are those of gradient descent in a bowl", draw_bowl, call_bowl, in_the_bowl),
            Check("it goes down any loss, in which a number is used more than once",
                draw_bowl, call_bent_bowl, in_the_bent_bowl,
                points=2, catches=("gradients_overwritten", "no_topological_order")),
        ),
        WRONG_WALKS, (
            "The lesson's fit has two parameters and one loss. Here it is one tensor, and the loss is given to you.",
            "The parameter: p = torch.tensor(start, dtype=torch.float64, requires_grad=True). Its numbers: p.tolist().",
            "In each round: loss_of(p).backward(), the step in no_grad, p.grad = None, and note p.tolist().",
        ),
    ),
    Exercise(
        "mended_training", "find", (
            Check("the losses, w and b are those of gradient descent",
                draw_points, call_training, training_by_the_package,
                points=2, tolerance=1e-4, catches=("broadcast_averaged",)),
        ),
        WRONG_TRAININGS, (
            "Print w, b and both gradients after each step. One of the two never moves.",
            "w.grad.zero_() is a good line in a bad place. And is there one like it for b?",
            "The third fault: losses holds tensors, each with its graph. What makes a float of a tensor of one number?",
        ),
    ),
)
# fmt: on
