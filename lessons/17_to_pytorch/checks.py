"""Lesson 17: what is checked."""

from __future__ import annotations

from functools import lru_cache
from random import Random
from typing import Any

import numpy as np

import tinygrad_optim as torch
from tinygrad_optim import nn, optim
from tinygrad_optim.course import Check, Exercise, Wrong
from tinygrad_optim.optim import Optimizer

# ---- second_lr ---------------------------------------------------------------------------------------------


def draw_group(random: Random) -> dict[str, float]:
    return {
        "weight_decay": random.choice([0.001, 0.01, 0.02]),
        "first_lr": random.choice([0.1, 0.2, 0.3]),
        "first_momentum": random.choice([0.8, 0.9, 0.95]),
        "own_lr": random.choice([0.01, 0.02, 0.05]),
    }


def ask_group(weight_decay: float, first_lr: float, first_momentum: float, own_lr: float) -> str:
    return (
        f'group = {{"params": [w], "weight_decay": {weight_decay}}}\n'
        f"first = optim.SGD([group], lr={first_lr}, momentum={first_momentum})\n"
        f"second = optim.SGD([group], lr={own_lr})\n"
        "What are lr and momentum of second.param_groups[0] here, and what are they in PyTorch?"
    )


def call_group(exercises: Any, **inputs: float) -> Any:
    return [float(number) for number in exercises.second_lr(**inputs)]


def expect_group(weight_decay: float, first_lr: float, first_momentum: float, own_lr: float) -> list[float]:
    """PyTorch fills in the caller's dict: there, the second optimizer is given what the first has made of it."""
    w = torch.zeros(1, requires_grad=True)
    group = {"params": [w], "weight_decay": weight_decay}
    first = optim.SGD([group], lr=first_lr, momentum=first_momentum)
    here = optim.SGD([group], lr=own_lr).param_groups[0]
    there = optim.SGD([dict(first.param_groups[0])], lr=own_lr).param_groups[0]
    return [here["lr"], float(here["momentum"]), there["lr"], there["momentum"]]


SECOND_LR = Exercise(
    name="second_lr",
    kind="predict",
    checks=(
        Check(
            says="here a dict is copied; in PyTorch it is filled in, and what is in it counts as given",
            draw=draw_group, call=call_group, expected=expect_group, points=2, cases=1, tolerance=5e-4,
        ),
    ),
    wrong=(
        Wrong(
            "PyTorch as here",
            lambda weight_decay, first_lr, first_momentum, own_lr: [own_lr, 0.0, own_lr, 0.0],
            "Here you are right. In PyTorch the dict that you wrote is the one that the first optimizer filled in. "
            "What is in it by the time the second one reads it?",
        ),
        Wrong(
            "here as in PyTorch",
            lambda weight_decay, first_lr, first_momentum, own_lr: [first_lr, first_momentum] * 2,
            "In PyTorch you are right. Here the first optimizer worked on a copy. What does the second one find in "
            "the dict?",
        ),
        Wrong(
            "the two packages mistaken for one another",
            lambda weight_decay, first_lr, first_momentum, own_lr: [first_lr, first_momentum, own_lr, 0.0],
            "All four numbers are there, in the wrong places. Which of the two packages copies the dict?",
        ),
        Wrong(
            "in PyTorch the lr is the new one, the momentum the old one",
            lambda weight_decay, first_lr, first_momentum, own_lr: [own_lr, 0.0, own_lr, first_momentum],
            "lr=... in the constructor is a default, too: it counts where a group does not give its own. Does this "
            "group?",
        ),
    ),
    hints=(
        "What SGD(..., lr=...) is given are defaults. They fill in what a group does not have.",
        "Here, the second optimizer is given a dict with params and weight_decay, as you wrote it.",
        "In PyTorch, after the first optimizer, the dict has lr and momentum in it; and what a group has stays.",
    ),
    question=ask_group,
)  # fmt: skip

# ---- left_behind -------------------------------------------------------------------------------------------

