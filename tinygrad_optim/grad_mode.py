"""Whether ops are being remembered: no_grad, enable_grad and set_grad_enabled, each thread for itself."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


class GradMode(threading.local):
    """The switch. A class attribute is every thread's starting value; assignment touches one thread."""

    enabled = True


mode = GradMode()


def is_grad_enabled() -> bool:
    """Whether this thread remembers the ops it applies."""
    return mode.enabled


class _Switch:
    """A block, or a decorated function, in which the mode is `wanted`; afterwards it is what it was."""

    wanted: bool

    def __init__(self) -> None:
        self.before: list[bool] = []  # a stack: one object may be entered again inside itself

    def __enter__(self) -> None:
        self.before.append(mode.enabled)
        mode.enabled = self.wanted

    def __exit__(self, *error: object) -> None:
        mode.enabled = self.before.pop()

    def __call__(self, function: F) -> F:
        @functools.wraps(function)
        def in_this_mode(*args: Any, **kwargs: Any) -> Any:
            before = mode.enabled
            mode.enabled = self.wanted
            try:
                return function(*args, **kwargs)
            finally:
                mode.enabled = before

        return in_this_mode  # type: ignore[return-value]


class no_grad(_Switch):
    """Do not remember ops here: `with no_grad():`, `@no_grad()` or `@no_grad`."""

    wanted = False

    def __new__(cls, function: F | None = None) -> Any:
        switch = super().__new__(cls)
        if function is None:
            return switch
        switch.__init__()  # type: ignore[misc]
        return switch(function)


class enable_grad(no_grad):
    """Remember ops here, even inside no_grad."""

    wanted = True


class set_grad_enabled(_Switch):
    """Switch remembering on or off, from this call on; as a block or a decorator, until its end."""

    def __init__(self, mode_wanted: bool) -> None:
        super().__init__()
        if not isinstance(mode_wanted, bool):
            raise TypeError(f"set_grad_enabled() takes True or False, not {mode_wanted!r}")
        self.wanted = mode_wanted
        self.outside = mode.enabled
        mode.enabled = mode_wanted

    def __enter__(self) -> None:
        self.before.append(self.outside)
        mode.enabled = self.wanted

    def __call__(self, function: F) -> F:
        mode.enabled = self.outside  # as a decorator it acts inside the function only
        return super().__call__(function)
