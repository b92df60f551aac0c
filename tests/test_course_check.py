"""`check`, as a learner meets it: what it says of right, wrong and odd answers, and that it always comes to an end."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from small_course import EXERCISES, SOLUTIONS, put, write_course

from tinygrad_optim.cli import main

CLONE = Path(__file__).parents[1]


@pytest.fixture
def learner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working copy of the small course, in which the commands are given."""
    monkeypatch.setenv("TINYGRAD_OPTIM_LESSONS", str(write_course(tmp_path / "lessons")))
    assert main(["start", str(tmp_path / "copy"), "--learner", "Ada"]) == 0
    monkeypatch.chdir(tmp_path / "copy")
    return tmp_path / "copy"


def check(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """The exit code, and what was printed; nothing goes to stderr."""
    capsys.readouterr()
    code = main(["check", *arguments])
    printed = capsys.readouterr()
    assert printed.err == ""
    return code, printed.out


def write(learner: Path, text: str) -> None:
    (learner / "01_small_steps" / "exercises.py").write_text(text, encoding="utf-8")


# ---- right and wrong answers -------------------------------------------------------------------------------


def test_solutions_pass_and_the_exit_code_says_so(learner: Path, capsys: pytest.CaptureFixture[str]):
    write(learner, SOLUTIONS)
    code, told = check(capsys, "1")
    assert code == 0
    assert "3 of 3 exercises passed, 5 of 5 points" in told


def test_what_is_not_begun_is_said_to_be_and_is_no_failure(learner: Path, capsys: pytest.CaptureFixture[str]):
    code, told = check(capsys, "1")
    assert code == 1
    assert "next_weight (predict) not answered yet   01_small_steps/exercises.py:6" in told
    assert "running_sums (write) not written yet   01_small_steps/exercises.py:11" in told
    assert "FAIL" not in told
    assert "NotImplementedError" not in told
    assert "Stuck? tinygrad-optim hint 1.next_weight" in told


def asked(told: str) -> tuple[float, float]:
    """The numbers of a prediction's question."""
    found = re.search(r"w is ([\d.]+) and its gradient ([\d.]+)\. What is w after a step\?", told)
    return float(found[1]), float(found[2])


def test_a_prediction_is_asked_with_the_learner_s_own_numbers_and_never_told(
    learner: Path, capsys: pytest.CaptureFixture[str]
):
    w, g = asked(check(capsys, "1.next_weight")[1])
    right = w - 0.5 * g
    write(learner, put("next_weight", f"return {w + 0.5 * g}"))
    code, told = check(capsys, "1.next_weight")
    assert code == 1
    assert asked(told) == (w, g)
    assert f"{w + 0.5 * g} is not it." in told
    assert "Which way is downhill?" in told
    assert str(right) not in told
    assert "SGD" not in told
    write(learner, put("next_weight", f"return {right}"))
    code, told = check(capsys, "1.next_weight")
    assert code == 0
    assert f"right: {right}" in told
    assert "optim.SGD([weight], lr=0.5).step()" in told


def test_another_learner_and_another_course_get_other_numbers_and_the_same_ones_the_same(
    tmp_path: Path, learner: Path, capsys: pytest.CaptureFixture[str]
):
    numbers = []
    for name, more in enumerate((["--learner", "Ada"], ["--learner", "Bob"], ["--learner", "Ada", "--seed", "autumn"])):
        main(["start", str(tmp_path / str(name)), *more])
        numbers.append(asked(check(capsys, "1.next_weight", "--dir", str(tmp_path / str(name)))[1]))
    assert numbers[0] == asked(check(capsys, "1.next_weight")[1])
    assert len(set(numbers)) == 3


def test_a_wrong_answer_shows_the_call_both_values_the_difference_the_hint_and_the_lines_that_ran(
    learner: Path, capsys: pytest.CaptureFixture[str]
):
    body = "sums = []\n    for number in numbers:\n        sums.append(number)\n    return sums"
    write(learner, put("running_sums", body))
    code, told = check(capsys, "1.running_sums")
    assert code == 1
    first, second = told.split("of two numbers there are two sums")
    numbers = json.loads(re.search(r"call +running_sums\(numbers=(\[.*\])\)", second)[1])
    assert f"expected   {[numbers[0], sum(numbers)]}" in second
    assert f"got        {numbers}" in second
    assert f"differs    at [1]: expected {sum(numbers)}, got {numbers[1]}" in second
    assert "hint       What has gone before?" in second
    assert "what ran" not in second  # once is enough
    assert "... 38 more times through this loop" in first
    assert re.search(r"15 +sums\.append\(number\) +# sums = \[", first)
    assert first.count("sums.append(number)") == 2


def add_a_wrong_answer_that_raises(tmp_path: Path) -> None:
    """To the first lesson's running_sums."""
    checks = tmp_path / "lessons" / "01_small_steps" / "checks.py"
    text = checks.read_text()
    source = "def raising(numbers):\n    return [numbers[len(numbers)]]\n\n\nEXERCISES = ("
    wrong = 'Wrong("beyond", raising, "Which is the last number?"),\n            Wrong("no sums"'
    checks.write_text(text.replace("EXERCISES = (", source).replace('Wrong("no sums"', wrong))


def test_a_mistake_that_raises_is_recognised_by_the_type_of_its_exception(
    tmp_path: Path, learner: Path, capsys: pytest.CaptureFixture[str]
):
    add_a_wrong_answer_that_raises(tmp_path)
    write(learner, put("running_sums", "raise IndexError('other words')"))
    assert "hint       Which is the last number?" in check(capsys, "1.running_sums")[1]
    write(learner, put("running_sums", "return numbers.total"))
    told = check(capsys, "1.running_sums")[1]
    assert "raised     AttributeError" in told
    assert "hint   " not in told


def test_lines_that_ran_are_cut_to_the_terminal_s_width(
    learner: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    body = "names = ['a long name'] * 9; return same(names, names, names)\n\n\ndef same(a, b, c):\n    return a + b + c"
    write(learner, put("running_sums", body))
    for width in (80, 120):
        monkeypatch.setenv("COLUMNS", str(width))
        ran = check(capsys, "1.running_sums")[1].split("what ran")[1].split("FAIL")[0].splitlines()[1:]
        call = next(line for line in ran if "same(a=" in line)
        assert call.endswith(" ...")
        assert len(call) == width
        assert max(map(len, ran)) <= width


def add_code_to_mend(tmp_path: Path, learner: Path) -> None:
    """The second lesson's function is one to mend."""
    lesson = tmp_path / "lessons" / "02_halves"
    for place in (lesson, learner / "02_halves"):
        (place / "exercises.py").write_text('def halve(x: float) -> float:\n    """Half of x."""\n    return x * 2\n')
    checks = (lesson / "checks.py").read_text()
    (lesson / "checks.py").write_text(checks.replace('"write"', '"find"'))


def test_code_to_mend_that_is_as_it_was_given_is_not_begun_and_no_failure(
    tmp_path: Path, learner: Path, capsys: pytest.CaptureFixture[str]
):
    add_code_to_mend(tmp_path, learner)
    code, told = check(capsys, "2")
    assert code == 1
    assert "halve (find) not begun   02_halves/exercises.py:1" in told
    assert "FAIL" not in told
    assert "expected" not in told
    assert main(["progress", "--exercises"]) == 0
    assert re.search(r"halve +not tried", capsys.readouterr().out)
    file = learner / "02_halves" / "exercises.py"
    file.write_text(file.read_text().replace("x * 2", "x * 3"))
    assert "FAIL  halve (find, 0 of 1 point)" in check(capsys, "2")[1]
    file.write_text(file.read_text().replace("x * 3", "x / 2"))
    assert "ok    halve" in check(capsys, "2")[1]


def test_what_the_learner_s_code_prints_is_shown_and_is_no_answer(learner: Path, capsys: pytest.CaptureFixture[str]):
    noise = 'import sys; print("hello"); print("{\\"value\\": 1}"); print("oh", file=sys.stderr)'
    write(learner, put("Counter", f'{noise}; self.n = getattr(self, "n", 0) + n; return self.n'))
    code, told = check(capsys, "1.Counter")
    assert code == 0
    shown = told.split("printed by your code:")[1]
    assert shown.split()[:2] == ["hello", '{"value":']
    assert "oh" in shown


def test_long_output_is_shown_in_part(learner: Path, capsys: pytest.CaptureFixture[str]):
    write(learner, put("Counter", "[print(i) for i in range(1000)]; return n"))
    code, told = check(capsys, "1.Counter")
    assert code == 1
    assert "more lines ..." in told
    assert len(told.splitlines()) < 60


def test_a_class_that_raises_shows_the_learner_s_own_line_and_no_other_file(
    learner: Path, capsys: pytest.CaptureFixture[str]
):
    write(learner, put("Counter", "return [].pop()"))
    code, told = check(capsys, "1.Counter")
    assert code == 1
    assert "raised     IndexError: pop from empty list" in told
    assert "line 21, in add: return [].pop()" in told
    assert "^ raised here" in told
    assert "Traceback" not in told
    assert '.py"' not in told


# ---- what comes next ---------------------------------------------------------------------------------------


def test_a_lesson_that_is_done_is_said_to_be_with_what_to_read_next_and_where_the_solutions_are(
    learner: Path, capsys: pytest.CaptureFixture[str]
):
    write(learner, SOLUTIONS)
    assert "is done" not in check(capsys, "1.Counter")[1]
    told = check(capsys, "1")[1]
    assert "Lesson 1 is done. Read 02_halves/lesson.py next." in told
    assert "tinygrad-optim diff 1" in told
    assert "Lesson 1 is done." in check(capsys, "1.Counter")[1]  # by now all its others have passed
    second = learner / "02_halves" / "exercises.py"
    second.write_text("def halve(x):\n    return x / 2\n")
    assert check(capsys, "2")[1].splitlines()[-2] == "Lesson 2 is done. It was the last: the course is done."
    assert check(capsys, "--all")[1].count("is done. ") == 1
    write(learner, EXERCISES)
    assert "Lesson 2 is done. Read 01_small_steps/lesson.py next." in check(capsys, "2")[1]


def test_solutions_that_are_not_released_are_not_spoken_of(
    tmp_path: Path, learner: Path, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "lessons" / "01_small_steps" / "solutions.py").unlink()
    write(learner, SOLUTIONS)
    told = check(capsys, "1")[1]
    assert "Lesson 1 is done." in told
    assert "tinygrad-optim diff" not in told


# ---- files that do not run ---------------------------------------------------------------------------------


def test_a_syntax_error_is_shown_with_its_line_and_a_caret(learner: Path, capsys: pytest.CaptureFixture[str]):
    write(learner, put("next_weight", "return w - - * g"))
    code, told = check(capsys, "1")
    assert code == 1
    lines = told.splitlines()
    at = next(number for number, line in enumerate(lines) if "01_small_steps/exercises.py:8" in line)
    assert lines[at + 1].strip() == "return w - - * g"
    assert lines[at + 2].index("^") == lines[at + 1].index("*")
    assert "SyntaxError: invalid syntax" in told
    assert "Traceback" not in told


def test_an_import_error_is_shown_with_its_line(learner: Path, capsys: pytest.CaptureFixture[str]):
    write(
        learner,
        EXERCISES.replace('"""Write each body."""', "").replace("\n\n\ndef next", "\nimport torhc\n\n\ndef next"),
    )
    code, told = check(capsys, "1")
    assert code == 1
    assert "import torhc" in told
    assert "^^^^^^^^^^^^" in told
    assert "ModuleNotFoundError: No module named 'torhc'" in told


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("while True: pass", "took longer than 1 s"),
        ("import os; os._exit(0)", "it ended the whole process"),
        ("raise SystemExit(0)", "SystemExit"),
        ("x = '\\0'\n\0", "null bytes"),
    ],
)
def test_a_file_that_never_gets_to_its_end_is_told_as_that(
    line: str, words: str, learner: Path, capsys: pytest.CaptureFixture[str]
):
    write(learner, EXERCISES + line + "\n")
    code, told = check(capsys, "1", "--limit", "1")
    assert code == 1
    assert words in told