STEPS = 12


def made(seed: int, lr: float) -> tuple[Any, Any, Any]:
    torch.manual_seed(seed)
    net = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1)).double()
    optimizer = optim.SGD(net.parameters(), lr=lr, momentum=0.9)
    return net, optimizer, optim.lr_scheduler.StepLR(optimizer, step_size=4, gamma=0.5)


def losses_of(parts: tuple[Any, Any, Any], steps: int) -> list[float]:
    """The losses of so many steps of the net, the optimizer and the schedule, always on the same data."""
    net, optimizer, schedule = parts
    x = torch.linspace(-1, 1, 16, dtype=torch.float64).view(8, 2)
    y = (3 * x[:, :1]).sin() + 1
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(net(x), y)
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
    return losses


@lru_cache(256)  # all checks of a case, whose inputs are drawn from one seed, are about one training
def ways_to_move(moved_at: int, seed: int, lr: float) -> dict[str, list[float]]:
    """The losses of a training that a second program took over: whole, and without each one of the state dicts."""
    before = made(seed, lr)
    losses = losses_of(before, moved_at)
    found = {}
    for lost in ("nothing", "weights", "optimizer", "schedule"):
        after = made(seed + 1000, lr)
        for name, old, new in zip(("weights", "optimizer", "schedule"), before, after):
            if name != lost:
                new.load_state_dict(old.state_dict())
        found[lost] = losses + losses_of(after, STEPS - moved_at)
    return found


def draw_moved(random: Random, lost: str) -> dict[str, Any]:
    given = {"moved_at": random.choice([5, 6, 7]), "seed": random.randint(0, 500), "lr": random.choice([0.05, 0.1])}
    moved = list(ways_to_move(**given)[lost])
    for step in range(given["moved_at"], STEPS):  # the other program rounds in its own way
        moved[step] *= 1 + random.uniform(-5e-7, 5e-7)
    whole = ways_to_move(**given)["nothing"]
    return {"whole": [float(f"{n:.9g}") for n in whole], "moved": [float(f"{n:.9g}") for n in moved], **given}


def draw_nothing(random: Random) -> dict[str, Any]:
    return draw_moved(random, "nothing")


def draw_weights(random: Random) -> dict[str, Any]:
    return draw_moved(random, "weights")


def draw_optimizer(random: Random) -> dict[str, Any]:
    return draw_moved(random, "optimizer")


def draw_schedule(random: Random) -> dict[str, Any]:
    return draw_moved(random, "schedule")


def call_moved(exercises: Any, whole: list[float], moved: list[float], moved_at: int, seed: int, lr: float) -> Any:
    return exercises.left_behind(whole, moved, moved_at)


def expect_moved(whole: list[float], moved: list[float], moved_at: int, seed: int, lr: float) -> str:
    """The training is moved in each of the four ways, to see which has these losses."""
    found = {
        lost: sum(abs(one - other) / other for one, other in zip(losses, moved))
        for lost, losses in ways_to_move(moved_at, seed, lr).items()
    }
    return min(found, key=lambda lost: found[lost])


def first_apart(whole: list[float], moved: list[float], share: float = 1e-5) -> int | None:
    for step, (one, other) in enumerate(zip(whole, moved)):
        if abs(one - other) > share * one:
            return step
    return None


def named_by(places: dict[int, str], later: str, share: float = 1e-5) -> Any:
    """A wrong reader: places names what a first difference so many steps after the move means."""

    def answer(whole: list[float], moved: list[float], moved_at: int) -> str:
        step = first_apart(whole, moved, share)
        return "nothing" if step is None else places.get(step - moved_at, later)

    return answer


def by_the_last(whole: list[float], moved: list[float], moved_at: int) -> str:
    return "nothing" if abs(whole[-1] - moved[-1]) <= 1e-5 * whole[-1] else "weights"


