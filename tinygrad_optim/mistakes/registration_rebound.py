"""Names of plain tensors that an optimizer was given, and that stand for others by now: `w = w - lr * w.grad`."""

from __future__ import annotations

import re
from typing import Any

from ..tensor import Tensor
from .names import LOOPED, named_things
from .registration_facts import Known, in_groups
from .source_search import find_line, running_files
from .speaking import speak


def note_names(known: Known) -> None:
    """What the program calls the tensors that an optimizer is given, and that are in no module."""
    plain = {id(p) for p in known.parameters if p.registered is None and id(p) not in known.called}
    if plain:
        for name, held in named_things():
            if id(held) in plain and name.rpartition(".")[2] not in LOOPED:
                known.called[id(held)] = name


def look_at_names(known: Known) -> None:
    """Is there a tensor without a gradient whose name stands for another one, which no optimizer holds?"""
    lost = [p for p in known.parameters if p.gradient is None and p.requires_grad]
    without = {known.called[id(p)]: p for p in lost if id(p) in known.called}
    if not without:
        return
    owned = in_groups()
    things = list(named_things())
    living = {id(held) for _, held in things}
    for name, held in things:
        p = without.get(name)
        if p is None or id(p) in living or not isinstance(held, Tensor) or id(held) in owned:
            continue
        if held.requires_grad and held.shape == p.shape:
            tell_rebound(known, name, p)
            return


def tell_rebound(known: Known, name: str, p: Any) -> None:
    """Which name it is, and where it was given to the other tensor."""
    word = rf"(?<![\w.]){re.escape(name)}"
    place = find_line(rf"^\s*{word}\s*=(?!=).*{word}\b")  # computed from itself
    if place is None and known.missing == len(known.parameters):
        return  # made anew, and nothing is trained: a step without gradients is told of
    if place is None and known.place is not None and known.place.file in running_files():
        place = find_line(rf"^\s*{word}\s*=(?!=)", [known.place.file], known.place.line)
    known.explained = True
    made = f" (at {known.place.describe()})" if known.place is not None else ""
    speak(
        "parameter-rebound",
        f"{name} is another tensor than when the optimizer was given it{made}: the optimizer holds the old one, of "
        f"shape {p.shape}, which gets no gradient any more, and never moves the new one. Change the numbers in place: "
        f"`with torch.no_grad(): {name} -= ...`, or {name}.copy_(...).",
        place,
    )
