"""Two runs side by side: lines of two sources, paired because they made the same number.

No table says which line of PyTorch does what which line here does. Each update is a sequence of numbers, each made by
a line; the longest common subsequence of the two sequences, equal up to rounding, pairs the lines.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

import numpy as np

from ..saving import write_text
from .chapters import Step, StoryLine, Update
from .compare_runs import Run, run_both
from .recording import Place
from .snapshot import ContainerAt, ObjectAt, numbers_of, same_bits

ROUNDING = 100  # units in the last place of the largest element, by which two equal values may differ
Numbers = np.ndarray[Any, Any]


@dataclass
class Made:
    """A number (or an array of them) and the line that made it; of what an update begins with, no line."""

    name: str
    numbers: Numbers
    text: str
    place: Place | None = None


@dataclass
class Row:
    """What one line here and one line there have both made; or what only one side has."""

    ours: Made | None
    theirs: Made | None


@dataclass
class ComparedUpdate:
    """One parameter's step, in both."""

    step: int  # from 1
    group: int
    name: str
    shape: tuple[int, ...]
    rows: list[Row]
    difference: float | None  # of the new values, as a share of their largest element; None: not comparable
    same: bool  # up to rounding

    def lines(self) -> list[Any]:
        """Which lines were paired: what is alike in two updates that were made in the same way."""
        pairs = [(row.ours, row.theirs) for row in self.rows]
        return [tuple((one.name, str(one.place)) if one else None for one in pair) for pair in pairs]


@dataclass
class Comparison:
    """A script run with this package and with PyTorch: `print(comparison)`, `save_html(path)`."""

    script: str
    updates: list[ComparedUpdate]
    notes: list[str] = field(default_factory=list)
    error: BaseException | None = None  # what ended one of the runs

    @property
    def verdict(self) -> str:
        """Whether the numbers agree, and if not, where they part."""
        if not self.updates:
            return "no step was taken in both runs: there is nothing to compare"
        parted = [one for one in self.updates if not one.same]
        if parted:
            first = parted[0]
            return f"the runs part in step {first.step}, at {first.name}: the new values differ by {percent(first)}"
        largest = max(one.difference or 0.0 for one in self.updates)
        agree = f"agree within {largest:.1g} of their size: rounding" if largest else "agree bit for bit"
        return f"all {len(self.updates)} new values {agree}"

    def to_text(self, width: int = 120) -> str:
        """The runs side by side, as plain text."""
        from .compare_text import as_text

        return as_text(self, width)

    def to_html(self) -> str:
        """The runs side by side, as one page that needs nothing else."""
        from .compare_html import as_html

        return as_html(self)

    def save_html(self, path: str | os.PathLike[str]) -> FilePath:
        """Write the page, whole or not at all; returns the path."""
        return write_text(path, self.to_html())

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        return f"<Comparison of {self.script}: {self.verdict}>"

    def _repr_html_(self) -> str:
        from ..notebook import framed

        return framed(self.to_html(), repr(self))


def percent(update: ComparedUpdate) -> str:
    return "shape" if update.difference is None else f"{update.difference:.2g} of their size"


def compare(script: str | os.PathLike[str], args: Sequence[str] = (), steps: int = 1) -> Comparison:
    """Run a script with this package and with PyTorch, and lay the first `steps` steps side by side.

    ImportError if PyTorch is not installed; OSError or SyntaxError for a script that cannot be run.
    """
    ours, theirs = run_both(script, args, steps)
    notes = [*notes_on(ours, theirs)]
    updates = []
    for number, (step, other) in enumerate(zip(steps_of(ours), steps_of(theirs)), 1):
        for group, other_group in zip(step.groups, other.groups):
            for update, other_update in zip(group.updates, other_group.updates):
                updates.append(compared(number, update, other_update))
    return Comparison(FilePath(script).name, updates, notes, ours.error or theirs.error)


def steps_of(run: Run) -> list[Step]:
    return [chapter for chapter in run.story.chapters if isinstance(chapter, Step)]


def notes_on(ours: Run, theirs: Run) -> list[str]:
    """What is to be known of the runs themselves."""
    notes = []
    for run in (ours, theirs):
        if run.error is not None:
            notes.append(f"the run with {run.package} ended with {type(run.error).__name__}: {run.error}")
        notes += [f"{run.package}: {note}" for note in run.story.notes if not note.startswith("recorded:")]
    counts = [len(steps_of(run)) for run in (ours, theirs)]
    if counts[0] != counts[1]:
        notes.append(f"{ours.package} took {counts[0]} of the steps, {theirs.package} {counts[1]}")
    if ours.printed != theirs.printed:
        notes.append("the two runs did not print the same")
    return notes


