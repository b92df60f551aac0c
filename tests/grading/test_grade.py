"""`grade`, as an instructor uses it: points, reports, flags, and that results are written whatever happens."""

from __future__ import annotations

import base64
import csv
import json
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest

sys.path.append(str(Path(__file__).parents[1]))

from interrupting import HEARS, interrupt
from schema import violations
from small_course import EXERCISES, SOLUTIONS, SUMS, put, write_course

from tinygrad_optim.cli import main
from tinygrad_optim.course.grading.report_gradescope import as_gradescope
from tinygrad_optim.course.progress import FILE, Progress

CLONE = Path(__file__).parents[2]
HALVE = 'def halve(x):\n    """Half of x."""\n    return x / 2\n'
ROSTER = """submission,learner,mail,submitted
ada,Ada,ada@example.org,2026-01-01T10:00:00+00:00
ben,Ben,ben@example.org,2026-01-03T10:00:00+00:00
eve,Eve,eve@example.org,2026-01-01T10:00:00+00:00
gus,Gus,gus@example.org,
"""


def hand_in(folder: Path, learner: str | None, **lessons: str) -> Path:
    """A submission with these texts, by the lesson's first word; and a progress file, if it has a learner."""
    names = {"small": "01_small_steps", "halves": "02_halves"}
    for word, text in lessons.items():
        (folder / names[word]).mkdir(parents=True)
        (folder / names[word] / "exercises.py").write_text(text, encoding="utf-8")
    if learner is not None:
        folder.mkdir(parents=True, exist_ok=True)
        Progress(folder / FILE, learner, "autumn").write()
    return folder


def pack(folder: Path, archive: Path) -> None:
    """The folder as a zip archive, with itself as the folder in it."""
    with zipfile.ZipFile(archive, "w") as packed:
        for path in sorted(folder.rglob("*")):
            packed.write(path, path.relative_to(folder.parent))


def write_submissions(folder: Path) -> None:
    """One of each kind."""
    hand_in(folder / "ada", "Ada", small=SOLUTIONS, halves=HALVE)
    half = put("running_sums", SUMS).replace("for number in numbers:", "for number in numbers[:2]:")
    hand_in(folder / "ben", "Ben", small=half, halves=HALVE)
    hand_in(folder / "cyd", "Cyd", halves="while True:\n    pass\n")
    hand_in(folder / "eve", "Ada", small=SOLUTIONS, halves=EXERCISES)
    pack(hand_in(folder.parent / "dan", "Dan", small=SOLUTIONS, halves=HALVE), folder / "dan.zip")
    (folder / "fay.tar.gz").write_bytes(b"no archive")
    hand_in(folder / "han", None, small=SOLUTIONS)


class Run:
    """What a run of `grade` left."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.printed = ""

    def grade(self, *arguments: str) -> int:
        """Grade the class, in this folder."""
        return main(["grade", *arguments, "--secret", str(self.folder / "secret.txt"), "--timeout", "2", "--jobs", "2"])

    def data(self) -> dict:
        return json.loads((self.folder / "grades.json").read_text())

    def result(self, name: str) -> dict:
        return {one["submission"]: one for one in self.data()["submissions"]}[name]

    def row(self, name: str) -> dict[str, str]:
        with open(self.folder / "grades.csv", newline="") as file:
            return {row["submission"]: row for row in csv.DictReader(file)}[name]


@pytest.fixture(scope="module")
def lessons(tmp_path_factory: pytest.TempPathFactory):
    """The small course, which the commands take in the place of the package's."""
    folder = write_course(tmp_path_factory.mktemp("lessons") / "lessons")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TINYGRAD_OPTIM_LESSONS", str(folder))
        yield folder


