"""What is in a graph: a box for each applied op and each leaf, with what is known of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..delivery import seed_for
from ..engine import Node, topological_order, walk_back
from ..nn.module import Module
from ..nn.parameter import Parameter
from ..op import Op
from ..tensor import Tensor
from ..trace.recording import Place, place_of
from ..trace.shown import number, size_of
from ..value import Value

OP, PARAMETER, LEAF, MORE = "op", "parameter", "leaf", "more"
VALUE = "Value"  # what stands for the name of a Value's op, which it does not keep
GONE = "the graph was let go by backward(): of gradients, only what the leaves hold in .grad can still be shown"
FEW, SHORTENED = 3, "[{}, {}, … {}]"  # elements of an array that are shown


@dataclass(slots=True)
class Box:
    """One applied op, or one leaf. `parents`: the boxes it was made from, each with the argument it was."""

    kind: str
    title: str  # the op's name, or the leaf's
    number: int  # ops in the order in which they were applied, from 1; 0 for leaves
    shape: tuple[int, ...]
    parents: list[tuple[int, str]] = field(default_factory=list)
    variable: str = ""  # what the program calls the result
    module: str = ""  # whose op it is
    place: Place | None = None  # the program's line that applied it
    value: str = ""
    gradient: str = ""

    @property
    def size(self) -> str:
        """The shape, such as 64x32."""
        return size_of(self.shape) or "one number"


@dataclass
class Names:
    """What the program calls things, by id: variables; by module, parameters; and whose forward a code is."""

    variables: dict[int, str]
    parameters: dict[int, str] = field(default_factory=dict)
    owners: dict[int, tuple[str, str, Any]] = field(default_factory=dict)  # by a parameter's id: the key under
    # which its module holds it, the module, and the code of its forward
    forwards: dict[Any, list[str]] = field(default_factory=dict)  # by a forward's code: the modules that have it

    def add(self, net: Module) -> None:
        """Learn the names in a module and all inside it."""
        for path, module in net.named_modules():
            called = f"{path} ({type(module).__name__})" if path else type(module).__name__
            code = getattr(type(module).forward, "__code__", None)
            self.forwards.setdefault(code, []).append(called)
            for name, p in module._parameters.items():
                if p is not None:
                    self.parameters.setdefault(id(p), f"{path}.{name}" if path else name)
                    self.owners.setdefault(id(p), (name, called, code))


def collect(result: Tensor | Value, names: Names, values: bool, gradients: bool, most: int) -> tuple[list[Box], list]:
    """The boxes, each after those it was made from, the result last; and notes on what is not among them."""
    root: Any = result.node or result if isinstance(result, Tensor) else result
    order = topological_order([root])
    kept, left_out = cut(order, most)
    notes: list[str] = []
    if left_out:
        notes.append(f"{left_out:,} more, made earlier, are not drawn; give `most` a larger number to draw them")
    known = known_values(order, result) if values else {}
    arrived = known_gradients(result, root, order, notes) if gradients else {}
    boxes = [Box(MORE, f"{left_out:,} more, not drawn", 0, ())] if left_out else []
    place_in = {thing: i for i, thing in enumerate(kept, len(boxes))}
    ops = sum(1 for thing in order if thing.parents) - sum(1 for thing in kept if thing.parents)
    places: dict[Any, Place] = {}
    for thing in kept:
        ops += bool(thing.parents)
        box = box_of(thing, names, ops)
        box.parents = [(place_in.get(one, 0), role) for one, role in arguments(thing)]
        if is_node(thing):
            key = thing.code, thing.lasti
            box.place = places[key] = places.get(key) or place_of(*key)
        if thing in known or isinstance(thing, Value):
            box.value = known.get(thing) or number(thing.data)
        box.gradient = arrived.get(thing, "")
        boxes.append(box)
    return boxes, notes


def is_node(thing: Any) -> bool:
    """Whether this is what an op left behind on Tensors."""
    return isinstance(thing, Node)


def cut(order: list[Any], most: int) -> tuple[list[Any], int]:
    """Of what was found, youngest first: the youngest `most` ops and their leaves, oldest first; how many are not."""
    ops = [thing for thing in order if thing.parents][:most]
    near = {one for thing in ops for one in thing.parents} | {order[0]}
    leaves = [thing for thing in order if not thing.parents and thing in near][:most]
    kept = {*ops, *leaves}
    return [thing for thing in reversed(order) if thing in kept], len(order) - len(kept)


def arguments(thing: Any) -> Iterable[tuple[Any, str]]:
    """(parent, which argument it was) for each parent that takes a gradient."""
    if isinstance(thing, Value):
        return [(one, f"× {number(local)}") for one, local in zip(thing.parents, thing.locals)]
    if not is_node(thing):
        return []
    named = getattr(thing.op, "arguments", ())  # a Function of the program's own has none
    roles = [*named, *(f"[{i}]" for i in range(len(thing.parents) - len(named)))]
    return [(one, role) for one, role in zip(thing.parents, roles) if one is not None]


def box_of(thing: Any, names: Names, op_number: int) -> Box:
    """The box of an op's node, of a leaf Tensor, or of a Value."""
    variable = names.variables.get(id(thing), "")
    if is_node(thing):
        box = Box(OP, thing.op.name, op_number, thing.shape, variable=variable)
        box.module = module_of(thing, names)
        return box
    name = names.parameters.get(id(thing)) or thing.name or variable
    if isinstance(thing, Value) and thing.parents:
        return Box(OP, VALUE, op_number, (), variable=name)
    return Box(PARAMETER if isinstance(thing, Parameter) else LEAF, name or "leaf", 0, thing.shape)


