"""What is remembered of each optimizer's parameters: their names, the modules that hold them, who looks after whom.

Kept beside the optimizers, by weak references to them and to modules.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from itertools import islice
from typing import Any

from .places import Place, calling_place


class Known:
    """What is known of one optimizer's parameters."""

    def __init__(self, optimizer: Any) -> None:
        key = id(optimizer)
        self.optimizer = weakref.ref(optimizer, lambda gone: KNOWN.pop(key, None))
        self.parameters: list[Any] = []  # Tensors; a Value is in no module and cannot be frozen
        self.names: dict[int, str] = {}  # by id: the dotted names they had when they were added
        self.called: dict[int, str] = {}  # by id: what the program called those that are in no module
        self.roots: dict[int, weakref.ref[Any]] = {}  # by the parameter's id: the outermost module then
        self.trainable: set[int] = set()  # ids of those that once required a gradient
        self.place: Place | None = None  # the line that made the optimizer, or added the last group
        self.defaults: dict[str, Any] = {}  # when the last group was added
        self.default_ids: list[int] = []
        self.steps = 0
        self.missing = 0  # how many had no gradient at the last step
        self.looks = 0  # how often the number of those has changed
        self.explained = False  # whether it was told that the model in use is another one
        self.suspects: dict[int, Suspect] = {}
        self.frozen: dict[int, int] = {}  # by id: the last step in which a frozen one had a gradient


class Suspect:
    """A parameter without an optimizer, as it was when it was met."""

    def __init__(self, p: Any) -> None:
        self.p = weakref.ref(p)
        self.numbers, self.gradient = witness(p.array), witness(p.gradient)
        self.seen = 1

    def is_of(self, p: Any) -> bool:
        """Whether it is this parameter, and not one that got the same id later."""
        return self.p() is p

    def is_left_alone(self) -> bool:
        """Whether a new gradient has come since, and nobody has moved it."""
        p = self.p()
        return (
            p is not None
            and p.gradient is not None
            and witness(p.array) == self.numbers
            and witness(p.gradient) != self.gradient
        )


def witness(array: Any) -> tuple[int, float, float]:
    """Which array, and two of its numbers: enough to see that it is another."""
    flat = array.ravel()
    return id(array), float(flat[0]) if flat.size else 0.0, float(abs(flat[:64]).sum())


KNOWN: dict[int, Known] = {}  # by the optimizer's id
OPTIMIZED: dict[int, weakref.ref[Any]] = {}  # by id: parameters that an optimizer has, or has had
LOADED: dict[int, weakref.ref[Any]] = {}  # and those that a state_dict was loaded into


def known_of(optimizer: Any) -> Known:
    """What is known of an optimizer; of one that is met for the first time (a copy), what can be seen now."""
    known = KNOWN.get(id(optimizer))
    if known is None:
        known = KNOWN[id(optimizer)] = Known(optimizer)
        note_defaults(known, optimizer.defaults)
        for group in optimizer.param_groups:
            take_in(known, group["params"])
    return known


def note_group(optimizer: Any, group: Any) -> None:
    """The optimizer has one more group."""
    known = KNOWN.get(id(optimizer))
    if known is None:
        known = known_of(optimizer)
    else:
        take_in(known, group["params"])
        note_defaults(known, optimizer.defaults)
    known.place = calling_place()


def refresh(known: Known, optimizer: Any) -> None:
    """What a program may have changed since: a group's list of parameters, and which of them are trainable."""
    there = [p for group in optimizer.param_groups for p in group["params"] if hasattr(p, "needs_grad")]
    if list(map(id, there)) != list(map(id, known.parameters)):
        known.parameters = []
        take_in(known, there)
    known.trainable.update(id(p) for p in there if p.needs_grad)


def in_groups() -> set[int]:
    """The ids of all parameters that are in a group of a living optimizer."""
    optimizers = [known.optimizer() for known in list(KNOWN.values())]
    groups = [group for optimizer in optimizers if optimizer is not None for group in optimizer.param_groups]
    return {id(p) for group in groups for p in group["params"]}


def note_defaults(known: Known, defaults: dict[str, Any]) -> None:
    """Note the defaults as they are: which objects they are is asked at each step."""
    known.defaults, known.default_ids = dict(defaults), list(map(id, defaults.values()))


def take_in(known: Known, parameters: Any) -> None:
    """Note these parameters, their names and modules."""
    for p in parameters:
        if not hasattr(p, "needs_grad"):
            continue
        known.parameters.append(p)
        if p.needs_grad:
            known.trainable.add(id(p))
        note_on(OPTIMIZED, p)
        root = outermost(p)
        if root is not None:
            known.names[id(p)] = p.name
            known.roots[id(p)] = weakref.ref(root)


def note_on(shelf: dict[int, weakref.ref[Any]], p: Any) -> None:
    """Put a parameter on one of the two shelves, weakly."""
    place = id(p)
    if place not in shelf:
        shelf[place] = weakref.ref(p, lambda gone: shelf.pop(place, None))


def note_loading(module: Any, state: Any) -> None:
    """A module's parameters are about to be loaded: they are trained already."""
    for p in module.parameters():
        note_on(LOADED, p)


def outermost(held: Any) -> Any:
    """The outermost module that holds this parameter or module; None for one that no living module holds."""
    seen, top = set(), None
    while held.registered is not None and id(held) not in seen:
        seen.add(id(held))
        held = held.registered[0]()
        if held is None:
            break
        top = held
    return top


def roots_of(known: Known) -> list[Any]:
    """The outermost living modules that an optimizer's parameters are or were registered with, each once."""
    found = {id(root): root for root in (outermost(p) for p in known.parameters) if root is not None}
    for reference in known.roots.values():
        root = reference()
        if root is not None:
            found[id(root)] = root
    return list(found.values())


Hidden = tuple[Any, str] | None  # (the module whose plain attribute it is, the attribute's name)


def walk(root: Any, path: str = "") -> Iterator[tuple[str, Any, Hidden]]:
    """(path, module, hidden in) of a module and all in it: also of those that stand in its plain lists and dicts."""
    seen: set[int] = set()
    stack: list[tuple[str, Any, Hidden]] = [(path, root, None)]
    while stack:
        path, module, hidden = stack.pop()
        if id(module) in seen:
            continue
        seen.add(id(module))
        yield path, module, hidden
        for name, inner in module._modules.items():
            if inner is not None:
                stack.append((joined(path, name), inner, hidden))
        for name, value in module.__dict__.items():
            if isinstance(value, list | tuple | dict) and not name.startswith("_"):
                for place, inner in in_plain(value):
                    if inner.registered is None:
                        stack.append((f"{joined(path, name)}{place}", inner, (module, name)))


def in_plain(value: Any, depth: int = 0) -> Iterator[tuple[str, Any]]:
    """([place], module) of the modules in a plain list, tuple or dict, and in those inside it."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for place, one in islice(pairs, 1000):
        if hasattr(one, "_parameters") and hasattr(one, "_modules"):
            yield f"[{place!r}]", one
        elif isinstance(one, list | tuple | dict) and depth < 2:
            for inner, module in in_plain(one, depth + 1):
                yield f"[{place!r}]{inner}", module


def joined(path: str, name: str) -> str:
    """The dotted name of what a path holds under a name."""
    return f"{path}.{name}" if path else name


LOOKS: dict[str, list[Any]] = {"group_added": [note_group], "module_loaded": [note_loading]}
