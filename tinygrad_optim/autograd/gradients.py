"""Gradients asked for: as values (grad), or brought to the leaves (backward)."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import occasions
from ..engine import new_tensor, walk_back
from ..grad_mode import mode
from ..gradient_hooks import finish
from ..tensor import Tensor
from ..views import history


def seed_for(root: Tensor, gradient: Tensor | None, create_graph: bool) -> Any:
    """The gradient that the walk starts with at root: given, or a 1. RuntimeError if it cannot start there."""
    if not isinstance(root, Tensor):
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
    finish(arrived)
    for leaf, g in arrived.items():
        if leaf.number:  # a computed tensor, which has retained its gradient
            continue
        if g.dtype != leaf.dtype:
            raise RuntimeError(
                f"a gradient of type {g.dtype} arrived at {leaf.described()} of type {leaf.dtype}: a derivative "
                "rule between them changed the type. Mend the rule."
            )
    for look in occasions.delivery:
        look(arrived)
    seen: set[int] = set()
    for leaf, g in arrived.items():
        if leaf.number:
            continue
        own = isinstance(g, np.ndarray) and g.base is None and g.flags.writeable and id(g) not in seen
        seen.add(id(g))
        receive(leaf, g if own or isinstance(g, Tensor) else np.array(g))
    for leaf in arrived:
        for hook in list(leaf.hooks.accumulated.values()) if not leaf.number and leaf.hooks is not None else ():
            hook(leaf)


def receive(leaf: Tensor, g: Any) -> None:
    """Add one gradient, an array or a Tensor, to a leaf's `.grad`: in place, unless either has a history."""
    if isinstance(g, Tensor) or (leaf.grad_tensor is not None and leaf.grad_tensor.node is not None):
        leaf.grad = g.clone() if leaf.grad is None else leaf.grad + g
    elif leaf.gradient is None:
        leaf.gradient = g
    else:
        leaf.gradient += g


def backward(
    tensors: Tensor | Sequence[Tensor],
    grad_tensors: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    grad_variables: Tensor | Sequence[Tensor | None] | None = None,
    inputs: Tensor | Sequence[Tensor] | None = None,
) -> None:
    """Bring to every leaf (or to these inputs) the gradient of the tensors' sum, weighted by grad_tensors.

    As Tensor.backward, of several tensors in one walk. grad_variables is grad_tensors' old name.
    """
    if grad_variables is not None:
        warnings.warn("`grad_variables` is deprecated. Use `grad_tensors` instead.", FutureWarning, stacklevel=2)
        if grad_tensors is not None:
            raise RuntimeError("grad_tensors and grad_variables (its old name) were both given: give the first alone")
        grad_tensors = grad_variables
    wanted = () if inputs is None else as_inputs(inputs)
    deliver(walk(as_list(tensors), grad_tensors, retain_graph, create_graph, wanted))


def grad(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    grad_outputs: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Tensor | None, ...]:
    """The gradients of the outputs' sum (weighted by grad_outputs) with respect to each input; no `.grad` changes.

    Inputs may be leaves or computed tensors. RuntimeError for an input that the outputs do not depend on,
    unless allow_unused (then None stands for its gradient) or materialize_grads (then zeros); and as
    `Tensor.backward`. only_inputs: of old; False changes nothing but warns.
    """
    if not only_inputs:
        warnings.warn("only_inputs=False is ignored: use backward() for that", FutureWarning, stacklevel=2)
    if is_grads_batched:
        raise NotImplementedError("is_grads_batched=True: call grad() once for each of the gradients, in a loop")
    if materialize_grads and allow_unused is False:
        raise ValueError(
            "Expected allow_unused to be True or not passed when materialize_grads=True, but got: allow_unused=False. "
            "Zeros can only stand for the gradient of an unused input if there may be one."
        )
    wanted = as_list(inputs)
    check_inputs(wanted)
    places = [history(tensor) for tensor in wanted]
    arrived = walk(as_list(outputs), grad_outputs, retain_graph, create_graph, set(places))
    for place, found in enumerate(places):
        if found not in arrived and not allow_unused and not materialize_grads:
            raise RuntimeError(
                f"One of the differentiated Tensors appears to not have been used in the graph: input {place}, "
                f"{wanted[place].described()}. Set allow_unused=True if this is the desired behavior."
            )
    finish(arrived)
    found = [as_tensor(arrived.get(place)) for place in places]
    if materialize_grads:
        found = [new_tensor(np.zeros_like(x.array)) if g is None else g for x, g in zip(wanted, found)]
    return tuple(found)


def walk(roots: list[Tensor], seeds: Any, retain_graph: bool | None, create_graph: bool, wanted: Any) -> Any:
    """Walk back from several tensors with their gradients."""
    given = [seeds] if isinstance(seeds, Tensor) else list(seeds or [None] * len(roots))
    if len(given) != len(roots):
        raise RuntimeError(f"got {len(roots)} tensors and {len(given)} gradients: one is needed for each output")
    starts = [seed_for(root, seed, create_graph) for root, seed in zip(roots, given)]
    keep = create_graph if retain_graph is None else retain_graph
    before, mode.enabled = mode.enabled, create_graph
    try:
        return walk_back([root.node or root for root in roots], starts, keep, create_graph, wanted)
    finally:
        mode.enabled = before


def as_list(tensors: Any) -> list[Tensor]:
    """One tensor, or several, as a list."""
    if isinstance(tensors, str):
        return [tensors]  # type: ignore[list-item]  # refused where its type is looked at
    return [tensors] if isinstance(tensors, Tensor) else list(tensors)


def check_inputs(inputs: list[Tensor]) -> None:
    """Refuse inputs that can have no gradient. RuntimeError."""
    if not inputs:
        raise RuntimeError("`inputs` argument cannot be empty: name the tensors whose gradients are wanted")
    for place, tensor in enumerate(inputs):
        if not isinstance(tensor, Tensor):
            raise RuntimeError(f"all inputs have to be Tensors, but input {place} is {type(tensor).__name__}")
        if not tensor.requires_grad:
            raise RuntimeError(f"input {place}, {tensor.described()}, does not require grad: set requires_grad first")


def as_inputs(inputs: Any) -> set[Any]:
    """Where the walk must go for backward()'s inputs; those that were computed retain their gradient from now on."""
    wanted = as_list(inputs)
    check_inputs(wanted)
    for tensor in wanted:
        tensor.retain_grad()
    return {history(tensor) for tensor in wanted}


def as_tensor(g: Any) -> Tensor | None:
    """A gradient as a tensor of its own."""
    return g if g is None or isinstance(g, Tensor) else new_tensor(np.array(g))
