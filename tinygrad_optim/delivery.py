"""The two ends of a walk back through the graph: what it starts with, and what becomes of the gradients that arrive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from . import engine, occasions
from .engine import new_tensor, walk_back
from .grad_mode import mode
from .gradient_hooks import finish
from .views import history

if TYPE_CHECKING:
    from .tensor import Tensor


def walk(roots: list[Tensor], seeds: Any, retain_graph: bool | None, create_graph: bool, wanted: Any) -> Any:
    """Walk back from several tensors with their gradients."""
    given = [seeds] if isinstance(seeds, engine.Tensor) else list(seeds or [None] * len(roots))
    if len(given) != len(roots):
        raise RuntimeError(f"got {len(roots)} tensors and {len(given)} gradients: one is needed for each output")
    starts = [seed_for(root, seed, create_graph) for root, seed in zip(roots, given)]
    keep = create_graph if retain_graph is None else retain_graph
    before, mode.enabled = mode.enabled, create_graph
    try:
        return walk_back([root.node or root for root in roots], starts, keep, create_graph, wanted)
    finally:
        mode.enabled = before


def seed_for(root: Tensor, gradient: Tensor | None, create_graph: bool) -> Any:
    """The gradient that the walk starts with at root: given, or a 1. RuntimeError if it cannot start there."""
    if not isinstance(root, engine.Tensor):
        raise AssertionError(f"Expected output to be a torch.Tensor, or a list of them, but got {type(root).__name__}")
    if not root.requires_grad:
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
        seed = np.empty(root.array.shape, root.array.dtype)
        seed.fill(1)
        return new_tensor(seed) if create_graph else seed
    if not isinstance(gradient, engine.Tensor):
        raise TypeError(f"gradients can be either Tensors or None, but got {type(gradient).__name__}")
    if gradient.shape != root.shape:
        raise RuntimeError(
            f"Mismatch in shape: the gradient has a shape of {gradient.shape} and the output a shape of {root.shape}"
        )
    gradient = gradient.to(root.dtype)
    return gradient if create_graph else gradient.array.copy()  # it may come to be a leaf's own


def as_inputs(inputs: Any) -> set[Any]:
    """Where the walk must go for backward()'s inputs; those that were computed retain their gradient from now on."""
    wanted = as_list(inputs)
    check_inputs(wanted)
    for tensor in wanted:
        tensor.retain_grad()
    return {history(tensor) for tensor in wanted}


def check_inputs(inputs: list[Tensor]) -> None:
    """Refuse inputs that can have no gradient. RuntimeError."""
    if not inputs:
        raise RuntimeError("`inputs` argument cannot be empty: name the tensors whose gradients are wanted")
    for place, tensor in enumerate(inputs):
        if not isinstance(tensor, engine.Tensor):
            raise RuntimeError(f"all inputs have to be Tensors, but input {place} is {type(tensor).__name__}")
        if not tensor.requires_grad:
            raise RuntimeError(f"input {place}, {tensor.described()}, does not require grad: set requires_grad first")


def as_list(tensors: Any) -> list[Tensor]:
    """One tensor, or several, as a list."""
    if isinstance(tensors, str):
        return [tensors]  # type: ignore[list-item]  # refused where its type is looked at
    return [tensors] if isinstance(tensors, engine.Tensor) else list(tensors)


def deliver(arrived: dict[Any, Any]) -> None:
    """Add each gradient that has arrived at a leaf to the leaf's `.grad`.

    A rule may hand on the array it was given, or a view of it; where two leaves would come to hold one
    array, each gets its own. RuntimeError if one is of the wrong type; then none is added.
    """
    finish(arrived)
    leaves = [leaf for leaf in arrived if not leaf.number]  # the others are computed tensors: finish() was theirs
    for leaf in leaves:
        if arrived[leaf].dtype != leaf.array.dtype:
            raise RuntimeError(
                f"a gradient of type {arrived[leaf].dtype} arrived at {leaf.described()} of type {leaf.dtype}: a "
                "derivative rule between them changed the type. Mend the rule."
            )
    for look in occasions.delivery:
        look(arrived)
    seen: set[int] = set()
    for leaf in leaves:
        g = arrived[leaf]
        own = isinstance(g, np.ndarray) and g.base is None and g.flags.writeable and id(g) not in seen
        seen.add(id(g))
        receive(leaf, g if own or isinstance(g, engine.Tensor) else np.array(g))
    for leaf in leaves:
        if leaf.hooks is not None:
            for hook in list(leaf.hooks.accumulated.values()):
                hook(leaf)


def receive(leaf: Tensor, g: Any) -> None:
    """Add one gradient, an array or a Tensor, to a leaf's `.grad`: in place, unless either has a history."""
    if isinstance(g, engine.Tensor) or (leaf.grad_tensor is not None and leaf.grad_tensor.node is not None):
        leaf.grad = g.clone() if leaf.grad is None else leaf.grad + g
    elif leaf.gradient is None:
        leaf.gradient = g
    else:
        leaf.gradient += g
