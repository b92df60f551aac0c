"""Solutions of lesson 2."""

from __future__ import annotations

from tinygrad_optim import Value
from tinygrad_optim.engine import topological_order


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
    s = a * k
    t = s * c  # the order is u, s, a, b, t: when s has its turn, only u has brought it something
    return (s + t) * k


def two_results(a: float, k: float) -> list[float]:
    """Bring the gradients of two results to one leaf, one result after the other.

    Make a Value from `a`. Its width is `k` times that, and its length is the width + 1. From these two make

        the area    width * length
        the fence   2 * (width + length)

    Call backward() on the area, then on the fence. Return the leaf's gradient after the first call and after the
    second, as a list of two numbers. For a = 3.0 and k = 2.0 that is [26.0, 34.0].
    """
    leaf = Value(a)
    width = leaf * k
    length = width + 1.0
    found = []
    for result in (width * length, (width + length) * 2.0):
        result.backward()
        found.append(leaf.grad)
    return found


def in_order(result: Value) -> list[Value]:
    """All Values that `result` was made from, and itself: each once, and each before those it was made from.

    The numbers have been lost: somebody has written nonsense into every `number`, so that sorting by it does not help.
    Use `parents` alone. Any order that is right will do. It must also work for a chain of 5,000 Values, so the function
    must not call itself.

    For s = a * 2.0, t = s + 1.0, u = s * t, in_order(u) is [u, t, s, a].
    """
    waiting = {result: 0}  # for each Value, how many of its users have not had their turn
    for v in (everything := [result]):
        for parent in v.parents:
            if parent not in waiting:
                waiting[parent] = 0
                everything.append(parent)
            waiting[parent] += 1
    order = [result]
    for v in order:
        for parent in v.parents:
            waiting[parent] -= 1
            if not waiting[parent]:
                order.append(parent)
    return order


def count_paths(result: Value, leaf: Value) -> int:
    """In how many ways one can go from `result` to `leaf`, from each Value to one of its parents.

    With x * x there are two ways from the result to x. For the paper folded 42 times there are 2**42: count them
    without walking them. 0 if no path leads there; 1 if both are the same Value. `number` is as it should be, so that
    `tinygrad_optim.engine.topological_order([result])` gives you an order. Leave every `grad` as it is.
    """
    paths = {result: 1}  # backward() with every local derivative 1, and whole numbers
    for v in topological_order([result]):
        for parent in v.parents:
            paths[parent] = paths.get(parent, 0) + paths[v]
    return paths.get(leaf, 0)
