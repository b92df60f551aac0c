"""What is checked of lesson 12's exercises."""

from __future__ import annotations

from random import Random
from typing import Any

import tinygrad_optim as torch
from tinygrad_optim import optim
from tinygrad_optim.course import Check, Exercise, Wrong


def draw_joining(random: Random) -> dict[str, Any]:
    gradient = random.choice([-1, 1]) * random.choice([0.5, 2.0, 3.0])
    rates = {"lr": random.choice([0.2, 0.4]), "gamma": random.choice([0.5, 0.25])}
    return {**rates, "calls": random.randint(2, 3), "weight": float(random.randint(1, 5)), "gradient": gradient}


def ask_joining(lr: float, gamma: float, calls: int, weight: float, gradient: float) -> str:
    return (
        f"Adam([head], lr={lr:g}) and ExponentialLR(optimizer, {gamma:g}) have both made {calls} steps. Then "
        f'add_param_group({{"params": [w]}}); w is {weight:g}, its gradient {gradient:g}. optimizer.step(), and '
        "scheduler.step(): where is w, and which lr does its group have?"
    )


def call_joining(exercises: Any, **numbers: float) -> Any:
    return exercises.after_joining(**numbers)


def real_joining(lr: float, gamma: float, calls: int, weight: float, gradient: float) -> tuple[float, float]:
    head, w = (torch.tensor(number, dtype=torch.float64, requires_grad=True) for number in (1.0, weight))
    optimizer = optim.Adam([head], lr=lr)
    scheduler = optim.lr_scheduler.ExponentialLR(optimizer, gamma)
    for _ in range(calls):
        head.grad = torch.tensor(1.0, dtype=torch.float64)
        optimizer.step()
        scheduler.step()
    optimizer.add_param_group({"params": [w]})
    w.grad = torch.tensor(gradient, dtype=torch.float64)
    optimizer.step()
    scheduler.step()
    return float(w.item()), float(optimizer.param_groups[1]["lr"])


def joined(of: dict[str, Any], lr: float, then: float, by: str = "sign") -> tuple[float, float]:
    gradient = of["gradient"]
    return of["weight"] - lr * (gradient / abs(gradient) if by == "sign" else gradient), then


def present(of: dict[str, Any], more: int = 0) -> float:
    """The head's rate."""
    return float(of["lr"] * of["gamma"] ** (of["calls"] + more))


AFTER_JOINING = Exercise(
    name="after_joining",
    kind="predict",
    question=ask_joining,
    checks=(
        Check("these are w and its lr", draw_joining, call_joining, real_joining, 2, cases=1, tolerance=5e-4),
    ),
    wrong=(
        Wrong("the head's present rate", lambda **of: joined(of, present(of), present(of, 1)),
              "The group was given no lr. Does a default follow the schedule?"),
        Wrong("a step as long as the gradient", lambda **of: joined(of, of["lr"], of["lr"] * of["gamma"], "size"),
              "The lr is right, before and after. How long is the first step of Adam, whatever the gradient?"),
        Wrong("the schedule does not know the group", lambda **of: joined(of, of["lr"], of["lr"]),
              "w is right. What does a schedule that multiplies do with a group that it finds for the first time?"),
        Wrong("the schedule catches up", lambda **of: joined(of, of["lr"], present(of, 1)),
              "w is right. Does the schedule make up for its calls before the group was there, or go on from here?"),
    ),
    hints=(
        "What do defaults hold, and who changes them? Then: which step count does w have at its step?",
        "First step of w: the default lr, against the sign of the gradient. Then its group's lr times gamma, once.",
    ),
)  # fmt: skip


def draw_layers(random: Random) -> dict[str, Any]:
    lrs, decay = random.sample([0.8, 0.4, 0.2], 2), random.choice([0.01, 0.03])
    return {"lrs": lrs, "decay": decay, "factor": random.choice([0.1, 0.5]), "calls": random.randint(1, 3)}


