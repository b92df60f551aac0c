"""Checks of lesson 8: three groups, three learning rates."""

from __future__ import annotations

from random import Random

from tinygrad_optim.course import Check, Exercise, Wrong

# ---- one_step --------------------------------------------------------------------------------------------


def draw_weights(random: Random) -> dict:
    a, b, c = random.sample((-3.0, -2.0, 2.0, 4.0, 5.0), 3)
    return {
        "lr": 0.1,
        "own_lr": random.choice((0.02, 0.3)),
        "decay": random.choice((0.5, 0.25)),
        "a": a,
        "b": b,
        "c": c,
    }


def call_one_step(exercises, lr, own_lr, decay, a, b, c):
    return exercises.one_step(lr, own_lr, decay, a, b, c)


def weights_after_a_step(lr, own_lr, decay, a, b, c):
    import tinygrad_optim as torch

    wa, wb, wc = (torch.tensor(w, dtype=torch.float64, requires_grad=True) for w in (a, b, c))
    groups = [{"params": [wa]}, {"params": [wb], "lr": own_lr}, {"params": [wc], "weight_decay": decay}]
    optimizer = torch.optim.SGD(groups, lr=lr)
    loss = 2 * wa + 2 * wb + 2 * wc
    loss.backward()
    optimizer.step()
    return [wa.item(), wb.item(), wc.item()]


def ask_one_step(lr, own_lr, decay, a, b, c):
    return f"""wa, wb, wc are {a}, {b}, {c}
groups = [{{"params": [wa]}}, {{"params": [wb], "lr": {own_lr}}}, {{"params": [wc], "weight_decay": {decay}}}]
optimizer = optim.SGD(groups, lr={lr})
loss = 2 * wa + 2 * wb + 2 * wc
loss.backward()
optimizer.step()
What are wa, wb and wc now?"""


ONE_STEP = Exercise(
    name="one_step",
    kind="predict",
    question=ask_one_step,
    checks=(
        Check(
            says="each weight goes by its own group's options, and gets the others from the defaults",
            draw=draw_weights,
            call=call_one_step,
            expected=weights_after_a_step,
            cases=1,
            tolerance=5e-4,
        ),
    ),
    wrong=(
        Wrong(
            "as if there were no groups",
            lambda lr, own_lr, decay, a, b, c: [a - lr * 2, b - lr * 2, c - lr * 2],
            "That is one step with the call's options for all three. What do the second and the third group say?",
        ),
        Wrong(
            "one lr for all",
            lambda lr, own_lr, decay, a, b, c: [a - lr * 2, b - lr * 2, c - lr * (2 + decay * c)],
            "The second group gives an lr itself. Which one wins, its own or the call's?",
        ),
        Wrong(
            "no decay",
            lambda lr, own_lr, decay, a, b, c: [a - lr * 2, b - own_lr * 2, c - lr * 2],
            "The third weight has a weight decay. What does that add to its gradient?",
        ),
        Wrong(
            "decay without lr",
            lambda lr, own_lr, decay, a, b, c: [a - lr * 2, b - own_lr * 2, c - lr * 2 - decay * c],
            "What decay adds is added to the gradient. What is the gradient multiplied with, before it moves a weight?",
        ),
        Wrong(
            "decay is added as it is",
            lambda lr, own_lr, decay, a, b, c: [a - lr * 2, b - own_lr * 2, c - lr * (2 + decay)],
            "The pull of weight decay is the stronger the larger the weight is. Where is the weight in your sum?",
        ),
        Wrong(
            "decay away from zero",
            lambda lr, own_lr, decay, a, b, c: [a - lr * 2, b - own_lr * 2, c - lr * (2 - decay * c)],
            "Weight decay should pull the third weight towards zero. Does yours?",
        ),
    ),
    hints=(
        "Write down for each weight: its gradient, its lr, its weight decay. Two of each three come from the defaults.",
        "The gradient of each is 2. To the third one's, weight decay adds decay * weight.",
        "Each weight goes to: weight - its lr * (gradient + its decay * weight).",
    ),
)

# ---- no_decay --------------------------------------------------------------------------------------------


