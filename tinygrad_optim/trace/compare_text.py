"""Two runs side by side, as text in two columns."""

from __future__ import annotations

import textwrap
from typing import Any

from .compare import ComparedUpdate, Made, Row
from .shown import elements, number, size_of

BETWEEN = {"both": " = ", "ours": "   ", "theirs": "   "}
KEY = (
    "Above the lines stands the number they made. = between two lines: both made it, up to rounding. A line alone "
    "made a number that the other side has at no line of its own."
)


def as_text(comparison: Any, width: int) -> str:
    """The whole comparison; an update whose pairs were told before is one line."""
    lines = [f"{comparison.script}, run with tinygrad_optim and with PyTorch: {comparison.verdict}"]
    lines += [f"Note: {note}" for note in comparison.notes]
    told: list[Any] = []
    step = 0
    for update in comparison.updates:
        if update.step != step:
            step = update.step
            lines += ["", f"STEP {step}"]
        if update.lines() in told:
            lines += ["", f"  {head(update)}: the same lines; {outcome(update)}"]
            continue
        told.append(update.lines())
        lines += ["", f"  {head(update)}: {outcome(update)}", ""]
        lines += table(update, width)
    return "\n".join([*lines, "", *textwrap.wrap(KEY, width)]) + "\n"


def head(update: ComparedUpdate) -> str:
    return f"{update.name} {size_of(update.shape) or 'one number'}, in group {update.group}"


def outcome(update: ComparedUpdate) -> str:
    """Whether the new values agree."""
    if update.difference is None:
        return "the new values cannot be compared"
    if update.difference == 0:
        return "the new values are the same, bit for bit"
    return f"the new values {'agree' if update.same else 'DIFFER'}, within {update.difference:.2g} of their size"


def table(update: ComparedUpdate, width: int) -> list[str]:
    """The rows in two columns, each pair under the number that both made."""
    column = max(30, (width - 7) // 2)
    lines = [f"    {'tinygrad_optim':<{column}}   PyTorch", f"    {'-' * column}   {'-' * column}"]
    for row in update.rows:
        kind = "both" if row.ours and row.theirs else "ours" if row.ours else "theirs"
        left, right = cell(row.ours, column), cell(row.theirs, column)
        if is_line(row):
            lines.append(f"    {value(row.ours or row.theirs)}")
        for i in range(max(len(left), len(right))):
            texts = [side[i] if i < len(side) else "" for side in (left, right)]
            lines.append(f"    {texts[0]:<{column}}{BETWEEN[kind] if i == 0 else '   '}{texts[1]}".rstrip())
        lines.append("")
    return lines


def is_line(row: Row) -> bool:
    return any(one is not None and one.place is not None for one in (row.ours, row.theirs))


def value(made: Made | None) -> str:
    """A number in a few words."""
    if made is None:
        return ""
    flat = made.numbers.ravel()
    return number(flat[0]) if flat.size == 1 else elements(flat)


def cell(made: Made | None, column: int) -> list[str]:
    """A line of source, with its place before it, wrapped."""
    if made is None:
        return []
    if made.place is None:
        return textwrap.wrap(f"{made.text}: {value(made)}", column)
    return textwrap.wrap(f"{made.place!s:<12} {made.text}", column, subsequent_indent=" " * 13)
