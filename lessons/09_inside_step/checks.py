"""Checks of lesson 9: inside step."""

from __future__ import annotations

from itertools import pairwise
from random import Random

from tinygrad_optim.course import Check, Exercise, Wrong

# ---- third_weight ----------------------------------------------------------------------------------------


def draw_third(random: Random) -> dict:
    w, g = random.choice((1.0, 2.0, 3.0)), random.choice((-2.0, -1.0, 1.0, 2.0))
    return {"w": w, "g": g, "lr": 0.1, "momentum": random.choice((0.5, 0.8))}


def call_third(exercises, w, g, lr, momentum):
    return exercises.third_weight(w, g, lr, momentum)


def weight_after_three_steps(w, g, lr, momentum):
    import tinygrad_optim as torch

    weight = torch.tensor(w, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([weight], lr=lr, momentum=momentum)
    for number in range(3):
        if number == 2:
            optimizer.param_groups[0]["lr"] = lr / 2
        optimizer.zero_grad()
        loss = g * weight
        loss.backward()
        optimizer.step()
    return weight.item()


def ask_third(w, g, lr, momentum):
    return f"""weight is {w}
optimizer = optim.SGD([weight], lr={lr}, momentum={momentum})
for number in range(3):
    if number == 2:
        optimizer.param_groups[0]["lr"] = {lr / 2}
    optimizer.zero_grad()
    loss = {g} * weight
    loss.backward()
    optimizer.step()
What is weight now?"""


THIRD_WEIGHT = Exercise(
    name="third_weight",
    kind="predict",
    question=ask_third,
    checks=(
        Check(
            says="each step goes lr, as it is at that step, times a velocity that has grown",
            draw=draw_third,
            call=call_third,
            expected=weight_after_three_steps,
            cases=1,
            tolerance=5e-4,
        ),
    ),
    wrong=(
        Wrong(
            "no momentum",
            lambda w, g, lr, m: w - 2.5 * lr * g,
            "Each of your steps goes along the gradient alone. What is left of the velocity of the step before?",
        ),
        Wrong(
            "lr inside the velocity",
            lambda w, g, lr, m: w - lr * g - lr * g * (1 + m) - (lr * g * (m + m * m) + lr / 2 * g),
            "You have halved only what the third gradient adds. Does lr stand inside the velocity, or outside?",
        ),
        Wrong(
            "the rate is not halved",
            lambda w, g, lr, m: w - lr * g * (1 + (1 + m) + (1 + m + m * m)),
            "Look at the line before the third step again.",
        ),
        Wrong(
            "a mean of gradients",
            lambda w, g, lr, m: w - 2.5 * lr * g * (1 - m),
            "You let in only a share of each gradient. Which option would do that, and is it given here?",
        ),
        Wrong(
            "the velocity does not grow after the second step",
            lambda w, g, lr, m: w - lr * g - 1.5 * lr * g * (1 + m),
            "The third velocity is more than the second: it keeps a share of *that*, and the gradient comes to it.",
        ),
    ),
    hints=(
        "Make a table with a row a step: gradient, velocity, lr, weight.",
        "The velocities are g, momentum * g + g, and momentum times that + g.",
        "The weight goes down by lr times the first, lr times the second, and half of lr times the third.",
    ),
)

# ---- gradients_behind ------------------------------------------------------------------------------------


def draw_life(random: Random) -> dict:
    return draw_life_with(random, 0.0)


def draw_life_with_decay(random: Random) -> dict:
    return draw_life_with(random, random.choice((0.25, 0.5)))


def draw_life_with(random: Random, weight_decay: float) -> dict:
    gradients = [random.choice((-1, 1)) * random.randint(2, 8) / 4 for _ in range(5)]
    lr, momentum = random.choice((0.1, 0.2)), random.choice((0.5, 0.75))
    w = random.choice((-2.0, 3.0))
    return {"w": w, "gradients": gradients, "lr": lr, "momentum": momentum, "weight_decay": weight_decay}


def call_gradients_behind(exercises, w, gradients, lr, momentum, weight_decay):
    import tinygrad_optim as torch

    weight = torch.tensor(w, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([weight], lr=lr, momentum=momentum, weight_decay=weight_decay)
    weights = [weight.item()]
    for gradient in gradients:
        optimizer.zero_grad()
        (gradient * weight).backward()
        optimizer.step()
        weights.append(weight.item())
    return exercises.gradients_behind(weights, lr, momentum, weight_decay)


def the_gradients(w, gradients, lr, momentum, weight_decay):
    return gradients


def undoing(share=1.0, decays=True, place=0, divided=True):
    """A `gradients_behind` that takes off this share of the velocity before, and decay at this end of the step."""

    def gradients_behind(weights, lr, momentum, weight_decay):
        gradients, velocity = [], 0.0
        for pair in pairwise(weights):
            kept, velocity = share * momentum * velocity, (pair[0] - pair[1]) / (lr if divided else 1.0)
            gradients.append(velocity - kept - (weight_decay * pair[place] if decays else 0.0))
        return gradients

    return gradients_behind


GRADIENTS_BEHIND = Exercise(
    name="gradients_behind",
    kind="read",
    checks=(
        Check(
            says="without decay, the velocity less its share of the one before is the gradient",
            draw=draw_life,
            call=call_gradients_behind,
            expected=the_gradients,
            tolerance=1e-6,
        ),
        Check(
            says="with decay, what decay had added is taken off again",
            draw=draw_life_with_decay,
            call=call_gradients_behind,
            expected=the_gradients,
            tolerance=1e-6,
            points=2,
            catches=("decay_after_momentum",),
        ),
    ),
    wrong=(
        Wrong(
            "velocities",
            undoing(share=0.0),
            "These are velocities. How much of each was there already, from the step before?",
        ),
        Wrong(
            "without undoing the decay",
            undoing(decays=False),
            "Right, as long as there is no decay. What did the rule add to the gradient, before the velocity?",
        ),
        Wrong(
            "decay by the new weight",
            undoing(place=1),
            "Decay is added at the beginning of a step. Which weight did it see, the one before the step or after it?",
        ),
        Wrong(
            "lr is forgotten",
            undoing(divided=False),
            "How far a weight goes is lr times the velocity. What is the velocity, then?",
        ),
    ),
    hints=(
        "Begin with the rule's last line: p_new = p - lr * v. You know p, p_new and lr.",
        "Then the line before: v = momentum * (the v before) + g. At the first step, v is g itself.",
        "And then g = (the gradient) + weight_decay * p, with the weight before the step.",
    ),
)

# ---- l2_penalty ------------------------------------------------------------------------------------------


def draw_trained(random: Random) -> dict:
    rows = [[random.randint(-4, 4) / 2 for _ in range(2)] for _ in range(4)]
    return {"seed": random.randint(0, 999), "rows": rows, "decay": random.choice((0.25, 0.5)), "momentum": 0.0}


def draw_trained_with_momentum(random: Random) -> dict:
    return {**draw_trained(random), "momentum": 0.75}


def call_l2_penalty(exercises, seed, rows, decay, momentum):
    import tinygrad_optim as torch

    ends = {}
    for how in ("with your penalty", "with weight_decay"):
        torch.manual_seed(seed)
        net = torch.nn.Linear(2, 3, dtype=torch.float64)
        mine = how == "with your penalty"
        optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=momentum, weight_decay=0.0 if mine else decay)
        for _ in range(4):
            optimizer.zero_grad()
            loss = (net(torch.tensor(rows, dtype=torch.float64)) - 1).square().mean()
            if mine:
                loss = loss + exercises.l2_penalty(net.parameters(), decay)
            loss.backward()
            optimizer.step()
        ends[how] = {name: p.tolist() for name, p in net.named_parameters()}
    return ends


def decayed(seed, rows, decay, momentum):
    import tinygrad_optim as torch

    torch.manual_seed(seed)
    net = torch.nn.Linear(2, 3, dtype=torch.float64)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=momentum, weight_decay=decay)
    for _ in range(4):
        optimizer.zero_grad()
        (net(torch.tensor(rows, dtype=torch.float64)) - 1).square().mean().backward()
        optimizer.step()
    end = {name: p.tolist() for name, p in net.named_parameters()}
    return {"with your penalty": end, "with weight_decay": end}


