"""Follows a path such as `self.state[p].array` from a frame's names, running none of the program's code.

Slots, instance dicts, class attributes and the items of Python's own containers are read directly. A property,
a method or a `__getattr__` would be code: there the path ends. A Tensor's own properties are known for what
they are, and read from the slots behind them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from types import GetSetDescriptorType, MemberDescriptorType, ModuleType
from typing import Any

import numpy as np

from ..tensor import Tensor
from .lens import READABLE, read_torch, torch_tensor_kind
from .paths import ATTRIBUTE, KEY, Path, Steps
from .snapshot import ABSENT

PLAIN_KEYS = (str, int, float, bool, bytes, type(None))
ARRAY_SLOTS = ("shape", "dtype", "ndim", "size")
tensor_slots = vars(Tensor)
mro_of = type.__dict__["__mro__"].__get__
class_dict = type.__dict__["__dict__"].__get__

Way = Callable[[Any], Any]


def find_in_class(kind: type, name: str) -> Any:
    """What the class or a base holds under this name, as it stands there; ABSENT if nothing."""
    for base in mro_of(kind):
        found = class_dict(base).get(name, ABSENT)
        if found is not ABSENT:
            return found
    return ABSENT


def instance_dict(thing: Any) -> dict[str, Any]:
    """A thing's own attributes; an empty dict if it has none that can be read without running code."""
    kind: Any = type(thing)
    holder = dict_holder(kind)
    return holder.__get__(thing) if holder is not None else {}


@lru_cache(maxsize=1024)
def dict_holder(kind: type) -> Any:
    """The descriptor of a class's instance dict; None if it has none, or one of its own making."""
    if kind is ModuleType:
        return class_dict(ModuleType)["__dict__"]
    holder = find_in_class(kind, "__dict__")
    return holder if type(holder) is GetSetDescriptorType else None


def array_of(tensor: Any) -> Any:
    return tensor_slots["array"].__get__(tensor)


def of_array(name: str) -> Way:
    """A Tensor's shape or dtype is its array's."""
    return lambda tensor: getattr(array_of(tensor), name) if type(array_of(tensor)) is np.ndarray else ABSENT


# What a Tensor's properties stand for.
KNOWN: dict[tuple[type, str], Way] = {
    (Tensor, "grad"): lambda tensor: instance_dict(tensor).get("gradient"),
    (Tensor, "gradient"): lambda tensor: instance_dict(tensor).get("gradient"),
    (Tensor, "data"): array_of,
    (Tensor, "requires_grad"): lambda tensor: tensor_slots["needs_grad"].__get__(tensor),
    (Tensor, "grad_fn"): lambda tensor: tensor_slots["node"].__get__(tensor),
    **{(Tensor, name): of_array(name) for name in ARRAY_SLOTS},
}


class Reader:
    """Reads paths; how each attribute of each class is to be read is worked out once."""

    def __init__(self) -> None:
        self.ways: dict[tuple[type, str], Way] = {}

    def read(self, path: Path, names: Any, global_names: dict[str, Any]) -> Any:
        """The value at the end of the path; ABSENT if it cannot be reached by reading alone."""
        value = names.get(path.root, ABSENT)
        if value is ABSENT:
            value = global_names.get(path.root, ABSENT)
        return self.follow(path.steps, value, names, global_names)

    def follow(self, steps: Steps, value: Any, names: Any, global_names: dict[str, Any]) -> Any:
        """Where these steps lead from the value."""
        for kind, what in steps:
            if kind == ATTRIBUTE:
                way = self.ways.get((type(value), what)) or self.way(type(value), what)
                value = way(value)
            elif value is not ABSENT:
                value = item(value, what if kind == KEY else self.read(what, names, global_names))
        return value

    def way(self, kind: type, name: str) -> Way:
        self.ways[kind, name] = way = way_to(kind, name)
        return way


def way_to(kind: type, name: str) -> Way:
    """How to read this attribute of things of this class."""
    if issubclass(kind, type):
        return nothing
    found: Any = ABSENT
    holder = kind
    for holder in mro_of(kind):  # the class that has it is needed below
        found = class_dict(holder).get(name, ABSENT)
        if found is not ABSENT:
            break
    if found is not ABSENT and (holder, name) in KNOWN:
        return KNOWN[holder, name]
    if type(found) is MemberDescriptorType:
        return slot(found)
    if type(found) is GetSetDescriptorType and torch_tensor_kind(kind) and name in READABLE:
        return read_torch(found, name)
    if type(found) is GetSetDescriptorType:
        return slot(found) if kind is np.ndarray and name in ARRAY_SLOTS else nothing
    if found is not ABSENT and find_in_class(type(found), "__set__") is not ABSENT:
        return nothing
    if found is ABSENT or find_in_class(type(found), "__get__") is not ABSENT:
        return lambda thing: instance_dict(thing).get(name, ABSENT)
    return lambda thing: instance_dict(thing).get(name, class_dict(holder).get(name, ABSENT))


def nothing(thing: Any) -> Any:
    return ABSENT


def slot(descriptor: Any) -> Way:
    def read_slot(thing: Any) -> Any:
        try:
            return descriptor.__get__(thing)
        except AttributeError:  # not set yet
            return ABSENT

    return read_slot


def item(container: Any, key: Any) -> Any:
    """container[key] of Python's containers and of arrays by plain index; else ABSENT."""
    kind = type(container)
    if issubclass(kind, dict):  # isinstance would ask the container's own __class__
        return dict.get(container, key, ABSENT) if is_plain_key(key) else ABSENT
    try:
        if kind is list or kind is tuple:
            return container[key] if type(key) is int else ABSENT
        if kind is np.ndarray and is_plain_index(key):
            return container[key]
    except IndexError:
        pass
    return ABSENT


def is_plain_key(key: Any) -> bool:
    """Whether hashing it runs no code of the program's."""
    kind = type(key)
    if kind in PLAIN_KEYS or kind is tuple:
        return kind is not tuple or all(is_plain_key(one) for one in key)
    by_identity = find_in_class(kind, "__hash__") is object.__hash__ or torch_tensor_kind(kind) is not None
    return key is not ABSENT and by_identity


def is_plain_index(key: Any) -> bool:
    return type(key) is int or (type(key) is tuple and all(type(one) in (int, slice) for one in key))
