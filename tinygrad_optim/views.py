"""Views in the graph: what a recorded write through one means for the tensor it is a view of, and for others.

A view remembers how it was made: from which tensor, by which op. So the graph can follow a write to a part of a
tensor: the whole goes on as "itself, with that part put in" (COPY_SLICES); a view taken before is made anew when it
is next used.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import engine, engine_errors, gradient_hooks
from .grad_mode import mode
from .op import Op


def refresh(tensor: Any) -> None:
    """Give a view the history that its source has by now, if that was written to after the view was made.

    RuntimeError if the view was made where the graph could not follow.
    """
    if tensor.made_from is None:
        return
    source, op, options, recording, node = tensor.made_from
    refresh(source)
    if source.node is node:
        return
    if not recording or op.rules[0] is None:
        raise engine_errors.view_overtaken(tensor)
    before, mode.enabled = mode.enabled, True
    try:
        again = engine.apply(op, source, *options)
    finally:
        mode.enabled = before
    gradient_hooks.carry_retained(tensor.node, again.node, tensor)
    tensor.node, tensor.needs_grad, tensor.made_from = again.node, again.needs_grad, again.made_from


def history(tensor: Any) -> Any:
    """What the walk goes back from: the node that made this tensor, or the leaf itself."""
    if tensor.storage is not None and tensor.storage.recorded:
        refresh(tensor)
    return tensor.node or tensor


def sources(tensor: Any) -> list[Any]:
    """What a view was made from, what that was made from, and so on up to the whole tensor."""
    found = []
    while tensor.made_from is not None:
        tensor = tensor.made_from[0]
        found.append(tensor)
    return found


def check_write(tensor: Any, op: Any) -> None:
    """Refuse a recorded write to a leaf that requires grad, or to a view of which the graph does not know enough."""
    if tensor.needs_grad and tensor.node is None:
        raise engine_errors.write_to_leaf(tensor, op)
    for view in (tensor, *sources(tensor)[:-1]):
        if view.made_from is None:
            return
        source, made_by, _, recording, _ = view.made_from
        if not recording or made_by.rules[0] is None:
            raise engine_errors.write_through_view(view, op)
        if source.needs_grad and source.node is None:
            raise engine_errors.write_to_leaf(tensor, op, source)


def is_recorded(tensor: Any, args: Any) -> bool:
    """Whether a write to this tensor, of what args give, is for the graph to know."""
    needs = any(getattr(arg, "requires_grad", False) for arg in (tensor, *args))
    return mode.enabled and (needs or any(source.needs_grad for source in sources(tensor)))


def pass_on(tensor: Any) -> None:
    """A tensor has just been given a new history: so have all that it is a view of."""
    for source in sources(tensor):
        _, op, options, _, _ = tensor.made_from
        args = (source, op, options, tensor)
        values = [source.array, op, options, tensor.array]
        parents = [source.node, None, None, tensor.node]
        kinds = (2 if source.node else 1) + 2 * 3**3  # as `Op.plan` reads them
        source.node = engine.remember(COPY_SLICES, args, values, parents, kinds, source)
        source.needs_grad = True
        tensor = source
    tensor.storage.recorded = tensor.node.number


def copy_slices_forward(x, view, options, values):  # type: ignore[no-untyped-def]
    """A copy of x, of which this view (an op that makes one, and its options) holds the values"""
    changed = x.copy()
    view.forward(changed, *options)[...] = values
    return changed


def copy_slices_vjp_x(g, view, options):  # type: ignore[no-untyped-def]
    """dL/dx = g, but 0 at the elements written over"""
    return copy_slices_forward(g, view, options, 0)


def copy_slices_vjp_values(g, view, options):  # type: ignore[no-untyped-def]
    """dL/d(values) = the same view of g"""
    return viewed_forward(g, view, options)


def viewed_forward(x, view, options):  # type: ignore[no-untyped-def]
    """This view of x"""
    return view.forward(x, *options)


def viewed_vjp_x(g, x_shape, view, options):  # type: ignore[no-untyped-def]
    """dL/dx = g where the view shows x, else 0"""
    return spread_forward(g, view, options, x_shape)


def spread_forward(values, view, options, shape):  # type: ignore[no-untyped-def]
    """Zeros of a shape, of which this view holds the values"""
    return copy_slices_forward(np.zeros(shape, values.dtype), view, options, values)


def spread_vjp_values(g, view, options):  # type: ignore[no-untyped-def]
    """dL/d(values) = the same view of g"""
    return viewed_forward(g, view, options)


COPY_SLICES = Op(copy_slices_forward, copy_slices_vjp_x, copy_slices_vjp_values)
VIEWED = Op(viewed_forward, viewed_vjp_x)
SPREAD = Op(spread_forward, spread_vjp_values)