def penalty(of_one):
    """An `l2_penalty` that adds up this of each parameter."""
    return lambda parameters, weight_decay: sum(weight_decay * of_one(p) for p in parameters)


L2_PENALTY = Exercise(
    name="l2_penalty",
    kind="write",
    checks=(
        Check(
            says="without momentum the penalty does what weight decay does",
            draw=draw_trained,
            call=call_l2_penalty,
            expected=decayed,
            catches=("broadcast_averaged", "gradients_overwritten"),
        ),
        Check(
            says="with momentum too, as both go into the velocity",
            draw=draw_trained_with_momentum,
            call=call_l2_penalty,
            expected=decayed,
            points=2,
            catches=("decay_after_momentum",),
        ),
    ),
    wrong=(
        Wrong(
            "twice too strong",
            penalty(lambda p: (p * p).sum()),
            "Your penalty pulls twice as hard as it should. What is the derivative of p squared?",
        ),
        Wrong(
            "the mean of the squares",
            penalty(lambda p: (p * p).mean() / 2),
            "Your penalty pulls the less, the more numbers a parameter has. Should it?",
        ),
        Wrong(
            "the norm",
            penalty(lambda p: (p * p).sum().sqrt()),
            "A norm has the same slope however large the weight is. How strong should the pull be at a large weight?",
        ),
        Wrong(
            "absolute values",
            penalty(lambda p: p.abs().sum()),
            "That pulls all weights equally hard, large and small. What does the line with weight_decay do?",
        ),
        Wrong(
            "a plain number",
            penalty(lambda p: (p * p).sum().item() / 2),
            "The number is right, but no weight feels it. What do .item(), .data and detach() take from backward()?",
        ),
    ),
    hints=(
        "The rule adds weight_decay * p to the gradient of p. So that must be the derivative of the penalty by p.",
        "Which function of one number p has the derivative d * p? Add up over all numbers of all parameters.",
        "For one parameter it is weight_decay / 2 * (p * p).sum().",
    ),
)

