"""Checks of lesson 15."""

from __future__ import annotations

from random import Random
from typing import Any

import tinygrad_optim as torch
from tinygrad_optim import Value, optim
from tinygrad_optim.course import Check, Exercise, Wrong
from tinygrad_optim.course.museum import exhibit

# ---- with_the_bug ----------------------------------------------------------------------------------------


def draw_two_steps(random: Random) -> dict[str, Any]:
    """Numbers for which each way to go wrong gives a number of its own."""
    while True:
        drawn: dict[str, Any] = {name: float(random.randint(1, 5)) for name in ("p", "first", "second")}
        drawn |= {"lr": random.choice((0.1, 0.2)), "momentum": 0.5, "weight_decay": random.choice((0.1, 0.2, 0.4))}
        answers = [two_wrong_steps(**drawn), *(wrong.answer(**drawn) for wrong in WITH_THE_BUG)]
        if all(abs(one - other) > 2e-3 for i, one in enumerate(answers) for other in answers[:i]):
            return drawn


def ask_for_weight(p: float, first: float, second: float, lr: float, momentum: float, weight_decay: float) -> str:
    return f"""    p = Value({p})
    optimizer = optim.SGD([p], lr={lr}, momentum={momentum}, weight_decay={weight_decay})
    for g in ({first}, {second}):
        p.grad = g
        optimizer.step()

In this SGD the decay is added after the momentum. What is p.data in the end?"""


def call_with_the_bug(exercises: Any, **inputs: float) -> Any:
    return exercises.with_the_bug(**inputs)


def two_wrong_steps(p: float, first: float, second: float, lr: float, momentum: float, weight_decay: float) -> float:
    """By the optimizer itself, with the bug put in."""
    with exhibit("decay_after_momentum"):
        return two_steps(p, first, second, lr, momentum, weight_decay)


def two_steps(p: float, first: float, second: float, lr: float, momentum: float, weight_decay: float) -> float:
    weight = Value(p)
    optimizer = optim.SGD([weight], lr=lr, momentum=momentum, weight_decay=weight_decay)
    for g in (first, second):
        weight.grad = g
        optimizer.step()
    return weight.data


def decay_only_once(p: float, first: float, second: float, lr: float, momentum: float, weight_decay: float) -> float:
    return p - lr * (first + weight_decay * p) - lr * (momentum * first + second)


def decay_of_the_start(p: float, first: float, second: float, lr: float, momentum: float, weight_decay: float) -> float:
    return decay_only_once(p, first, second, lr, momentum, weight_decay) - lr * weight_decay * p


WITH_THE_BUG = (
    Wrong(
        "the sound SGD",
        two_steps,
        "That is what a sound SGD does. In this one the velocity never hears of the decay: what is it after each step?",
    ),
    Wrong(
        "no decay in the second step",
        decay_only_once,
        "The first step is right. The bug moves the decay to another line; it is still added in each step.",
    ),
    Wrong(
        "the decay of the weight as it was at first",
        decay_of_the_start,
        "Which weight does the second step's decay look at: the one before both steps, or the one before this step?",
    ),
    Wrong(
        "no momentum",
        lambda p, first, second, lr, momentum, weight_decay: two_steps(p, first, second, lr, 0.0, weight_decay),
        "Your second step goes by its own gradient alone. What is left of the first one's velocity?",
    ),
)

# ---- engine_bug and adam_bug -----------------------------------------------------------------------------


def shuffled(*names: str) -> Any:
    """A draw of these names in some order, one of them twice, so that counting does not help."""
    return lambda random: {"bugs": random.sample(drawn := [*names, random.choice(names)], len(drawn))}


def call_engine_bug(exercises: Any, bugs: list[str]) -> Any:
    """What the experiment says of each engine."""
    from tinygrad_optim.course.museum import suspect

    found = []
    for number, name in enumerate(bugs):
        if name == "none":
            found.append(exercises.engine_bug())
        else:
            with suspect(number, among=[name]):
                found.append(exercises.engine_bug())
    return found


