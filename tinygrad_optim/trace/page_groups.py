"""The groups of an optimizer as tables for the page: as they were from one scene on, and what had changed there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .chapters import Option, Param
from .screenplay import GroupAt, Scene
from .shown import shown


class Tables:
    """All tables, each kept once, and at which scene each of them begins to hold.

    tables: (the optimizer's type, its groups: (number, its parameters' numbers, its options)).
    begins: [scene, table, changes]; a change is [group, option, before (null: it was not there), after, origin].
    """

    def __init__(self, scenes: list[Scene], number: Callable[[Param], int]) -> None:
        self.number = number  # of a parameter
        self.tables: list[Any] = []
        self.numbers: dict[Any, int] = {}
        self.begins: list[list[Any]] = []
        self.groups: dict[tuple[str, int], dict[int, tuple[Any, ...]]] = {}  # by optimizer: its groups as they are
        for at, one in enumerate(scenes):
            if one.groups:
                self.begin(at, one.groups)

    def begin(self, at: int, groups: list[GroupAt]) -> None:
        """From this scene on these groups are so."""
        changes = [change for group in groups for change in self.take(group)]
        one = groups[-1]
        known = self.groups[one.optimizer, one.token]
        table = (one.optimizer, tuple(known[key] for key in sorted(known)))
        if table not in self.numbers:
            self.numbers[table] = len(self.tables)
            self.tables.append(table)
        if not self.begins or changes or self.begins[-1][1] != self.numbers[table]:
            self.begins.append([at, self.numbers[table], changes])

    def take(self, group: GroupAt) -> list[list[Any]]:
        """Note a group as it is now; returns how its options differ from before, if it was there before."""
        known = self.groups.setdefault((group.optimizer, group.token), {})
        before = known.get(group.number)
        members = () if before is None else before[1]
        if group.members is not None:
            members = tuple(sorted(map(self.number, group.members)))
        options = tuple(in_words(group.options))
        known[group.number] = group.number, members, options
        if before is None:
            return []
        was = {name: value for name, value, _ in before[2]}
        return [
            [group.number, name, was.get(name), value, origin]
            for name, value, origin in options
            if was.get(name) != value
        ]


def in_words(options: list[Option]) -> list[tuple[str, str, str]]:
    """[(name, value, origin)]"""
    return [(one.name, shown(one.value), one.origin) for one in options]
