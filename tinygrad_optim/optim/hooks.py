"""What runs before and after a step, a state_dict() and a load_state_dict(): PyTorch's hooks."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from .. import occasions
from ..handle import Handle, shelve

# Hooks of every optimizer's step: those before it run before the optimizer's own, those after it after them.
ALL_BEFORE: dict[int, Callable[..., Any]] = {}
ALL_AFTER: dict[int, Callable[..., Any]] = {}


def register_optimizer_step_pre_hook(hook: Callable[..., Any]) -> Handle:
    """Call hook(optimizer, args, kwargs) before each step of every optimizer; returns a handle with remove()."""
    return shelve(ALL_BEFORE, hook, "optimizer, args, kwargs")


def register_optimizer_step_post_hook(hook: Callable[..., Any]) -> Handle:
    """Call hook(optimizer, args, kwargs) after each step of every optimizer; returns a handle with remove()."""
    return shelve(ALL_AFTER, hook, "optimizer, args, kwargs")


class Hooks:
    """An optimizer's hooks. False when its step has none, or while they are already running round a step."""

    def __init__(self) -> None:
        self.before: dict[int, Callable[..., Any]] = {}
        self.after: dict[int, Callable[..., Any]] = {}
        self.before_saving: dict[int, Callable[..., Any]] = {}
        self.after_saving: dict[int, Callable[..., Any]] = {}
        self.before_loading: dict[int, Callable[..., Any]] = {}
        self.after_loading: dict[int, Callable[..., Any]] = {}
        self.running = False

    def __bool__(self) -> bool:
        return bool(self.before or self.after or ALL_BEFORE or ALL_AFTER) and not self.running

    def step_between(self, optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        """The optimizer's step with these arguments, between the hooks. One before may return new (args, kwargs).

        As in PyTorch, the args that hooks see and return begin with the optimizer itself.
        """
        args = (optimizer, *args)
        self.running = True
        try:
            for hook in [*ALL_BEFORE.values(), *self.before.values()]:
                changed = hook(optimizer, args, kwargs)
                if changed is not None:
                    if not isinstance(changed, tuple) or len(changed) != 2:
                        raise RuntimeError(
                            f"{hook} must return None or a tuple of (new_args, new_kwargs), but got {changed!r:.80}"
                        )
                    args, kwargs = changed
            result = type(optimizer).step(*args, **kwargs)
            for hook in [*self.after.values(), *ALL_AFTER.values()]:
                hook(optimizer, args, kwargs)
        finally:
            self.running = False
        return result


def with_hooks(step: Callable[..., Any]) -> Callable[..., Any]:
    """A subclass's own step, run between the optimizer's hooks if there are any."""

    @functools.wraps(step)
    def step_with_hooks(self: Any, *args: Any, **kwargs: Any) -> Any:
        if self.hooks:
            return self.hooks.step_between(self, *args, **kwargs)
        for look in occasions.step if not (args or kwargs) else ():  # with a closure there are no gradients yet
            look(self)
        return step(self, *args, **kwargs)

    return step_with_hooks


class Hooked:
    """The part of an optimizer by which hooks are registered. Each returns a handle with remove()."""

    hooks: Hooks

    def register_step_pre_hook(self, hook: Callable[..., Any]) -> Handle:
        """Call hook(optimizer, args, kwargs) before each step; it may return new (args, kwargs)."""
        return shelve(self.hooks.before, hook, "optimizer, args, kwargs")

    def register_step_post_hook(self, hook: Callable[..., Any]) -> Handle:
        """Call hook(optimizer, args, kwargs) after each step."""
        return shelve(self.hooks.after, hook, "optimizer, args, kwargs")

    def register_state_dict_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> Handle:
        """Call hook(optimizer) before each state_dict(). prepend: before the hooks there are."""
        return shelve(self.hooks.before_saving, hook, "optimizer", prepend)

    def register_state_dict_post_hook(self, hook: Callable[..., Any], prepend: bool = False) -> Handle:
        """Call hook(optimizer, state_dict) after each state_dict(); it may return another in its place."""
        return shelve(self.hooks.after_saving, hook, "optimizer, state_dict", prepend)

    def register_load_state_dict_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> Handle:
        """Call hook(optimizer, state_dict), with a shallow copy, before it is loaded; it may return another."""
        return shelve(self.hooks.before_loading, hook, "optimizer, state_dict", prepend)

    def register_load_state_dict_post_hook(self, hook: Callable[..., Any], prepend: bool = False) -> Handle:
        """Call hook(optimizer) after each load_state_dict()."""
        return shelve(self.hooks.after_loading, hook, "optimizer", prepend)
