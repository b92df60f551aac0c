"""A copy of an optimizer that holds one parameter's copy alone: what is tried on it, nothing else feels."""

from __future__ import annotations

import copy
import inspect
import random
import sys
import warnings
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..engine import new_tensor
from ..grad_mode import no_grad
from ..optim.hooks import Hooks
from ..optim.optimizer import Optimizer
from ..optim.param_group import ParamGroup
from ..rng import default_generator
from ..tensor import Tensor
from ..value import Value
from .chapters import Step, Update
from .recorder import Recorder
from .story import tell

OWN = ("param_groups", "state", "hooks")  # what an optimizer holds of its parameters
WAYS = {"foreach": False, "fused": None, "differentiable": False}  # the readable way: its numbers are the same


class CannotTry(Exception):
    """Why a step cannot be tried on copies."""


def copy_of(p: Any) -> Any:
    """A parameter with the same numbers, gradient and name, and no history."""
    if isinstance(p, Value):
        twin = Value(p.data, name=p.name)
        twin.grad = p.grad
        return twin
    q = object.__new__(type(p))
    q.array, q.needs_grad, q.node, q.storage = p.array.copy(order="K"), p.needs_grad, None, None
    q.gradient = None if p.gradient is None else np.array(p.gradient)
    if p.registered is not None:
        q.__dict__["registered"] = p.registered
    return q


def set_gradient(q: Any, gradient: Any) -> None:
    """Give a copy of a parameter a copy of this gradient."""
    if isinstance(q, Value):
        q.grad = gradient
    else:
        q.gradient = None if gradient is None else np.array(gradient)


def copied(value: Any) -> Any:
    """What a state holds, with arrays of its own."""
    if isinstance(value, Value):
        return Value(value.data, name=value.name)
    if isinstance(value, Tensor):
        return new_tensor(value.array.copy(order="K"))
    if isinstance(value, list | tuple):
        return type(value)([copied(one) for one in value])
    return copy.deepcopy(value)


class Twin:
    """An optimizer's class and options, and of its parameters one, with copies of its numbers and state."""

    def __init__(self, optimizer: Optimizer, p: Any, group: Any) -> None:
        self.optimizer: Any = object.__new__(type(optimizer))
        self.p = q = copy_of(p)
        kept = {key: value for key, value in vars(optimizer).items() if key not in (*OWN, "defaults")}
        try:
            self.optimizer.__dict__.update(copy.deepcopy(kept, {id(p): q}))
        except Exception as error:
            raise CannotTry(f"what this {type(optimizer).__name__} holds cannot be copied ({error})") from None
        self.optimizer.defaults = dict(optimizer.defaults)
        options = {key: copied(value) for key, value in group.items() if key not in ("params", "param_names")}
        self.group = ParamGroup({"params": [q], **options})
        self.group.origin = {"params": "group", **{key: group.origin.get(key, "group") for key in options}}
        for key, value in WAYS.items():
            if key in self.group:
                dict.__setitem__(self.group, key, value)
        self.optimizer.param_groups = [self.group]
        self.optimizer.state = defaultdict(dict)
        if p in optimizer.state:
            self.optimizer.state[q] = {key: copied(value) for key, value in optimizer.state[p].items()}
        self.optimizer.hooks = Hooks()

    def again(self) -> Twin:
        """A copy of this twin as it is now."""
        return Twin(self.optimizer, self.p, self.group)

    def check(self) -> None:
        """CannotTry if a step cannot be tried: one that needs a closure moves as the loss says, which is not here."""
        step = inspect.signature(type(self.optimizer).step)
        needed = [one for one in list(step.parameters.values())[1:] if one.default is one.empty]
        if any(one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD) for one in needed):
            raise CannotTry(
                f"{type(self.optimizer).__name__}.step({needed[0].name}) computes the loss anew, at several points "
                "and for all parameters together: what it will do cannot be told from one parameter's copy"
            )

    def step(self) -> None:
        """Let it step. CannotTry, with what it raised, if it cannot."""
        try:
            with undisturbed():
                self.optimizer.step()
        except Exception as error:
            raise CannotTry(f"tried on copies, the step raises {type(error).__name__}: {error}") from error

    def recorded_step(self) -> Update | None:
        """Let it step under a Recorder: the story of it. None where nobody can record, as at a debugger's prompt."""
        before = sys.gettrace()
        sys.settrace(None)  # another recorder, a debugger or coverage: it gets the thread back below
        try:
            with Recorder() as recorder:
                self.step()
        except RuntimeError:  # a debugger that records by other means is at work
            self.step()
            return None
        finally:
            sys.settrace(before)
        steps = [one for one in tell(recorder).chapters if isinstance(one, Step)]
        updates = [update for step in steps for group in step.groups for update in group.updates]
        return updates[-1] if updates else None


@contextmanager
def unrecorded() -> Iterator[None]:
    """A Recorder at work in this thread is set aside: what is tried on copies is no part of what it records."""
    before = sys.gettrace()
    at_work = isinstance(getattr(before, "__self__", None), Recorder)
    if at_work:
        sys.settrace(None)
    try:
        yield
    finally:
        if at_work:
            sys.settrace(before)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Random numbers go on afterwards where they were; numpy's and Python's warnings stay quiet."""
    ours, numpys, pythons = copy.deepcopy(vars(default_generator)), np.random.get_state(), random.getstate()
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings(), no_grad():
            warnings.simplefilter("ignore")
            yield
    finally:
        vars(default_generator).update(ours)
        np.random.set_state(numpys)
        random.setstate(pythons)
