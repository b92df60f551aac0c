"""Takes snapshots of values without running any code of theirs: no properties, no __repr__, no operators."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from operator import is_
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from ..engine import Node
from ..nn.module import Module
from ..nn.parameter import Parameter
from ..op import Op
from ..optim.optimizer import Optimizer
from ..optim.param_group import ParamGroup
from ..tensor import Tensor
from ..value import Value
from .lens import is_torch_optimizer, name_of, take_torch_tensor, torch_tensor_kind
from .reader import instance_dict
from .snapshot import ABSENT, Absent, ArrayAt, ContainerAt, ObjectAt, array_at

ITEMS, FEWER = 32, 8  # of a container, how many are kept; of one inside another, or only read
MEMBERS = 100_000  # of a group's parameters
CODE = (FunctionType, BuiltinFunctionType, MethodType, ModuleType, type, np.ufunc, staticmethod, classmethod)
PLAIN = frozenset((type(None), bool, int, float, complex, type(Ellipsis), Absent))
CONSTANT = PLAIN | {str}

# The slots themselves, so that a subclass's property of the same name is not run.
tensor_slots, value_slots, node_slots = vars(Tensor), vars(Value), vars(Node)
array_of, node_of = tensor_slots["array"].__get__, tensor_slots["node"].__get__
number_in, name_in = value_slots["data"].__get__, value_slots["name"].__get__
op_of = node_slots["op"].__get__

Way = Callable[[Any, int], Any]


class Camera:
    """Takes snapshots; what is seen twice in one moment is taken once."""

    def __init__(self) -> None:
        self.moment: dict[int, tuple[Any, Any]] = {}  # what was taken at this moment, and the thing itself
        self.ways: dict[type, Way] = {}
        self.tokens: dict[int, tuple[Any, int]] = {}  # by id: who it is, and the token
        self.known: dict[int, tuple[Any, ObjectAt]] = {}  # by id: tensors as containers show them
        self.groups: dict[
            int, tuple[Any, list[Any], list[Any], ContainerAt]
        ] = {}  # by id: a parameter group's origins, values, parameters, and the snapshot
        self.count = 0

    def next_moment(self) -> None:
        """Time has passed: what was seen may have changed."""
        self.moment.clear()

    def forget(self) -> None:
        """Let go of everything but the tokens: the recording is over."""
        self.moment.clear()
        self.groups.clear()
        self.known.clear()

    def take(self, value: Any, depth: int = 0) -> Any:
        """What this value is now. The deeper in a container, the less of it is kept."""
        kind = type(value)
        if kind in PLAIN:
            return value
        key = id(value) << 2 | depth
        found = self.moment.get(key)
        if found is None and depth == 1:
            found = self.moment.get(key - 1)  # taken more fully: as what the line before wrote
        if found is not None:
            return found[1]
        way = self.ways.get(kind) or self.way(kind)
        try:
            taken = way(value, depth)
        except AttributeError:  # a slot is empty: its __init__ is still at work
            taken = self.take_object(value, depth)
        self.moment[key] = value, taken  # holding the thing keeps its id from being given to another
        return taken

    def way(self, kind: type) -> Way:
        """How things of this type are taken: found once."""
        self.ways[kind] = way = self.way_by_type(kind)
        return way

    def way_by_type(self, kind: type) -> Way:
        if issubclass(kind, np.generic | np.dtype) and kind.__module__.startswith("numpy"):
            return lambda value, depth: value
        if kind is str or kind is bytes:
            return lambda value, depth: value[:200]
        if issubclass(kind, CODE):
            return self.take_code
        if kind is np.ndarray:
            return self.take_array
        ours: list[tuple[type, Way]] = [(Tensor, self.take_tensor), (Value, self.take_value), (Node, self.take_node)]
        ours += [(ParamGroup, self.take_group), (dict, self.take_dict)]
        ours += [(list, self.take_list), (tuple, self.take_list), (set, self.take_set), (frozenset, self.take_set)]
        for base, way in ours:
            if issubclass(kind, base):
                return way
        if torch_tensor_kind(kind):
            return lambda value, depth: take_torch_tensor(self, value, depth)
        return self.take_object

    def take_code(self, value: Any, depth: int) -> Any:
        """Functions, classes and modules are the program, not its values: named inside containers only."""
        if depth == 0:
            return ABSENT
        name = value.__qualname__ if type(value) is FunctionType else name_of(type(value))
        return ObjectAt("function", name_of(type(value)), 0, name)

    def take_array(self, array: Any, depth: int) -> ArrayAt:
        if depth > 1:
            return ArrayAt(array.shape, array.dtype)
        return array_at(array, stats=depth == 0)

    def take_tensor(self, tensor: Any, depth: int) -> ObjectAt:
        """A Tensor: deep in a container its name and shape, found once; else its numbers too."""
        array, node = array_of(tensor), node_of(tensor)
        known = self.known.get(id(tensor)) if node is None else None
        if (
            depth > 1
            and known is not None
            and known[0]() is tensor
            and known[1].shape == np.ndarray.shape.__get__(array)
        ):
            return known[1]
        kind = "parameter" if issubclass(type(tensor), Parameter) else "tensor"
        made_by = self.token(node) if node is not None else 0
        if node is not None:
            name = None  # modules hold no results
        elif depth and known is not None and known[0]() is tensor and known[1].name is not None:
            name = known[1].name  # looked up again whenever it is taken in full
        else:
            name = registered_name(tensor)
        token, shape = self.token(tensor), np.ndarray.shape.__get__(array)
        if known is not None and known[0]() is tensor:
            known[1].name = name  # it may have got one since
        if depth <= 1:
            return ObjectAt(kind, name_of(type(tensor)), token, name, self.take(array, depth), made_by, shape)
        looked_at = ArrayAt(shape, np.ndarray.dtype.__get__(array))
        light = ObjectAt(kind, name_of(type(tensor)), token, name, looked_at, made_by, shape)
        if node is None:
            self.known[id(tensor)] = self.tokens[id(tensor)][0], light
        return light

    def take_value(self, value: Any, depth: int) -> ObjectAt:
        name = name_in(value)
        name = name if type(name) is str else None
        return ObjectAt("value", name_of(type(value)), self.token(value), name, number_in(value), 0, ())

    def take_node(self, node: Any, depth: int) -> ObjectAt:
        return ObjectAt("node", "Node", self.token(node), instance_dict(op_of(node)).get("name"))

    def take_dict(self, value: Any, depth: int) -> ContainerAt:
        items: list[tuple[Any, Any]] = []
        if (
            depth < 3
            and CONSTANT.issuperset(map(type, dict.values(value)))
            and CONSTANT.issuperset(map(type, dict.keys(value)))
        ):
            items = list(dict.items(value))[:ITEMS]
        elif depth < 3:
            inner = min(depth + 1, 3)
            for key, held in list(dict.items(value))[:ITEMS]:
                key = key if type(key) is str else self.take(key, 2)
                if key in ("params", "param_names") and type(held) is list:  # a parameter group: all in it
                    items.append((key, self.members(held)))
                    continue
                items.append((key, held if type(held) in PLAIN else self.take(held, inner)))
        return ContainerAt(name_of(type(value)), dict.__len__(value), items)

    def members(self, parameters: list[Any]) -> ContainerAt:
        """A group's parameters, each by name and shape alone."""
        kept = [(i, self.take(one, 3)) for i, one in enumerate(parameters[:MEMBERS])]
        return ContainerAt("list", len(parameters), kept)

    def take_group(self, group: Any, depth: int) -> ContainerAt:
        """A parameter group: with its origins; while nothing in it has changed, the same as before."""
        held, origin = list(dict.values(group)), instance_dict(group).get("origin", {})
        params = dict.get(group, "params")
        params = list(params) if type(params) is list else []
        known = self.groups.get(id(group))
        if known is not None and known[0] == origin and unchanged(known[1], held) and unchanged(known[2], params):
            return known[3]
        taken = self.take_dict(group, depth)
        taken.token, taken.origin = self.token(group), dict(origin)
        fixed = not set(map(type, held)) - CONSTANT - {list} and not any(issubclass(type(p), Value) for p in params)
        if fixed and depth < 2 and type(group) is ParamGroup and known_list_only(group):
            self.groups[id(group)] = taken.origin, held, params, taken
        return taken

    def take_list(self, value: Any, depth: int) -> Any:
        if type(value) is tuple and len(value) <= ITEMS and CONSTANT.issuperset(map(type, value)):
            return value  # of numbers and texts: it cannot change
        base: Any = list if isinstance(value, list) else tuple
        length = base.__len__(value)
        inner = min(depth + (1 if length <= 8 else 2), 3)
        kept = range(min(length, FEWER if depth else ITEMS)) if depth < 3 else ()
        return ContainerAt(
            name_of(type(value)), length, [(i, self.take(base.__getitem__(value, i), inner)) for i in kept]
        )

    def take_set(self, value: Any, depth: int) -> ContainerAt:
        base: Any = set if isinstance(value, set) else frozenset
        kept = list(base.__iter__(value))[:ITEMS] if depth < 3 else []
        items = [(i, self.take(one, min(depth + 2, 3))) for i, one in enumerate(kept)]
        return ContainerAt(name_of(type(value)), base.__len__(value), items)

    def take_object(self, value: Any, depth: int) -> ObjectAt:
        kind = type(value)
        if issubclass(kind, Op):
            return ObjectAt("op", "Op", self.token(value), instance_dict(value).get("name"))
        if issubclass(kind, Module):
            return ObjectAt("module", name_of(kind), self.token(value), registered_name(value))
        is_optimizer = issubclass(kind, Optimizer) or is_torch_optimizer(kind)
        return ObjectAt("optimizer" if is_optimizer else "object", name_of(kind), self.token(value))

    def token(self, value: Any) -> int:
        """A number for the identity of a thing, without keeping it alive; 0 for what cannot be known again."""
        found = self.tokens.get(id(value))
        if found is not None and found[0]() is value:
            return found[1]
        try:
            reference = weakref.ref(value)
        except TypeError:
            return 0
        self.count += 1
        self.tokens[id(value)] = reference, self.count
        return self.count


def unchanged(before: list[Any], now: list[Any]) -> bool:
    """Whether two lists hold the very same things."""
    return len(before) == len(now) and all(map(is_, before, now))


def known_list_only(group: Any) -> bool:
    """Whether the only list among a group's values is that of its parameters."""
    return all(key == "params" for key, held in dict.items(group) if type(held) is list)


def registered_name(held: Any) -> str | None:
    """The name by which modules hold a parameter or module (naming.py), read from instance dicts alone."""
    parts: list[str] = []
    while len(parts) < 100:
        reference, key = instance_dict(held).get("registered") or (None, "")
        holder = reference() if reference is not None else None
        if holder is None:
            break
        parts.append(key)
        held = holder
    return ".".join(reversed(parts)) or None
