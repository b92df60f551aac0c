"""What is checked of lesson 11's exercises."""

from __future__ import annotations

import itertools
from random import Random
from typing import Any

import tinygrad_optim as torch
from tinygrad_optim import optim
from tinygrad_optim.course import Check, Exercise, Wrong
from tinygrad_optim.optim import lr_scheduler


def groups_of(*lrs: float) -> Any:
    """A real optimizer with a group of one weight for each of these rates."""
    return optim.SGD([{"params": [torch.ones(1, requires_grad=True)], "lr": lr} for lr in lrs], momentum=0.9)


# ---- rate_after_an_edit -------------------------------------------------------------------------------------


def draw_edit(random: Random) -> dict[str, Any]:
    while True:
        drawn = {
            "lr": random.choice([0.1, 0.2, 0.3]),
            "step_size": random.choice([2, 3]),
            "gamma": random.choice([0.5, 0.1]),
            "calls_before": random.randint(3, 5),
            "new_lr": random.choice([0.6, 0.8, 0.9]),
            "calls_after": random.randint(3, 5),
        }
        answers = sorted(one(**drawn) for one in (real_rate, edit_lost, all_decays, count_begins_anew))
        if min(b - a for a, b in itertools.pairwise(answers)) > 0.0012:
            return drawn


def ask_edit(lr: float, step_size: int, gamma: float, calls_before: int, new_lr: float, calls_after: int) -> str:
    return (
        f"A group begins with lr={lr:g}, under StepLR(optimizer, step_size={step_size}, gamma={gamma:g}). After "
        f'{calls_before} calls of scheduler.step() you write group["lr"] = {new_lr:g}; then it is called {calls_after} '
        "times more. What is the group's lr now?"
    )


def call_edit(exercises: Any, **numbers: float) -> Any:
    return exercises.rate_after_an_edit(**numbers)


def real_rate(lr: float, step_size: int, gamma: float, calls_before: int, new_lr: float, calls_after: int) -> float:
    optimizer = groups_of(lr)
    scheduler = lr_scheduler.StepLR(optimizer, step_size, gamma)
    for call in range(calls_before + calls_after):
        if call == calls_before:
            optimizer.param_groups[0]["lr"] = new_lr
        optimizer.step()
        scheduler.step()
    return float(optimizer.param_groups[0]["lr"])


def edit_lost(**of: Any) -> float:
    return float(of["lr"] / of["new_lr"]) * all_decays(**of)


