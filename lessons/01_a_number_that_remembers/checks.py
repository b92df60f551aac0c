"""Checks of lesson 1."""

from __future__ import annotations

import math
from random import Random
from typing import Any

from tinygrad_optim import Value
from tinygrad_optim.course import Check, Exercise, Wrong

# ---- grad_by_two_paths -----------------------------------------------------------------------------------


def draw_three(random: Random) -> dict[str, Any]:
    """Three numbers for which each way to go wrong gives a number of its own."""
    while True:
        a, b, c = (float(random.choice((-6, -5, -4, -3, -2, 2, 3, 4, 5, 6))) for _ in range(3))
        answers = [2 * a * b + c, *(wrong.answer(a, b, c) for wrong in WRONG_PATHS)]
        if len(set(answers)) == len(answers):
            return {"a": a, "b": b, "c": c}


def ask_for_gradient(a: float, b: float, c: float) -> str:
    return f"""    a, b, c = Value({a}), Value({b}), Value({c})
    result = (a * b + c) * a
    result.backward()

What is a.grad?"""


def call_prediction(exercises: Any, a: float, b: float, c: float) -> Any:
    return exercises.grad_by_two_paths(a, b, c)


def gradient_by_the_package(a: float, b: float, c: float) -> float:
    first, second, third = Value(a), Value(b), Value(c)
    ((first * second + third) * first).backward()
    return first.grad


# fmt: off
WRONG_PATHS = (
    Wrong("only the path through the last factor", lambda a, b, c: a * b + c,
        "That is what arrives by the last `* a`. Where else does `a` stand in the formula?"),
    Wrong("only the path through the bracket", lambda a, b, c: a * b,
        "That is what arrives through the bracket. But `a` also stands outside of it."),
    Wrong("the path through the bracket stops at the bracket", lambda a, b, c: b + a * b + c,
        "You have both paths. Follow the one through `a * b` to its very end: what is the bracket multiplied by?"),
    Wrong("the paths are multiplied", lambda a, b, c: a * b * (a * b + c),
        "Each path is right. One multiplies *along* a path; what does one do with two paths?"),
)
# fmt: on

# ---- grads_from_a_table ----------------------------------------------------------------------------------


def draw_table(random: Random) -> dict[str, Any]:
    """Eight numbers, each of the later ones made from one or two before it; the last reaches far back."""
    names = random.sample("abcdefgh", 8)
    rows: list[Any] = [(names[0], [], []), (names[1], [], [])]
    for i in range(2, 8):
        parents = [names[i - 1], random.choice(names[: i - 1])] if i > 2 else [names[0], names[0]]
        rows.append((names[i], parents, [float(random.choice((-3, -2, 2, 3, 4))) for _ in parents]))
    rows.insert(-1, ("unused", [names[0]], [5.0]))
    return {"rows": rows}


def draw_small_table(random: Random) -> dict[str, Any]:
    """A diamond: x, two numbers made from it, and the result made from both."""
    while True:
        p, q, r, s = (float(random.choice((-3, -2, 2, 3, 5))) for _ in range(4))
        if p + q not in (0, p * r):  # or two ways to go wrong would look alike
            return {"rows": [("x", [], []), ("u", ["x"], [p]), ("v", ["x"], [q]), ("result", ["u", "v"], [r, s])]}


def call_table(exercises: Any, rows: Any) -> Any:
    return exercises.grads_from_a_table(rows)


def table_by_the_package(rows: Any) -> dict[str, float]:
    values: dict[str, Value] = {}
    for name, parents, locals in rows:
        values[name] = Value(0.0, tuple(values[parent] for parent in parents), tuple(locals))
    values[rows[-1][0]].backward()
    return {name: v.grad or 0.0 for name, v in values.items()}


def walk(rows: Any, start: float = 1.0, forward: bool = False, mistake: str = "") -> dict[str, float]:
    """backward() with one thing wrong."""
    grads = {name: 0.0 for name, _, _ in rows}
    grads[rows[-1][0]] = start
    for name, parents, locals in rows if forward else reversed(rows):
        pairs = dict(zip(parents, locals)).items() if mistake == "once" else zip(parents, locals)
        for parent, local in pairs:
            if mistake == "overwrite":
                grads[parent] = grads[name] * local
            elif mistake == "local":
                grads[parent] += local
            else:
                grads[parent] += grads[name] * local
    return grads


