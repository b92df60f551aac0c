"""How values travel and are compared, what is told of a run, and what is found wrong with a lesson."""

from __future__ import annotations

import math
import sys
import warnings
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st
from small_course import write_course

from tinygrad_optim import Value, tensor
from tinygrad_optim.course import Check, Exercise, Wrong, validate
from tinygrad_optim.course.alone import from_source, source_alone
from tinygrad_optim.course.codec import NotPlain, TooMuch, from_text, to_text
from tinygrad_optim.course.judge import difference, recognised
from tinygrad_optim.course.slices import traced
from tinygrad_optim.course.source import Unreadable, fingerprint, put_back, source_of
from tinygrad_optim.mistakes import TeachingWarning

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text() | st.integers() | st.tuples(st.integers()), inner, max_size=4)
    ),
    max_leaves=12,
)


# ---- values as text ----------------------------------------------------------------------------------------


@given(PLAIN)
@settings(derandomize=True, deadline=None, max_examples=100)
def test_plain_data_comes_back_exactly(value: object):
    text = to_text(value)
    assert text.isascii()
    assert "\n" not in text
    assert repr(from_text(text)) == repr(value)


def of_type(value: object) -> str:
    return type(value).__name__


@pytest.mark.parametrize(
    "value", [10**5000, -(2**63), float("nan"), float("-inf"), -0.0, 5e-324, "\ud800\0", (), {}], ids=of_type
)
def test_what_json_has_no_word_for_comes_back(value: object):
    found = from_text(to_text(value))
    assert type(found) is type(value)
    assert found == value or math.isnan(value)
    assert isinstance(value, float) is False or math.copysign(1, found) == math.copysign(1, value)


