"""Checks of lesson 4."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np

import tinygrad_optim as torch
from tinygrad_optim.course import Check, Exercise, Wrong

# ---- cube_quotient ---------------------------------------------------------------------------------------


def draw_cube(random: Random) -> dict[str, Any]:
    return {"x": float(random.choice((1, 2, 3, -2, -3))), "h": random.choice((0.1, 0.2, 0.5))}


def ask_for_cube(x: float, h: float) -> str:
    return f"""    def cube(x):
        return x**3

    x, h = {x}, {h}
    print((cube(x + h) - cube(x - h)) / (2 * h))

What is printed, but for the rounding?"""


def call_cube(exercises: Any, x: float, h: float) -> Any:
    return exercises.cube_quotient(x, h)


def run_cube(x: float, h: float) -> float:
    def cube(x: float) -> float:
        return x**3

    return (cube(x + h) - cube(x - h)) / (2 * h)


# fmt: off
WRONG_CUBES = (
    Wrong("the derivative itself", lambda x, h: 3 * x**2,
        "That is the slope of x³. But a difference with an h that is not tiny is a little off: by how much?"),
    Wrong("the one-sided difference", lambda x, h: ((x + h) ** 3 - x**3) / h,
        "That is what the step from x to x + h gives. The program goes from x - h to x + h."),
    Wrong("divided by h in the place of 2h", lambda x, h: ((x + h) ** 3 - (x - h) ** 3) / h,
        "How far is it from x - h to x + h?"),
    Wrong("the error with the wrong sign", lambda x, h: 3 * x**2 - h**2,
        "The size of the error is right. Multiply (x - h)³ out again: which sign has h³ in it?"),
)
# fmt: on

# ---- which_quotient --------------------------------------------------------------------------------------

FUNCTIONS = {
    "exp(2x)": (lambda x: np.exp(2 * x), lambda x: 2 * np.exp(2 * x)),
    "sin(3x)": (lambda x: np.sin(3 * x), lambda x: 3 * np.cos(3 * x)),
    "tanh(2x)": (lambda x: np.tanh(2 * x), lambda x: 2 / np.cosh(2 * x) ** 2),
}
MADE = [(sides, dtype) for sides in ("one-sided", "central") for dtype in ("float32", "float64")]


def errors_of(name: str, x: float, sides: str, dtype: str) -> list[tuple[float, float]]:
    """The table: (h, error), of two digits, for h = 0.1, 0.01, ..., 1e-8."""
    f, slope = FUNCTIONS[name]
    at, table = np.dtype(dtype).type(x), []
    for power in range(1, 9):
        h = at.dtype.type(10.0**-power)
        quotient = (f(at + h) - f(at)) / h if sides == "one-sided" else (f(at + h) - f(at - h)) / (2 * h)
        table.append((10.0**-power, float(f"{abs(float(quotient) - slope(x)):.1e}")))
    return table


def draw_errors(random: Random) -> dict[str, Any]:
    """A table in which the first two errors show plainly how fast they fall."""
    while True:
        sides, dtype = random.choice(MADE)
        name, x = random.choice(list(FUNCTIONS)), round(random.uniform(0.3, 0.9), 2)
        errors = errors_of(name, x, sides, dtype)
        low, high = (7, 14) if sides == "one-sided" else (60, 140)
        if low < errors[0][1] / errors[1][1] < high:
            return {"name": name, "x": x, "errors": errors}


def ask_for_sides(name: str, x: float, errors: Any) -> str:
    rows = "\n".join(f"    {h:.0e}   {error:.1e}" for h, error in errors)
    return f"""The derivative of {name} at {x}, by a finite difference:

    h       error
{rows}

