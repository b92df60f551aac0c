"""Trainable parameters that get gradients and that no optimizer moves, and how that came about."""

from __future__ import annotations

import weakref
from typing import Any

from ..nn.parameter import Parameter
from ..tensor import Tensor
from . import registration_facts as facts
from .facts import facts_of
from .registration_facts import LOADED, OPTIMIZED, Hidden, Known, Suspect, outermost, walk
from .source_search import SourceLine, class_file, find_assignment, find_line
from .speaking import speak


class Recent:
    """The leaves of the last walk, while somebody wants to know them."""

    wanted = 0  # for how many more walks
    leaves: list[weakref.ref[Any]] = []
    inputs: dict[int, weakref.ref[Any]] = {}  # by id: leaves whose gradient was asked for by grad()


def want_leaves(optimizer: Any, group: Any) -> None:
    """A group was added: the next walks show which parameters are used."""
    Recent.wanted = max(Recent.wanted, 2)


def note_walk(order: Any) -> None:
    """A walk to plain tensors alone is one that asks for the gradient of an input, as grad(u, t) does."""
    if not Recent.wanted or not order or not hasattr(order[0], "op"):
        return
    leaves = []
    for leaf in reversed(order):
        if leaf.number:
            break
        leaves.append(leaf)
    if not any(isinstance(leaf, Parameter) for leaf in leaves):
        for leaf in leaves:
            facts.note_on(Recent.inputs, leaf)


def note_leaves(arrived: Any) -> None:
    """Keep, weakly, the leaves that a walk has reached."""
    if Recent.wanted:
        Recent.wanted -= 1
        Recent.leaves = [weakref.ref(leaf) for leaf in arrived if not leaf.number]


def explain(optimizer: Any) -> None:
    """Why its steps find no gradients has been told."""
    facts_of(optimizer).explained = True


def look_closely(optimizer: Any, known: Known) -> None:
    """Every trainable parameter of the modules at hand that has a gradient and no optimizer."""
    facts.refresh(known, optimizer)
    owned = facts.in_groups()
    own = facts.roots_of(known)
    reached = [leaf for leaf in (reference() for reference in Recent.leaves) if leaf is not None]
    Recent.leaves = []
    others = {id(root): root for root in (outermost(leaf) for leaf in reached) if root is not None}
    for root in own:
        others.pop(id(root), None)
        for path, module, hidden in walk(root):
            others.pop(id(module), None)
            for name, p in parameters_in(module):
                if is_left(p, owned):
                    judge(known, root, facts.joined(path, name), p, hidden)
            look_for_plain_tensors(known, path, module, owned)
    for root in others.values():
        left = [(name, p) for name, p in root.named_parameters() if is_left(p, owned)]
        if left and id(root) not in {id(outermost(p)) for p in known.parameters}:
            judge_other_model(known, root, left)
    for leaf in reached:
        if leaf.registered is None and isinstance(leaf, Parameter) and is_left(leaf, owned):
            left_out(known, leaf, leaf.described(), 2)
    if known.suspects:
        Recent.wanted = max(Recent.wanted, 1)


def parameters_in(module: Any) -> Any:
    """(name, parameter) of what stands on a module's own shelf."""
    return [(name, p) for name, p in module._parameters.items() if p is not None]


def is_left(p: Any, owned: set[int]) -> bool:
    """Whether a trainable parameter gets gradients, and no optimizer has or has had it."""
    return p.needs_grad and p.gradient is not None and id(p) not in owned and id(p) not in OPTIMIZED


def judge(known: Known, root: Any, name: str, p: Any, hidden: Hidden) -> None:
    """Why a parameter of a model that the optimizer holds parts of is not among them."""
    model = type(root).__name__
    if hidden is not None:
        holder, attribute = hidden
        speak(
            "layers-in-plain-list",
            f"{type(holder).__name__} keeps layers in a plain {type(getattr(holder, attribute)).__name__}, "
            f"self.{attribute}, where {model}.parameters() does not find them: {name} {p.shape} gets gradients, and no "
            "optimizer moves it. Use nn.ModuleList([...]), or nn.ModuleDict({...}).",
            find_assignment(attribute, class_file(holder))
            or find_line(rf"\.{attribute}\.append\(", class_file(holder))
            or find_assignment(attribute)
            or known.place,
        )
        return
    replaced = [old for old in known.parameters if known.names.get(id(old)) == name and old is not p]
    if replaced and known.roots[id(replaced[0])]() is root:
        tell_replaced(known, model, name, p, replaced[0])
    elif name.startswith(prefix_of(known, root)) and id(p) not in LOADED:
        left_out(known, p, f"{name} {p.shape}", 2)


def prefix_of(known: Known, root: Any) -> str:
    """The dotted name, with a dot, of the innermost module that holds all of the optimizer's part of a model.

    Who gives an optimizer net.head.parameters() means to leave out the rest.
    """
    paths = []
    for p in known.parameters:
        reference = known.roots.get(id(p))
        if reference is not None and reference() is root:
            paths.append(known.names[id(p)].split(".")[:-1])
    common = paths[0] if paths else []
    for path in paths[1:]:
        while path[: len(common)] != common:
            common = common[:-1]
    return "".join(part + "." for part in common)


