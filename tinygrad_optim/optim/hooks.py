"""What runs before and after each step: PyTorch's step hooks."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any


class Handle:
    """What registering a hook returns: remove() takes the hook off again."""

    def __init__(self, shelf: dict[int, Any], key: int) -> None:
        self.shelf, self.key = shelf, key

    def remove(self) -> None:
        self.shelf.pop(self.key, None)

    def __enter__(self) -> Handle:
        return self

    def __exit__(self, *error: object) -> None:
        self.remove()


class Hooks:
    """An optimizer's hooks. False when there are none, or while they are already running round a step."""

    def __init__(self) -> None:
        self.before: dict[int, Callable[..., Any]] = {}
        self.after: dict[int, Callable[..., Any]] = {}
        self.count = 0
        self.running = False

    def __bool__(self) -> bool:
        return bool(self.before or self.after) and not self.running

    def add(self, shelf: str, hook: Callable[..., Any]) -> Handle:
        """Put a hook on a shelf, "before" or "after". TypeError if it cannot be called."""
        if not callable(hook):
            raise TypeError(f"a hook must be callable, as hook(optimizer, args, kwargs), not {type(hook).__name__}")
        hooks: dict[int, Any] = getattr(self, shelf)
        self.count += 1
        hooks[self.count] = hook
        return Handle(hooks, self.count)

    def step_between(self, optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        """The optimizer's step with these arguments, between the hooks. One before may return new (args, kwargs).

        As in PyTorch, the args that hooks see and return begin with the optimizer itself.
        """
        args = (optimizer, *args)
        self.running = True
        try:
            for hook in list(self.before.values()):
                changed = hook(optimizer, args, kwargs)
                if changed is not None:
                    if not isinstance(changed, tuple) or len(changed) != 2:
                        raise RuntimeError(
                            f"{hook} must return None or a tuple of (new_args, new_kwargs), but got {changed!r:.80}"
                        )
                    args, kwargs = changed
            result = type(optimizer).step(*args, **kwargs)
            for hook in list(self.after.values()):
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
        return step(self, *args, **kwargs)

    return step_with_hooks
