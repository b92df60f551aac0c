"""A tensor's gradient: whether one is wanted, where it comes from, what has arrived, and hooks on it."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from . import engine, gradient_hooks, occasions
from .delivery import as_inputs, deliver, seed_for
from .engine import new_tensor, walk_back
from .grad_mode import is_inference_mode_enabled, mode
from .handle import Handle
from .storage import INFERENCE, storage_of
from .views import history

if TYPE_CHECKING:
    from .tensor import Tensor


class Gradients:
    """What a Tensor has to do with the graph."""

    __slots__ = ()
    if TYPE_CHECKING:  # what Tensor brings
        array: Any
        needs_grad: Any
        node: Any
        storage: Any
        hooks: Any
        gradient: Any
        grad_tensor: Any
        shape: Any
        dtype: Any
        described: Any

    @property
    def requires_grad(self) -> bool:
        """Whether backward() brings a gradient to (a leaf) or through this tensor.

        Setting it: RuntimeError for integers, and for a tensor computed from others.
        """
        history(self)
        return self.needs_grad

    @requires_grad.setter
    def requires_grad(self, wanted: bool) -> None:
        if wanted and self.array.dtype.kind != "f":
            raise RuntimeError(
                f"only Tensors of floating point dtype can require gradients, and this one holds {self.array.dtype}: "
                "make it of floats, such as 1.0, or convert it with .float() first"
            )
        if wanted and self.storage is INFERENCE and not is_inference_mode_enabled():
            raise RuntimeError(
                f"Setting requires_grad=True on inference tensor outside InferenceMode is not allowed: this tensor of "
                f"shape {self.shape} was made inside inference_mode. Use a clone() of it, made outside."
            )
        if self.node is not None and not wanted:
            raise RuntimeError(
                "you can only change requires_grad flags of leaf variables, and this tensor was computed by "
                f"{self.node.name()}. Use detach() for a tensor without that history."
            )
        self.needs_grad = bool(wanted)

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        self.requires_grad = requires_grad
        return self  # type: ignore[return-value]

    @property
    def grad_fn(self) -> engine.Node | None:
        """The node of the op that made this tensor, None for a leaf."""
        history(self)
        return getattr(self.node, "whole", self.node)  # of an output of a Function, the Function's node

    @property
    def is_leaf(self) -> bool:
        """Whether no recorded op made this tensor."""
        return history(self) is self

    def is_inference(self) -> bool:
        """Whether inference_mode made this tensor, so that no graph may rely on it."""
        return self.storage is INFERENCE

    @property
    def _version(self) -> int:
        """How often this memory was written to; views and detached tensors share the count, `.data` does not."""
        if self.storage is INFERENCE:
            raise RuntimeError("Inference tensors do not track version counter: writes to them are not followed")
        return storage_of(self).version

    @property
    def grad(self) -> Tensor | None:
        """The gradient that backward() has brought here so far; None before. Assignable.

        Assigning: TypeError for what is no Tensor, RuntimeError for another shape or dtype.
        """
        if self.grad_tensor is None and self.gradient is not None:
            self.grad_tensor = new_tensor(self.gradient)
        if self.grad_tensor is None and self.node is not None and not self.retains_grad:
            for look in occasions.grad_of_computed:
                look(self)
        return self.grad_tensor

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        if value is not None:
            if not isinstance(value, engine.Tensor):
                raise TypeError(f"assigned grad has type {type(value).__name__}; it must be a Tensor or None")
            if (value.shape, value.dtype) != (self.shape, self.dtype):
                raise RuntimeError(
                    f"attempting to assign a gradient of shape {value.shape} and type {value.dtype} to "
                    f"{self.described()} of type {self.dtype}: they must be the same"
                )
        self.grad_tensor = value
        self.gradient = None if value is None else value.array

    def backward(
        self: Any,
        gradient: Tensor | None = None,
        retain_graph: bool | None = None,
        create_graph: bool = False,
        inputs: Tensor | Sequence[Tensor] | None = None,
    ) -> None:
        """Bring to every leaf that this tensor was computed from its gradient, added to what is there.

        gradient: what dL/d(self) is, of this tensor's shape; 1 for a tensor of one element.
        retain_graph: keep what a second backward would read (default: as create_graph).
        create_graph: make the gradients part of the graph, so that they can be differentiated too.
        inputs: bring gradients to these alone, leaves or computed tensors (which then retain theirs).
        RuntimeError if nothing here requires a gradient, if a shape does not fit, if the graph was let go,
        or if a value it needs was overwritten; then no gradient has changed.
        """
        seed = seed_for(self, gradient, create_graph)
        keep = create_graph if retain_graph is None else retain_graph
        wanted = () if inputs is None else as_inputs(inputs)
        before = mode.enabled
        mode.enabled = create_graph
        try:
            deliver(walk_back([self.node or self], [seed], keep, create_graph, wanted))
        finally:
            mode.enabled = before

    # ---- hooks -------------------------------------------------------------------------------------------------

    def register_hook(self, hook: Callable[..., Any]) -> Handle:
        """Have hook(gradient) called when this tensor's gradient is known; a Tensor it returns takes its place.

        Hooks are called in the order in which they were registered. The handle returned takes the hook off.
        RuntimeError for a tensor that requires no gradient.
        """
        return gradient_hooks.add(self.own_hooks("register a hook on a").on_gradient, hook, "gradient")

    def register_post_accumulate_grad_hook(self, hook: Callable[..., Any]) -> Handle:
        """Have hook(leaf) called each time backward() has added to this leaf's `.grad`. RuntimeError for no leaf."""
        if not self.is_leaf:
            raise RuntimeError(
                "post accumulate grad hooks cannot be registered on non-leaf tensors, and this one was computed by "
                f"{self.node.name()}: use register_hook() to see its gradient"
            )
        return gradient_hooks.add(self.own_hooks("register a hook on a").accumulated, hook, "leaf")

    def retain_grad(self) -> None:
        """Have backward() leave a gradient in `.grad` of this computed tensor too. On a leaf nothing changes."""
        hooks = self.own_hooks("retain_grad on")
        if self.node is not None:
            hooks.retained = weakref.ref(self)

    @property
    def retains_grad(self) -> bool:
        """Whether this is a computed tensor of which `retain_grad` was asked."""
        hooks = gradient_hooks.HOOKED.get(self.node) if history(self) is not self else None
        return hooks is not None and hooks.retained is not None

    def own_hooks(self, purpose: str) -> Any:
        """The hooks on this tensor's gradient, to be added to. RuntimeError if it has none."""
        node = history(self)
        if not self.needs_grad:
            raise RuntimeError(
                f"can't {purpose} Tensor that has requires_grad=False: no gradient comes to {self.described()}. Set "
                "requires_grad, or register the hook on what was computed from a tensor that requires it."
            )
        if node is not self:
            return gradient_hooks.on_node(node)
        if self.hooks is None:
            self.hooks = gradient_hooks.Hooks()
        return self.hooks
