"""The gallery is what its script draws, from the runs kept with it; and those runs are what is run."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

pytest.importorskip("matplotlib", reason="the gallery's figures need matplotlib")
pytest.importorskip("PIL", reason="the gallery's pictures are read with pillow")

ROOT = Path(__file__).parents[1]
PLOTS = ROOT / "plots"
sys.path.insert(0, str(PLOTS))

import draw  # noqa: E402
import runs  # noqa: E402
from PIL import Image  # noqa: E402

from tinygrad_optim.plot import SURFACES, descend, schedule_series, tune  # noqa: E402


@pytest.fixture(scope="module")
def kept() -> runs.Runs:
    return runs.kept(PLOTS / "data")


def test_the_page_is_the_one_the_script_writes():
    assert (PLOTS / "README.md").read_text(encoding="utf-8") == draw.readme()


def test_the_folder_holds_these_pictures_and_those_of_other_scripts():
    others = {"page.png"}
    assert {path.name for path in PLOTS.glob("*.png")} - others == {figure.file for figure in draw.FIGURES}


def test_every_kept_file_is_one_the_gallery_reads(kept: runs.Runs):
    named = {*runs.files(kept), "tunings.json", "slices.json"}
    assert {path.relative_to(PLOTS / "data").as_posix() for path in (PLOTS / "data").rglob("*.*")} == named


@pytest.mark.parametrize("figure", draw.FIGURES, ids=lambda figure: figure.file)
def test_a_picture_shows_what_the_script_draws_now(kept: runs.Runs, figure: draw.Figure):
    drawn = figure.draw(kept)
    width, height = (round(150 * inches) for inches in drawn.get_size_inches())
    with Image.open(PLOTS / figure.file) as picture:
        assert picture.text["Comment"] == draw.fingerprint(drawn), f"draw it anew: python plots/draw.py ({figure.file})"
        assert picture.text["Title"] == figure.see
        assert picture.size == (width, height)
        shades = picture.convert("RGBA").getextrema()
    assert shades[3] == (255, 255)  # opaque: it reads on a dark page
    assert all(low < 120 and high == 255 for low, high in shades[:3])  # dark on white, not blank


def test_one_picture_that_is_drawn_now_is_the_one_that_is_kept(kept: runs.Runs, tmp_path: Path):
    (figure,) = [figure for figure in draw.FIGURES if figure.file == "line.png"]
    figure.draw(kept).savefig(tmp_path / "line.png", dpi=150)
    sizes = []
    for path in (tmp_path / "line.png", PLOTS / "line.png"):
        with Image.open(path) as picture:
            small = picture.convert("L").resize((60, 36), Image.Resampling.BOX)
        sizes.append(list(small.tobytes()))
    differences = [abs(a - b) for a, b in zip(*sizes)]
    assert sum(differences) / len(differences) < 4  # of 255: another matplotlib sets its letters a little otherwise


def test_a_figure_that_says_something_else_has_another_fingerprint(kept: runs.Runs):
    figure = draw.line(kept)
    before = draw.fingerprint(figure)
    assert draw.fingerprint(draw.line(kept)) == before
    figure.axes[0].set_xlabel("another")
    assert draw.fingerprint(figure) != before


# ---- the kept runs are what is run -----------------------------------------------------------------------


@pytest.mark.parametrize("racer", [0, 3], ids=["SGD", "Adam"])
def test_a_kept_race_is_the_one_that_is_run(kept: runs.Runs, racer: int):
    name, make = list(runs.RACERS.items())[racer]
    lr = kept.tunings["ravine"][name].best
    now = descend(SURFACES["ravine"], lambda parameters: make(parameters, lr=lr), 40)
    before = kept.races["ravine"][name]
    for axis in ("x", "y"):
        assert now.weight(axis).value.values == pytest.approx(before.weight(axis).value.values[:41], rel=1e-5, abs=1e-9)


def test_a_kept_tuning_is_the_one_that_is_found(kept: runs.Runs):
    before = kept.tunings["ravine"]["SGD"]
    lrs = before.lrs[6:9]
    now = tune(SURFACES["ravine"], runs.RACERS["SGD"], runs.RACE_STEPS, lrs)
    assert now.finals == pytest.approx(before.finals[6:9])
    assert now.start == before.start


def test_each_racer_was_given_the_lr_that_served_it_best(kept: runs.Runs):
    for name, race in kept.races.items():
        for racer, history in race.items():
            assert set(history.groups[0].lr.values) == {kept.tunings[name][racer].best}
            ends = [
                kept.tunings[name][racer].finals[kept.tunings[name][racer].lrs.index(history.groups[0].lr.values[0])]
            ]
            assert history.logged["value"].values[-1:] == pytest.approx(ends, abs=1e-10)


def test_the_kept_training_begins_as_the_one_that_is_run(kept: runs.Runs):
    now = runs.compared_run(runs.COMPARED["SGD, lr 0.1"], epochs=1)
    before = kept.compared["SGD, lr 0.1"]
    assert now.logged["train loss"].values == pytest.approx(before.logged["train loss"].values[:45], rel=1e-3)


def test_the_schedules_are_nine_different_ones():
    found = {
        tuple(schedule_series(make, 20, metrics=[1.0] * 20)[0].values)
        for name, make in draw.SCHEDULES.items()
        if "then" not in name
    }
    assert len(found) == len(draw.SCHEDULES) - 1
