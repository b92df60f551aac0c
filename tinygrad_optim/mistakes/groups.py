"""Options of a group: those that no rule reads, and those out of their range."""

from __future__ import annotations

import math
import re
import weakref
from difflib import get_close_matches
from typing import Any

import numpy as np

from .places import Place, calling_place
from .source_search import SourceLine, find_line
from .speaking import speak

# Keys that a group may have beside its options: schedules keep numbers there.
KEPT_THERE = {"params", "param_names", "initial_lr", "swa_lr", "max_lr", "min_lr", "max_momentum", "base_momentum"}
# Other names under which an option is known.
ALIASES = {
    "learning_rate": "lr", "learningrate": "lr", "lrate": "lr", "wd": "weight_decay", "decay": "weight_decay",
    "l2": "weight_decay", "beta": "betas", "beta1": "betas", "beta2": "betas", "epsilon": "eps", "mom": "momentum",
}  # fmt: skip
# Options that other optimizers read.
ELSEWHERE = {"betas", "momentum", "nesterov", "dampening", "amsgrad", "centered", "weight_decay", "eps"}
# The least and the most that an option of that name may sensibly be.
RANGES = {
    "lr": (-1e-9, math.inf), "momentum": (0, 1), "dampening": (0, 1), "weight_decay": (0, math.inf), "alpha": (0, 1),
    "rho": (0, 1), "eps": (0, math.inf),
}  # fmt: skip
WHY = {
    "lr": "each step goes uphill (for that there is maximize=True)",
    "momentum": "the velocity grows from step to step by itself",
    "dampening": "each gradient counts the wrong way round",
    "weight_decay": "weights are driven away from 0, ever faster",
    "alpha": "the running mean of squares is none, and may fall below 0",
    "rho": "the running mean of squares is none, and may fall below 0",
    "eps": "the divisor may be 0 or change its sign",
}
EDITS: list[tuple[weakref.ref[Any], str, Place]] = []  # (group, option, line): set by hand, to be looked at in a step


def look_at_group(optimizer: Any, group: Any) -> None:
    """A group has been added: are there options that the optimizer has not, or out of range?"""
    where = f"group {len(optimizer.param_groups) - 1}"
    for option, value in group.items():
        if option in RANGES and not in_range(option, value):
            tell_range(optimizer, option, value, where, line_of(group, option))
        if option not in optimizer.defaults and option not in KEPT_THERE:
            tell_unread(optimizer, option, value, where, line_of(group, option))


def line_of(group: Any, option: Any) -> SourceLine | Place:
    """The line that gives a group this option: {"lr": 0.1}; or that makes the optimizer."""
    given = group.origin.get(option) == "group" and isinstance(option, str)
    return (find_line(rf"""["']{re.escape(option)}["']\s*:""") if given else None) or calling_place()


def note_edit(group: Any, option: str, value: Any) -> None:
    """group[option] = value: to be looked at in the next step, if there is something about it."""
    if option in KEPT_THERE or (option in RANGES and in_range(option, value)):
        return
    if len(EDITS) < 100:
        EDITS.append((weakref.ref(group), option, calling_place()))


def look_at_edits(optimizer: Any) -> None:
    """A step is about to be made: what was set by hand in a group of this optimizer counts from now on."""
    for entry in list(EDITS):
        reference, option, place = entry
        group = reference()
        numbers = [number for number, one in enumerate(optimizer.param_groups) if one is group]
        if group is None or numbers:
            EDITS.remove(entry)
        if group is None or not numbers or option not in group:
            continue
        where = f"group {numbers[0]}"
        if option not in optimizer.defaults:
            tell_unread(optimizer, option, group[option], where, place)
        elif option in RANGES and not in_range(option, group[option]):
            tell_range(optimizer, option, group[option], where, place)


def in_range(option: str, value: Any) -> bool:
    """Whether an option is what it may sensibly be; what is no number is not asked here."""
    least, most = RANGES[option]
    number = getattr(value, "array", value)
    if isinstance(number, np.ndarray):
        number = number.item() if number.size == 1 else None
    return not isinstance(number, int | float | np.number) or bool(least <= number <= most)


def tell_range(optimizer: Any, option: str, value: Any, where: str, place: Any) -> None:
    """An option is out of its range, and is read."""
    if optimizer.rule is None or option not in optimizer.defaults:
        return
    least, most = RANGES[option]
    limits = "not be negative" if most == math.inf else f"be between {least} and {most}"
    speak(
        "option-out-of-range",
        f"{option!r} of {where} of {type(optimizer).__name__} is {value!r:.40}, and should {limits}: so "
        f"{WHY[option]}. Is the sign right, and the point in its place?",
        place,
    )


def tell_unread(optimizer: Any, option: Any, value: Any, where: str, place: Any) -> None:
    """An option that the optimizer does not read, if its name is nearly that of one it does; else it may be a note."""
    if optimizer.rule is None or not isinstance(option, str):
        return
    kind, meant = type(optimizer).__name__, nearest(option, optimizer)
    if meant is not None:
        instead = f"Was {meant!r} meant, which is {optimizer.param_groups[-1].get(meant)!r:.40} here?"
    elif option in ELSEWHERE:
        part = getattr(type(optimizer), "counterparts", {}).get(option)
        instead = f"Its part is played by {part}." if part else f"It reads {', '.join(optimizer.option_keys)}."
    else:
        return
    speak(
        "option-not-read",
        f"{where} of {kind} has an option {option!r} ({value!r:.40}), which {kind} does not read: a group keeps any "
        f"key, and this one changes nothing. {instead}",
        place,
    )


def nearest(option: str, optimizer: Any) -> str | None:
    """The option of this optimizer that was probably meant by another name."""
    plain = option.lower().replace("-", "_").replace(" ", "_")
    meant = ALIASES.get(plain, plain)
    if meant in optimizer.defaults and meant != option:
        return meant
    if len(option) < 4:
        return None
    for right in get_close_matches(plain, list(optimizer.defaults), 1, 0.78):
        if not plain.startswith(right + "_") and not plain.endswith("_" + right):
            return right
    return None


LOOKS: dict[str, list[Any]] = {
    "group_added": [look_at_group],
    "option_set": [note_edit],
}