@pytest.fixture(scope="module")
def graded(lessons: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The class, graded once, with every report."""
    run = Run(tmp_path_factory.mktemp("grade"))
    write_submissions(run.folder / "class")
    (run.folder / "roster.csv").write_text(ROSTER)
    reports = [f"--{kind}={run.folder}/grades.{kind}" for kind in ("csv", "json")]
    reports += [f"--junit={run.folder}/grades.xml", f"--roster={run.folder}/roster.csv"]
    late = ["--deadline", "2026-01-02T09:00:00+00:00", "--late", "10%/day, grace 15 minutes, max 3 days"]
    assert run.grade(str(run.folder / "class"), *reports, *late) == 0
    return run


# ---- points -----------------------------------------------------------------------------------------------


def test_right_answers_get_all_points(graded: Run):
    assert (graded.result("ada")["points"], graded.result("ada")["of"]) == (6, 6)


def test_each_check_earns_its_own_points(graded: Run):
    lesson = graded.result("ben")["lessons"][0]
    assert [(one["name"], one["points"], one["of"]) for one in lesson["exercises"]] == [
        ("next_weight", 0, 1),
        ("running_sums", 1, 3),  # of two numbers it is right
        ("Counter", 0, 1),
    ]


def test_a_missing_file_earns_nothing_and_is_told_as_missing(graded: Run):
    lesson = graded.result("cyd")["lessons"][0]
    assert (lesson["points"], lesson["of"]) == (0, 5)
    assert lesson["problem"] == "01_small_steps/exercises.py is missing"


def test_a_file_that_never_ends_is_told_so_and_stops_no_other(graded: Run):
    assert "longer than 2 s" in graded.result("cyd")["lessons"][1]["problem"]


def test_an_archive_is_graded_as_its_folder_would_be(graded: Run):
    assert graded.result("dan")["points"] == 6


def test_an_archive_that_is_none_earns_nothing_with_that_reason(graded: Run):
    result = graded.result("fay")
    assert result["points"] == 0
    assert "cannot be unpacked" in result["lessons"][0]["problem"]
    assert result["error"] == ""


def test_without_the_learners_names_predictions_earn_nothing_and_all_else_does(graded: Run):
    result = graded.result("han")
    assert result["points"] == 4
    assert "progress.json is missing" in result["lessons"][0]["exercises"][0]["told"]
    assert "progress.json is missing" in result["flags"]


def test_names_that_are_another_submissions_or_not_the_rosters_are_flagged(graded: Run):
    flags = " / ".join(graded.result("eve")["flags"])
    assert "same learner and course in progress.json as ada" in flags
    assert "'Ada', the roster 'Eve'" in flags


def test_what_a_failed_check_tells_is_kept_and_no_predictions_answer_is_in_it(graded: Run):
    first, second, _ = graded.result("ben")["lessons"][0]["exercises"]
    assert "What is w after a step?" in first["told"]
    assert "expected" in second["told"]
    assert "expected" not in first["told"]


# ---- reports ----------------------------------------------------------------------------------------------


def test_the_table_has_the_rosters_columns_first_and_a_row_for_each(graded: Run):
    row = graded.row("ben")
    assert list(row)[:4] == ["submission", "learner", "mail", "submitted"]
    assert (row["mail"], row["01_small_steps"], row["02_halves"], row["points"]) == ("ben@example.org", "1", "1", "2")


def test_who_has_handed_in_nothing_has_a_row_that_says_so(graded: Run):
    row = graded.row("gus")
    assert (row["points"], row["of"], row["flags"]) == ("0", "6", "has handed in nothing")


def test_lateness_is_shown_beside_the_points_with_what_it_costs(graded: Run):
    row = graded.row("ben")  # two days begun, of 2 points 20%
    assert (row["points"], row["late_days"], row["penalty"], row["final"]) == ("2", "2", "0.4", "1.6")
    assert graded.result("ben")["late"]["source"] == "roster"
    assert graded.row("ada")["late_days"] == "0"


def test_without_a_time_in_the_roster_the_newest_file_says_when(graded: Run):
    late = graded.result("dan")["late"]
    assert late["source"] == "newest file"
    assert late["penalty"] == 6  # later than the policy's last day


def test_the_json_is_what_its_schema_says(graded: Run):
    schema = json.loads((CLONE / "docs" / "grades.schema.json").read_text())
    assert violations(graded.data(), schema) == []


def test_the_junit_report_counts_what_is_in_it(graded: Run):
    root = ElementTree.parse(graded.folder / "grades.xml").getroot()
    assert root.tag == "testsuites"
    suites = {suite.get("name"): suite for suite in root}
    assert set(suites) >= {"ada", "ben", "cyd", "dan", "eve", "fay", "han"}
    for suite in suites.values():
        cases = suite.findall("testcase")
        assert [child.tag for child in suite][:1] == ["properties"]
        assert int(suite.get("tests", "")) == len(cases)
        for kind in ("failure", "error", "skipped"):
            count = suite.get({"failure": "failures", "error": "errors"}.get(kind, kind), "")
            assert int(count) == sum(1 for case in cases if case.find(kind) is not None)
        for case in cases:
            assert case.get("classname")
            assert case.get("name")
            assert float(case.get("time", "")) >= 0
            assert len(case) <= 1
    assert (suites["ada"].get("failures"), suites["ben"].get("failures")) == ("0", "3")


def test_the_journal_is_gone_once_the_reports_are_written(graded: Run):
    assert not list(graded.folder.glob("*.journal"))


def test_the_secret_is_made_for_its_owner_alone_and_is_in_no_report(graded: Run):
    secret = (graded.folder / "secret.txt").read_text().strip()
    assert len(secret) == 64
    assert os.name != "posix" or (graded.folder / "secret.txt").stat().st_mode & 0o777 == 0o600
    for name in ("grades.json", "grades.csv", "grades.xml"):
        assert secret not in (graded.folder / name).read_text()


def test_gradescopes_results_have_the_fields_that_it_publishes(graded: Run):
    found = as_gradescope(graded.result("ben"))
    assert (found["score"], found["visibility"], found["stdout_visibility"]) == (1.6, "visible", "hidden")
    known = {"name", "number", "score", "max_score", "status", "visibility", "output", "output_format"}
    for test in found["tests"]:
        assert set(test) == known
        assert test["status"] == ("passed" if test["score"] == test["max_score"] else "failed")
    assert [(test["number"], test["score"]) for test in found["tests"]] == [
        ("1.1", 0),
        ("1.2", 1),
        ("1.3", 0),
        ("2.1", 1),
    ]


# ---- again ------------------------------------------------------------------------------------------------


def test_some_are_graded_anew_and_the_others_are_taken_over(graded: Run, tmp_path: Path):
    run = Run(tmp_path)
    for name in ("secret.txt", "grades.json"):
        (tmp_path / name).write_bytes((graded.folder / name).read_bytes())
    hand_in(tmp_path / "class" / "ben", "Ben", small=SOLUTIONS, halves=HALVE)
    (tmp_path / "class" / "ada").mkdir()
    report = str(tmp_path / "grades.json")
    assert run.grade(str(tmp_path / "class"), "--regrade", "ben", "--json", report) == 0
    assert run.result("ben")["points"] == 6
    assert run.result("ada") == {**graded.result("ada"), "roster": {}, "late": None, "final": 6.0, "flags": [EVES]}


EVES = "has the same learner and course in progress.json as eve"


def test_gradescope_and_github_are_written_for_one_submission(
    graded: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    (tmp_path / "output").write_text("before=1\n")
    assert graded.grade(str(graded.folder / "class" / "ben"), "--gradescope", str(tmp_path / "r.json"), "--github") == 0
    assert json.loads((tmp_path / "r.json").read_text())["score"] == 2
    before, line = (tmp_path / "output").read_text().splitlines()
    assert before == "before=1"
    found = json.loads(base64.b64decode(line.removeprefix("result=")))
    assert (found["version"], found["status"], found["max_score"]) == (1, "fail", 6)
    assert sum(test["score"] for test in found["tests"]) == 2
    assert {test["status"] for test in found["tests"]} == {"pass", "fail"}


# ---- what goes wrong ----------------------------------------------------------------------------------------


def test_a_check_that_ends_the_grader_costs_what_follows_and_no_other_submission(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    lessons = write_course(tmp_path / "lessons")
    checks = lessons / "02_halves" / "checks.py"
    half = "def half(name, x):\n"
    checks.write_text(checks.read_text().replace(half, half + "    import os\n\n    os._exit(1)\n"))
    monkeypatch.setenv("TINYGRAD_OPTIM_LESSONS", str(lessons))
    for name in ("ada", "ben"):
        hand_in(tmp_path / "class" / name, name, small=SOLUTIONS, halves=HALVE)
    run = Run(tmp_path)
    assert run.grade(str(tmp_path / "class"), "--json", str(tmp_path / "grades.json")) == 1
    for name in ("ada", "ben"):
        assert (run.result(name)["points"], run.result(name)["error"]) == (5, "the process that graded it was ended")
    assert "NOT GRADED TO ITS END" in capsys.readouterr().out


def test_an_interrupted_run_has_written_what_is_done_and_is_resumed_but_for_what_is_another_now(
    lessons: Path, tmp_path: Path
):
    for number in range(6):
        hand_in(tmp_path / "class" / f"s{number}", f"s{number}", small=SOLUTIONS, halves=HALVE)
    command = [sys.executable, "-m", "tinygrad_optim", "grade", "class", "--secret", "secret.txt", "--jobs", "1"]
    command += ["--json", "grades.json"]
    environment = {**os.environ, "PYTHONPATH": str(CLONE)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = subprocess.Popen(command, cwd=tmp_path, env=environment, **pipes, **HEARS)
    assert process.stdout is not None
    assert b"new secret" in process.stdout.readline()
    while b"points" not in process.stdout.readline():
        time.sleep(0.01)
    interrupt(process)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors.count(b"\n")) == (130, 1)
    run = Run(tmp_path)
    assert 1 <= len(run.data()["submissions"]) < 6
    (tmp_path / "class" / "s0" / "02_halves" / "exercises.py").write_text("x = 1\n")
    done = subprocess.run([*command, "--resume"], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0
    assert done.stdout.count("points") < 7
    assert " before; wrote grades.json" in done.stdout or done.stdout.count("points") == 6
    assert [one["points"] for one in run.data()["submissions"]] == [5] + [6] * 5


REFUSED = [
    (["nowhere"], "nowhere is missing"),
    (["empty"], "holds no submission"),
    (["class", "--lessons", "7"], "there is no lesson '7'"),
    (["class", "--lessons", ","], "names no lesson"),
    (["class", "--late", "10%/day"], "--late needs a --deadline"),
    (["class", "--deadline", "tomorrow"], "is no time"),
    (["class", "--deadline", "2026-01-01", "--late", "lots"], "cannot read 'lots'"),
    (["class", "--only", "zoe"], "no submission called 'zoe'"),
    (["class", "--regrade", "ada"], "name it with --json"),
    (["class", "--regrade", "ada", "--json", "none.json"], "Grade without --regrade first"),
    (["class", "--gradescope", "r.json"], "are for one submission"),
    (["class", "--csv", "nowhere/grades.csv", "--json", "nowhere/grades.csv"], "where another file is to be written"),
    (["class", "--roster", "bad.csv"], "needs one called submission"),
    (["class", "--secret", "short.txt"], "has 3 bytes, and needs 16"),
]


@pytest.mark.parametrize(("arguments", "reason"), REFUSED)
def test_what_cannot_be_is_refused_in_one_line_before_anything_is_graded(
    arguments: list[str],
    reason: str,
    lessons: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    hand_in(tmp_path / "class" / "ada", "Ada", small=SOLUTIONS)
    hand_in(tmp_path / "class" / "ben", "Ben", small=SOLUTIONS)
    (tmp_path / "bad.csv").write_text("name\nada\n")
    (tmp_path / "short.txt").write_text("abc")
    assert main(["grade", *arguments]) == 2
    told = capsys.readouterr().err
    assert reason in told
    assert told.count("\n") == 1