def call_adam_bug(exercises: Any, bugs: list[str]) -> Any:
    """What the experiment says of each Adam. Numbers that turn to nan on the way are part of it."""
    import numpy

    from tinygrad_optim.course.museum import suspect

    found = []
    for number, name in enumerate(bugs):
        with numpy.errstate(all="ignore"):
            if name == "none":
                found.append(exercises.adam_bug())
            else:
                with suspect(number, among=[name]):
                    found.append(exercises.adam_bug())
    return found


def the_bugs(bugs: list[str]) -> list[str]:
    return bugs


def bed(twice: bool = False, width_first: bool = True) -> float:
    """The slope of the lesson's garden bed, by the engine at work."""
    steps = Value(3.0)
    width = steps * 2.0
    area = width * (width + 1.0) if width_first else (width + 1.0) * width
    area.backward()
    if twice:
        area.backward()
    return float(steps.grad)


def leaf_twice() -> str:
    x = Value(3.0)
    (x * 2.0).backward()
    (x * 2.0).backward()
    return "none" if x.grad == 4.0 else "gradients_overwritten"


def order_the_other_way_round() -> str:
    if bed(width_first=False) != 26.0:
        return "gradients_overwritten"
    return "none" if bed(twice=True, width_first=False) == 52.0 else "stale_inner_gradients"


ENGINE_BUG = (
    Wrong(
        "one backward pass",
        lambda: {14.0: "no_topological_order", 12.0: "gradients_overwritten"}.get(bed(), "none"),
        "One of the bugs is not seen in a first backward(). What must be done for it to show?",
    ),
    Wrong(
        "only the second pass",
        lambda: {52.0: "none", 116.0: "stale_inner_gradients"}.get(bed(twice=True), "no_topological_order"),
        "You call two bugs by one name. Is the number they leave in the leaf the same? Look at the first pass too.",
    ),
    Wrong(
        "a chain",
        leaf_twice,
        "In a chain every order is right, and nothing in between gets two gradients. Use a computed value twice.",
    ),
    Wrong(
        "what is used twice comes last",
        order_the_other_way_round,
        "One bug depends on which parent stands first. Change the places of the two factors, and look again.",
    ),
    Wrong(
        "two names confused",
        lambda: {14.0: "gradients_overwritten", 12.0: "no_topological_order"}.get(
            bed(), "none" if bed(twice=True) == 52.0 else "stale_inner_gradients"
        ),
        "You tell all of them apart, and have given two each other's names. Work one of the numbers out on paper.",
    ),
)


def after(steps: int, kind: Any = optim.Adam, **options: float) -> float:
    """Where a weight of 1 with a gradient of 2 is after so many steps of lr 0.1."""
    p = Value(1.0)
    optimizer = kind([p], lr=0.1, **options)
    for _ in range(steps):
        p.grad = 2.0
        optimizer.step()
    return round(p.data, 4)


def adam_by(begin: bool = True, decay: bool = True, eps: bool = True, one_eps: bool = False) -> Any:
    """An experiment that leaves one question out."""

    def adam_bug() -> str:
        if begin and after(1) != 0.9:
            return "bias_correction_off_by_one"
        if decay and after(1, optim.AdamW, weight_decay=0.5, eps=0.0) != 0.85 and (begin or after(1) == 0.9):
            return "decay_in_the_gradient"
        wrong = {0.9333: "eps_outside" if one_eps else "eps_inside_root", 5.9: "eps_outside"}
        return wrong.get(after(1, eps=5.0), "none") if eps else "none"

    return adam_bug