def draw_net(random: Random) -> dict:
    return {"sizes": [random.randint(2, 4) for _ in range(3)], "norm": True, "frozen": None, "decay": 0.25}


def draw_frozen_net(random: Random) -> dict:
    sizes = [random.randint(2, 4) for _ in range(3)]
    return {"sizes": sizes, "norm": random.random() < 0.5, "frozen": random.choice(("0", "2")), "decay": 0.125}


def call_no_decay(exercises, sizes, norm, frozen, decay):
    import tinygrad_optim as torch
    from tinygrad_optim import nn

    inputs, inner, outputs = sizes
    middle = nn.LayerNorm(inner) if norm else nn.Tanh()
    net = nn.Sequential(nn.Linear(inputs, inner), middle, nn.Linear(inner, outputs))
    for name, p in net.named_parameters():
        p.requires_grad_(name.split(".")[0] != frozen)
    names = {id(p): name for name, p in net.named_parameters()}
    optimizer = torch.optim.SGD(exercises.no_decay(net, decay), lr=0.1, weight_decay=0.5)
    return [
        {"params": [names[id(p)] for p in group["params"]], "weight_decay": group["weight_decay"]}
        for group in optimizer.param_groups
    ]


def planned(sizes, norm, frozen, decay):
    """What optim.groups makes of it."""
    from tinygrad_optim import nn
    from tinygrad_optim.optim import groups

    inputs, inner, outputs = sizes
    middle = nn.LayerNorm(inner) if norm else nn.Tanh()
    net = nn.Sequential(nn.Linear(inputs, inner), middle, nn.Linear(inner, outputs))
    for name, p in net.named_parameters():
        p.requires_grad_(name.split(".")[0] != frozen)
    plan = groups.build(net, groups.NoDecay(weight_decay=decay))
    return [
        {"params": [name for name, _ in group["params"]], "weight_decay": group["weight_decay"]}
        for group in sorted(plan.groups, key=lambda group: -group["weight_decay"])
    ]


def two_groups(decays, trained=lambda p: p.requires_grad, without=None):
    """A `no_decay` that lets a parameter decay if `decays(name, p)`."""

    def no_decay(net, weight_decay):
        named = [(name, p) for name, p in net.named_parameters() if trained(p)]
        second = {"weight_decay": 0.0} if without is None else without
        return [
            {"params": [p for name, p in named if decays(name, p)], "weight_decay": weight_decay},
            {"params": [p for name, p in named if not decays(name, p)], **second},
        ]

    return no_decay


NO_DECAY = Exercise(
    name="no_decay",
    kind="write",
    checks=(
        Check(
            says="matrices decay; biases and the gains of norms do not, whatever the optimizer's default",
            draw=draw_net,
            call=call_no_decay,
            expected=planned,
            points=2,
            catches=("default_wins",),
        ),
        Check(
            says="what wants no gradient is in neither group",
            draw=draw_frozen_net,
            call=call_no_decay,
            expected=planned,
            catches=("default_wins",),
        ),
    ),
    wrong=(
        Wrong(
            "by the name bias",
            two_groups(lambda name, p: "bias" not in name),
            "A LayerNorm's gain decays in your groups: it is called weight. What do gains and biases have in common?",
        ),
        Wrong(
            "no decay is left unsaid",
            two_groups(lambda name, p: p.ndim >= 2, without={}),
            "Your second group does not say what its weight decay is. Where does it get it from? Think of lesson 7.",
        ),
        Wrong(
            "the frozen too",
            two_groups(lambda name, p: p.ndim >= 2, trained=lambda p: True),
            "Some parameters want no gradient, and are in your groups all the same. How do you ask a parameter?",
        ),
        Wrong(
            "the other way round",
            two_groups(lambda name, p: p.ndim < 2),
            "Your biases decay, and your matrices do not.",
        ),
    ),
    hints=(
        "len(p.shape), or p.ndim, is the number of a parameter's dimensions.",
        "Begin with the list of the parameters whose requires_grad is true, and part it in two.",
        "Both groups name their weight_decay: one the number that was given, the other 0.0.",
    ),
)

