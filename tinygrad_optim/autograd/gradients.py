"""Gradients asked for: as values (grad), or brought to the leaves (backward)."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..delivery import as_inputs, as_list, check_inputs, deliver, walk
from ..engine import new_tensor
from ..gradient_hooks import finish
from ..tensor import Tensor
from ..views import history


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


def as_tensor(g: Any) -> Tensor | None:
    """A gradient as a tensor of its own."""
    return g if g is None or isinstance(g, Tensor) else new_tensor(np.array(g))
