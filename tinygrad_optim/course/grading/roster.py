"""The class's list, a row a learner: its columns are joined to the results, and say who has handed in nothing."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from ..source import Unreadable, text_of

KEYS = ("submission", "learner")  # the column by which results are found: the first of these that is there
SUBMITTED = "submitted"  # the column of when something was handed in
TAKEN = ("points", "of", "late_days", "penalty", "final", "flags", "error")


class BadRoster(ValueError):
    """A roster that cannot be used; the message says why."""


@dataclass(frozen=True)
class Roster:
    """Rows by what their key column holds."""

    columns: tuple[str, ...]
    key: str
    rows: dict[str, dict[str, str]]

    def row(self, submission: str, learner: str) -> dict[str, str]:
        """The row of a submission; {} if there is none."""
        return self.rows.get(submission if self.key == "submission" else learner, {})

    def without(self, seen: set[str]) -> list[str]:
        """What the key column holds of those who are not among these."""
        return [name for name in self.rows if name not in seen]


def read_roster(path: Path) -> Roster:
    """A roster from a CSV file with a line of column names. BadRoster if it cannot be used."""
    try:
        text = text_of(path)
    except Unreadable as error:
        raise BadRoster(str(error)) from None
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise BadRoster(f"{path} is no CSV: {error}") from None
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    columns = tuple(cell.strip() for cell in rows[0]) if rows else ()
    key = next((name for name in KEYS if name in columns), None)
    if key is None:
        raise BadRoster(
            f"{path} has the columns {', '.join(columns) or '(none)'}: it needs one called submission (the name of the "
            "folder or archive) or learner (the name given to `tinygrad-optim start`)"
        )
    twice = [name for name in columns if columns.count(name) > 1 or name in TAKEN]
    if twice:
        raise BadRoster(f"{path}: the column {twice[0]!r} is there twice, or is one of the report's: rename it")
    return Roster(columns, key, by_key(path, rows, columns, key))


def by_key(path: Path, rows: list[list[str]], columns: tuple[str, ...], key: str) -> dict[str, dict[str, str]]:
    """The rows, by what their key column holds. BadRoster if a row has too many cells, no key, or another's."""
    found: dict[str, dict[str, str]] = {}
    for number, cells in enumerate(rows[1:], 2):
        row = dict(zip(columns, [cell.strip() for cell in cells] + [""] * len(columns)))
        if len(cells) > len(columns) or not row[key] or row[key] in found:
            reason = (
                "has more cells than there are columns" if len(cells) > len(columns) else f"needs a {key} of its own"
            )
            raise BadRoster(f"{path}: row {number} {reason}")
        found[row[key]] = row
    return found
