"""Programs that are not like the examples: two optimizers, classes that fight back, names that no file can hold."""

from __future__ import annotations

import contextlib
import io
import os
import sys

import pytest
from rich.console import Console

import tinygrad_optim as torch
from tinygrad_optim import nn, optim
from tinygrad_optim.cli import main
from tinygrad_optim.saving import write_text
from tinygrad_optim.trace import Recorder, tell
from tinygrad_optim.trace.script import run_script
from tinygrad_optim.trace.stepper import Stepper

HEAD = "import tinygrad_optim as torch\nfrom tinygrad_optim import nn, optim\n"
STEP = "    optimizer.zero_grad()\n    model(torch.ones(1, 2)).sum().backward()\n    optimizer.step()\n"


def script(folder, text, name="script.py"):
    path = folder / name
    path.write_text(HEAD + text, encoding="utf-8", errors="surrogatepass")
    return str(path)


def test_a_second_optimizer_is_told_whole_too(tmp_path, capsys):
    made = "model = nn.Linear(2, 1)\none, two = optim.SGD(model.parameters(), lr=0.5), optim.Adam(model.parameters())\n"
    assert main(["trace", script(tmp_path, made + "for optimizer in (one, two):\n" + STEP)]) == 0
    story = capsys.readouterr().out
    for expected in ("CONSTRUCT: SGD", "CONSTRUCT: Adam", "STEP: SGD", "STEP: Adam"):
        assert expected in story


class Meta(type):
    def __getattribute__(cls, name):
        raise RuntimeError(f"asked the class for {name}")


class Guarded(metaclass=Meta):
    pass


class Sealed:
    def __getattribute__(self, name):
        raise RuntimeError(f"asked the thing for {name}")


def test_nothing_is_asked_of_a_class_or_a_thing_that_answers_by_code_of_its_own():
    guarded, sealed, keys = Guarded(), Sealed(), {"k": 1}
    with Recorder(also=__file__) as recorder:
        held = [guarded, sealed]
        with contextlib.suppress(TypeError):
            sealed[0]
        keys["k"] = 2
    assert not any("ended early" in note for note in recorder.recording.notes)
    assert held is not None
    assert recorder.recording.lines >= 4


def test_control_characters_in_a_name_do_not_reach_the_terminal():
    weight = nn.Parameter(torch.ones(2))
    with Recorder(also=__file__) as recorder:
        optimizer = optim.SGD([("red\x1b[31m\nbell\x07", weight)], lr=0.1)
        weight.sum().backward()
        optimizer.step()
    text = tell(recorder).to_text()
    assert "\x1b" not in text
    assert "\x07" not in text
    assert r"red\x1b[31m\nbell\x07" in text


def test_a_name_that_utf_8_cannot_hold_is_written_spelled_out(tmp_path):
    made = 'model = nn.Linear(2, 1)\noptimizer = optim.SGD([("half\\ud800", model.weight)], lr=0.5)\nfor _ in "1":\n'
    files = [tmp_path / "story.txt", tmp_path / "story.html", tmp_path / "story.json"]
    flags = ["--quiet", "--out", str(files[0]), "--html", str(files[1]), "--json", str(files[2])]
    assert main(["trace", *flags, script(tmp_path, made + STEP)]) == 0
    for file in files:
        assert r"half\ud800" in file.read_text("utf-8")


@pytest.mark.parametrize("command", ["trace", "compare"])
def test_a_file_in_the_scripts_place_is_refused_and_the_script_stays(tmp_path, capsys, command):
    path = script(tmp_path, "print('ran')\n")
    before = (tmp_path / "script.py").read_bytes()
    (tmp_path / "link.html").symlink_to(path)
    for file in (path, tmp_path / "link.html"):
        assert main([command, "--html", str(file), path]) == 2
    said = capsys.readouterr()
    assert "that is the script" in said.err
    assert "ran" not in said.out
    assert (tmp_path / "script.py").read_bytes() == before


def test_two_files_in_one_place_are_refused(tmp_path, capsys):
    both = str(tmp_path / "both")
    assert main(["trace", "--html", both, "--json", both, script(tmp_path, "")]) == 2
    assert "another file" in capsys.readouterr().err


def test_with_standard_output_closed_the_exit_code_is_the_scripts(tmp_path, monkeypatch):
    path = script(tmp_path, "")
    monkeypatch.setattr(sys, "stdout", None)
    assert main(["trace", path]) == 0


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_what_is_no_file_is_written_to_and_not_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_text(pipe, "told")
    assert os.read(reader, 100) == b"told"
    os.close(reader)
    assert pipe.is_fifo()


def test_a_link_is_followed(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "file")
    write_text(tmp_path / "link", "told")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_text() == "told"


ODD = ("j", "cl", "b", "b script.py:", "p ")


@pytest.mark.parametrize("odd", [f"{word}{' ' * word.isalpha()}{'9' * 6000}" for word in ODD] + ["p xs[99]"])
def test_the_stepper_answers_numbers_beyond_all_bounds(tmp_path, odd):
    recording = run_script(script(tmp_path, "import numpy\nxs = numpy.ones(3)\nys = xs[0]\n")).recording
    screen = io.StringIO()
    stepper = Stepper(recording, Console(file=screen, width=100), stdin=io.StringIO(f"n\nn\nn\nn\n{odd}\nj 0\n"))
    stepper.run()
    assert "moment 0 of" in screen.getvalue().rpartition("(step)")[0].rpartition("(step)")[2]


def test_the_stepper_prints_a_parameter_whose_name_begins_with_a_number(tmp_path):
    made = "model = nn.Sequential(nn.Linear(2, 1))\noptimizer = optim.SGD(model.parameters(), lr=0.5)\nfor _ in '1':\n"
    recording = run_script(script(tmp_path, made + STEP)).recording
    screen = io.StringIO()
    commands = io.StringIO("changed 0.weight\np 0.weight\np 0.weight.grad\n")
    Stepper(recording, Console(file=screen, width=100), stdin=commands).run()
    said = screen.getvalue()
    assert "0.weight = " in said
    assert "0.weight.grad = " in said
