"""The command `grade`: run the checks of the course on what learners have handed in, and report the points."""

from __future__ import annotations

import argparse
import os
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .arguments import Refused, number, whole_number
from .learner import add_command, refusing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..course.grading.dressing import Dressing
    from ..course.grading.found import Submission
    from ..course.grading.grading_run import Graded
    from ..course.grading.jobs import Terms
    from ..course.grading.report import Run
    from ..course.lessons import Lesson

FIRST = """Examples:
  tinygrad-optim grade course --lessons 6
  tinygrad-optim grade course --lessons 6,7 --secret secret.txt --csv grades.csv --json grades.json
  tinygrad-optim grade course --lessons 6 --csv grades.csv --deadline 2026-05-01T18:00 --late "10%/day, max 3 days"

SUBMISSION is a learner's folder, as `tinygrad-optim start` made it, or a zip or tar archive of one; or a folder with
one of these for each learner. What is missing earns nothing, and is told as missing.

Predictions are checked with the learner's own numbers, by the names in progress.json. All other inputs are drawn from
the secret and from what was handed in: new for each submission, the same when it is graded again. The secret stands in
a file, which is made if it is missing, or in the environment variable TINYGRAD_OPTIM_SECRET.

Learners' code runs in processes of its own that can do little harm; what this machine cannot stop is said first. As
root most can be stopped. The instructor's guide, lessons/README.md, says what remains.

A roster is a CSV file with a column submission (the name of the folder or archive) or learner (the name in
progress.json); a column submitted tells when. A late policy has any of these parts: "10%/day" or "2 points/hour" for
each begun, "at most 30%", "max 3 days" (later earns nothing), "grace 15 minutes".

Exit codes: 0 all was graded, whatever it earned; 1 the grader itself failed on one; 2 bad input; 130 interrupted,
with what was graded until then written. --resume goes on with a run that was broken off."""


def add(commands: Any) -> None:
    """Declare `grade` and its arguments."""
    grade = add_command(commands, "grade", "grade what learners have handed in", FIRST, run)
    grade.add_argument("submissions", nargs="+", type=Path, metavar="SUBMISSION", help="a folder or an archive")
    grade.add_argument("--lessons", default="", metavar="LIST", help="6,7 or 1-5 (default: all)")
    grade.add_argument("--secret", type=Path, metavar="FILE", help="what inputs are drawn from; made if missing")
    add_reports(grade)
    grade.add_argument("--roster", type=Path, metavar="CSV", help="the class, joined to the reports")
    grade.add_argument("--deadline", metavar="TIME", help="when it was due: 2026-05-01T18:00, or with a zone, +02:00")
    grade.add_argument("--late", default="", metavar="POLICY", help='what lateness costs: "10%%/day, max 3 days"')
    some = grade.add_mutually_exclusive_group()
    some.add_argument("--only", default="", metavar="NAMES", help="grade these alone: ada,ben")
    words = "grade these anew; the others' results are taken from the report that --json names"
    some.add_argument("--regrade", default="", metavar="NAMES", help=words)
    words = "go on with a run that was broken off; what has changed is graded again"
    some.add_argument("--resume", action="store_true", help=words)
    words = "how many submissions are graded at once (default: as many as there are processors)"
    grade.add_argument("--jobs", type=whole_number(1), default=os.cpu_count() or 1, metavar="N", help=words)
    words = "seconds that one case may take (default: 10)"
    grade.add_argument("--timeout", type=number(0.1), default=10.0, metavar="S", help=words)
    words = "seconds after which no more lesson of a submission is begun (default: 600)"
    grade.add_argument("--longest", type=number(1.0), default=600.0, metavar="S", help=words)


def add_reports(grade: argparse.ArgumentParser) -> None:
    """Declare where results go."""
    grade.add_argument("--csv", type=Path, metavar="FILE", help="a table, a row a submission")
    grade.add_argument("--json", type=Path, metavar="FILE", help="everything that is known")
    grade.add_argument("--junit", type=Path, metavar="FILE", help="each check as a test case of JUnit's XML")
    grade.add_argument("--gradescope", type=Path, metavar="FILE", help="Gradescope's results.json, of one submission")
    words = "GitHub Classroom's result, of one submission, as the step's output `result`"
    grade.add_argument("--github", action="store_true", help=words)


@contextmanager
def refusing_too() -> Iterator[None]:
    """What grading has to say against a command ends it in one line."""
    from ..course.grading.found import NoSubmission
    from ..course.grading.jobs import CannotGrade
    from ..course.grading.journal import OtherRun
    from ..course.grading.late import BadPolicy
    from ..course.grading.report_json import NoReport
    from ..course.grading.roster import BadRoster
    from ..course.grading.secret import BadSecret

    try:
        with refusing():
            yield
    except (NoSubmission, OtherRun, BadPolicy, BadRoster, BadSecret, NoReport) as error:
        raise Refused(str(error)) from None
    except CannotGrade as error:
        raise Refused(str(error), 1) from None


def run(given: Any) -> int:
    """Grade, and write the reports, also when this is interrupted; returns 1 if the grader failed on a submission."""
    from ..course.grading.counting import Counter
    from ..course.grading.grading_run import grade_all

    with refusing_too():
        began = time.monotonic()
        lessons = lessons_of(given.lessons)
        check_outputs(given)
        graded, terms, columns = prepare(given, lessons)
        try:
            grade_all(graded, terms, given.jobs, Counter())
        finally:
            write_reports(given, graded, run_of(given, terms.lessons, graded.about, columns))
            graded.journal.close(remove=graded.dressing.complete)
    before = f", {graded.same} before" if graded.same else ""
    seconds = time.monotonic() - began
    print(f"{len(graded.anew) - graded.same} graded in {seconds:.1f} s{before}{written(given)}")
    return 1 if graded.errors else 0