ADAM_BUG = (
    Wrong(
        "eps as it usually is",
        adam_by(eps=False),
        "With eps = 1e-8 you cannot see where it stands. You may choose the eps of your experiment.",
    ),
    Wrong(
        "the lesson's bug alone",
        adam_by(decay=False, eps=False),
        "You find the bug of the lesson, and call every other Adam sound. Take the other three one by one: with which "
        "option of Adam or AdamW would it be large?",
    ),
    Wrong(
        "no weight decay",
        adam_by(decay=False),
        "One of the bugs is about weight decay, and in AdamW alone. Does your experiment have any?",
    ),
    Wrong(
        "the first step is not looked at",
        adam_by(begin=False),
        "One of the bugs is gone after some dozens of steps. When is it largest, and how long should that step be?",
    ),
    Wrong(
        "the two bugs of eps are taken for one",
        adam_by(one_eps=True),
        "You see that eps stands in the wrong place. There are two of these; work out what each would leave in the "
        "weight.",
    ),
)

# ---- first_wrong_step ------------------------------------------------------------------------------------


def draw_log(random: Random) -> dict[str, Any]:
    """A log of six steps; in one of them, and perhaps in one more after it, something is done wrongly."""
    lr, momentum, decay = random.choice((0.1, 0.2)), random.choice((0.5, 0.8)), random.choice((0.1, 0.3))
    faults = dict(zip(sorted(random.sample(range(2, 7), 2)), random.sample(("decay", "momentum", "lr"), 2)))
    return {"log": written(random, faults, lr, momentum, decay), "lr": lr, "momentum": momentum, "weight_decay": decay}


def draw_sound_log(random: Random) -> dict[str, Any]:
    return {"log": written(random, {}, 0.1, 0.5, 0.2), "lr": 0.1, "momentum": 0.5, "weight_decay": 0.2}


def written(random: Random, faults: dict[int, str], lr: float, momentum: float, decay: float) -> list[dict[str, float]]:
    """The rows of a log. faults: the steps in which the decay or the momentum is left out, or the lr is another."""
    p, velocity, rows = float(random.randint(2, 5)), 0.0, []
    for number in range(1, 7):
        fault, g = faults.get(number), float(random.choice((-2, -1, 1, 2, 3)))
        kept = 0.0 if fault == "momentum" else momentum
        velocity = round(kept * velocity + g + (0.0 if fault == "decay" else decay * p), 6)
        new = round(p - (lr / 2 if fault == "lr" else lr) * velocity, 6)
        rows.append({"gradient": g, "before": p, "velocity": velocity, "after": new})
        p = new
    return rows


def call_first_wrong_step(exercises: Any, log: Any, lr: float, momentum: float, weight_decay: float) -> Any:
    return exercises.first_wrong_step(log, lr, momentum, weight_decay)


def taken_again(
    log: list[dict[str, float]], lr: float, momentum: float, weight_decay: float, part: str = "both"
) -> int:
    """By the optimizer itself: each step is taken again, from what the log says was there before."""
    before = None
    for number, row in enumerate(log, 1):
        p = Value(row["before"])
        p.grad = row["gradient"]
        optimizer = optim.SGD([p], lr=lr, momentum=momentum, weight_decay=weight_decay)
        if before is not None and momentum:
            optimizer.state[p]["momentum_buffer"] = Value(before)
        optimizer.step()
        made = optimizer.state[p]["momentum_buffer"].data if momentum else row["velocity"]
        wrong = {"velocity": abs(made - row["velocity"]) > 1e-4, "after": abs(p.data - row["after"]) > 1e-4}
        if wrong["velocity"] if part == "velocity" else any(wrong.values()):
            return number
        before = row["velocity"]
    return 0


def step_by_logged_velocity(log: list[dict[str, float]], lr: float, momentum: float, weight_decay: float) -> int:
    wrong = [abs(row["before"] - lr * row["velocity"] - row["after"]) > 1e-4 for row in log]
    return wrong.index(True) + 1 if True in wrong else 0


