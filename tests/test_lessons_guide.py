"""The instructor's guide, lessons/README.md, names the lessons that there are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

LESSONS = Path(__file__).parents[1] / "lessons"
FOLDERS = sorted(path for path in LESSONS.glob("[0-9][0-9]_*") if (path / "lesson.py").exists())
GUIDE = (LESSONS / "README.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (\d+) \| (.*?) \| (\d+) \|", re.MULTILINE)
ROWS = {int(number): (title, int(minutes)) for number, title, minutes in ROW.findall(GUIDE)}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_table_has_each_lesson_with_the_title_and_the_time_that_it_gives_itself(folder):
    text = (folder / "lesson.py").read_text(encoding="utf-8")
    number, title = re.search(r"^# # (\d+)\. (.*)$", text, re.M).groups()
    minutes = re.search(r"(\d+) minutes", text)[1]
    assert ROWS[int(number)] == (title, int(minutes))


def test_the_courses_of_different_length_are_made_of_lessons_in_the_table():
    parts = re.findall(r"^\*\*(?:Four|Eight|Twelve) hours\*\*(.*?)(?=^\*\*|^## )", GUIDE, re.M | re.S)
    assert len(parts) == 3
    named = [{int(n) for n in re.findall(r"\b\d+\b", part.partition(".")[0])} for part in parts]
    assert all(numbers <= set(ROWS) for numbers in named)
    assert sorted(set().union(*named)) == sorted(ROWS)
    assert 3.5 <= sum(ROWS[n][1] for n in named[0]) / 60 <= 4.25
    assert 7.0 <= sum(ROWS[n][1] for n in named[0] | named[1]) / 60 <= 8.5
