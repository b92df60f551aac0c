"""States that come back in the wrong place: an optimizer's by order, and best weights that were never copied."""

from __future__ import annotations

import ast
import weakref
from typing import Any

from ..nn.module_state import saved_parts
from ..optim.state_dict import by_name
from .facts import FACTS, now
from .numbers import plain
from .places import Place, calling_place
from .source_reading import statement_at
from .source_search import find_line
from .speaking import speak

# ---- an optimizer's state, loaded by order -----------------------------------------------------------------------


class Order:
    """The options that each group of an optimizer was given, in order."""

    def __init__(self, optimizer: Any) -> None:
        key = id(optimizer)
        self.optimizer = weakref.ref(optimizer, lambda gone: ORDERS.pop(key, None))
        self.options: list[dict[str, Any]] = []


ORDERS: dict[int, Order] = {}  # by the optimizer's id


def note_group(optimizer: Any, group: Any) -> None:
    """A group was added."""
    order = ORDERS.get(id(optimizer))
    if order is None:
        order = ORDERS[id(optimizer)] = Order(optimizer)
    order.options.append({key: plain(group[key]) for key in group if key in optimizer.defaults})


def look_at_order(optimizer: Any, loaded: Any) -> None:
    """A state_dict, which knows parameters by their number, was loaded: are they numbered alike?"""
    pairs = pairs_of(optimizer, loaded)
    swapped = swapped_by_name(pairs, loaded) or swapped_by_state(optimizer, pairs, loaded)
    if swapped is not None:
        place, here, there = swapped
        speak(
            "state-in-other-order",
            f"the loaded state goes by order, and the parameters stand in another order here: {here} is number {place} "
            f"and gets what was kept for {there}. Give the groups and their parameters in the same order as when it "
            "was saved; or give both optimizers named_parameters(), and the names say what belongs where.",
        )
        return
    order = ORDERS.get(id(optimizer))
    if order is not None and len(order.options) == len(loaded["param_groups"]):
        look_at_groups(order.options, loaded["param_groups"])


def pairs_of(optimizer: Any, loaded: Any) -> list[tuple[Any, Any]]:
    """(number in the loaded state, the parameter that it went to), in order."""
    groups = by_name(optimizer.param_groups, loaded["param_groups"])
    pairs = []
    for group, packed in zip(optimizer.param_groups, groups):
        pairs += list(zip(packed["params"], group["params"]))
    return pairs


def swapped_by_name(pairs: list[tuple[Any, Any]], loaded: Any) -> tuple[int, str, str] | None:
    """(place, name here, name there) of the first that differs, where the saved names are these in another order."""
    named: dict[Any, str] = {}
    for group in loaded["param_groups"]:
        named.update(zip(group["params"], group.get("param_names", ())))
    here = [getattr(p, "name", None) for _, p in pairs]
    there = [named.get(one, "") for one, _ in pairs]
    return first_difference(here, without_prefix(there))


def without_prefix(names: list[str]) -> list[str]:
    """Names without a first part that all have in common, such as `module.`."""
    first = {name.partition(".")[0] for name in names}
    return [name.partition(".")[2] for name in names] if first == {"module"} else names


def first_difference(here: list[Any], there: list[Any]) -> tuple[int, str, str] | None:
    """Where two lists of the same names differ first; None for other names, or none."""
    if None in here or len({*here}) < len(here) or {*here} != {*there}:
        return None
    for place, (mine, theirs) in enumerate(zip(here, there)):
        if mine != theirs:
            return place, mine, theirs
    return None


def values_in(kept: Any) -> list[Any]:
    """What a state holds; nothing, if it stands under a key of the program's own and is no state."""
    return list(kept.values()) if isinstance(kept, dict) else []


def swapped_by_state(optimizer: Any, pairs: list[tuple[Any, Any]], loaded: Any) -> tuple[int, str, str] | None:
    """The same by the state itself: whose it is, where the optimizer it was taken from still lives."""
    owners = {}
    for facts in list(FACTS.values()):
        other = facts.optimizer()
        for p, kept in other.state.items() if other is not None and other is not optimizer else ():
            owners.update({id(one): p for one in values_in(kept) if hasattr(one, "array")})
    found = []
    for place, (one, p) in enumerate(pairs):
        kept = loaded["state"].get(one, {})
        from_whom = [owners[id(value)] for value in values_in(kept) if id(value) in owners]
        if from_whom and hasattr(p, "described"):
            found.append((place, p, from_whom[0]))
    own = {id(p): number for number, (_, p) in enumerate(pairs)}
    for place, p, whose in found:
        if whose is not p and id(whose) in own:
            return place, p.described(), f"{whose.described()}, which is number {own[id(whose)]} here"
    names = [p.name for _, p, _ in found], [getattr(whose, "name", None) for *_, whose in found]
    return first_difference(*names) if len(found) == len(pairs) else None