# ---- look_ahead ------------------------------------------------------------------------------------------


def draw_bowl(random: Random) -> dict:
    return draw_slope(random, curve=0.0)


def draw_bent(random: Random) -> dict:
    return draw_slope(random, curve=0.25)


def draw_slope(random: Random, curve: float) -> dict:
    steep, place = random.choice((1.0, 2.0, 3.0)), random.choice((-1.0, 1.5))
    w, momentum = random.choice((-2.0, 3.0)), random.choice((0.5, 0.75))
    return {"steep": steep, "place": place, "curve": curve, "w": w, "steps": 5, "lr": 0.1, "momentum": momentum}


def call_look_ahead(exercises, steep, place, curve, w, steps, lr, momentum):
    import tinygrad_optim as torch

    def gradient(x):
        return steep * (x - place) + curve * (x - place) * (x - place)

    found = {"yours": exercises.look_ahead(gradient, w, steps, lr, momentum), "SGD(nesterov=True)": []}
    weight = torch.tensor(w, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([weight], lr=lr, momentum=momentum, nesterov=True)
    for _ in range(steps):
        weight.grad = torch.tensor(gradient(weight.item()), dtype=torch.float64)
        optimizer.step()
        found["SGD(nesterov=True)"].append(weight.item())
    return found


def places_ahead(steep, place, curve, w, steps, lr, momentum):
    import tinygrad_optim as torch

    weight = torch.tensor(w, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([weight], lr=lr, momentum=momentum, nesterov=True)
    path = []
    for _ in range(steps):
        optimizer.zero_grad()
        off = weight - place
        (steep / 2 * off**2 + curve / 3 * off**3).backward()
        optimizer.step()
        path.append(weight.item())
    return {"yours": path, "SGD(nesterov=True)": path}


def rolling(slope_at, told):
    """A `look_ahead` that takes the slope at slope_at(w, momentum * v), and tells told(w, momentum * v)."""

    def look_ahead(gradient, w, steps, lr, momentum):
        places, v = [], 0.0
        for _ in range(steps):
            v = momentum * v - lr * gradient(slope_at(w, momentum * v))
            w = w + v
            places.append(told(w, momentum * v))
        return places

    return look_ahead


LOOK_AHEAD = Exercise(
    name="look_ahead",
    kind="write",
    checks=(
        Check(
            says="in a bowl the places ahead are SGD's weights",
            draw=draw_bowl,
            call=call_look_ahead,
            expected=places_ahead,
            catches=("nesterov_without_look_ahead",),
        ),
        Check(
            says="and so they are where the slope is bent",
            draw=draw_bent,
            call=call_look_ahead,
            expected=places_ahead,
            points=2,
            catches=("nesterov_without_look_ahead",),
        ),
    ),
    wrong=(
        Wrong(
            "w itself is told",
            rolling(lambda w, v: w + v, lambda w, v: w),
            "You tell where the ball is. What was asked for is the place ahead of it, after the step.",
        ),
        Wrong(
            "the slope at the ball",
            rolling(lambda w, v: w, lambda w, v: w + v),
            "Your slope is the one at w. Where does Nesterov look?",
        ),
        Wrong(
            "plain momentum",
            rolling(lambda w, v: w, lambda w, v: w),
            "That is momentum without any look ahead. Two of your three lines need the place ahead.",
        ),
        Wrong(
            "the old place ahead",
            lambda gradient, w, steps, lr, momentum: [
                w,
                *rolling(lambda w, v: w + v, lambda w, v: w + v)(gradient, w, steps, lr, momentum),
            ][:steps],
            "Your list is one step late: it begins with the start. Tell each place after its step.",
        ),
    ),
    hints=(
        "Two numbers go from step to step: w and v. v begins at 0.",
        "First the new v: its slope is gradient(w + momentum * v), with the v of before. Then the new w.",
        "At the end of each step append w + momentum * v: with the new w, and the new v.",
    ),
)

EXERCISES = (THIRD_WEIGHT, GRADIENTS_BEHIND, L2_PENALTY, LOOK_AHEAD)
