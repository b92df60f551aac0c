"""Checks of lesson 3."""

from __future__ import annotations

from random import Random
from typing import Any

import tinygrad_optim as torch
from tinygrad_optim.course import Check, Exercise, Wrong


def table(random: Random, rows: int, columns: int) -> list[list[float]]:
    """Small whole numbers, none of them 0."""
    return [[float(random.choice((-3, -2, -1, 1, 2, 3, 4, 5))) for _ in range(columns)] for _ in range(rows)]


# ---- offset_grad -----------------------------------------------------------------------------------------


def draw_rows(random: Random) -> dict[str, Any]:
    """Numbers for which each way to go wrong gives numbers of its own."""
    while True:
        x, m = table(random, 2, 3), table(random, 2, 3)
        offset = table(random, 1, 3)[0]
        answers = [[sum(pair) for pair in zip(*m)], *(wrong.answer(x, offset, m) for wrong in WRONG_OFFSETS)]
        if all(answers.count(answer) == 1 for answer in answers):
            return {"x": x, "offset": offset, "m": m}


def ask_for_offset_grad(x: Any, offset: Any, m: Any) -> str:
    return f"""    x = torch.tensor({x})
    offset = torch.tensor({offset}, requires_grad=True)
    m = torch.tensor({m})
    ((x + offset) * m).sum().backward()

What is offset.grad, as a list of three numbers?"""


def call_offset_grad(exercises: Any, x: Any, offset: Any, m: Any) -> Any:
    return exercises.offset_grad(x, offset, m)


def offset_grad_by_the_package(x: Any, offset: Any, m: Any) -> list[float]:
    leaf = torch.tensor(offset, requires_grad=True)
    ((torch.tensor(x) + leaf) * torch.tensor(m)).sum().backward()
    return leaf.grad.tolist()


# fmt: off
WRONG_OFFSETS = (
    Wrong("counted how often each number was used", lambda x, offset, m: [2.0, 2.0, 2.0],
        "Each number of offset is used twice, right. But each time the sum is then multiplied: with what?"),
    Wrong("the sums of the rows", lambda x, offset, m: [sum(row) for row in m],
        "That is one number for each row. What has offset one number for: each row or each column?"),
    Wrong("the mean of the columns", lambda x, offset, m: [sum(pair) / 2 for pair in zip(*m)],
        "You divide by the number of rows. The program has .sum() in it and not .mean()."),
    Wrong("the derivative of the other factor", lambda x, offset, m: [sum(pair) for pair in zip(*x)],
        "The local derivative of one factor is the other factor. Which is the other factor of (x + offset)?"),
)
# fmt: on

# ---- broadcast_shape -------------------------------------------------------------------------------------


def draw_as_long(random: Random) -> dict[str, Any]:
    """Two shapes of three dimensions each that go together, each with a 1 where the other has more."""
    sizes = [random.randint(2, 6) for _ in range(3)]
    first, second = list(sizes), list(sizes)
    one, other = random.sample(range(3), 2)
    first[one], second[other] = 1, 1
    return {"first": tuple(first), "second": tuple(second)}


def draw_shorter(random: Random) -> dict[str, Any]:
    """Two shapes of different lengths that go together only if they are aligned at the right."""
    sizes = random.sample(range(2, 8), 4)
    short = sizes[random.choice((1, 2)) :]
    if random.random() < 0.5:
        short[0] = 1
    shapes = [tuple(sizes), tuple(short)]
    random.shuffle(shapes)
    return {"first": shapes[0], "second": shapes[1]}


def draw_unfit(random: Random) -> dict[str, Any]:
    """Two shapes that do not go together, some of which would if they were aligned at the left."""
    k, n, m = sorted(random.sample(range(2, 9), 3))
    shapes = random.choice([[(n, k), (n,)], [(n, k), (n, m)], [(n, 1, k), (m, 1, m)], [(n, k, m), (n, k)]])
    random.shuffle(shapes)
    return {"first": shapes[0], "second": shapes[1]}


def call_shape(exercises: Any, first: Any, second: Any) -> Any:
    try:
        return tuple(exercises.broadcast_shape(first, second))
    except ValueError:
        return "raised ValueError"


def shape_by_the_package(first: Any, second: Any) -> Any:
    try:
        return (torch.ones(first) * torch.ones(second)).shape
    except RuntimeError:
        return "raised ValueError"


def from_the_left(first: Any, second: Any) -> Any:
    longest = max(len(first), len(second))
    first, second = first + (1,) * (longest - len(first)), second + (1,) * (longest - len(second))
    return agreed(first, second)


def agreed(first: Any, second: Any, strict: bool = True) -> Any:
    if strict and any(n != k and 1 not in (n, k) for n, k in zip(first, second)):
        raise ValueError
    return tuple(max(n, k) for n, k in zip(first, second))


