"""Hooks on gradients: called with a gradient as it arrives at a tensor or a node, they may put another in its place.

They are kept beside the graph, not in it: a walk that meets none asks once whether there are any. A node with
hooks, and in anomaly mode every node, has its turn through `arrive`.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from . import anomaly_mode, engine, occasions
from .handle import Handle, shelve


class Hooks:
    """The hooks of one node, or of one leaf."""

    def __init__(self) -> None:
        self.on_gradient: dict[int, Any] = {}  # hook(gradient): of the tensor that the node made, or of the leaf
        self.before: dict[int, Any] = {}  # hook(grad_outputs)
        self.after: dict[int, Any] = {}  # hook(grad_inputs, grad_outputs)
        self.accumulated: dict[int, Any] = {}  # hook(leaf)
        self.retained: Any = None  # a weak reference to the tensor whose .grad is to be kept


HOOKED: weakref.WeakKeyDictionary[Any, Hooks] = weakref.WeakKeyDictionary()  # by node


def add(shelf: dict[int, Any], hook: Callable[..., Any], arguments: str) -> Handle:
    """Put a hook at the end of a shelf."""
    return shelve(shelf, hook, arguments)


def on_node(node: Any) -> Hooks:
    """The hooks of this node, to be added to."""
    return HOOKED.setdefault(node, Hooks())


def watched(order: list[Any], wanted: Any) -> Any:
    """The nodes of a walk whose gradients somebody looks at: wanted ones, hooked ones, in anomaly mode all."""
    for look in occasions.walk if order else ():
        look(order)
    if anomaly_mode.state.check_nan:
        anomaly_mode.look_through(order)
        return set(order) | set(wanted)
    return {node for node in order if node in HOOKED} | set(wanted) if HOOKED else wanted


def arrive(node: Any, arrived: dict[Any, Any], wanted: Any) -> tuple[Any, Any]:
    """It is this watched node's turn: (its op, its gradient), both as its hooks want them."""
    g, op, hooks = arrived[node], node.op, HOOKED.get(node)
    if hooks is not None:
        g = arrived[node] = after_hooks(g, hooks)
    if not (node in wanted or (hooks is not None and hooks.retained)):
        del arrived[node]
    if hooks is not None and hooks.before:
        g = node_gradient(g, called_before(hooks, g))
    if (hooks is not None and hooks.after) or anomaly_mode.state.check_nan:
        op = WatchedOp(node, hooks)
    return op, g


def after_hooks(g: Any, hooks: Hooks) -> Any:
    """The gradient, as the hooks on its tensor leave it."""
    for hook in list(hooks.on_gradient.values()):
        found = hook(as_tensor(g))
        if found is not None:
            g = replaced(hook, g, found)
    return g


def as_tensor(g: Any) -> Any:
    """A gradient as hooks see it. Several (a Function's) stay as they are."""
    return engine.new_tensor(g) if isinstance(g, np.ndarray | np.generic) else g


def replaced(hook: Any, g: Any, found: Any) -> Any:
    """What a hook returned, in the form that g has. TypeError or RuntimeError if it cannot stand in its place."""
    name = getattr(hook, "__name__", type(hook).__name__)
    if not isinstance(found, engine.Tensor):
        raise TypeError(
            f"expected Variable, but hook returned {type(found).__name__!r}: the hook {name!r} must return a Tensor, "
            "the gradient that is to go on, or None to leave it"
        )
    if found.shape != g.shape:
        raise RuntimeError(
            f"hook {name!r} has changed the size of value: it was given a gradient of shape {tuple(g.shape)} and "
            f"returned one of shape {found.shape}; they must be the same"
        )
    if found.dtype != g.dtype:
        raise RuntimeError(
            f"hook {name!r} has changed the type of value: it was given a gradient of {g.dtype} and returned one of "
            f"{found.dtype}; convert it with .to({g.dtype})"
        )
    # A view: the hook's own array may be in use elsewhere, and a leaf must not come to hold it.
    return found if isinstance(g, engine.Tensor) else found.array.view()


def called_before(hooks: Hooks, g: Any) -> tuple[Any, ...]:
    """grad_outputs, as the node's prehooks leave them."""
    outputs = grad_outputs(g)
    for hook in list(hooks.before.values()):
        outputs = replaced_all(hook, outputs, hook(outputs))
    return outputs


def grad_outputs(g: Any) -> tuple[Any, ...]:
    """The gradients of a node's outputs, as Tensors."""
    return g.as_tuple() if isinstance(g, Gradients) else (as_tensor(g),)


