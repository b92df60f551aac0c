"""The slice of a run that matters: the lines of the learner's own file as they ran, with their values, loops folded."""

from __future__ import annotations

import linecache
import os
import textwrap
from collections.abc import Callable, Iterator
from inspect import CO_OPTIMIZED  # what functions have, and bodies of classes have not
from types import ModuleType
from typing import Any

from ..trace import Recorder
from ..trace.loops import loops_in
from ..trace.recording import Call, Line, Recording
from ..trace.shown import shown
from ..trace.snapshot import ABSENT, ObjectAt

LINES = 12  # the last ones
RECORDED = 20_000  # lines, and no more


def traced(call: Callable[..., Any], module: ModuleType, inputs: dict[str, Any], path: str) -> dict[str, Any]:
    """Run a case once more, recorded, and tell the end of it: {"lines": rows, "returned": text}.

    A row is [line, depth, source, [what it changed], whether it raised]; where line is 0, it is a call, or says what
    was left out.
    """
    try:
        recorder = Recorder(only=[path], max_lines=RECORDED)
    except ValueError:  # there is no such file any more
        return {}
    try:
        with recorder:
            call(module, **inputs)
    except BaseException:  # told already, when it was run the first time
        pass
    try:
        return {"lines": rows_of(recorder.recording, path), "returned": returned(recorder.recording, path)}
    except Exception:  # a value that cannot be written, such as an int of 5000 digits
        return {}


def returned(recording: Recording, path: str) -> str:
    """What the learner's function gave, as far as it is known: "a Tensor [1, 2]"."""
    own = [call for call in recording.all_calls() if is_own(call, path)]
    if not own or own[0].result is ABSENT:
        return ""
    return shown(own[0].result)


def is_own(call: Call, path: str) -> bool:
    return os.path.abspath(call.code.co_filename) == path


def rows_of(recording: Recording, path: str) -> list[list[Any]]:
    """The last lines that ran, folded."""
    rows = fold(list(ran(recording, path)), loops_in(path))
    if len(rows) <= LINES:
        return rows
    left = sum(1 for row in rows[: -LINES + 1] if row[0])
    return [[0, 0, f"... {left} lines before", [], False], *rows[-LINES + 1 :]]


def ran(recording: Recording, path: str) -> Iterator[list[Any]]:
    """Each line of the learner's file, as it ran."""
    depths: dict[int, int] = {}
    for call, line in recording.happened():
        if not is_own(call, path) or not call.code.co_flags & CO_OPTIMIZED:
            continue
        if line is None:
            above = [depths[id(one)] for one in call.ancestors() if id(one) in depths]
            depths[id(call)] = depth = above[0] + 1 if above else 0
            yield [0, depth, f"{call.name}({arguments(call)})", [], False]
        elif line.plan.kind not in ("FunctionDef", "ClassDef"):
            text = textwrap.indent(line.plan.text, " " * inside(call, line))
            yield [line.plan.first, depths[id(call)] + 1, text, changes(line), line.raised]


def inside(call: Call, line: Line) -> int:
    """How far a line stands in from the first level of its function: in a loop, say."""
    own = call.plans.get(call.code.co_firstlineno)
    places = [linecache.getline(line.plan.file, number) for number in (line.plan.first, own.first if own else 0)]
    at, start = (len(place) - len(place.lstrip()) for place in places)
    return max(0, at - start - 4)


def arguments(call: Call) -> str:
    """What a function was called with."""
    return ", ".join(f"{name}={shown(value)}" for name, value in call.args.items() if value is not ABSENT)


def changes(line: Line) -> list[str]:
    """What a line wrote; of a line that only returns or tests, what it read."""
    values = line.values("writes")
    if not values and line.plan.kind in ("Return", "If", "While", "Expr", "Assert", "Raise"):
        values = line.values("reads")
    return [f"{name} = {shown(value)}" for name, value in values.items() if worth_telling(value)]


def worth_telling(value: Any) -> bool:
    return not (isinstance(value, ObjectAt) and value.kind in ("object", "function", "module", "class"))


def fold(rows: list[list[Any]], loops: dict[int, int]) -> list[list[Any]]:
    """The rows, of each loop that ran more than twice the first time through it and the last."""
    told: list[list[Any]] = []
    start = 0
    while start < len(rows):
        header = outermost(rows[start][0], loops)
        end = start + 1
        while header and end < len(rows) and goes_on(rows[start], rows[end], header, loops):
            end += 1
        told += fold_one(rows[start:end], header, loops) if header else rows[start:end]
        start = end
    return told


def goes_on(start: list[Any], row: list[Any], header: int, loops: dict[int, int]) -> bool:
    """Whether a row is of the loop that a row before it began: one of its lines, or of a call made from it."""
    if row[1] != start[1]:
        return bool(row[1] > start[1])
    return not row[0] or outermost(row[0], loops) == header


def fold_one(rows: list[list[Any]], header: int, loops: dict[int, int]) -> list[list[Any]]:
    """The rows of one loop, from its first line on."""
    starts = [i for i, row in enumerate(rows) if row[0] == header and row[1] == rows[0][1]]
    times = [rows[start:end] for start, end in zip([0, *starts[1:]], [*starts[1:], len(rows)])]
    if len(times[-1]) == 1 and len(times) > 1 and not rows[-1][4]:
        times.pop()  # the loop's last look at whether there is more
    inner = {line: loop for line, loop in loops.items() if loop != header}
    first, last = [times[0][0], *fold(times[0][1:], inner)], [times[-1][0], *fold(times[-1][1:], inner)]
    if len(times) == 1:
        return first
    between = [[0, rows[0][1], f"... {len(times) - 2} more times through this loop", [], False]]
    return first + (between if len(times) > 2 else []) + last


def outermost(line: int, loops: dict[int, int]) -> int | None:
    """The line at which the outermost loop begins that this line stands in, or begins; None if there is none."""
    found = line if line in loops.values() else None
    while line in loops:
        found = line = loops[line]
    return found