def all_decays(**of: Any) -> float:
    return float(of["new_lr"] * of["gamma"] ** ((of["calls_before"] + of["calls_after"]) // of["step_size"]))


def count_begins_anew(**of: Any) -> float:
    return float(of["new_lr"] * of["gamma"] ** (of["calls_after"] // of["step_size"]))


RATE_AFTER_AN_EDIT = Exercise(
    name="rate_after_an_edit",
    kind="predict",
    question=ask_edit,
    checks=(
        Check("this is the lr at the end", draw_edit, call_edit, real_rate, points=2, cases=1, tolerance=5e-4),
    ),
    wrong=(
        Wrong("the edit is lost", edit_lost,
              "Does StepLR compute the lr from the initial one, or does it multiply the one that is there?"),
        Wrong("the decays before the edit count too", all_decays,
              "Which of the decays happened before you wrote the new rate? Did they touch it?"),
        Wrong("the count begins anew at the edit", count_begins_anew,
              "Your edit changed a number in the group. Does the scheduler, which counts its own calls, know of it?"),
    ),
    hints=(
        "Write down the calls 1, 2, 3, ... and mark the multiples of step_size: there the lr is multiplied by gamma.",
        "Put the edit in its place between two calls. Only the marks behind it matter for new_lr.",
    ),
)  # fmt: skip

# ---- trapezoid ----------------------------------------------------------------------------------------------


def draw_trapezoid(random: Random) -> dict[str, Any]:
    up, level, down = random.sample(range(2, 7), 3)
    return {"lrs": [1.0, random.choice([0.1, 0.2])], "up": up, "level": level, "down": down}


def call_trapezoid(exercises: Any, lrs: list[float], up: int, level: int, down: int) -> Any:
    import tinygrad_optim as torch
    from tinygrad_optim import optim

    optimizer = optim.SGD([{"params": [torch.ones(1, requires_grad=True)], "lr": lr} for lr in lrs])
    scheduler = exercises.trapezoid(optimizer, up, level, down)
    rates = []
    for _ in range(up + level + down + 1):
        rates.append([float(group["lr"]) for group in optimizer.param_groups])
        optimizer.step()
        scheduler.step()
    return rates


def by_formula(lrs: list[float], up: int, level: int, down: int) -> list[list[float]]:
    end = up + level + down
    return [[lr * min(0.1 + 0.9 * t / up, 1.0, (end - t) / down) for lr in lrs] for t in range(end + 1)]


def joined(optimizer: Any, up: int, level: int, down: int, start: float = 0.1, end: float = 0.0, at: Any = None) -> Any:
    parts = [
        lr_scheduler.LinearLR(optimizer, start_factor=start, total_iters=up),
        lr_scheduler.ConstantLR(optimizer, factor=1.0),
        lr_scheduler.LinearLR(optimizer, start_factor=1.0, end_factor=end, total_iters=down),
    ]
    if at == "chained":
        return lr_scheduler.ChainedScheduler(parts)
    return lr_scheduler.SequentialLR(optimizer, parts, milestones=at or [up, up + level])


TRAPEZOID = Exercise(
    name="trapezoid",
    kind="write",
    checks=(
        Check("each group rises, stays and falls, from its own lr", draw_trapezoid, call_trapezoid, by_formula,
              points=2, catches=("group_missed_by_scheduler",)),
        Check("it is right for a plan in which all three parts are of one length",
              lambda random: {"lrs": [0.5], **dict.fromkeys(("up", "level", "down"), random.randint(3, 6))},
              call_trapezoid, by_formula),
    ),
    wrong=(
        Wrong("all three at once", lambda *of: joined(*of, at="chained"),
              "The fall began with the first step. Shall the parts work at once, or one after the other?"),
        Wrong("the milestones are lengths", lambda optimizer, up, level, down: joined(
              optimizer, up, level, down, at=sorted([up, level])),
              "Milestones are steps counted from the beginning of the training, not the lengths of the parts."),
        Wrong("LinearLR's own start_factor", lambda *of: joined(*of, start=1 / 3),
              "Look at the very first rate. Where does LinearLR begin if nobody says it?"),
        Wrong("it never falls", lambda *of: joined(*of, end=1.0),
              "The last part stays where it is. Where does a LinearLR end if nobody says it?"),
    ),
    hints=(
        "Three schedules, one after the other: which class joins them, and what does it want to know?",
        "LinearLR goes from start_factor to end_factor in total_iters calls, and both have defaults.",
        "milestones=[up, up + level]; the last part is LinearLR with start_factor=1.0, end_factor=0.0.",
    ),
)  # fmt: skip

# ---- halving_each -------------------------------------------------------------------------------------------


def draw_paces(random: Random) -> dict[str, Any]:
    return {"lrs": [round(random.uniform(0.1, 2), 1) for _ in range(3)], "paces": random.sample([1, 2, 3, 4], 3)}


def call_paces(exercises: Any, lrs: list[float], paces: list[int]) -> Any:
    import tinygrad_optim as torch
    from tinygrad_optim import optim

    optimizer = optim.SGD([{"params": [torch.ones(1, requires_grad=True)], "lr": lr} for lr in lrs])
    scheduler = exercises.halving_each(optimizer, paces)
    rates = []
    for _ in range(7):
        rates.append([float(group["lr"]) for group in optimizer.param_groups])
        optimizer.step()
        scheduler.step()
    return rates


def each_alone(lrs: list[float], paces: list[int]) -> list[list[float]]:
    """Each group in an optimizer of its own, under the real StepLR."""
    columns = []
    for lr, pace in zip(lrs, paces):
        optimizer = groups_of(lr)
        scheduler, column = lr_scheduler.StepLR(optimizer, pace, gamma=0.5), []
        for _ in range(7):
            column.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            scheduler.step()
        columns.append(column)
    return [list(row) for row in zip(*columns)]


def by_lambdas(kind: Any, factor: Any) -> Any:
    return lambda optimizer, paces: kind(optimizer, [lambda t, pace=pace: factor(t, pace) for pace in paces])


HALVING_EACH = Exercise(
    name="halving_each",
    kind="write",
    checks=(
        Check("each group halves at its own pace, as under a StepLR of its own", draw_paces, call_paces, each_alone,
              points=3, catches=("group_missed_by_scheduler",)),
    ),
    wrong=(
        Wrong("all have the last pace", lambda optimizer, paces: lr_scheduler.LambdaLR(
              optimizer, [lambda t: 0.5 ** (t // paces[-1])] * len(paces)),
              "All groups have the pace of the last. When does a lambda look up a name of the loop around it?"),
        Wrong("it glides", by_lambdas(lr_scheduler.LambdaLR, lambda t, pace: 0.5 ** (t / pace)),
              "The rates go down a little at each call. They should stay, and then halve: a whole-number division?"),
        Wrong("halved anew each call", by_lambdas(lr_scheduler.MultiplicativeLR, lambda t, pace: 0.5 ** (t // pace)),
              "MultiplicativeLR multiplies the rate that is there, at each call. Whose factor is of the initial lr?"),
        Wrong("one call too early", by_lambdas(lr_scheduler.LambdaLR, lambda t, pace: 0.5 ** ((t + 1) // pace)),
              "Look at the first rate of the fastest group: at t = 0 nothing has been called yet."),
    ),
    hints=(
        "Which schedule takes a list with a function for each group?",
        "The function gets t, the number of calls so far. How often has it halved by then, at this pace? 0.5 to that.",
        "lambda t, pace=pace: ... keeps each group's own pace.",
    ),
)  # fmt: skip

# ---- train --------------------------------------------------------------------------------------------------


def draw_loop(random: Random) -> dict[str, Any]:
    return {"lr": random.choice([0.1, 0.4, 0.8]), "epochs": random.randint(4, 6), "batches": random.randint(2, 3)}


def call_loop(exercises: Any, lr: float, epochs: int, batches: int) -> Any:
    import warnings

    import tinygrad_optim as torch
    from tinygrad_optim import optim

    w = torch.ones(1, requires_grad=True)
    optimizer, rates, seen = optim.SGD([w], lr=lr), [], []
    scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)
    optimizer.register_step_pre_hook(lambda *_: rates.append(optimizer.param_groups[0]["lr"]))
    optimizer.register_step_pre_hook(lambda *_: seen.append(None if w.grad is None else w.grad.item()))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a scheduler that steps first
        exercises.train(optimizer, scheduler, epochs, batches, lambda batch: (w * (batch + 1)).sum().backward())
    return {"lr of each step": rates, "gradient at each step": seen, "calls of the schedule": scheduler.last_epoch}


def as_meant(lr: float, epochs: int, batches: int) -> dict[str, Any]:
    rates = [lr * 0.5 ** (epoch // 2) for epoch in range(epochs) for _ in range(batches)]
    gradients = [float(batch + 1) for batch in range(batches)] * epochs
    return {"lr of each step": rates, "gradient at each step": gradients, "calls of the schedule": epochs}


def looped(place: str) -> Any:
    """The loop with scheduler.step() at another place."""

    def train(optimizer: Any, scheduler: Any, epochs: int, batches: int, compute_gradients: Any) -> None:
        for epoch in range(epochs):
            if place == "before the epoch" or (place == "from the second epoch" and epoch):
                scheduler.step()
            for batch in range(batches):
                if place == "before the batch":
                    scheduler.step()
                optimizer.zero_grad()
                compute_gradients(batch)
                optimizer.step()
                if place == "after the batch":
                    scheduler.step()

    return train


TRAIN = Exercise(
    name="train",
    kind="find",
    checks=(Check("each batch is stepped with its epoch's rate", draw_loop, call_loop, as_meant, points=2),),
    wrong=(
        Wrong("nothing is mended yet", looped("before the batch"),
              "How often is scheduler.step() called in one epoch? How often should it be?"),
        Wrong("still once a batch", looped("after the batch"),
              "The order is right now. But StepLR counts calls: how many should there be in one epoch?"),
        Wrong("before the epoch", looped("before the epoch"),
              "Once an epoch: good. With which rate is the very first batch stepped, and should it be?"),
        Wrong("not after the last epoch", looped("from the second epoch"),
              "The rates are right. But after the last epoch the schedule is a call behind, should training go on."),
    ),
    hints=(
        "Print group['lr'] before each optimizer.step(), and count.",
        "There are two mistakes in one line: how often it runs, and whether it runs before or after the steps.",
    ),
)  # fmt: skip

EXERCISES = (RATE_AFTER_AN_EDIT, TRAPEZOID, HALVING_EACH, TRAIN)
