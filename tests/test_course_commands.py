"""`start`, `hint`, `progress`, `reset` and `diff`, as a learner uses them, and how each refuses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from interrupting import HEARS, interrupt
from small_course import EXERCISES, SOLUTIONS, SUMS, put, write_course

from tinygrad_optim.cli import main
from tinygrad_optim.commands.check import stamps, wait_for_save
from tinygrad_optim.course.diff import beside

CLONE = Path(__file__).parents[1]


@pytest.fixture
def learner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working copy of the small course, in which the commands are given."""
    monkeypatch.setenv("TINYGRAD_OPTIM_LESSONS", str(write_course(tmp_path / "lessons")))
    assert main(["start", str(tmp_path / "copy"), "--learner", "Ada"]) == 0
    monkeypatch.chdir(tmp_path / "copy")
    return tmp_path / "copy"


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What a command that ends well prints."""
    capsys.readouterr()
    assert main(arguments) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    return printed.out


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 2) -> str:
    """The one line that a command refuses with."""
    capsys.readouterr()
    try:
        found = main(arguments)
    except SystemExit as ended:
        found = ended.code
    printed = capsys.readouterr()
    assert (found, printed.out) == (code, "")
    assert printed.err.count("\n") == 1
    return printed.err


def exercises(learner: Path) -> Path:
    return learner / "01_small_steps" / "exercises.py"


def solve(learner: Path, text: str = SOLUTIONS) -> None:
    """Write all answers and check them."""
    exercises(learner).write_text(text)
    main(["check", "1"])


# ---- start -------------------------------------------------------------------------------------------------


def test_a_copy_has_lessons_and_exercises_and_says_what_to_do_first(learner: Path):
    files = {path.relative_to(learner).as_posix() for path in learner.rglob("*") if path.is_file()}
    lessons = {f"{name}/{file}.py" for name in ("01_small_steps", "02_halves") for file in ("lesson", "exercises")}
    assert files == lessons | {"README.md", "progress.json"}
    readme = (learner / "README.md").read_text()
    assert "Begin with `01_small_steps/lesson.py`" in readme
    assert "tinygrad-optim check 1" in readme
    assert "each number\n   stands beside the text" in readme


def test_a_copy_is_never_overwritten(learner: Path, capsys: pytest.CaptureFixture[str]):
    exercises(learner).write_text("mine")
    line = refusal(capsys, "start", str(learner))
    assert "is there already, and nothing was written" in line
    assert "--add" in line
    assert exercises(learner).read_text() == "mine"


def test_a_folder_with_other_files_is_fine_but_none_of_them_is_overwritten(
    tmp_path: Path, learner: Path, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "README.md").write_text("precious")
    refusal(capsys, "start", str(tmp_path / "other"))
    assert [path.name for path in (tmp_path / "other").iterdir()] == ["README.md"]


def test_add_brings_what_is_missing_and_leaves_the_rest(learner: Path, capsys: pytest.CaptureFixture[str]):
    exercises(learner).write_text("mine")
    (learner / "02_halves" / "lesson.py").unlink()
    before = (learner / "progress.json").read_text()
    assert "wrote 1 file to" in run(capsys, "start", str(learner), "--add")
    assert (learner / "02_halves" / "lesson.py").exists()
    assert exercises(learner).read_text() == "mine"
    assert (learner / "progress.json").read_text() == before


def test_a_place_that_is_a_file_is_refused(tmp_path: Path, learner: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "file").write_text("precious")
    assert "file" in refusal(capsys, "start", str(tmp_path / "file"))
    assert (tmp_path / "file").read_text() == "precious"


def test_without_lessons_nothing_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("TINYGRAD_OPTIM_LESSONS", str(tmp_path / "nowhere"))
    assert "there are no lessons in" in refusal(capsys, "start", str(tmp_path / "copy"))
    assert not (tmp_path / "copy").exists()


# ---- where, which, and what is broken ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command", [["check"], ["check", "1"], ["hint", "1"], ["progress"], ["reset", "1"], ["diff", "1"]]
)
def test_outside_of_a_copy_a_command_says_how_to_make_one(
    command: list[str], tmp_path: Path, learner: Path, capsys: pytest.CaptureFixture[str]
):
    line = refusal(capsys, *command, "--dir", str(tmp_path))
    assert "tinygrad-optim start course" in line


@pytest.mark.parametrize("command", ["check", "hint", "reset", "diff"])
def test_a_lesson_or_exercise_that_is_not_there_is_refused_with_those_that_are(
    command: str, learner: Path, capsys: pytest.CaptureFixture[str]
):
    assert "there is no lesson '7'; there are 1, 2" in refusal(capsys, command, "7")
    assert "lesson 1 has no exercise 'nope'; it has next_weight, running_sums, Counter" in refusal(
        capsys, command, "1.nope"
    )


@pytest.mark.parametrize("name", ["1", "01", "01_small_steps", "01_small_steps/"])
def test_a_lesson_is_known_by_its_number_and_by_its_folder(
    name: str, learner: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(learner / "02_halves")  # any folder in the copy will do
    assert "Lesson 1: Small steps" in run(capsys, "hint", name)


@pytest.mark.parametrize(
    "path",
    [
        *("exercises.py", "./lesson.py", "../01_small_steps/", "../01_small_steps/exercises.py"),
        "..\\01_small_steps\\exercises.py",
    ],
)
def test_a_lesson_is_known_by_a_path_to_it_or_to_one_of_its_files(
    path: str, learner: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(learner / "01_small_steps")
    assert "Lesson 1: Small steps" in run(capsys, "hint", path)


def test_a_path_to_no_lesson_is_refused(learner: Path, capsys: pytest.CaptureFixture[str]):
    assert "there is no lesson 'elsewhere/exercises.py'; there are 1, 2" in refusal(
        capsys, "check", "elsewhere/exercises.py"
    )
    assert "there is no lesson 'exercises.py'" in refusal(capsys, "check", "exercises.py")


def test_an_exercise_is_known_by_its_number_too(learner: Path, capsys: pytest.CaptureFixture[str]):
    assert "Keep what you have." in run(capsys, "hint", "1.2")
    assert "Keep the count." in run(capsys, "hint", "01_small_steps.3")
    for number in ("0", "4", "-1"):
        assert f"lesson 1 has no exercise '{number}'" in refusal(capsys, "check", f"1.{number}")


def test_a_copy_whose_progress_is_gone_gets_it_back_with_add(learner: Path, capsys: pytest.CaptureFixture[str]):
    exercises(learner).write_text("mine")
    (learner / "progress.json").unlink()
    line = refusal(capsys, "check", "1", "--dir", str(learner / "02_halves"))
    assert "no progress.json any more" in line
    assert f"`tinygrad-optim start {learner} --add`" in line
    run(capsys, "start", str(learner), "--add")
    assert exercises(learner).read_text() == "mine"
    assert "all" in run(capsys, "progress")


def test_in_the_course_s_own_folder_there_is_no_copy(tmp_path: Path, learner: Path, capsys: pytest.CaptureFixture[str]):
    line = refusal(capsys, "check", "1", "--dir", str(tmp_path / "lessons" / "01_small_steps"))
    assert "tinygrad-optim start course" in line


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"format": 9}',
        "null",
        '{"format": 1, "learner": 3, "course": "", "solutions": true, "exercises": {}}',
    ],
)
@pytest.mark.parametrize("command", [["check", "1"], ["hint", "1"], ["progress"]])
def test_a_broken_progress_file_is_said_to_be_and_left(
    command: list[str], text: str, learner: Path, capsys: pytest.CaptureFixture[str]
):
    (learner / "progress.json").write_text(text)
    line = refusal(capsys, *command)
    assert "progress.json: it is not what `tinygrad-optim start` wrote" in line
    assert (learner / "progress.json").read_text() == text


def test_exercises_that_are_missing_or_no_text_are_refused_with_a_remedy(
    learner: Path, capsys: pytest.CaptureFixture[str]
):
    exercises(learner).write_bytes(b"\xff\xfe\x00x")
    assert "it is not text in UTF-8" in refusal(capsys, "check", "1")
    exercises(learner).unlink()
    assert "is missing: `tinygrad-optim reset 1` brings it back" in refusal(capsys, "check", "1")
    run(capsys, "reset", "1")
    assert exercises(learner).read_text() == EXERCISES


# ---- hint --------------------------------------------------------------------------------------------------


def test_hints_come_one_at_a_time_and_are_remembered(learner: Path, capsys: pytest.CaptureFixture[str]):
    first = run(capsys, "hint", "1.Counter")
    assert "Keep the count." in first
    assert "1 left" in first
    assert "In self." not in first
    assert "In self." in run(capsys, "hint", "1.Counter")
    last = run(capsys, "hint", "1.Counter")
    assert "there are no more" in last
    assert "Keep the count." in last
    listed = run(capsys, "hint", "1")
    assert "2 hints, 2 given" in listed
    assert "Keep" not in listed


# ---- progress ----------------------------------------------------------------------------------------------


def row(told: str, name: str) -> str:
    """The row of the table that begins with this word, one space between words."""
    return next(" ".join(line.split()) for line in told.splitlines() if line.split()[:1] == [name])


def test_progress_counts_exercises_points_and_hints(learner: Path, capsys: pytest.CaptureFixture[str]):
    run(capsys, "hint", "1.Counter")
    solve(learner, put("running_sums", SUMS, put("Counter", "return n")))
    told = run(capsys, "progress")
    assert row(told, "1") == "1 Small steps 1 of 3 3 of 5 1"
    assert row(told, "2") == "2 Halves 0 of 1 0 of 1 0"
    assert row(told, "all") == "all 1 of 4 3 of 6 1"


def test_what_passed_is_bound_to_the_code_and_to_the_checks(
    tmp_path: Path, learner: Path, capsys: pytest.CaptureFixture[str]
):
    solve(learner)
    assert "steps 3 of 3" in row(run(capsys, "progress"), "1")
    exercises(learner).write_text("# a word\n" + SOLUTIONS)  # elsewhere in the file: nothing has changed
    assert "steps 3 of 3" in row(run(capsys, "progress"), "1")
    exercises(learner).write_text(SOLUTIONS.replace("return w - 0.5 * g", "return w - 0.5 * g - 0"))
    told = run(capsys, "progress")
    assert "steps 2 of 3" in row(told, "1")
    assert row(told, "next_weight") == "next_weight passed an earlier version"
    checks = tmp_path / "lessons" / "01_small_steps" / "checks.py"
    checks.write_text(checks.read_text() + "# more\n")
    assert "steps 0 of 3" in row(run(capsys, "progress"), "1")


def test_check_without_a_lesson_takes_the_first_that_is_not_done(learner: Path, capsys: pytest.CaptureFixture[str]):
    capsys.readouterr()
    main(["check"])
    assert capsys.readouterr().out.startswith("Lesson 1:")
    solve(learner)
    capsys.readouterr()
    main(["check"])
    assert capsys.readouterr().out.startswith("Lesson 2:")


# ---- reset -------------------------------------------------------------------------------------------------


def test_reset_of_an_exercise_gives_that_function_back_and_leaves_the_others(
    learner: Path, capsys: pytest.CaptureFixture[str]
):
    solve(learner)
    told = run(capsys, "reset", "1.running_sums")
    assert "yours is kept in exercises.before-reset.py" in told
    assert exercises(learner).read_text() == SOLUTIONS.replace(SUMS, 'raise NotImplementedError("a loop")')
    assert (learner / "01_small_steps" / "exercises.before-reset.py").read_text() == SOLUTIONS
    told = run(capsys, "progress", "--exercises")
    assert row(told, "running_sums") == "running_sums not tried"
    assert row(told, "Counter") == "Counter passed"


def test_an_exercise_that_was_deleted_comes_back_at_the_end(learner: Path, capsys: pytest.CaptureFixture[str]):
    exercises(learner).write_text("import math\n")
    run(capsys, "reset", "1.Counter")
    text = exercises(learner).read_text()
    assert text.startswith("import math\n\n\nclass Counter:")
    assert text.endswith('raise NotImplementedError("return the count")\n')


def test_reset_never_overwrites_what_an_earlier_one_kept(learner: Path, capsys: pytest.CaptureFixture[str]):
    for text in ("first", "second", "third"):
        exercises(learner).write_text(text)
        run(capsys, "reset", "1")
    kept = sorted((learner / "01_small_steps").glob("exercises.before-reset*.py"))
    assert [path.read_text() for path in kept] == ["second", "third", "first"]
    assert exercises(learner).read_text() == EXERCISES
    run(capsys, "reset", "1")  # nothing to keep
    assert len(list((learner / "01_small_steps").iterdir())) == 5


def test_an_exercise_of_a_file_that_is_no_python_cannot_be_given_back_alone(
    learner: Path, capsys: pytest.CaptureFixture[str]
):
    exercises(learner).write_text("def f(:\n")
    line = refusal(capsys, "reset", "1.Counter")
    assert "line 1 is not Python" in line
    assert "`tinygrad-optim reset 1` gives the whole file back" in line
    assert exercises(learner).read_text() == "def f(:\n"


# ---- diff --------------------------------------------------------------------------------------------------


def test_a_solution_is_shown_beside_ones_own_after_passing_and_not_before(
    learner: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("COLUMNS", "120")
    assert "pass it first: tinygrad-optim check 1.Counter" in refusal(capsys, "diff", "1.Counter", code=1)
    solve(learner, put("next_weight", "step = g / 2\n    return w - step", put("Counter", "return n")))
    told = run(capsys, "diff", "1")
    assert "return w - step" in told
    assert "|     return w - 0.5 * g" in told
    assert "Predict the weight" not in told  # the docstring, which is the same
    assert "Counter" not in told
    monkeypatch.setenv("COLUMNS", "60")
    assert "the solution:\n  def next_weight" in run(capsys, "diff", "1.next_weight")


@pytest.mark.parametrize("width", ["60", "120"])
def test_of_a_solution_that_is_one_s_own_word_for_word_nothing_more_is_shown(
    width: str, learner: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("COLUMNS", width)
    solve(learner)
    assert run(capsys, "diff", "1.Counter") == "Counter   yours is the solution, word for word\n"


def test_a_line_that_stands_in_another_block_is_another_line():
    own = "def f(x):\n    if x:\n        g(x)\n        h(x)\n"
    told = beside("f", own, own.replace("        h", "    h"), 120).plain()
    assert "word for word" not in told
    assert [line.strip() for line in told.splitlines() if "|" in line] == [f"{'h(x)':<50} |     h(x)"]


def test_a_solution_is_not_shown_where_it_is_withheld(
    tmp_path: Path, learner: Path, capsys: pytest.CaptureFixture[str]
):
    solve(learner)
    progress = json.loads((learner / "progress.json").read_text())
    (learner / "progress.json").write_text(json.dumps({**progress, "solutions": False}))
    assert "not released" in refusal(capsys, "diff", "1", code=1)
    (learner / "progress.json").write_text(json.dumps(progress))
    (tmp_path / "lessons" / "01_small_steps" / "solutions.py").unlink()
    assert "not released" in refusal(capsys, "diff", "1", code=1)
    run(capsys, "start", str(tmp_path / "other"), "--without-solutions")
    assert json.loads((tmp_path / "other" / "progress.json").read_text())["solutions"] is False


def test_check_needs_no_solutions(tmp_path: Path, learner: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "lessons" / "01_small_steps" / "solutions.py").unlink()
    exercises(learner).write_text(SOLUTIONS)
    assert "3 of 3 exercises passed" in run(capsys, "check", "1")


# ---- watch -------------------------------------------------------------------------------------------------


def test_watch_checks_again_on_each_save_and_ends_with_ctrl_c(learner: Path):
    command = [sys.executable, "-m", "tinygrad_optim", "check", "1.Counter", "--watch"]
    environment = {**os.environ, "PYTHONPATH": str(CLONE)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True, **HEARS) as process:
        try:
            assert "not written yet" in read_until(process, "watching")
            exercises(learner).write_text(SOLUTIONS)
            read_until(process, "1 of 1 exercises passed")
            read_until(process, "watching")
            time.sleep(0.2)
            interrupt(process)
            assert process.wait(60) == 0
        finally:
            process.kill()  # so that a failure does not wait for ever


def test_watch_waits_until_a_file_is_written_whole(learner: Path, monkeypatch: pytest.MonkeyPatch):
    file = exercises(learner)
    saved = iter(["", SOLUTIONS[:40], SOLUTIONS, None])  # what an editor does while watch sleeps

    def sleep(seconds: float) -> None:
        text = next(saved)
        if text is not None:
            file.write_text(text)

    monkeypatch.setattr("tinygrad_optim.commands.check.time.sleep", sleep)
    wait_for_save([file], stamps([file]))
    assert file.read_text() == SOLUTIONS
    assert list(saved) == []


def read_until(process: subprocess.Popen[str], word: str) -> str:
    """What the process prints, up to the line that has this word."""
    told = ""
    while word not in told:
        line = process.stdout.readline()
        assert line, told
        told += line
    return told


# ---- what is loaded ----------------------------------------------------------------------------------------


def test_neither_the_package_nor_the_other_commands_load_the_course(tmp_path: Path):
    code = "import sys, tinygrad_optim.cli as cli; cli.make_parser(); print([n for n in sys.modules if 'course' in n])"
    environment = {**os.environ, "PYTHONPATH": str(CLONE)}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_a_check_loads_neither_matplotlib_nor_pytorch(learner: Path):
    code = (
        "import sys; from tinygrad_optim.cli import main; main(['check', '1']); "
        "print({'matplotlib', 'torch', 'scipy'} & set(sys.modules))"
    )
    environment = {**os.environ, "PYTHONPATH": str(CLONE)}
    exercises(learner).write_text(SOLUTIONS)
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert done.stdout.endswith("set()\n")
