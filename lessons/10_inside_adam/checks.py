"""What is checked of lesson 10's exercises."""

from __future__ import annotations

import itertools
import math
from random import Random
from typing import Any

import tinygrad_optim as torch
from tinygrad_optim import optim
from tinygrad_optim.course import Check, Exercise, Wrong


def trained(kind: Any, weight: float, gradients: list[float], **options: Any) -> float:
    """A weight after a step of the real optimizer for each gradient, in double precision."""
    w = torch.tensor(weight, dtype=torch.float64, requires_grad=True)
    optimizer = kind([w], **options)
    for gradient in gradients:
        w.grad = torch.tensor(gradient, dtype=torch.float64)
        optimizer.step()
    return float(w.item())


# ---- second_step --------------------------------------------------------------------------------------------


def draw_two_gradients(random: Random) -> dict[str, Any]:
    while True:
        lr, weight = random.choice([0.1, 0.2, 0.4]), float(random.randint(2, 6))
        first, second = map(float, random.sample(range(2, 10), 2))
        drawn = {"lr": lr, "weight": weight, "first": first, "second": second * random.choice([-1, 1])}
        ways = (real_second_step, uncorrected, signs_only, plain_means, second_step_alone, wrong_way_back)
        answers = sorted(one(**drawn) for one in ways)
        if min(b - a for a, b in itertools.pairwise(answers)) > 0.01:
            return drawn


def ask_second_step(lr: float, weight: float, first: float, second: float) -> str:
    return (
        f"w begins at {weight:g}, and the optimizer is Adam([w], lr={lr:g}, betas=(0.5, 0.5), eps=0). The gradient of "
        f"w is {first:g} at the first step and {second:g} at the second. What is w after the second step?"
    )


def call_second_step(exercises: Any, **numbers: float) -> Any:
    return exercises.second_step(**numbers)


def real_second_step(lr: float, weight: float, first: float, second: float) -> float:
    return trained(optim.Adam, weight, [first, second], lr=lr, betas=(0.5, 0.5), eps=0)


def by_means(lr: float, weight: float, *pairs: tuple[float, float]) -> float:
    """The weight after a step for each pair of what was taken for the mean and for the mean of squares."""
    return weight - sum(lr * m / math.sqrt(v) for m, v in pairs)


def uncorrected(lr: float, weight: float, first: float, second: float) -> float:
    after = first / 4 + second / 2, first**2 / 4 + second**2 / 2
    return by_means(lr, weight, (first / 2, first**2 / 2), after)


def signs_only(lr: float, weight: float, first: float, second: float) -> float:
    return by_means(lr, weight, (first, first**2), (second, second**2))


def plain_means(lr: float, weight: float, first: float, second: float) -> float:
    return by_means(lr, weight, (first, first**2), ((first + second) / 2, (first**2 + second**2) / 2))


def wrong_way_back(lr: float, weight: float, first: float, second: float) -> float:
    return 2 * by_means(lr, weight, (first, first**2)) - real_second_step(lr, weight, first, second)


def second_step_alone(lr: float, weight: float, first: float, second: float) -> float:
    return by_means(lr, weight, ((first + 2 * second) / 3, (first**2 + 2 * second**2) / 3))


SECOND_STEP = Exercise(
    name="second_step",
    kind="predict",
    question=ask_second_step,
    checks=(
        Check("this is the weight after two steps", draw_two_gradients, call_second_step, real_second_step,
              points=2, cases=1, tolerance=5e-4),
    ),
    wrong=(
        Wrong("no bias correction", uncorrected,
              "The two means began at 0. What are they divided by before they are used?"),
        Wrong("each step is lr long", signs_only,
              "Only the first step is sure to be lr long. At the second, do the gradients agree in size and sign?"),
        Wrong("both gradients count alike", plain_means,
              "A running mean forgets: at step 2 the first gradient was multiplied by beta once more than the second."),
        Wrong("the second step has the wrong sign", wrong_way_back,
              "The second step has the right length. A step goes against m_hat: which sign has m_hat at step 2?"),
        Wrong("the first step is left out", second_step_alone, "Where was the weight when the second step began?"),
    ),
    hints=(
        "Make a table with a row for each step and columns m, v, m_hat, v_hat, w.",
        "After two steps m = 0.5 * (0.5 * first) + 0.5 * second. And v, with squares?",
        "At step 2 both are divided by 1 - 0.5**2 = 0.75. The step before it was lr long, against the sign of `first`.",
    ),
)  # fmt: skip