def never_refused(first: Any, second: Any) -> Any:
    longest = max(len(first), len(second))
    first, second = (1,) * (longest - len(first)) + first, (1,) * (longest - len(second)) + second
    return agreed(first, second, strict=False)


def ones_refused(first: Any, second: Any) -> Any:
    if any(n != k for n, k in zip(first[::-1], second[::-1])):
        raise ValueError
    return max(first, second, key=len)


# fmt: off
WRONG_SHAPES = (
    Wrong("aligned at the left", from_the_left,
        "Do you compare the first size with the first? At which end are shapes aligned? Try (3, 4) and (4,) on paper."),
    Wrong("the larger size is taken, whatever the other is", never_refused,
        "That never refuses. Can 4 prices be used for 3 days, one each?"),
    Wrong("dimensions that only one of them has are lost",
        lambda first, second: agreed(first[::-1], second[::-1])[::-1],
        "zip stops where the shorter one ends. What becomes of the sizes at the left of the longer shape?"),
    Wrong("a 1 is refused, too", ones_refused,
        "You refuse two sizes wherever they differ. There is one size that fits to any other: which?"),
)
# fmt: on

# ---- scale_and_shift_backward ----------------------------------------------------------------------------


def draw_layer(random: Random) -> dict[str, Any]:
    n, k = random.choice([(2, 3), (3, 2), (4, 3), (4, 2)])
    return {"x": table(random, n, k), "scale": table(random, 1, k)[0], "g": table(random, n, k)}


def draw_deeper_layer(random: Random) -> dict[str, Any]:
    x, g = ([table(random, 3, 2) for _ in range(2)] for _ in range(2))
    return {"x": x, "scale": table(random, 1, 2)[0], "g": g}


def call_layer(exercises: Any, x: Any, scale: Any, g: Any) -> Any:
    import numpy as np

    gradients = exercises.scale_and_shift_backward(np.array(x), np.array(scale), np.array(g))
    return dict(zip(["for x", "for scale", "for shift"], [np.asarray(one).tolist() for one in gradients]))


def layer_by_the_package(x: Any, scale: Any, g: Any) -> dict[str, Any]:
    leaves = [torch.tensor(one, dtype=torch.float64, requires_grad=True) for one in (x, scale, [0.0] * len(scale))]
    (leaves[0] * leaves[1] + leaves[2]).backward(torch.tensor(g, dtype=torch.float64))
    return dict(zip(["for x", "for scale", "for shift"], [leaf.grad.tolist() for leaf in leaves]))


def rows(x: Any) -> tuple[int, ...]:
    return tuple(range(x.ndim - 1))


# fmt: off
WRONG_LAYERS = (
    Wrong("only the first dimension is summed over",
        lambda x, scale, g: (g * scale, (g * x).sum(axis=0), g.sum(axis=0)),
        "That is right for two dimensions. If x has three, along how many was scale repeated?"),
    Wrong("nothing is summed", lambda x, scale, g: (g * scale, g * x, g),
        "Your gradients have the shape of x. But scale has one number a column, and was repeated for each row."),
    Wrong("summed over the columns", lambda x, scale, g: (g * scale, (g * x).sum(axis=-1), g.sum(axis=-1)),
        "Your sums run along a row. Along which dimension was one number of scale used again and again?"),
    Wrong("the scale's gradient without x", lambda x, scale, g: (g * scale, g.sum(axis=rows(x)), g.sum(axis=rows(x))),
        "You have the same gradient for scale as for shift. But scale is multiplied: with what?"),
    Wrong("with the 1s kept",
        lambda x, scale, g: (g * scale, (g * x).sum(axis=rows(x), keepdims=True), g.sum(axis=rows(x), keepdims=True)),
        "The numbers are right. Look at the shapes: scale has one dimension."),
)
# fmt: on

# ---- mended_loss -----------------------------------------------------------------------------------------


def draw_flowers(random: Random) -> dict[str, Any]:
    n = random.choice((3, 4, 5))
    predicted = random.sample([1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0], n)
    return {
        "predicted": [[p] for p in predicted],
        "target": [p + random.choice((-2.5, -1.5, 0.75, 1.25)) for p in predicted],
    }


def call_loss(exercises: Any, predicted: Any, target: Any) -> Any:
    import tinygrad_optim as torch

    loss = exercises.mended_loss(
        torch.tensor(predicted, dtype=torch.float64), torch.tensor(target, dtype=torch.float64)
    )
    return loss.tolist() if isinstance(loss, torch.Tensor) else f"a {type(loss).__name__}, and not a tensor"


