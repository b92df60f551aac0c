"""The playground's numbers: its paths are those of single runs, and what is written can be read back."""

from __future__ import annotations

import base64
import contextlib
import io
import itertools
import json
import re
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

import tinygrad_optim as torch
from tinygrad_optim import optim
from tinygrad_optim.cli import main
from tinygrad_optim.commands import playground as command
from tinygrad_optim.playground import FULL, Algorithm, Grid, Setting, page, save_playground
from tinygrad_optim.playground.contours import HEIGHT, WIDTH, outlines
from tinygrad_optim.playground.encode import as_text, cut, in_sevens, range_of
from tinygrad_optim.playground.grid import ALGORITHMS, program
from tinygrad_optim.playground.paths import go
from tinygrad_optim.playground.tries import TRIES
from tinygrad_optim.plot.surfaces import SURFACES

EVIL = "</script><img src=x onerror=alert(1)>&\"'<!--"
SMALL = Grid(
    surfaces=tuple(SURFACES[name] for name in ("ravine", "rosenbrock", "saddle")),
    weight_decays=(0.0, 0.1),
    lrs=(0.003, 0.1),
    factors=(0.1, 1.0),
    steps=25,
)
SGD, NESTEROV, _, RMSPROP, ADAM, ADAMW = ALGORITHMS


@pytest.fixture(scope="module")
def gone():
    """The points of all of the small grid's paths, by algorithm."""
    return {algorithm.name: go(SMALL, algorithm) for algorithm in SMALL.algorithms}


def alone(surface, setting, steps):
    """The points of one path: x, y and the loss before each step and after the last."""
    x, y = (torch.tensor(start, requires_grad=True) for start in surface.start)
    options = setting.options(setting.lr)
    optimizer = setting.algorithm.kind([{"params": [x]}, {"params": [y], "lr": setting.y_lr}], **options)
    points = []
    for _ in range(steps + 1):
        optimizer.zero_grad()
        loss = surface(x, y)
        loss.backward()
        points.append([x.item(), y.item(), loss.item()])
        optimizer.step()
    return np.array(points, np.float32)


