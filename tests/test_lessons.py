"""Every lesson of the course: it runs, it prints what it says it prints, and its exercises hold what they promise."""

from __future__ import annotations

import json
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tinygrad_optim.course import validate
from tinygrad_optim.course.checking import Checker
from tinygrad_optim.course.lessons import Lesson
from tinygrad_optim.course.telling import tell

CLONE = Path(__file__).parents[1]
LESSONS = sorted((CLONE / "lessons").glob("[0-9][0-9]_*"))
each_lesson = pytest.mark.parametrize("folder", LESSONS, ids=lambda folder: folder.name)


class Cell(NamedTuple):
    """A cell of code: its first line, its last, and its text."""

    first: int
    last: int
    text: str


def cells(text: str) -> list[Cell]:
    """The cells of code of a file in the percent format."""
    lines = text.split("\n")
    starts = [number for number, line in enumerate(lines, 1) if line.startswith("# %%")]
    found = []
    for first, after in zip(starts, [*starts[1:], len(lines) + 1]):
        if "[markdown]" not in lines[first - 1]:
            found.append(Cell(first, after - 1, "\n".join(lines[first - 1 : after - 1])))
    return found


def says(cell: Cell) -> list[str]:
    """What a cell says that it prints, a line each."""
    return re.findall(r"# prints (.*)$", cell.text, re.MULTILINE)


@each_lesson
def test_a_lesson_has_its_four_files(folder: Path):
    files = {path.name for path in folder.glob("*.py")}
    assert files == {"lesson.py", "exercises.py", "solutions.py", "checks.py"}


@each_lesson
def test_a_lesson_runs_anywhere_without_a_warning_and_prints_what_it_says(folder: Path, tmp_path: Path):
    environment = {**os.environ, "PYTHONPATH": str(CLONE), "MPLBACKEND": "agg", "PYTHONIOENCODING": "utf-8"}
    lesson = folder / "lesson.py"
    command = [sys.executable, "-W", "error", str(CLONE / "tests" / "lesson_script.py"), str(lesson)]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8")
    assert (done.returncode, done.stderr) == (0, "")
    heard = json.loads(done.stdout)
    for cell in cells(lesson.read_text(encoding="utf-8")):
        printed = "".join(text for line, text in heard if cell.first <= line <= cell.last).splitlines()
        if says(cell):
            assert printed == says(cell), f"the cell at line {cell.first}"


@each_lesson
def test_what_a_lesson_s_checks_promise_holds(folder: Path):
    assert validate.problems(folder) == []


@each_lesson
def test_a_lesson_says_first_what_one_can_do_after_it(folder: Path):
    text = (folder / "lesson.py").read_text(encoding="utf-8")
    head = text.split("# %%\n")[0]
    number = int(folder.name[:2])
    assert re.match(rf"# %% \[markdown\]\n# # {number}\. .+\n", head)
    assert "After this lesson you can" in head
    assert f"tinygrad-optim check {number}" in text


@each_lesson
def test_a_lesson_runs_as_a_notebook(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    jupytext = pytest.importorskip("jupytext", reason="the notebook extra is not installed")
    nbclient = pytest.importorskip("nbclient", reason="the notebook extra is not installed")
    pytest.importorskip("ipykernel", reason="the notebook extra is not installed")
    monkeypatch.setenv("PYTHONPATH", str(CLONE))
    monkeypatch.setenv("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    notebook = jupytext.read(folder / "lesson.py", fmt="py:percent")
    kinds = [cell.cell_type for cell in notebook.cells]
    assert kinds[0] == kinds[-1] == "markdown"
    client = nbclient.NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    )
    client.execute()
    errors = [one for cell in notebook.cells for one in cell.get("outputs", ()) if one.output_type == "error"]
    assert errors == []


CATCHES = runpy.run_path(str(CLONE / "docs" / "catches.py"))


@each_lesson
def test_the_table_of_what_catches_what_is_up_to_date(folder: Path):
    table = (CLONE / "lessons" / "catches.md").read_text(encoding="utf-8")
    assert CATCHES["part"](Lesson(folder)) in table, "run: python docs/catches.py"
    assert table.startswith(CATCHES["HEAD"])


@each_lesson
def test_each_mistake_is_caught_and_each_mutant_that_a_check_names(folder: Path):
    table = (CLONE / "lessons" / "catches.md").read_text(encoding="utf-8")
    lesson = Lesson(folder)
    own = table.split(f"\n## {lesson.number}. ")[1].split("\n## ")[0]
    assert "| none |" not in own
    assert {name for one in lesson.exercises() for check in one.checks for name in check.catches} <= set(
        re.findall(r"^\| `(\w+)` \|", own, re.MULTILINE)
    )


@each_lesson
def test_solutions_pass_as_a_learner_s_answers(folder: Path, tmp_path: Path):
    lesson, text = Lesson(folder), (folder / "solutions.py").read_text(encoding="utf-8")
    with Checker(tmp_path / "exercises.py", text, "a learner") as checker:
        outcomes = list(checker.check_all(lesson.exercises()))
    for outcome in outcomes:
        told = tell(outcome, ("exercises.py", 1), []).plain()
        assert outcome.passed, told
        assert "printed by your code" not in told  # no warnings, either
