"""How a Function stands in the graph: a node that has several outputs, and for each of these a node of its own.

An op of the engine has one result. Here each output gets a small node that does nothing but put the gradient in
its place (`Output`); the Function's own node is handed all of them at once.
"""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np

from ..engine import Node, new_tensor, tick
from ..grad_mode import mode
from ..gradient_hooks import Gradients, alone
from ..in_place import stamp
from ..source_line import calling_line
from ..storage import storage_of
from ..tensor import Tensor
from ..views import history, pass_on
from .context import Context


class FunctionOp:
    """What the walk asks of an op, for a Function: its one rule is the Function's backward."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.joint = function_vjp
        self.rules, self.reads = [function_vjp], [alone]

    def on_tensors(self, node: Any) -> Any:
        """What the node kept, and the rule: the same, since a backward is written for Tensors."""
        return node.kept, self.rules


class OutputOp:
    """The same for one output: its rule puts the gradient into its place among those of all outputs."""

    joint = None

    def __init__(self, name: str, place: int, count: int) -> None:
        self.name, self.place, self.count = name, place, count
        self.reads = [nothing]

    @property
    def rules(self) -> list[Any]:
        return [self.output_vjp]

    def on_tensors(self, node: Any) -> Any:
        return (), self.rules

    def output_vjp(self, g: Any) -> Gradients:
        """g, as the gradient of this output and of no other"""
        return Gradients({self.place: g}, self.count)


def nothing(kept: Any) -> tuple[()]:
    return ()


class FunctionNode(Node):
    """A Function that was applied.

    outputs    for each, a weak reference to its node, or None
    like       its shape and type, or None where it is no Tensor
    arguments  which of the arguments are Tensors
    saved      the storages of what was saved
    """

    __slots__ = ("outputs", "like", "arguments", "saved")

    def name(self: Any) -> str:
        return f"{self.op.name}Backward"

    def differentiable_places(self: Any) -> list[int]:
        return self.arguments  # the Tensors among the arguments

    def storages(self: Any) -> Any:
        return self.saved

    def output(self: Any, place: int) -> Any:
        """The node of one output: the one that is there, or if nobody holds it any more, a new one."""
        known = self.outputs[place] and self.outputs[place]()
        if known is not None:
            return known
        out: Any = Output()
        out.op, out.place, out.parents = OutputOp(self.op.name, place, len(self.outputs)), place, [self]
        out.shape, out.number = self.like[place][0], self.number + 1
        out.kept = ()
        out.code, out.lasti = self.code, self.lasti
        self.outputs[place] = weakref.ref(out)
        return out

    @property
    def saved_tensors(self: Any) -> Any:
        return self.kept.saved_tensors

    @property
    def needs_input_grad(self: Any) -> Any:
        return self.kept.needs_input_grad


class Output(Node):
    """One output of a Function. Whoever looks at it is shown the Function's node (`whole`)."""

    __slots__ = ("place",)

    @property
    def whole(self: Any) -> Any:
        return self.parents[0]

    def name(self: Any) -> str:
        return self.parents[0].name()

    @property
    def next_functions(self: Any) -> Any:
        return self.parents[0].next_functions


def record(context: Context, args: tuple[Any, ...], outputs: Any) -> Any:
    """What a Function's forward returned, part of the graph if a gradient may be asked for later."""
    found = list(outputs) if isinstance(outputs, tuple | list) else [outputs]
    recorded = mode.enabled and any(context.needs_input_grad)
    check_dirty(context, found, recorded)
    for tensor in context.dirty:
        stamp(tensor)
    given = {id(arg) for arg in args if isinstance(arg, Tensor)} - {id(tensor) for tensor in context.dirty}
    found = [alias(out) if id(out) in given else out for out in found]
    if recorded:
        link_outputs(context, args, found)
    return type(outputs)(found) if isinstance(outputs, tuple | list) else found[0]


def check_dirty(context: Context, found: list[Any], recorded: bool) -> None:
    """Refuse what was overwritten and not returned, or is a leaf. RuntimeError."""
    for tensor in context.dirty:
        if not any(out is tensor for out in found):
            raise RuntimeError(
                "Some elements marked as dirty during the forward method were not returned as output. The inputs that "
                f"are modified inplace must all be outputs of {context.function.__name__}: return {tensor.described()}."
            )
        if recorded and tensor.needs_grad and history(tensor) is tensor:
            raise RuntimeError(
                "a leaf Variable that requires grad has been used in an in-place operation: "
                f"{context.function.__name__} has overwritten {tensor.described()}. Give it a clone()."
            )