def call_unfreeze(exercises: Any, lrs: list[float], decay: float, factor: float, calls: int) -> Any:
    import tinygrad_optim as torch
    from tinygrad_optim import nn, optim

    body, one, other = nn.Linear(2, 2), nn.Linear(2, 2), nn.Linear(2, 1)
    body.requires_grad_(False)
    groups = [{"params": one.parameters(), "lr": lrs[0]}, {"params": other.parameters(), "lr": lrs[1]}]
    groups[1]["weight_decay"] = decay
    optimizer = optim.SGD(groups, lr=7.0)
    scheduler = optim.lr_scheduler.StepLR(optimizer, 1, gamma=0.5)
    found = {}
    for call in range(calls + 2):
        if call == calls:
            exercises.unfreeze(optimizer, body, factor)
            found["lr"] = [group["lr"] for group in optimizer.param_groups]
            found["weight_decay"] = [group["weight_decay"] for group in optimizer.param_groups]
            found["sizes"] = [[p.numel() for p in group["params"]] for group in optimizer.param_groups]
            found["requires_grad"] = [p.requires_grad for p in body.parameters()]
        optimizer.zero_grad()
        other(one(body(torch.ones(1, 2)))).sum().backward()
        optimizer.step()
        scheduler.step()
    return {**found, "lr two calls later": [group["lr"] for group in optimizer.param_groups]}


def as_told(lrs: list[float], decay: float, factor: float, calls: int) -> dict[str, Any]:
    now = [lr / 2**calls for lr in lrs]
    now.append(now[1] * factor)
    found: dict[str, Any] = {"lr": now, "weight_decay": [0, decay, decay], "sizes": [[4, 2], [2, 1], [4, 2]]}
    return {**found, "requires_grad": [True, True], "lr two calls later": [lr / 4 for lr in now]}


def call_unfreeze_again(exercises: Any, lr: float, known: list[str], times: int) -> Any:
    from tinygrad_optim import nn, optim

    body, head = nn.Linear(2, 2), nn.Linear(2, 1)
    own = [p for name, p in body.named_parameters() if name in known]
    optimizer = optim.SGD([*own, *head.parameters()], lr=lr)
    body.requires_grad_(False)
    for _ in range(times):
        exercises.unfreeze(optimizer, body, 0.5)
    names = {id(p): name for name, p in body.named_parameters()}
    groups = [[names.get(id(p), "of the head") for p in group["params"]] for group in optimizer.param_groups]
    return groups, [p.requires_grad for p in body.parameters()]


def once_each(lr: float, known: list[str], times: int) -> tuple[list[list[str]], list[bool]]:
    new = [name for name in ("weight", "bias") if name not in known]
    return [[*known, "of the head", "of the head"], *([new] if new else [])], [True, True]


def added(
    optimizer: Any, layer: Any, factor: float, lr: str = "present", decay: bool = True, asks: bool = True,
    empty: bool = False,
) -> None:  # fmt: skip
    """The group, with one thing or another as a learner may have it."""
    known = {id(p) for group in optimizer.param_groups for p in group["params"]}
    new, last = [p for p in layer.parameters() if id(p) not in known], optimizer.param_groups[-1]
    layer.requires_grad_(asks)
    rates = {"present": last["lr"], "default": optimizer.defaults["lr"]}
    options = {"lr": factor * rates.get(lr, last.get("initial_lr", last["lr"]))}
    if decay:
        options["weight_decay"] = last["weight_decay"]
    if new or empty:
        optimizer.add_param_group({"params": new, **options})


