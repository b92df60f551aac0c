"""What is remembered of each line that calls backward(): how often it did, from what, and how far back it went."""

from __future__ import annotations

from typing import Any

from ..value import Value
from .facts import Program
from .places import Place, calling_frame


class WalkLine:
    """A line that calls backward()."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.count = 0
        self.roots: list[tuple[Any, Any]] = []  # (weakly the node that a walk began at, era)
        self.told = False  # whether too many of those were alive, and it was told
        self.carried = False  # whether it was told that its walks reach ever further back
        self.past: list[tuple[int, int, Any]] = []  # of the last walks: (number of the root, nodes, era)

    @property
    def looked_at(self) -> bool:
        """Whether this walk is one of those that are looked at closely: the first, the 2nd, 4th, 8th ..."""
        return not self.count & (self.count - 1)


LINES: dict[tuple[int, int], WalkLine] = {}  # by the code object's id (which the Place keeps) and the instruction
MOST_LINES = 1000


class Current:
    """The walk that is being made."""

    line: WalkLine


def note_walk(order: list[Any]) -> None:
    """A walk begins."""
    Program.walks += 1
    frame = calling_frame()
    line = LINES.get((id(frame.f_code), frame.f_lasti))
    if line is None:
        if len(LINES) >= MOST_LINES:
            LINES.clear()
        line = LINES[id(frame.f_code), frame.f_lasti] = WalkLine(Place(frame.f_code, frame.f_lasti))
    line.count += 1
    Current.line, Program.walk_place = line, line.place


def era(order: list[Any]) -> Any:
    """What changes when parameters are updated: steps, the oldest leaf's write stamp or number, `.data` made."""
    leaf = order[-1]
    if isinstance(leaf, Value):
        return Program.steps, leaf.data
    storage = getattr(leaf, "storage", None)
    return Program.steps, storage.written if storage is not None else 0, Program.aliases


LOOKS: dict[str, list[Any]] = {"walk": [note_walk]}
