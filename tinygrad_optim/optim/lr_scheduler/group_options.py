"""Reading and setting a group's options for a schedule, and what it keeps for each group."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..optimizer import Optimizer


def check_is_optimizer(scheduler: Any, optimizer: Any) -> None:
    """TypeError for anything but an Optimizer."""
    if not isinstance(optimizer, Optimizer):
        raise TypeError(
            f"{type(optimizer).__name__} is not an Optimizer: {type(scheduler).__name__} sets the lr of an optimizer's "
            "groups; give it the optimizer as its first argument"
        )


def is_tensor(value: Any) -> bool:
    """Whether an option's value is a tensor (which is then written to in place) and not a plain number."""
    return hasattr(value, "write")


def copied(value: Any) -> Any:
    """An option's value, copied if it is a tensor: nobody can change the group's through it."""
    return value.state_like(value.array) if is_tensor(value) else value


def number(value: Any) -> Any:
    """A value as a plain Python number: of a tensor or a numpy number, its item."""
    return value.item() if hasattr(value, "item") else value


def values(optimizer: Any, option: str) -> list[Any]:
    """This option of every group."""
    return [copied(group[option]) for group in optimizer.param_groups]


def set_option(group: Any, option: str, value: Any, origin: str) -> None:
    """Set a group's option, a tensor in place. Its origin becomes the scheduler's name if the value changes."""
    if option not in group:
        group.set(option, value, origin)
    elif is_tensor(group[option]):
        if number(group[option]) != number(value):
            group[option].write(number(value))
            group.origin[option] = origin
    elif group[option] is not value and group[option] != number(value):
        group.set(option, number(value), origin)


def per_group(name: str, optimizer: Any, given: Any) -> list[Any]:
    """What was given for all groups, or as a list of one for each. ValueError if the list has another length."""
    groups = len(optimizer.param_groups)
    if not isinstance(given, list | tuple):
        return [copied(given) for _ in range(groups)]
    if len(given) != groups:
        raise ValueError(
            f"{name} must have the same length as optimizer.param_groups. {name} has {len(given)} values, "
            f"param_groups has {groups}: give one number for all groups, or a list of {groups}"
        )
    return [copied(value) for value in given]


def grown(name: str, kept: list[Any], optimizer: Any, scheduler: Any) -> list[Any]:
    """What a schedule keeps for each group, with one more for each group added since.

    The new one takes over what all the others have. ValueError if those differ.
    """
    missing = len(optimizer.param_groups) - len(kept)
    if missing <= 0:
        return kept
    if any(one is not kept[0] and one != kept[0] for one in kept):
        raise ValueError(
            f"{type(scheduler).__name__} was built for {len(kept)} groups, each with its own in {name}, and the "
            f"optimizer now has {len(optimizer.param_groups)}: append the new group's to scheduler.{name}. Nothing was "
            "changed by this step."
        )
    return [*kept, *[copied(kept[0]) for _ in range(missing)]]


@contextmanager
def unchanged_on_error(optimizer: Any) -> Iterator[None]:
    """Put every group's options back as they were if building a schedule fails."""
    groups = optimizer.param_groups
    before = [({option: copied(value) for option, value in group.items()}, dict(group.origin)) for group in groups]
    try:
        yield
    except BaseException:
        for group, (options, origin) in zip(groups, before):
            for option in [option for option in group if option not in options]:
                del group[option]
            for option, value in options.items():
                if option != "params":
                    set_option(group, option, value, origin.get(option, "group"))
            group.origin = origin
        raise
