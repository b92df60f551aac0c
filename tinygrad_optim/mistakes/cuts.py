"""Cuts in the middle of a loss: detach(), item(), argmax() and the like, behind which parameters get no gradient.

Most cuts are right: a loss is printed, an accuracy counted. So a cut is only remembered, with the parameters behind
it. It is told of when a loss is computed after it, and a step finds that those parameters have no gradient though
others do: at once if the numbers that left the graph are found in that loss, else the second time.
"""

from __future__ import annotations

import math
import weakref
from typing import Any

import numpy as np

from ..engine import topological_order
from ..value import Value
from .facts import FACTS, Facts, Program, facts_of, now
from .names import class_of, described
from .places import Place, calling_frame, calling_place
from .source_reading import only_looked_at, statement_text
from .speaking import speak

MOST_LINES, MOST_CUTS, MOST_WALKS = 1000, 16, 4
CHOICES = ("argmax()", "argmin()", "a comparison", "a conversion to whole numbers")
COPYING = ("tensor()", "tolist()", "numpy()")
COMMON = (0.0, 1.0, -1.0, 2.0, 0.5)  # numbers that stand in many losses


class CutLine:
    """A line at which a graph is cut."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.count = 0
        self.strikes: dict[int, Strikes] = {}  # by a parameter's id

    def strike(self, p: Any, step: int) -> int:
        """At how many steps a parameter behind this line had no gradient, with this one; 0 if it ever had one."""
        known = self.strikes.get(id(p))
        if known is None or known.parameter() is not p:
            known = self.strikes[id(p)] = Strikes(p)
        known.never = known.never and p.gradient is None
        known.steps.add(step)
        return len(known.steps) if known.never else 0


class Strikes:
    """At which steps a parameter was behind a line that cuts, and whether it never had a gradient then."""

    def __init__(self, p: Any) -> None:
        self.parameter = weakref.ref(p)
        self.never = True
        self.steps: set[int] = set()


class Cut:
    """One cut that is looked at closely."""

    def __init__(self, line: CutLine, tensor: Any, by: str) -> None:
        self.line, self.by, self.clock = line, by, now()
        self.made = tensor.node.number if tensor.node is not None else self.clock
        self.walks = self.steps = 0  # how many there were since
        self.array = weakref.ref(tensor.array)
        self.number = tensor.array.item() if tensor.array.size == 1 else math.nan
        self.behind = [weakref.ref(n) for n in topological_order([tensor.node or tensor]) if not n.number]
        self.walked: Place | None = None  # where a later loss was walked
        self.found = False  # and whether the numbers are part of it


LINES: dict[tuple[int, int], CutLine] = {}  # by the code object's id and the instruction
CUTS: list[Cut] = []  # the last ones


def note_cut(tensor: Any, by: str) -> None:
    """Numbers of a tensor with a history leave the graph: looked at closely the first, 2nd, 4th, 8th ... time."""
    if not FACTS:
        return
    frame = calling_frame()
    line = LINES.get((id(frame.f_code), frame.f_lasti))
    if line is None:
        if len(LINES) >= MOST_LINES:
            LINES.clear()
        line = LINES[id(frame.f_code), frame.f_lasti] = CutLine(Place(frame.f_code, frame.f_lasti))
    line.count += 1
    if not line.count & (line.count - 1):
        CUTS.append(Cut(line, tensor, by))
        del CUTS[:-MOST_CUTS]


def note_data(tensor: Any, other: Any) -> None:
    """`.data` of a computed tensor is a cut as well."""
    if tensor.node is not None:
        note_cut(tensor, ".data")


def cuts_walked(order: list[Any]) -> None:
    """A loss is walked. Were its numbers computed from those that left the graph?"""
    if not CUTS or isinstance(order[0], Value):
        return
    for cut in CUTS:
        if cut.clock < (order[0].number or cut.clock + 1) and cut.walks < MOST_WALKS:  # a leaf: who knows when made
            cut.walked = calling_place()
            cut.walks += 1
            cut.found = cut.found or any(holds(node, cut) for node in order)


def holds(node: Any, cut: Cut) -> bool:
    """Whether a node keeps the cut's array, a copy of it, or its number."""
    array, kept = cut.array(), node.kept if node.number else (node.array,)
    for value in kept if isinstance(kept, tuple | list) else ():  # a Function keeps in its own way
        if isinstance(value, float):
            if value == cut.number and value not in COMMON:
                return True
        elif isinstance(value, np.ndarray) and array is not None and array.size > 1:
            if np.may_share_memory(value, array):
                return True
            if cut.by in COPYING and value.shape == array.shape and np.array_equal(value, array):
                return True
        elif isinstance(value, np.ndarray) and value.size == 1 and value.item() == cut.number not in COMMON:
            return True
    return False