# fmt: off
WRONG_WALKS = (
    Wrong("a later path overwrites an earlier one", lambda rows: walk(rows, mistake="overwrite"),
        "Some number is the parent of two others. What happens to its gradient when the second of them is reached?"),
    Wrong("from the first row to the last", lambda rows: walk(rows, forward=True),
        "A row can hand its gradient on only once it is known. Which row's gradient is known at the start?"),
    Wrong("a parent named twice counts once", lambda rows: walk(rows, mistake="once"),
        "In y = x * x, how many paths lead from x to y? Did a dict or a set lose one of them?"),
    Wrong("the result begins with 0", lambda rows: walk(rows, start=0.0),
        "All gradients are 0. How fast does the result move when the result moves?"),
    Wrong("the local derivatives are added, without what arrived", lambda rows: walk(rows, mistake="local"),
        "You add up local derivatives. Each looks no further than one row: how does the way on to the result come in?"),
)
# fmt: on

# ---- hypotenuse ------------------------------------------------------------------------------------------


def draw_sides(random: Random) -> dict[str, Any]:
    return dict(zip("ab", random.sample([0.5, 0.8, 1.5, 2.0, 2.5, 3.0, 4.2, 5.0, 7.0], 2)))


def call_length(exercises: Any, a: float, b: float) -> Any:
    from tinygrad_optim import Value

    return float(exercises.hypotenuse(Value(a), Value(b)))


def call_parts(exercises: Any, a: float, b: float) -> Any:
    from tinygrad_optim import Value

    first, second = Value(a), Value(b)
    result = exercises.hypotenuse(first, second)
    names = ["a" if p is first else "b" if p is second else "something else" for p in result.parents]
    return {"parents": names, "locals": [float(local) for local in result.locals]}


def parts_by_moving_a_little(a: float, b: float) -> dict[str, Any]:
    h = 1e-5
    by_a = (math.hypot(a + h, b) - math.hypot(a - h, b)) / (2 * h)
    by_b = (math.hypot(a, b + h) - math.hypot(a, b - h)) / (2 * h)
    return {"parents": ["a", "b"], "locals": [by_a, by_b]}


def call_way_round(exercises: Any, a: float, b: float) -> Any:
    from tinygrad_optim import Value

    first, second = Value(a), Value(b)
    twice = first * 2.0
    result = twice * exercises.hypotenuse(twice, second)
    result.backward()
    first.grad = second.grad = None
    result.backward()
    return [first.grad, second.grad]


def way_round_by_the_package(a: float, b: float) -> list[float]:
    first, second = Value(a), Value(b)
    twice = first * 2.0
    ((twice * twice + second * second) ** 0.5 * twice).backward()
    return [first.grad, second.grad]


def swapped(a: Value, b: Value) -> Value:
    length = math.hypot(a.data, b.data)
    return Value(length, (a, b), (b.data / length, a.data / length))


# fmt: off
WRONG_LENGTHS = (
    Wrong("the two local derivatives are swapped", swapped,
        "If b is much longer than a, which of the two moves the hypotenuse more? Which of yours is larger?"),
    Wrong("the slope of a² + b², without the root",
        lambda a, b: Value(math.hypot(a.data, b.data), (a, b), (2 * a.data, 2 * b.data)),
        "2a is how fast a² + b² moves. There is one more operation between that and the hypotenuse."),
    Wrong("a local derivative of 1 for each", lambda a, b: Value(math.hypot(a.data, b.data), (a, b), (1.0, 1.0)),
        "1 and 1 are the local derivatives of a + b. Make the 3 of a 3-4-5 triangle 3.01: how does the 5 move?"),
    Wrong("a Value without parents", lambda a, b: Value(math.hypot(a.data, b.data)),
        "The number is right, but it does not remember where it came from. What else does Value(...) take?"),
    Wrong("made from the operations that are there", lambda a, b: (a * a + b * b) ** 0.5,
        "The numbers are all right. But that makes four new Values: count them. The task asks for one."),
)
# fmt: on

# ---- slope_of_each_ride ----------------------------------------------------------------------------------


def draw_rides(random: Random) -> dict[str, Any]:
    rides = [(float(random.randint(1, 9)), float(random.randint(20, 40))) for _ in range(3)]
    return {"w": random.choice([1.5, 2.0, 2.5]), "rides": rides}


def call_slopes(exercises: Any, w: float, rides: Any) -> Any:
    from tinygrad_optim import Value

    return exercises.slope_of_each_ride(Value(w), rides)


def call_slopes_later(exercises: Any, w: float, rides: Any) -> Any:
    from tinygrad_optim import Value

    price = Value(w)
    (price * 100.0).backward()
    return exercises.slope_of_each_ride(price, rides)


