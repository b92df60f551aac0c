"""Correct programs stay quiet: the courses' programs, the examples, the documents', and those of correct/ and fresh/.

Each runs whole in this process, with all that is told recorded, also when its objects are gone. (The lessons run with
warnings as errors in tests/test_lessons.py.)
"""

from __future__ import annotations

import contextlib
import gc
import io
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from speaking import listening

from tinygrad_optim import mistakes

HERE = Path(__file__).parent
CLONE = HERE.parents[1]
OURS = sorted([*(HERE / "correct").glob("*.py"), *(HERE / "fresh").glob("*.py")])
COURSES = sorted((CLONE / "tests" / "course_programs").glob("*.py"))
EXAMPLES = sorted((CLONE / "examples").glob("*.py"))
DOCUMENTS = sorted((CLONE / "docs").glob("*.md"))
IMPORTS = (
    (r"^import torch$", "import tinygrad_optim as torch"),
    (r"^import torch\.(\S+) as ", r"import tinygrad_optim.\1 as "),
    (r"^from torch(\S*) import ", r"from tinygrad_optim\1 import "),
)
BLOCK = re.compile(r"^ *```python\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
# Of the README: an excerpt that runs in the demo, and a loop that is left out there.
EXCERPT = '{"params": other}'
LEFT_OUT = "...  # the loop; in it, after optimizer.step():"
LOOP = "torch.manual_seed(0); loss = nn.MSELoss()(net(x), y); loss.backward(); optimizer.step()"
# Lines of the examples that make them long, and what is enough here.
SHORTER = (("steps=400", "steps=12"), ("epochs=12", "epochs=1"), ("epochs=30", "epochs=2"))


def told_of(source, names=None):
    """What a program is told, as text."""
    for pattern, ours in IMPORTS:
        source = re.sub(pattern, ours, source, flags=re.MULTILINE)
    names = {"__name__": "__main__"} if names is None else names
    with listening(source) as (name, told), contextlib.redirect_stdout(io.StringIO()):
        exec(compile(source, name, "exec", dont_inherit=True), names)
        names.clear()
        gc.collect()
    return [f"{one.lineno}: {one.message}" for one in told if one.category is mistakes.TeachingWarning]


def run_quietly(source, names):
    """What one of several programs that share their names is told."""
    with listening(source) as (name, told), contextlib.redirect_stdout(io.StringIO()):
        exec(compile(source, name, "exec", dont_inherit=True), names)
    return [f"{one.lineno}: {one.message}" for one in told if one.category is mistakes.TeachingWarning]


@pytest.mark.parametrize("path", OURS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_correct_program_is_quiet(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert told_of(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", COURSES, ids=lambda path: path.name)
def test_a_courses_program_is_quiet(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert told_of(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_example_is_quiet(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    source = path.read_text(encoding="utf-8")
    for long, short in SHORTER:
        source = source.replace(long, short)
    assert told_of(source) == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_a_documents_programs_are_quiet(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "__main__"}
    for block in BLOCK.findall(path.read_text(encoding="utf-8")):
        if file := re.match(r" *# (\w+\.py)\n", block):
            (tmp_path / file[1]).write_text(textwrap.dedent(block), encoding="utf-8")
        assert run_quietly(textwrap.dedent(block), names) == []


def test_the_readmes_programs_are_quiet(tmp_path, monkeypatch):
    pytest.importorskip("matplotlib", reason="the README's figures need matplotlib")
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "__main__"}
    for block in BLOCK.findall((CLONE / "README.md").read_text(encoding="utf-8")):
        if EXCERPT not in block:
            assert run_quietly(block.replace(LEFT_OUT, LOOP), names) == []


def test_under_strict_a_correct_program_runs_to_its_end(tmp_path):
    program = HERE / "correct" / "gradient_accumulation.py"
    strictly = f"from tinygrad_optim.mistakes import strict; strict(); import runpy; runpy.run_path({str(program)!r})"
    environment = {**os.environ, "PYTHONPATH": str(CLONE)}
    done = subprocess.run(
        [sys.executable, "-c", strictly], env=environment, cwd=tmp_path, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
