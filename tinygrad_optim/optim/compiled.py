"""A rule compiled into one loop over an array's elements, from the rule's own code: fused=True.

The rule is run on symbols; the formula that comes out is written as the source of a loop, each number cast once
to the parameter's type, and numba compiles that. The source depends on the options' kind, not on their values, so
a loop is compiled once and then found again at every step.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from .symbols import formula_of

INFIX = {"+", "-", "*", "/", ">", "<"}


def kernel_for(rule: Any, dtype: Any, before: list[Any], numbers: dict[str, Any]) -> tuple[Any, Any, list[bool]]:
    """(kernel(p, g, *state, constants), the constants, which state arrays the rule begins in this step).

    ImportError where numba is not installed.
    """
    names = rule.__code__.co_varnames[: rule.__code__.co_argcount]
    there = dict(zip(names, [True, True, *(array is not None for array in before)]))
    formula, results = formula_of(rule, there, numbers)
    begins = [not there[name] and result is not None for name, result in zip(names[2:], results[1:])]
    targets = {names[0]: results[0]} | {n: r for n, r in zip(names[2:], results[1:]) if r is not None}
    arguments = [n for n in names if there[n] or n in targets]
    source = loop_source(formula, arguments, [n for n in names if there[n]], targets)
    return compile_loop(source), np.array(formula.constants, dtype), begins


def loop_source(formula: Any, arguments: list[str], read: list[str], targets: dict[str, Any]) -> str:
    """The source of a loop that evaluates the formula for each element and writes the results."""
    lines = [f"def loop({', '.join(f'array_{name}' for name in arguments)}, constants):"]
    lines += [f"    c{i} = constants[{i}]" for i in range(len(formula.constants))]
    lines += [f"    for i in range(array_{arguments[0]}.size):"]
    lines += [f"        {name} = array_{name}[i]" for name in read]
    lines += [f"        {result} = {expression(operation, names)}" for result, operation, names in formula.lines]
    lines += [f"        array_{name}[i] = {result.name}" for name, result in targets.items()]
    return "\n".join(lines)


def expression(operation: str, names: tuple[str, ...]) -> str:
    """One operation as Python source."""
    if operation in INFIX:
        return f"{names[0]} {operation} {names[1]}"
    if operation == "neg":
        return f"-{names[0]}"
    if operation == "where":
        return f"{names[1]} if {names[0]} else {names[2]}"
    return f"np.{operation}({', '.join(names)})"


@cache
def compile_loop(source: str) -> Any:
    """The loop, compiled."""
    numba = require_numba()
    namespace: dict[str, Any] = {"np": np}
    exec(source, namespace)
    return numba.njit(namespace["loop"], error_model="numpy")


def require_numba() -> Any:
    """numba. ImportError, with what to install, where there is none."""
    try:
        import numba
    except ImportError as error:
        raise ImportError(
            "fused=True compiles the rule with numba, which is not installed: pip install 'tinygrad-optim[fast]', or "
            "leave fused out for the same numbers"
        ) from error
    return numba