def call_loss_gradient(exercises: Any, predicted: Any, target: Any) -> Any:
    import tinygrad_optim as torch

    column = torch.tensor(predicted, dtype=torch.float64, requires_grad=True)
    first = exercises.mended_loss(column, torch.tensor(target, dtype=torch.float64))
    second = exercises.mended_loss(column, torch.tensor(target[::-1], dtype=torch.float64))
    if not getattr(first, "requires_grad", False):
        return "no gradient reaches predicted"
    (first + second).backward()
    return column.grad.tolist()


def loss_in_plain_numbers(predicted: Any, target: Any) -> float:
    return sum((p - t) ** 2 for [p], t in zip(predicted, target)) / len(target)


def loss_gradient_by_moving_a_little(predicted: Any, target: Any) -> list[list[float]]:
    def both(moved: int, by: float) -> float:
        column = [[p + by * (i == moved)] for i, [p] in enumerate(predicted)]
        return loss_in_plain_numbers(column, target) + loss_in_plain_numbers(column, target[::-1])

    h = 1e-3  # of a parabola the difference of both sides is exact, whatever h
    return [[round((both(i, h) - both(i, -h)) / (2 * h), 9)] for i in range(len(predicted))]


# fmt: off
WRONG_LOSSES = (
    Wrong("as it was", lambda predicted, target: ((predicted - target) ** 2).mean(),
        "Print (predicted - target).shape for three flowers. How many differences should there be?"),
    Wrong("the sum in the place of the mean", lambda predicted, target: ((predicted.squeeze(1) - target) ** 2).sum(),
        "The differences are the right ones. The loss is to be their mean."),
    Wrong("the means are compared", lambda predicted, target: (predicted.mean() - target.mean()) ** 2,
        "Now the shapes fit, but only one difference is left. Each prediction has a target of its own."),
    Wrong("a number that has lost its history",
        lambda predicted, target: torch.tensor(((predicted.detach().squeeze(1) - target) ** 2).mean().item()),
        "The number is right, but no gradient goes back from it. Where did you leave the tensors?"),
)
# fmt: on

# fmt: off
EXERCISES = (
    Exercise(
        "offset_grad", "predict", (
            Check("what was repeated gets the sum of the gradients of all its uses",
                draw_rows, call_offset_grad, offset_grad_by_the_package, cases=1, tolerance=5e-4),
        ),
        WRONG_OFFSETS, (
            "Write out the sum in full for one column: where does that column's number of offset occur?",
            "At x + offset a gradient of shape (2, 3) arrives. The sum hands on 1s: what does * m make of them?",
            "Then bring it from (2, 3) to the shape of offset, as unbroadcast does.",
        ),
        ask_for_offset_grad,
    ),
    Exercise(
        "broadcast_shape", "write", (
            Check("a size of 1 fits to any other", draw_as_long, call_shape, shape_by_the_package),
            Check("shapes are aligned at the right, and a missing size counts as 1",
                draw_shorter, call_shape, shape_by_the_package, cases=4),
            Check("shapes that do not go together are refused with ValueError",
                draw_unfit, call_shape, shape_by_the_package, cases=5),
        ),
        WRONG_SHAPES, (
            "Make both tuples equally long first: (1,) * k + shape puts k ones at the left.",
            "Then go through zip(first, second). There are three cases for two sizes: equal, one of them 1, neither.",
            "The result has the larger of the two sizes at each place.",
        ),
    ),
    Exercise(
        "scale_and_shift_backward", "write", (
            Check("each gradient has the shape of what it is for, and is the engine's",
                draw_layer, call_layer, layer_by_the_package, points=2),
            Check("it holds if x has three dimensions", draw_deeper_layer, call_layer, layer_by_the_package),
        ),
        WRONG_LAYERS, (
            "Without broadcasting: what are the three gradients if x, scale and shift are single numbers?",
            "They are g * scale, g * x and g. The last two have the shape of x, and have to be brought to (k,).",
            "numpy's sum takes several axes: one.sum(axis=(0, 1)). Which are they for x.ndim dimensions?",
        ),
    ),
    Exercise(
        "mended_loss", "find", (
            Check("each prediction is compared with its own target, and with no other",
                draw_flowers, call_loss, loss_in_plain_numbers),
            Check("the gradient reaches predicted, and that of two losses adds up",
                draw_flowers, call_loss_gradient, loss_gradient_by_moving_a_little,
                tolerance=1e-6, catches=("gradients_overwritten",)),
        ),
        WRONG_LOSSES, (
            "Which shape has predicted - target, by the rule of broadcasting?",
            "One of the two must get the other's shape before they are subtracted. Either will do.",
            "squeeze(1) takes away a dimension of size 1, unsqueeze(1) puts one in, reshape does either.",
        ),
    ),
)
# fmt: on
