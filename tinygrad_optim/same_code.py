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


@cache
def on_tensors(rule: FunctionType | None) -> Callable[..., Any] | None:
    """This function with every function among its globals that has an op replaced by that op."""
    from .engine import apply  # the engine imports this file

    if rule is None:
        return None
    used = {name: rule.__globals__.get(name) for name in rule.__code__.co_names}
    ops = {name: partial(apply, OP_OF[f]) for name, f in used.items() if callable(f) and f in OP_OF}
    return FunctionType(rule.__code__, {**rule.__globals__, **ops}, rule.__name__, rule.__defaults__, rule.__closure__)
