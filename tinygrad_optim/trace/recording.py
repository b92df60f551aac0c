"""What a Recorder leaves: the calls made, each with the lines it ran and what they read and wrote."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from types import CodeType
from typing import Any

from ..source_line import LIBRARY, line_number
from .plans import Plan, plans_of
from .snapshot import ABSENT


@dataclass(frozen=True)
class Place:
    """A line of source."""

    file: str
    line: int
    function: str
    text: str

    def __str__(self) -> str:
        return f"{FilePath(self.file).name}:{self.line}"


class Line:
    """One statement that ran: values by the place of their path in the plan's reads, before and writes."""

    __slots__ = ("plan", "reads", "before", "writes", "calls", "raised", "groups")

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.reads: list[Any] = []
        self.before: list[Any] = []
        self.writes: list[Any] | None = None  # None: it did not come to an end
        self.calls: list[Call] = []  # the recorded calls made while it ran
        self.raised = False
        self.groups: tuple[Any, ...] = ()  # what it did to them: (the optimizer, the group before, and after)

    def values(self, shelf: str) -> dict[str, Any]:
        """{path as written: value} of what this line read, had before, or wrote."""
        paths, found = getattr(self.plan, shelf), getattr(self, shelf) or ()
        return {path.text: value for path, value in zip(paths, found) if value is not ABSENT}


class Call:
    """One call of a recorded function."""

    __slots__ = (
        "code",
        "globals",
        "parent",
        "line",
        "outside",
        "args",
        "result",
        "lines",
        "plans",
        "raised",
        "owner",
        "cells",
        "resumed",
    )

    def __init__(
        self, code: CodeType, global_names: dict[str, Any], plans: dict[int, Plan], parent: Call | None
    ) -> None:
        self.code = code
        self.globals = global_names
        self.parent = parent  # the recorded call it was made from, if any
        self.line: Line | None = None  # and the line of it that made this one
        self.outside: tuple[CodeType, int] | None = None  # the program's line that made it, if that was not recorded
        self.args: dict[str, Any] = {}
        self.result: Any = ABSENT
        self.lines: list[Line] = []
        self.plans = plans  # of the code's file, by line number
        self.raised = False
        self.owner: Any = None  # the class of the first argument, if that is an optimizer
        self.cells: tuple[Any, ...] = ()
        self.resumed = False  # it was at work already when recording went on: its first line was seen in part

    @property
    def name(self) -> str:
        return self.code.co_name

    def runs(self, function: Any) -> bool:
        """Whether this is a call of that function, whatever code it had then: the course shows mutants of some."""
        if self.code is getattr(function, "__code__", None):
            return True
        known = (getattr(function, "__name__", None), getattr(function, "__globals__", None))
        return self.code.co_name == known[0] and self.globals is known[1]

    def calls(self) -> Iterator[Call]:
        """The recorded calls made from this one, in order."""
        for line in self.lines:
            yield from line.calls

    def all_calls(self) -> Iterator[Call]:
        """This call and all made from it, in the order in which they began."""
        stack = [self]
        while stack:
            call = stack.pop()
            yield call
            stack.extend(reversed(list(call.calls())))

    def place(self) -> Place | None:
        """The program's own line that led to this call: the nearest one outside the library."""
        for call in (self, *self.ancestors()):
            if call.outside is not None:
                return place_of(*call.outside)
            above = call.parent
            if above is not None and call.line is not None and above.code.co_filename not in LIBRARY:
                plan = call.line.plan
                return Place(plan.file, plan.first, above.name, plan.text)
        return None

    def formula(self) -> str:
        """The first line of the called function's docstring: in rules and ops, what it computes."""
        constants = self.code.co_consts
        text = constants[0] if constants and isinstance(constants[0], str) else ""
        return text.strip().split("\n")[0]

    def ancestors(self) -> Iterator[Call]:
        """The call this one was made from, the one that was made from, and so on."""
        call = self.parent
        while call is not None:
            yield call
            call = call.parent


@dataclass
class Recording:
    """All that was recorded, and what is to be known about how."""

    roots: list[Call] = field(default_factory=list)  # calls made from code that was not recorded
    lines: int = 0
    notes: list[str] = field(default_factory=list)
    error: str | None = None  # the exception that ended it
    error_place: Place | None = None
    own: list[str] = field(default_factory=list)  # files and folders of the program's own that were recorded too
    first_step: int = 1  # the number of the first step that was to be recorded, among those the program took
    names: dict[int, str] = field(default_factory=dict)  # token -> the variable it was held in, where it has no name
    result: Any = None  # what the recorded function returned

    def __repr__(self) -> str:
        return f"<Recording of {self.lines} lines>"

    def _repr_html_(self) -> str:
        from .story import tell

        return tell(self)._repr_html_()

    def all_calls(self) -> Iterator[Call]:
        """Every call, in the order in which they began."""
        for root in self.roots:
            yield from root.all_calls()

    def happened(self) -> Iterator[tuple[Call, Line | None]]:
        """Every call (with None) and every line, in the order in which they began."""
        stack: list[tuple[Call, Line | None]] = [(call, None) for call in reversed(self.roots)]
        while stack:
            call, line = stack.pop()
            yield call, line
            if line is None:
                stack.extend((call, one) for one in reversed(call.lines))
            else:
                stack.extend((one, None) for one in reversed(line.calls))


def place_of(code: CodeType, lasti: int) -> Place:
    """The line of source that an instruction stands on, with its whole statement as text."""
    line = line_number(code, lasti)
    return place_at(code.co_filename, line, code.co_name)


def place_at(file: str, line: int, function: str) -> Place:
    plan = plans_of(file).get(line)
    return Place(file, plan.first if plan else line, function, plan.text if plan else "")
