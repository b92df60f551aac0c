"""The command `why`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tinygrad_optim.cli import main
from tinygrad_optim.mistakes import pages


def test_alone_it_lists_all(capsys):
    assert main(["why"]) == 0
    shown = capsys.readouterr().out
    for code in pages.codes():
        assert code in shown


def test_a_page_is_shown_and_both_programs_are_run(capsys):
    assert main(["why", "no-zero-grad"]) == 0
    shown = capsys.readouterr().out
    assert "Gradients that were used are used again" in shown
    assert "loss.backward()  # <- here" in shown
    assert "the wrong program prints" in shown
    assert "TeachingWarning: no-zero-grad" in " ".join(shown.split())


def test_a_page_can_be_shown_without_running(capsys, monkeypatch):
    monkeypatch.setattr(pages, "run", None)
    assert main(["why", "--no-run", "no-zero-grad"]) == 0
    assert "The right program" in capsys.readouterr().out


@pytest.mark.parametrize("given", ["no-zero-grad:", "NO-ZERO-GRAD"])
def test_a_code_may_be_given_as_the_warning_writes_it(given, capsys):
    assert main(["why", "--no-run", given]) == 0
    assert "used again" in capsys.readouterr().out


def test_an_unknown_code_is_refused_with_those_that_are_near(capsys):
    assert main(["why", "zero-grad"]) == 2
    assert "did you mean no-zero-grad" in capsys.readouterr().err
    assert main(["why", "qqqqqq"]) == 2
    assert "lists all" in capsys.readouterr().err


def test_no_line_of_a_program_is_cut_off_by_a_narrow_terminal(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    main(["why", "--no-run", "lr-edit-overwritten"])
    assert "0.001" in capsys.readouterr().out.partition("The right program")[0]


def test_the_readme_says_how_many_there_are():
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    assert f"lists all {len(pages.codes())}." in readme
