"""One call of a module with backward hooks: what its gates have seen, and what the hooks make of it."""

from __future__ import annotations

import warnings
from typing import Any

from ..engine import apply, new_tensor
from ..grad_mode import mode
from ..ops.gate import BARRIER, GATE
from ..tensor import Tensor


class Arrivals:
    """The gradients that have arrived at the gates of one barrier, and what is to be done once all have."""

    def __init__(self, call: BackwardCall, places: list[int], number: int, finish: Any) -> None:
        self.call, self.places, self.number = call, places, number  # of `number` values, gates at these places
        self.found: dict[int, Any] = {}
        self.then = finish

    def finish(self) -> list[Any]:
        """The gradients to go on, one for each gate, after the hooks; the next walk begins afresh."""
        found, self.found = self.found, {}
        arrays = not any(isinstance(g, Tensor) for g in found.values())
        all_of_them = tuple(as_tensor(found.get(place)) for place in range(self.number))
        changed = self.then(all_of_them)
        going_on = [changed[place] for place in self.places]
        if not arrays:
            return going_on
        return [None if g is None else g.array.view() for g in going_on]  # a view: the hooks may have kept g


class BackwardCall:
    """One call of a module: between the gates at its inputs and those at its outputs its gradients are seen."""

    def __init__(self, module: Any) -> None:
        self.module = module
        self.inputs = 0
        self.inputs_gated = False
        self.grad_output: Any = None

    def with_gated_inputs(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments, each tensor that takes a gradient behind a gate."""
        self.inputs = len(args)
        gated = gate_all(self, args, self.inputs_arrived)
        self.inputs_gated = gated is not args
        return gated

    def with_gated_outputs(self, output: Any) -> Any:
        """The output, or a tuple of them, each tensor that takes a gradient behind a gate."""
        if isinstance(output, Tensor):
            return gate_all(self, (output,), self.outputs_arrived)[0]
        if isinstance(output, tuple):
            return gate_all(self, output, self.outputs_arrived)
        warnings.warn(
            "For backward hooks to be called, module output should be a Tensor or a tuple of Tensors but received "
            f"{type(output)}",
            stacklevel=4,
        )
        return output

    def outputs_arrived(self, grad_output: tuple[Any, ...]) -> tuple[Any, ...]:
        """Call the hooks that come first; and the others too, where no input takes a gradient."""
        for hook in list(self.module._hooks.before_backward.values()):
            grad_output = replaced("grad_output", grad_output, hook(self.module, grad_output))
        self.grad_output = grad_output
        if not self.inputs_gated:
            nothing = (None,) * self.inputs
            for hook in list(self.module._hooks.backward.values()):
                changed = hook(self.module, nothing, grad_output)
                if changed is not None and any(g is not None for g in as_tuple(changed)):
                    raise RuntimeError(
                        "Backward hook for Modules where no input requires gradient should always return None or "
                        f"None for all gradients, but {type(self.module).__name__}'s returned {changed!r:.80}"
                    )
        return grad_output

    def inputs_arrived(self, grad_input: tuple[Any, ...]) -> tuple[Any, ...]:
        """Call the hooks on the gradients that came through."""
        for hook in list(self.module._hooks.backward.values()):
            grad_input = replaced("grad_input", grad_input, hook(self.module, grad_input, self.grad_output))
        return grad_input


def gate_all(call: BackwardCall, values: tuple[Any, ...], finish: Any) -> tuple[Any, ...]:
    """The values, those that take a gradient behind gates with one barrier; themselves if none takes one."""
    places = [i for i, value in enumerate(values) if isinstance(value, Tensor) and value.needs_grad]
    if not places or not mode.enabled:
        return values
    arrivals = Arrivals(call, places, len(values), finish)
    barrier = apply(BARRIER, arrivals, *[values[i] for i in places])
    gated = list(values)
    for i in places:
        gated[i] = apply(GATE, values[i].detach(), barrier, i, arrivals)
    return tuple(gated)


def replaced(what: str, gradients: tuple[Any, ...], changed: Any) -> tuple[Any, ...]:
    """What a hook returned in the place of the gradients. RuntimeError for another number of them or other shapes."""
    if changed is None:
        return gradients
    new = as_tuple(changed)
    if len(new) != len(gradients):
        raise RuntimeError(
            f"Backward hook returned an invalid number of {what}, got {len(new)}, but expected {len(gradients)}"
        )
    for one, old in zip(new, gradients):
        if not isinstance(one, Tensor | None):
            raise TypeError(f"a backward hook returns Tensors or None for {what}, not {type(one).__name__}")
        if one is not None and old is not None and one.shape != old.shape:
            raise RuntimeError(f"a backward hook returned a {what} of shape {one.shape} in the place of {old.shape}")
    return new


def as_tuple(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def as_tensor(g: Any) -> Tensor | None:
    """A gradient as hooks see it: a Tensor, with a history only if the gradient has one."""
    return g if g is None or isinstance(g, Tensor) else new_tensor(g)
