"""The marks as a table: a row a submission, the roster's columns first."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ...saving import written_whole
from .report import Run
from .results import SubmissionResult

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would take a cell for that begins so


def write_csv(path: Path, results: Iterable[SubmissionResult], run: Run) -> None:
    """Write the table, whole or not at all."""
    columns = columns_of(run)
    with written_whole(path) as file:
        file.write(line_of(columns))
        for result in results:
            row = row_of(result)
            file.write(line_of([harmless(row.get(column, "")) for column in columns]))


def line_of(cells: list[Any]) -> bytes:
    """A row as it stands in the file."""
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue().encode("utf-8", "backslashreplace")


def columns_of(run: Run) -> list[str]:
    """The roster's columns, and those of the report that it has not."""
    ours = ["submission", "learner", *run.lessons, "points", "of", "late_days", "penalty", "final", "flags", "error"]
    return [*run.roster, *(column for column in ours if column not in run.roster)]


def row_of(result: SubmissionResult) -> dict[str, Any]:
    """A result's cells, by column."""
    late = result["late"]
    row: dict[str, Any] = {"submission": result["submission"], "learner": result["learner"], **result["roster"]}
    row |= {lesson["lesson"]: lesson["points"] for lesson in result["lessons"]}
    row |= {"points": result["points"], "of": result["of"], "final": f"{result['final']:g}"}
    row |= {"late_days": late["days"] if late else 0, "penalty": f"{late['penalty']:g}" if late else 0}
    return row | {"flags": "; ".join(result["flags"]), "error": result["error"]}


def harmless(cell: Any) -> Any:
    """A cell that no spreadsheet takes for a formula: names and messages are the learners' own."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) and not is_number(cell) else cell


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
