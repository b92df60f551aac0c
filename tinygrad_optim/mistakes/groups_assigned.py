"""`optimizer.lr = ...` and `optimizer.defaults[...] = ...`: neither changes a group that is there.

An attribute that is set is noticed by a `__setattr__` that on() gives the optimizers and off() takes away.
"""

from __future__ import annotations

import re
import sys
from typing import Any

from ..optim.optimizer import Optimizer
from ..source_line import LIBRARY
from .groups import nearest
from .registration_facts import Known, note_defaults
from .source_search import find_line
from .speaking import speak

# Attributes that are set in the belief that they are options, or the groups.
NEAR_GROUPS = {"param_group", "params_group", "params_groups", "parameter_groups", "group", "groups"}


def noticing(self: Any, name: str, value: Any) -> None:
    """Set the attribute, having seen whether it was meant to be an option."""
    if name not in self.__dict__:
        assigned(self, name, value)
    object.__setattr__(self, name, value)


def assigned(optimizer: Any, name: str, value: Any) -> None:
    """optimizer.lr = 0.1 makes an attribute that nothing reads."""
    if "param_groups" not in optimizer.__dict__ or optimizer.rule is None or hasattr(type(optimizer), name):
        return
    if name in NEAR_GROUPS:
        instead = "The groups are optimizer.param_groups."
    elif (meant := name if name in optimizer.defaults else nearest(name, optimizer)) is not None:
        instead = f"for group in optimizer.param_groups: group[{meant!r}] = {value!r:.40}"
        instead = (
            f"The groups have {meant}={[group.get(meant) for group in optimizer.param_groups][:4]}. Write {instead}"
        )
    else:
        return
    frame = sys._getframe(2)
    if frame.f_code.co_filename in LIBRARY or frame.f_locals.get("self") is optimizer:
        return
    speak(
        "option-set-on-optimizer",
        f"optimizer.{name} = {value!r:.40} makes an attribute of {type(optimizer).__name__} that nothing reads: each "
        f"step goes by the options in the groups. {instead}",
    )


def look_at_defaults(optimizer: Any, known: Known) -> None:
    """A step is about to be made, and a default is another object than when the last group was added."""
    before = known.defaults
    note_defaults(known, optimizer.defaults)
    for option, now in known.defaults.items():
        if option in before and now is not before[option]:
            changed(optimizer, option, before[option], now)


def changed(optimizer: Any, option: str, before: Any, now: Any) -> None:
    """A default has changed: have the groups?"""
    if optimizer.rule is None or option not in optimizer.option_keys or repr(now) == repr(before):
        return
    there = [group.get(option) for group in optimizer.param_groups]
    if any(repr(value) == repr(now) for value in there):
        return
    quoted = re.escape(option)
    speak(
        "defaults-changed-late",
        f"optimizer.defaults[{option!r}] has been changed from {before!r:.40} to {now!r:.40}: a default is read when a "
        f"group is added, and the groups that are there keep {option}={there[:4]!r}. Write for group in "
        f"optimizer.param_groups: group[{option!r}] = {now!r:.40}",
        find_line(rf"""\bdefaults\[["']{quoted}["']\]\s*[-+*/]?=(?!=)|\bdefaults(\.update\(|\s*\|=)"""),
    )


def on() -> None:
    """Have the attributes noticed that are set on optimizers."""
    Optimizer.__setattr__ = noticing  # type: ignore[method-assign]


def off() -> None:
    """No longer."""
    if "__setattr__" in vars(Optimizer):
        del Optimizer.__setattr__
