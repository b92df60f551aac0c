"""Solutions of lesson 1."""

from __future__ import annotations

from tinygrad_optim import Value


def grad_by_two_paths(a: float, b: float, c: float) -> float:
    """Predict a gradient: return `a.grad` as it is after the last line of this program.

        a, b, c = Value(...), Value(...), Value(...)
        result = (a * b + c) * a
        result.backward()

    `tinygrad-optim check 1.grad_by_two_paths` shows the three numbers that are drawn for you. Work it out on paper:
    find every path from `a` to the result, multiply along each, add. Then type the number, as in `return 12.0`.
    """
    through_the_bracket = b * a  # a -> a * b moves b times as fast, -> the sum 1 times, -> the result a times
    as_the_last_factor = a * b + c
    return through_the_bracket + as_the_last_factor


def grads_from_a_table(rows: list[tuple[str, list[str], list[float]]]) -> dict[str, float]:
    """Do what backward() does, for a calculation that is written down as a table.

    Each row is one number: its name, the names of its parents, and the local derivative for each parent. The rows are
    in the order in which the numbers were made, so that parents stand above what is made from them; the last is the
    result. A parent may be named twice in a row, as in x * x. Return each name's gradient: how fast the result moves
    when that number does; 0.0 for one that the result was not made from.

    For x = 3, y = x * x, z = 4 * y the table is
        [("x", [], []), ("y", ["x", "x"], [3.0, 3.0]), ("z", ["y"], [4.0])]
    and the answer {"x": 24.0, "y": 4.0, "z": 1.0}.
    """
    grads = {name: 0.0 for name, _, _ in rows}
    grads[rows[-1][0]] = 1.0
    for name, parents, locals in reversed(rows):
        for parent, local in zip(parents, locals):
            grads[parent] += grads[name] * local
    return grads


def hypotenuse(a: Value, b: Value) -> Value:
    """The longest side of a right triangle whose other sides are a and b: the square root of a² + b².

    Make it one new operation, as the lesson did with `sin`: a single new Value whose parents are a and b, in this
    order, with its two local derivatives. Neither a nor b is negative, and not both are 0.

    hypotenuse(Value(3.0), Value(4.0)) has the data 5.0 and the locals (0.6, 0.8): a little more of the side b makes the
    hypotenuse 0.8 times as much longer.
    """
    length = (a.data**2 + b.data**2) ** 0.5
    return Value(length, (a, b), (a.data / length, b.data / length))


def slope_of_each_ride(w: Value, rides: list[tuple[float, float]]) -> list[float]:
    """What `slopes_gone_wrong` was meant to be: for each ride alone, d(loss) / d(w), where loss = (w * km - paid)².

    rides: (km, paid) of each. Use backward(). A gradient that `w` has when the function is called must not count.

    With w = Value(2.0) and rides = [(3.0, 10.0), (3.0, 10.0)] it returns [-24.0, -24.0].
    """
    slopes = []
    for km, paid in rides:
        w.grad = None
        loss = (w * km - paid) ** 2
        loss.backward()
        slopes.append(w.grad)
    return slopes