# ---- who_moves -------------------------------------------------------------------------------------------


def draw_parameters(random: Random) -> dict:
    """Six weights: one of each kind that is easily mistaken, with numbers and order by chance."""
    usual = {"requires_grad": True, "grad": 0.5, "lr": 0.1, "weight_decay": 0.0}
    kinds = [
        {},
        {"grad": None, "weight_decay": 0.25},
        {"grad": 0.0},
        {"grad": 0.0, "weight_decay": 0.25},
        {"requires_grad": False},
        {"requires_grad": False, "grad": None},
        {"lr": 0.0},
        {"lr": 0.0, "weight_decay": 0.25},
        {"requires_grad": False, "grad": 0.0, "weight_decay": 0.25},
        {"grad": 0.0, "weight_decay": 0.25, "value": 0.0},
    ]
    parameters = []
    for name, kind in zip("abcdef", [kinds[1], kinds[4], *random.sample(kinds[2:4] + kinds[5:], 4)]):
        own = {**usual, "grad": random.choice((0.5, -0.25)), "value": random.choice((1.0, -2.0)), **kind}
        parameters.append({"name": name, "value": own.pop("value"), **own})
    random.shuffle(parameters)
    return {"parameters": parameters}


def call_who_moves(exercises, parameters):
    return exercises.who_moves(parameters)


def moved_by_the_step(parameters):
    import warnings

    import tinygrad_optim as torch

    weights = [torch.tensor(one["value"], dtype=torch.float64) for one in parameters]
    groups = []
    for one, weight in zip(parameters, weights):
        weight.requires_grad_(one["requires_grad"])
        weight.grad = None if one["grad"] is None else torch.tensor(one["grad"], dtype=torch.float64)
        groups.append({"params": [weight], "lr": one["lr"], "weight_decay": one["weight_decay"]})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # frozen weights with a gradient left over are what this is about
        torch.optim.SGD(groups).step()
    return [one["name"] for one, weight in zip(parameters, weights) if weight.item() != one["value"]]


def moving(asks):
    """A `who_moves` that asks this of each weight."""
    return lambda parameters: [one["name"] for one in parameters if asks(one)]


WHO_MOVES = Exercise(
    name="who_moves",
    kind="read",
    checks=(
        Check(
            says="a weight moves if it has a gradient, its lr is not 0, and gradient and decay together are not 0",
            draw=draw_parameters,
            call=call_who_moves,
            expected=moved_by_the_step,
            points=2,
            cases=6,
        ),
    ),
    wrong=(
        Wrong(
            "requires_grad is asked",
            moving(
                lambda one: (
                    one["requires_grad"]
                    and one["grad"] is not None
                    and one["lr"] != 0
                    and one["grad"] + one["weight_decay"] * one["value"] != 0
                )
            ),
            "A weight with requires_grad=False and a gradient left over: does step look at requires_grad at all?",
        ),
        Wrong(
            "decay is forgotten",
            moving(lambda one: bool(one["grad"]) and one["lr"] != 0),
            "A gradient of 0 is a gradient. What does weight decay add to it?",
        ),
        Wrong(
            "decay moves also without a gradient",
            moving(lambda one: one["lr"] != 0 and (one["grad"] or 0.0) + one["weight_decay"] * one["value"] != 0),
            "What does step do with a weight whose .grad is None? Does it come to the decay at all?",
        ),
        Wrong(
            "whoever has a gradient moves",
            moving(lambda one: one["grad"] is not None),
            "Taking part is not moving. How far does a weight go with an lr of 0, or when nothing pulls at it?",
        ),
        Wrong(
            "lr is forgotten",
            moving(lambda one: one["grad"] is not None and one["grad"] + one["weight_decay"] * one["value"] != 0),
            "Look again at those whose group has an lr of 0.",
        ),
    ),
    hints=(
        "Recall the condition in step: `if p.gradient is not None`. Who passes it?",
        "For those who pass, the step is lr * (grad + weight_decay * value). When is that 0?",
        "requires_grad is read by backward. step never looks at it.",
    ),
)

# ---- freeze ----------------------------------------------------------------------------------------------


