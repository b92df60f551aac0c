"""The groups that were built, and the table of who went where and why."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Member:
    """One parameter: its name, which group it went to (None: left out), and why."""

    name: str
    parameter: Any
    group: int | None
    why: str


@dataclass(frozen=True)
class Plan:
    """Groups ready for an optimizer, and how they came about."""

    groups: list[dict[str, Any]]
    labels: list[str]
    members: list[Member]

    def table(self) -> str:
        """Group by group: its options, its parameters with their shapes, and why each is there; what was left out."""
        lines: list[str] = []
        width = max((len(member.name) for member in self.members), default=0)
        shapes = max((len(shape_of(member.parameter)) for member in self.members), default=0)
        for number in [*range(len(self.groups)), None]:
            members = [member for member in self.members if member.group == number]
            if number is not None or members:
                lines.append(self.heading(number, members))
            for member in members:
                lines.append(f"    {member.name:{width}}  {shape_of(member.parameter):{shapes}}  {member.why}".rstrip())
        return "\n".join(lines)

    def heading(self, number: int | None, members: list[Member]) -> str:
        """What stands above a group's parameters."""
        size = f"{counted(len(members), 'tensor')}, {counted(sum(numel(m.parameter) for m in members), 'number')}"
        if number is None:
            return f"left out: {size}"
        options = {key: value for key, value in self.groups[number].items() if key != "params"}
        shown_options = ", ".join(f"{key}={value}" for key, value in options.items()) or "the optimizer's defaults"
        return f"group {number} ({self.labels[number]}): {shown_options}; {size}"

    def __str__(self) -> str:
        return self.table()


def numel(p: Any) -> int:
    """How many numbers a parameter holds."""
    return math.prod(p.shape)


def shape_of(p: Any) -> str:
    """A shape as the table shows it: 3x2."""
    return "x".join(map(str, p.shape)) or "one number"


def counted(number: int, noun: str) -> str:
    """How many of what: 1 tensor, 2 tensors."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
