"""Exercises of lesson 4: checking a gradient.

Write each function's body in the place of its `raise` line, in any order. `tinygrad-optim check 4` tries them all,
`tinygrad-optim check 4.honest_check` only one, and `tinygrad-optim hint 4.honest_check` gives a hint.
"""

from __future__ import annotations

from collections.abc import Callable


def cube_quotient(x: float, h: float) -> float:
    """Predict what this program prints, its error and all (but for the rounding in the last digits).

        def cube(x):
            return x**3

        print((cube(x + h) - cube(x - h)) / (2 * h))

    `tinygrad-optim check 4.cube_quotient` shows the x and the h that are drawn for you. You need no computer: multiply
    (x + h)³ and (x - h)³ out, and see what remains. Then type the number, as in `return 12.34`.
    """
    raise NotImplementedError("return the number that is printed")


def which_quotient(errors: list[tuple[float, float]]) -> tuple[str, str]:
    """Read a table of errors, and say how they were made: return two words.

    Somebody took the derivative of a function by a finite difference, with smaller and smaller h, and wrote down pairs
    (h, error). `tinygrad-optim check 4.which_quotient` shows the table that is drawn for you. Was it the "one-sided" or
    the "central" difference? And were the numbers "float32" or "float64"? Type what you think, as in
    `return "central", "float32"`.
    """
    raise NotImplementedError("return two words")


def check_gone_wrong(f: Callable[[float], float], df: Callable[[float], float], x: float) -> bool:
    """This is meant to say whether df is the derivative of f at x. It has three faults. Find them before you go on.

    Try it with f = math.sin, and with the right derivative, half of it, and ten times as much.
    """
    h = 1e-17
    numerical = (f(x + h) - f(x - h)) / (2 * h)
    return df(x) - numerical < 1e-6


def honest_check(f: Callable[[float], float], df: Callable[[float], float], x: float) -> bool:
    """What `check_gone_wrong` was meant to be: True if df(x) is the derivative of f at x, False if not.

    It must accept a right derivative, and refuse one that is wrong by 1 % or more: too large, too small, 0, or of the
    wrong sign. The derivative may be as large as 1e7 or as small as 1e-7, but not 0; x is between 0.3 and 2, and f is
    smooth there. f and df take and return plain floats.

    honest_check(math.sin, math.cos, 1.0) is True, honest_check(math.sin, lambda x: 1.01 * math.cos(x), 1.0) is False.
    """
    raise NotImplementedError("check_gone_wrong, mended")


def wrong_element(f: Callable[[list[float]], float], x: list[float], g: list[float]) -> int:
    """Find the one wrong number in a gradient, with at most 10 computations of f.

    f takes a list of 16 numbers and returns one; g is said to be its gradient at x. 15 numbers of g are right to six
    digits. One is wrong, by 0.01 or more, too large or too small. Return its place in the list, counted from 0.
    f takes an hour each time, so you may call it 10 times and not more: moving each number up and down by itself would
    take 32 calls.

    If f(x) = x[0]² + 3·x[1] + ..., x = [1.0, 1.0, ...] and g = [2.0, 3.5, ...], the others being right, it returns 1.
    """
    raise NotImplementedError("move several numbers of x at once")
