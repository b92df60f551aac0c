"""What the README shows runs, as a reader would run it: from top to bottom, in one session."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
# The demo's own three groups stand in the README as an excerpt: tests/test_cli.py runs the demo.
EXCERPT = '{"params": other}'


def test_the_readmes_programs_run(tmp_path, monkeypatch, capsys):
    pytest.importorskip("matplotlib", reason="the README's figures need matplotlib")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    programs = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert len(programs) >= 3
    for program in programs:
        if EXCERPT not in program:
            loop = "torch.manual_seed(0); loss = nn.MSELoss()(net(x), y); loss.backward(); optimizer.step()"
            exec(program.replace("...  # the loop; in it, after optimizer.step():", loop), names)
    printed = capsys.readouterr().out
    assert printed.startswith("tensor(0.")
    assert "0.weight" in printed
    assert "run again on the recorded inputs, these lines give the new value bit for bit" in printed
    assert {path.name for path in tmp_path.iterdir()} == {"loss.png", "groups.png"}


def test_each_of_the_two_commands_is_one_line():
    commands = re.findall(r"^    (python3 -m venv .*)$", README, re.MULTILINE)
    assert len(commands) == 2
    assert "demo --out" in commands[0]
    assert "pytest" in commands[1]
