"""A process that grades: it is told which submissions, and tells their results. `grade` starts one a job.

The checks of a lesson draw and compute in it, with the package's own state (the random numbers, the gradient mode):
threads would share that. And should something end it, that costs one submission and not the run.

A line of JSON in, lines of JSON out:
in         {"secret": hex, "lessons": [name], "limit": s, "longest": s, "hidden": [path]} once;
           {"path": path, "mark": mark of an earlier result or null} for each submission
out        {"ready": {"mode":, "cannot": [sentence]}} or {"ready": {"failed": why}} once;
           {"begun": {"digest":, ...}}, {"lesson": result} ..., {"done": {"error": text}} for each submission;
           {"same": true} if it has its mark still
"""

from __future__ import annotations

import gc
import json
import os
import re
import signal
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Any, TextIO

from ... import mistakes
from ..lessons import Lesson, all_lessons
from .confinement import CannotConfine, Confinement
from .found import is_archive
from .grader import Grader
from .handed_in import HandedIn, handed_in
from .limits import Limits
from .results import Mark, mark_of
from .unpacking import BadArchive, unpack

# What stands in a lesson's checks that look at the package's warnings, or let them be errors.
WARNED = re.compile(r"TeachingWarning|import .*\bmistakes\b|[\w)]\.mistakes\b|record=True|\(.error.")


def main() -> None:
    """Grade until there is no more."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started is ended
    requests, answers = private_pipes()
    terms = json.loads(requests.readline())
    try:
        confinement = Confinement.best([Path(one) for one in terms["hidden"]])
    except CannotConfine as error:
        send(answers, {"ready": {"failed": str(error)}})
        return
    start = partial(confinement.child, Limits(seconds=terms["limit"]))
    course = all_lessons()
    lessons = [lesson for lesson in course if lesson.name in terms["lessons"]]
    if not about_warnings(lessons):
        mistakes.off()  # nobody reads here what they say, and to look costs half of the time; the numbers are the same
    grader = Grader(lessons, bytes.fromhex(terms["secret"]), start, terms["limit"], terms["longest"])
    send(answers, {"ready": {"mode": confinement.mode, "cannot": confinement.cannot}})
    gc.freeze()  # the lessons stay: they need not be looked through each time
    try:
        for line in requests:
            asked = json.loads(line)
            grade(grader, Path(asked["path"]), asked["mark"], course, answers)
            gc.collect()  # a submission's graphs and recordings, before the next one's: memory stays flat
    finally:
        grader.close()
        confinement.close()


def about_warnings(lessons: list[Lesson]) -> bool:
    """Whether checks of these lessons might ask what the package warns of."""
    return any(WARNED.search(lesson.checks().read_text("utf-8")) for lesson in lessons)


def private_pipes() -> tuple[TextIO, TextIO]:
    """The two pipes, taken away from where `print` and `input` of a lesson's check would find them."""
    requests = os.fdopen(os.dup(0), "r", encoding="utf-8")
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    return requests, answers


def send(answers: TextIO, answer: dict[str, Any]) -> None:
    """An answer goes out at once."""
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


def grade(grader: Grader, path: Path, mark: Mark | None, course: list[Any], answers: TextIO) -> None:
    """Grade one submission, if it has another mark; whatever fails in that is told as its error."""
    error = ""
    try:
        with tempfile.TemporaryDirectory(prefix="tinygrad-optim-", ignore_cleanup_errors=True) as folder:
            submission = read(path, Path(folder), course, grader)
            begun = about(submission)
            if mark is not None and mark == mark_of(begun):
                return send(answers, {"same": True})
            send(answers, {"begun": begun})
            for result in grader.grade(submission):
                send(answers, {"lesson": result})
    except Exception as failed:
        error = f"{type(failed).__name__}: {failed}"
    send(answers, {"done": {"error": error[:2000]}})


def read(path: Path, folder: Path, course: list[Any], grader: Grader) -> HandedIn:
    """What was handed in; of an archive that cannot be unpacked, that it was."""
    alone = grader.lessons[0][0] if len(grader.lessons) == 1 else None
    if not is_archive(path):
        return handed_in(path, course, alone)
    try:
        unpack(path, folder)
    except BadArchive as error:
        words = f"{path.name}: {error}"
        return HandedIn(problems={lesson.name: words for lesson in course}, problem=words)
    return handed_in(folder, course, alone)


def about(submission: HandedIn) -> dict[str, Any]:
    """What is known of a submission before it is graded."""
    whose = submission.whose
    return {
        "digest": submission.digest,
        "learner": whose.learner if whose else "",
        "course": whose.course if whose else "",
        "changed": submission.changed,
        "unnamed": submission.problem,
    }
