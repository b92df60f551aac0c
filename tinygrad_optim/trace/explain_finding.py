"""Which parameter is meant: by its name, by itself, or by (group, place)."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Any

from ..optim.optimizer import Optimizer
from ..optim.param_group import is_parameter


class UnknownParameter(KeyError):
    """The optimizer has no such parameter. The message names its groups, and what was probably meant."""

    def __str__(self) -> str:
        return str(self.args[0])


@dataclass
class Spot:
    """A parameter, and where it stands in the optimizer (None: in no group)."""

    p: Any
    name: str
    group: int | None = None
    place: int | None = None


def find_spot(optimizer: Optimizer, which: Any) -> Spot:
    """The parameter that `which` means. UnknownParameter, TypeError if there is none or it can mean none."""
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"the optimizer must be an Optimizer of this package, not {type(optimizer).__name__}")
    spots = all_spots(optimizer)
    if isinstance(which, str):
        found = next((one for one in spots if one.name == which), None) or outside(optimizer, which)
    elif is_parameter(which):
        held = next((one for one in spots if one.p is which), None)
        found = held or Spot(which, which.name or "this parameter")
    elif isinstance(which, tuple) and len(which) == 2 and all(type(one) is int for one in which):
        found = next((one for one in spots if (one.group, one.place) == which), None)
    else:
        raise TypeError(f"a parameter is meant by its name, by itself or by (group, place), not by {which!r:.80}")
    if found is None:
        raise UnknownParameter(no_such(optimizer, which, spots))
    return found


def all_spots(optimizer: Optimizer) -> list[Spot]:
    """Every parameter of the optimizer, group by group."""
    return [
        Spot(p, name_in(group, number, place), number, place)
        for number, group in enumerate(optimizer.param_groups)
        for place, p in enumerate(group["params"])
    ]


def name_in(group: Any, number: int, place: int) -> str:
    """A parameter's name as given to the optimizer, as modules have it, or else its place."""
    names = group.get("param_names")
    return (names[place] if names else group["params"][place].name) or f"params[{place}] of group {number}"


def outside(optimizer: Optimizer, name: str) -> Spot | None:
    """A parameter of this name that the model has and the optimizer has not; the model is that of another one."""
    for one in all_spots(optimizer):
        held = one.p
        while getattr(held, "registered", None) is not None and (holder := held.registered[0]()) is not None:
            held = holder
        found = dict(held.named_parameters()).get(name) if hasattr(held, "named_parameters") else None
        if found is not None:
            return Spot(found, name)
    return None


def no_such(optimizer: Optimizer, which: Any, spots: list[Spot]) -> str:
    """The message of an UnknownParameter."""
    names = [one.name for one in spots]
    near = difflib.get_close_matches(which, names, 1, 0.5) if isinstance(which, str) else []
    asked = f"is called {which!r}" if isinstance(which, str) else f"stands at (group, place) {which}"
    groups = []
    for number, _ in enumerate(optimizer.param_groups):
        here = [one.name for one in spots if one.group == number]
        groups.append(f"group {number}: {', '.join(here[:6])}{', ...' if len(here) > 6 else ''}")
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"no parameter of this {type(optimizer).__name__} {asked}.{hint} It has {'; '.join(groups)}"