# ---- decay_against_gradient ---------------------------------------------------------------------------------


def draw_decay(random: Random) -> dict[str, Any]:
    lr, weight_decay, weight = random.choice([0.05, 0.1]), random.choice([0.2, 0.3]), float(random.randint(2, 6))
    share = random.choice([0.25, 0.5, 0.75])  # of the decay's pull, so that the decay is the stronger
    return {
        "lr": lr,
        "weight_decay": weight_decay,
        "weight": weight,
        "gradient": -round(weight_decay * weight * share, 3),
    }


def ask_decay(lr: float, weight_decay: float, weight: float, gradient: float) -> str:
    return (
        f"w is {weight:g} and its gradient {gradient:g}. Where does one step of Adam([w], lr={lr:g}, "
        f"weight_decay={weight_decay:g}) take it, and where one of AdamW with the same options?"
    )


def call_decay(exercises: Any, **numbers: float) -> Any:
    return exercises.decay_against_gradient(**numbers)


def real_decay(lr: float, weight_decay: float, weight: float, gradient: float) -> tuple[float, float]:
    options = dict(lr=lr, weight_decay=weight_decay)
    return trained(optim.Adam, weight, [gradient], **options), trained(optim.AdamW, weight, [gradient], **options)


def decayed(lr: float, weight_decay: float, weight: float, gradient: float) -> float:
    return weight * (1 - lr * weight_decay)


DECAY_AGAINST_GRADIENT = Exercise(
    name="decay_against_gradient",
    kind="predict",
    question=ask_decay,
    checks=(
        Check("these are the weights after Adam's step and after AdamW's", draw_decay, call_decay, real_decay,
              points=2, cases=1, tolerance=5e-4),
    ),
    wrong=(
        Wrong("Adam goes by the gradient alone", lambda **of: (of["weight"] + of["lr"], decayed(**of) + of["lr"]),
              "AdamW is right. In Adam the decay is added to the gradient before all else. What is the sum's sign?"),
        Wrong("the decay is not multiplied by lr",
              lambda **of: (of["weight"] - of["lr"], of["weight"] * (1 - of["weight_decay"]) + of["lr"]),
              "Adam is right. What share of itself does a weight lose in AdamW? Look for `1 -` in the rule."),
        Wrong("AdamW's step is turned round too", lambda **of: (of["weight"] - of["lr"], decayed(**of) - of["lr"]),
              "Adam is right. In AdamW, does the gradient that goes into m and v know of the decay?"),
        Wrong("Adam's step is proportional to the gradient",
              lambda **of: (decayed(**of) - of["lr"] * of["gradient"], decayed(**of) + of["lr"]),
              "AdamW is right. For Adam you took SGD's step: what does the division by sqrt(v_hat) leave of the sum?"),
    ),
    hints=(
        "A first step divides what went into m by its own absolute value. What went in, in Adam? In AdamW?",
        "For Adam compute gradient + weight_decay * weight first, and look at its sign.",
        "AdamW does two things: the weight times 1 - lr * weight_decay, and a step of lr against the gradient's sign.",
    ),
)  # fmt: skip

# ---- effective_rates ----------------------------------------------------------------------------------------


