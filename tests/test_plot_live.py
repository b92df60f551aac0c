"""A History that shows itself while it grows, in a terminal, as lines, and in a notebook."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

import tinygrad_optim as torch
from tinygrad_optim import optim
from tinygrad_optim.plot import History
from tinygrad_optim.plot.live import LineScreen, Pace, TerminalScreen, line, sparkline

ROOT = Path(__file__).parents[1]


def train(optimizer: optim.Optimizer, history: History, steps: int = 3) -> None:
    for step in range(steps):
        optimizer.param_groups[0]["params"][0].grad = torch.ones(2)
        optimizer.step()
        history.log("loss", 1 / (step + 1))


def an_optimizer() -> optim.Optimizer:
    return optim.SGD([torch.tensor([3.0, 4.0], requires_grad=True)], lr=0.1)


# ---- sparklines ------------------------------------------------------------------------------------------


def test_a_sparkline_goes_from_the_lowest_mark_to_the_highest():
    assert sparkline([0, 1, 2, 3, 4, 5, 6, 7]) == "▁▂▃▄▅▆▇█"


def test_positive_values_over_more_than_a_decade_are_shown_by_their_logarithm():
    assert sparkline([1, 10, 100], "abc") == "abc"
    assert sparkline([-1, 10, 100], "abc") == "aac"


def test_many_values_are_shown_as_means_of_their_shares():
    assert sparkline([1, 3, 2, 4], "ab", width=2) == "ab"
    assert len(sparkline(list(range(1000)))) == 48


def test_what_is_not_finite_is_an_exclamation_mark_and_equal_values_are_level():
    assert sparkline([1.0, float("nan"), float("inf"), 2.0], "ab") == "a!!b"
    assert sparkline([float("nan")]) == "!"
    assert sparkline([5.0, 5.0], "ab") == "aa"
    assert sparkline([]) == ""


# ---- a terminal ------------------------------------------------------------------------------------------


def a_terminal(**options):
    rich_console = pytest.importorskip("rich.console", reason="rich is not installed")
    return rich_console.Console(file=io.StringIO(), force_terminal=True, width=100, legacy_windows=False, **options)


def test_a_terminal_shows_loss_learning_rate_and_update_of_each_group():
    console, optimizer = a_terminal(record=True), an_optimizer()
    with History(optimizer, live=TerminalScreen(console, least=0)) as history:
        train(optimizer, history)
    last = console.export_text().split("step 3")[-1]
    rows = {row.rsplit("  ", 2)[0].split("  ")[0].strip(): row.split()[-1] for row in last.splitlines() if row.strip()}
    assert rows["loss"] == "0.3333"
    assert rows["lr, group 0"] == "0.1"
    assert "update / weight, group 0" in rows


def test_a_terminal_that_knows_no_block_characters_gets_others():
    class Latin(io.StringIO):
        encoding = "latin-1"

    rich_console = pytest.importorskip("rich.console", reason="rich is not installed")
    console, optimizer = rich_console.Console(file=Latin(), force_terminal=True, width=100), an_optimizer()
    with History(optimizer, live=TerminalScreen(console, least=0)) as history:
        train(optimizer, history)
    assert "▁" not in console.file.getvalue()
    assert "@" in console.file.getvalue()


def test_an_error_in_the_training_leaves_the_terminal_as_it_was():
    console, optimizer, stdout = a_terminal(), an_optimizer(), sys.stdout

    def failing() -> None:
        with History(optimizer, live=TerminalScreen(console, least=0)) as history:
            train(optimizer, history)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        failing()
    assert console.file.getvalue().endswith("\x1b[?25h")  # the cursor is shown again
    assert sys.stdout is stdout


PROGRAM = """
import sys
import tinygrad_optim as torch
from tinygrad_optim import optim
from tinygrad_optim.plot import History

p = torch.tensor([3.0, 4.0], requires_grad=True)
optimizer = optim.SGD([p], lr=0.1)
with History(optimizer, live=True) as history:
    for step in range(5):
        p.grad = torch.ones(2)
        optimizer.step()
        history.log("loss", 1 / (step + 1))
        print("printed", step)
