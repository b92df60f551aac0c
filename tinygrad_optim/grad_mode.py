"""Whether ops are being remembered: no_grad, enable_grad, set_grad_enabled, inference_mode, each thread for itself."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from .decorated import decorated

F = TypeVar("F", bound=Callable[..., Any])


# The threads whose switch is off. While there are none an op need not ask for its own thread's, which takes longer
# than a multiplication does. A thread that ends with its switch off stays here: then the others ask, and no more.
off: set[int] = set()


class GradMode(threading.local):
    """The switch. A class attribute is every thread's starting value; assignment touches one thread."""

    on = True

    @property
    def enabled(self) -> bool:
        return self.on

    @enabled.setter
    def enabled(self, wanted: bool) -> None:
        (off.discard if wanted else off.add)(threading.get_ident())
        self.on = wanted


mode = GradMode()

# The threads that are in inference_mode now: while it is empty, a new tensor has nothing to ask.
inferring: set[int] = set()


def is_grad_enabled() -> bool:
    """Whether this thread remembers the ops it applies."""
    return mode.enabled


def is_inference_mode_enabled() -> bool:
    """Whether this thread makes tensors that no graph may rely on."""
    return bool(inferring) and threading.get_ident() in inferring


class _Switch:
    """A block, or a decorated function, in which the mode is `wanted`; afterwards it is what it was."""

    wanted: bool

    def __init__(self) -> None:
        self.before: list[Any] = []  # a stack: one object may be entered again inside itself

    def __enter__(self) -> None:
        self.before.append(mode.enabled)
        self.switch()

    def switch(self) -> None:
        """Remember ops or not; never inside inference_mode."""
        mode.enabled = self.wanted and not is_inference_mode_enabled()

    def __exit__(self, *error: object) -> None:
        mode.enabled = self.before.pop()

    def again(self) -> _Switch:
        """One like this, for a call of a decorated function."""
        switch = object.__new__(type(self))
        _Switch.__init__(switch)
        switch.wanted = self.wanted
        return switch

    def __call__(self, function: F) -> F:
        return decorated(function, self.again)


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

    def __init__(self, mode: bool) -> None:
        super().__init__()
        if not isinstance(mode, bool):
            raise TypeError(f"set_grad_enabled() takes True or False, not {mode!r}")
        self.wanted = mode
        self.outside = is_grad_enabled()
        self.switch()

    def __enter__(self) -> None:
        self.before.append(self.outside)
        self.switch()

    def again(self) -> _Switch:
        switch = super().again()
        switch.outside = mode.enabled  # type: ignore[attr-defined]
        return switch

    def __call__(self, function: F) -> F:
        mode.enabled = self.outside  # as a decorator it acts inside the function only
        return super().__call__(function)


class inference_mode(_Switch):
    """As no_grad; and what is made here can never be part of a graph: `with inference_mode():`, or a decorator.

    mode: False leaves inference mode (and remembers ops again), inside a block of the other kind.
    """

    def __new__(cls, mode: bool | F = True) -> Any:
        switch = super().__new__(cls)
        if not callable(mode):
            return switch
        switch.__init__()  # type: ignore[misc]
        return switch(mode)

    def __init__(self, mode: bool = True) -> None:
        super().__init__()
        self.wanted = bool(mode)

    def __enter__(self) -> None:
        inside = is_inference_mode_enabled()
        self.before.append((mode.enabled, inside))
        if self.wanted or inside:
            mode.enabled = not self.wanted
        self.infer(self.wanted)

    def __exit__(self, *error: object) -> None:
        mode.enabled, inside = self.before.pop()
        self.infer(inside)

    def infer(self, wanted: bool) -> None:
        """Let this thread be in inference mode, or not."""
        (inferring.add if wanted else inferring.discard)(threading.get_ident())