def prepare(given: Any, lessons: list[Lesson]) -> tuple[Graded, Terms, tuple[str, ...]]:
    """All that can be refused, and the run that is to be: with its terms, and the roster's columns."""
    from ..course.grading.grading_run import begin, chosen, journal_of, key_of
    from ..course.grading.jobs import Terms
    from ..course.grading.report_json import read_json
    from ..course.grading.secret import read_secret

    dressing, columns = dressing_of(given)
    submissions = find(given)
    names = tuple(lesson.name for lesson in lessons)
    earlier = read_json(given.json, names) if given.regrade else []
    some = [name.strip() for name in (given.only or given.regrade).split(",") if name.strip()]
    secret, words = read_secret(given.secret)
    if words:
        print(words, flush=True)
    hidden = (given.secret, given.roster, given.json, given.csv, *given.submissions)
    terms = Terms(secret, names, given.timeout, given.longest, tuple(filter(may_be_hidden, hidden)))
    anew = chosen(submissions, some) if some else submissions
    path = journal_of([given.csv, given.json, given.junit])
    return begin(path, key_of(terms, lessons), given.resume, anew, earlier, dressing), terms, columns


def may_be_hidden(path: Path | None) -> bool:
    """Whether learners' code can do without this: Python may be inside it."""
    if path is None:
        return False
    needed = [Path(one).resolve() for one in (sys.prefix, sys.base_prefix, __file__)]
    return not any(one.is_relative_to(path.resolve()) for one in needed)


def lessons_of(text: str) -> list[Lesson]:
    """The lessons that "6,7", "1-5" or "" mean, in the course's order."""
    from ..course.lessons import all_lessons, find_lesson

    if not text.strip():
        return all_lessons()
    found = []
    for part in filter(None, (one.strip() for one in text.split(","))):
        first, dash, last = part.partition("-")
        if dash and first.strip().isdecimal() and last.strip().isdecimal():
            numbers = range(int(first), int(last) + 1)
            found += [lesson for lesson in all_lessons() if lesson.number in numbers]
        else:
            found.append(find_lesson(part))
    if not found:
        raise Refused(f"--lessons {text!r:.60} names no lesson: give 6,7 or 1-5")
    return sorted(set(found), key=lambda lesson: lesson.number)


def check_outputs(given: Any) -> None:
    """Refused, before anything is graded, if a report cannot be written, or would take another's place."""
    from .output import check_files

    if given.regrade and given.json is None:
        raise Refused("--regrade takes the other results from a report: name it with --json")
    if given.late and not given.deadline:
        raise Refused("--late needs a --deadline")
    check_files(given.roster or Path(os.devnull), given.csv, given.json, given.junit, given.gradescope)


def dressing_of(given: Any) -> tuple[Dressing, tuple[str, ...]]:
    """What the class makes of the results, and the roster's columns."""
    from ..course.grading.dressing import Dressing
    from ..course.grading.late import Deadline, moment, policy_of
    from ..course.grading.roster import read_roster

    roster = read_roster(given.roster) if given.roster else None
    deadline = Deadline(moment(given.deadline, "--deadline"), policy_of(given.late)) if given.deadline else None
    return Dressing(roster, deadline), roster.columns if roster else ()


def find(given: Any) -> list[Submission]:
    """The submissions that are meant."""
    from ..course.grading.found import find_submissions

    if given.gradescope is None and not given.github:
        return find_submissions(given.submissions)
    found = [one_in(path) for path in given.submissions]
    if len(found) > 1:
        raise Refused(f"--gradescope and --github are for one submission, and there are {len(found)}")
    return found


def one_in(path: Path) -> Submission:
    """The one submission at a path; a folder that holds nothing of the course is one too, which earns nothing."""
    from ..course.grading.found import NoSubmission, Submission, is_archive, is_submission, name_of, submissions_in

    try:
        found = [one for one in submissions_in(path) if is_archive(one.path) or is_submission(one.path)]
    except NoSubmission:
        if not path.is_dir():
            raise
        found = []
    if len(found) > 1:
        raise Refused(f"--gradescope and --github are for one submission, and {path} holds {len(found)}")
    return found[0] if found else Submission(name_of(path.resolve()), path)


def run_of(given: Any, lessons: tuple[str, ...], about: dict[str, Any], columns: tuple[str, ...]) -> Run:
    """The run, as its reports tell of it."""
    from ..course.grading.report import Run

    due = given.deadline or ""
    return Run(lessons, about.get("mode", ""), tuple(about.get("cannot", ())), due, given.late, columns)


def write_reports(given: Any, graded: Graded, run: Run) -> None:
    """Write every report that is asked for, of all results that there are."""
    from ..course.grading.report_csv import write_csv
    from ..course.grading.report_github import write_github
    from ..course.grading.report_gradescope import write_gradescope
    from ..course.grading.report_json import write_json
    from ..course.grading.report_junit import write_junit

    graded.dressing.partial = bool(given.only)
    for path, write in ((given.csv, write_csv), (given.json, write_json), (given.junit, write_junit)):
        if path is not None:
            write(path, graded.results(), run)
    for result in graded.results() if given.gradescope or given.github else ():
        if given.gradescope is not None:
            write_gradescope(given.gradescope, result)
        line = write_github(result) if given.github else ""
        if line:
            print(line)


def written(given: Any) -> str:
    """Which files were written, in words."""
    files = [str(path) for path in (given.csv, given.json, given.junit, given.gradescope) if path is not None]
    return f"; wrote {', '.join(files)}" if files else ""