def slopes_by_moving_a_little(w: float, rides: Any) -> list[float]:
    h = 1e-3  # of a parabola the difference of both sides is exact, whatever h
    return [round((((w + h) * km - paid) ** 2 - ((w - h) * km - paid) ** 2) / (2 * h), 6) for km, paid in rides]


def ride_slopes(w: Value, rides: Any, mistake: str) -> list[Any]:
    """The slopes, with the gradient taken away at the wrong place."""
    slopes = []
    if mistake == "cleared once":
        w.grad = None
    for km, paid in rides:
        ((w * km - paid) ** 2).backward()
        if mistake == "cleared too early":
            w.grad = None
        slopes.append(w.grad)
        if mistake == "cleared after":
            w.grad = None
    return slopes


# fmt: off
WRONG_SLOPES = (
    Wrong("as it was", lambda w, rides: ride_slopes(w, rides, "never"),
        "The second slope contains the first. What does backward() do with the gradient that a leaf already has?"),
    Wrong("cleared once, before the loop", lambda w, rides: ride_slopes(w, rides, "cleared once"),
        "The first ride is right now. When does the second one's backward() start, and what does it find in w.grad?"),
    Wrong("cleared between backward() and reading it", lambda w, rides: ride_slopes(w, rides, "cleared too early"),
        "Every slope is None: it was thrown away before it was read. In which order do these things have to happen?"),
    Wrong("cleared after each ride, but not before the first", lambda w, rides: ride_slopes(w, rides, "cleared after"),
        "That works if w comes without a gradient. And if the caller has used w before?"),
)
# fmt: on

# fmt: off
EXERCISES = (
    Exercise(
        "grad_by_two_paths", "predict", (
            Check("the gradient is the sum over both paths from a to the result",
                draw_three, call_prediction, gradient_by_the_package, cases=1, tolerance=5e-4),
        ),
        WRONG_PATHS, (
            "Draw it: the Values a, b, c, a * b, the sum, the result, and an arrow from each to what is made from it.",
            "Write the local derivative on each arrow. For a product it is the other factor.",
            "From a two paths lead to the result: straight into the last product, and by a * b and the sum.",
        ),
        ask_for_gradient,
    ),
    Exercise(
        "grads_from_a_table", "write", (
            Check("where two paths lead to a number, its gradient is the sum of what they bring",
                draw_small_table, call_table, table_by_the_package),
            Check("it holds for a larger table, with a parent named twice and a number that is not used",
                draw_table, call_table, table_by_the_package, points=2, cases=5),
        ),
        WRONG_WALKS, (
            "Read the source of Value.backward again. Which of its lines need a Value, and which only a table?",
            "Start with a dict that has 0.0 for every name, and put 1.0 for the result.",
            "Go through reversed(rows). For each parent, add this row's gradient times the local derivative.",
        ),
    ),
    Exercise(
        "hypotenuse", "write", (
            Check("it is the length of the longest side", draw_sides, call_length, lambda a, b: math.hypot(a, b)),
            Check("it is one Value, made from a and b, that knows how fast it moves with either",
                draw_sides, call_parts, parts_by_moving_a_little, points=2, tolerance=1e-6),
            Check("gradients go through it in a larger calculation, each time the same",
                draw_sides, call_way_round, way_round_by_the_package,
                catches=("gradients_overwritten", "stale_inner_gradients", "no_topological_order")),
        ),
        WRONG_LENGTHS, (
            "First the number: a.data and b.data are floats, and (...) ** 0.5 is the square root.",
            "Its slope in a: take the root of something and that something apart. Root's slope is 1 / (2 root).",
            "a² moves 2a times as fast as a, and the root of it moves 1 / (2 · length) times as fast as that.",
        ),
    ),
    Exercise(
        "slope_of_each_ride", "find", (
            Check("each slope is that of one ride alone",
                draw_rides, call_slopes, slopes_by_moving_a_little, tolerance=1e-6),
            Check("a gradient that w had before does not count",
                draw_rides, call_slopes_later, slopes_by_moving_a_little, tolerance=1e-6),
        ),
        WRONG_SLOPES, (
            "Run slopes_gone_wrong with the rides of its docstring and print w.grad before and after each backward().",
            "backward() adds to what a leaf has. What should w.grad be when a ride's backward() begins?",
            "One line is missing, at the top of the loop.",
        ),
    ),
)
# fmt: on