UNFREEZE = Exercise(
    name="unfreeze",
    kind="write",
    checks=(
        Check("the new group has its lr and decay, and the schedule takes it along", draw_layers, call_unfreeze,
              as_told, points=2, catches=("group_missed_by_scheduler", "default_wins")),
        Check("what is in a group already is not added again",
              lambda random: {"lr": 0.1, "known": random.choice([["weight"], ["bias"], ["weight", "bias"], []]),
                              "times": random.randint(2, 3)}, call_unfreeze_again, once_each, cases=6),
    ),
    wrong=(
        Wrong("a share of the default lr", lambda *of: added(*of, lr="default"),
              "The default is what the optimizer was built with. Which lr does the last group have now?"),
        Wrong("a share of the initial lr", lambda *of: added(*of, lr="initial"),
              "initial_lr is where the schedule began. What is the rate at present?"),
        Wrong("weight_decay is left to the default", lambda *of: added(*of, decay=False),
              "An option that the new group does not give comes from the defaults. Which one is missing?"),
        Wrong("no gradient is asked for", lambda *of: added(*of, asks=False),
              "The group is right, but it will never move: what did freezing do to these parameters?"),
        Wrong("a group without parameters", lambda *of: added(*of, empty=True),
              "The last group is empty, []. What should happen when none of the layer's parameters is new?"),
    ),
    hints=(
        "Two things: the layer's parameters must ask for a gradient, and those that are in no group need one.",
        "Collect the ids of all parameters of all groups; a parameter is new if its id is not among them.",
        "add_param_group({'params': new, 'lr': ..., 'weight_decay': ...}), both from optimizer.param_groups[-1].",
    ),
)  # fmt: skip


def draw_reasons(random: Random) -> dict[str, Any]:
    reasons = ["in no group", "no gradient", "lr is 0", "gradient is 0", "it moves"]
    return {"reasons": random.sample(reasons, len(reasons)), "weight": float(random.randint(1, 3))}


def call_still(exercises: Any, reasons: list[str], weight: float) -> Any:
    import tinygrad_optim as torch
    from tinygrad_optim import optim

    held = {reason: torch.tensor([weight], requires_grad=True) for reason in reasons}
    others = [held[reason] for reason in ("no gradient", "gradient is 0", "it moves")]
    optimizer = optim.SGD([{"params": others, "lr": 0.1}, {"params": [held["lr is 0"]], "lr": 0.0}], lr=0.3)
    for reason, p in held.items():
        p.grad = None if reason == "no gradient" else torch.tensor([0.0 if reason == "gradient is 0" else 1.0])
    held["gradient is 0"].requires_grad_(False)
    return [exercises.why_still(optimizer, held[reason]) for reason in reasons]


def still(optimizer: Any, p: Any, by: str = "identity", asks: str = "grad", lr: str = "own") -> str:
    """The answer, with one thing or another as a learner may have it."""
    holds = (lambda group: p in group["params"]) if by == "==" else (lambda group: any(q is p for q in group["params"]))
    group = next(filter(holds, optimizer.param_groups[:1] if by == "first group" else optimizer.param_groups), None)
    if group is None:
        return "in no group"
    if p.grad is None if asks == "grad" else not p.requires_grad:
        return "no gradient"
    if (group if lr == "own" else optimizer.defaults)["lr"] == 0:
        return "lr is 0"
    return "it moves" if p.grad is not None and p.grad.abs().max().item() > 0 else "gradient is 0"


WHY_STILL = Exercise(
    name="why_still",
    kind="read",
    checks=(
        Check("each of five is told rightly", draw_reasons, call_still, lambda reasons, weight: reasons, points=2),
    ),
    wrong=(
        Wrong("equal numbers are taken for the same", lambda optimizer, p: still(optimizer, p, by="=="),
              "`in` asks with ==, and 1.0 == 1.0. How do you ask whether it is the very same parameter?"),
        Wrong("the first group decides", lambda optimizer, p: still(optimizer, p, by="first group"),
              "It is not in the first group. May you say that it is in none before you have asked the others?"),
        Wrong("each group is asked, and the wrong one answers",
              lambda optimizer, p: still(optimizer, p, by="first group").replace("it moves", "in no group"),
              "Your loop says 'in no group' at the first group that does not hold it. Find its group, then ask on."),
        Wrong("asks for requires_grad", lambda optimizer, p: still(optimizer, p, asks="requires_grad"),
              "step() does not look at requires_grad. It uses the gradient that is there, whoever put it there."),
        Wrong("asks the default lr", lambda optimizer, p: still(optimizer, p, lr="default"),
              "This is the optimizer's default. Which lr is the parameter stepped with?"),
        Wrong("zeros are taken for none",
              lambda optimizer, p: still(optimizer, p).replace("gradient is 0", "no gradient"),
              "A gradient of zeros is a gradient. For SGD without momentum both stand still, but which is it?"),
    ),
    hints=(
        "Go through the list in its order, and return at the first that is true.",
        "any(p is parameter for p in group['params']) finds the group. For the zeros, ask the largest absolute value.",
    ),
)  # fmt: skip


