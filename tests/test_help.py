"""What a person meets who has read no manual: the help, exit codes, and less installed than a command could use."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from help_examples import BESIDE_A_COPY, CODES, IN_A_COPY, TRAIN, commands, examples

from tinygrad_optim.cli import main

CLONE = Path(__file__).parents[1]
WIDER = {"PYTHONIOENCODING": "utf-8"}
PLAIN = {"PYTHONIOENCODING": "ascii", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
# Where an example would take long, the same command with less to do.
QUICK = {"demo": "tinygrad-optim demo --out out --epochs 1"}
LONG = {"playground"}  # no quicker than its example: run where the package is installed


def run(line: str, folder: Path, without: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """A command line in a process of its own and in this folder, where one module cannot be imported."""
    if without:
        (folder / "blocked").mkdir(exist_ok=True)
        (folder / "blocked" / "sitecustomize.py").write_text(f"import sys\nsys.modules[{without!r}] = None\n")
    kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "FORCE_COLOR")}
    kept["PYTHONPATH"] = os.pathsep.join([str(folder / "blocked"), str(CLONE)])
    command = [sys.executable, "-W", "error", "-m", "tinygrad_optim", *shlex.split(line)[1:]]
    return subprocess.run(
        command, cwd=folder, env={**kept, **WIDER, **environment}, capture_output=True, input="", encoding="utf-8"
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a program to run the commands on."""
    (tmp_path / "train.py").write_text(TRAIN)
    return tmp_path


def test_each_command_has_an_example_of_itself_in_its_help():
    for name, lines in examples().items():
        assert lines, name
        assert {line.split()[1] for line in lines} == {name}


@pytest.mark.parametrize("name", commands())
def test_help_of_each_command_shows_its_examples(name: str, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    assert ended.value.code == 0
    printed = capsys.readouterr().out
    assert all(line in printed for line in examples()[name])


@pytest.mark.parametrize("without", ["matplotlib", "rich"])
@pytest.mark.parametrize("name", sorted(set(commands()) - LONG))
def test_a_command_works_without_what_it_draws_with_or_says_what_to_install(name: str, without: str, folder: Path):
    line = QUICK.get(name) or examples()[name][0].partition(">")[0]
    if name in IN_A_COPY | BESIDE_A_COPY:
        main(["start", str(folder / "course")])
    if name in IN_A_COPY:
        line += " --dir course"
    done = run(line, folder, without)
    if name in CODES:
        assert (done.returncode, "Traceback" in done.stderr) == (CODES[name], False)
        return
    assert done.returncode in (0, 1)
    if done.returncode:
        assert "pip install" in done.stderr
        assert done.stderr.count("\n") == 1
    else:
        assert done.stderr == ""


@pytest.mark.parametrize("command", ["trace", "step"])
def test_letters_that_the_terminal_cannot_show_are_printed_as_escapes(command: str, folder: Path):
    (folder / "train.py").write_text("größe = 4\n" + TRAIN.replace("net", "größe"), encoding="utf-8")
    done = run(f"tinygrad-optim {command} train.py", folder, **PLAIN)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.isascii()
    assert r"gr\xf6\xdfe" in done.stdout


def test_files_whose_names_the_terminal_cannot_show_are_written(folder: Path):
    done = run("tinygrad-optim trace --quiet --out größe.txt train.py", folder, **PLAIN)
    assert (done.returncode, done.stderr) == (0, "")
    assert (folder / "größe.txt").stat().st_size > 0


@pytest.mark.parametrize(
    "line", ["trace --lines --steps 4 train.py", "demo --out out --epochs 1", "step train.py", "--help"]
)
def test_a_reader_who_leaves_early_is_no_error(line: str, folder: Path):
    reader, writer = os.pipe()
    os.close(reader)  # as after `| head`
    environment = {**os.environ, "PYTHONPATH": str(CLONE)}
    command = [sys.executable, "-m", "tinygrad_optim", *shlex.split(line)]
    with os.fdopen(writer, "w") as theirs:
        done = subprocess.run(
            command, cwd=folder, env=environment, stdout=theirs, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL
        )
    assert done.stderr == b""
    assert done.returncode in (0, 1, 141)


def test_completion_without_its_writer_says_what_to_install(folder: Path):
    done = run("tinygrad-optim completion bash", folder, "shtab")
    assert (done.returncode, done.stdout) == (1, "")
    assert "pip install shtab" in done.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_completion_knows_every_command_and_its_flags(shell: str, capsys: pytest.CaptureFixture[str]):
    pytest.importorskip("shtab", reason="completion scripts are written by shtab")
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert all(name in script for name in commands())
    assert "html" in script


def test_a_shell_completes_a_command_with_it(folder: Path):
    pytest.importorskip("shtab", reason="completion scripts are written by shtab")
    script = run("tinygrad-optim completion bash", folder).stdout
    asked = script + "\nCOMP_WORDS=(tinygrad-optim tr); COMP_CWORD=1; _shtab_tinygrad_optim; echo ${COMPREPLY[@]}\n"
    done = subprocess.run(["bash", "-c", asked], capture_output=True, text=True)
    assert done.stdout.split() == ["trace"]
