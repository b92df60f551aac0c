"""What is checked of lesson 13's exercises."""

from __future__ import annotations

import copy
from random import Random
from typing import Any

import tinygrad_optim as torch
from tinygrad_optim import optim
from tinygrad_optim.course import Check, Exercise, Wrong


def draw_resuming(random: Random) -> dict[str, Any]:
    while True:
        lrs, momentum = random.sample([0.1, 0.2, 0.4], 2), random.choice([0.5, 0.9])
        buffer, gradient = random.choice([-3.0, -1.0, 1.0, 3.0]), random.choice([-4.0, -2.0, 2.0, 4.0])
        if len({round(lr * g, 6) for lr in lrs for g in (gradient, momentum * buffer + gradient)}) == 4:
            break  # so that no two mistakes lead to the same number
    numbers = {"weight": float(random.randint(1, 9)), "buffer": buffer, "gradient": gradient, "momentum": momentum}
    return {**numbers, "saved_lr": lrs[0], "new_lr": lrs[1]}


def ask_resuming(**of: float) -> str:
    return (
        f"Saved: w = {of['weight']:g}, its momentum_buffer {of['buffer']:g}, lr={of['saved_lr']:g}. The new program "
        f"builds SGD([w], lr={of['new_lr']:g}, momentum={of['momentum']:g}); the gradient is {of['gradient']:g}. Where "
        "is w after one step, if the optimizer's state was loaded, and if it was forgotten?"
    )


def call_resuming(exercises: Any, **numbers: float) -> Any:
    return exercises.after_resuming(**numbers)


def real_resuming(**of: float) -> tuple[float, float]:
    found = []
    for loads in (True, False):
        w = torch.tensor(of["weight"], dtype=torch.float64, requires_grad=True)
        optimizer = optim.SGD([w], lr=of["new_lr"], momentum=of["momentum"])
        saved = optim.SGD([w], lr=of["saved_lr"], momentum=of["momentum"]).state_dict()
        if loads:
            buffer = torch.tensor(of["buffer"], dtype=torch.float64)
            optimizer.load_state_dict({**saved, "state": {0: {"momentum_buffer": buffer}}})
        w.grad = torch.tensor(of["gradient"], dtype=torch.float64)
        optimizer.step()
        found.append(float(w.item()))
    return found[0], found[1]


def resuming(of: dict[str, float], loaded_lr: str, forgotten_lr: str, kept: bool = False, used: bool = True) -> Any:
    grown = of["momentum"] * of["buffer"] + of["gradient"]
    loaded = of["weight"] - of[loaded_lr] * (grown if used else of["gradient"])
    return loaded, of["weight"] - of[forgotten_lr] * (grown if kept else of["gradient"])


AFTER_RESUMING = Exercise(
    name="after_resuming",
    kind="predict",
    question=ask_resuming,
    checks=(
        Check("this is w after the step", draw_resuming, call_resuming, real_resuming, 2, cases=1, tolerance=5e-4),
    ),
    wrong=(
        Wrong("the new program's lr wins", lambda **of: resuming(of, "new_lr", "new_lr"),
              "The second is right. What does a state_dict bring besides the buffer?"),
        Wrong("the buffer survives without the state", lambda **of: resuming(of, "saved_lr", "new_lr", kept=True),
              "The first is right. In a new program, where would the buffer come from if nothing was loaded?"),
        Wrong("the old lr though nothing was loaded", lambda **of: resuming(of, "saved_lr", "saved_lr"),
              "The first is right. If nothing was loaded, which lr does the optimizer know?"),
        Wrong("the loaded buffer is not used", lambda **of: resuming(of, "saved_lr", "new_lr", used=False),
              "The second is right. With the state loaded there is a buffer: what does the rule do with it?"),
    ),
    hints=(
        "Two things come with the optimizer's state_dict: state and options.",
        "Loaded: the old lr, and momentum * buffer + gradient. Forgotten: the new lr, and the gradient alone.",
    ),
)  # fmt: skip


def draw_groups(random: Random) -> dict[str, Any]:
    names = random.sample(["body.weight", "body.bias", "head.weight", "head.bias", "scale", "shift"], 5)
    cut = random.randint(1, 3)
    return {"groups": [names[:cut], names[cut:]], "resting": random.choice(names), "lr": random.choice([0.1, 0.2])}


def call_state_of(exercises: Any, groups: list[list[str]], resting: str, lr: float) -> Any:
    import tinygrad_optim as torch
    from tinygrad_optim import optim

    held = {name: torch.tensor([0.0], requires_grad=True) for group in groups for name in group}
    optimizer = optim.SGD([{"params": [held[name] for name in group]} for group in groups], lr=lr, momentum=0.9)
    for number, (name, p) in enumerate(held.items()):
        p.grad = None if name == resting else torch.tensor([float(number + 1)])
    optimizer.step()
    saved = optimizer.state_dict()
    state = {number: {key: value.tolist() for key, value in kept.items()} for number, kept in saved["state"].items()}
    plain = {"state": state, "param_groups": saved["param_groups"]}
    return {name: exercises.state_of(plain, groups, name) for name in sorted(held)}


