"""What the chapters' writers share: lines as a story tells them, and what things are called."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .chapters import Change, Construct, OpRun, Param, StoryLine
from .recording import Call, Line, Place, Recording
from .snapshot import ABSENT, ArrayAt, ContainerAt, ObjectAt, is_same


@dataclass
class Teller:
    """What is known so far while a recording is told."""

    recording: Recording
    ops: list[OpRun] = field(default_factory=list)
    by_node: dict[int, OpRun] = field(default_factory=dict)  # by the token of the node an op left
    by_result: dict[int, OpRun] = field(default_factory=dict)  # by the token of its result
    arrivals: dict[int, list[str]] = field(default_factory=dict)  # by a leaf's token: what its gradient is made of
    constructs: dict[int, Construct] = field(default_factory=dict)  # by the optimizer's token
    group_numbers: dict[int, int] = field(default_factory=dict)  # by the group's token
    given_names: dict[int, str] = field(default_factory=dict)  # by a parameter's token: from (name, tensor) pairs
    places_in_groups: dict[int, str] = field(default_factory=dict)  # by a parameter's token, if it has no name

    def name(self, thing: Any, otherwise: str = "") -> str:
        """What a tensor, Value or module is called: as told to the optimizer, by modules, by variable, by place."""
        if not isinstance(thing, ObjectAt):
            return otherwise
        run = self.by_result.get(thing.token)
        known = self.given_names.get(thing.token) or thing.name or self.recording.names.get(thing.token)
        if run is not None:
            return known or f"result of op {run.number}"
        return known or self.places_in_groups.get(thing.token) or otherwise or f"a {thing.type}"

    def param(self, thing: ObjectAt) -> Param:
        """A parameter by name and shape."""
        dtype = str(thing.array.dtype) if isinstance(thing.array, ArrayAt) else "float"
        return Param(self.name(thing), thing.shape or (), dtype, thing.token)


def story_lines(lines: list[Line], function: str, known: dict[str, Any] | None = None) -> list[StoryLine]:
    """Recorded lines as a story tells them; `known`, the names' values before, makes changes show."""
    values = dict(known or {})
    told = []
    for line in lines:
        before = line.values("before")
        changes = []
        for name, after in line.values("writes").items():
            old = before.get(name, values.get(name, ABSENT))
            change = Change(name, old, after, not is_same(old, after))
            if change.changed or line.plan.kind != "Expr":  # a call might have changed what it was given
                changes.append(change)
            values[name] = after
        place = Place(line.plan.file, line.plan.first, function, line.plan.text)
        reads = line.values("reads")
        told.append(StoryLine(place, reads, changes, line.raised))
    return told


def lines_of(call: Call) -> list[StoryLine]:
    """A call's lines, what it was given being known, and with the last one what it returned."""
    told = story_lines(call.lines, call.name, call.args)
    if told and call.lines[-1].plan.kind == "Return" and call.result is not ABSENT:
        told[-1].writes.append(Change("returned", ABSENT, call.result, True))
    return told


def group_in(line: Line) -> ContainerAt | None:
    """A parameter group that this line wrote or read: a dict with a list of params."""
    for shelf in ("writes", "reads"):
        for value in line.values(shelf).values():
            if isinstance(value, ContainerAt) and isinstance(value.get("params"), ContainerAt):
                return value
    return None


def group_key(group: ContainerAt) -> int:
    """What tells a group from others: its token; of a plain dict, which cannot have one, its first parameter's."""
    parameters = parameters_in(group)
    return group.token or (parameters[0].token if parameters else 0)


def parameters_in(group: ContainerAt) -> list[ObjectAt]:
    """The group's parameters."""
    return [one for _, one in group.get("params").items if isinstance(one, ObjectAt)]


def first_argument(call: Call) -> Any:
    """What the call got first: of a method, the thing it belongs to."""
    return next(iter(call.args.values()), None)
