"""What a message calls a thing: a parameter, an optimizer, whatever the learner's program has a name for."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from .facts import FACTS, Facts
from .places import PASSED_OVER

LOOPED = {"p", "param", "parameter", "tensor", "_", "self"}  # names that go from one thing to the next


def described(p: Any) -> str:
    """How a message names a parameter: as its module does, else as the program does, else by its place in a group."""
    if getattr(p, "name", None) and not hasattr(p, "described"):
        return f"the Value {p.name}"
    if getattr(p, "name", None):
        names = names_of(outermost(p)) if "." not in p.name else []  # of a lone layer, which one it is
        return f"{names[-1]}.{p.described()}" if names else str(p.described())
    name = (names_of(p) or [place_in_group(p)])[-1]
    return f"{name} of shape {p.shape}" if name and p.shape else name or str(getattr(p, "described", p.__repr__)())


def names_of(thing: Any) -> list[str]:
    """The names that the running functions have for a thing, the innermost function's first."""
    return [name for name, held in named_things() if held is thing and name.rpartition(".")[2] not in LOOPED]


def outermost(p: Any) -> Any:
    """The module at the top of those that hold a parameter."""
    holder = p
    while holder.registered is not None and (above := holder.registered[0]()) is not None:
        holder = above
    return holder


def place_in_group(p: Any) -> str:
    """`parameter 1 of group 0`, of the first optimizer that has it; "" if none does."""
    for facts in list(FACTS.values()):
        for number, group in enumerate(getattr(facts.optimizer(), "param_groups", ())):
            for place, other in enumerate(group["params"]):
                if other is p:
                    return f"parameter {place} of group {number}"
    return ""


def class_of(facts: Facts) -> str:
    """The name of an optimizer's class."""
    return type(facts.optimizer()).__name__


def named_things() -> Iterator[tuple[str, Any]]:
    """What the functions that are running now have names for, and what stands in their objects' attributes."""
    frame = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_filename not in PASSED_OVER:
            for name, held in list(frame.f_locals.items()):
                yield name, held
                if isinstance(held, dict):
                    yield from ((f"{name}[{key!r}]", inner) for key, inner in list(held.items()))
                elif not isinstance(held, type | ModuleType) and hasattr(held, "__dict__"):
                    yield from ((f"{name}.{key}", inner) for key, inner in list(vars(held).items()))
        frame = frame.f_back  # type: ignore[assignment]
