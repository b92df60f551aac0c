"""Everything that is known of a run, as JSON: docs/grades.schema.json says what is in it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ...saving import written_whole
from .dressing import NOTHING
from .report import Run
from .results import FORMAT, SubmissionResult


class NoReport(ValueError):
    """A file that is no report of this format; the message says what to do."""


def write_json(path: Path, results: Iterable[SubmissionResult], run: Run) -> None:
    """Write the report, whole or not at all, a result at a time."""
    head = {
        "format": FORMAT,
        "program": run.program,
        "confinement": {"mode": run.mode, "cannot": list(run.cannot)},
        "lessons": list(run.lessons),
        "due": run.due,
        "late": run.late,
    }
    with written_whole(path) as file:
        file.write(json.dumps(head, indent=1)[:-2].encode("ascii") + b',\n "submissions": [')
        for number, result in enumerate(results):
            file.write(b",\n" if number else b"\n")
            file.write(json.dumps(result).encode("ascii"))
        file.write(b"\n]}\n")


def read_json(path: Path, run_lessons: tuple[str, ...]) -> list[SubmissionResult]:
    """The results of a report, without those who had handed in nothing. NoReport if it is of other lessons, or none."""
    try:
        data: Any = json.loads(path.read_text(encoding="utf-8"))
        if data["format"] != FORMAT:
            raise NoReport(f"{path} is of format {data['format']!r:.20}, and this reads {FORMAT}: grade all again")
        if tuple(data["lessons"]) != run_lessons:
            raise NoReport(f"{path} is of the lessons {', '.join(data['lessons'])}: give the same with --lessons")
        found: list[SubmissionResult] = data["submissions"]
        return [one for one in found if NOTHING not in one["flags"]]
    except OSError as error:
        raise NoReport(f"cannot read {path}: {error.strerror}. Grade without --regrade first") from None
    except (ValueError, KeyError, TypeError) as error:
        if isinstance(error, NoReport):
            raise
        raise NoReport(f"{path} is no report of `grade --json`: grade without --regrade first") from None