def tell_replaced(known: Known, model: str, name: str, p: Any, old: Any) -> None:
    """A parameter was replaced after the optimizer was made, which still holds the old one."""
    place, known.explained = known.place, True
    made = f" (at {place.describe()})" if place is not None else ""
    speak(
        "parameter-replaced",
        f"{name} of {model} is another parameter than when the optimizer was made{made}: the new one {p.shape} gets "
        "gradients, and the optimizer still holds the old one, so that nothing moves it. Make the optimizer after "
        "the replacement, or add_param_group() the new parameters.",
        line_of_replacement(place, name.split("."), old) or place,
    )


def line_of_replacement(place: Any, parts: list[str], old: Any) -> SourceLine | None:
    """The line that put another parameter, or another module with it, in an old one's place."""
    alone = old.registered is not None and old.registered[0]() is not None  # the module that held it is there still
    for part in [parts[-1]] if alone else parts[-2::-1]:
        pattern = r"\[-?\w+\]\s*=(?!=)" if part.isdigit() else rf"(?<!self)\.{part}\s*=(?!=)"
        if place is not None and (found := find_line(pattern, [place.file], place.line)):
            return found
        if found := find_line(pattern):
            return found
    return None


def judge_other_model(known: Known, root: Any, left: list[tuple[str, Any]]) -> None:
    """A model of which no optimizer has anything gets gradients: the optimizer's, built anew, or a forgotten one."""
    name, p = left[0]
    shapes = sorted(p.shape for _, p in left)
    idle = known.missing == len(known.parameters)
    if idle and shapes == sorted(p.shape for p in known.parameters if id(p) in known.trainable):
        model, place, known.explained = type(root).__name__, known.place, True
        made = f" (at {place.describe()})" if place is not None else ""
        again = find_line(rf"=.*\b({model}|deepcopy)\(", [place.file], place.line) if place is not None else None
        speak(
            "model-rebuilt",
            f"the optimizer{made} holds the parameters of another model than the one that gets gradients: there is a "
            f"{model} with the same shapes, and {name} of it is in no optimizer. Steps change nothing of the model in "
            "use. Make the optimizer after the model.",
            again or place,
        )
    elif not idle and known.roots and root.training and not any(id(p) in LOADED for _, p in left):
        left_out(known, p, f"{name} {p.shape} of another {type(root).__name__}", 3)


def left_out(known: Known, p: Any, named: str, times: int) -> None:
    """Speak of a parameter that has got gradients at so many looks and that nobody moves, be it by hand."""
    suspect = known.suspects.get(id(p))
    if suspect is None or not suspect.is_of(p):
        known.suspects[id(p)] = Suspect(p)
        return
    if not suspect.is_left_alone():
        return
    known.suspects[id(p)] = new = Suspect(p)
    new.seen = suspect.seen + 1
    if new.seen >= times:
        speak(
            "parameter-in-no-group",
            f"{named} gets gradients at every backward(), and is in no group of any optimizer: it stays as it is. Give "
            "it to the optimizer; or, if it is meant to stay, say so by requires_grad_(False), which also saves the "
            f"work.{empty_group(known)}",
            known.place,
        )


def empty_group(known: Known) -> str:
    """That a group has no parameters at all, if one has none: what was to be there may be what is left out."""
    for number, group in enumerate(getattr(known.optimizer(), "param_groups", ())):
        if not group["params"]:
            return (
                f" Group {number} has no parameters at all: were they taken from a generator that had been used up? "
                "Call parameters() or named_parameters() anew for each use."
            )
    return ""


def look_for_plain_tensors(known: Known, path: str, module: Any, owned: set[int]) -> None:
    """A plain tensor that requires grad, as an attribute of a module: parameters() does not find it."""
    shelf: dict[str, Any] = module.__dict__
    for name, value in shelf.items():
        if not isinstance(value, Tensor) or isinstance(value, Parameter) or name in module._buffers:
            continue
        if value.node is not None or not is_left(value, owned) or id(value) in Recent.inputs:
            continue
        suspect = known.suspects.get(id(value))
        if suspect is None or not suspect.is_of(value):
            known.suspects[id(value)] = Suspect(value)
        elif suspect.is_left_alone():
            speak(
                "tensor-not-parameter",
                f"self.{name} {value.shape} of {type(module).__name__} is a plain tensor that requires grad, which "
                "parameters() does not find: it gets gradients, and no optimizer moves it. Write "
                f"self.{name} = nn.Parameter(...).",
                find_assignment(name, class_file(module)) or find_assignment(name) or known.place,
            )


LOOKS: dict[str, list[Any]] = {
    "group_added": [want_leaves],
    "walk": [note_walk],
    "delivery": [note_leaves],
}
