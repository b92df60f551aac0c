"""The command: what it prints and writes, and how it refuses."""

from __future__ import annotations

import io
import os
import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from tinygrad_optim import Value, __version__, demo, optim
from tinygrad_optim.cli import main
from tinygrad_optim.group_table import group_table

SHORT = ["--epochs", "1"]


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """The command in a process of its own, with warnings as errors."""
    kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "FORCE_COLOR")}
    command = [sys.executable, "-W", "error", "-m", "tinygrad_optim", *arguments]
    return subprocess.run(command, capture_output=True, env={**kept, **environment})


def png_size(path: Path) -> tuple[int, int]:
    """Width and height of a PNG file, from its header; it must also have its end."""
    data = path.read_bytes()
    assert data[:16] == b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
    assert data[-8:-4] == b"IEND"
    return struct.unpack(">II", data[16:24])


@pytest.fixture(scope="module")
def whole_demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """What the demo as it stands prints, and the folder it wrote to."""
    out = tmp_path_factory.mktemp("demo") / "new" / "out"
    done = run("demo", "--out", str(out))
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout.decode(), out


# ---- what it does ----------------------------------------------------------------------------------------


def test_the_demo_reads_at_least_95_percent_of_the_test_digits(whole_demo: tuple[str, Path]):
    accuracy, correct, digits = re.search(r"test accuracy: ([\d.]+) % \((\d+) of (\d+)", whole_demo[0]).groups()
    assert float(accuracy) >= 95
    assert float(accuracy) == round(100 * int(correct) / int(digits), 1)


def test_the_demo_prints_each_parameter_with_its_shape_and_group(whole_demo: tuple[str, Path]):
    lines = whole_demo[0].splitlines()
    weights = next(line for line in lines if "third.weight" in line)
    assert weights.split() == ["third.weight", "10x32", "first.weight", "64x64", "second.weight", "32x64"]


def test_the_demo_prints_where_each_option_came_from(whole_demo: tuple[str, Path]):
    rows = {line.split()[0]: line.split()[1:] for line in whole_demo[0].splitlines() if line.strip()}
    assert rows["lr"] == ["0.1", "default", "0.001", "group", "0.1", "default"]
    assert rows["weight_decay"] == ["0", "default", "0", "default", "0.001", "group"]
    assert rows["momentum"] == ["0.9", "default"] * 3


def test_the_demo_writes_its_figures_and_says_where(whole_demo: tuple[str, Path]):
    printed, out = whole_demo
    for name in ("loss.png", "groups.png"):
        assert min(png_size(out / name)) >= 400
        assert str(out / name) in printed


def test_the_demo_tells_the_construction_and_one_step_as_text_and_as_a_page(whole_demo: tuple[str, Path]):
    printed, out = whole_demo
    story = (out / "trace.txt").read_text(encoding="utf-8")
    chapters = [line.split()[1].rstrip(":") for line in story.splitlines() if re.match(r"\d+\. ", line)]
    assert chapters == ["CONSTRUCT", "FORWARD", "BACKWARD", "STEP"]
    page = (out / "trace.html").read_text(encoding="utf-8")
    assert page.rstrip().endswith("</html>")
    for told in (story, page):
        assert "second.weight" in told
    assert str(out / "trace.txt") in printed
    assert str(out / "trace.html") in printed


def test_the_demo_leaves_no_other_file(whole_demo: tuple[str, Path]):
    assert {path.name for path in whole_demo[1].iterdir()} == set(demo.FILES)


def test_options_that_a_group_gave_itself_stand_out_in_the_table():
    console = Console(file=io.StringIO(), force_terminal=True, width=100)
    net = demo.DigitNet()
    console.print(group_table(demo.make_optimizer(net, lr=0.1, momentum=0.9, weight_decay=0.5)))
    assert "\x1b[1m0.5  group\x1b[0m" in console.file.getvalue()
    assert "\x1b[1m0.9" not in console.file.getvalue()


def test_a_value_stands_in_the_table_as_one_number():
    console = Console(file=io.StringIO(), width=100)
    console.print(group_table(optim.SGD([Value(1.0, name="w")], lr=0.1)))
    assert "w one number" in console.file.getvalue()


def test_a_terminal_sees_a_progress_bar_with_the_loss_and_a_file_does_not(tmp_path: Path):
    for terminal in (True, False):
        console = Console(file=io.StringIO(), force_terminal=terminal, width=100)
        demo.run_demo(tmp_path, demo.Settings(epochs=1), console)
        shown = re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", console.file.getvalue())
        assert bool(re.search(r"training .* 45/45 loss \d\.\d{4}", shown)) == terminal


