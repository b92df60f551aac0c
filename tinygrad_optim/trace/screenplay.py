"""What a screenplay is made of: scenes in the order of time, and the parts of its outline."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .chapters import Change, GroupChange, Option, OwnLine, Param, StoryLine, Update
from .recording import Place

LINE, OP, ARRIVES, GOES_ON, LEAF, GROUP, MOVED, IDLE = range(8)  # kinds of scenes


@dataclass
class GroupAt:
    """A group of an optimizer's at a moment. members: None for those it had before."""

    optimizer: str
    token: int
    number: int
    options: list[Option]
    members: list[Param] | None = None


@dataclass
class Scene:
    """One thing to look at."""

    kind: int
    chapter: int  # its chapter's number, counted from 0; that of the chapter to come for lines between two
    place: Place | None
    says: str = ""  # what it comes to; empty for a line, which speaks for itself
    reads: dict[str, Any] = field(default_factory=dict)
    writes: list[Change] = field(default_factory=list)
    op: int = 0  # the number of the op it is about
    parameter: int = 0  # the token of the parameter it is about
    update: Update | None = None
    own: bool = False  # a line of the program's own
    raised: bool = False
    groups: list[GroupAt] = field(default_factory=list)  # groups that are known, or other than they were, from here on


@dataclass
class Part:
    """A piece of the outline: from its first scene to where the next one of its depth, or of a lesser, begins."""

    depth: int
    title: str
    first: int
    kind: str  # program, construct, step, forward, backward, op, node, group or parameter
    group: int | None = None
    parameter: int = 0


@dataclass
class Screenplay:
    """All scenes of a story, and its outline."""

    scenes: list[Scene] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    chapter: int = 0
    steps: int = 0  # training steps begun
    steps_over: int = 0
    late: list[tuple[int, list[GroupChange]]] = field(default_factory=list)  # told when so many steps are over

    def open(self, depth: int, title: str, kind: str, group: int | None = None, parameter: int = 0) -> None:
        """Begin a part of the outline with the next scene."""
        self.parts.append(Part(depth, title, len(self.scenes), kind, group, parameter))

    def show(self, kind: int, place: Place | None, says: str, **more: Any) -> None:
        self.scenes.append(Scene(kind, self.chapter, place, says, **more))

    def show_lines(self, lines: list[StoryLine], **more: Any) -> None:
        for line in lines:
            scene = Scene(LINE, self.chapter, line.place, "", line.reads, line.writes, raised=line.raised, **more)
            self.scenes.append(scene)

    def show_own(self, lines: list[OwnLine]) -> None:
        """Lines of the program's own, and from each on the groups that it changed."""
        for one in lines:
            self.show_lines([one.line], own=True)
            if one.groups and one.steps:
                self.late.append((self.steps_over + one.steps, one.groups))
            elif one.groups:
                self.scenes[-1].groups = [changed(group) for group in one.groups]

    def end_step(self) -> None:
        """A step is over: what lines in which it was taken did to groups is seen at its last scene."""
        self.steps_over += 1
        for groups in [groups for when, groups in self.late if when <= self.steps_over]:
            self.scenes[-1].groups = [*self.scenes[-1].groups, *map(changed, groups)]
            self.scenes[-1].writes.extend(change for group in groups for change in group.changes)
        self.late = [one for one in self.late if one[0] > self.steps_over]


def changed(group: GroupChange) -> GroupAt:
    return GroupAt(group.optimizer, group.token, group.group, group.options)
