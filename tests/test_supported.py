"""The table of what is supported: it is what its script writes, and each name says what it does."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"
SCRIPT = runpy.run_path(str(DOCS / "supported.py"))
ROOMS = SCRIPT["ROOMS"]


def test_the_page_is_what_the_script_writes():
    assert (DOCS / "supported.md").read_text(encoding="utf-8") == SCRIPT["page"](), "run: python docs/supported.py"


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room[0])
def test_each_name_says_in_its_first_line_what_it_does(room):
    _, _, module = room
    names = SCRIPT["names_in"](module)
    assert names
    assert [name for name in names if not SCRIPT["first_line"](getattr(module, name))] == []
