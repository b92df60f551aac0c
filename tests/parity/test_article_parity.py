"""The article's programs with PyTorch's import put back: the same source, the same numbers."""

from __future__ import annotations

import types
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="parity needs PyTorch, which is not installed here")

SOURCE = Path(__file__).parents[1] / "test_article_programs.py"


def programs_of(package: str) -> types.ModuleType:
    """tests/test_article_programs.py with `package` in its import lines."""
    lines = SOURCE.read_text(encoding="utf-8").splitlines()
    imports = ("import tinygrad_optim", "from tinygrad_optim")
    changed = [line.replace("tinygrad_optim", package) if line.startswith(imports) else line for line in lines]
    module = types.ModuleType(f"article_programs_on_{package}")
    exec(compile("\n".join(changed), str(SOURCE), "exec"), module.__dict__)
    return module


OURS, THEIRS = programs_of("tinygrad_optim"), programs_of("torch")


def numbers(result) -> list:
    """Every leaf of nested lists and tuples, in order."""
    if isinstance(result, list | tuple):
        return [leaf for part in result for leaf in numbers(part)]
    return [result]


def test_the_other_import_is_pytorch_itself():
    assert THEIRS.torch is torch


@pytest.mark.parametrize("name", [program.__name__ for program in OURS.PROGRAMS])
def test_the_program_gives_the_same_numbers_under_pytorch(name):
    ours, theirs = numbers(getattr(OURS, name)()), numbers(getattr(THEIRS, name)())
    assert [type(leaf) for leaf in ours] == [type(leaf) for leaf in theirs]
    for one, other in zip(ours, theirs, strict=True):
        assert one == (pytest.approx(other, rel=2e-6) if isinstance(other, float) else other)
