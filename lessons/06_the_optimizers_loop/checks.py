"""Checks of lesson 6: the optimizer's loop."""

from __future__ import annotations

import warnings
from itertools import pairwise
from random import Random

from tinygrad_optim.course import Check, Exercise, Wrong


def quiet(function):
    """The function, without the package's warnings: here mistakes are made on purpose."""

    def run(*args, **kwargs):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return function(*args, **kwargs)

    return run


# ---- forgotten -------------------------------------------------------------------------------------------


def draw_bowl(random: Random) -> dict:
    return {"w": random.choice((-3.0, -2.0, 2.0, 4.0)), "a": random.choice((0.5, 1.5, 2.5)), "lr": 0.1}


def call_forgotten(exercises, w, a, lr):
    return exercises.forgotten(w, a, lr)


def weight_without_zero_grad(w, a, lr):
    import warnings

    import tinygrad_optim as torch

    weight = torch.tensor(w, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([weight], lr=lr)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the mistake is made on purpose
        for _ in range(2):
            loss = a * weight * weight
            loss.backward()
            optimizer.step()
    return weight.item()


def ask_forgotten(w, a, lr):
    return f"""w = torch.tensor({w}, requires_grad=True)
optimizer = optim.SGD([w], lr={lr})
for _ in range(2):
    loss = {a} * w * w
    loss.backward()
    optimizer.step()
What is w now?"""


FORGOTTEN = Exercise(
    name="forgotten",
    kind="predict",
    question=ask_forgotten,
    checks=(
        Check(
            says="without zero_grad the second step uses both gradients",
            draw=draw_bowl,
            call=call_forgotten,
            expected=weight_without_zero_grad,
            cases=1,
            tolerance=5e-4,
        ),
    ),
    wrong=(
        Wrong(
            "as if zero_grad had run",
            lambda w, a, lr: w * (1 - 2 * a * lr) ** 2,
            "That is the weight after two rounds of the right loop. Here nothing clears .grad: what is in it when the "
            "second backward comes, and what does backward do with that?",
        ),
        Wrong(
            "the first gradient counted twice",
            lambda w, a, lr: w - lr * 3 * (2 * a * w),
            "The second round's loss is computed anew, at the new weight. Has it the gradient of the first round?",
        ),
        Wrong(
            "the square's 2 is missing",
            lambda w, a, lr: w - lr * a * w - lr * (a * w + a * (w - lr * a * w)),
            "Look at the derivative of a * w * w by w again: w is in it twice.",
        ),
        Wrong(
            "uphill",
            lambda w, a, lr: w + lr * 2 * a * w + lr * (2 * a * w + 2 * a * (w + lr * 2 * a * w)),
            "The loss is lowest at w = 0, and your weight goes away from there. Which sign has the step?",
        ),
    ),
    hints=(
        "Make a table with a row for each line that runs, and the columns w and w.grad.",
        "The gradient of a * w * w is 2 * a * w. Work out the first round. After it .grad keeps its number.",
        "In the second round backward adds 2 * a * (new w) to the first gradient, and step takes lr times that sum.",
    ),
)

# ---- train -----------------------------------------------------------------------------------------------


def draw_fresh(random: Random) -> dict:
    return draw_batches(random, None)


def draw_left_over(random: Random) -> dict:
    return draw_batches(random, [random.choice((-7.0, 7.0)), random.choice((-5.0, 5.0))])


def draw_batches(random: Random, left: list | None) -> dict:
    batches = [[[random.randint(-2, 2) + 0.5 for _ in range(3)] for _ in range(2)] for _ in range(4)]
    return {
        "w": random.randint(1, 4) / 2,
        "b": random.randint(-3, 3) / 2,
        "lr": 0.0625,
        "batches": batches,
        "left": left,
    }


def call_train(exercises, w, b, lr, batches, left):
    import tinygrad_optim as torch

    net = torch.nn.Linear(1, 1, dtype=torch.float64)
    with torch.no_grad():
        net.weight.fill_(w)
        net.bias.fill_(b)
    optimizer = torch.optim.SGD([{"params": [net.weight]}, {"params": [net.bias]}], lr=lr)
    pairs = [tuple(torch.tensor(part, dtype=torch.float64).reshape(-1, 1) for part in batch) for batch in batches]
    if left is not None:  # what stands in .grad before the loop
        net.weight.grad = torch.full((1, 1), left[0], dtype=torch.float64)
        net.bias.grad = torch.full((1,), left[1], dtype=torch.float64)
    losses = exercises.train(net, optimizer, torch.nn.MSELoss(), pairs)
    return {"losses": losses, "weight": net.weight.item(), "bias": net.bias.item()}


def trained_by_hand(w, b, lr, batches, left=None):
    """The derivative of a mean of squares, in plain Python."""
    losses = []
    for inputs, targets in batches:
        errors = [w * x + b - y for x, y in zip(inputs, targets)]
        losses.append(sum(error**2 for error in errors) / len(errors))
        w -= lr * sum(2 * error * x for error, x in zip(errors, inputs)) / len(errors)
        b -= lr * sum(2 * error for error in errors) / len(errors)
    return {"losses": losses, "weight": w, "bias": b}


def loop(order, first=(), last_loss=False):
    """A `train` that runs these lines in this order; `first` before the loop."""

    def train(model, optimizer, loss_function, batches):
        losses = []
        for line in first:
            getattr(optimizer, line)()
        for inputs, targets in batches:
            for line in order.split():
                if line == "loss":
                    loss = loss_function(model(inputs), targets)
                elif line == "backward":
                    loss.backward()
                else:
                    getattr(optimizer, line)()
            losses.append(loss_function(model(inputs), targets).item() if last_loss else loss.item())
        return losses

    return quiet(train)


TRAIN = Exercise(
    name="train",
    kind="write",
    checks=(
        Check(
            says="each step uses its own batch's gradient, and each loss is the one before the step",
            draw=draw_fresh,
            call=call_train,
            expected=trained_by_hand,
            points=2,
            catches=("zero_grad_misses_a_group", "broadcast_averaged"),
        ),
        Check(
            says="a gradient that was left over from before does not count",
            draw=draw_left_over,
            call=call_train,
            expected=trained_by_hand,
            catches=("zero_grad_misses_a_group",),
        ),
    ),
    wrong=(
        Wrong(
            "no zero_grad",
            loop("loss backward step"),
            "From the second batch on, each step still uses older gradients too. Which line should run in every round?",
        ),
        Wrong(
            "zero_grad once, before the loop",
            loop("loss backward step", first=("zero_grad",)),
            "Your first step is right and the later ones are not. What is in .grad when the second backward comes?",
        ),
        Wrong(
            "zero_grad at the round's end",
            loop("loss backward step zero_grad"),
            "Your loop is right from the second batch on. But what is in .grad when the first backward comes?",
        ),
        Wrong(
            "zero_grad before step",
            loop("loss backward zero_grad step"),
            "No weight has moved at all. What does step find in .grad, at that moment of your loop?",
        ),
        Wrong(
            "the loss after the step",
            loop("zero_grad loss backward step", last_loss=True),
            "The weights are right. The losses are those after each step: which loss was backward called on?",
        ),
    ),
    hints=(
        "The four lines are zero_grad, the loss, backward and step. Is zero_grad safer as the first, or as the last?",
        "For each (inputs, targets): clear the gradients, then loss = loss_function(model(inputs), targets).",
        "Then loss.backward(), optimizer.step(), and append loss.item() to a list that you return.",
    ),
)

# ---- step_in_pieces --------------------------------------------------------------------------------------


def draw_even(random: Random) -> dict:
    return draw_rows(random, 6, random.choice((2, 3)))


def draw_uneven(random: Random) -> dict:
    return draw_rows(random, 7, random.choice((3, 4, 5)))


def draw_rows(random: Random, rows: int, most: int) -> dict:
    inputs, targets = ([random.randint(-4, 4) / 2 for _ in range(rows)] for _ in range(2))
    return {"w": 1.5, "b": -0.5, "lr": 0.125, "inputs": inputs, "targets": targets, "most": most}


def call_pieces(exercises, w, b, lr, inputs, targets, most):
    import tinygrad_optim as torch

    net = torch.nn.Linear(1, 1, dtype=torch.float64)
    with torch.no_grad():
        net.weight.fill_(w)
        net.bias.fill_(b)
    optimizer = torch.optim.SGD([{"params": [net.weight]}, {"params": [net.bias]}], lr=lr)
    net.bias.grad = torch.full((1,), 3.0, dtype=torch.float64)  # left over from before
    x, y = (torch.tensor(part, dtype=torch.float64).reshape(-1, 1) for part in (inputs, targets))
    exercises.step_in_pieces(net, optimizer, torch.nn.MSELoss(), x, y, most)
    return {"weight": net.weight.item(), "bias": net.bias.item()}


def call_counting(exercises, w, b, lr, inputs, targets, most):
    import tinygrad_optim as torch

    seen = []

    class Counting(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = torch.nn.Linear(1, 1, dtype=torch.float64)

        def forward(self, x):
            seen.append(len(x))
            return self.layer(x)

    net = Counting()
    optimizer = torch.optim.SGD(net.parameters(), lr=lr)
    x, y = (torch.tensor(part, dtype=torch.float64).reshape(-1, 1) for part in (inputs, targets))
    exercises.step_in_pieces(net, optimizer, torch.nn.MSELoss(), x, y, most)
    return {"at once, at most": max(seen, default=0), "in all": sum(seen)}


def one_step_by_hand(w, b, lr, inputs, targets, most):
    after = trained_by_hand(w, b, lr, [(inputs, targets)])
    return {"weight": after["weight"], "bias": after["bias"]}


def pieces_by_hand(w, b, lr, inputs, targets, most):
    return {"at once, at most": most, "in all": len(inputs)}


def pieces(scale, clear_first=True, clear_each=False, step_each=False):
    """A `step_in_pieces` with this scale(piece, whole, most) for each loss."""

    def step_in_pieces(model, optimizer, loss_function, inputs, targets, most):
        if clear_first:
            optimizer.zero_grad()
        for start in range(0, len(inputs), most):
            if clear_each:
                optimizer.zero_grad()
            x, y = inputs[start : start + most], targets[start : start + most]
            (loss_function(model(x), y) * scale(len(x), len(inputs), most)).backward()
            if step_each:
                optimizer.step()
        if not step_each:
            optimizer.step()

    return quiet(step_in_pieces)


def all_at_once(model, optimizer, loss_function, inputs, targets, most):
    optimizer.zero_grad()
    loss_function(model(inputs), targets).backward()
    optimizer.step()


IN_PIECES = Exercise(
    name="step_in_pieces",
    kind="write",
    checks=(
        Check(
            says="equal pieces lead to the step of the whole batch",
            draw=draw_even,
            call=call_pieces,
            expected=one_step_by_hand,
            catches=("gradients_overwritten", "zero_grad_misses_a_group"),
        ),
        Check(
            says="a smaller last piece counts by its size",
            draw=draw_uneven,
            call=call_pieces,
            expected=one_step_by_hand,
            points=2,
            catches=("gradients_overwritten", "zero_grad_misses_a_group"),
        ),
        Check(
            says="the model sees each example once, and no more than `most` at once",
            draw=draw_uneven,
            call=call_counting,
            expected=pieces_by_hand,
        ),
    ),
    wrong=(
        Wrong(
            "the means are summed",
            pieces(lambda piece, whole, most: 1.0),
            "Your step is too long. Each piece's loss is a mean of its own: is the sum of the means the mean of all?",
        ),
        Wrong(
            "divided by the number of pieces",
            pieces(lambda piece, whole, most: 1 / -(-whole // most)),
            "Right as long as the pieces are of one size. How much should a piece of 2 count beside a piece of 4?",
        ),
        Wrong(
            "cleared for each piece",
            pieces(lambda piece, whole, most: piece / whole, clear_each=True),
            "Only the last piece has counted. Where is the place of zero_grad, if the gradients are to add up?",
        ),
        Wrong(
            "nothing cleared before",
            pieces(lambda piece, whole, most: piece / whole, clear_first=False),
            "The pieces are right. But something stood in .grad before the first of them.",
        ),
        Wrong(
            "a step for each piece",
            pieces(lambda piece, whole, most: piece / whole, clear_each=True, step_each=True),
            "The later pieces saw weights that the earlier ones had moved already. How many steps should there be?",
        ),
        Wrong(
            "all at once",
            all_at_once,
            "The step is right, but the model was given the whole batch: that is what does not fit into memory.",
        ),
    ),
    hints=(
        "backward adds to .grad. So: clear once, call backward for each piece, and step once.",
        "range(0, len(inputs), most) gives where each piece begins; inputs[start:start + most] is what is in it.",
        "The mean over all is the sum over the pieces of (size of piece / size of all) * (mean over the piece).",
    ),
)

# ---- what_ran --------------------------------------------------------------------------------------------


def draw_lines(random: Random) -> dict:
    lines: list[str] = []
    while {"step", "zero_grad"} - {*lines} or " backward loss backward " not in f" {' '.join(lines)} ":
        lines = a_program(random)
    numbers = {"w": random.randint(11, 19) / 10, "x": random.randint(11, 19) / 10, "y": random.randint(-39, -21) / 10}
    return {"lines": lines, "lr": 0.01, **numbers}


def a_program(random: Random) -> list[str]:
    """Nine lines in any order in which each can run, and shows."""
    lines, fresh, gradient = ["loss"], True, False
    while len(lines) < 9:
        able = ["loss"] + ["backward"] * fresh * 2 + ["step", "zero_grad"] * gradient
        lines.append(random.choice(able))
        fresh = lines[-1] == "loss" or (fresh and lines[-1] != "backward")
        gradient = lines[-1] == "backward" or (gradient and lines[-1] != "zero_grad")
    return lines


def call_what_ran(exercises, lines, w, x, y, lr):
    import tinygrad_optim as torch

    weight = torch.tensor(w, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([weight], lr=lr)
    seen = [(w, None)]
    for line in lines:
        if line == "loss":
            loss = (weight * x - y) ** 2
        elif line == "backward":
            loss.backward()
        elif line == "step":
            optimizer.step()
        else:
            optimizer.zero_grad()
        seen.append((weight.item(), None if weight.grad is None else weight.grad.item()))
    return exercises.what_ran(seen)


def lines_that_ran(lines, w, x, y, lr):
    return lines


def reading(moved, cleared, same, new):
    """A `what_ran` that calls these changes so: `new` is called with whether there was a gradient before."""

    def what_ran(seen):
        told = []
        for (w, before), (w_after, after) in pairwise(seen):
            if w_after != w:
                told.append(moved)
            elif before == after:
                told.append(same(after))
            else:
                told.append(cleared if after is None else new(before))
        return told

    return what_ran


WHAT_RAN = Exercise(
    name="what_ran",
    kind="read",
    checks=(
        Check(
            says="each line is known by what it changes",
            draw=draw_lines,
            call=call_what_ran,
            expected=lines_that_ran,
            points=2,
            cases=5,
            catches=("gradients_overwritten",),
        ),
    ),
    wrong=(
        Wrong(
            "any change of the gradient is backward",
            reading("step", "backward", lambda g: "loss", lambda before: "backward"),
            "backward is not the only line that changes .grad. Which other one does, and what does it leave there?",
        ),
        Wrong(
            "no gradient means zero_grad",
            reading("step", "zero_grad", lambda g: "zero_grad" if g is None else "loss", lambda before: "backward"),
            "You say zero_grad wherever .grad is None. But was there a gradient before that line?",
        ),
        Wrong(
            "step clears the gradient",
            reading("backward", "step", lambda g: "loss", lambda before: "backward"),
            "Two lines are taken for each other. Which line moves the weight, and what does it leave in .grad?",
        ),
        Wrong(
            "backward only where there was no gradient",
            reading("step", "zero_grad", lambda g: "loss", lambda before: "backward" if before is None else "loss"),
            "You see a gradient appear, but not one that grows. What does backward do where there is one already?",
        ),
    ),
    hints=(
        "One line moves w. Two change .grad and leave w alone. One changes neither.",
        "Of the two that change .grad, one leaves None, the other a number.",
        "Go through zip(seen, seen[1:]): first ask whether w changed, then whether .grad is as it was.",
    ),
)

EXERCISES = (FORGOTTEN, TRAIN, IN_PIECES, WHAT_RAN)
