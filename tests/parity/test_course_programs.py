"""Programs as introductory courses have them: with only the import changed they print what they print with PyTorch."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="parity needs PyTorch, which is not installed here")

PROGRAMS = sorted((Path(__file__).parents[1] / "course_programs").glob("*.py"))
IMPORTS = (
    (r"^import torch$", "import tinygrad_optim as torch"),
    (r"^import torch\.(\S+) as ", r"import tinygrad_optim.\1 as "),
    (r"^from torch(\S*) import ", r"from tinygrad_optim\1 import "),
)
NUMBER = re.compile(r"(?<![\w.])[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?")


def with_import_changed(source: str) -> str:
    """The program under tinygrad_optim: no line but those of imports is another."""
    for pattern, ours in IMPORTS:
        source = re.sub(pattern, ours, source, flags=re.MULTILINE)
    return source


def printed(source: str, path: Path) -> str:
    """What a program prints."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(source, str(path), "exec"), {"__name__": "__main__"})
    return out.getvalue()


def words(text: str) -> str:
    """A text without its numbers, the names of graph nodes, how lines were filled, and the package before a dtype."""
    text = re.sub(r"grad_fn=<\w+>", "grad_fn", NUMBER.sub("#", text))
    return " ".join(text.replace("torch.", "").replace("-#", "#").split())


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_the_import_alone_is_changed():
    for path in PROGRAMS:
        source = path.read_text(encoding="utf-8")
        lines = zip(source.splitlines(), with_import_changed(source).splitlines(), strict=True)
        changed = [(line, ours) for line, ours in lines if line != ours]
        assert changed, path.name
        assert all(line.startswith(("import torch", "from torch")) for line, _ in changed), path.name


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_the_program_prints_what_it_prints_with_pytorch(path):
    source = path.read_text(encoding="utf-8")
    theirs, ours = printed(source, path), printed(with_import_changed(source), path)
    assert words(ours) == words(theirs)
    numbers = [[float(number) for number in NUMBER.findall(text)] for text in (ours, theirs)]
    assert numbers[0] == pytest.approx(numbers[1], rel=1e-4, abs=1e-4)