def alias(tensor: Tensor) -> Tensor:
    """The same memory as another Tensor, for an argument that was returned: the two have different histories."""
    out = new_tensor(tensor.array)
    out.storage = storage_of(tensor)
    return out


def link_outputs(context: Context, args: tuple[Any, ...], found: list[Any]) -> None:
    """Make the Function's node, and one for each output that has a gradient."""
    node: Any = FunctionNode()
    node.op, node.shape = FunctionOp(context.function.__name__), Gradients.shape
    node.parents = [history(x) if needed else None for x, needed in zip(args, context.needs_input_grad)]
    node.arguments = [i for i, arg in enumerate(args) if isinstance(arg, Tensor)]
    node.code, node.lasti = calling_line()
    # The clock ticks for the node and for its outputs, which are all of one age: none came from another.
    node.number, _ = tick(), tick()
    node.outputs = [None] * len(found)
    node.like = [None if not isinstance(out, Tensor) else (out.shape, out.dtype) for out in found]
    places = {id(out): i for i, out in enumerate(found) if isinstance(out, Tensor)}
    saved = [one for one in context.to_save if one is not None]
    node.saved = [storage_of(one) for one in saved]
    context.saved = [
        (one.array, places[id(one)]) if id(one) in places else saved_input(one, args) for one in context.to_save
    ]
    context.to_save = ()
    node.kept, context.node = context, weakref.ref(node)
    skipped = {id(out) for out in context.non_differentiable}
    for place, out in enumerate(found):
        if isinstance(out, Tensor) and out.dtype.kind == "f" and id(out) not in skipped:
            out.node, out.needs_grad = node.output(place), True
            if any(out is tensor for tensor in context.dirty):
                pass_on(out)
    context.dirty = context.non_differentiable = ()


def saved_input(tensor: Any, args: tuple[Any, ...]) -> Any:
    """A Tensor as it is to be kept: a leaf is itself, a computed one may yet be given another history."""
    if tensor is None or tensor.node is None:
        return tensor
    kept = new_tensor(tensor.array)
    kept.node, kept.needs_grad, kept.storage = tensor.node, tensor.needs_grad, tensor.storage
    return kept


def function_vjp(g: Any, context: Context) -> list[Any]:
    """dL/d(each argument) = what the Function's backward makes of the gradients of its outputs"""
    node = context.node()
    arrived = list(g.as_tuple())
    if context.materialize:
        blank = [(i, like) for i, like in enumerate(node.like) if arrived[i] is None and like is not None]
        for i, (shape, dtype) in blank:
            arrived[i] = new_tensor(np.zeros(shape, dtype))
    context.once = False
    found = context.function.backward(context, *arrived)
    found = checked(context, node, list(found) if isinstance(found, tuple) else [found])
    if context.once:
        found = [one if one is None else one.detach() for one in found]
    followed = any(isinstance(one, Tensor) for one in g.values())
    # A view: the array may be in use elsewhere, and a leaf must not come to hold it.
    return found if followed else [one if one is None else one.array.view() for one in found]


def checked(context: Context, node: Any, found: list[Any]) -> list[Any]:
    """The gradients that a backward returned, one for each argument that takes one, in its type."""
    name, count = node.name(), context.count
    while len(found) > count and found[-1] is None:
        found.pop()
    if len(found) != count:
        raise RuntimeError(
            f"function {name} returned an incorrect number of gradients (expected {count}, got {len(found)}): its "
            "backward must return one for each argument of forward after ctx, None for those without"
        )
    for i, one in enumerate(found):
        if one is None:
            continue
        if i not in node.arguments:
            raise RuntimeError(
                f"function {name} returned a gradient different than None at position {i + 1}, but the corresponding "
                "forward input was not a Variable: return None there"
            )
        if not isinstance(one, Tensor):
            raise RuntimeError(
                f"expected Variable or None (got {type(one).__name__}): function {name} must return Tensors, and at "
                f"index {i} returned {one!r:.80}"
            )
        parent = node.parents[i]
        found[i] = None if parent is None else fitting(name, i, one, parent)
    return found


def fitting(name: str, i: int, g: Any, parent: Any) -> Any:
    """A gradient for this parent. RuntimeError if summing over broadcast dimensions cannot give it the shape."""
    wanted, shape = parent.shape, g.shape[max(len(g.shape) - len(parent.shape), 0) :]
    if len(g.shape) < len(wanted) or any(n != m and n != 1 for n, m in zip(wanted, shape)):
        raise RuntimeError(
            f"Function {name} returned an invalid gradient at index {i} - got {list(g.shape)} but expected shape "
            f"compatible with {list(wanted)}: the gradient has the shape of the argument it belongs to"
        )
    return g.to(parent.dtype) if isinstance(parent, Tensor) else g
