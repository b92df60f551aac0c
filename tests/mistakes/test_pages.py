"""Every page of a mistake: its wrong program speaks, once, at the marked line; its right one is quiet; they differ."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tinygrad_optim.mistakes import pages

SOURCE = Path(pages.__file__).parent
RUNS: dict[str, tuple[pages.Run, pages.Run]] = {}


def runs_of(code):
    """Both programs of a page, run once for all tests."""
    if code not in RUNS:
        page = pages.page(code)
        RUNS[code] = pages.run(page.wrong, "wrong"), pages.run(page.right, "right")
    return RUNS[code]


def told(run):
    """(line, code) of each teaching warning that a program was given."""
    return [
        (int(line), code) for line, code in re.findall(r"^\w+\.py:(\d+): TeachingWarning: ([\w-]+): ", run.said, re.M)
    ]


@pytest.mark.parametrize("code", pages.codes())
def test_the_wrong_program_speaks_once_at_its_line(code):
    wrong, _ = runs_of(code)
    assert "Traceback" not in wrong.said, wrong.said
    assert told(wrong) == [(pages.page(code).marked, code)], wrong.said
    assert f"tinygrad-optim why {code}" in wrong.said


@pytest.mark.parametrize("code", pages.codes())
def test_the_right_program_is_quiet_and_prints_something_else(code):
    wrong, right = runs_of(code)
    assert right.said == ""
    assert right.printed
    assert right.printed != wrong.printed


def test_each_code_that_is_spoken_has_a_page_and_the_other_way_round():
    source = "\n".join(path.read_text(encoding="utf-8") for path in SOURCE.glob("*.py"))
    spoken = set(re.findall(r'"([a-z]+(?:-[a-z]+)+)"', source))
    assert set(pages.codes()) <= spoken
    assert set(re.findall(r'speak\(\s*"([^"]+)"', source)) <= set(pages.codes())


def test_a_page_says_what_happens_in_words():
    for code in pages.codes():
        page = pages.page(code)
        assert len(page.before.split()) >= 15, code
        assert not page.title.endswith("."), code


def test_there_is_no_page_of_another_code():
    with pytest.raises(KeyError, match="no-zero-grad"):
        pages.page("no-such-thing")


def test_a_malformed_page_is_refused_with_what_it_lacks(tmp_path, monkeypatch):
    monkeypatch.setattr(pages, "FOLDER", tmp_path)
    (tmp_path / "half.md").write_text("# Half\n\n```python wrong\nprint(1)\n```\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"half\.md.*```python right"):
        pages.page("half")


def test_a_program_without_end_is_given_up(monkeypatch):
    monkeypatch.setattr(pages, "PATIENCE", 1.0)
    with pytest.raises(TimeoutError, match="wrong program took longer"):
        pages.run("while True: pass", "wrong")
