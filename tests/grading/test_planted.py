"""A whole class, right, half right, broken and hostile: each gets exactly the points it was planted with, twice."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1]))
sys.path.append(str(Path(__file__).parent))

from planted import write_class
from small_course import write_course

from tinygrad_optim.cli import main

# 500 of them, of the whole course, are graded by: PLANTED=500 PLANTED_COURSE=whole pytest tests/grading/test_planted.py
COUNT = int(os.environ.get("PLANTED", "24"))
WHOLE = os.environ.get("PLANTED_COURSE") == "whole"


def graded(folder: Path, report: Path, capsys: pytest.CaptureFixture[str]) -> dict:
    """What a run found of each submission: its points, and how each of its checks went."""
    secret = folder.parent / "secret.txt"
    code = main(["grade", str(folder), "--secret", str(secret), "--json", str(report), "--timeout", "5"])
    assert (code, capsys.readouterr().err) == (0, "")
    found = json.loads(report.read_text())["submissions"]
    return {result["submission"]: (result["points"], result["digest"], list(hows(result))) for result in found}


def hows(result: dict) -> Iterator[tuple]:
    """How each check went, and which mistake was recognised; what is told of it may hold an address of an object."""
    for lesson in result["lessons"]:
        for exercise in lesson["exercises"]:
            for check in exercise["checks"]:
                yield exercise["name"], check["says"], check["points"], check["how"], check["wrong"]


def test_every_submission_of_a_class_gets_exactly_the_points_planted_in_it_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    if not WHOLE:
        monkeypatch.setenv("TINYGRAD_OPTIM_LESSONS", str(write_course(tmp_path / "lessons")))
    planted = write_class(tmp_path / "class", COUNT)
    first = graded(tmp_path / "class", tmp_path / "first.json", capsys)
    assert {name: points for name, (points, *_) in first.items()} == planted
    second = graded(tmp_path / "class", tmp_path / "second.json", capsys)
    assert {name: points for name, (points, *_) in second.items()} == planted
    assert first == second