"""


def in_pseudo_terminal(stdout_too: bool) -> tuple[str, str]:
    """What PROGRAM wrote to a pseudo terminal as stderr, and to stdout if that was a pipe."""
    pty = pytest.importorskip("pty", reason="this system has no pseudo terminals")
    ours, theirs = pty.openpty()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "100", "PYTHONUTF8": "1"}
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "CI"):
        environment.pop(name, None)
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdin=subprocess.DEVNULL, stderr=theirs, env=environment,
        stdout=theirs if stdout_too else subprocess.PIPE,
    )  # fmt: skip
    os.close(theirs)
    seen = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # how Linux says that the other side was closed
            break
        if not piece:
            break
        seen += piece
    os.close(ours)
    printed = b"" if stdout_too else program.communicate()[0]
    assert program.wait() == 0, seen
    return seen.decode(), printed.decode()


def test_in_a_terminal_the_table_stands_below_what_the_program_prints():
    pytest.importorskip("rich", reason="rich is not installed")
    seen, _ = in_pseudo_terminal(stdout_too=True)
    for step in range(5):
        assert seen.count(f"printed {step}") == 1
    assert "lr, group 0" in seen
    assert seen.rindex("step 5") > seen.rindex("printed 4")


def test_what_a_program_prints_into_a_pipe_is_only_that():
    pytest.importorskip("rich", reason="rich is not installed")
    seen, printed = in_pseudo_terminal(stdout_too=False)
    assert printed == "".join(f"printed {step}\n" for step in range(5))
    assert "step 5" in seen
    assert "printed" not in seen


# ---- lines -----------------------------------------------------------------------------------------------


def test_without_a_terminal_there_is_a_line_now_and_then_on_stderr(capsys: pytest.CaptureFixture):
    optimizer = an_optimizer()
    with History(optimizer, live=True) as history:
        train(optimizer, history)
    shown = capsys.readouterr()
    assert shown.out == ""
    first, last = shown.err.splitlines()
    assert first.startswith("step 1: lr, group 0 0.1; update / weight, group 0 0.0282")
    assert last == line(history)
    assert last.startswith("step 3: loss 0.3333; lr, group 0 0.1;")


def test_a_line_of_nothing_is_the_step_alone():
    assert line(History(an_optimizer())) == "step 0"


def test_drawing_is_given_a_twentieth_of_the_time(monkeypatch: pytest.MonkeyPatch):
    now = 100.0
    monkeypatch.setattr("tinygrad_optim.plot.live.perf_counter", lambda: now)
    pace = Pace(least=0.2)
    assert pace.is_due()
    pace.drew_since(now - 0.5)  # half a second to draw: not before ten seconds
    now = 109.9
    assert not pace.is_due()
    now = 110.1
    assert pace.is_due()
    pace.drew_since(now)
    now = 110.2
    assert not pace.is_due()
    now = 110.4
    assert pace.is_due()


def test_a_step_between_two_drawings_draws_nothing(capsys: pytest.CaptureFixture):
    optimizer = an_optimizer()
    with History(optimizer, live=LineScreen(least=1000)) as history:
        train(optimizer, history, steps=50)
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_live_is_true_or_a_screen():
    optimizer = an_optimizer()
    with pytest.raises(TypeError, match=r"live is True, or a screen with show and close, but it is str 'yes'"):
        History(optimizer, live="yes")
    assert not optimizer.hooks


def test_a_terminal_without_rich_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "rich"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "rich", None)
    monkeypatch.setattr("sys.stderr", type("Terminal", (io.StringIO,), {"isatty": lambda self: True})())
    optimizer = an_optimizer()
    with pytest.raises(ImportError, match=r"pip install rich"):
        History(optimizer, live=True)
    assert not optimizer.hooks


# ---- a notebook ------------------------------------------------------------------------------------------


def test_in_a_notebook_the_figures_are_drawn_anew_in_their_place(monkeypatch: pytest.MonkeyPatch):
    nbformat = pytest.importorskip("nbformat", reason="the notebook extra is not installed")
    nbclient = pytest.importorskip("nbclient", reason="the notebook extra is not installed")
    pytest.importorskip("ipykernel", reason="the notebook extra is not installed")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    version = nbformat.v4
    notebook = version.new_notebook(cells=[version.new_code_cell(PROGRAM)])
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    shown = [output for output in notebook.cells[0].outputs if output.output_type == "display_data"]
    printed = "".join(output.text for output in notebook.cells[0].outputs if output.output_type == "stream")
    assert printed == "".join(f"printed {step}\n" for step in range(5))
    assert len(shown) == 1  # one output, replaced each time
    assert "History of 5 steps" in shown[0].data["text/html"]
    assert "<img alt=" in shown[0].data["text/html"]
