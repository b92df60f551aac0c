"""Value: one Python float that remembers where it came from. Read this file first.

Every operation on Values makes a new Value that holds the result, the Values it came from (`parents`),
and for each of those the local derivative: how much the result changes when that parent changes a little.
`backward()` multiplies those numbers along every path back, and adds up over the paths: the chain rule.

The derivatives here are numbers, already worked out; those of Tensor (ops/) are functions, which also give
second derivatives. That is the one place where this package tells a derivative twice.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import compress
from operator import mul
from typing import Any

from . import occasions
from .engine import tick, topological_order


class Value:
    """A number with a gradient. `Value(2.0)`, or the result of an operation on Values.

    data     the number
    grad     d(what backward() was called on) / d(this), once backward() has run; None before
    parents  the Values this one was computed from
    locals   d(this) / d(parent), one number for each parent
    """

    __slots__ = ("data", "grad", "parents", "locals", "number", "name", "__weakref__")

    def __init__(self, data: float, parents: tuple = (), locals: tuple = (), name: str | None = None):
        if type(data) is not float:  # a result nearly always is, and need not be asked
            if not isinstance(data, int | float):
                raise TypeError(f"a Value holds one number, not {type(data).__name__}: {data!r:.80}")
            data = float(data)
        self.data = data
        self.grad: Any = None
        self.parents = parents
        self.locals = locals
        self.number = tick()  # when it was made: after its parents, before whatever uses it
        self.name = name

    def backward(self) -> None:
        """Find d(self)/d(v) for every Value v that self was computed from, and leave it in v.grad.

        For a leaf (a Value not computed from others) it is added to what is there, as PyTorch does:
        set `grad` to None before the next backward(). The others start afresh each time.
        """
        order = topological_order([self])
        for look in occasions.walk:
            look(order)
        for v in order:
            if v.parents or v.grad is None:
                v.grad = 0.0
        self.grad += 1.0
        for v in order:  # each before its parents: when its turn comes, its gradient is complete
            for parent, local in zip(v.parents, v.locals):
                parent.grad += v.grad * local

    def __add__(self, other: Any) -> Value:
        if isinstance(other, Value):
            return Value(self.data + other.data, (self, other), (1.0, 1.0))
        return Value(self.data + other, (self,), (1.0,))

    def __mul__(self, other: Any) -> Value:
        if isinstance(other, Value):
            return Value(self.data * other.data, (self, other), (other.data, self.data))
        return Value(self.data * other, (self,), (other,))

    def __pow__(self, n: float) -> Value:
        if isinstance(n, Value):
            return (self.log() * n).exp()
        return Value(self.data**n, (self,), (n * self.data ** (n - 1) if n else 0.0,))

    def exp(self) -> Value:
        e = math.exp(self.data)
        return Value(e, (self,), (e,))

    def log(self) -> Value:
        return Value(math.log(self.data), (self,), (1 / self.data,))

    def tanh(self) -> Value:
        t = math.tanh(self.data)
        return Value(t, (self,), (1 - t * t,))

    def sigmoid(self) -> Value:
        s = 0.5 * (1 + math.tanh(self.data / 2))  # 1 / (1 + e**-x), without overflow
        return Value(s, (self,), (s * (1 - s),))

    def relu(self) -> Value:
        return Value(max(self.data, 0.0), (self,), (1.0,) if self.data > 0 else (0.0,))

    def __neg__(self) -> Value:
        return self * -1.0

    def __sub__(self, other: Any) -> Value:
        return self + -other

    def __truediv__(self, other: Any) -> Value:
        return self * other**-1

    def __rsub__(self, other: Any) -> Value:
        return -self + other

    def __rtruediv__(self, other: Any) -> Value:
        return self**-1 * other

    def __rpow__(self, base: float) -> Value:
        return (self * math.log(base)).exp()

    __radd__ = __add__
    __rmul__ = __mul__

    def __float__(self) -> float:
        return self.data

    def __repr__(self) -> str:
        return f"Value({self.data:g}" + (")" if self.grad is None else f", grad={self.grad:g})")

    # What an optimizer asks of a parameter (Tensor has the same).

    shape = ()
    is_leaf = property(lambda self: not self.parents)

    def write(self, data: float) -> None:
        self.data = float(data)

    def clear_gradient(self, set_to_none: bool = True) -> None:
        self.grad = None if set_to_none or self.grad is None else 0.0

    def state_like(self, number: float) -> Value:
        return Value(float(number))

    def loaded_state(self, value: Any) -> Value:
        return Value(float(value.array))

    state_number = state_like


Value.array, Value.gradient = Value.data, Value.grad  # type: ignore  # the same two slots


def sum(values: Iterable[Value]) -> Value:
    """The sum of many Values, as one Value: built-in sum() makes one for every addition."""
    values = tuple(values)
    return Value(math.fsum([v.data for v in values]), values, (1.0,) * len(values))


def dot(xs: Sequence[Value], ys: Sequence[Any]) -> Value:
    """x1*y1 + x2*y2 + ..., as one Value; ys may be plain numbers. ValueError if they are not equally many."""
    if len(xs) != len(ys):
        raise ValueError(f"dot() multiplies pairs, and was given {len(xs)} and {len(ys)} numbers: give equally many")
    a = [x.data if isinstance(x, Value) else float(x) for x in xs]
    b = [y.data if isinstance(y, Value) else float(y) for y in ys]
    parents, locals = (*xs, *ys), (*b, *a)  # d(x*y)/dx = y, d(x*y)/dy = x
    if {*map(type, parents)} != {Value}:  # plain numbers ask for no gradient
        is_value = [isinstance(v, Value) for v in parents]
        parents, locals = tuple(compress(parents, is_value)), tuple(compress(locals, is_value))
    return Value(math.fsum(map(mul, a, b)), parents, locals)
