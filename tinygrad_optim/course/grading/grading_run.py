"""A run of `grade`: which submissions are graded anew, which results are taken over, and where all of them are kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..lessons import Lesson
from .counting import Counter
from .dressing import Dressing
from .found import NoSubmission, Submission
from .jobs import Jobs, Terms
from .journal import Journal
from .results import FORMAT, SubmissionResult, mark_of
from .secret import name_of


@dataclass
class Graded:
    """The results of a run: on the disk, and dressed as they are asked for."""

    journal: Journal
    dressing: Dressing
    anew: list[Submission]  # what this run is to grade
    names: list[str] = field(default_factory=list)  # of all results that there will be
    about: dict[str, Any] = field(default_factory=dict)  # how the learners' code was confined
    same: int = 0  # submissions that were graded before this run, and are the same
    errors: int = 0  # submissions on which the grader itself failed

    def results(self) -> Iterator[SubmissionResult]:
        """Each result that there is, with all that the class makes of it."""
        return self.dressing.dressed(self.journal.results(self.names))


def begin(
    path: Path | None,
    key: str,
    resume: bool,
    anew: list[Submission],
    earlier: list[SubmissionResult],
    dressing: Dressing,
) -> Graded:
    """A run that has graded nothing yet. path: of the journal. earlier: results that are taken over as they are."""
    graded = Graded(Journal(path, key, resume), dressing, anew)
    again = {one.name for one in anew}
    kept = [result for result in earlier if result["submission"] not in again]
    for result in kept:
        graded.journal.add(result)
    graded.names = sorted(again | {result["submission"] for result in kept})
    return graded


def key_of(terms: Terms, lessons: list[Lesson]) -> str:
    """What tells this run from those whose results would be others: the checks themselves are in it."""
    parts = [hashlib.sha256(lesson.checks().read_bytes()).hexdigest() for lesson in lessons]
    told = [FORMAT, name_of(terms.secret), terms.lessons, terms.limit, terms.longest, parts]
    return hashlib.sha256(json.dumps(told).encode("ascii")).hexdigest()


def chosen(submissions: list[Submission], names: list[str]) -> list[Submission]:
    """Those of these names. NoSubmission if there is none of one."""
    there = {one.name: one for one in submissions}
    missing = [name for name in names if name not in there]
    if missing:
        raise NoSubmission(f"there is no submission called {missing[0]!r:.80}; there are {', '.join(there):.300}")
    return [there[name] for name in dict.fromkeys(names)]


def grade_all(graded: Graded, terms: Terms, jobs: int, counter: Counter) -> None:
    """Grade what is to be graded, and tell of each; of what is in the journal, what is another now, or had an error."""
    names = {one.name for one in graded.anew}
    marks = {one["submission"]: mark_of(one) for one in graded.journal.results() if not one["error"]}
    try:
        if names:
            with Jobs(terms, jobs) as at_work, counter:
                graded.about = at_work.about
                counter.begin(len(names), at_work.about)
                for result in at_work.graded(graded.anew, marks):
                    if result is None:
                        graded.same += 1
                    else:
                        graded.journal.add(result)
                    counter.told(result)
        graded.dressing.complete = True
    finally:
        for result in graded.journal.results(graded.names):
            graded.dressing.note(result)
            graded.errors += bool(result["error"])


def journal_of(outputs: list[Path | None]) -> Path | None:
    """Where the results are kept meanwhile: beside the first file that is to be written."""
    path = next((one for one in outputs if one is not None), None)
    return None if path is None else path.with_name(path.name + ".journal")
