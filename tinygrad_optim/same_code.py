"""A rule is written for arrays; this makes the same code run on Tensors.

A derivative rule says `exp(x)` or `g * y`. Operators and methods work on either kind; names do not: in the
rule's file `exp` is numpy's. So for Tensors the rule's own code object is given other globals, in which each
function that an op stands for is replaced by the op. No second copy of the maths, no dispatching call in the
ordinary case, and a breakpoint set in the rule is hit both ways.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from types import FunctionType
from typing import Any

OP_OF: dict[Callable[..., Any], Any] = {}  # from a function on arrays to the op it is on Tensors


def with_functions(rule: FunctionType, replaced: dict[Any, Callable[..., Any]]) -> FunctionType:
    """This function with other functions in the place of some that its globals name."""
    used = {name: rule.__globals__.get(name) for name in rule.__code__.co_names}
    new = {name: replaced[f] for name, f in used.items() if callable(f) and f in replaced}
    return FunctionType(rule.__code__, {**rule.__globals__, **new}, rule.__name__, rule.__defaults__, rule.__closure__)


@cache
def on_tensors(rule: FunctionType | None) -> FunctionType | None:
    """This function for Tensors: every function among its globals that an op stands for replaced by the op."""
    from .engine import apply  # the engine imports this file

    return rule and with_functions(rule, {f: partial(apply, op) for f, op in OP_OF.items()})
