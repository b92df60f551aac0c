"""What the stepper shows: where it stands, the source around, and what the line read and wrote."""

from __future__ import annotations

import linecache
from pathlib import Path as FilePath
from typing import Any

from rich.console import Console
from rich.syntax import Syntax
from rich.text import Text

from ..display import show_array
from .navigation import Cursor, Moment
from .shown import shown, size_of
from .snapshot import ABSENT, SAMPLE, WHOLE, ArrayAt, ContainerAt, ObjectAt, is_same
from .stepper_marks import Marks
from .stepper_values import Found

MARK, CHANGED = "->", "*"  # before the line at work, and before what it changed
SEEN_ONLY = (ArrayAt, ObjectAt, ContainerAt)  # what may have changed since, unseen
LEAST, MOST = 8, 21  # lines of source on a page
INDENT = 9  # of source: the mark and the number


class Screen:
    """A console, and the ways to write a recording's lines and values on it."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.files: dict[str, list[Text]] = {}  # source lines, in colour on a terminal

    def say(self, *pieces: str | Text | tuple[str, str], cut: bool = False) -> None:
        """One line; with `cut`, no wider than the terminal."""
        text = Text.assemble(*pieces)
        if cut and self.console.is_terminal:
            text.truncate(self.console.width - 1, overflow="ellipsis")
        self.console.print(text, soft_wrap=True, highlight=False)

    def clear(self) -> None:
        """A fresh page; what is on the screen moves up, out of sight but not away."""
        if self.console.is_terminal and not self.console.is_dumb_terminal:
            self.console.file.write("\n" * (self.console.height - 1) + "\x1b[H\x1b[J")

    def lines_of(self, file: str) -> list[Text]:
        """A file's lines; coloured as a whole, for a string may go over several lines."""
        if file not in self.files:
            text = "".join(linecache.getlines(file)).expandtabs(4).rstrip("\n")
            highlighter = Syntax("", "python", theme="ansi_dark", background_color="default")
            whole = highlighter.highlight(text) if self.console.is_terminal else Text(text)
            whole.rstrip()
            self.files[file] = list(whole.split("\n", allow_blank=True)) if text else []
        return self.files[file]

    # ---- the page of a moment ------------------------------------------------------------------------

    def page(self, marks: Marks, cursor: Cursor) -> None:
        """The place, the source around it as far as there is room, and the line's values."""
        here = cursor.looked_at
        rows = self.values(here)
        self.headline(marks, cursor)
        self.place(cursor)
        room = self.console.height - 6 if self.console.is_terminal else 99
        least = min(LEAST, room // 2)
        kept = rows if len(rows) <= room - least else rows[: max(0, room - least - 1)]
        free = min(room - len(kept) - (len(kept) < len(rows)), MOST) if self.console.is_terminal else LEAST
        self.source(here, *self.around(here, free))
        self.say("")
        self.rows(kept)
        if len(kept) < len(rows):
            self.say((f"         and {len(rows) - len(kept)} more: v shows all", "dim"))
        self.say("")

    def around(self, here: Moment, free: int) -> tuple[int, int]:
        """The first and the last line of so many around the one at work, of which two thirds come before it."""
        plan = here.line.plan
        free -= sum(len(self.folded(row)) for row in self.lines_of(plan.file)[plan.first - 1 : plan.last])
        before = 2 * max(0, free) // 3
        return plan.first - before, plan.last + max(0, free) - before

    def headline(self, marks: Marks, cursor: Cursor) -> None:
        """Which moment of how many, and where that is in the story."""
        left, right = f"moment {cursor.now} of {len(marks.track.moments) - 1}", where_in(marks, cursor.now)
        if len(left) + len(right) + 4 > self.console.width:
            left = f"moment {cursor.now}"
        room = self.console.width - 1 - len(left) - len(right)
        fill = "-" * max(1, room - 2) if self.console.is_terminal else "--"
        self.say((left, "dim"), (f" {fill} ", "dim"), (right, "bold"), cut=True)

    def place(self, cursor: Cursor) -> None:
        """The line at work, and those that called it."""
        stack = cursor.stack()[cursor.up_by :]
        callers = ", ".join(f"{one.call.name} ({short(one)})" for one in stack[1:4])
        below = f", {cursor.up_by} down: d" if cursor.up_by else ""
        self.say(
            (short(stack[0]), "bold cyan"),
            f" in {stack[0].call.name}",
            (below, "yellow"),
            (f"   called by {callers}" if callers else "", "dim"),
            (", ..." if len(stack) > 4 else "", "dim"),
            cut=True,
        )

    def source(self, here: Moment, first: int, last: int) -> None:
        """Some lines of the file, the one at work marked."""
        plan = here.line.plan
        rows = self.lines_of(plan.file)
        if not rows:
            self.say((f"  the source of {plan.file} cannot be found", "dim"))
            return
        first, last = max(1, first), min(len(rows), last)
        if not self.console.is_terminal:
            while first < plan.first and not rows[first - 1].plain.strip():
                first += 1
        for number in range(first, last + 1):
            at_work = plan.first <= number <= plan.last
            mark = MARK if number == plan.first else "  "
            code = rows[number - 1].copy()
            margin = (f"{mark} {number:>4}  ", "bold yellow" if at_work else "dim")
            if not at_work or not self.console.is_terminal:
                self.say(margin, code, cut=True)
                continue
            for i, part in enumerate(self.folded(code)):  # the line at work is shown whole
                self.say(margin if not i else " " * INDENT, part)

    def folded(self, code: Text) -> list[Text]:
        """A line of source, over as many rows as the terminal needs for it."""
        indent = len(code.plain) - len(code.plain.lstrip())
        parts = code[indent:].wrap(self.console, max(20, self.console.width - 3 - INDENT - indent))
        return [Text.assemble(" " * (indent if not i else indent + 2), part) for i, part in enumerate(parts)]

    def values(self, here: Moment) -> list[list[Any]]:
        """What the line read, and what it changed, before and after: a row each."""
        said: list[list[Any]] = []
        reads = here.line.values("reads")
        for i, (name, value) in enumerate(reads.items()):
            said.append([("reads    " if not i else " " * 9, "dim"), f"{name} = ", (shown(value), "")])
        for change in self.written(here):
            said.append(change)
        if here.line.raised:
            said.append([("raised   ", "bold red"), "an exception left this line here"])
        calls = list(dict.fromkeys(call.name for call in here.line.calls))
        if calls:
            said.append([("calls    ", "dim"), ", ".join(calls[:4]), ("   s goes in", "dim")])
        if any(is_sample(value) for shelf in ("reads", "writes") for value in here.line.values(shelf).values()):
            said.append([(f"         of arrays with more than {WHOLE} elements, {SAMPLE} were recorded", "dim")])
        return said

    def rows(self, rows: list[list[Any]]) -> None:
        for pieces in rows:
            self.say(*pieces, cut=True)

    def written(self, here: Moment) -> list[list[Any]]:
        """A row or two for each thing that the line wrote."""
        rows = []
        before, known = here.line.values("before"), known_before(here)
        for name, after in here.line.values("writes").items():
            old = before.get(name, known.get(name, ABSENT))
            if is_same(old, after):
                if here.line.plan.kind != "Expr":
                    rows.append([("writes   ", "dim"), f"{name} = {shown(after)}", ("   as it was", "dim")])
            elif old is ABSENT:
                rows.append([(f"writes {CHANGED} ", "green"), (f"{name} = {shown(after)}", "green")])
            else:
                rows += self.before_and_after(f"writes {CHANGED} ", name, old, after)
        if here.line.plan.kind == "Return" and here.place == len(here.call.lines) - 1:
            rows.append([("returns  ", "dim"), (shown(here.call.result), "green")])
        return rows

    def before_and_after(self, label: str, name: str, old: Any, after: Any) -> list[list[Any]]:
        """name = old -> after, below each other where the line would be too long."""
        one = [(label, "green"), f"{name} = {shown(old)}", (f" -> {shown(after)}", "green")]
        if (
            not self.console.is_terminal
            or sum(len(part if isinstance(part, str) else part[0]) for part in one) < self.console.width
        ):
            return [one]
        indent = " " * (len(label) + len(name))
        return [[(label, "green"), f"{name} = {shown(old)}"], [f"{indent}-> ", (shown(after), "green")]]

    # ---- more ----------------------------------------------------------------------------------------

    def value(self, found: Found) -> None:
        """One name's value, in full."""
        earlier = found.seen is not None and found.seen.number < 0 and isinstance(found.value, SEEN_ONLY)
        where = f"   as {short(found.seen)} saw it" if earlier and found.seen else ""
        for label, value in ((f"{found.name} = ", found.value), (f"{found.name} becomes ", found.after)):
            if value is not ABSENT:
                self.say((label, "bold"), whole(value), (where if value is found.value else " by this line", "dim"))

    def stack(self, cursor: Cursor) -> None:
        """The calls at work, outermost first."""
        stack = cursor.stack()
        for depth in range(len(stack) - 1, -1, -1):
            one = stack[depth]
            mark = MARK if depth == cursor.up_by else "  "
            line = one.line.plan.text.split("\n")[0]
            self.say(
                (f"{mark} ", "bold yellow"),
                (f"{short(one):<20} ", "cyan"),
                f"{one.call.name:<14} ",
                (line, "dim"),
                cut=True,
            )


def where_in(marks: Marks, number: int) -> str:
    """Chapter, group and parameter, in words."""
    chapter, turn = marks.chapter_at(number), marks.turn_at(number)
    parts = [chapter.title if chapter else f"{marks.steps_done(number)} of {marks.last_step} steps done"]
    if chapter is not None and chapter.kind == "step":
        parts[0] += f" of {marks.last_step}"
    if turn is not None and chapter is not None and chapter.kind in ("step", "construct"):
        parts += [f"group {turn.group}", *([turn.parameter] if turn.parameter else [])]
    return ", ".join(parts)


def short(moment: Moment) -> str:
    """file.py:12"""
    return f"{FilePath(moment.line.plan.file).name}:{moment.line.plan.first}"


def known_before(here: Moment) -> dict[str, Any]:
    """What the call's earlier lines left under each name."""
    known = dict(here.call.args)
    for line in here.call.lines[: here.place]:
        known.update(line.values("writes"))
    return known


def is_sample(value: Any) -> bool:
    held = value.array if isinstance(value, ObjectAt) else value
    return isinstance(held, ArrayAt) and held.sampled


def whole(value: Any) -> str:
    """A value with all the numbers that were kept, over several lines if it must be."""
    held = value.array if isinstance(value, ObjectAt) else value
    if not isinstance(held, ArrayAt) or held.numbers is None or held.numbers.size < 2:
        return shown(value)
    kind = f"{size_of(held.shape)} {held.dtype}"
    if held.sampled:
        kind += f", of which {held.numbers.size} elements were recorded"
    numbers = show_array(held.numbers)
    return f"{kind}\n{numbers}" if "\n" in numbers else f"{kind} {numbers}"
