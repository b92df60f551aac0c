"""Exercises of lesson 2: why the order matters.

Write each function's body in the place of its `raise` line, in any order. `tinygrad-optim check 2` tries them all,
`tinygrad-optim check 2.in_order` only one, and `tinygrad-optim hint 2.in_order` gives a hint when you are stuck.
"""

from __future__ import annotations

from tinygrad_optim import Value


def without_order(a: float, k: float, c: float) -> float:
    """Predict a wrong number: `a.grad` after this program, run by an engine that has no topological order.

        a = Value(...)
        s = a * k
        t = s * c
        u = s * (s + t)
        u.backward()

    That engine takes the values as it finds them: the result, then all that its first parent leads to, then what the
    second one leads to, each value once. `s + t` has no name in the program; call it `b`, and write down the order
    first. `tinygrad-optim check 2.without_order` shows the numbers that are drawn for you. Then type the gradient that
    this engine leaves in `a`, as in `return 12.0`.
    """
    raise NotImplementedError("return the wrong gradient, a number")


def two_results(a: float, k: float) -> list[float]:
    """Bring the gradients of two results to one leaf, one result after the other.

    Make a Value from `a`. Its width is `k` times that, and its length is the width + 1. From these two make

        the area    width * length
        the fence   2 * (width + length)

    Call backward() on the area, then on the fence. Return the leaf's gradient after the first call and after the
    second, as a list of two numbers. For a = 3.0 and k = 2.0 that is [26.0, 34.0].
    """
    raise NotImplementedError("make the Values, call backward() twice, note the leaf's gradient each time")


def in_order(result: Value) -> list[Value]:
    """All Values that `result` was made from, and itself: each once, and each before those it was made from.

    The numbers have been lost: somebody has written nonsense into every `number`, so that sorting by it does not help.
    Use `parents` alone. Any order that is right will do. It must also work for a chain of 5,000 Values, so the function
    must not call itself.

    For s = a * 2.0, t = s + 1.0, u = s * t, in_order(u) is [u, t, s, a].
    """
    raise NotImplementedError("return the Values in an order in which each has its turn before its parents")


def count_paths(result: Value, leaf: Value) -> int:
    """In how many ways one can go from `result` to `leaf`, from each Value to one of its parents.

    With x * x there are two ways from the result to x. For the paper folded 42 times there are 2**42: count them
    without walking them. 0 if no path leads there; 1 if both are the same Value. `number` is as it should be, so that
    `tinygrad_optim.engine.topological_order([result])` gives you an order. Leave every `grad` as it is.
    """
    raise NotImplementedError("return the number of paths, an int")