FIRST_WRONG_STEP = (
    Wrong(
        "counted from 0",
        lambda log, lr, momentum, weight_decay: max(taken_again(log, lr, momentum, weight_decay) - 1, 0),
        "You found it. Steps are counted from 1 here; 0 says that all are right.",
    ),
    Wrong(
        "the decay is left out",
        lambda log, lr, momentum, weight_decay: taken_again(log, lr, momentum, 0.0),
        "You take steps for wrong that are right. What goes into the velocity besides the gradient?",
    ),
    Wrong(
        "the velocity is believed",
        step_by_logged_velocity,
        "You believe the log's velocity. It may itself be what is wrong: make it again from the one before.",
    ),
    Wrong(
        "only the velocity is looked at",
        lambda log, lr, momentum, weight_decay: taken_again(log, lr, momentum, weight_decay, "velocity"),
        "Each velocity is made again and compared. And the way from the velocity to the new weight?",
    ),
)

# ---- train -----------------------------------------------------------------------------------------------


def draw_points(random: Random) -> dict[str, Any]:
    """Points about a line; with momentum the loss swings, and is lowest somewhere in the middle."""
    xs = [round(random.uniform(-2, 2), 1) for _ in range(6)]
    slope, height = random.choice((-2.0, 1.5, 3.0)), random.choice((-3.0, 4.0))
    ys = [round(slope * x + height + random.uniform(-0.3, 0.3), 1) for x in xs]
    return {"xs": xs, "ys": ys, "lr": random.choice((0.05, 0.1)), "steps": random.randint(25, 40)}


def call_train(exercises: Any, xs: list[float], ys: list[float], lr: float, steps: int) -> Any:
    import warnings

    with warnings.catch_warnings():  # what the package itself would say of the faults is for later
        warnings.simplefilter("ignore")
        return exercises.train(xs, ys, lr, steps)


def by_hand(xs: list[float], ys: list[float], lr: float, steps: int) -> list[float]:
    """In plain numbers, with the derivative of the mean square worked out on paper."""
    w, b, velocity, best = 0.0, 1.0, [0.0, 0.0], [0.0, 1.0, float("inf")]
    for _ in range(steps):
        errors = [w * x + b - y for x, y in zip(xs, ys)]
        loss = sum(error * error for error in errors) / len(xs)
        if loss < best[2]:
            best = [w, b, loss]
        slopes = [2 * sum(e * x for e, x in zip(errors, xs)) / len(xs), 2 * sum(errors) / len(xs)]
        velocity = [0.9 * v + slope + 0.1 * p for v, slope, p in zip(velocity, slopes, (w, b))]
        w, b = w - lr * velocity[0], b - lr * velocity[1]
    return best


def faulty(cleared: bool = True, held: bool = True, kept: bool = True, start: float = 1.0) -> Any:
    """The program with some of its faults left in."""

    def train(xs: list[float], ys: list[float], lr: float, steps: int) -> list[float]:
        x, y = torch.tensor(xs, dtype=torch.float64), torch.tensor(ys, dtype=torch.float64)
        w, b = (torch.tensor(at, dtype=torch.float64, requires_grad=True) for at in (0.0, start))
        optimizer = optim.SGD([w, b], lr=lr, momentum=0.9, weight_decay=0.1)
        b = b if held else b.detach().clone().requires_grad_()
        best: list[Any] = [w, b, float("inf")]
        for _ in range(steps):
            loss = ((w * x + b - y) ** 2).mean()
            if loss.item() < best[2]:
                best = [w.item(), b.item(), loss.item()] if kept else [w, b, loss.item()]
            if cleared:
                optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        return [float(one) for one in best]

    return train