LEFT_BEHIND = Exercise(
    name="left_behind",
    kind="read",
    checks=(
        Check(
            says="where nothing was forgotten, rounding is not taken for a fault",
            draw=draw_nothing, call=call_moved, expected=expect_moved,
        ),
        Check(
            says="forgotten weights are recognised",
            draw=draw_weights, call=call_moved, expected=expect_moved,
        ),
        Check(
            says="a forgotten optimizer is recognised",
            draw=draw_optimizer, call=call_moved, expected=expect_moved,
        ),
        Check(
            says="a forgotten schedule is recognised",
            draw=draw_schedule, call=call_moved, expected=expect_moved,
        ),
    ),
    wrong=(
        Wrong(
            "only the end is looked at",
            by_the_last,
            "You see that something is missing. What it was is seen where the losses first part: right away, one step "
            "later, or later still?",
        ),
        Wrong(
            "rounding taken for a difference",
            named_by({0: "weights", 1: "optimizer"}, "schedule", share=0.0),
            "Look at the two lists where they first differ, and at how much. Is it more than a hundred-thousandth of "
            "the loss?",
        ),
        Wrong(
            "optimizer and schedule mistaken for one another",
            named_by({0: "weights", 1: "schedule"}, "optimizer"),
            "A velocity acts in the very next step. A schedule that has begun anew: when does it first set another lr?",
        ),
        Wrong(
            "one step too early",
            named_by({0: "optimizer", 1: "schedule"}, "schedule"),
            "The first loss of the second program is computed before its first step. What does it depend on: the "
            "weights, or the optimizer's state?",
        ),
    ),
    hints=(
        "Find the first step at which the two lists differ by more than rounding.",
        "The loss at moved_at is computed with the weights that the second program has, before any step of its own.",
        "Weights show at moved_at. The optimizer's state acts in the first step after it, so it shows one loss later. "
        "The schedule shows when lr should have fallen and did not, or fell too late. (Not before: the lr at the move "
        "is in the optimizer's state dict.)",
    ),
)  # fmt: skip

# ---- QHM ---------------------------------------------------------------------------------------------------


def draw_two_groups(random: Random) -> dict[str, Any]:
    def numbers() -> list[float]:
        return [round(random.uniform(-2, 2), 1) for _ in range(2)]

    return {
        "starts": [numbers(), numbers()],
        "gradients": [[numbers(), numbers()] for _ in range(3)],
        "options": [
            {"lr": 0.1, "beta": random.choice([0.5, 0.6]), "nu": random.choice([0.2, 0.3])},
            {"lr": 0.5, "beta": random.choice([0.8, 0.9]), "nu": random.choice([0.6, 0.7])},
        ],
    }


def call_two_groups(exercises: Any, starts: Any, gradients: Any, options: Any) -> Any:
    import tinygrad_optim as torch

    ws = [torch.tensor(start, dtype=torch.float64, requires_grad=True) for start in starts]
    optimizer = exercises.QHM([{"params": [w], **given} for w, given in zip(ws, options)])
    found = []
    for step in gradients:
        optimizer.zero_grad()
        sum((w * torch.tensor(g, dtype=torch.float64)).sum() for w, g in zip(ws, step)).backward()
        optimizer.step()
        found.append([w.tolist() for w in ws])
    kept = [optimizer.state[w]["momentum_buffer"].tolist() if w in optimizer.state else None for w in ws]
    return {"weights after each step": found, "buffers": kept}


def expect_two_groups(starts: Any, gradients: Any, options: Any) -> Any:
    """Two real SGDs, one plain and one whose dampening makes its velocity a running mean, mixed by nu."""
    ways, buffers = [], []
    for momentum in (False, True):
        ws = [torch.tensor(start, dtype=torch.float64, requires_grad=True) for start in starts]
        groups = [{"params": [w], "lr": given["lr"]} for w, given in zip(ws, options)]
        if momentum:
            groups = [{**g, "momentum": o["beta"], "dampening": o["beta"]} for g, o in zip(groups, options)]
        optimizer = optim.SGD(groups)
        way = []
        for step in gradients:
            for w, g in zip(ws, step):
                w.grad = torch.tensor(g, dtype=torch.float64)
            optimizer.step()
            way.append([np.array(w.tolist()) for w in ws])
        ways.append(way)
        buffers = [optimizer.state[w]["momentum_buffer"].tolist() for w in ws] if momentum else []
    nus = [given["nu"] for given in options]
    mixed = [[((1 - nu) * a + nu * b).tolist() for nu, a, b in zip(nus, *pair)] for pair in zip(*ways)]
    return {"weights after each step": mixed, "buffers": buffers}


