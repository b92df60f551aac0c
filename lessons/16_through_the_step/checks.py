"""Lesson 16: what is checked."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from random import Random
from typing import Any

import tinygrad_optim as torch
from tinygrad_optim import optim
from tinygrad_optim.course import Check, Exercise, Wrong

# ---- slope_of_one_step -------------------------------------------------------------------------------------


def draw_one_step(random: Random) -> dict[str, float]:
    target = round(random.uniform(0.5, 2), 1)
    away = random.choice([-1, 1]) * round(random.uniform(1, 3), 1)
    return {
        "w": round(target + away, 1),
        "target": target,
        "a": random.choice([0.5, 1.5, 2.0]),
        "lr": random.choice([0.05, 0.1, 0.15]),
    }


def ask_one_step(w: float, target: float, a: float, lr: float) -> str:
    return (
        f"The loss is {a} * (w - {target})**2, and w is {w}. One step of SGD is taken, with lr = {lr}.\n"
        "What is the slope, along lr, of the loss after the step?"
    )


def call_one_step(exercises: Any, **inputs: float) -> Any:
    return float(exercises.slope_of_one_step(**inputs))


def expect_one_step(w: float, target: float, a: float, lr: float) -> float:
    """From one backward() through the step."""
    rate = torch.tensor(lr, dtype=torch.float64, requires_grad=True)
    weight = torch.tensor(w, dtype=torch.float64, requires_grad=True).clone()
    optimizer = optim.SGD([weight], lr=rate, differentiable=True)
    (weight.grad,) = torch.autograd.grad(a * (weight - target) ** 2, weight)
    optimizer.step()
    (a * (weight - target) ** 2).backward()
    return rate.grad.item()


def uphill(w: float, target: float, a: float, lr: float) -> float:
    return -expect_one_step(w, target, a, lr)


def from_before_alone(w: float, target: float, a: float, lr: float) -> float:
    return -((2 * a * (w - target)) ** 2)


def half_a_chain(w: float, target: float, a: float, lr: float) -> float:
    return 2 * a * (w - lr * 2 * a * (w - target) - target)


def the_change_itself(w: float, target: float, a: float, lr: float) -> float:
    after = w - lr * 2 * a * (w - target)
    return a * (after - target) ** 2 - a * (w - target) ** 2


ONE_STEP = Exercise(
    name="slope_of_one_step",
    kind="predict",
    checks=(
        Check(
            says="the slope along lr is minus the gradient before times the gradient after the step",
            draw=draw_one_step, call=call_one_step, expected=expect_one_step, points=2, cases=1, tolerance=5e-4,
        ),
    ),
    wrong=(
        Wrong(
            "uphill",
            uphill,
            "The size is right. With a little more lr the weight goes a little farther down: does the loss rise or "
            "fall?",
        ),
        Wrong(
            "both gradients taken before the step",
            from_before_alone,
            "You multiplied the gradient before the step by itself. The loss that is asked for is the one after the "
            "step: where does it have its slope?",
        ),
        Wrong(
            "the chain breaks off at the weight",
            half_a_chain,
            "That is how the loss depends on the new weight. And how does the new weight depend on lr?",
        ),
        Wrong(
            "the change of the loss, not its slope",
            the_change_itself,
            "That is by how much this step changed the loss. Asked is how the loss after the step changes when lr "
            "does.",
        ),
    ),
    hints=(
        "Write down three numbers: the gradient at w, the weight after the step, and the gradient there.",
        "The gradient of a * (w - target)**2 is 2 * a * (w - target).",
        "The new weight is w - lr * (gradient before), so its slope along lr is minus the gradient before. The chain "
        "rule multiplies that by the loss's slope at the new weight.",
    ),
    question=ask_one_step,
)  # fmt: skip

# ---- slopes ------------------------------------------------------------------------------------------------


def draw_training(random: Random, steps: int) -> dict[str, Any]:
    return {
        "starts": [round(random.uniform(0.6, 1.4), 1) for _ in range(2)],
        "curvatures": [random.choice([0.5, 1.0]), random.choice([1.5, 2.0])],
        "lrs": [round(random.uniform(0.01, 0.03), 3) for _ in range(2)],
        "momentum": random.choice([0.3, 0.5, 0.8]),
        "steps": steps,
    }


def draw_two_steps(random: Random) -> dict[str, Any]:
    return draw_training(random, 2)


def draw_more_steps(random: Random) -> dict[str, Any]:
    return draw_training(random, random.randint(3, 5))


def call_slopes(exercises: Any, **inputs: Any) -> Any:
    return [float(slope) for slope in exercises.slopes(**inputs)]


def trained(starts: list[float], curvatures: list[float], settings: list[float], steps: int) -> float:
    """The loss after an ordinary training; settings: the lrs, then the momentum."""
    ws = [torch.tensor(start, dtype=torch.float64, requires_grad=True) for start in starts]
    groups = [{"params": [w], "lr": lr} for w, lr in zip(ws, settings)]
    optimizer = optim.SGD(groups, momentum=settings[-1])

    def loss() -> Any:
        return sum(c * (w * w) for c, w in zip(curvatures, ws)) ** 2

    for _ in range(steps):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
    return loss().item()


def expect_slopes(
    starts: list[float], curvatures: list[float], lrs: list[float], momentum: float, steps: int
) -> list[float]:
    """By differences: each setting a little more and a little less, trained anew."""
    settings, h, found = [*lrs, momentum], 1e-6, []
    for place in range(len(settings)):
        more, less = list(settings), list(settings)
        more[place] += h
        less[place] -= h
        rise = trained(starts, curvatures, more, steps) - trained(starts, curvatures, less, steps)
        found.append(rise / (2 * h))
    return found


def slopes_with(create_graph: bool = True, cut: bool = False, separate: bool = True, learned: bool = True) -> Any:
    """A wrong way of finding the slopes."""

    def answer(starts: Any, curvatures: Any, lrs: Any, momentum: float, steps: int) -> list[float]:
        settings = [torch.tensor(n, dtype=torch.float64, requires_grad=True) for n in (*lrs, momentum)]
        ws = [torch.tensor(n, dtype=torch.float64, requires_grad=True).clone() for n in starts]
        groups = [{"params": [w], "lr": lr} for w, lr in zip(ws, settings)]
        optimizer = optim.SGD(groups, differentiable=True)

        def loss() -> Any:
            if separate:
                return sum(c * (w * w) for c, w in zip(curvatures, ws)) ** 2
            return sum((c * (w * w)) ** 2 for c, w in zip(curvatures, ws))

        for step in range(steps):
            late = not cut or step == steps - 1  # cut: in earlier steps the settings are plain numbers
            for group, lr in zip(optimizer.param_groups, settings):
                group["lr"] = lr if late else lr.item()
                group["momentum"] = settings[-1] if late and learned else momentum
            for w, g in zip(ws, torch.autograd.grad(loss(), ws, create_graph=create_graph)):
                w.grad = g
            optimizer.step()
        loss().backward()
        return [0.0 if setting.grad is None else setting.grad.item() for setting in settings]

    return answer


SLOPES = Exercise(
    name="slopes",
    kind="write",
    checks=(
        Check(
            says="after two steps the slopes along the lrs and the momentum are those that differences have",
            draw=draw_two_steps, call=call_slopes, expected=expect_slopes, tolerance=1e-5,
        ),
        Check(
            says="so they are after more steps",
            draw=draw_more_steps, call=call_slopes, expected=expect_slopes, points=3, tolerance=1e-5,
            catches=("gradients_overwritten", "no_topological_order"),
        ),
    ),
    wrong=(
        Wrong(
            "gradients count as plain numbers",
            slopes_with(create_graph=False),
            "With one step yours is right, with several it is not. What else depends on lr, from the second step on?",
        ),
        Wrong(
            "only the last step is in the graph",
            slopes_with(cut=True),
            "Your graph begins anew before the last step. The lrs have acted in the steps before, too: let the "
            "weights of one step be the ones that the next begins with, without detach().",
        ),
        Wrong(
            "the momentum takes no part",
            slopes_with(learned=False),
            "The slopes along the lrs are right. Is the momentum that you gave the optimizer a tensor that asks for a "
            "gradient?",
        ),
        Wrong(
            "each weight's loss squared by itself",
            slopes_with(separate=False),
            "Your loss is a sum of squares. Asked is the square of the sum: each weight's gradient then depends on "
            "the other.",
        ),
    ),
    hints=(
        "Make the lrs and the momentum tensors of float64 with requires_grad=True, and the weights clones of such "
        "tensors.",
        "In each step: torch.autograd.grad(loss, ws, create_graph=True), each gradient into its weight's .grad, then "
        "step().",
        "At the end: loss().backward(), and then .grad.item() of each lr and of the momentum.",
    ),
)  # fmt: skip

# ---- what_was_lost -----------------------------------------------------------------------------------------


@lru_cache(512)  # by every check, and by all submissions: there are not many w, a and lr
def slope_when(lost: str, w: float, a: float, lr: float, steps: int = 3) -> float:
    """The slope along lr of the loss after three steps, found by a program that lost this."""
    rate = torch.tensor(lr, dtype=torch.float64, requires_grad=True)
    weight = torch.tensor(w, dtype=torch.float64, requires_grad=True).clone()
    for step in range(steps):
        if lost == "earlier steps" and step == steps - 1:
            weight = weight.detach().requires_grad_().clone()
        (g,) = torch.autograd.grad(a * weight * weight, weight, create_graph=lost != "create_graph")
        optimizer = optim.SGD([weight], lr=rate, differentiable=True)
        weight.grad = g
        optimizer.step()
    (a * weight * weight).backward()
    return rate.grad.item()


def draw_slope(random: Random, lost: str) -> dict[str, float]:
    given = {
        "w": random.choice([-3.0, -2.0, 1.5, 2.5]),
        "a": random.choice([0.5, 1.0, 2.0]),
        "lr": random.choice([0.05, 0.1, 0.15]),
    }
    return {**given, "slope": round(slope_when(lost, **given), 6)}


def draw_right(random: Random) -> dict[str, float]:
    return draw_slope(random, "nothing")


def draw_plain(random: Random) -> dict[str, float]:
    return draw_slope(random, "create_graph")


def draw_cut(random: Random) -> dict[str, float]:
    return draw_slope(random, "earlier steps")


def call_lost(exercises: Any, **inputs: float) -> Any:
    return exercises.what_was_lost(**inputs)


def expect_lost(w: float, a: float, lr: float, slope: float) -> str:
    """All three programs are run, to see which of them says so."""
    found = {lost: slope_when(lost, w, a, lr) for lost in ("nothing", "create_graph", "earlier steps")}
    return min(found, key=lambda lost: abs(found[lost] - slope))


def never_suspicious(w: float, a: float, lr: float, slope: float) -> str:
    return "nothing"


def the_other_way_round(w: float, a: float, lr: float, slope: float) -> str:
    swapped = {"nothing": "nothing", "create_graph": "earlier steps", "earlier steps": "create_graph"}
    return swapped[expect_lost(w, a, lr, slope)]


def right_or_create_graph(w: float, a: float, lr: float, slope: float) -> str:
    return "nothing" if expect_lost(w, a, lr, slope) == "nothing" else "create_graph"


def constants_are_right(w: float, a: float, lr: float, slope: float) -> str:
    found = expect_lost(w, a, lr, slope)
    return {"create_graph": "nothing", "nothing": "create_graph"}.get(found, found)


LOST = Exercise(
    name="what_was_lost",
    kind="read",
    checks=(
        Check(
            says="a right slope is called right",
            draw=draw_right, call=call_lost, expected=expect_lost,
        ),
        Check(
            says="gradients taken as plain numbers are recognised",
            draw=draw_plain, call=call_lost, expected=expect_lost,
        ),
        Check(
            says="a graph that has the last step alone is recognised",
            draw=draw_cut, call=call_lost, expected=expect_lost,
        ),
    ),
    wrong=(
        Wrong(
            "all is well",
            never_suspicious,
            "You call every slope right. Find this one's right value by differences: three ordinary steps with lr a "
            "little larger, and a little smaller.",
        ),
        Wrong(
            "create_graph blamed for everything",
            right_or_create_graph,
            "You tell right from wrong. There are two ways of being wrong: work out what a program finds that sees "
            "the last step alone.",
        ),
        Wrong(
            "the two losses mistaken for one another",
            the_other_way_round,
            "You know when something was lost, and call it by the other's name. If w is detached before the last "
            "step, how many of the three gradients can still be found in the slope?",
        ),
        Wrong(
            "gradients as plain numbers taken for the truth",
            constants_are_right,
            "What you hold to be right is the sum of minus each step's gradient, times the last one. With a larger "
            "lr, would the later gradients be the same?",
        ),
    ),
    hints=(
        "All three slopes have the same sign, so the sign does not help. Compute what each of the three programs "
        "would find.",
        "The weight after k steps is w * (1 - 2 * a * lr)**k. The right slope is the derivative of a * (that, for k = "
        "3)**2.",
        "With plain numbers for gradients, the slope is the last gradient times minus the sum of the three before. "
        "With the last step alone, the sum has one term. Return the name of the nearest.",
    ),
)  # fmt: skip

# ---- online_lrs --------------------------------------------------------------------------------------------


def draw_online(random: Random) -> dict[str, Any]:
    return {
        "lr": random.choice([0.2, 0.3]),
        "hyper_lr": random.choice([0.004, 0.005]),
        "gradients": [[round(random.uniform(-1.5, 1.5), 1) for _ in range(3)] for _ in range(5)],
    }


def draw_agreeing(random: Random) -> dict[str, Any]:
    return {
        "lr": 0.1,
        "hyper_lr": 0.01,
        "gradients": [[round(random.uniform(0.5, 2), 1) for _ in range(2)] for _ in range(4)],
    }


def call_online(exercises: Any, **inputs: Any) -> Any:
    return [float(lr) for lr in exercises.online_lrs(**inputs)]


def call_rising(exercises: Any, **inputs: Any) -> Any:
    lrs = exercises.online_lrs(**inputs)
    return [bool(lrs[i + 1] > lrs[i]) for i in range(len(lrs) - 1)]


def expect_rising(lr: float, hyper_lr: float, gradients: list[list[float]]) -> list[bool]:
    """Gradients that point the same way: each step could have been longer."""
    return [True] * (len(gradients) - 1)


def expect_online(lr: float, hyper_lr: float, gradients: list[list[float]]) -> list[float]:
    """Each slope from a backward() through the step before, of a loss that has the gradient of now."""
    found = [lr]
    for before, now in pairwise(gradients):
        rate = torch.tensor(found[-1], dtype=torch.float64, requires_grad=True)
        w = torch.zeros(len(now), dtype=torch.float64, requires_grad=True).clone()
        w.grad = torch.tensor(before, dtype=torch.float64)
        optim.SGD([w], lr=rate, differentiable=True).step()
        (w * torch.tensor(now, dtype=torch.float64)).sum().backward()
        found.append(found[-1] - hyper_lr * rate.grad.item())
    return found


def online_with(product: Any, begin: Any = lambda lrs: lrs[-1]) -> Any:
    """A wrong adaptation: product(before, now) is added hyper_lr times to begin(lrs)."""

    def answer(lr: float, hyper_lr: float, gradients: list[list[float]]) -> list[float]:
        lrs = [lr]
        for before, now in pairwise(gradients):
            lrs.append(begin(lrs) + hyper_lr * product(before, now))
        return lrs

    return answer


def dot(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other))


ONLINE = Exercise(
    name="online_lrs",
    kind="write",
    checks=(
        Check(
            says="each lr follows from the one before and the slope that a backward() through the last step has",
            draw=draw_online, call=call_online, expected=expect_online, points=2,
        ),
        Check(
            says="while gradients point the same way, lr rises",
            draw=draw_agreeing, call=call_rising, expected=expect_rising,
        ),
    ),
    wrong=(
        Wrong(
            "lr goes uphill",
            online_with(lambda before, now: -dot(before, now)),
            "If two gradients in a row point the same way, the step between them could have been longer. Does your lr "
            "grow then?",
        ),
        Wrong(
            "the gradient of now times itself",
            online_with(lambda before, now: dot(now, now)),
            "Your lr can only grow: a gradient always agrees with itself. Which two gradients tell whether the step "
            "was too long?",
        ),
        Wrong(
            "each lr computed from the first",
            online_with(dot, begin=lambda lrs: lrs[0]),
            "The second lr is right, the third is not. Which lr was the step before taken with?",
        ),
        Wrong(
            "the mean over the elements",
            online_with(lambda before, now: dot(before, now) / len(now)),
            "Your changes are right but for one factor. The product of the two gradients is summed over the elements.",
        ),
    ),
    hints=(
        "Go through the gradients in pairs: the one before, and the one of now.",
        "The slope along lr is -(the sum of the products of their elements).",
        "new lr = last lr - hyper_lr * slope. Begin the list with lr itself.",
    ),
)  # fmt: skip

EXERCISES = (ONE_STEP, SLOPES, LOST, ONLINE)