def node_gradient(g: Any, outputs: tuple[Any, ...]) -> Any:
    """The same the other way round, in the form that g has."""
    if isinstance(g, Gradients):
        return Gradients({i: one for i, one in enumerate(outputs) if one is not None}, g.count)
    return outputs[0] if isinstance(g, engine.Tensor) else outputs[0].array


def replaced_all(hook: Any, given: tuple[Any, ...], found: Any) -> tuple[Any, ...]:
    """The gradients a node's hook was given, or those that it returned."""
    if found is None:
        return given
    name = getattr(hook, "__name__", type(hook).__name__)
    if not isinstance(found, tuple):
        raise TypeError(f"expected tuple, but hook returned {type(found).__name__!r}: {name!r} must return a tuple")
    if len(found) != len(given):
        raise RuntimeError(
            f"hook {name!r} has returned an incorrect number of values (got {len(found)}, but expected {len(given)})"
        )
    return tuple(new if old is None or new is None else replaced(hook, old, new) for old, new in zip(given, found))


class Gradients(dict[int, Any]):
    """The gradients of several outputs of one node, by place: they travel as one, and add up place by place."""

    shape = ()  # what the walk compares with the node's

    def __init__(self, found: dict[int, Any], count: int) -> None:
        super().__init__(found)
        self.count = count  # how many outputs there are

    def __add__(self, other: Gradients) -> Gradients:
        total = dict(self)
        for place, g in other.items():
            total[place] = total[place] + g if place in total else g
        return Gradients(total, self.count)

    def as_tuple(self) -> tuple[Any, ...]:
        """The gradient of each output as a Tensor, None where none arrived."""
        return tuple(as_tensor(self.get(i)) for i in range(self.count))


class WatchedOp:
    """A node's op for one walk, whose gradients are looked at all together before they go on to its parents."""

    joint = True

    def __init__(self, node: Any, hooks: Hooks | None) -> None:
        self.node, self.hooks, self.inner = node, hooks, node.op.rules
        self.reads = [alone]

    @property
    def rules(self) -> list[Any]:
        return [self.watched_vjp]

    def on_tensors(self, node: Any) -> Any:
        """What the node kept, and the rule, for gradients that are Tensors."""
        kept, self.inner = node.op.on_tensors(node)
        return kept, self.rules

    def watched_vjp(self, g: Any, kept: Any) -> list[Any]:
        """dL/d(each argument) by the op's own rules, then as the node's hooks leave them"""
        op, parents = self.node.op, self.node.parents
        if op.joint is not None:
            found = list(self.inner[0](g, *op.reads[0](kept)))
        else:
            pairs = enumerate(parents)
            found = [self.inner[i](g, *op.reads[i](kept)) if parent is not None else None for i, parent in pairs]
        for i, parent in enumerate(parents):
            if parent is None or found[i] is None:
                found[i] = None
            elif found[i].shape != parent.shape:
                found[i] = engine.unbroadcast(found[i], parent.shape, self.node)
        anomaly_mode.check(self.node, found)
        return self.after(g, found)

    def after(self, g: Any, found: list[Any]) -> list[Any]:
        """Have the node's own hooks look at what was found."""
        places = self.node.differentiable_places()
        for hook in list(self.hooks.after.values()) if self.hooks is not None else ():
            given = tuple(as_tensor(found[i]) for i in places)
            for i, old, new in zip(places, given, replaced_all(hook, given, hook(given, grad_outputs(g)))):
                if new is not old:
                    is_array = isinstance(found[i], np.ndarray) and isinstance(new, engine.Tensor)
                    found[i] = new.array.view() if is_array else new
        return found


def alone(kept: Any) -> tuple[Any]:
    """What a rule reads that takes all that was kept as one argument."""
    return (kept,)


def finish(arrived: dict[Any, Any]) -> None:
    """After a walk: leaves' hooks are called, and gradients that a computed tensor retains are its own."""
    for place, g in list(arrived.items()):
        if place.number:
            hooks = HOOKED.get(place) if HOOKED else None
            tensor: Any = hooks.retained() if hooks is not None and hooks.retained else None
            if tensor is not None:
                g = as_tensor(g)
                tensor.grad = g.clone() if tensor.grad is None else tensor.grad + g
        elif place.hooks is not None:
            arrived[place] = after_hooks(g, place.hooks)


def carry_retained(before: Any, after: Any, tensor: Any) -> None:
    """A tensor's history goes on with another node: if it retains its gradient, it is that of its new numbers."""
    hooks = HOOKED.get(before) if HOOKED and before is not None else None
    if hooks is not None and hooks.retained is not None and hooks.retained() is tensor:
        on_node(after).retained, hooks.retained = hooks.retained, None