def parameters_behind(optimizer: Any) -> None:
    """A step is made: have the parameters behind a cut got no gradient, while others did?"""
    if not CUTS:
        return
    facts = facts_of(optimizer)
    for cut in CUTS[:]:
        cut.steps += 1
        if cut.steps > MOST_WALKS:
            CUTS.remove(cut)
            continue
        if cut.walked is None or cut.made < facts.stepped:  # what is cut off an earlier step's graph was used there
            continue
        behind = {id(leaf) for leaf in (reference() for reference in cut.behind) if leaf is not None}
        own = [p for p in facts.parameters if id(p) in behind and p.requires_grad]
        if not own:
            continue
        CUTS.remove(cut)
        strikes = [cut.line.strike(p, facts.steps) for p in own]
        most, without = max(strikes), [p for p, count in zip(own, strikes) if count > 0]
        others = any(p.gradient is not None for p in facts.parameters) or went_astray(facts)
        if others and without and (cut.found or (most > 1 and is_computed_with(cut))):
            tell_cut(cut, facts, without)


def is_computed_with(cut: Cut) -> bool:
    """Whether the line does more with the numbers than to show or compare them, as far as its text tells."""
    return cut.walked is not None and not only_looked_at(cut.line.place, cut.walked, cut.by in CHOICES)


def went_astray(facts: Facts) -> bool:
    """Whether the last walk brought gradients to leaves that no optimizer has, and none to this one's."""
    return not facts.deliveries and Program.stray is not None and Program.stray[0] > facts.events


def tell_cut(cut: Cut, facts: Facts, without: list[Any]) -> None:
    names = ", ".join(described(p) for p in without[:3]) + (" and others" if len(without) > 3 else "")
    some = f"{len(without)} of the {len(facts.parameters)} parameters of the {class_of(facts)} ({names})"
    assert cut.walked is not None
    lost = f"{some} got no gradient from the backward() at {cut.walked.describe()}"
    facts.explained = True
    if cut.by == "tensor()" or "tensor(" in statement_text(cut.line.place):
        speak(
            "rewrapped-tensor",
            f"a new tensor is made here of the numbers of one that has a history, and does not have that history: "
            f"{lost}. Use the tensor itself; to join several, torch.stack() or torch.cat().",
            cut.line.place,
        )
    elif cut.by in CHOICES:
        speak(
            "choice-in-loss",
            f"{cut.by} leaves no slope to follow: its result jumps from one value to the next. So {lost}. Compute the "
            "loss from the scores themselves (cross_entropy of the logits), or weigh with softmax or sigmoid in "
            "place of the choice.",
            cut.line.place,
        )
    else:
        speak(
            "cut-from-graph",
            f"{cut.by} takes the numbers out of the graph here, and a loss is computed from them after it: {lost}. "
            f"Leave {cut.by} out of what the loss is computed from; if they are not to be trained, do not give them to "
            "the optimizer.",
            cut.line.place,
        )


LOOKS: dict[str, list[Any]] = {
    "cut": [note_cut],
    "alias": [note_data],
    "walk": [cuts_walked],
    "step": [parameters_behind],
}