def draw_freeze(random: Random) -> dict[str, Any]:
    decay = random.choice([0.1, 0.2])
    return {"momentum": random.choice([0.0, 0.9]), "weight_decay": decay, "before": random.randint(1, 3)}


def call_freeze(exercises: Any, momentum: float, weight_decay: float, before: int) -> Any:
    import tinygrad_optim as torch
    from tinygrad_optim import nn, optim

    torch.manual_seed(before)
    layer, head = nn.Linear(2, 2), nn.Linear(2, 1)
    params = [*layer.parameters(), *head.parameters()]
    optimizer = optim.SGD(params, lr=0.1, momentum=momentum, weight_decay=weight_decay)
    moved, left = [], []
    for step in range(before + 6):
        if step == before:
            exercises.freeze(layer)
        if step == before + 3:
            layer.requires_grad_(True)
        left.append(None if layer.bias.grad is None else "zeros" if layer.bias.grad.abs().max() == 0 else "numbers")
        old = [p.tolist() for p in (layer.weight, head.weight)]
        optimizer.zero_grad(set_to_none=False)
        head(layer(torch.ones(1, 2))).square().sum().backward()
        optimizer.step()
        moved.append([a != p.tolist() for a, p in zip(old, (layer.weight, head.weight))])
    columns = [list(column) for column in zip(*moved)]
    return {"layer moves": columns[0], "head moves": columns[1], "gradient left": left[before : before + 4]}


def still_in_between(momentum: float, weight_decay: float, before: int) -> dict[str, list[Any]]:
    layer = [True] * before + [False] * 3 + [True] * 3
    return {"layer moves": layer, "head moves": [True] * len(layer), "gradient left": [None] * 4}


def frozen(layer: Any, asks: bool = False, gradient: str = "kept") -> None:
    for p in layer.parameters():
        p.requires_grad_(asks)
        if gradient == "zeros" and p.grad is not None:
            p.grad.zero_()
        if gradient == "none":
            p.grad = None


FREEZE = Exercise(
    name="freeze",
    kind="find",
    checks=(
        Check("the layer is still only while frozen", draw_freeze, call_freeze, still_in_between, points=2),
    ),
    wrong=(
        Wrong("the gradient stays behind", lambda layer: frozen(layer),
              "backward() brings no new one. But what does zero_grad(set_to_none=False) leave there?"),
        Wrong("zeros in the place of None", lambda layer: frozen(layer, gradient="zeros"),
              "Under a gradient of zeros momentum and decay go on. Which gradient makes step() leave a parameter out?"),
        Wrong("the gradient is asked for still", lambda layer: frozen(layer, asks=True, gradient="none"),
              "It was None for a moment. What does the next backward() put there, and how is it told not to?"),
        Wrong("an attribute of the module", lambda layer: setattr(layer, "requires_grad", False),
              "layer.requires_grad = ... sets an attribute that nobody reads. It is parameters that ask."),
    ),
    hints=(
        "Print p.grad of a frozen parameter inside the loop: is it None?",
        "step() leaves out only a parameter whose grad is None. zero_grad(set_to_none=False) never makes it None.",
    ),
)  # fmt: skip

EXERCISES = (AFTER_JOINING, UNFREEZE, WHY_STILL, FREEZE)