def compared(number: int, ours: Update, theirs: Update) -> ComparedUpdate:
    """Pair the lines of one parameter's update."""
    rows = paired(made_by(ours), made_by(theirs))
    known = {"ours": beginnings(ours), "theirs": beginnings(theirs)}
    kept = [row for row in rows if (row.ours and row.theirs) or not is_known(row, known)]
    new, other = as_array(ours.new), as_array(theirs.new)
    difference = distance(new, other) if new is not None and other is not None else None
    same = new is not None and other is not None and close(new, other)
    parameter = ours.parameter
    return ComparedUpdate(number, ours.group, parameter.name, parameter.shape, kept, difference, same)


def as_array(value: Any) -> Numbers | None:
    """The recorded numbers, of floats alone: counts and flags are no numbers to compare."""
    numbers = numbers_of(value)
    if numbers is None or isinstance(numbers, int):
        return None
    array = np.asarray(numbers)
    return array if array.dtype.kind == "f" else None


def made_by(update: Update) -> list[Made]:
    """Every number of an update, in order: the gradient it begins with, then what each line made."""
    found = [Made("g", array, "the gradient") for array in [as_array(update.gradient)] if array is not None]
    for line in update.lines:
        for change in line.writes:
            value = change.after
            if change.name == "returned" and isinstance(value, ContainerAt):
                value = value.items[0][1]  # the new value; what else a rule returns, its lines have made before
            array = as_array(value)
            if array is not None and not line.raised and not is_fetched(line, value):
                text = " ".join(re.sub(r"\s+# .*", "", row).strip() for row in line.place.text.split("\n"))
                found.append(
                    Made("the new value" if change.name == "returned" else change.name, array, text, line.place)
                )
    return found


def is_fetched(line: StoryLine, value: Any) -> bool:
    """Whether a line only gave another name to a tensor that it read, such as `grad = grads[i]`."""
    read = [one for one in line.reads.values() if isinstance(one, ObjectAt)] if isinstance(value, ObjectAt) else []
    return any(one.token == value.token and same_bits(numbers_of(one), numbers_of(value)) for one in read)


def beginnings(update: Update) -> list[Numbers]:
    """The numbers that an update begins with: a line that merely fetches one has made nothing."""
    values = [update.old, update.gradient, *update.state_before.values()]
    for option in update.options:
        values += option.value if isinstance(option.value, tuple) else [option.value]
    return [array for array in map(as_array, values) if array is not None]


def is_known(row: Row, known: dict[str, list[Numbers]]) -> bool:
    """Whether an unpaired line's number was there before; if it was not, it is from now on."""
    side = "ours" if row.ours else "theirs"
    made = row.ours or row.theirs
    assert made is not None
    if made.place is None or any(close(made.numbers, one) for one in known[side]):
        return True
    known[side].append(made.numbers)
    return False


def paired(ours: list[Made], theirs: list[Made]) -> list[Row]:
    """The rows of the longest common subsequence, with what is on one side alone between them."""
    n, m = len(ours), len(theirs)
    longest = np.zeros((n + 1, m + 1), int)  # of what is left from here
    equal = [[close(a.numbers, b.numbers) for b in theirs] for a in ours]
    for i in reversed(range(n)):
        for j in reversed(range(m)):
            apart = max(longest[i + 1, j], longest[i, j + 1])
            longest[i, j] = max(apart, longest[i + 1, j + 1] + 1) if equal[i][j] else apart
    rows, i, j = [], 0, 0
    while i < n or j < m:
        if i < n and j < m and equal[i][j] and longest[i, j] == longest[i + 1, j + 1] + 1:
            rows.append(Row(ours[i], theirs[j]))
            i, j = i + 1, j + 1
        elif j == m or (i < n and longest[i + 1, j] >= longest[i, j + 1]):
            rows.append(Row(ours[i], None))
            i += 1
        else:
            rows.append(Row(None, theirs[j]))
            j += 1
    return rows


def close(a: Numbers, b: Numbers) -> bool:
    """Whether two values of one shape are equal up to rounding; nan equals nan."""
    if a.shape != b.shape:
        return False
    coarser = max(np.finfo(a.dtype).eps, np.finfo(b.dtype).eps) if a.ndim else np.finfo(np.float32).eps
    return bool(distance(a, b) <= ROUNDING * coarser)


def distance(a: Numbers, b: Numbers) -> float:
    """The largest difference, as a share of the largest element; inf where only one is finite."""
    if a.shape != b.shape:
        return float("inf")
    x, y = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if not x.size or np.array_equal(x, y, equal_nan=True):
        return 0.0
    with np.errstate(all="ignore"):
        size = max(np.nanmax(np.abs(x)), np.nanmax(np.abs(y)))
        found = float(np.max(np.abs(x - y)) / size)
    return found if np.isfinite(found) else float("inf")
