"""The story: a recording folded into chapters a person recognises, of any script and any optimizer."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from ..saving import write_text
from .chapters import Backward, Chapter, Forward, OwnLine, plain
from .construct import tell_construct
from .own import OwnLines
from .passes import is_arrival, is_backward, is_op, tell_backward, tell_leaf, tell_op
from .reading import Teller
from .recorder import Recorder
from .recording import Call, Recording
from .steps import is_step, tell_step

VERSION = 1  # of what to_dict() gives: raised when a key goes or its meaning changes


@dataclass
class Story:
    """What happened, in the order in which it happened."""

    chapters: list[Chapter]
    notes: list[str] = field(default_factory=list)
    lines: int = 0  # recorded in all
    ended_by: str | None = None  # the exception that ended it, and where
    own: list[OwnLine] = field(default_factory=list)  # the program's own lines, where they were recorded too
    first_step: int = 1  # the number of the first step told, among all that the program took
    version: int = VERSION

    def to_dict(self) -> dict[str, Any]:
        """The story in dicts, lists, texts and numbers, as JSON has them; its shape is that of chapters.py's records.

        {"version": 1, "chapters": [...], "own": [...], "notes": [...], "lines": n, "ended_by": text or null,
        "first_step": n}; each
        chapter has a "kind": construct, forward, backward or step. An array is {"shape", "dtype", "numbers", "sampled",
        "low", "high", "norm"}, its numbers exactly those recorded; one that is not finite is a text.
        """
        found: dict[str, Any] = plain(self)
        return found

    def to_text(self, full: bool = False) -> str:
        """The story as plain text; `full` tells every parameter's lines, not only the first one's."""
        from .text import as_text

        return as_text(self, full=full)

    def to_html(self) -> str:
        """The story as one page that needs nothing else."""
        from .page import as_html

        return as_html(self)

    def save_text(self, path: str | os.PathLike[str], full: bool = False) -> FilePath:
        """Write the story as text, whole or not at all; returns the path."""
        return write_text(path, self.to_text(full))

    def save_html(self, path: str | os.PathLike[str]) -> FilePath:
        """Write the story as one HTML file, whole or not at all; returns the path."""
        return write_text(path, self.to_html())

    def __repr__(self) -> str:
        kinds = ", ".join(chapter.kind for chapter in self.chapters)
        return f"<Story of {self.lines} lines: {kinds or 'no chapters'}>"

    def _repr_html_(self) -> str:
        from ..notebook import framed

        return framed(self.to_html(), repr(self))


def tell(recorded: Recording | Recorder) -> Story:
    """The story of a recording: construct, forward, backward, step, as often as they come."""
    recording = recorded.recording if isinstance(recorded, Recorder) else recorded
    teller = Teller(recording)
    chapters: list[Chapter] = []
    calls = list(recording.all_calls())
    inside = within_steps(calls)
    own = OwnLines(teller, inside)
    waiting: list[tuple[Call, set[int]]] = []  # steps that run a closure are told after what it does
    for call, line in recording.happened():
        if line is not None:
            own.tell(call, line, chapters)
            continue
        while waiting and id(call) not in waiting[-1][1]:
            chapters.append(tell_step(teller, waiting.pop()[0]))
        if is_step(call) and (within := {id(one) for one in call.all_calls()}) - inside - {id(call)}:
            waiting.append((call, within))
        else:
            tell_call(teller, call, chapters, id(call) in inside)
    chapters += [tell_step(teller, call) for call, _ in reversed(waiting)]
    ended_by = None
    if recording.error is not None:
        where = recording.error_place
        ended_by = f"{recording.error}, at {where} in {where.function}: {where.text}" if where else recording.error
    return Story(chapters, list(recording.notes), recording.lines, ended_by, own.told, recording.first_step)


def tell_call(teller: Teller, call: Call, chapters: list[Chapter], inside: bool) -> None:
    """Add what this call means to the chapters, if it means something by itself."""
    last = chapters[-1] if chapters else None
    if call.name == "add_param_group":
        opened = tell_construct(teller, call)
        if opened is not None:
            chapters.append(opened)
    elif is_step(call):
        chapters.append(tell_step(teller, call))
    elif inside:
        return
    elif is_backward(call):
        chapters.append(tell_backward(teller, call))
    elif is_arrival(call) and isinstance(last, Backward):
        tell_leaf(teller, call, last)
    elif is_op(call):
        run = tell_op(teller, call)
        if run is not None and isinstance(last, Forward):
            last.ops.append(run)
        elif run is not None:
            chapters.append(Forward([run]))


def within_steps(calls: list[Call]) -> set[int]:
    """The ids of calls that are a step's own arithmetic: part of one in which no backward runs (no closure)."""
    found: set[int] = set()
    for call in calls:
        if is_step(call):
            inner = list(call.all_calls())[1:]
            if not any(is_backward(one) for one in inner):
                found.update(id(one) for one in inner)
    return found
