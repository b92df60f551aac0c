"""Comparing two runs: how lines are paired, how imports are swapped, and what is said without PyTorch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from tinygrad_optim.trace.compare import Comparison, Made, close, distance, paired
from tinygrad_optim.trace.compare_runs import imports_of, modules_let_go

ROOT = Path(__file__).parents[1]


def made(*values):
    return [Made(f"x{i}", np.array([value], np.float32), "a line") for i, value in enumerate(values)]


def numbers(rows):
    return [tuple(None if one is None else float(one.numbers[0]) for one in (row.ours, row.theirs)) for row in rows]


def test_lines_are_paired_by_the_numbers_they_made_in_order():
    rows = paired(made(1, 2, 3, 4), made(1, 7, 3, 8, 4))
    assert numbers(rows) == [(1, 1), (2, None), (None, 7), (3, 3), (None, 8), (4, 4)]


def test_numbers_that_differ_by_rounding_are_paired_and_others_are_not():
    assert numbers(paired(made(1.0), made(1.0000002))) == [(1, np.float32(1.0000002))]
    assert len(paired(made(1.0), made(1.001))) == 2


def test_a_difference_is_measured_against_the_largest_element():
    assert distance(np.array([1e-9, 2.0]), np.array([0.0, 2.0])) == pytest.approx(5e-10)
    assert close(np.array([np.nan, 1.0]), np.array([np.nan, 1.0]))
    assert not close(np.array([np.nan, 1.0]), np.array([2.0, 1.0]))
    assert not close(np.array([1.0]), np.array(1.0))


@settings(derandomize=True, deadline=None, max_examples=25)
@given(st.lists(st.integers(0, 4), max_size=8), st.lists(st.integers(0, 4), max_size=8))
def test_pairing_keeps_every_line_in_its_order_and_pairs_as_many_as_can_be(ours, theirs):
    rows = numbers(paired(made(*ours), made(*theirs)))
    assert [a for a, _ in rows if a is not None] == ours
    assert [b for _, b in rows if b is not None] == theirs
    assert all(a == b for a, b in rows if a is not None and b is not None)
    assert sum(a is not None and b is not None for a, b in rows) == longest(ours, theirs)


def longest(a, b):
    """The length of the longest common subsequence, by trying all subsequences of the shorter one."""
    a, b = sorted((a, b), key=len)
    best = 0
    for chosen in range(2 ** len(a)):
        wanted = [x for i, x in enumerate(a) if chosen >> i & 1]
        rest = iter(b)
        if all(x in rest for x in wanted):
            best = max(best, len(wanted))
    return best


def test_a_programs_imports_are_swapped_and_the_packages_own_are_not(monkeypatch):
    stand_in = type(sys)("torch")
    stand_in.nn = type(sys)("torch.nn")
    monkeypatch.setitem(sys.modules, "torch", stand_in)
    monkeypatch.setitem(sys.modules, "torch.nn", stand_in.nn)
    with imports_of("torch"):
        names = {"__name__": "program"}
        exec("import tinygrad_optim\nimport tinygrad_optim.nn as nn\nfrom tinygrad_optim import nn as again", names)
        inside = {"__name__": "tinygrad_optim.something"}
        exec("import tinygrad_optim", inside)
    assert names["tinygrad_optim"] is stand_in
    assert names["nn"] is names["again"] is stand_in.nn
    assert inside["tinygrad_optim"].__name__ == "tinygrad_optim"
    with imports_of("tinygrad_optim"):
        exec("import torch", names)
    assert names["torch"].__name__ == "tinygrad_optim"


def test_a_programs_own_modules_are_imported_anew_by_the_second_run(tmp_path, monkeypatch):
    (tmp_path / "its_own_module_xyz.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    with modules_let_go(str(tmp_path.resolve())):
        import its_own_module_xyz  # noqa: F401
    assert "its_own_module_xyz" not in sys.modules


def test_a_comparison_without_steps_says_so():
    assert "nothing to compare" in Comparison("train.py", []).to_text()
    assert "nothing to compare" in Comparison("train.py", []).to_html()


def test_without_pytorch_the_command_says_so_in_one_line(tmp_path):
    path = tmp_path / "train.py"
    path.write_text("print('it ran')")
    hidden = "import sys; sys.modules['torch'] = None; from tinygrad_optim.cli import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", hidden, "compare", str(path)], capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "pip install torch" in done.stderr


@pytest.mark.parametrize(("text", "words"), [(None, "cannot read"), ("x = = 1", "line 1 is not Python")])
def test_a_script_that_cannot_run_is_refused_in_one_line(tmp_path, text, words):
    path = tmp_path / "train.py"
    if text is not None:
        path.write_text(text)
    code = (
        "import sys; sys.modules['torch'] = type(sys)('torch'); from tinygrad_optim.cli import main; sys.exit(main())"
    )
    done = subprocess.run([sys.executable, "-c", code, "compare", str(path)], capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert words in done.stderr


def test_tracing_pytorch_without_pytorch_says_so_in_one_line(tmp_path):
    path = tmp_path / "train.py"
    path.write_text("print('it ran')")
    code = (
        "import sys, importlib.util as u; real = u.find_spec\n"
        "u.find_spec = lambda name, package=None: None if name.startswith('torch') else real(name, package)\n"
        "from tinygrad_optim.cli import main; sys.exit(main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "trace", "--package", "torch.optim", str(path)],
        capture_output=True, text=True, cwd=ROOT,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "install PyTorch" in done.stderr
