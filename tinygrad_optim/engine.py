"""The engine: how applying an op is remembered, and how a gradient travels back.

`apply` runs an op on Tensors. If a gradient may be asked for later it leaves a Node behind: the op, the
nodes it came from, and the few values that the op's derivatives will read. `walk_back` goes over those
nodes from the youngest to the oldest and hands each node's gradient on to its parents.
"""

from __future__ import annotations

import sys
from itertools import count
from operator import attrgetter
from typing import Any

import numpy as np
from numpy import may_share_memory, ndarray

from . import anomaly_mode, dtypes, engine_errors, gradient_hooks, views
from .grad_mode import inferring, mode, off
from .node_face import NodeFace
from .source_line import LIBRARY
from .storage import INFERENCE, Storage, first_storage, refuse_inference, storage_of

# One clock for all that happens: it ticks when a node is made and when memory is overwritten, so that
# "made before" and "written after" are comparisons of two numbers.
tick = count(1).__next__
blank = object.__new__  # makes a Tensor without __init__, which checks what a user gives

# Ops know nothing of Tensors, and Tensors are built on ops: tensor.py puts its class here.
Tensor: Any = ndarray


class Node(NodeFace):
    """One applied op: where its result came from, and what its derivatives will read.

    `kept` holds those values, in the order of op.layout, and after them the Tensors whose memory they are."""

    __slots__ = ("op", "parents", "kept", "number", "shape", "code", "lasti", "__weakref__")


def apply(op, *args):
    """op of args, as a Tensor: computed now, and remembered if a gradient may be asked for."""
    values, parents, needs, kinds, digit = [], [], False, 0, 1
    for arg in args:
        parent = None
        if isinstance(arg, Tensor):
            kinds += digit
            if arg.storage is not None and arg.storage.recorded:
                views.refresh(arg)
            if arg.needs_grad:
                parent, needs = arg.node or arg, True
                kinds += digit
            arg = arg.array
        values.append(arg)
        parents.append(parent)
        digit = 3 * digit if digit < 3**20 else 0  # of many tensors no op asks more: the number stays small
    try:
        if op.promotes is not None and (dtype := op.promotes(*values)) is not None:
            return apply(op, *[brought_to(dtype, arg) for arg in args])
        out = new_tensor(op.forward(*values))
    except (ValueError, TypeError, AttributeError) as error:
        raise engine_errors.op_failed(op, values, error) from None
    if op.view and may_share_memory(out.array, values[0]):
        out.storage, out.made_from = storage_of(args[0]), (args[0], op, args[1:], mode.enabled, args[0].node)
    if needs and (not off or mode.enabled) and op.differentiable:
        out.node, out.needs_grad = remember(op, args, values, parents, kinds, out), True
    return out


def remember(op, args, values, parents, kinds, out):
    """A Node: what op's rules will read, whose memory must stay as it is, and the caller's line."""
    keep, sources = op.plans.get(kinds) or op.plan(kinds)
    if INFERENCE.given:
        refuse_inference(sources(args))
    node = Node()
    node.op, node.parents = op, tuple(parents)
    shapes = [values[i].shape for i in op.shapes] if op.shapes else ()
    node.kept = keep([*values, *shapes, out.array, None]) + sources(args) if keep else ()
    latest, shape = op.shape, out.array.shape
    node.shape = op.shape = latest if latest == shape else shape  # one tuple for a million nodes
    frame = sys._getframe(2)
    while frame.f_code.co_filename in LIBRARY and frame.f_back is not None:
        frame = frame.f_back
    node.code, node.lasti, node.number = frame.f_code, frame.f_lasti, tick()
    if anomaly_mode.state.enabled:
        anomaly_mode.note(node, values, out.array)
    return node


def brought_to(dtype, arg):
    """An argument in the dtype an op asked for; Python numbers and options stay, if it can hold them."""
    if isinstance(arg, Tensor):
        return arg.to(dtype)
    return arg.astype(dtype) if isinstance(arg, ndarray) else dtypes.wrapped(dtype, arg)


def new_tensor(array):
    """A Tensor that holds this array (of a numpy scalar, a 0-d array) and has no history."""
    out = blank(Tensor)
    out.array = array if array.__class__ is ndarray else np.asarray(array)
    out.needs_grad = False
    out.node = out.storage = None
    if inferring:  # some thread is in inference_mode
        out.storage = first_storage()
    return out


