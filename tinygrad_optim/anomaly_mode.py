"""Looking for the first nan: which op gave it, asked for by which line. Switched by autograd.detect_anomaly."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np

from . import engine_errors

# Nodes that made a nan or inf out of finite numbers, and which of the two.
made: weakref.WeakKeyDictionary[Any, str] = weakref.WeakKeyDictionary()


class State:
    """What is being looked for, in all threads."""

    enabled = False
    check_nan = False  # in the gradients of each node that backward goes through
    check_forward = False  # raise at once where an op makes a nan or inf
    first: Any = None  # a weak reference to the first node of this walk that made a nan or inf


state = State()


def note(node: Any, values: list[Any], out: Any) -> None:
    """Look at one op's numbers in the forward: note (or refuse) the first that is nan or inf.

    Values are looked at if they are arrays of floats; arguments that were not finite before excuse the op.
    """
    if all_finite(out) or not all(all_finite(value) for value in values):
        return
    made[node] = "nan" if np.isnan(out).any() else "inf"
    if state.check_forward:
        raise engine_errors.made_nonfinite(node, made[node])


def all_finite(value: Any) -> bool:
    return not isinstance(value, np.ndarray) or value.dtype.kind != "f" or bool(np.isfinite(value).all())


def check(node: Any, found: list[Any]) -> None:
    """Refuse a nan among the gradients that a node found for its parents."""
    if not state.check_nan:
        return
    first = state.first and state.first()
    for place, i in enumerate(node.differentiable_places()):
        g = found[i]
        for one in g.values() if isinstance(g, dict) else (g,):
            array = getattr(one, "array", one)
            if array is not None and np.isnan(array).any():
                raise engine_errors.nan_gradient(node, place, first, made[first] if first is not None else None)


def look_through(order: list[Any]) -> None:
    """Before a walk: note which of its nodes was the first to make a nan or inf in the forward."""
    suspects = [node for node in order if node in made]  # youngest first
    state.first = weakref.ref(suspects[-1]) if suspects else None


def is_anomaly_enabled() -> bool:
    """Whether nan is being looked for."""
    return state.enabled


def is_anomaly_check_nan_enabled() -> bool:
    """Whether backward would raise for one."""
    return state.check_nan
