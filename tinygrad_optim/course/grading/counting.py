"""Tells how a run of `grade` goes on: a bar on a terminal (with rich, if it is installed), else a line a submission."""

from __future__ import annotations

import sys
from typing import Any

from ...trace.text_page import visible
from .results import SubmissionResult


class Counter:
    """`with Counter() as counter: counter.begin(500, about); counter.told(result)`, for each result as it comes."""

    def __init__(self) -> None:
        self.bar: Any = None

    def __enter__(self) -> Counter:
        return self

    def __exit__(self, *given: object) -> None:
        if self.bar is not None:
            self.bar.stop()

    def begin(self, total: int, about: dict[str, Any]) -> None:
        """Tell what the confinement does not stop, and show a bar where that can be."""
        if about["cannot"]:
            print("Learners' code is not stopped here from all that it might do:")
            print(*(f"  {sentence}" for sentence in about["cannot"]), sep="\n", flush=True)
        if total > 1 and sys.stdout.isatty():
            try:
                from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
            except ImportError:
                return
            columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
            self.bar = Progress(*columns)
            self.bar.start()
            self.bar.add_task("grading", total=total)

    def told(self, result: SubmissionResult | None) -> None:
        """Tell a result, if it is a new one; beside a bar only one on which the grader failed."""
        if self.bar is None:
            if result is not None:
                print(line_of(result), flush=True)
            return
        self.bar.advance(self.bar.task_ids[0])
        if result is not None and result["error"]:
            self.bar.console.print(line_of(result), markup=False, highlight=False)


def line_of(result: SubmissionResult) -> str:
    """A result in one line; no letter of a learner's reaches the terminal as a command to it."""
    line = f"{visible(result['submission']):<24} {result['points']:>5} of {result['of']} points"
    notes = [lesson["lesson"][:2] for lesson in result["lessons"] if lesson["problem"]]
    if notes:
        line += f", nothing of {', '.join(notes)}"
    return line + (f"   NOT GRADED TO ITS END: {visible(result['error'])}" if result["error"] else "")
