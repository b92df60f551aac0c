"""The chapter on how an optimizer came to be: its groups, and where each option's value is from."""

from __future__ import annotations

from typing import Any

from .chapters import Construct, Group, Option
from .reading import Teller, first_argument, group_in, group_key, lines_of, parameters_in
from .recording import Call
from .shown import shown
from .snapshot import ABSENT, ContainerAt, ObjectAt, is_same


def tell_construct(teller: Teller, call: Call) -> Construct | None:
    """A call of add_param_group: opens a chapter, or adds to the one of the same optimizer's making."""
    optimizer = first_argument(call)
    if not isinstance(optimizer, ObjectAt):
        return None
    maker = maker_of(call, optimizer)
    chapter = teller.constructs.get(optimizer.token)
    opened = None
    if chapter is None or maker is None or chapter.added:
        defaults = defaults_of(maker, optimizer.type) if maker else []
        place = (maker or call).place()
        opened = Construct(optimizer.type, place, defaults, [], maker is None, optimizer.token)
        if chapter is None:
            teller.constructs[optimizer.token] = opened
    group = told_group(teller, call, opened or chapter)
    if group is not None:
        (opened or chapter).groups.append(group)  # type: ignore[union-attr]
    return opened


def maker_of(call: Call, optimizer: ObjectAt) -> Call | None:
    """The outermost __init__ of the same optimizer that this call is part of."""
    found = None
    for above in call.ancestors():
        first = first_argument(above)
        if above.name == "__init__" and isinstance(first, ObjectAt) and first.token == optimizer.token:
            found = above
    return found


def defaults_of(maker: Call, kind: str) -> list[Option]:
    """Every option's default, and whether it was given to the optimizer or is its class's own."""
    for call in maker.all_calls():
        defaults = call.args.get("defaults")
        if call.name == "__init__" and isinstance(defaults, ContainerAt):
            own = own_defaults(maker)
            given = {name: maker.args.get(name, value) for name, value in defaults.items}
            kept = {name for name in own if name in given and is_same(own[name], given[name])}
            return [
                Option(name, value, default_in_words(kind, name, value, name in kept)) for name, value in defaults.items
            ]
    return []


def own_defaults(maker: Call) -> dict[str, Any]:
    """The default values in the signature of the __init__ that ran."""
    for base in maker.owner.__mro__ if maker.owner else ():
        function = base.__dict__.get("__init__")
        if getattr(function, "__code__", None) is maker.code:
            names = maker.code.co_varnames[: maker.code.co_argcount]
            values = function.__defaults__ or ()
            return {**dict(zip(names[len(names) - len(values) :], values)), **(function.__kwdefaults__ or {})}
    return {}


def told_group(teller: Teller, call: Call, chapter: Construct | None) -> Group | None:
    """The group as it was when add_param_group was done with it."""
    group = next((found for line in reversed(call.lines) if (found := group_in(line)) is not None), None)
    if group is None or chapter is None or call.raised:
        return None
    number = len(teller.constructs[chapter.token].groups) + (len(chapter.groups) if chapter.added else 0)
    teller.group_numbers[group_key(group)] = number
    names = group.get("param_names")
    for place, one in enumerate(parameters_in(group)):
        teller.places_in_groups[one.token] = f"params[{place}] of group {number}"
        if isinstance(names, ContainerAt) and type(name := names.get(place)) is str:
            teller.given_names[one.token] = name
    options = told_options(teller, group, chapter.token, call.args.get("param_group", ABSENT))
    return Group(number, [teller.param(one) for one in parameters_in(group)], options, lines_of(call))


def told_options(teller: Teller, group: ContainerAt, optimizer: int, asked: Any = ABSENT) -> list[Option]:
    """A group's options with their origins, in words. asked: the group as it was given, if that is known."""
    made = teller.constructs.get(optimizer)
    defaults = {option.name: option.origin for option in made.defaults} if made else {}
    options = []
    for name, value in group.items:
        if name in ("params", "param_names"):
            continue
        origin = (group.origin or {}).get(name)
        if origin is None:
            named = isinstance(asked, ContainerAt) and asked.get(name, ABSENT) is not ABSENT
            origin = "group" if named else "default" if asked is not ABSENT else "unknown"
        options.append(Option(name, value, in_words(origin, defaults.get(name))))
    return options


def default_in_words(kind: str, name: str, value: Any, own: bool) -> str:
    """Where an option's default came from: the class's own, or what its making was given for every group."""
    return f"{kind}'s own default" if own else f"from {kind}({name}={shown(value)})"


def is_own_default(origin: str) -> bool:
    """Whether nobody chose the value: it is the class's own."""
    return origin.endswith("'s own default")


def in_words(origin: str, default: str | None) -> str:
    """Where an option's value came from, as a reader would say it."""
    if origin == "default":
        return default or "default"
    return {"group": "given in this group", "assigned": "assigned later", "loaded": "from a state_dict"}.get(
        origin, origin
    )
