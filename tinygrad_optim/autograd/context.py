"""`ctx`: what a Function's forward hands on to its backward."""

from __future__ import annotations

from typing import Any

from ..engine import new_tensor
from ..tensor import Tensor


class Context:
    """What forward hands on to backward: `ctx`. Any attribute may be set on it.

    needs_input_grad  for each argument, whether a gradient is asked for
    saved_tensors     what save_for_backward was given
    """

    once = False  # backward could not be followed (once_differentiable)

    def __init__(self, function: Any, args: tuple[Any, ...]) -> None:
        self.function, self.count = function, len(args)
        self.needs_input_grad = tuple(isinstance(arg, Tensor) and arg.requires_grad for arg in args)
        self.to_save: tuple[Any, ...] = ()
        self.dirty: tuple[Any, ...] = ()
        self.non_differentiable: tuple[Any, ...] = ()
        self.materialize = True
        self.saved: list[Any] = []
        self.node: Any = None  # a weak reference to the Function's node

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep Tensors (or None) for backward, and notice if they are overwritten before it. TypeError for others."""
        for i, tensor in enumerate(tensors):
            if tensor is not None and not isinstance(tensor, Tensor):
                raise TypeError(
                    f"save_for_backward can only save variables, but argument {i} is of type {type(tensor).__name__}: "
                    "set other things as attributes, as in ctx.n = n"
                )
        self.to_save = tensors

    def mark_dirty(self, *tensors: Tensor) -> None:
        """Say which arguments forward has overwritten; it must return them."""
        self.dirty = tensors

    def mark_non_differentiable(self, *tensors: Tensor) -> None:
        """Say which outputs have no gradient, such as indices."""
        self.non_differentiable = tensors

    def set_materialize_grads(self, value: bool) -> None:
        """Whether backward gets zeros (else None) for the gradient of an output that none arrived at."""
        self.materialize = value

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """The Tensors that were saved, with their histories."""
        return tuple(self.unpacked(one) for one in self.saved) if self.node is not None else self.to_save

    def unpacked(self, one: Any) -> Any:
        """One saved Tensor; an output is made anew, so that the graph does not hold itself."""
        if not isinstance(one, tuple):
            return one
        array, place = one
        tensor = new_tensor(array)
        node = self.node()
        if node is not None and node.outputs[place] is not None:
            tensor.node, tensor.needs_grad = node.output(place), True
        return tensor

    def __bool__(self) -> bool:
        """Whether anything was saved: if not, backward leaves this as it is, and may come again."""
        return bool(self.saved)

    def __iter__(self) -> Any:
        """The arrays that were saved, as the engine's messages look at them."""
        return iter([one[0] if isinstance(one, tuple) else getattr(one, "array", None) for one in self.saved])
