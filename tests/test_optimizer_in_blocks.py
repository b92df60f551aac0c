"""The optimizer suite once more, in blocks wherever nothing else is asked for: its own tests under another default."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

import tinygrad_optim as tg
from tinygrad_optim.optim import apply_rule, packs

SUITE = [
    path.stem for path in sorted(Path(__file__).parent.glob("test_optimizer*.py")) if path.stem != Path(__file__).stem
]
taken = {}  # in how many groups blocks were taken


@pytest.fixture(autouse=True)
def blocks_by_default(monkeypatch):
    """A group that says nothing goes in blocks, however small it is."""
    in_blocks = apply_rule.in_blocks

    def counted(optimizer, group, numbers):
        taken["groups"] = taken.get("groups", 0) + 1
        in_blocks(optimizer, group, numbers)

    monkeypatch.setattr(packs, "LARGE", 0)
    monkeypatch.setattr(apply_rule, "in_blocks", counted)


for _name in SUITE:
    for _test, _function in vars(importlib.import_module(_name)).items():
        if _test.startswith("test_") or hasattr(_function, "_fixture_function"):
            globals()[f"{_test}_{_name}" if _test.startswith("test_") else _test] = _function


def test_blocks_were_taken_by_default():
    p = tg.ones(1).requires_grad_()
    p.grad = tg.ones(1)
    before = taken.get("groups", 0)
    tg.optim.SGD([p]).step()
    assert taken["groups"] == before + 1
