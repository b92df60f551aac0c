"""The README's comparison with PyTorch says what its script measures."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="the comparison is with PyTorch")

CLONE = Path(__file__).parents[2]
README = (CLONE / "README.md").read_text(encoding="utf-8")
SCRIPT = runpy.run_path(str(CLONE / "docs" / "compare_measured.py"))


def said(row: str) -> list[str]:
    """The README's cells, here and of PyTorch, in the row that begins so."""
    (line,) = (line for line in README.splitlines() if line.startswith(f"| {row}"))
    return [cell.strip() for cell in line.split("|")[2:4]]


@pytest.fixture(scope="module")
def measured() -> list[dict[str, Any]]:
    return [SCRIPT["measured"](name) for name in ("tinygrad_optim", "torch")]


def test_lines_to_read(measured: list[dict[str, Any]]):
    here, torch = (found["lines to read"] for found in measured)
    most, exactly = (int(re.search(r"[\d,]+", cell)[0].replace(",", "")) for cell in said("lines to read"))
    assert (here <= most, torch) == (True, exactly)


def test_frames_from_step_to_the_arithmetic(measured: list[dict[str, Any]]):
    found = [str(found["frames from step() to Adam's arithmetic"]) for found in measured]
    assert found == said("frames from `step()`")


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("parameter groups", "parameter groups"),
        ("second derivatives", "second derivatives"),
        ("`backward()` through a chain of 20,000", "a chain of 20000 operations"),
    ],
)
def test_what_both_have(row: str, what: str, measured: list[dict[str, Any]]):
    assert [found[what] for found in measured] == [cell == "yes" for cell in said(row)]