def topological_order(roots):
    """All that the roots were made from, each before what it was made from itself.

    A thing is made after its parents, so sorting by creation number, youngest first, gives that order.
    """
    found = set(roots)
    stack = list(roots)
    while stack:
        for parent in stack.pop().parents:
            if parent is not None and parent not in found:
                found.add(parent)
                stack.append(parent)
    return sorted(found, key=attrgetter("number"), reverse=True)


def walk_back(roots, seeds, retain_graph=False, create_graph=False, wanted=()):
    """Carry a gradient from each root (a node or leaf; its seed) to all leaves, and to what is `wanted`.

    Returns {leaf or wanted node: gradient}: arrays, or Tensors under create_graph; writes to no leaf.
    Unless retain_graph, each node's kept values are let go as soon as they were read.
    """
    order, idle = topological_order(roots), ()
    if wanted:
        order, idle = leading_to(wanted, order)
    watched = gradient_hooks.watched(order, wanted)
    check_kept(order)
    arrived = {}  # gradients so far, by node
    for root, seed in zip(roots, seeds, strict=True):
        arrived[root] = arrived[root] + seed if root in arrived else seed
    for node in order:
        if not node.number or node not in arrived:  # a leaf, or a rule said that no gradient goes here
            continue
        op, g = gradient_hooks.arrive(node, arrived, wanted) if node in watched else (node.op, arrived.pop(node))
        kept, rules = op.on_tensors(node) if create_graph else (node.kept, op.rules)
        if op.joint is not None:
            shared = rules[0](g, *op.reads[0](kept))
        for i, parent in enumerate(node.parents):
            if parent is None or parent in idle:
                continue
            contribution = rules[i](g, *op.reads[i](kept)) if op.joint is None else shared[i]
            if contribution is None:
                continue
            if contribution.shape != parent.shape:
                contribution = unbroadcast(contribution, parent.shape, node)
            # Never `+=`: two nodes may have been handed one array.
            arrived[parent] = arrived[parent] + contribution if parent in arrived else contribution
        if not retain_graph and kept:
            node.kept = None
    return arrived


def leading_to(wanted, order):
    """Of a walk's order, the part from which something wanted can be reached; and the rest, as a set."""
    needed = set()
    for node in reversed(order):  # parents first
        if node in wanted or not needed.isdisjoint(node.parents):
            needed.add(node)
    return [node for node in order if node in needed], set(order) - needed


def check_kept(order):
    """Refuse a graph in which a node's kept values are gone, or were overwritten after it was made."""
    for node in order:
        if node.number and node.kept is None:
            raise engine_errors.walked_twice(node)
        if 0 < node.number < Storage.latest:  # only what is older than the latest write can have been overwritten
            for storage in node.storages():
                if storage.written > node.number:
                    raise engine_errors.overwritten(node, storage)


def kept_as_tensors(node):
    """What the node kept, the values that have a history as the Tensors they were: part of the graph."""
    kept = list(node.kept[: len(node.op.layout)])
    for i, parent in (*enumerate(node.parents[: len(kept) - 1]), (-1, node)) if kept else ():
        if parent is not None and isinstance(kept[i], ndarray):
            if parent.number:
                kept[i] = new_tensor(kept[i])
                kept[i].node, kept[i].needs_grad = parent, True
            else:
                kept[i] = parent  # a leaf is the Tensor itself
    return kept


def unbroadcast(g, shape, node):
    """Sum g over the axes along which broadcasting repeated a value of this shape."""
    added = g.ndim - len(shape)
    summed = g.sum(axis=tuple(range(added))) if added > 0 else g  # the dimensions it put in front
    if summed.shape != shape:
        axes = [i for i, (n, m) in enumerate(zip(shape, summed.shape)) if n == 1 and m != 1]
        summed = summed.sum(axis=tuple(axes), keepdims=True) if axes else summed
    if summed.shape != shape:
        raise engine_errors.wrong_shape(node, g.shape, shape)
    return summed if shape else summed.reshape(shape)  # of one number numpy's sum makes no array
