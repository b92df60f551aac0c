"""A rule's signature says what it needs; this reads it, once, when the optimizer's class is made."""

from __future__ import annotations

import inspect
from typing import Any

from .group_checks import check_keywords
from .hooks import with_hooks


class Bound:
    """The part of an optimizer's class that is settled when the class is made, and when it is called."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if Bound in cls.__bases__:  # Optimizer itself, whose step asks for the hooks
            return
        bind(cls)
        if "step" in cls.__dict__:  # a step of its own must run the hooks too
            cls.step = with_hooks(cls.__dict__["step"])  # type: ignore[attr-defined]

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        check_keywords(cls, kwargs)
        return super().__new__(cls)


def bind(cls: Any) -> None:
    """Note which state and which options the class's rule asks for, by its signature.

    Positional, after p and g: arrays of state, by PyTorch's keys. Keyword-only: numbers; each must be one of
    the class's `numbers` or an option of its __init__, else TypeError here, before anyone steps.
    """
    if cls.__dict__.get("rule") is None:  # none, or inherited and read before
        return
    parameters = inspect.signature(cls.rule).parameters.values()
    positional = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    keywords = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY]
    if positional[:2] != ["p", "g"]:
        raise TypeError(f"the rule of {cls.__name__} must begin with (p, g, ...), not with {positional[:2]}")
    accepted = inspect.signature(cls.__init__).parameters
    kept = {**cls.numbers, **cls.numbers_after}
    for name in keywords:
        if name not in kept and name not in accepted:
            raise TypeError(
                f"the rule of {cls.__name__} asks for {name!r}, which is neither an option of __init__ "
                f"{list(accepted)[1:]} nor one of the numbers it keeps {list(kept)}"
            )
    cls.state_keys = tuple(positional[2:])
    cls.option_keys = tuple(name for name in keywords if name not in kept)


def numbers_of(optimizer: Any) -> tuple[str, ...]:
    """The keys of the state that are one number each."""
    return (*optimizer.numbers, *optimizer.numbers_after)


def next_step(step: Any, numbers: dict[str, Any]) -> Any:
    """How a count of steps advances. It is kept for each parameter: one without a gradient does not step."""
    return step + 1
