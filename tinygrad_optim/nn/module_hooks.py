"""Hooks of a module: functions called before and after its forward, and when gradients have come back through it."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from ..handle import Handle, shelve
from .backward_hooks import BackwardCall

Hook = Callable[..., Any]


class Hooks:
    """A module's hooks, by when they are called. False while there are none."""

    def __init__(self) -> None:
        self.before: dict[int, tuple[Hook, bool]] = {}  # (hook, whether it takes kwargs)
        self.after: dict[int, tuple[Hook, bool, bool]] = {}  # (hook, takes kwargs, called after an error too)
        self.before_backward: dict[int, Hook] = {}
        self.backward: dict[int, Hook] = {}

    def __bool__(self) -> bool:
        return bool(self.before or self.after or self.before_backward or self.backward)


class Hookable:
    """The part of a module by which hooks are registered. Each returns a handle with remove()."""

    _hooks: Hooks | None = None

    def register_forward_pre_hook(self, hook: Hook, *, prepend: bool = False, with_kwargs: bool = False) -> Handle:
        """Call hook(module, args) before each forward; it may return new args: a tuple, or the only one.

        with_kwargs: hook(module, args, kwargs), which may return new (args, kwargs). prepend: before the others.
        """
        arguments = "module, args, kwargs" if with_kwargs else "module, args"
        return shelve(hooks_of(self).before, hook, arguments, prepend, (hook, with_kwargs))

    def register_forward_hook(
        self, hook: Hook, *, prepend: bool = False, with_kwargs: bool = False, always_call: bool = False
    ) -> Handle:
        """Call hook(module, args, output) after each forward; it may return another output.

        with_kwargs: hook(module, args, kwargs, output). always_call: also if forward raises, with output None.
        """
        arguments = "module, args, kwargs, output" if with_kwargs else "module, args, output"
        return shelve(hooks_of(self).after, hook, arguments, prepend, (hook, with_kwargs, always_call))

    def register_full_backward_pre_hook(self, hook: Hook, prepend: bool = False) -> Handle:
        """Call hook(module, grad_output) when the gradients of the outputs have come; it may return others.

        grad_output: a tuple, with None for an output that has no gradient.
        """
        return shelve(hooks_of(self).before_backward, hook, "module, grad_output", prepend)

    def register_full_backward_hook(self, hook: Hook, prepend: bool = False) -> Handle:
        """Call hook(module, grad_input, grad_output) when the gradients of the inputs have come.

        It may return another grad_input. Both are tuples; grad_input has None for an argument that has no gradient,
        and keyword arguments have no place in it.
        """
        return shelve(hooks_of(self).backward, hook, "module, grad_input, grad_output", prepend)


def hooks_of(module: Any) -> Hooks:
    """The module's hooks, made when they are first asked for."""
    if module._hooks is None:
        module._hooks = Hooks()
    return module._hooks


def call_between_hooks(module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The module's forward between its hooks."""
    hooks, called, output = module._hooks, set(), None
    try:
        args, kwargs = call_those_before(module, args, kwargs)
        gradients = BackwardCall(module) if hooks.backward or hooks.before_backward else None
        if gradients is not None:
            args = gradients.with_gated_inputs(args)
        output = module.forward(*args, **kwargs)
        for key, (hook, with_kwargs, _) in list(hooks.after.items()):
            called.add(key)
            changed = hook(module, args, kwargs, output) if with_kwargs else hook(module, args, output)
            output = output if changed is None else changed
        return output if gradients is None else gradients.with_gated_outputs(output)
    except Exception:
        call_those_always_called(module, args, kwargs, output, called)
        raise


def call_those_before(module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any]:
    """What the hooks before a forward make of its arguments."""
    for hook, with_kwargs in list(module._hooks.before.values()):
        changed = hook(module, args, kwargs) if with_kwargs else hook(module, args)
        if changed is None:
            continue
        if not with_kwargs:
            args = changed if isinstance(changed, tuple) else (changed,)
        elif isinstance(changed, tuple) and len(changed) == 2:
            args, kwargs = changed
        else:
            raise RuntimeError(
                f"forward pre-hook must return None or a tuple of (new_args, new_kwargs), but got {changed!r:.80}"
            )
    return args, kwargs


def call_those_always_called(
    module: Any, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any, called: set[int]
) -> None:
    """After an error in a forward, the hooks with always_call that have not run. Their own errors are warnings."""
    for key, (hook, with_kwargs, always) in list(module._hooks.after.items()):
        if always and key not in called:
            try:
                changed = hook(module, args, kwargs, output) if with_kwargs else hook(module, args, output)
                output = output if changed is None else changed
            except Exception as error:
                warnings.warn(
                    "module forward hook with `always_call=True` raised an exception that was silenced as another "
                    f"error was raised in forward: {error}",
                    stacklevel=4,
                )
