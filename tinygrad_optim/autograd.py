"""Autograd's public face: gradients asked for as values, and what backward() leans on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .engine import new_tensor, walk_back
from .grad_mode import mode
from .tensor import Tensor


def seed_for(root: Tensor, gradient: Tensor | None, create_graph: bool) -> Any:
    """The gradient that the walk starts with at root: given, or a 1. RuntimeError if it cannot start there."""
    if not root.needs_grad:
        raise RuntimeError(
            "element 0 of tensors does not require grad and does not have a grad_fn: nothing that "
            f"{root.described()} was computed from requires a gradient, or it was computed inside no_grad(). "
            "Check that the parameters have requires_grad=True and that nothing was detached."
        )
    if gradient is None:
        if root.array.size != 1:
            raise RuntimeError(
                f"grad can be implicitly created only for scalar outputs, and this one has shape {root.shape}: "
                "reduce it first (.mean() or .sum()), or give backward() a gradient of that shape"
            )
        seed = np.ones_like(root.array)
        return new_tensor(seed) if create_graph else seed
    if not isinstance(gradient, Tensor):
        raise TypeError(f"gradients can be either Tensors or None, but got {type(gradient).__name__}")
    if gradient.shape != root.shape:
        raise RuntimeError(
            f"Mismatch in shape: the gradient has a shape of {gradient.shape} and the output a shape of {root.shape}"
        )
    gradient = gradient.to(root.dtype)
    return gradient if create_graph else gradient.array.copy()  # it may come to be a leaf's own


def deliver(arrived: dict[Any, Any]) -> None:
    """Add each gradient that has arrived at a leaf to the leaf's `.grad`.

    A rule may hand on the array it was given, or a view of it; where two leaves would come to hold one
    array, each gets its own. RuntimeError if one is of the wrong type; then none is added.
    """
    for leaf, g in arrived.items():
        if g.dtype != leaf.dtype:
            raise RuntimeError(
                f"a gradient of type {g.dtype} arrived at {leaf.described()} of type {leaf.dtype}: a derivative "
                "rule between them changed the type. Mend the rule."
            )
    seen: set[int] = set()
    for leaf, g in arrived.items():
        own = isinstance(g, np.ndarray) and g.base is None and g.flags.writeable and id(g) not in seen
        seen.add(id(g))
        receive(leaf, g if own or isinstance(g, Tensor) else np.array(g))


def receive(leaf: Tensor, g: Any) -> None:
    """Add one gradient, an array or a Tensor, to a leaf's `.grad`: in place, unless either has a history."""
    if isinstance(g, Tensor) or (leaf.grad_tensor is not None and leaf.grad_tensor.node is not None):
        leaf.grad = g.clone() if leaf.grad is None else leaf.grad + g
    elif leaf.gradient is None:
        leaf.gradient = g
    else:
        leaf.gradient += g


def grad(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    grad_outputs: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool | None = None,
) -> tuple[Tensor | None, ...]:
    """The gradients of the outputs' sum (weighted by grad_outputs) with respect to each input; no `.grad` changes.

    Inputs may be leaves or computed tensors. RuntimeError for an input that the outputs do not depend on,
    unless allow_unused (then None stands for its gradient); and as `Tensor.backward`.
    """
    roots = [outputs] if isinstance(outputs, Tensor) else list(outputs)
    wanted = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    seeds = [grad_outputs] if isinstance(grad_outputs, Tensor) else list(grad_outputs or [None] * len(roots))
    for place, tensor in enumerate(wanted):
        if not tensor.needs_grad:
            raise RuntimeError(f"input {place}, {tensor.described()}, does not require grad: set requires_grad first")
    if len(seeds) != len(roots):
        raise RuntimeError(f"got {len(roots)} tensors and {len(seeds)} gradients: one is needed for each output")
    starts = [seed_for(root, seed, create_graph) for root, seed in zip(roots, seeds)]
    places = [tensor.node or tensor for tensor in wanted]
    keep = create_graph if retain_graph is None else retain_graph
    before, mode.enabled = mode.enabled, create_graph
    try:
        arrived = walk_back([root.node or root for root in roots], starts, keep, create_graph, set(places))
    finally:
        mode.enabled = before
    for place, found in enumerate(places):
        if found not in arrived and not allow_unused:
            raise RuntimeError(
                f"One of the differentiated Tensors appears to not have been used in the graph: input {place}, "
                f"{wanted[place].described()}. Set allow_unused=True if this is the desired behavior."
            )
    return tuple(as_tensor(arrived.get(place)) for place in places)


def as_tensor(g: Any) -> Tensor | None:
    """A gradient as a tensor of its own."""
    return g if g is None or isinstance(g, Tensor) else new_tensor(np.array(g))
