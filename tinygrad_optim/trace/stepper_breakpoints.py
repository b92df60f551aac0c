"""The stepper's breakpoints: each is known by the moments at which it stops, for all has run already."""

from __future__ import annotations

import difflib
import re
from pathlib import Path as FilePath

from .navigation import Moment
from .stepper_marks import Marks


class Complaint(Exception):
    """Why a command cannot do what was asked, said to the person."""


class Breakpoints:
    """Numbered from 1. A breakpoint stands at a line, at the calls of a function, or where a parameter changes."""

    def __init__(self, marks: Marks) -> None:
        self.marks = marks
        self.kept: dict[int, tuple[str, list[int]]] = {}

    def add(self, text: str, here: Moment) -> str:
        """Set the breakpoint that this text names; returns it in words. Complaint if nothing answers to it."""
        kept = self.stops_at(text, here)
        number = max(self.kept, default=0) + 1
        self.kept[number] = kept
        return self.described(number)

    def described(self, number: int) -> str:
        words, stops = self.kept[number]
        return f"{number}: {words}, {len(stops)} time{'' if len(stops) == 1 else 's'}"

    def clear(self, number: int | None) -> None:
        """Take off one, or all. Complaint if there is no such breakpoint."""
        if number is not None and number not in self.kept:
            raise Complaint(f"There is no breakpoint {number}: b lists them.")
        for one in list(self.kept) if number is None else [number]:
            del self.kept[one]

    def stops(self) -> list[int]:
        """All their moments, in order."""
        return sorted({moment for _, stops in self.kept.values() for moment in stops})

    def advice(self) -> str:
        return "b lists them." if self.kept else "None is set: b FILE:LINE, b FUNCTION or b PARAMETER."

    def targets(self) -> list[str]:
        """The names that a breakpoint may be set at: what changes, and the functions that ran."""
        functions = dict.fromkeys(moment.call.name for moment in self.marks.track.moments if moment.place == 0)
        return [*self.marks.changes, *functions]

    def stops_at(self, text: str, here: Moment) -> tuple[str, list[int]]:
        """A breakpoint in words, and when it stops. A line's number alone is one of the file looked at."""
        at_line = re.fullmatch(r"(?:(.*):)?(\d{1,12})", text)
        if at_line:
            return self.stops_at_line(at_line[1], int(at_line[2]), here)
        if text in self.marks.tensors or text in self.marks.changes:
            if not self.marks.moments_of(text):
                raise Complaint(f"{text} never changes in this recording.")
            return f"changes of {text}", self.marks.moments_of(text)
        stops = self.marks.track.beginnings(text)
        if not stops:
            near = nearest(text, self.targets())
            raise Complaint(f"Neither a function that ran nor a parameter is called {text}{near or '.'}")
        return f"calls of {text}", stops

    def stops_at_line(self, name: str | None, line: int, here: Moment) -> tuple[str, list[int]]:
        """A line of a file, known by its name or its path."""
        moments = self.marks.track.moments
        files = list(dict.fromkeys(moment.line.plan.file for moment in moments))
        file = next((one for one in files if name in (one, FilePath(one).name)), None) if name else here.line.plan.file
        if file is None:
            near = nearest(name or "", [FilePath(one).name for one in files])
            raise Complaint(f"No line of {name} was recorded{near or '.'}")
        stops = self.marks.track.at_line(file, line)
        if not stops:
            ran = {moment.line.plan.first for moment in moments if moment.line.plan.file == file}
            near_line = min(ran, key=lambda one: (abs(one - line), one))
            raise Complaint(f"Line {line} of {FilePath(file).name} did not run; the nearest that did is {near_line}.")
        return f"{FilePath(file).name}:{line}", stops


def nearest(word: str, known: list[str]) -> str:
    """A question that names the nearest known word; nothing if none is near."""
    near = difflib.get_close_matches(word, known, 1, 0.5)
    return f"; did you mean {near[0]}?" if near else ""