def look_at_groups(here: list[dict[str, Any]], saved: list[dict[str, Any]]) -> None:
    """Whether the loaded groups have the options that the groups here were given, in another order."""
    keys = [key for key in here[0] if any(options.get(key) != here[0][key] for options in here)]
    mine = [[options.get(key) for key in keys] for options in here]
    theirs = [[saved_option(group, key) for key in keys] for group in saved]
    if keys and mine != theirs and sorted(map(repr, mine)) == sorted(map(repr, theirs)):
        place = next(place for place, pair in enumerate(zip(mine, theirs)) if pair[0] != pair[1])
        told = [", ".join(f"{key}={value}" for key, value in zip(keys, side[place])) for side in (mine, theirs)]
        speak(
            "state-in-other-order",
            f"the loaded groups have the options of these groups in another order: group {place} was made with "
            f"{told[0]}, and has {told[1]} now, with the state of another group's parameters. Give the groups in the "
            "same order as when it was saved.",
        )


def saved_option(group: dict[str, Any], key: str) -> Any:
    """An option of a saved group; of the lr, what it was at the start."""
    return plain(group.get("initial_lr", group.get(key)) if key == "lr" else group.get(key))


# ---- best weights kept by reference ------------------------------------------------------------------------------


class Taken:
    """A state_dict() of a module, by its first tensor."""

    def __init__(self, tensor: Any) -> None:
        key = id(tensor)
        self.tensor = weakref.ref(tensor, lambda gone: TAKEN.pop(key, None))
        self.clock = now()
        self.place = calling_place()


TAKEN: dict[int, Taken] = {}  # by the first tensor's id
OVERWRITTEN: weakref.WeakKeyDictionary[Any, tuple[int, Place]] = weakref.WeakKeyDictionary()  # modules that were loaded


def note_taken(module: Any, state: Any) -> None:
    """A module's state_dict() was taken: its tensors share the module's memory."""
    tensor = next(iter(state.values()), None)
    if tensor is not None and id(tensor) not in TAKEN and hasattr(tensor, "storage"):
        TAKEN[id(tensor)] = Taken(tensor)


def look_at_loading(module: Any, state: Any) -> None:
    """A state is about to be loaded: is it the module's own memory, which has been written to since it was taken?"""
    parts = [(tensor, state[name]) for name, _, _, tensor in saved_parts(module, "") if name in state]
    trained = [tensor for tensor, _ in parts if tensor.dtype.kind == "f"]
    if not trained or any(one.array is not tensor.array for tensor, one in parts if tensor.dtype.kind == "f"):
        OVERWRITTEN[module] = now(), calling_place()
        return
    taken = next((TAKEN[id(one)] for one in state.values() if id(one) in TAKEN), None)
    if taken is None:
        return
    clock, place = last_written(module, trained)
    if place is not None and clock > taken.clock:
        tell_by_reference(taken.place, place, calling_place())
    elif place is not None and (name := other_name(calling_place())) is not None:
        tell_same_model(name, place)


def last_written(module: Any, trained: list[Any]) -> tuple[int, Place | None]:
    """When and by which line these parameters were last changed: by a step, or by loading something else."""
    clock, place = OVERWRITTEN.get(module, (0, None))
    own = {id(p) for p in trained}
    stepped = [one for one in list(FACTS.values()) if one.steps and any(id(p) in own for p in one.parameters)]
    by_steps = {(one.step_place.file, one.step_place.line) for one in stepped if one.step_place is not None}
    for storage in (p.storage for p in trained if p.storage is not None):
        where = Place(*storage.where) if storage.written > clock and storage.where else None
        if where is not None and (where.file, where.line) in by_steps:
            clock, place = storage.written, where
    return clock, place


def tell_by_reference(taken: Place, written: Place, loading: Place) -> None:
    speak(
        "weights-kept-by-reference",
        f"state_dict() copies nothing: what is kept here is the model's own memory, which {written.describe()} has "
        f"written to since. So what is loaded at {loading.describe()} are the present weights, not those of then. Keep "
        "a copy: copy.deepcopy(model.state_dict()).",
        taken,
    )


def other_name(place: Place) -> tuple[str, str] | None:
    """(a, b) of a line `a.load_state_dict(b.state_dict())` in which a and b are two names."""
    for part in ast.walk(statement_at(place) or ast.Pass()):
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and part.func.attr == "load_state_dict":
            given = part.args[0] if part.args else None
            if (
                isinstance(given, ast.Call)
                and isinstance(given.func, ast.Attribute)
                and given.func.attr == "state_dict"
            ):
                names = ast.unparse(part.func.value), ast.unparse(given.func.value)
                return names if names[0] != names[1] else None
    return None


def tell_same_model(names: tuple[str, str], written: Place) -> None:
    model, other = names
    place = calling_place()
    speak(
        "weights-kept-by-reference",
        f"{other} and {model} are one and the same model, so that loading the one into the other at {place.describe()} "
        f"changes nothing: both were written to at {written.describe()}. `{other} = {model}` copies nothing. Keep a "
        "copy: copy.deepcopy(model).",
        find_line(rf"\b{other.replace('.', '[.]')}\s*(:[^=]+)?=\s*{model.replace('.', '[.]')}\s*$") or place,
    )


LOOKS: dict[str, list[Any]] = {
    "group_added": [note_group],
    "optimizer_loaded": [look_at_order],
    "module_saved": [note_taken],
    "module_loaded": [look_at_loading],
}