def decoded(text):
    """All paths of a text, as encode.py describes it: (whether it left, rows of x, y, height)."""
    numbers, value, shift = [], 0, 0
    for byte in base64.b64decode(text):
        value += (byte & 127) << shift
        shift += 7
        if byte < 128:
            numbers.append(value)
            value = shift = 0
    paths, at = [], 0
    while at < len(numbers):
        count, left = divmod(numbers[at], 2)
        rows = np.array(numbers[at + 1 : at + 1 + 3 * count]).reshape(count, 3)
        paths.append((bool(left), np.cumsum(np.where(rows % 2, -(rows + 1) // 2, rows // 2), axis=0)))
        at += 1 + 3 * count
    return paths


# ---- the grid ----------------------------------------------------------------------------------------------


def test_the_grid_has_at_most_6000_paths():
    """5 surfaces, 12 pairs of algorithm and momentum, 3 decays, 8 lrs, 4 factors."""
    assert len(FULL) == 5 * 12 * 3 * 8 * 4 <= 6000


def test_no_two_settings_are_the_same():
    settings = [setting for algorithm in FULL.algorithms for setting in FULL.settings(algorithm)]
    assert len(set(settings)) == len(settings)


def test_the_lr_of_y_is_written_as_a_person_would():
    assert [Setting(SGD, 0.0, 0.0, lr, 10.0).y_lr for lr in (0.003, 0.03, 0.3)] == [0.03, 0.3, 3.0]


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        (Setting(SGD, 0.0, 0.0, 0.01, 1.0), ["lr=0.01"]),
        (Setting(SGD, 0.9, 0.1, 0.01, 1.0), ["lr=0.01", "momentum=0.9", "weight_decay=0.1"]),
        (Setting(NESTEROV, 0.9, 0.0, 0.01, 1.0), ["lr=0.01", "momentum=0.9", "nesterov=True"]),
        (Setting(ADAM, 0.9, 0.0, 0.001, 1.0), ["lr=0.001", "betas=(0.9, 0.999)"]),
        (Setting(ADAMW, 0.9, 0.0, 0.1, 1.0), ["lr=0.1", "betas=(0.9, 0.999)", "weight_decay=0.0"]),
    ],
)
def test_the_code_tells_what_differs_from_the_defaults(setting, told):
    """AdamW's default is weight_decay=0.01, so that 0 must be said."""
    assert re.findall(r"^    ([a-z_]+=.*),$", setting.code, re.MULTILINE) == told
    assert '"lr"' not in setting.code


def test_the_code_gives_the_second_group_its_lr_where_it_is_another():
    assert '{"params": [y], "lr": 0.001},' in Setting(SGD, 0.0, 0.0, 0.01, 0.1).code


# ---- the paths ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ALGORITHMS, ids=lambda algorithm: algorithm.name)
def test_paths_gone_together_are_those_gone_alone_bit_by_bit(gone, algorithm):
    settings = SMALL.settings(algorithm)
    picked = [*range(0, len(settings), 5), len(settings) - 1]
    for number, (i, surface) in itertools.product(picked, enumerate(SMALL.surfaces)):
        found = gone[algorithm.name][number, i]
        with np.errstate(all="ignore"):
            wanted = alone(surface, settings[number], SMALL.steps)
        assert found.dtype == np.float32
        assert np.array_equal(found, wanted, equal_nan=True), (settings[number], surface.name)


def test_among_them_are_paths_that_blow_up(gone):
    assert not np.isfinite(gone["SGD"][:, 1]).all()
    assert np.isfinite(gone["SGD"][:, 0, 0]).all()


@pytest.mark.parametrize("algorithm", ALGORITHMS, ids=lambda algorithm: algorithm.name)
def test_the_program_on_the_page_prints_where_the_path_ends(gone, algorithm):
    """On the ravine, with a tenth of the lr for y."""
    number, printed = 0, io.StringIO()
    setting = SMALL.settings(algorithm)[number]
    assert setting.factor == 0.1
    with contextlib.redirect_stdout(printed):
        exec(program(SMALL.surfaces[0], setting.code, SMALL.steps), {})
    assert [float(word) for word in printed.getvalue().split()] == gone[algorithm.name][number, 0, -1].tolist()


def test_the_first_steps_are_as_long_as_the_experiment_says():
    """RMSprop's mean of squares is 0.01 of the first gradient's square, and the root of that 0.1 of the gradient."""

    def first_step(algorithm, lr, momentum):
        points = alone(SURFACES["ravine"], Setting(algorithm, momentum, 0.0, lr, 1.0), 1)
        return abs(points[1] - points[0])[:2]

    assert np.allclose(first_step(ADAM, 0.3, 0.9), [0.3, 0.3])
    assert np.allclose(first_step(SGD, 0.01, 0.0), [0.1, 0.6])
    assert np.allclose(first_step(RMSPROP, 0.3, 0.0), [3, 3], rtol=1e-5)


# ---- paths as text -----------------------------------------------------------------------------------------


def test_numbers_take_seven_bits_a_byte_and_the_eighth_says_that_more_follow():
    """300 is 2 * 128 + 44: the byte 44 with its high bit, 172, then 2."""
    assert in_sevens(np.array([0, 127, 128, 300, 2**21 - 1])) == bytes([0, 127, 128, 1, 172, 2, 255, 255, 127])


def test_decoding_gives_each_path_within_a_pixel_and_each_loss_within_two_parts_in_a_thousand(gone):
    for algorithm, (i, surface) in itertools.product(SMALL.algorithms, enumerate(SMALL.surfaces)):
        paths = [cut(points[i], surface) for points in gone[algorithm.name]]
        low, high = range_of(surface)
        pixel = np.array([surface.x_range[1] - surface.x_range[0], surface.y_range[1] - surface.y_range[0]])
        pixel /= [WIDTH, HEIGHT]
        for path, (left, numbers) in zip(paths, decoded(as_text(paths, surface)), strict=True):
            assert left == (path.edge is not None)
            count = len(path.points)
            assert len(numbers) == count + left
            places = low + numbers[:, :2] / 32767 * (high - low)
            wanted = path.points[:, :2] if not left else np.vstack([path.points[:, :2], path.edge])
            assert (abs(places - wanted) < pixel / 34 * 1.01).all()
            above = np.maximum(path.points[:, 2].astype(float) - surface.lowest, 0)
            assert np.allclose(1e-6 * np.sinh(numbers[:count, 2] / 250), above, rtol=2.01e-3, atol=3e-9)


def test_a_path_ends_where_its_step_crosses_the_edge_of_the_range():
    """The ravine's range is (-24, -6) to (15, 6): from (0, 3) to (4, 9) the edge y = 6 is met half way, at x = 2."""
    ravine = SURFACES["ravine"]
    path = cut(np.array([[0, 0, 0], [0, 3, 180], [4, 9, 1628], [0, 0, 0]], np.float32), ravine)
    assert path.points.tolist() == [[0, 0, 0], [0, 3, 180]]
    assert path.edge.tolist() == [2, 6]
    assert path.end == [0, 3, 180]


def test_of_two_edges_the_first_one_counts():
    """From (0, 0) to (30, -6.5): x = 15 is met at a half, y = -6 at 12/13."""
    path = cut(np.array([[0, 0, 0], [30, -6.5, 1295]], np.float32), SURFACES["ravine"])
    assert path.edge.tolist() == [15, -3.25]


@pytest.mark.parametrize("there", [np.inf, np.nan])
def test_a_path_that_is_at_once_nowhere_ends_where_it_was(there):
    path = cut(np.array([[1, 1, 20.5], [there, 1, np.nan]], np.float32), SURFACES["ravine"])
    assert path.edge.tolist() == [1, 1]


def test_the_first_step_after_99_percent_of_the_way_down():
    """On the way from 100 to 0: 1.5 is not there yet, 0.9 is."""
    path = cut(np.array([[0, 0, 100], [0, 0, 1.5], [0, 0, 0.9], [0, 0, 5]], np.float32), SURFACES["ravine"])
    assert path.down(0.0) == 2
    assert path.down(-10.0) == -1


# ---- the landscape -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("surface", SURFACES.values(), ids=SURFACES)
def test_outlines_run_at_their_level_or_along_the_frame(surface):
    outline = outlines(surface)
    levels = [level for level, _ in outline]
    assert levels == sorted(levels, reverse=True)
    for level, letters in outline:
        for one in letters.strip("z").split("z"):
            numbers = np.array(re.findall(r"-?\d+", one), int).reshape(-1, 2)
            x, y = (np.cumsum(numbers, axis=0) / 10).T
            inside = (x > 0.1) & (x < WIDTH - 0.1) & (y > 0.1) & (y < HEIGHT - 0.1)
            (x0, x1), (y0, y1) = surface.x_range, surface.y_range
            around = [
                surface(x0 + (x + dx) / WIDTH * (x1 - x0), y1 - (y + dy) / HEIGHT * (y1 - y0))[inside]
                for dx, dy in itertools.product((-2, 0, 2), repeat=2)
            ]
            assert (np.min(around, axis=0) <= level).all()
            assert (np.max(around, axis=0) >= level).all()


def test_axes_have_round_numbers():
    assert page.ticks(-1.6, 1.6) == [["-1.5", -1.5], ["-1", -1.0], ["-0.5", -0.5], ["0", 0.0], ["0.5", 0.5],
                                     ["1", 1.0], ["1.5", 1.5]]  # fmt: skip
    assert [text for text, _ in page.ticks(-11.0, 2.0)] == ["-10", "-8", "-6", "-4", "-2", "0", "2"]


# ---- the file ----------------------------------------------------------------------------------------------


TINY = Grid(SMALL.surfaces[:1], (Algorithm(EVIL, optim.SGD, EVIL),), (0.0,), (0.01,), (1.0,), steps=3)


def test_whatever_things_are_called_is_text(tmp_path: Path):
    written = save_playground(tmp_path / "page.html", TINY).read_text(encoding="utf-8")
    assert "<img" not in written
    assert written.count("</script>") == 2
    data = json.loads(re.search(r'id="data">(.*?)</script>', written)[1])
    assert data["algorithms"][0]["name"] == EVIL


def test_the_page_asks_for_nothing_and_knows_no_rule():
    """No address but that of SVG's names; no root and no surface in the scripts: all numbers are in the data."""
    scripts = page.read("playground.js") + page.read("drawing.js")
    whole = scripts + page.read("playground.html") + page.read("playground.css")
    assert re.findall(r"https?://\S+", whole) == ['http://www.w3.org/2000/svg";']
    assert re.search(r"Math\.(sqrt|pow|hypot)|[\w)\]] ?\*\*|fetch|import\(", scripts) is None
    assert not any(name in scripts for name in SURFACES.keys() - {"saddle"})  # which is a word, too


def test_experiments_are_left_out_where_the_grid_lacks_them():
    assert all(page.there(one, FULL) for one in TRIES)
    assert not any(page.there(one, TINY) for one in TRIES)


def test_a_failure_half_way_leaves_the_old_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def fail(*given: object) -> None:
        raise MemoryError

    path = tmp_path / "page.html"
    path.write_text("old")
    monkeypatch.setattr(page, "as_html", fail)
    with pytest.raises(MemoryError):
        save_playground(path, TINY)
    assert [one.name for one in tmp_path.iterdir()] == ["page.html"]
    assert path.read_text() == "old"


# ---- the command -------------------------------------------------------------------------------------------


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch):
    """The command with a grid of one path."""
    monkeypatch.setattr("tinygrad_optim.playground.FULL", TINY)


def test_the_command_writes_the_page_and_says_so(tiny: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = tmp_path / "new" / "page.html"
    assert main(["playground", "--out", str(path)]) == 0
    assert capsys.readouterr().out == f"wrote {path}: 1 paths, 0.1 MB\n"
    assert path.read_text(encoding="utf-8").endswith("</html>\n")


def test_a_terminal_sees_how_far_it_is(tiny: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    shown = io.StringIO()
    monkeypatch.setattr("rich.console.Console", lambda: Console(file=shown, force_terminal=True, width=100))
    main(["playground", "--out", str(tmp_path / "page.html")])
    assert re.search(r"computing paths.*100%", shown.getvalue())


@pytest.mark.parametrize(
    ("out", "message"),
    [("", "a folder stands where a file is to be written"), ("file/page.html", "(File exists|Not a directory)")],
)
def test_a_place_that_cannot_be_written_to_is_refused_before_anything_is_computed(
    out: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(page, "page_data", None)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("precious")
    assert main(["playground", "--out", out]) == 2
    printed = capsys.readouterr()
    assert re.fullmatch(f"tinygrad-optim: error: cannot write to .*: {message}. Choose another --out\n", printed.err)
    assert printed.out == ""
    assert (tmp_path / "file").read_text() == "precious"


def test_without_an_out_it_is_refused(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ended:
        main(["playground"])
    assert ended.value.code == 2
    assert "the following arguments are required: --out" in capsys.readouterr().err


@pytest.mark.parametrize("package", ["matplotlib", "rich"])
def test_without_what_it_draws_with_it_says_what_to_install(
    package: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(__import__("sys").modules, package, None)
    assert main(["playground", "--out", str(tmp_path / "page.html")]) == 1
    assert f"pip install {package}" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_its_help_has_an_example():
    assert "  tinygrad-optim playground --out playground.html\n" in command.FIRST