class Float(float):
    """Equal to everything."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = float.__hash__


@pytest.mark.parametrize(
    ("value", "place"),
    [
        (tensor([1.0]), ""),
        (Float(1), ""),
        ([1, {"a": (2, Value(1.0))}], "[1]['a'][1]"),
        ({"set": {1}}, "['set']"),
        ({Float(2): 1}, ", as a key"),
        (b"bytes", ""),
    ],
)
def test_other_things_are_refused_with_their_place(value: object, place: str):
    with pytest.raises(NotPlain) as caught:
        to_text(value)
    assert caught.value.place == place


def test_what_is_too_deep_or_too_long_is_refused():
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(TooMuch, match="deep"):
        to_text(endless)
    with pytest.raises(TooMuch, match="1,000,000"):
        to_text([0] * 1_000_001)
    with pytest.raises(ValueError, match="deep"):
        from_text("[" * 200 + "]" * 200)


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "nan nan", '{"t": 1}', '{"x": 1}', "{}", '{"t": [], "d": []}', '{"d": [[1]]}', '{"d": [[[], 1]]}'),
        *('{"f": "1"}', '{"i": "x"}', '{"i": 3}', "[" * 100_000),
    ],
)
def test_text_that_was_not_written_here_is_refused(text: str):
    with pytest.raises(ValueError):  # noqa: PT011  # whichever is wrong first
        from_text(text)


# ---- comparing ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expected", "got"),
    [(1.0, 1), (1.0, 1 + 1e-10), (1e12, 1e12 + 1), (math.nan, math.nan), (math.inf, math.inf), ([1, (2.0,)], [1, (2,)]),
     ({"a": 1, "b": 2}, {"b": 2, "a": 1}), ("", ""), (None, None)],
)  # fmt: skip
def test_these_are_the_same(expected: object, got: object):
    assert difference(expected, got, 1e-9) is None


@pytest.mark.parametrize(
    ("expected", "got", "told"),
    [
        (1.0, 1.1, "expected 1.0, got 1.1"),
        (1.0, math.nan, "expected 1.0, got nan"),
        (math.inf, 1e308, "expected inf, got 1e+308"),
        (1.0, True, "expected the float 1.0, got the bool True"),
        (1, 1.0, "expected the int 1, got the float 1.0"),
        (True, 1, "expected the bool True, got the int 1"),
        (1.0, None, "expected the float 1.0, got nothing: None"),
        ((1,), [1], "expected the tuple (1,), got the list [1]"),
        ([1.0, [2.0, 3.0]], [1.0, [2.0, 4.0]], "at [1][1]: expected 3.0, got 4.0"),
        ([1], [1, 2], "expected 1 elements, got 2"),
        ({"a": [1]}, {"a": [2]}, "at ['a'][0]: expected 1, got 2"),
        ({1: 0}, {True: 0}, "expected the keys [1], got [True]"),
        (1.0, 10**5000, "expected 1.0, got (an int of 16610 bits)"),
    ],
    ids=of_type,
)
def test_the_first_difference_is_told_with_its_place(expected: object, got: object, told: str):
    assert difference(expected, got, 1e-9) == told


# ---- calls and sources -------------------------------------------------------------------------------------


def lonely(exercises: Unknown, x: float) -> Unknown:  # noqa: F821  # annotations need no names
    import math

    return math.sqrt(exercises.f(x))


def leaning(exercises, x):
    return sys.maxsize


def test_a_call_runs_from_its_source_with_no_other_name_of_its_file():
    class Exercises:
        f = staticmethod(lambda x: x * x)

    assert from_source(source_alone(lonely))(Exercises, 3.0) == 3.0
    with pytest.raises(NameError, match="sys"):
        from_source(source_alone(leaning))(Exercises, 3.0)


def test_a_call_that_is_no_function_of_its_own_is_refused():
    pieces = [lambda exercises: 1, lambda exercises: 2]
    with pytest.raises(ValueError, match="def"):
        from_source(source_alone(pieces[0]))


FILE = "import math\n\n\n@cached\ndef f(x):\n    return x\n\n\nclass g:\n    a = 1\n\n    def f(self): pass\n"


def test_a_function_is_found_and_put_back_with_its_decorators():
    assert source_of(FILE, "f") == "@cached\ndef f(x):\n    return x\n"
    assert source_of(FILE, "g") == "class g:\n    a = 1\n\n    def f(self): pass\n"
    assert source_of(FILE, "h") is None
    assert put_back(FILE, "f", "def f(): ...\n") == FILE.replace(source_of(FILE, "f"), "def f(): ...\n")
    assert put_back(FILE, "h", "def h(): ...\n") == FILE + "\n\ndef h(): ...\n"
    with pytest.raises(Unreadable, match="line 1 is not Python"):
        source_of("def f(:", "f")


def test_a_fingerprint_does_not_depend_on_the_system_s_ends_of_lines():
    assert fingerprint("a\r\nb\r\n") == fingerprint("a\nb\n") != fingerprint("a\nc\n")


# ---- the slice of a run --------------------------------------------------------------------------------------

NESTED = """
def table(n):
    rows = []
    for i in range(n):
        row = 0
        for j in range(n):
            row = add(row, j)
        rows.append(row)
    return rows


def add(a, b):
    return a + b
"""


def sliced(tmp_path: Path, text: str, *arguments: object) -> dict[str, object]:
    """The slice of a call of the file's first function."""
    path = tmp_path / "exercises.py"
    path.write_text(text)
    from tinygrad_optim.course.lessons import load

    module = load(path)
    first = next(name for name, one in vars(module).items() if getattr(one, "__code__", None))
    return traced(lambda exercises: getattr(exercises, first)(*arguments), module, {}, str(path))


def test_loops_are_folded_and_calls_stand_in_the_line_that_made_them(tmp_path: Path):
    found = sliced(tmp_path, NESTED, 9)
    told = [(line, text, changed) for line, _, text, changed, _ in found["lines"]]
    assert len(told) <= 12
    assert found["returned"].startswith("[36, 36, 36")
    assert told[-1] == (9, "return rows", ["rows = [36, 36, 36, 36, ... 9 in all]"])
    assert (0, "... 7 more times through this loop", []) in told
    assert (7, "        row = add(row, j)", ["row = 36"]) in told
    assert (0, "add(a=28, b=8)", []) in told


def test_the_line_that_raised_is_marked_and_is_the_last(tmp_path: Path):
    found = sliced(tmp_path, "def f(n):\n    for i in range(3):\n        n = 1 / (1 - i)\n", 5)
    assert found["lines"][-1][2:] == ["    n = 1 / (1 - i)", [], True]
    assert found["returned"] == ""


# ---- lessons -----------------------------------------------------------------------------------------------


@pytest.fixture
def lesson(tmp_path: Path) -> Path:
    return write_course(tmp_path / "lessons") / "01_small_steps"


