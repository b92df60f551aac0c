"""A rule run on symbols: what comes out is the straight-line formula that these options leave of it.

Python itself settles the rule's `if nesterov`, its None and its tuples, and computes the numbers (1 - beta1**step)
in double; what remains are operations on the arrays' elements, and these a Symbol writes down.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..same_code import with_functions


class Formula:
    """Operations written down in order: each a function's name and its arguments' names."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str, tuple[str, ...]]] = []  # (result, operation, arguments)
        self.constants: list[float] = []
        self.words: list[Any] = []  # how a constant came to be, where the number itself knows; else its value

    def symbol(self, operation: str, *arguments: Any) -> Symbol:
        """A new symbol: the result of an operation on symbols and numbers."""
        names = []
        for a in arguments:
            names.append(a.name if a.__class__ is Symbol else self.constant(a))
        name = f"t{len(self.lines)}"
        self.lines.append((name, operation, tuple(names)))
        return Symbol(name, self)

    def constant(self, number: Any) -> str:
        """A number's name in the formula."""
        self.constants.append(float(number))
        self.words.append(number)
        return f"c{len(self.constants) - 1}"


class Symbol:
    """One element of an array, of which only the name is known."""

    __slots__ = ("name", "formula")

    def __init__(self, name: str, formula: Formula) -> None:
        self.name, self.formula = name, formula

    def __bool__(self) -> bool:
        raise TypeError(
            f"a rule asked whether {self.name} holds, which depends on the element: write where(condition, a, b)"
        )

    def __add__(self, other: Any) -> Symbol:
        return self.formula.symbol("+", self, other)

    def __radd__(self, other: Any) -> Symbol:
        return self.formula.symbol("+", other, self)

    def __sub__(self, other: Any) -> Symbol:
        return self.formula.symbol("-", self, other)

    def __rsub__(self, other: Any) -> Symbol:
        return self.formula.symbol("-", other, self)

    def __mul__(self, other: Any) -> Symbol:
        return self.formula.symbol("*", self, other)

    def __rmul__(self, other: Any) -> Symbol:
        return self.formula.symbol("*", other, self)

    def __truediv__(self, other: Any) -> Symbol:
        return self.formula.symbol("/", self, other)

    def __rtruediv__(self, other: Any) -> Symbol:
        return self.formula.symbol("/", other, self)

    def __gt__(self, other: Any) -> Symbol:
        return self.formula.symbol(">", self, other)

    def __lt__(self, other: Any) -> Symbol:
        return self.formula.symbol("<", self, other)

    def __neg__(self) -> Symbol:
        return self.formula.symbol("neg", self)


def written_down(operation: str) -> Any:
    """The function that a rule's numpy function becomes: on symbols it is written down, on numbers it is numpy's."""

    def on_symbols(*arguments: Any) -> Any:
        for argument in arguments:
            if isinstance(argument, Symbol):
                return argument.formula.symbol(operation, *arguments)
        return getattr(np, operation)(*arguments)

    return on_symbols


UFUNCS = {
    **{"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide},
    **{">": np.greater, "<": np.less, "neg": np.negative},
}


def function_of(operation: str) -> Any:
    """numpy's function for an operation of a formula."""
    return UFUNCS.get(operation) or getattr(np, operation)


FUNCTIONS = {getattr(np, name): written_down(name) for name in ("sqrt", "maximum", "minimum", "sign", "abs", "where")}


def formula_of(rule: Any, arrays: dict[str, bool], numbers: dict[str, Any]) -> tuple[Formula, list[Any]]:
    """The formula that a rule is with these numbers, and its results: symbols, or None.

    arrays: the rule's positional arguments by name, and whether each is there.
    """
    formula = Formula()
    symbols = [Symbol(name, formula) if there else None for name, there in arrays.items()]
    results = with_functions(rule, FUNCTIONS)(*symbols, **numbers)
    return formula, list(results)