def by_gradient(groups: list[list[str]], resting: str, lr: float) -> dict[str, dict[str, list[float]]]:
    """Each one's first momentum is its gradient: its place in all the groups, counted from 1."""
    names = [name for group in groups for name in group]
    found = {name: {"momentum_buffer": [names.index(name) + 1.0]} for name in sorted(names)}
    return {**found, resting: {}}


def place_in_group(saved: Any, groups: Any, name: str) -> Any:
    return next(saved["state"].get(group.index(name), {}) for group in groups if name in group)


def place_by_alphabet(saved: Any, groups: Any, name: str) -> Any:
    return saved["state"].get(sorted(one for group in groups for one in group).index(name), {})


def no_rest(saved: Any, groups: Any, name: str) -> Any:
    return saved["state"][(groups[0] + groups[1]).index(name)]


def place_in_state(saved: Any, groups: Any, name: str) -> Any:
    return dict(enumerate(saved["state"].values())).get((groups[0] + groups[1]).index(name), {})


STATE_OF = Exercise(
    name="state_of",
    kind="read",
    checks=(
        Check("each parameter's state is its own", draw_groups, call_state_of, by_gradient, points=2, cases=5),
    ),
    wrong=(
        Wrong("the place in its own group", place_in_group,
              "Right in the first group only. Does the counting begin anew in each group? Look at 'params'."),
        Wrong("the alphabet's order", place_by_alphabet,
              "The numbers follow the order of the groups and of the parameters in them, whatever their names are."),
        Wrong("the place among those that have state", place_in_state,
              "One parameter has no state, and behind it all are shifted. The keys of 'state' are numbers: use them."),
        Wrong("state is looked for where there is none", no_rest,
              "The number is right. But one parameter has made no step: what is in 'state' under its number?"),
    ),
    hints=(
        "Find the name's group and its place in it first. The same place in that group's 'params' holds its number.",
        "saved['state'].get(number, {}) also answers for a parameter that never made a step.",
    ),
)  # fmt: skip


def draw_training(random: Random, kind: str) -> dict[str, Any]:
    return {"seed": random.randint(0, 99), "before": random.randint(1, 3), "kind": kind}


def call_snapshot(exercises: Any, seed: int, before: int, kind: str) -> Any:
    import tinygrad_optim as torch
    from tinygrad_optim import nn, optim

    torch.manual_seed(seed)
    net = nn.Sequential(nn.Linear(2, 3), nn.Dropout(0.5 if kind == "dropout" else 0.0), nn.Linear(3, 1))
    groups = [{"params": layer.parameters()} for layer in (net[0], net[2])]
    optimizer = optim.SGD(groups, lr=0.05, momentum=0.9, weight_decay=0.1)
    scheduler = optim.lr_scheduler.StepLR(optimizer, 2, gamma=0.5 if kind == "schedule" else 1.0)

    def weights_after(steps: int) -> list[float]:
        for _ in range(steps):
            optimizer.zero_grad()
            (net(torch.ones(4, 2)) - 1).square().mean().backward()
            optimizer.step()
            scheduler.step()
        return [number for p in net.parameters() for number in p.reshape(-1).tolist()]

    weights_after(before)
    if exercises is None:
        return weights_after(3)
    snapshot = exercises.Snapshot(net, optimizer, scheduler)
    found = {"try 1": weights_after(3)}
    for number in (2, 3):
        snapshot.restore()
        found[f"try {number}"] = weights_after(3)
    return found


def one_training(seed: int, before: int, kind: str) -> dict[str, list[float]]:
    """What three steps lead to without any snapshot."""
    return dict.fromkeys(("try 1", "try 2", "try 3"), call_snapshot(None, seed, before, kind))


class Kept:
    """A snapshot that does not copy, or leaves something out."""

    copies, leaves_out = True, -1

    def __init__(self, *parts: Any) -> None:
        self.parts, self.random = parts, torch.get_rng_state()
        states = [part.state_dict() for part in parts]
        self.states = copy.deepcopy(states) if self.copies else states

    def restore(self) -> None:
        for place, (part, state) in enumerate(zip(self.parts, self.states)):
            if place != self.leaves_out:
                part.load_state_dict(state)
        if self.leaves_out != 3:
            torch.set_rng_state(self.random)


