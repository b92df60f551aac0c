"""`make-release` leaves no solution in what learners get; `make-gradescope` makes what Gradescope runs."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1]))

from small_course import SOLUTIONS, SUMS, put, write_course

from tinygrad_optim.cli import main
from tinygrad_optim.course.progress import FILE, Progress

CLONE = Path(__file__).parents[2]


@pytest.fixture
def lessons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small course, which the commands take in the place of the package's."""
    folder = write_course(tmp_path / "lessons")
    monkeypatch.setenv("TINYGRAD_OPTIM_LESSONS", str(folder))
    return folder


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


# ---- make-release -----------------------------------------------------------------------------------------


def test_learners_get_lessons_exercises_and_checks_and_no_solutions(lessons: Path, tmp_path: Path):
    assert main(["make-release", str(tmp_path / "out")]) == 0
    names = ("checks.py", "exercises.py", "lesson.py")
    assert files(tmp_path / "out") == [f"{one}/{name}" for one in ("01_small_steps", "02_halves") for name in names]


def test_what_they_get_can_be_started_and_has_no_solution_to_show(
    lessons: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    assert main(["make-release", str(tmp_path / "out")]) == 0
    monkeypatch.setenv("TINYGRAD_OPTIM_LESSONS", str(tmp_path / "out"))
    assert main(["start", str(tmp_path / "copy")]) == 0
    assert main(["hint", "1.Counter", "--dir", str(tmp_path / "copy")]) == 0
    assert main(["diff", "1.Counter", "--dir", str(tmp_path / "copy")]) != 0


def test_some_lessons_alone_can_be_released(lessons: Path, tmp_path: Path):
    assert main(["make-release", str(tmp_path / "out"), "--lessons", "2"]) == 0
    assert {name.split("/")[0] for name in files(tmp_path / "out")} == {"02_halves"}


SOLVED = {
    "an exercise that was solved": put("running_sums", SUMS),
    "one that was solved otherwise": put("running_sums", "return [sum(numbers[: n + 1]) for n in range(len(numbers))]"),
    "a solution as a comment": put("running_sums", 'raise NotImplementedError("a loop")')
    + "\n\n"
    + "".join(f"# {line}\n" for line in f"    {SUMS}".split("\n")),
    "a solution below the stub": put("running_sums", 'raise NotImplementedError("a loop")\n    ' + SUMS),
    "a stub that only speaks of it": put("running_sums", '"""NotImplementedError"""'),
    "an exercise that is gone": put("running_sums", "pass").replace("def running_sums", "def walking_sums"),
}


@pytest.mark.parametrize("text", SOLVED.values(), ids=SOLVED.keys())
def test_an_exercise_that_holds_a_solution_fails_the_build_with_its_name(
    text: str, lessons: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (lessons / "01_small_steps" / "exercises.py").write_text(text, encoding="utf-8")
    for command in (["make-release", str(tmp_path / "out")], ["make-gradescope", str(tmp_path / "out")]):
        assert main(command) == 2
        told = capsys.readouterr().err
        assert "01_small_steps.running_sums" in told
        assert "nothing was written" in told
        assert not (tmp_path / "out").exists()


def test_all_that_are_solved_are_named(lessons: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (lessons / "01_small_steps" / "exercises.py").write_text(SOLUTIONS, encoding="utf-8")
    assert main(["make-release", str(tmp_path / "out")]) == 2
    told = capsys.readouterr().err
    assert all(f"01_small_steps.{name}" in told for name in ("next_weight", "running_sums", "Counter"))


def test_a_folder_with_something_in_it_is_left_as_it_is(
    lessons: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    assert main(["make-release", str(tmp_path / "out")]) == 2
    assert "is not empty" in capsys.readouterr().err
    assert files(tmp_path / "out") == ["mine.txt"]


def test_the_courses_own_exercises_can_be_released(tmp_path: Path):
    assert main(["make-release", str(tmp_path / "out")]) == 0
    assert not list((tmp_path / "out").rglob("solutions.py"))
    assert len(list((tmp_path / "out").iterdir())) == len(list((CLONE / "lessons").glob("[0-9][0-9]_*")))


# ---- make-gradescope --------------------------------------------------------------------------------------


@pytest.fixture
def autograder(lessons: Path, tmp_path: Path) -> Path:
    """The folder /autograder, as Gradescope makes it, in another place."""
    assert main(["make-gradescope", str(tmp_path / "autograder.zip"), "--timeout", "5"]) == 0
    root = tmp_path / "autograder"
    for name in ("source", "submission", "results"):
        (root / name).mkdir(parents=True)
    with zipfile.ZipFile(tmp_path / "autograder.zip") as archive:
        archive.extractall(root / "source")
    shutil.copy(root / "source" / "run_autograder", root)
    return root


def run(root: Path, python: str = sys.executable) -> dict:
    """What the autograder finds, as Gradescope would run it."""
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "TINYGRAD_OPTIM_LESSONS")}
    environment = {**kept, "AUTOGRADER": str(root), "AUTOGRADER_PYTHON": python}
    subprocess.run(["bash", str(root / "run_autograder")], cwd=root, env=environment, check=True, capture_output=True)
    return json.loads((root / "results" / "results.json").read_text())


def test_the_archive_has_what_gradescope_asks_for_at_its_top_and_no_solutions(lessons: Path, tmp_path: Path):
    assert main(["make-gradescope", str(tmp_path / "a.zip")]) == 0
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        about = {one.filename: one for one in archive.infolist()}
        first = {name: archive.read(name).split(b"\n")[0] for name in ("setup.sh", "run_autograder")}
    assert first == {"setup.sh": b"#!/usr/bin/env bash", "run_autograder": b"#!/usr/bin/env bash"}
    for name in first:
        assert stat.S_IMODE(about[name].external_attr >> 16) == 0o755
    assert stat.S_IMODE(about["secret"].external_attr >> 16) == 0o600
    assert not [name for name in about if "solutions" in name or "__pycache__" in name]
    assert {"tinygrad_optim/__main__.py", "lessons/01_small_steps/checks.py"} <= set(about)


def test_the_same_secret_makes_the_same_archive(lessons: Path, tmp_path: Path):
    for name in ("a.zip", "b.zip"):
        assert main(["make-gradescope", str(tmp_path / name), "--secret", str(tmp_path / "secret")]) == 0
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


@pytest.mark.skipif(not shutil.which("bash"), reason="the autograder's scripts are for bash")
def test_the_autograder_grades_what_lies_in_submission(autograder: Path):
    place = autograder / "submission" / "01_small_steps"
    place.mkdir()
    (place / "exercises.py").write_text(SOLUTIONS)
    Progress(autograder / "submission" / FILE, "Ada", "autumn").write()
    found = run(autograder)
    assert found["score"] == 5
    assert [test["status"] for test in found["tests"]] == ["passed", "passed", "passed", "failed"]
    assert "02_halves/exercises.py is missing" in found["output"]


@pytest.mark.skipif(not shutil.which("bash"), reason="the autograder's scripts are for bash")
def test_the_setup_lets_who_runs_a_submission_read_the_package_and_neither_checks_nor_secret(autograder: Path):
    (autograder / "environment").mkdir()
    lines = (autograder / "source" / "setup.sh").read_text().splitlines()
    rights = "\n".join(line for line in lines if line.startswith("chmod"))
    subprocess.run(["bash", "-c", rights], env={**os.environ, "root": str(autograder)}, check=True)
    modes = {name: (autograder / "source" / name).stat().st_mode & 0o777 for name in ("", "secret", "lessons")}
    assert modes == {"": 0o711, "secret": 0o600, "lessons": 0o700}
    package = autograder / "source" / "tinygrad_optim"
    assert all(path.stat().st_mode & 0o044 == 0o044 for path in (package, *package.rglob("*")))


@pytest.mark.skipif(not shutil.which("bash"), reason="the autograder's scripts are for bash")
def test_an_empty_submission_is_graded_with_nothing(autograder: Path):
    found = run(autograder)
    assert (found["score"], len(found["tests"])) == (0, 4)


@pytest.mark.skipif(not shutil.which("bash"), reason="the autograder's scripts are for bash")
def test_results_are_written_though_the_grader_fails(autograder: Path):
    found = run(autograder, "/bin/false")
    assert found["score"] == 0
    assert "no fault of yours" in found["output"]