def draw_run(random: Random) -> dict[str, Any]:
    return {
        "lrs": [random.choice([0.1, 0.2]), random.choice([0.01, 0.03])],
        "beta2": random.choice([0.9, 0.99, 0.999]),
        "gradients": [[round(random.uniform(0.05, 2.0), 2) for _ in range(3)] for _ in range(random.randint(2, 4))],
    }


def draw_one_step(random: Random) -> dict[str, Any]:
    drawn = draw_run(random)
    return {**drawn, "gradients": drawn["gradients"][:1]}


def call_rates(exercises: Any, lrs: list[float], beta2: float, gradients: list[list[float]]) -> Any:
    import tinygrad_optim as torch
    from tinygrad_optim import optim

    one, other = (torch.ones(3, dtype=torch.float64, requires_grad=True) for _ in lrs)
    groups = [{"params": [one], "lr": lrs[0]}, {"params": [other], "lr": lrs[1], "eps": 0.01, "betas": (0.8, beta2)}]
    optimizer = optim.Adam(groups, lr=7.0)
    for gradient in gradients:
        before = other.tolist()
        one.grad, other.grad = torch.ones(3, dtype=torch.float64), torch.tensor(gradient, dtype=torch.float64)
        optimizer.step()
    means = [m / (1 - 0.8 ** len(gradients)) for m in optimizer.state[other]["exp_avg"].tolist()]
    steps = [rate * mean for rate, mean in zip(exercises.effective_rates(optimizer, other), means)]
    return {"rate * m_hat": steps, "the step": [old - new for old, new in zip(before, other.tolist())]}


def real_steps(lrs: list[float], beta2: float, gradients: list[list[float]]) -> dict[str, list[float]]:
    options = dict(lr=lrs[1], eps=0.01, betas=(0.8, beta2))
    seen = [list(column) for column in zip(*gradients)]
    steps = [trained(optim.Adam, 1.0, g[:-1], **options) - trained(optim.Adam, 1.0, g, **options) for g in seen]
    return {"rate * m_hat": steps, "the step": steps}


def rates_of(
    optimizer: Any, parameter: Any, group: int = 1, corrected: bool = True, eps: str = "beside"
) -> list[float]:
    """The rates, with one thing or another as a learner may have it."""
    options, state = optimizer.param_groups[min(group, len(optimizer.param_groups) - 1)], optimizer.state[parameter]
    by = 1 - options["betas"][1] ** state["step"].item() if corrected else 1.0
    squares = [v / by + (options["eps"] if eps == "under" else 0.0) for v in state["exp_avg_sq"].tolist()]
    return [options["lr"] / (math.sqrt(v) + (options["eps"] if eps == "beside" else 0.0)) for v in squares]


EFFECTIVE_RATES = Exercise(
    name="effective_rates",
    kind="write",
    checks=(
        Check("after one step, rate times m_hat is the step that was taken", draw_one_step, call_rates, real_steps),
        Check("after several steps too", draw_run, call_rates, real_steps, points=2,
              catches=("eps_outside", "eps_inside_root", "bias_correction_off_by_one")),
    ),
    wrong=(
        Wrong("the first group's options", lambda optimizer, parameter: rates_of(optimizer, parameter, group=0),
              "These are the first group's options. Which group is the parameter in? Compare with `is`, not `==`."),
        Wrong("no bias correction", lambda optimizer, parameter: rates_of(optimizer, parameter, corrected=False),
              "exp_avg_sq is the running mean that began at 0. What does the rule do to it before the root?"),
        Wrong("the first group, uncorrected",
              lambda optimizer, parameter: rates_of(optimizer, parameter, group=0, corrected=False),
              "Two things: which group is the parameter in, and is that v or v_hat under your root?"),
        Wrong("eps is left out", lambda optimizer, parameter: rates_of(optimizer, parameter, eps="nowhere"),
              "Nearly. One small number of the group stands beside the root."),
        Wrong("eps under the root", lambda optimizer, parameter: rates_of(optimizer, parameter, eps="under"),
              "eps has a gradient's unit, not a square's. Where does it stand?"),
    ),
    hints=(
        "Look at the last line of the rule: what is m_hat multiplied by?",
        "All you need is in the parameter's group (lr, betas, eps) and in optimizer.state[parameter].",
        "v_hat is exp_avg_sq / (1 - beta2**step). state['step'] is a tensor: .item() gives the number.",
    ),
)  # fmt: skip

