"""build(): it asks the criteria for each parameter, and gathers those with the same answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from .criteria import Criterion, Place, listed
from .plan import Member, Plan


def build(model: Any, *criteria: Criterion, frozen: Literal["leave out", "include", "refuse"] = "leave out") -> Plan:
    """Groups for a model's parameters, by one criterion or several together.

    model: a module, or (name, parameter) pairs such as named_parameters() gives.
    frozen: what becomes of parameters that want no gradient.
    TypeError for what has no names; ValueError for a name or parameter that is there twice, two criteria that give
    one parameter the same option, frozen parameters where they are refused, or nothing to optimize.
    """
    if frozen not in ("leave out", "include", "refuse"):
        raise ValueError(f"frozen must be 'leave out', 'include' or 'refuse', not {frozen!r}")
    pairs = named_pairs(model)
    still = [name for name, p in pairs if not wants_gradient(p)]
    if still and frozen == "refuse":
        raise ValueError(f"{listed(still)} wants no gradient: thaw it, or say frozen='leave out' or 'include'")
    wanted = [(name, p) for name, p in pairs if frozen == "include" or wants_gradient(p)]
    if not wanted:
        raise ValueError(
            f"there is nothing to optimize: {listed(still) if still else 'the model'} has no parameter left"
        )
    for criterion in criteria:
        criterion.prepare([name for name, _ in wanted])
    return gathered(pairs, {name: placed(name, p, criteria) for name, p in wanted})


def named_pairs(model: Any) -> list[tuple[str, Any]]:
    """(name, parameter) for all parameters, each name and each parameter once."""
    given = model.named_parameters() if hasattr(model, "named_parameters") else model
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise TypeError(f"groups are built from a module or from (name, parameter) pairs, not {type(model).__name__}")
    pairs = list(given.items() if isinstance(given, Mapping) else given)
    names: dict[int, str] = {}
    seen: set[str] = set()
    for pair in pairs:
        if not (isinstance(pair, tuple) and len(pair) == 2 and isinstance(pair[0], str)):
            raise TypeError(
                f"groups are built from (name, parameter) pairs, but one is a {type(pair).__name__}: give the module, "
                "or named_parameters() instead of parameters()"
            )
        name, p = pair
        if name in seen:
            raise ValueError(f"the name {name!r} is there twice: each parameter needs a name of its own")
        if id(p) in names:
            raise ValueError(f"{names[id(p)]!r} and {name!r} are one parameter: give it once, or it would move twice")
        seen.add(name)
        names[id(p)] = name
    return pairs


def placed(name: str, p: Any, criteria: Sequence[Criterion]) -> Place:
    """What all criteria together say of one parameter."""
    places = [place for place in (criterion.place(name, p) for criterion in criteria) if place is not None]
    options: dict[str, Any] = {}
    for place in places:
        for key, value in place.options.items():
            if key == "params":
                raise ValueError(f"the options for {name!r} have 'params': build() fills that in, give other options")
            if key in options and options[key] != value:
                raise ValueError(
                    f"two criteria give {name!r} the option {key!r}: {options[key]} and {value}. Say it in one of them"
                )
            options[key] = value
    label = ", ".join(place.label for place in places) or "all"
    return Place(label, options, "; ".join(place.why for place in places) or "no criterion was given")


def gathered(pairs: list[tuple[str, Any]], places: dict[str, Place]) -> Plan:
    """Parameters of the same label and options in one group, in the order in which they come."""
    groups: list[dict[str, Any]] = []
    kinds: list[tuple[str, dict[str, Any]]] = []
    members: list[Member] = []
    for name, p in pairs:
        place = places.get(name)
        if place is None:
            members.append(Member(name, p, None, "frozen: it wants no gradient"))
            continue
        kind = (place.label, place.options)
        if kind not in kinds:
            kinds.append(kind)
            groups.append({"params": [], **place.options})
        groups[kinds.index(kind)]["params"].append((name, p))
        members.append(Member(name, p, kinds.index(kind), place.why))
    return Plan(groups, [label for label, _ in kinds], members)


def wants_gradient(p: Any) -> bool:
    """Whether a parameter is trained; a Value always is."""
    return bool(getattr(p, "requires_grad", True))
