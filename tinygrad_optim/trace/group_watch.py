"""Which options of parameter groups a line of the program's own has changed: a schedule's step(), an assignment.

Schedules are not recorded line by line. What their lines did to the groups is seen by comparing the groups after
each line of the program's own with what they were after the line before.
"""

from __future__ import annotations

import weakref
from typing import Any

from .chosen import is_chosen
from .reader import instance_dict
from .recording import Line
from .snapshot import ContainerAt, is_same


class GroupWatch:
    """Looks at the groups of the optimizers met. Without files of the program's own it never looks."""

    def __init__(self, take: Any, own: list[str]) -> None:
        self.take, self.own = take, own
        self.optimizers: list[Any] = []  # weak references
        self.files: dict[str, bool] = {}  # whether a file is the program's own
        self.seen: dict[int, dict[int, ContainerAt]] = {}  # by the optimizer's id and the group's place

    def meet(self, optimizer: Any) -> None:
        """An optimizer is at work."""
        if self.own and id(optimizer) not in self.seen:
            self.seen[id(optimizer)] = {}
            self.optimizers.append(weakref.ref(optimizer))

    def look(self, line: Line) -> None:
        """Note what a line that is over has done to the groups. One seen for the first time has not changed."""
        file = line.plan.file
        if file not in self.files:
            self.files[file] = is_chosen(file, self.own)
        if not self.files[file]:
            return
        for reference in self.optimizers:
            optimizer = reference()
            groups = instance_dict(optimizer).get("param_groups") if optimizer is not None else None
            for place, group in enumerate(groups if type(groups) is list else ()):
                taken = self.take(group, 0)
                if not isinstance(taken, ContainerAt):
                    continue
                before = self.seen[id(optimizer)].get(place)
                self.seen[id(optimizer)][place] = taken
                if before is not None and before is not taken and not is_same(before, taken):
                    line.groups += ((self.take(optimizer, 1), before, taken),)
