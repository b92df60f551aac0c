"""What a story is made of: plain records, each of which says what it holds. `to_dict` makes JSON of them."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

import numpy as np

from .recording import Place
from .snapshot import ABSENT, ArrayAt, ContainerAt, ObjectAt, summary

NO_RULE = "not run again: this step has no pure rule; the values are those that its lines read and wrote"


@dataclass
class Param:
    """A parameter: its name and shape."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    token: int = 0


@dataclass
class Change:
    """What a line did to one name, attribute or item."""

    name: str
    before: Any
    after: Any
    changed: bool


@dataclass
class StoryLine:
    """One line of source as it ran: what it read, and what it made of what."""

    place: Place
    reads: dict[str, Any]
    writes: list[Change]
    raised: bool = False


@dataclass
class Option:
    """An option's value, and where that came from."""

    name: str
    value: Any
    origin: str


@dataclass
class GroupChange:
    """What a line of the program's own did to a group's options, and all of them as they were after it."""

    optimizer: str
    token: int  # the optimizer's
    group: int
    changes: list[Change]
    options: list[Option]


@dataclass
class OwnLine:
    """A line of the program's own as it ran: before the at-th op of that chapter (counted from 0), or before it."""

    line: StoryLine
    chapter: int
    at: int
    groups: list[GroupChange] = field(default_factory=list)
    steps: int = 0  # taken while it ran: its changes of groups are made when those are over


@dataclass
class Group:
    """A parameter group: who is in it, and its options."""

    number: int
    parameters: list[Param]
    options: list[Option]
    lines: list[StoryLine] = field(default_factory=list)  # of add_param_group


@dataclass
class Construct:
    """An optimizer was made, or a group added to it."""

    optimizer: str
    place: Place | None
    defaults: list[Option]
    groups: list[Group]
    added: bool = False  # groups added to an optimizer that was there already
    token: int = 0
    kind: str = "construct"


@dataclass
class Input:
    """What went into an op: the argument's name, who it is, its numbers."""

    role: str
    who: str
    value: Any
    token: int = 0


@dataclass
class OpRun:
    """One op, applied."""

    number: int
    op: str
    formula: str
    inputs: list[Input]
    output: Any
    place: Place | None
    module: str  # the module whose forward applied it, such as "first (Linear)"
    remembered: bool  # whether a node was made, for backward
    node: int = 0
    result: int = 0  # the tokens of the node and of the tensor
    lines: list[StoryLine] = field(default_factory=list)  # of the op's forward


@dataclass
class Forward:
    """Ops applied one after the other."""

    ops: list[OpRun]
    kind: str = "forward"


@dataclass
class Contribution:
    """What one derivative rule made of the gradient that arrived, and to whom it went."""

    to: str
    token: int
    rule: str
    formula: str
    value: Any
    lines: list[StoryLine]
    summed: Any = ABSENT  # the value once broadcasting was undone, where it had to be
    total: Any = ABSENT  # what has arrived there by now, where something had before


@dataclass
class BackNode:
    """One node of the walk back: the gradient that arrived, and what became of it."""

    op: str
    run: int  # the number of the op's run in the forward chapters; 0 if that was not recorded
    place: Place | None
    arrived: Any
    contributions: list[Contribution]


@dataclass
class LeafGradient:
    """What a leaf's gradient was, what was added to it, and what it became."""

    leaf: Param
    before: Any
    added: Any
    after: Any
    sources: list[str]  # the rules it was made by, and the lines whose ops they are the rules of


@dataclass
class Backward:
    """Gradients carried from a result to the leaves."""

    place: Place | None
    nodes: list[BackNode]
    leaves: list[LeafGradient]
    kind: str = "backward"


@dataclass
class Proof:
    """Whether the rule, run again on the recorded inputs alone, gives the recorded outcome bit for bit."""

    holds: bool | None  # None: it cannot be run again
    words: str


@dataclass
class Term:
    """A share of the update: what the option adds to it."""

    name: str
    share: np.ndarray[Any, Any]  # in float64, at the recorded places
    without: np.ndarray[Any, Any] | None = None  # the whole change, had this option alone been 0


@dataclass
class Update:
    """One parameter's step."""

    parameter: Param
    group: int
    gradient: Any
    made_of: list[str]
    rule: str = ""  # its name; empty for a step without a rule
    formula: str = ""
    options: list[Option] = field(default_factory=list)
    lines: list[StoryLine] = field(default_factory=list)  # the rule's; of a step without a rule, its own
    around: list[StoryLine] = field(default_factory=list)  # the lines of step() that called the rule
    state_before: dict[str, Any] = field(default_factory=dict)
    state_after: dict[str, Any] = field(default_factory=dict)
    old: Any = None
    new: Any = None
    change: np.ndarray[Any, Any] | None = None  # in float64, at the recorded places
    terms: list[Term] = field(default_factory=list)
    adds_up: float | None = None  # how far the terms' sum is from the change, at most
    proof: Proof = field(default_factory=lambda: Proof(None, NO_RULE))


@dataclass
class StepGroup:
    """One group's turn in a step."""

    number: int
    options: list[Option]
    updates: list[Update]
    idle: list[Param]  # parameters without a gradient


@dataclass
class Step:
    """One call of an optimizer's step()."""

    optimizer: str
    place: Place | None
    groups: list[StepGroup]
    kind: str = "step"
    token: int = 0  # the optimizer's
    loop: Place | None = None  # the loop of the program's own that it was taken in, the innermost


Chapter = Construct | Forward | Backward | Step


def plain(value: Any) -> Any:
    """The same in what JSON knows: dicts, lists, texts and numbers (a number that is not finite, as a text)."""
    match value:
        case ArrayAt() | ContainerAt() | ObjectAt() | Place():
            return {key: plain(one) for key, one in described(value).items()}
        case np.ndarray():
            return plain(value.tolist())
        case np.generic():
            return plain(value.item())
        case dict():
            return {str(key): plain(one) for key, one in value.items()}
        case list() | tuple():
            return [plain(one) for one in value]
        case float():
            return value if math.isfinite(value) else str(value)
        case None | bool() | int() | str():
            return value
    if dataclasses.is_dataclass(value):
        kept = [one.name for one in dataclasses.fields(value)]
        return {name: plain(getattr(value, name)) for name in kept if getattr(value, name) is not ABSENT}
    return None if value is ABSENT else str(value)


def described(value: ArrayAt | ContainerAt | ObjectAt | Place) -> dict[str, Any]:
    """What of a snapshot, or of a place in the source, goes into JSON. Places name the file, not where it lies."""
    if isinstance(value, ArrayAt):
        low, high, norm = summary(value)
        known = {"shape": value.shape, "dtype": str(value.dtype), "numbers": value.numbers}
        return {**known, "sampled": value.sampled, "low": low, "high": high, "norm": norm}
    if isinstance(value, ContainerAt):
        return {"type": value.type, "length": value.length, "items": [list(item) for item in value.items]}
    if isinstance(value, Place):
        file = FilePath(value.file).name
        return {"file": file, "line": value.line, "function": value.function, "text": value.text}
    known = {"kind": value.kind, "type": value.type, "name": value.name, "shape": value.shape}
    return {**known, "array": value.array}