TRAIN = (
    Wrong(
        "as it was", faulty(False, False, False), "Nothing of it is mended yet. Which of the lesson's cases is here?"
    ),
    Wrong(
        "no zero_grad",
        faulty(cleared=False),
        "Two are mended. Is the gradient of each step that of its own loss?",
    ),
    Wrong(
        "b is not the one in the optimizer",
        faulty(held=False),
        "Two are mended. Print b after some steps: which tensor did the optimizer get?",
    ),
    Wrong(
        "the best w and b go on training",
        faulty(kept=False),
        "Two are mended. The loss returned is the lowest; do w and b belong to it? Work it out for the points.",
    ),
    Wrong(
        "b starts at 0",
        faulty(start=0.0),
        "All three are mended, and one thing more was changed: where does b start?",
    ),
)

# ---- all together ----------------------------------------------------------------------------------------

EXERCISES = (
    Exercise(
        "with_the_bug",
        "predict",
        (
            Check(
                "you can say what a misplaced decay does",
                draw_two_steps,
                call_with_the_bug,
                two_wrong_steps,
                points=2,
                cases=1,
                tolerance=5e-4,
            ),
        ),
        WITH_THE_BUG,
        (
            "Keep two columns: the velocity, and the weight.",
            "The velocity is `first` after the first step, then momentum * first + second. No decay in it.",
            "Each step moves the weight by lr * (velocity + weight_decay * weight), the weight being that before it.",
        ),
        ask_for_weight,
    ),
    Exercise(
        "engine_bug",
        "write",
        (
            Check(
                "the experiment tells three broken engines from each other and from a sound one",
                shuffled("none", "no_topological_order", "gradients_overwritten", "stale_inner_gradients"),
                call_engine_bug,
                the_bugs,
                points=3,
            ),
        ),
        ENGINE_BUG,
        (
            "You need something computed that is used twice, as the width of the garden bed.",
            "Lesson 2 has a number for two of the bugs. The third shows when backward() is called a second time.",
            "steps * 2, then width * (width + 1): look at the gradient after the first call and after the second.",
        ),
    ),
    Exercise(
        "adam_bug",
        "write",
        (
            Check(
                "the experiment tells four broken Adams from each other and from a sound one",
                shuffled(
                    *("none", "eps_outside", "eps_inside_root"), "bias_correction_off_by_one", "decay_in_the_gradient"
                ),
                call_adam_bug,
                the_bugs,
                points=3,
            ),
        ),
        ADAM_BUG,
        (
            "A Value will do: set its `grad`, take one step. For each bug ask: with which options would it be large?",
            "Whatever the gradient, the first step of a sound Adam is lr long, if eps is small and nothing decays.",
            "Three first steps do: as it is; AdamW with a large weight_decay; Adam with a large eps, such as 5.",
            "With p = 1, g = 2, lr = 0.1, eps = 5: 1 - 0.2 / 7 is right; what are 1 - 0.2 / sqrt(9) and 1 - 0.1 + 5?",
        ),
    ),
    Exercise(
        "first_wrong_step",
        "read",
        (
            Check("the first wrong step of a log is found", draw_log, call_first_wrong_step, taken_again, 2, cases=6),
            Check("a sound log is left alone", draw_sound_log, call_first_wrong_step, taken_again, cases=2),
        ),
        FIRST_WRONG_STEP,
        (
            "Do for each row what SGD does: the decay, the velocity, the step. Compare both of its results.",
            "The velocity before a step is the `velocity` of the row above; before the first step take 0.",
        ),
    ),
    Exercise(
        "train",
        "find",
        (
            Check(
                "w, b and the loss are those of the best step",
                draw_points,
                call_train,
                by_hand,
                points=3,
                cases=4,
                tolerance=1e-7,
                catches=("broadcast_averaged", "decay_after_momentum"),
            ),
        ),
        TRAIN,
        (
            "The three faults are cases 1, 3 and 7 of the lesson.",
            "Ask of each line: whose gradient is this? which tensor is this? will it still be the same later?",
            "Make b once, before the optimizer. Clear the gradients each round. Keep numbers, not tensors.",
        ),
    ),
)
