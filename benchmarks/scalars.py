"""Row 1: micrograd's moons, a step of an MLP of Values. There is no numpy floor: numpy would be another program."""

from __future__ import annotations

import gc
import random
from itertools import pairwise
from typing import Any

from timing import OURS, Entrant, Row, race

from tinygrad_optim import manual_seed, value
from tinygrad_optim.data import two_moons
from tinygrad_optim.value import Value

SIZES = (2, 16, 16, 1)


def weights(seed: int = 1337) -> list[list[tuple[list[float], float]]]:
    """Of each layer each neuron's weights and bias: plain numbers, the same for all."""
    chosen = random.Random(seed)
    return [
        [([chosen.uniform(-1, 1) for _ in range(inputs)], 0.0) for _ in range(outputs)]
        for inputs, outputs in pairwise(SIZES)
    ]


def moons() -> tuple[list[list[float]], list[int]]:
    """100 points and their labels, -1 and 1."""
    manual_seed(0)
    x, y = two_moons(100)
    return x.tolist(), [2 * int(label) - 1 for label in y.tolist()]


def step_of(layers: Any, dot: Any, total: Any) -> Any:
    """A step: the scores, the max-margin loss with an L2 penalty, backward, and 1 % of the gradient downhill."""
    inputs, labels = moons()
    parameters = [p for layer in layers for row, bias in layer for p in (*row, bias)]

    def score(x: Any) -> Any:
        for number, layer in enumerate(layers):
            x = [dot(row, x) + bias for row, bias in layer]
            if number + 1 < len(layers):
                x = [one.relu() for one in x]
        return x[0]

    def step() -> float:
        losses = [(score(x) * -y + 1.0).relu() for x, y in zip(inputs, labels)]
        loss = total(losses) * (1.0 / len(losses)) + total([p * p for p in parameters]) * 1e-4
        for p in parameters:
            p.grad = 0.0
        loss.backward()
        for p in parameters:
            p.data -= 0.01 * p.grad
        return float(loss.data)

    return step


def built(number: Any) -> list[Any]:
    """The layers, each number of them made by `number`."""
    return [[([number(w) for w in row], number(bias)) for row, bias in layer] for layer in weights()]


def plain_dot(ws: Any, xs: Any) -> Any:
    """w1*x1 + w2*x2 + ..., as micrograd has it: with Python's own sum."""
    return sum([w * x for w, x in zip(ws, xs)], 0.0)


def without_collector(step: Any) -> Any:
    """The step with Python's cyclic garbage collector off."""

    def quiet() -> float:
        gc.disable()
        try:
            return step()
        finally:
            gc.enable()

    return quiet


def scalars() -> Row:
    """`sum` and `dot` of Values as single nodes."""
    entrants = [Entrant(OURS, step_of(built(Value), value.dot, value.sum)), *micrograds()]
    return race("moons, MLP 2-16-16-1 of Values", entrants, {"micrograd": 1 / 80, "micrograd, no gc": 1 / 8}, turns=3)


def plain_scalars() -> Row:
    """With Python's own sum, as in micrograd."""
    entrants = [Entrant(OURS, step_of(built(Value), plain_dot, lambda vs: sum(vs, 0.0))), *micrograds()[:1]]
    return race("the same with Python's sum", entrants, {"micrograd": 1 / 12}, turns=3)


def micrograds() -> list[Entrant]:
    """micrograd as it ships, and with the garbage collector off; none if it is not installed."""
    try:
        from micrograd.engine import Value as Other
    except ImportError:
        return []
    step = step_of(built(Other), plain_dot, lambda vs: sum(vs, 0.0))
    alone = step_of(built(Other), plain_dot, lambda vs: sum(vs, 0.0))
    return [Entrant("micrograd", step), Entrant("micrograd, no gc", without_collector(alone))]


ROWS = {"scalars": scalars, "plain_scalars": plain_scalars}