SNAPSHOT = Exercise(
    name="Snapshot",
    kind="write",
    checks=(
        Check("weights and momentum go back, however often", lambda random: draw_training(random, "plain"),
              call_snapshot, one_training, catches=("decay_after_momentum",)),
        Check("so does the schedule", lambda random: draw_training(random, "schedule"), call_snapshot,
              one_training, catches=("group_missed_by_scheduler",)),
        Check("so do the random numbers", lambda random: draw_training(random, "dropout"), call_snapshot,
              one_training),
    ),
    wrong=(
        Wrong("nothing is copied", type("Snapshot", (Kept,), {"copies": False}),
              "What a state_dict holds goes on changing with the training. What has to happen to what you keep?"),
        Wrong("the optimizer is left out", type("Snapshot", (Kept,), {"leaves_out": 1}),
              "The weights go back, and the next step is another. Whose momentum does it use?"),
        Wrong("the schedule is left out", type("Snapshot", (Kept,), {"leaves_out": 2}),
              "The lr goes back with the optimizer's groups. But who counts the calls?"),
        Wrong("the random numbers are left out", type("Snapshot", (Kept,), {"leaves_out": 3}),
              "Without dropout it is right. Where do dropout's random numbers come from, and can they be put back?"),
    ),
    hints=(
        "Net, optimizer and scheduler all have state_dict() and load_state_dict(). There is a fourth thing.",
        "copy.deepcopy(part.state_dict()) for each of the three, when the Snapshot is made.",
        "torch.get_rng_state() when it is made, torch.set_rng_state(...) at the end of restore().",
    ),
)  # fmt: skip


def draw_warm_up(random: Random) -> dict[str, Any]:
    return {"start": random.choice([0.1, 0.25, 0.5]), "length": random.randint(4, 6), "before": random.randint(2, 7)}


def call_resumed(exercises: Any, start: float, length: int, before: int) -> Any:
    import copy

    import tinygrad_optim as torch
    from tinygrad_optim import nn, optim

    make_optimizer = lambda net: optim.SGD(net.parameters(), lr=0.5, momentum=0.9)  # noqa: E731
    make_scheduler = lambda o: optim.lr_scheduler.LinearLR(o, start_factor=start, total_iters=length)  # noqa: E731

    def trained(steps: int) -> list[list[float]]:
        found = []
        for _ in range(steps):
            lr = optimizer.param_groups[0]["lr"]
            optimizer.zero_grad()
            (net(torch.ones(1, 1)) - 3).square().sum().backward()
            optimizer.step()
            scheduler.step()
            found.append([lr, net.weight.item()])
        return found

    torch.manual_seed(before)
    net = nn.Linear(1, 1)
    optimizer = make_optimizer(net)
    scheduler = make_scheduler(optimizer)
    trained(before)
    if exercises is not None:
        saved = {"net": net.state_dict(), "optimizer": optimizer.state_dict(), "scheduler": scheduler.state_dict()}
        saved, net = copy.deepcopy(saved), nn.Linear(1, 1)
        optimizer, scheduler = exercises.resumed(saved, net, make_optimizer, make_scheduler)
    steps = trained(4)
    return {"lr of each step": [lr for lr, _ in steps], "weight after each step": [weight for _, weight in steps]}


def brought(first: str = "scheduler", scheduler_state: bool = True, optimizer_state: bool = True) -> Any:
    def resumed(saved: Any, net: Any, make_optimizer: Any, make_scheduler: Any) -> Any:
        net.load_state_dict(saved["net"])
        optimizer = make_optimizer(net)
        scheduler = make_scheduler(optimizer) if first == "scheduler" else None
        if optimizer_state:
            optimizer.load_state_dict(saved["optimizer"])
        scheduler = scheduler or make_scheduler(optimizer)
        if scheduler_state:
            scheduler.load_state_dict(saved["scheduler"])
        return optimizer, scheduler

    return resumed


RESUMED = Exercise(
    name="resumed",
    kind="find",
    checks=(
        Check("lr and weights go on as if nothing had happened", draw_warm_up, call_resumed,
              lambda **drawn: call_resumed(None, **drawn), points=2, cases=5, tolerance=1e-6),
    ),
    wrong=(
        Wrong("nothing is mended yet", brought(first="optimizer"),
              "The lr is too small by one factor. Which line multiplies it, and had it been multiplied before?"),
        Wrong("the schedule begins anew", brought(scheduler_state=False),
              "The first lr is right. How often does the schedule think it has been called?"),
        Wrong("the optimizer begins anew", brought(optimizer_state=False),
              "The lr of each group, and the momentum, are in the optimizer's state_dict: is it loaded?"),
    ),
    hints=(
        "Building a schedule already sets the lr: LinearLR multiplies it by start_factor at once.",
        "So what has to be loaded last, or at least after the schedule was built?",
    ),
)  # fmt: skip

EXERCISES = (AFTER_RESUMING, STATE_OF, SNAPSHOT, RESUMED)