# ---- mended_adamw -------------------------------------------------------------------------------------------


def draw_full(random: Random) -> dict[str, Any]:
    return {
        "p": round(random.uniform(1, 3), 2),
        "gradients": [round(random.uniform(-2, 2), 2) for _ in range(3)],
        "lr": random.choice([0.05, 0.1]),
        "weight_decay": random.choice([0.2, 0.4]),
    }


def call_mended(exercises: Any, p: float, gradients: list[float], lr: float, weight_decay: float) -> Any:
    m = v = 0.0
    for step, g in enumerate(gradients, 1):
        p, m, v = exercises.mended_adamw(p, g, m, v, step, lr, (0.8, 0.99), 1e-8, weight_decay)
    return p


def real_adamw(p: float, gradients: list[float], lr: float, weight_decay: float) -> float:
    return trained(optim.AdamW, p, gradients, lr=lr, betas=(0.8, 0.99), weight_decay=weight_decay)


def half_mended(
    p: float, g: float, m: float, v: float, step: int, lr: float, betas: Any, eps: float, decay: float,
    beta: int = 1, share: str = "lr", where: str = "before",
) -> Any:  # fmt: skip
    """The program with only some of its faults mended."""
    lost = (lr if share == "lr" else 1.0) * decay
    g = g + decay * p if where == "in the gradient" else g
    m, v = betas[0] * m + (1 - betas[0]) * g, betas[1] * v + (1 - betas[1]) * g * g
    p = p - lost * p if where == "before" else p
    p = p - lr * m / (1 - betas[0] ** step) / (math.sqrt(v / (1 - betas[beta] ** step)) + eps)
    return (p - lost * p if where == "after" else p), m, v


MENDED_ADAMW = Exercise(
    name="mended_adamw",
    kind="find",
    checks=(
        Check("without decay it steps as Adam does", lambda random: {**draw_full(random), "weight_decay": 0.0},
              call_mended, real_adamw),
        Check("without a gradient it only decays", lambda random: {**draw_full(random), "gradients": [0.0, 0.0]},
              call_mended, real_adamw),
        Check("with both it is AdamW, to the last digit", draw_full, call_mended, real_adamw, points=2),
    ),
    wrong=(
        Wrong("nothing is mended yet", lambda *given: half_mended(*given, beta=0, share="all", where="after"),
              "Put weight_decay to 0 first: there is a fault in what is left."),
        Wrong("v is corrected by beta1", lambda *given: half_mended(*given, beta=0),
              "Two of three. Compare the two lines with a division, letter by letter."),
        Wrong("the decay is not multiplied by lr", lambda *given: half_mended(*given, share="all"),
              "Two of three. Put the gradient to 0: how much does AdamW take from a weight in one step?"),
        Wrong("the decay comes after the step", lambda *given: half_mended(*given, where="after"),
              "Two of three. Of which weight is the share taken: the one before the step, or the one after it?"),
        Wrong("made into Adam", lambda *given: half_mended(*given, where="in the gradient"),
              "This is Adam's decay. In AdamW the gradient never hears of it."),
    ),
    hints=(
        "Divide the trouble: with weight_decay=0 compare with Adam, with g=0 look at the decay alone.",
        "Each of the two means has a beta of its own, and is corrected by it.",
        "Line up the last lines with adam.py: what is the decay multiplied by there, and does it come first or last?",
    ),
)  # fmt: skip

EXERCISES = (SECOND_STEP, DECAY_AGAINST_GRADIENT, EFFECTIVE_RATES, MENDED_ADAMW)
