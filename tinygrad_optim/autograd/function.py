"""Function: an op of the learner's own, with a forward and a backward in Tensors."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from ..grad_mode import mode
from .context import Context
from .function_node import record

F = TypeVar("F", bound=Callable[..., Any])

__all__ = ["Function", "once_differentiable"]


class Function:
    """Subclass this, and call the subclass's `apply`:

        class Cube(Function):
            @staticmethod
            def forward(ctx, x):
                ctx.save_for_backward(x)
                return x * x * x

            @staticmethod
            def backward(ctx, g):
                (x,) = ctx.saved_tensors
                return g * 3 * x * x

        y = Cube.apply(x)

    forward runs without recording; backward gets the gradient of each output and returns one for each argument
    of forward (None where there is none). Second derivatives come from the ops that backward uses.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise RuntimeError(
            f"{type(self).__name__} is used without making an instance: call {type(self).__name__}.apply(...), and "
            "write forward and backward as static methods"
        )

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """forward(ctx, *args), or forward(*args) beside a setup_context: the outputs, Tensors or tuples of them."""
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> Any:
        """After a forward(*args) without ctx: save here what backward needs."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """The gradient of each argument of forward, from those of the outputs."""
        raise NotImplementedError(
            "You must implement the backward method for your custom autograd.Function to use it "
            "with backward mode AD: add @staticmethod def backward(ctx, *grad_outputs)."
        )

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """forward of args, remembered so that backward is called when a gradient comes."""
        apart = cls.setup_context is not Function.setup_context
        if apart or kwargs:
            args = in_order(cls, args, kwargs, apart)
        context = Context(cls, args)
        before, mode.enabled = mode.enabled, False
        try:
            outputs = cls.forward(*args) if apart else cls.forward(context, *args)
            if apart:
                cls.setup_context(context, args, outputs)
        finally:
            mode.enabled = before
        return record(context, args, outputs)


def in_order(function: type[Function], args: tuple[Any, ...], kwargs: dict[str, Any], apart: bool) -> tuple[Any, ...]:
    """All of forward's arguments by position, the defaults filled in."""
    bound = inspect.signature(function.forward).bind(*args if apart else (None, *args), **kwargs)
    bound.apply_defaults()
    return bound.args if apart else bound.args[1:]


def once_differentiable(backward: F) -> F:
    """Decorates a backward that uses something the graph cannot follow: asking for its gradients' gradients fails."""

    @functools.wraps(backward)
    def once(ctx: Any, *gradients: Any) -> Any:
        recording = mode.enabled
        mode.enabled = False
        try:
            found = backward(ctx, *gradients)
        finally:
            mode.enabled = recording
        ctx.once = recording
        return found

    return once  # type: ignore[return-value]
