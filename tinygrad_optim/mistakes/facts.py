"""What is remembered of each optimizer: the order in which things happened to its parameters.

It is kept beside the optimizers, by a weak reference to each, and holds lines and counts; of gradients one number each.
"""

from __future__ import annotations

import weakref
from collections import deque
from typing import Any

import numpy as np

from ..engine import tick
from .places import Place, calling_place


class Program:
    """What is known of the program as a whole."""

    ticks = 0  # how often the checks themselves asked the clock
    events = 0  # how many clearings and deliveries there were: which came first, two of them tell
    walks = 0
    walk_place: Place | None = None  # the line of the last one
    steps = 0  # of all optimizers
    aliases = 0  # how many `.data` there were
    cleared: deque[tuple[int, Any, Place]] = deque(maxlen=16)  # (event, weakly what zero_grad was called on, line)
    stray: tuple[int, Place, list[Any]] | None = None  # (event, line, weakly the leaves) of a walk to no optimizer's


class Witness:
    """One number of a gradient that a step used, by which the gradient is known again."""

    __slots__ = ("reference", "array", "index", "number", "added", "sure")

    def __init__(self, parameter: Any, index: int, number: float) -> None:
        g = parameter.gradient
        self.reference, self.index, self.number = weakref.ref(parameter), index, number
        self.array: Any = weakref.ref(g) if isinstance(g, np.ndarray) else None  # None: a Value's
        self.added: Place | None = None  # the line that has since added to it
        self.sure = False  # it was there after that, so what becomes of the number does not matter

    def holds(self) -> bool:
        """Whether the gradient is still there, with the number that is expected (if `sure`, with any)."""
        g: Any = getattr(self.parameter, "gradient", None)
        if self.array is None:
            return bool(g == self.number)
        return g is not None and g is self.array() and (self.sure or g.item(self.index) == self.number)

    @property
    def parameter(self) -> Any:
        return self.reference()


class Facts:
    """What is known of one optimizer."""

    def __init__(self, optimizer: Any) -> None:
        self.optimizer = weakref.ref(optimizer, forget_optimizer)
        self.steps = 0
        self.stepped = 0  # the clock at the last step
        self.step_place: Place | None = None  # and its line
        self.moved = False  # whether any step has found a gradient that is not 0
        self.bare = 0  # how many of the last steps, in a row, found none
        self.walks = Program.walks  # before its last step (or before it was built): how many walks there were,
        self.events = Program.events  # how many events,
        self.made = made_so_far()  # how many nodes and writes
        self.explained = False  # whether it was told why its steps find no gradients
        self.too_early = False  # whether it was told that its step comes before backward()
        self.deliveries = 0  # how many walks have brought gradients since the last step
        self.delivered = 0  # which event the last of them was
        self.delivery_place: Place | None = None  # and its line
        self.witness: Witness | None = None  # of a gradient that the last step used
        self.using: Any = None  # weakly, the first parameter whose gradient is not all 0, of the step that is made

    @property
    def parameters(self) -> list[Any]:
        """Its parameters. They are asked for each time: to keep them could keep the optimizer alive."""
        groups: Any = getattr(self.optimizer(), "param_groups", ())
        return list(groups[0]["params"]) if len(groups) == 1 else [p for group in groups for p in group["params"]]


FACTS: dict[int, Facts] = {}  # by the optimizer's id


def forget_optimizer(reference: Any) -> None:
    """An optimizer is gone."""
    for key, facts in list(FACTS.items()):
        if facts.optimizer is reference:
            del FACTS[key]


def facts_of(optimizer: Any) -> Facts:
    """What is known of an optimizer; of one met for the first time, its parameters."""
    found = FACTS.get(id(optimizer))
    if found is None or found.optimizer() is not optimizer:
        found = FACTS[id(optimizer)] = Facts(optimizer)
    return found


def now() -> int:
    """The clock."""
    Program.ticks += 1
    return tick()


def made_so_far() -> int:
    """How many nodes and writes the program has made."""
    return now() - Program.ticks


def start_anew() -> None:
    """Take each optimizer as if it had just stepped: what happened lately was not looked at."""
    for facts in list(FACTS.values()):
        facts.witness = facts.using = None
        facts.deliveries, facts.walks, facts.events, facts.made = 0, Program.walks, Program.events, made_so_far()
        facts.bare, facts.stepped = 0, facts.made + Program.ticks


def note_group(optimizer: Any, group: Any) -> None:
    """An optimizer is being built, or given one more group."""
    facts_of(optimizer)


def note_step(optimizer: Any) -> None:
    """A step is about to be made: the last thing looked at before it."""
    facts = facts_of(optimizer)
    Program.steps += 1
    facts.steps += 1
    facts.step_place = calling_place()
    p = facts.using() if facts.using is not None else None
    facts.witness = None if p is None else witness_of(p)
    if p is None:
        facts.bare += 1
    else:
        facts.bare, facts.moved = 0, True
    facts.deliveries, facts.walks, facts.events, facts.made = 0, Program.walks, Program.events, made_so_far()
    facts.stepped = facts.made + Program.ticks


def note_delivery(arrived: dict[Any, Any]) -> None:
    """Gradients are about to be added to those of these leaves."""
    Program.events += 1
    owned = False
    for facts in list(FACTS.values()):
        for p in facts.parameters:
            if p in arrived:
                facts.deliveries += 1
                facts.delivered, facts.delivery_place, owned = Program.events, Program.walk_place, True
                break
    if not owned and FACTS and Program.walk_place is not None:
        leaves = [weakref.ref(leaf) for leaf in [*arrived][:3] if not leaf.number]
        Program.stray = Program.events, Program.walk_place, leaves


def note_zero_grad(owner: Any) -> None:
    """The gradients of this optimizer or module are about to be cleared."""
    for facts in list(FACTS.values()):
        if facts.deliveries:  # which no step has used; whether they are this owner's is asked when it matters
            Program.events += 1
            Program.cleared.append((Program.events, weakref.ref(owner), calling_place()))
            return


def cleared_since(facts: Facts, event: int) -> Place | None:
    """The line of a zero_grad() that cleared gradients of this optimizer after an event."""
    for cleared, reference, place in reversed(Program.cleared):
        owner = reference()
        if cleared > event and owner is not None:
            if owner is facts.optimizer():
                return place
            own = {id(p) for p in facts.parameters}
            if hasattr(owner, "parameters") and any(id(p) in own for p in owner.parameters()):
                return place
    return None


def witness_of(p: Any) -> Witness:
    """One number that is not 0 of a parameter's gradient, which is not all 0."""
    g = p.gradient
    if not isinstance(g, np.ndarray):
        return Witness(p, 0, g)
    number = g.item(0)
    if number:
        return Witness(p, 0, number)
    index = int((g != 0).argmax())
    return Witness(p, index, g.item(index))
