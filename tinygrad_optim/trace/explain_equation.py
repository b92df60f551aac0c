"""The equation that a group's options leave of a rule: from the rule itself, run on symbols and named numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..optim.compiled import INFIX
from ..optim.symbols import Formula, Symbol, formula_of, function_of
from .shown import number

BINDS = {">": 1, "<": 1, "+": 2, "-": 2, "*": 3, "/": 3, "neg": 4, "**": 5}  # how tightly an operation holds together
ATOM = 9
Text = tuple[str, int]  # of an expression, and how tightly it holds together


class Named(float):
    """A number that remembers its name, or how it was worked out: 1 - betas[0]**step. Else a Python float."""

    words: str
    binds: int

    def __new__(cls, value: Any, words: str, binds: int = ATOM) -> Named:
        made = super().__new__(cls, value)
        made.words, made.binds = words, binds
        return made

    def __neg__(self) -> Any:
        return Named(-float(self), f"-{wrapped((self.words, self.binds), 4)}", 4)

    def __add__(self, other: Any) -> Any:
        return worked_out("+", self, other, float.__add__)

    def __radd__(self, other: Any) -> Any:
        return worked_out("+", other, self, float.__add__)

    def __sub__(self, other: Any) -> Any:
        return worked_out("-", self, other, float.__sub__)

    def __rsub__(self, other: Any) -> Any:
        return worked_out("-", other, self, float.__sub__)

    def __mul__(self, other: Any) -> Any:
        return worked_out("*", self, other, float.__mul__)

    def __rmul__(self, other: Any) -> Any:
        return worked_out("*", other, self, float.__mul__)

    def __truediv__(self, other: Any) -> Any:
        return worked_out("/", self, other, float.__truediv__)

    def __rtruediv__(self, other: Any) -> Any:
        return worked_out("/", other, self, float.__truediv__)

    def __pow__(self, other: Any, modulo: Any = None) -> Any:
        return worked_out("**", self, other, float.__pow__)

    def __rpow__(self, other: Any, modulo: Any = None) -> Any:
        return worked_out("**", other, self, float.__pow__)


def worked_out(operation: str, a: Any, b: Any, compute: Callable[[float, float], Any]) -> Any:
    """The result of an operation on numbers, of which at least one is named."""
    if not isinstance(a, int | float) or not isinstance(b, int | float):
        return NotImplemented
    value = compute(float(a), float(b))
    if isinstance(value, complex):
        return value
    return Named(value, *infix(operation, constant_words(a), constant_words(b)))


def constant_words(value: Any) -> Text:
    """A number by its name, or as it is written."""
    if isinstance(value, Named):
        return value.words, value.binds
    return number(value), ATOM if value >= 0 else 4


def infix(operation: str, a: Text, b: Text) -> Text:
    """a op b, in brackets where it must be: read as Python, it computes in the rule's own order."""
    binds = BINDS[operation]
    if operation == "**":
        return f"{wrapped(a, binds + 1)}**{wrapped(b, binds)}", binds
    return f"{wrapped(a, binds)} {operation} {wrapped(b, binds + 1)}", binds


def wrapped(text: Text, least: int) -> str:
    """An expression, in brackets unless it holds together at least so tightly."""
    return text[0] if text[1] >= least else f"({text[0]})"


@dataclass
class Equation:
    """The rule as equations: in names, and for one element in numbers. A prime marks what is new."""

    names: list[str]  # p' = p - lr * g
    numbers: list[str]  # p' = 2 - 0.1 * 1 = 1.9
    element: tuple[int, ...]  # the place of the numbers' element in the parameter
    gives: Any  # the parameter's new element, as the equation has it


def equation_of(rule: Any, arrays: dict[str, Any], numbers: dict[str, Any], element: tuple[int, ...]) -> Equation:
    """The equation of an elementwise rule. arrays: its positional arguments by name (None: not there)."""
    there = {name: array is not None for name, array in arrays.items()}
    formula, results = formula_of(rule, there, {name: named(name, value) for name, value in numbers.items()})
    called = {name: f"{name}'" for name in arrays}
    dtype = np.asarray(arrays["p"]).dtype.type
    values = {name: dtype(np.asarray(array)[element]) for name, array in arrays.items() if array is not None}
    evaluate(formula, values, dtype)
    news = {called[name]: result for name, result in zip(arrays_in_results(arrays), results) if result is not None}
    names, in_numbers = written(formula, news, values)
    return Equation(names, in_numbers, element, values[results[0].name])


def arrays_in_results(arrays: dict[str, Any]) -> list[str]:
    """What a rule's results are: the parameter, then each state; there is none of the gradient."""
    return [name for name in arrays if name != "g"]


def named(name: str, value: Any) -> Any:
    """An option as a number with a name; what is no number as it is."""
    if isinstance(value, tuple | list):
        return tuple(named(f"{name}[{i}]", one) for i, one in enumerate(value))
    return Named(value, name) if isinstance(value, int | float) and not isinstance(value, bool) else value


def evaluate(formula: Formula, values: dict[str, Any], dtype: Any) -> None:
    """Add to the values those of the formula's constants and lines, in the parameter's type."""
    values |= {f"c{i}": dtype(constant) for i, constant in enumerate(formula.constants)}
    with np.errstate(all="ignore"):
        for result, operation, arguments in formula.lines:
            values[result] = function_of(operation)(*[values[one] for one in arguments])


def written(formula: Formula, news: dict[str, Symbol], values: dict[str, Any]) -> tuple[list[str], list[str]]:
    """The formula's lines in names and in numbers: one for each result, and for what is used more than once."""
    uses = Counter(argument for _, _, arguments in formula.lines for argument in arguments)
    own: dict[str, str] = {}
    for name, result in news.items():
        own.setdefault(result.name, name)
    shared = [result for result, _, _ in formula.lines if uses[result] > 1 and result not in own]
    own = {**{result: f"t{i}" for i, result in enumerate(shared, 1)}, **own}
    constants = {f"c{i}": constant_words(value) for i, value in enumerate(formula.words)}
    known: dict[str, Text] = {name: (name, ATOM) for name in values if name not in constants} | constants
    known |= {result: (name, ATOM) for result, name in own.items() if result.startswith("t")}
    numbers: dict[str, Text] = {name: signed(value) for name, value in values.items()}
    names, in_numbers = [], []
    for line, operation, arguments in formula.lines:
        texts = [expression(operation, [table[one] for one in arguments]) for table in (known, numbers)]
        if line in own:
            names.append(f"{own[line]} = {texts[0][0]}")
            in_numbers.append(f"{own[line]} = {texts[1][0]} = {number(values[line])}")
        else:
            known[line], numbers[line] = texts
    for name, symbol in news.items():
        if own[symbol.name] != name or not symbol.name.startswith("t"):  # nothing was computed for it
            names.append(f"{name} = {own[symbol.name] if own[symbol.name] != name else symbol.name}")
            in_numbers.append(f"{name} = {number(values[symbol.name])}")
    return names, in_numbers


def signed(value: Any) -> Text:
    """A number as an operand."""
    text = number(value)
    return text, 4 if text.startswith("-") else ATOM


def expression(operation: str, texts: list[Text]) -> Text:
    """One operation, written."""
    if operation in INFIX:
        return infix(operation, texts[0], texts[1])
    if operation == "neg":
        return f"-{wrapped(texts[0], 4)}", 4
    return f"{operation}({', '.join(text for text, _ in texts)})", ATOM