Was it "one-sided" or "central", and were the numbers "float32" or "float64"? Two words."""


def call_sides(exercises: Any, name: str, x: float, errors: Any) -> Any:
    answer = exercises.which_quotient(errors)
    return tuple(answer) if isinstance(answer, list) else answer


def made_so(name: str, x: float, errors: Any) -> tuple[str, str]:
    """The way that gives this very table."""
    return next((sides, dtype) for sides, dtype in MADE if errors_of(name, x, sides, dtype) == errors)


def read_off(errors: Any, swap_sides: bool, swap_dtype: bool) -> tuple[str, str]:
    """What the table says, with one word or both turned round."""
    central, fine = errors[0][1] > 30 * errors[1][1], errors[-1][1] < 1e-3
    return "central" if central != swap_sides else "one-sided", "float64" if fine != swap_dtype else "float32"


# fmt: off
WRONG_SIDES = (
    Wrong("the sides the wrong way round", lambda errors: read_off(errors, True, False),
        "Look at the first two rows. If h is a tenth, is the error a tenth or a hundredth? And of which is that true?"),
    Wrong("the precision the wrong way round", lambda errors: read_off(errors, False, True),
        "Look at h = 1e-8. Is x + h still another number than x there, if a number has 7 digits?"),
    Wrong("both the wrong way round", lambda errors: read_off(errors, True, True),
        "Take the two questions apart: how fast the error falls at the top, and where it turns."),
)
# fmt: on

# ---- honest_check ----------------------------------------------------------------------------------------


def draw_function(random: Random, scale: float = 1.0) -> dict[str, Any]:
    name, low, high = random.choice([("sin", 0.3, 1.2), ("exp", 0.3, 1.5), ("log", 0.5, 2.0), ("tanh", 0.3, 1.0)])
    return {"name": name, "x": round(random.uniform(low, high), 2), "scale": scale}


def call_check(exercises: Any, name: str, x: float, scale: float) -> Any:
    import math

    f = getattr(math, name)
    slope = {"sin": math.cos, "exp": math.exp, "log": lambda x: 1 / x, "tanh": lambda x: 1 - math.tanh(x) ** 2}[name]
    told = {}
    for claim in (1.0, 1.01, 0.99, 10.0, 0.5, 0.0, -1.0):
        df = [lambda x, claim=claim: claim * scale * slope(x)][0]
        told[f"{claim:g} times the derivative"] = bool(exercises.honest_check(lambda x: scale * f(x), df, x))
    return told


def what_is_right(name: str, x: float, scale: float) -> dict[str, bool]:
    claims = ("1", "1.01", "0.99", "10", "0.5", "0", "-1")
    return {f"{claim} times the derivative": claim == "1" for claim in claims}


def checked(f: Any, df: Any, x: float, h: float = 1e-5, absolute: bool = True, tolerance: float | None = None) -> bool:
    """A check with some of the faults left in."""
    numerical = (f(x + h) - f(x - h)) / (2 * h)
    difference = df(x) - numerical
    if tolerance is not None:
        return abs(difference) < tolerance * max(abs(df(x)), abs(numerical))
    return (abs(difference) if absolute else difference) < 1e-6


# fmt: off
WRONG_CHECKS = (
    Wrong("too much is tolerated", lambda f, df, x: checked(f, df, x, tolerance=0.1),
        "You compare with the size of the numbers, and that is right. But 1 % off must not pass."),
    Wrong("an absolute tolerance", lambda f, df, x: checked(f, df, x),
        "Right for numbers about 1. Is 1e-6 little if the derivative is 1e6? Or if it is 1e-6?"),
    Wrong("as it was", lambda f, df, x: checked(f, df, x, h=1e-17, absolute=False),
        "Print `numerical` for sin at 1. Why is it 0? What is x + h, if h is 1e-17?"),
    Wrong("only h is mended", lambda f, df, x: checked(f, df, x, absolute=False),
        "It refuses what is too large. But half the derivative passes: what is df(x) - numerical then?"),
    Wrong("only the sign is mended", lambda f, df, x: checked(f, df, x, h=1e-17),
        "It refuses the right derivative. Print `numerical`: what became of f(x + h) - f(x - h)?"),
)
# fmt: on

# ---- wrong_element ---------------------------------------------------------------------------------------


def gradient_of(x: list[float]) -> list[float]:
    """By the package: the gradient of the function in call_element."""
    leaf = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    places = torch.arange(len(x), dtype=torch.float64)
    (((places % 3 + 1) * torch.sin(leaf + places)).sum() + 0.1 * leaf.sum() ** 2).backward()
    return leaf.grad.tolist()


def draw_gradient(random: Random, off: tuple[float, float] = (0.5, 2.0), last: int = 7) -> dict[str, Any]:
    """A gradient with one wrong number: at an odd place from 3 to last, and not where wrong ways end."""
    while True:
        x = [round(random.uniform(-1, 1), 2) for _ in range(16)]
        g = [round(number, 6) for number in gradient_of(x)]
        place = random.randrange(3, last + 1, 2)
        g[place] = round(g[place] + random.choice((-1, 1)) * random.uniform(*off), 6)
        if max(g, key=abs) not in (g[place], g[place - 1], g[0], g[8]):
            return {"x": x, "g": g}


def call_element(exercises: Any, x: Any, g: Any) -> Any:
    import math

    points = []

    def f(point: Any) -> float:
        points.append(point)
        return sum((i % 3 + 1) * math.sin(p + i) for i, p in enumerate(point)) + 0.1 * sum(point) ** 2

    place = exercises.wrong_element(f, list(x), list(g))
    return {"place": place, "calls of f": "10 or fewer" if len(points) <= 10 else "more than 10"}


def element_by_the_package(x: Any, g: Any) -> dict[str, Any]:
    off = [abs(claimed - right) for claimed, right in zip(g, gradient_of(x))]
    return {"place": off.index(max(off)), "calls of f": "10 or fewer"}


def one_by_one(f: Any, x: Any, g: Any) -> int:
    off = []
    for i in range(len(x)):
        up, down = ([*x[:i], x[i] + h, *x[i + 1 :]] for h in (1e-5, -1e-5))
        off.append(abs((f(up) - f(down)) / 2e-5 - g[i]))
    return off.index(max(off))


def halved(f: Any, x: Any, g: Any, h: float = 1e-5, back: float = 1.0, follow: bool = True, least: int = 1) -> int:
    """The search by halves, with a mistake; back: how far down it moves, in steps h."""
    low, high = 0, len(x)
    while high - low > least:
        middle = (low + high) // 2
        up, down = ([p + d * (low <= i < middle) for i, p in enumerate(x)] for d in (h, -h * back))
        differs = abs((f(up) - f(down)) / (h + h * back) - sum(g[low:middle])) > 0.005
        low, high = (low, middle) if differs == follow else (middle, high)
    return low


# fmt: off
WRONG_ELEMENTS = (
    Wrong("each by itself", one_by_one,
        "The right one, but f is called for each number. What do two calls tell if eight numbers move together?"),
    Wrong("the largest number of g", lambda f, x, g: max(range(len(g)), key=lambda i: abs(g[i])),
        "A large gradient may be right, and a small one wrong. What does f say?"),
    Wrong("the half that agrees is followed", lambda f, x, g: halved(f, x, g, follow=False),
        "If moving some numbers together gives what g says of them, where is the wrong one: among them or not?"),
    Wrong("steps too large", lambda f, x, g: halved(f, x, g, h=0.1, back=0.0),
        "The halves that you follow differ by the error of the difference, not by that of g. How large is your h?"),
    Wrong("stopped one halving too early", lambda f, x, g: halved(f, x, g, least=2),
        "You are one beside it half of the time. When two are left, which of the two is it?"),
)

EXERCISES = (
    Exercise(
        "cube_quotient", "predict", (
            Check("the two sides cancel some of the difference's error, and not all",
                draw_cube, call_cube, run_cube, cases=1, tolerance=1e-6),
        ),
        WRONG_CUBES, (
            "(x + h)³ is x³ + 3x²h + 3xh² + h³. Write (x - h)³ below it, with its signs.",
            "Subtract: which of the four terms disappear? Then divide what is left by 2h.",
        ),
        ask_for_cube,
    ),
    Exercise(
        "which_quotient", "predict", (
            Check("how fast the error falls tells the difference, how far it falls the precision",
                draw_errors, call_sides, made_so, points=2, cases=1),
        ),
        WRONG_SIDES, (
            "Look at the second figure of the lesson. Where on it would the rows of your table lie?",
            "From h = 1e-1 to h = 1e-2: divide the two errors.",
            "float32 has 7 digits. With h = 1e-8, what is x + h?",
        ),
        ask_for_sides,
    ),
    Exercise(
        "honest_check", "find", (
            Check("it tells right from wrong where the numbers are about 1",
                draw_function, call_check, what_is_right),
            Check("it does so where the derivative is about 1e6", lambda random: draw_function(random, 1e6),
                call_check, what_is_right),
            Check("it does so where the derivative is about 1e-6", lambda random: draw_function(random, 1e-6),
                call_check, what_is_right),
        ),
        WRONG_CHECKS, (
            "Print numerical, df(x) and their difference for math.sin at 1.0; then with half of the derivative.",
            "The faults: the step, what is compared, and with what it is compared.",
            "Take the size of the difference, and divide it by the size of the larger of the two numbers.",
        ),
    ),
    Exercise(
        "wrong_element", "write", (
            Check("it finds the wrong number with 10 calls of f at most",
                draw_gradient, call_element, element_by_the_package, points=2),
            Check("it does so if the number is wrong by 0.01 only",
                lambda random: draw_gradient(random, (0.01, 0.02), last=13), call_element, element_by_the_package),
        ),
        WRONG_ELEMENTS, (
            "If the first eight numbers of x move by h together, f moves by h times the sum of their gradients.",
            "So two calls of f tell whether the sum of g[0:8] is right. If it is, the wrong one is in the other half.",
            "Halve again: 16, 8, 4, 2, 1. That is four times two calls. (Only one is wrong, so nothing can cancel.)",
        ),
    ),
)
# fmt: on
