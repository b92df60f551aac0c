"""Every page of a mistake: its wrong program speaks, once, at the marked line; its right one is quiet; they differ.

All programs run in this one process; one goes the whole way, as the command `why` runs it.
"""

from __future__ import annotations

import contextlib
import gc
import io
import re
from functools import cache
from pathlib import Path

import pytest
from speaking import listening

from tinygrad_optim import mistakes
from tinygrad_optim.mistakes import pages

SOURCE = Path(pages.__file__).parent


@cache
def runs_of(code):
    """(what is told, what is printed) of both programs of a page, run once for all tests."""
    page = pages.page(code)
    return run_here(page.wrong), run_here(page.right)


def run_here(program):
    """([(code, line)] and other warnings, what is printed) of a program that runs here."""
    printed = io.StringIO()
    with listening(program) as (name, told), contextlib.redirect_stdout(printed):
        names = {"__name__": "__main__"}
        exec(compile(program, name, "exec"), names)
        names.clear()
        gc.collect()  # what speaks when something is gone speaks now
    said = []
    for one in told:
        if one.category is mistakes.TeachingWarning:
            assert one.filename == name, one
            said.append((str(one.message).partition(":")[0], one.lineno))
        else:
            said.append(one)
    return said, printed.getvalue()


@pytest.mark.parametrize("code", pages.codes())
def test_the_wrong_program_speaks_once_at_its_line(code):
    (told, _), _ = runs_of(code)
    assert told == [(code, pages.page(code).marked)]


@pytest.mark.parametrize("code", pages.codes())
def test_the_right_program_is_quiet_and_prints_something_else(code):
    (_, by_wrong), (told, by_right) = runs_of(code)
    assert told == []
    assert by_right
    assert by_right != by_wrong


def test_each_code_that_is_spoken_has_a_page_and_the_other_way_round():
    source = "\n".join(path.read_text(encoding="utf-8") for path in SOURCE.glob("*.py"))
    spoken = set(re.findall(r'speak\(\s*"([^"]+)"', source))
    assert spoken == set(pages.codes())


def test_a_page_says_what_happens_in_words():
    for code in pages.codes():
        page = pages.page(code)
        assert len(page.before.split()) >= 15, code
        assert not page.title.endswith("."), code


def test_the_programs_of_a_page_are_short_and_alike():
    for code in pages.codes():
        page = pages.page(code)
        wrong, right = ([*program.splitlines()] for program in (page.wrong, page.right))
        assert len(wrong) <= 40, code
        assert len(set(wrong) - set(right)) <= max(8, len(wrong) // 2), code


def test_there_is_no_page_of_another_code():
    with pytest.raises(KeyError, match="no-zero-grad"):
        pages.page("no-such-thing")


def test_a_malformed_page_is_refused_with_what_it_lacks(tmp_path, monkeypatch):
    monkeypatch.setattr(pages, "FOLDER", tmp_path)
    (tmp_path / "half.md").write_text("# Half\n\n```python wrong\nprint(1)\n```\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"half\.md.*```python right"):
        pages.page("half")


def test_a_page_as_the_command_runs_it_speaks_the_same():
    page = pages.page("no-zero-grad")
    wrong, right = pages.run(page.wrong, "wrong"), pages.run(page.right, "right")
    assert re.findall(r"^wrong\.py:(\d+): TeachingWarning: ([\w-]+): ", wrong.said, re.M) == [
        (str(page.marked), "no-zero-grad")
    ]
    assert "tinygrad-optim why no-zero-grad" in wrong.said
    assert right.said == ""
    assert (wrong.printed, right.printed) == tuple(printed for _, printed in runs_of("no-zero-grad"))


def test_a_program_without_end_is_given_up(monkeypatch):
    monkeypatch.setattr(pages, "PATIENCE", 1.0)
    with pytest.raises(TimeoutError, match="wrong program took longer"):
        pages.run("while True: pass", "wrong")