def draw_kept(random: Random) -> dict[str, Any]:
    return {"start": [round(random.uniform(1, 2), 1) for _ in range(2)], "slope": random.choice([0.5, 1.5])}


def call_kept(exercises: Any, start: list[float], slope: float) -> Any:
    """Steps by a closure, its gradients set to 0 in place before each; a second parameter has none."""
    import tinygrad_optim as torch

    w = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    idle = torch.ones(2, dtype=torch.float64, requires_grad=True)
    optimizer = exercises.QHM([w, idle], lr=0.1, beta=0.5, nu=1.0)

    def closure():
        optimizer.zero_grad(set_to_none=False)
        loss = slope * (w * w).sum()
        loss.backward()
        return loss

    losses = [float(optimizer.step(closure).item()) for _ in range(3)]
    return {
        "losses returned": losses,
        "w": w.tolist(),
        "gradient": w.grad.tolist(),
        "w is still a leaf": bool(w.is_leaf and w.requires_grad),
        "idle": idle.tolist(),
        "idle has state": bool(optimizer.state.get(idle)),
    }


def expect_kept(start: list[float], slope: float) -> Any:
    """With nu = 1 it is SGD along the running mean."""
    w = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    optimizer = optim.SGD([w], lr=0.1, momentum=0.5, dampening=0.5)

    def closure() -> Any:
        optimizer.zero_grad()
        loss = slope * (w * w).sum()
        loss.backward()
        return loss

    losses = [optimizer.step(closure).item() for _ in range(3)]
    return {
        "losses returned": losses,
        "w": w.tolist(),
        "gradient": w.grad.tolist(),
        "w is still a leaf": True,
        "idle": [1.0, 1.0],
        "idle has state": False,
    }


def draw_options(random: Random) -> dict[str, Any]:
    return {"lr": random.choice([0.2, 0.3])}


def call_options(exercises: Any, lr: float) -> Any:
    import tinygrad_optim as torch

    group = exercises.QHM([torch.ones(1, requires_grad=True)], lr=lr).param_groups[0]
    options = {name: group.get(name) for name in ("lr", "beta", "nu")}
    return {"options": options, "has a rule": exercises.QHM.rule is not None}


def expect_options(lr: float) -> Any:
    return {"options": {"lr": lr, "beta": 0.9, "nu": 0.7}, "has a rule": False}


class HandMade(Optimizer):
    """The loops, and two places for a mistake: which options are chosen, and how a parameter is updated."""

    def __init__(self, params: Any, lr: float = 0.1, beta: float = 0.9, nu: float = 0.7) -> None:
        super().__init__(params, {"lr": lr, "beta": beta, "nu": nu})

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    self.update(p, **self.chosen(group))
        return loss

    def chosen(self, group: Any) -> Any:
        return {name: group[name] for name in ("lr", "beta", "nu")}

    def update(self, p: Any, lr: float, beta: float, nu: float) -> None:
        buffer = self.state[p].get("momentum_buffer")
        v = p.grad.clone() if buffer is None else buffer * beta + (1 - beta) * p.grad
        self.state[p]["momentum_buffer"] = v
        p.sub_(lr * ((1 - nu) * p.grad + nu * v))


class DefaultsForAll(HandMade):
    def chosen(self, group: Any) -> Any:
        return self.defaults