# ---- odd answers: all in one file, so that what follows each is seen to go on --------------------------------

ODD = {
    "endless": ("while True: pass", "took longer than 1 s. Is there an endless loop?"),
    "noisy": ("while True: print('x' * 10000)", "it printed more than 10 MB"),
    "leaves": ("import os; os._exit(3)", "ended the whole process with exit code 3"),
    "exits": ("raise SystemExit", "SystemExit: a function gives its value with return"),
    "interrupts": ("raise KeyboardInterrupt", "KeyboardInterrupt: a function gives its value with return"),
    "recurses": ("return recurses(x)", "RecursionError"),
    "tensor": ("import tinygrad_optim as t; return t.tensor([x])", "expected a float: use .item()"),
    "number": ("import tinygrad_optim as t; return t.Value(x)", "expected a float: a Value's number is its .data"),
    "scalar": ("import numpy; return numpy.float64(x / 2)", "returned a float64"),
    "array": ("import numpy; return numpy.ones(2)", "returned an ndarray"),
    "nan": ("return float('nan')", "got        nan"),
    "infinite": ("return x * 1e308 * 10", "got        inf"),
    "huge_int": ("return 10 ** 5000", "got        (an int of 16610 bits)"),
    "nothing": ("pass", "got        None"),
    "text": ("return str(x / 2)", "got        '"),
    "inside": ("return [object()]", "returned an object at [0]"),
    "endless_list": ("a = []; a.append(a); return a", "nested more than"),
    "huge_list": ("return [0] * 2000000", "more than 1,000,000 values"),
    "liar": ("class F(float): __eq__ = lambda a, b: True\n    return F(7)", "returned a F"),
    "shut": ("import os, sys; sys.stdout.close(); os.close(1); return 0.0", "got        0.0"),
    "unspeakable": ("class E(Exception):\n        __str__ = None\n    raise E", "its message cannot be shown"),
    "unshowable": ("class C:\n        __repr__ = None\n    return C()", "returned a C; expected a float"),
    "patched": ("import json; json.dumps = lambda *a, **k: '1'; return 'x'", "FAIL"),
    "threads": (
        "import threading, time; threading.Thread(target=time.sleep, args=(60,)).start(); return 1.0",
        "got        1.0",
    ),
    "right": ("return x / 2", "ok    right"),
}


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], float]:
    """What is said of each odd answer, by the name of its exercise; and how long all took."""
    folder = tmp_path_factory.mktemp("odd")
    environment = {**os.environ, "PYTHONPATH": str(CLONE), "TINYGRAD_OPTIM_LESSONS": str(folder / "lessons")}
    write_course(folder / "lessons", **{name: "" for name in ODD})
    run = [sys.executable, "-W", "error", "-m", "tinygrad_optim"]
    subprocess.run([*run, "start", "copy"], cwd=folder, env=environment, check=True)
    text = "\n\n".join(f"def {name}(x):\n    {body}\n" for name, (body, _) in ODD.items())
    (folder / "copy" / "02_halves" / "exercises.py").write_text(text)
    began = time.monotonic()
    done = subprocess.run(
        [*run, "check", "2", "--limit", "1"], cwd=folder / "copy", env=environment, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (1, "")
    parts = re.split(r"^(?=ok    |FAIL  |-     )", done.stdout, flags=re.MULTILINE)[1:]
    return {part.split()[1]: part for part in parts}, time.monotonic() - began


def test_every_odd_answer_is_told_and_none_stops_the_others(odd: tuple[dict[str, str], float]):
    assert list(odd[0]) == list(ODD)


@pytest.mark.parametrize("name", ODD)
def test_an_odd_answer_is_told_in_the_learner_s_terms(name: str, odd: tuple[dict[str, str], float]):
    told = odd[0][name]
    assert ODD[name][1] in told
    assert told.startswith("ok" if name == "right" else "FAIL")
    assert "Traceback" not in told
    assert "site-packages" not in told
