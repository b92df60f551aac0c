"""The stepper in a real terminal, driven by tmux as a person would drive it."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest
from test_stepper import TRAINING

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")

PATIENCE = 60  # seconds: how long to wait for what must come


class Terminal:
    """A terminal of its own, with the stepper running in it."""

    def __init__(self, folder: Path, size: tuple[int, int], **environment: str) -> None:
        self.socket = f"stepper-{uuid.uuid4().hex[:12]}"
        command = [sys.executable, "-m", "tinygrad_optim", "step", str(folder / "program.py"), "2"]
        given = {"PYTHONPATH": str(Path(__file__).parents[1]), "TERM": "screen-256color", "OMP_NUM_THREADS": "1"}
        settings = [f"{name}={value}" for name, value in {**given, **environment}.items()]
        line = shlex.join(["env", "-u", "NO_COLOR", "-u", "COLUMNS", "-u", "LINES", *settings, *command])
        width, height = size
        start = [
            "-f",
            os.devnull,
            "new-session",
            "-d",
            "-x",
            str(width),
            "-y",
            str(height),
            f"{line}; echo left: $?; cat",
        ]
        self.tmux(*start)

    def tmux(self, *arguments: str) -> str:
        done = subprocess.run(["tmux", "-L", self.socket, *arguments], capture_output=True, text=True, check=True)
        return done.stdout

    def screen(self, *options: str) -> str:
        return self.tmux("capture-pane", "-p", *options)

    def wait_for(self, *texts: str) -> str:
        """The screen, once all these texts are on it."""
        end = time.monotonic() + PATIENCE
        while not all(text in (seen := self.screen()) for text in texts):
            assert time.monotonic() < end, f"{texts} did not come:\n{seen}"
            time.sleep(0.05)
        return seen

    def type(self, text: str, *expected: str) -> str:
        """Type a line and Enter; the screen once these texts are on it and the stepper waits for more."""
        self.tmux("send-keys", "-l", text)
        self.tmux("send-keys", "Enter")
        end = time.monotonic() + PATIENCE
        while not (seen := self.wait_for(*expected)).rstrip().endswith(("(step)", "left: 0")):
            assert time.monotonic() < end, f"no prompt came:\n{seen}"
            time.sleep(0.05)
        return seen

    def press(self, key: str) -> None:
        self.tmux("send-keys", key)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("terminal")
    (made / "program.py").write_text(TRAINING)
    return made


@pytest.fixture
def terminal(folder, request):
    size, environment = getattr(request, "param", ((80, 24), {}))
    opened = Terminal(folder, size, **environment)
    try:
        opened.wait_for("(step)")
        yield opened
    finally:
        subprocess.run(["tmux", "-L", opened.socket, "kill-server"], capture_output=True)


def test_a_person_steps_forward_and_back(terminal):
    terminal.wait_for("moment 0 of", "lines were recorded, 2 steps among them")
    terminal.type("step 2", "step 2 of 2", "optimizer.py")
    page = terminal.type(
        "changed fc.bias", "step 2 of 2, group 2, fc.bias", "self.array[...] = array", "writes * self.array = "
    )
    assert page.startswith("moment")  # the page is at the top of the screen
    terminal.type("Changed fc.bias", "step 1 of 2, group 2, fc.bias")
    terminal.type("b sgd", "1: calls of sgd, 10 times")
    terminal.type("c", "sgd.py:", "in sgd")
    here = terminal.type("n", "if weight_decay:", "in sgd").split("\n")[0]
    terminal.type("N", "in sgd")
    back = terminal.type("n", here)
    assert here in back


def test_every_page_fits_an_ordinary_terminal(terminal):
    for command in ("step 2", "s", "s", "group 1", "changed big", "u", "u"):
        terminal.type(command, "moment")
        time.sleep(0.2)
        lines = terminal.screen().split("\n")
        assert lines[0].startswith("moment"), lines  # nothing scrolled off
        assert max(len(line) for line in lines) <= 80


def test_tab_completes_a_parameters_name(terminal):
    terminal.tmux("send-keys", "-l", "changed conv.w")
    terminal.press("Tab")
    terminal.wait_for("changed conv.weight")
    terminal.press("Enter")
    terminal.wait_for("in write", "writes * self.array = 3x2")


def test_an_empty_line_goes_on(terminal):
    terminal.type("n", "moment 1 of")
    terminal.type("", "moment 2 of")


def test_ctrl_c_stays_and_ctrl_d_leaves(terminal):
    terminal.press("C-c")
    terminal.wait_for("q or Ctrl-D leaves.\n(step)")
    terminal.type("n", "moment 1 of")
    terminal.press("C-d")
    terminal.wait_for("left: 0")


def test_q_leaves(terminal):
    terminal.type("q", "left: 0")


@pytest.mark.parametrize(
    "terminal", [((80, 24), {}), ((80, 24), {"NO_COLOR": "1"})], indirect=True, ids=["colour", "none"]
)
def test_colours_are_used_unless_no_color_is_set(terminal, request):
    terminal.type("step 1", "step 1 of 2")
    colours = [part for part in terminal.screen("-e").split("\x1b[")[1:] if part[0] in "39" and part[:2] != "39"]
    assert bool(colours) == ("colour" in request.node.callspec.id)


@pytest.mark.parametrize("terminal", [((40, 12), {}), ((120, 40), {})], indirect=True, ids=["small", "large"])
def test_a_page_fits_small_and_large_terminals(terminal):
    for command, place in (("step 1", "optimizer.py"), ("changed fc.weight", "tensor.py")):
        assert terminal.type(command, place, "->").startswith("moment")  # nothing scrolled off