def test_beside_a_debugger_the_demo_runs_and_says_that_it_has_no_story(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(demo, "watching_debugger", lambda: "pdb")
    assert main(["demo", "--out", str(tmp_path), *SHORT]) == 0
    assert "no story of a step: a debugger is at work" in capsys.readouterr().out
    assert {path.name for path in tmp_path.iterdir()} == {"loss.png", "groups.png"}


def test_two_runs_of_the_demo_give_the_same_numbers(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    printed = []
    for _ in range(2):
        assert main(["demo", "--out", str(tmp_path), *SHORT]) == 0
        printed.append(re.sub(r"in [\d.]+ s", "", capsys.readouterr().out))
    assert printed[0] == printed[1]


def test_another_seed_gives_other_numbers(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    printed = []
    for seed in ("0", "1"):
        main(["demo", "--out", str(tmp_path), *SHORT, "--seed", seed])
        printed.append(re.search(r"train loss .*", capsys.readouterr().out)[0])
    assert printed[0] != printed[1]


def test_the_story_is_told_of_the_training_s_own_first_step(monkeypatch: pytest.MonkeyPatch):
    losses = []
    monkeypatch.setattr(demo, "loss_function", lambda *given: losses.append(real(*given)) or losses[-1])
    real = demo.nn.CrossEntropyLoss()
    data, settings = demo.load_digits(), demo.Settings(epochs=1)
    demo.torch.manual_seed(settings.seed)
    net = demo.DigitNet()
    optimizer = demo.make_optimizer(net, settings.lr, settings.momentum, settings.weight_decay)
    next(demo.train(net, optimizer, data, settings, demo.History(optimizer)))
    demo.first_step(data[0], settings)()
    assert losses[0].item() == losses[1].item()


def test_output_is_plain_ascii_where_nothing_else_can_be_shown(tmp_path: Path):
    done = run("demo", "--out", str(tmp_path), *SHORT, PYTHONIOENCODING="ascii", LANG="C", LC_ALL="C")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.isascii()
    assert b"\x1b" not in done.stdout


def test_a_run_that_diverges_still_ends_with_its_figures(tmp_path: Path):
    command = [sys.executable, "-m", "tinygrad_optim", "demo", "--out", str(tmp_path), *SHORT, "--lr", "1e30"]
    done = subprocess.run(command, capture_output=True)
    assert done.returncode == 0
    assert b"TeachingWarning: nonfinite-gradient" in done.stderr
    assert b"train loss nan" in done.stdout
    assert png_size(tmp_path / "groups.png")


def test_the_command_alone_prints_help_that_says_what_to_try_first():
    done = run()
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"Try this first:\n  tinygrad-optim demo --out out\n" in done.stdout


def test_the_version_is_the_package_s():
    assert run("--version").stdout.decode().split() == ["tinygrad-optim", __version__]


def test_the_command_s_defaults_are_the_demo_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    found = []
    monkeypatch.setattr(demo, "run_demo", lambda out, settings, console: found.append(settings))
    main(["demo", "--out", str(tmp_path)])
    assert found == [demo.Settings()]


# ---- how it refuses --------------------------------------------------------------------------------------


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """The exit code and the one line on stderr; stdout must be empty."""
    try:
        code = main(arguments)
    except SystemExit as ended:
        code = ended.code
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    return code, printed.err


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--epochs", "0", "must be a whole number, at least 1, not '0'"),
        ("--epochs", "2.5", "must be a whole number, at least 1, not '2.5'"),
        ("--batch-size", "many", "must be a whole number, at least 1, not 'many'"),
        ("--lr", "nan", "must be a finite number, at least 0, not 'nan'"),
        ("--lr=-1", None, "must be a finite number, at least 0, not '-1'"),
        ("--momentum", "inf", "must be a finite number, at least 0, not 'inf'"),
        ("--seed=-1", None, "must be a whole number, at least 0, not '-1'"),
    ],
)
def test_a_bad_number_is_refused(
    option: str, value: str | None, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    out = tmp_path / "out"
    code, line = refusal(capsys, "demo", "--out", str(out), *(part for part in (option, value) if part is not None))
    assert code == 2
    assert f"argument {option.split('=')[0]}: {message}" in line
    assert not out.exists()


def test_an_out_that_is_a_file_is_refused_and_the_file_left(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "out").write_text("precious")
    code, line = refusal(capsys, "demo", "--out", str(tmp_path / "out"))
    assert code == 2
    assert re.search(r"cannot write to .*out: File exists. Choose another --out", line)
    assert (tmp_path / "out").read_text() == "precious"


def test_an_out_inside_a_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "file").touch()
    code, line = refusal(capsys, "demo", "--out", str(tmp_path / "file" / "out"))
    assert code == 2
    assert "Not a directory" in line


def test_an_out_that_may_not_be_written_to_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    def refuse(path: Path, **options: object) -> None:  # root, who may run the tests, may write anywhere
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "touch", refuse)
    code, line = refusal(capsys, "demo", "--out", str(tmp_path))
    assert code == 2
    assert "Permission denied" in line


def test_a_folder_in_the_place_of_a_figure_is_refused_before_training(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "groups.png").mkdir()
    code, line = refusal(capsys, "demo", "--out", str(tmp_path))
    assert code == 2
    assert "groups.png: a folder stands where a file is to be written" in line


def test_no_out_is_refused(capsys: pytest.CaptureFixture[str]):
    code, line = refusal(capsys, "demo")
    assert code == 2
    assert "the following arguments are required: --out" in line


def test_an_unknown_command_is_refused_with_the_known_one(capsys: pytest.CaptureFixture[str]):
    code, line = refusal(capsys, "dmeo")
    assert code == 2
    assert "demo" in line


@pytest.mark.parametrize("package", ["matplotlib", "rich"])
def test_without_what_it_shows_with_the_demo_says_what_to_install(
    package: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(sys.modules, package, None)
    code, line = refusal(capsys, "demo", "--out", str(tmp_path / "out"))
    assert code == 1
    assert f"pip install {package}" in line
    assert not (tmp_path / "out").exists()


def test_ctrl_c_ends_without_a_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    def interrupt(*given: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(demo, "run_demo", interrupt)
    code, line = refusal(capsys, "demo", "--out", str(tmp_path))
    assert code == 130
    assert "interrupted" in line


@pytest.mark.parametrize(
    ("words", "prog"), [(["--ot"], "tinygrad-optim"), (["check", "--bla"], "tinygrad-optim check")]
)
def test_an_unknown_option_is_refused_with_the_command_whose_help_it_is(capsys, words, prog):
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert capsys.readouterr().err == f"{prog}: error: unrecognized arguments: {words[-1]} (see {prog} --help)\n"
