"""Correct programs stay quiet: the courses' programs, the examples, the documents', and those of correct/ and fresh/.

Each runs whole in this process, with all that is told recorded, also when its objects are gone.
"""

from __future__ import annotations

import contextlib
import gc
import io
import re
from pathlib import Path

import pytest
from speaking import listening

from tinygrad_optim import mistakes

HERE = Path(__file__).parent
CLONE = HERE.parents[1]
OURS = sorted([*(HERE / "correct").glob("*.py"), *(HERE / "fresh").glob("*.py")])
COURSES = sorted((CLONE / "tests" / "course_programs").glob("*.py"))
EXAMPLES = sorted((CLONE / "examples").glob("*.py"))
DOCUMENTS = [CLONE / "README.md", CLONE / "CONTRIBUTING.md", *sorted((CLONE / "docs").glob("*.md"))]
IMPORTS = (
    (r"^import torch$", "import tinygrad_optim as torch"),
    (r"^import torch\.(\S+) as ", r"import tinygrad_optim.\1 as "),
    (r"^from torch(\S*) import ", r"from tinygrad_optim\1 import "),
)
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