def draw_training(random: Random) -> dict:
    rows = [[random.randint(-4, 4) / 4 for _ in range(2)] for _ in range(4)]
    return {"seed": random.randint(0, 999), "rows": rows, "part": random.choice(("body", "head"))}


def call_freeze(exercises, seed, rows, part):
    import tinygrad_optim as torch
    from tinygrad_optim import nn

    torch.manual_seed(seed)
    net = nn.Sequential()
    net.add_module("body", nn.Linear(2, 3, dtype=torch.float64))
    net.add_module("head", nn.Linear(3, 1, dtype=torch.float64))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.5, weight_decay=0.1)
    x = torch.tensor(rows, dtype=torch.float64)
    for number in range(5):
        if number == 2:
            exercises.freeze(net, optimizer, part)
            still = {name: p.tolist() for name, p in net.named_parameters() if name.startswith(part)}
        optimizer.zero_grad(set_to_none=False)
        (net(x) - 1).square().mean().backward()
        optimizer.step()
    after = {name: p.tolist() for name, p in net.named_parameters()}
    return {"stood still": all(after[name] == still[name] for name in still), "all weights": after}


def trained_with_a_part_held(seed, rows, part):
    """The same training, in which the part is put back after each step by hand."""
    import tinygrad_optim as torch
    from tinygrad_optim import nn

    torch.manual_seed(seed)
    net = nn.Sequential()
    net.add_module("body", nn.Linear(2, 3, dtype=torch.float64))
    net.add_module("head", nn.Linear(3, 1, dtype=torch.float64))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.5, weight_decay=0.1)
    x = torch.tensor(rows, dtype=torch.float64)
    for number in range(5):
        if number == 2:
            still = {name: p.tolist() for name, p in net.named_parameters() if name.startswith(part)}
        optimizer.zero_grad(set_to_none=False)
        (net(x) - 1).square().mean().backward()
        optimizer.step()
        if number >= 2:
            with torch.no_grad():
                for name, p in net.named_parameters():
                    if name in still:
                        p.copy_(torch.tensor(still[name], dtype=torch.float64))
    return {"stood still": True, "all weights": {name: p.tolist() for name, p in net.named_parameters()}}


def with_each(net, part, does):
    for name, p in net.named_parameters():
        if name.startswith(part + "."):
            does(p)


def as_the_colleague(net, optimizer, part):
    with_each(net, part, lambda p: p.requires_grad_(False))


def gradient_alone(net, optimizer, part):
    with_each(net, part, lambda p: setattr(p, "grad", None))


def rate_of_the_group(net, optimizer, part):
    optimizer.param_groups[0]["lr"] = 0.0


def without_velocity(net, optimizer, part):
    as_the_colleague(net, optimizer, part)
    with_each(net, part, lambda p: optimizer.state.pop(p, None))


FREEZE = Exercise(
    name="freeze",
    kind="find",
    checks=(
        Check(
            says="the part stands still, and all else goes on as if it had stood still by itself",
            draw=draw_training,
            call=call_freeze,
            expected=trained_with_a_part_held,
            points=3,
            catches=("decay_after_momentum",),
        ),
    ),
    wrong=(
        Wrong(
            "requires_grad only",
            as_the_colleague,
            "No gradient is worked out any more. But what is still in .grad, from the round before the freezing?",
        ),
        Wrong(
            "the gradient only",
            gradient_alone,
            "The gradient is gone, until the next backward. What keeps backward from working out another?",
        ),
        Wrong(
            "the group's lr",
            rate_of_the_group,
            "Now everything is frozen: who else is in that group?",
        ),
        Wrong(
            "the optimizer's state is thrown away",
            without_velocity,
            "The optimizer has forgotten the part's velocity, but it still takes part in each step. What lets it in?",
        ),
    ),
    hints=(
        "step asks one question of each parameter: is there a gradient? Look at what your part answers.",
        "zero_grad(set_to_none=False) fills a gradient with zeros if it is there. If it is not, it stays away.",
        "The colleague's line is right, and one more is needed: p.grad = None.",
    ),
)

EXERCISES = (ONE_STEP, NO_DECAY, WHO_MOVES, FREEZE)