def test_a_lesson_that_is_right_has_no_problems(lesson: Path):
    assert validate.problems(lesson) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("exercises", 'raise NotImplementedError("return the number")', "return w - 0.5 * g", "the stub passes"),
        ("solutions", "return w - 0.5 * g", "return w", "next_weight: the solution fails"),
        ("solutions", "w: float, g: float", "w: float, h: float", "the signatures of exercise and solution differ"),
        ("solutions", "Predict the weight", "Guess the weight", "the docstrings of exercise and solution differ"),
        ("checks", "return w + 0.5 * g", "return w - 0.5 * g", "the wrong answer 'the sign' passes"),
        ("checks", "return w - g", "return w + 0.5 * g", "the wrong answer 'no lr' is never told from the others"),
        ("checks", '"Does it move?"', '"How long is the step?"', "two wrong answers have one hint"),
        ("checks", 'Wrong("late", Late, "Before or after?"),', "", "has 2 wrong answers; it needs three"),
        ("checks", "return exercises.next_weight(w, g)", "return real_step(w, g) or exercises", "NameError"),
        ("checks", "return exercises.next_weight(w, g)", "exercises.next_weight(w, g)\n    return w - 0.5 * g",
         "next_weight: a function that does nothing earns the points"),
        ("checks", "return exercises.running_sums(numbers)", "return {1.5j: exercises}", "NotPlain"),
        ("checks", "tolerance=5e-4", 'catches=("gradients_overwritten",)', "does not catch 'gradients_overwritten'"),
        ("checks", "        ask_step,\n", "", "is a prediction and has no question"),
        ("checks", "random.randint(1, 9) / 2, ", "__import__('random').random(), ", "draws other inputs"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_lesson_is_found(file: str, old: str, new: str, told: str, lesson: Path):
    path = lesson / f"{file}.py"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    problems = validate.problems(lesson)
    assert told in "\n".join(problems)


RAISING = "def nowhere(w, g):\n    raise ZeroDivisionError"


def test_a_wrong_answer_may_only_raise_and_two_that_raise_alike_are_not_told_apart(lesson: Path):
    path = lesson / "checks.py"
    path.write_text(path.read_text().replace("def nowhere(w, g):\n    return w", RAISING))
    assert validate.problems(lesson) == []
    path.write_text(path.read_text().replace("    return w - g", "    raise ZeroDivisionError"))
    assert validate.problems(lesson) == ["next_weight: the wrong answer 'no step' is never told from the others"]


def warned(x: float) -> float:
    warnings.warn("made on purpose", TeachingWarning, stacklevel=1)
    return x


def failing(x: float) -> float:
    raise ValueError(f"not {x}")


def failing_too(x: float) -> float:
    raise ValueError(f"and not {x}")


def call_f(exercises, x):
    return exercises.f(x)


def test_a_wrong_answer_is_run_without_warnings_and_is_recognised_by_its_value_or_its_exception():
    check = Check("", lambda random: {}, call_f, abs)
    wrong = Wrong("", warned, "1"), Wrong("", failing, "2"), Wrong("", failing_too, "3")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert recognised("f", wrong, check, {"x": 2.0}, {"value": 2.0}) is wrong[0]
    found = [
        recognised("f", wrong, check, {"x": 2.0}, {"raised": {"type": kind, "message": message}})
        for kind, message in (("ValueError", "no"), ("ValueError", "and not 2.0"), ("KeyError", "not 2.0"))
    ]
    assert found == [wrong[1], wrong[2], None]


def test_the_command_prints_what_is_wrong_and_fails(lesson: Path, capsys: pytest.CaptureFixture[str]):
    assert validate.main([str(lesson)]) == 0
    (lesson / "solutions.py").write_text((lesson / "exercises.py").read_text())
    assert validate.main([str(lesson)]) == 1
    assert "01_small_steps: Counter: the solution fails" in capsys.readouterr().out


def test_a_prediction_has_one_case_whatever_its_check_says():
    from tinygrad_optim.course.checking import cases_of

    check = Check("", lambda random: {}, lonely, lonely)
    assert cases_of(Exercise("f", "predict", (check,), (), ()), check) == 1
    assert cases_of(Exercise("f", "write", (check,), (), ()), check) == 3