class BufferIsGradient(HandMade):
    def update(self, p: Any, lr: float, beta: float, nu: float) -> None:
        state = self.state[p]
        if "momentum_buffer" in state:
            state["momentum_buffer"].mul_(beta).add_((1 - beta) * p.grad)
        else:
            state["momentum_buffer"] = p.grad
        p.sub_(lr * ((1 - nu) * p.grad + nu * state["momentum_buffer"]))


class ClosureWithoutGradients(HandMade):
    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        loss = closure() if closure is not None else None
        super().step()
        return loss


class NothingMoves(HandMade):
    def update(self, p: Any, lr: float, beta: float, nu: float) -> None:
        buffer = self.state[p].get("momentum_buffer")
        v = p.grad.clone() if buffer is None else buffer * beta + (1 - beta) * p.grad
        self.state[p]["momentum_buffer"] = v
        p = p - lr * ((1 - nu) * p.grad + nu * v)


class OneBufferForAll(HandMade):
    def update(self, p: Any, lr: float, beta: float, nu: float) -> None:
        first = self.param_groups[0]["params"][0]
        buffer = self.state[first].get("momentum_buffer")
        v = p.grad.clone() if buffer is None else buffer * beta + (1 - beta) * p.grad
        self.state[first]["momentum_buffer"] = v
        p.sub_(lr * ((1 - nu) * p.grad + nu * v))


class MadeOfARule(HandMade):
    def rule(p, g, momentum_buffer, *, lr, beta, nu):
        v = g if momentum_buffer is None else beta * momentum_buffer + (1 - beta) * g
        return p - lr * ((1 - nu) * g + nu * v), v

    rule = staticmethod(rule)
    step = Optimizer.step


QHM = Exercise(
    name="QHM",
    kind="write",
    checks=(
        Check(
            says="each parameter goes by its own group's options, and has a buffer of its own",
            draw=draw_two_groups, call=call_two_groups, expected=expect_two_groups, points=2,
        ),
        Check(
            says="it steps by a closure, with gradients zeroed in place, and passes over a parameter that has none",
            draw=draw_kept, call=call_kept, expected=expect_kept, points=2,
            catches=("gradients_overwritten",),
        ),
        Check(
            says="it has its three options, and a step instead of a rule",
            draw=draw_options, call=call_options, expected=expect_options, cases=1,
        ),
    ),
    wrong=(
        Wrong(
            "the defaults for every group",
            DefaultsForAll,
            "Your options are the same for all groups. Where does a group keep its own?",
        ),
        Wrong(
            "the buffer is the gradient itself",
            BufferIsGradient,
            "At the first step v is the gradient's numbers, but it must not be the gradient's tensor. Who writes into "
            "p.grad before the next step, and what does your buffer become then?",
        ),
        Wrong(
            "the closure is called without gradients",
            ClosureWithoutGradients,
            "The closure calls backward(), and it runs inside your no_grad(), where no graph is made. What did the "
            "lesson's Lion put around it?",
        ),
        Wrong(
            "nothing moves",
            NothingMoves,
            "`p = ...` gives the name p to a new tensor. The parameter that the net holds stays as it was. Which "
            "methods write into it?",
        ),
        Wrong(
            "one buffer for all",
            OneBufferForAll,
            "Your parameters share one memory. State is kept by parameter: self.state[p].",
        ),
        Wrong(
            "made of a rule",
            MadeOfARule,
            "The numbers are right, by a rule. PyTorch's Optimizer knows none: write the loops in a step of your own.",
        ),
    ),
    hints=(
        "Begin with the lesson's Lion, and change the three lines of the formula.",
        "The first buffer: p.grad.clone(). Later: buffer.mul_(beta).add_(p.grad, alpha=1 - beta).",
        "p.add_(something, alpha=-lr) writes into p. Put @torch.no_grad() above step, and the closure under "
        "torch.enable_grad().",
    ),
)  # fmt: skip

EXERCISES = (SECOND_LR, LEFT_BEHIND, QHM)
