"""A node as its user meets it, as `grad_fn`: its name, where it leads, and hooks on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .handle import Handle
from .storage import Storage


class NodeFace:
    """What PyTorch's grad_fn offers."""

    __slots__ = ()

    def name(self: Any) -> str:
        """The op's name as PyTorch shows it in a grad_fn, such as MulBackward0."""
        return "".join(word.capitalize() for word in self.op.name.split("_")) + "Backward0"

    @property
    def next_functions(self: Any) -> tuple[tuple[Any, int], ...]:
        """(node, which of its outputs) for each differentiable argument; a leaf for itself; (None, 0) where no
        gradient goes."""
        return tuple(link(self.parents[i]) for i in self.differentiable_places())

    def differentiable_places(self: Any) -> list[int]:
        """Which of the op's arguments could take a gradient."""
        if self.op.joint is not None:  # of these, only what did is known
            return [i for i, parent in enumerate(self.parents) if parent is not None]
        return [i for i, rule in enumerate(self.op.rules) if rule is not None]

    def storages(self: Any) -> list[Any]:
        """What is known of the memory that this node relies on."""
        sources = self.kept[len(self.op.layout) :] if self.kept else ()
        found = [one if isinstance(one, Storage) else one.storage for one in sources]
        return [storage for storage in found if storage is not None]

    def register_hook(self, hook: Callable[..., Any]) -> Handle:
        """Have hook(grad_inputs, grad_outputs) called when this node has worked out the gradients that go on.

        grad_inputs are those, one for each of next_functions (or None); a tuple returned takes their place.
        """
        from . import gradient_hooks  # which needs the engine, which needs this file

        return gradient_hooks.add(gradient_hooks.on_node(self).after, hook, "grad_inputs, grad_outputs")

    def register_prehook(self, hook: Callable[..., Any]) -> Handle:
        """Have hook(grad_outputs) called before this node works; a tuple returned takes their place."""
        from . import gradient_hooks

        return gradient_hooks.add(gradient_hooks.on_node(self).before, hook, "grad_outputs")

    def __repr__(self) -> str:
        return f"<{self.name()}>"


def link(parent: Any) -> tuple[Any, int]:
    """A parent as next_functions shows it: an output of a Function as (the Function's node, which output)."""
    return getattr(parent, "whole", parent), getattr(parent, "place", 0)