def module_of(node: Any, names: Names) -> str:
    """Whose op it is: the module whose parameter it took as such, or whose forward alone holds the line."""
    for one, role in arguments(node):
        key, module, code = names.owners.get(id(one), ("", "", None))
        if module and (key == role or code is node.code):
            return module
    inside = names.forwards.get(node.code, [])
    return inside[0] if len(inside) == 1 else ""


def holders(order: list[Any]) -> list[Module]:
    """The outermost modules that hold the parameters among these: found by how modules register what they hold."""
    found: dict[int, Module] = {}
    for thing in order:
        held, seen = (thing, set()) if isinstance(thing, Tensor) else (None, set[int]())
        while held is not None and held.registered is not None and id(held) not in seen:
            seen.add(id(held))
            held = held.registered[0]()
        if isinstance(held, Module):
            found[id(held)] = held
    return list(found.values())


# ---- numbers -----------------------------------------------------------------------------------------------


def told(array: Any) -> str:
    """An array's numbers in a few words: the first, and the last."""
    flat = np.asarray(array).reshape(-1)
    said = [f"{one:.4g}" for one in (flat if flat.size <= FEW else flat[[*range(FEW - 1), -1]]).tolist()]
    return said[0] if flat.size == 1 else f"[{', '.join(said)}]" if flat.size <= FEW else SHORTENED.format(*said)


def known_values(order: list[Any], result: Tensor | Value) -> dict[Any, str]:
    """What is known of each result's numbers: what leaves hold, and what nodes kept that nobody has overwritten."""
    if isinstance(result, Value):
        return {}
    found: dict[Any, str] = {result.node or result: told(result.array)}
    for thing in order:
        if isinstance(thing, Tensor):
            found[thing] = told(thing.array)
        elif isinstance(thing.op, Op) and thing.kept and all(one.written <= thing.number for one in thing.storages()):
            kept = dict(zip(thing.op.layout, thing.kept))
            for one, name in [*zip(thing.parents, thing.op.arguments), (thing, "out")]:
                array = kept.get(name)
                if is_node(one) and isinstance(array, np.ndarray) and array.shape == one.shape:
                    found.setdefault(one, told(array))
    return found


def known_gradients(result: Tensor | Value, root: Any, order: list[Any], notes: list[str]) -> dict[Any, str]:
    """The result's gradient with respect to each thing: walked back for this, and written nowhere.

    Of Values, and of a graph that was let go, what they hold. RuntimeError as backward() where it cannot start.
    """
    if isinstance(result, Value):
        return {v: number(v.grad) for v in order if v.grad is not None}
    if any(is_node(thing) and thing.kept is None for thing in order):
        notes.append(GONE)
        return {one: told(one.gradient) for one in order if isinstance(one, Tensor) and one.gradient is not None}
    arrived = walk_back([root], [seed_for(result, None, False)], retain_graph=True, wanted=set(order))
    return {thing: told(g) for thing, g in arrived.items() if isinstance(g, np.ndarray)}
