"""The playground in a browser: choosing, playing, keys, links, a phone, the dark, without a network."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from browser import CHROMIUM, CONTRAST, Browser
from test_playground import EVIL, TINY

from tinygrad_optim.cli import main
from tinygrad_optim.playground import FULL, save_playground
from tinygrad_optim.playground.tries import TRIES

in_browser = pytest.mark.skipif(CHROMIUM is None, reason="the page is tried out in chromium, which is not installed")


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Path:
    """The page with the whole grid, as the command writes it."""
    path = tmp_path_factory.mktemp("playground") / "page.html"
    assert main(["playground", "--out", str(path)]) == 0
    return path


@pytest.fixture(scope="module")
def data(written):
    return json.loads(re.search(r'id="data">(.*?)</script>', written.read_text(encoding="utf-8"))[1])


@pytest.fixture(scope="module")
def browser():
    one = Browser()
    yield one
    one.close()


@pytest.fixture
def page(browser, written):
    """The page on a large screen, opened at an address, or at its beginning."""
    browser.screen(1280, 900)
    browser.prefers(prefers_color_scheme="light", prefers_reduced_motion="no-preference")
    browser.open(written)
    yield browser
    assert browser.errors == []
    assert [one for one in browser.requests if one.split("#")[0] != written.as_uri()] == []


def end_of(data, surface, name, *numbers):
    """Where the page says that a path ends: x, y, loss, and the step at which 99 % of the way down lay behind."""
    algorithm = next(one for one in FULL.algorithms if one.name == name)
    slug = next(one["slug"] for one in data["algorithms"] if one["name"] == name)
    places = [(s.lr, s.momentum, s.weight_decay, s.factor) for s in FULL.settings(algorithm)]
    return data["ends"][f"{surface}/{slug}"][places.index(numbers)]


def said(page, element):
    return page.run(f"document.getElementById({json.dumps(element)}).innerText")


def turn(page, option, value):
    """Move a control as a reader does."""
    page.run(
        f"(() => {{ const e = document.getElementById('{option}'); e.value = '{value}';"
        "e.dispatchEvent(new Event('input')); e.dispatchEvent(new Event('change')); })()"
    )


# ---- the file, and what it claims --------------------------------------------------------------------------


def test_the_page_has_all_paths_in_less_than_five_megabytes(written, data):
    assert sum(map(len, data["ends"].values())) == len(FULL)
    assert written.stat().st_size < 5_000_000


def test_what_the_experiments_say_is_so(data):
    def down(*choice):
        return end_of(data, *choice)[3]

    def place(*choice):
        return [round(number, 2) for number in end_of(data, *choice)[:2]]

    at = "ravine"
    assert abs(end_of(data, at, "SGD", 0.05, 0, 0, 1)[1]) == 1.5
    assert end_of(data, at, "SGD", 0.03, 0, 0, 1)[2] < 1e-3
    assert [down(at, "SGD", 0.01, momentum, 0, 1) for momentum in (0.9, 0)] == [21, 198]
    assert [down(at, "SGD", 1, 0, 0, 0.01), down(at, "SGD", 0.03, 0, 0, 1)] == [4, 66]
    decays = [place("beale", "Adam", 0.1, 0.9, decay, 1) for decay in (0, 0.1, 1)]
    assert np.allclose(decays, [[3, 0.5], [2.59, 0.38], [1.9, 0.13]])
    assert place("beale", "AdamW", 0.1, 0.9, 1, 1) != decays[2]
    assert down("saddle", "SGD", 0.03, 0, 0, 1) == -1
    assert [down("saddle", name, 0.03, 0.9, 0, 1) for name in ("SGD", "Adam")] == [56, 54]
    heights = [end_of(data, "saddle", "SGD", 0.1, 0.9, decay, 1)[1] for decay in (1, 0.1, 0)]
    assert np.allclose(heights, [0, 0.949, 1], atol=2e-3)
    losses = [end_of(data, "rosenbrock", name, *rest)[2] for name, *rest in TRIES[8].choices]
    assert losses[0] < losses[2] < losses[1]
    minima = [place("himmelblau", *choice) for choice in TRIES[9].choices]
    assert np.allclose(minima, [[3.58, -1.85], [3, 2], [-3.78, -3.28]])


# ---- choosing ----------------------------------------------------------------------------------------------


@in_browser
def test_it_opens_with_an_experiment_and_tells_where_its_paths_end(page, data):
    assert page.run("document.querySelectorAll('#paths li').length") == 3
    x, y, loss, _ = end_of(data, "ravine", "SGD", 0.01, 0.9, 0, 1)
    first = page.run("document.querySelector('#paths li').innerText")
    assert [float(number) for number in re.findall(r"-?\d[\d.]*e-\d+", first)] == [x, y, loss]
    assert "first at step 21" in first
    assert page.run("document.querySelectorAll('#lines .ink').length") == 3


@in_browser
def test_the_controls_change_the_path_the_words_the_code_and_the_address(page, data):
    page.press("u")
    turn(page, "surface", 3)
    turn(page, "algorithm", 4)
    turn(page, "lr", data["lrs"].index("0.3"))
    turn(page, "momentum", data["algorithms"][4]["momenta"].index("0.9"))
    turn(page, "decay", data["decays"].index("0.1"))
    turn(page, "factor", data["factors"].index("0.1"))
    assert page.run("location.hash") == "#ravine/adam,0.3,0.9,0.1,0.1"
    assert said(page, "now").startswith(
        "Adam, lr 0.3, beta1 0.9, decay 0.1, lr 0.03 for y on ravine: after 200 steps at ("
    )
    code = page.run("document.getElementById('code').textContent")
    for line in (
        '{"params": [y], "lr": 0.03},',
        "lr=0.3,",
        "betas=(0.9, 0.999),",
        "weight_decay=0.1,",
        "surfaces.ravine(x",
    ):
        assert line in code
    assert said(page, "momentumsaid") == "(0.9, 0.999)"
    assert page.run("document.getElementById('factor').getAttribute('aria-valuetext')") == "× 0.1 = 0.03"


@in_browser
def test_an_optimizer_without_momentum_says_so_and_gives_it_back(page):
    turn(page, "algorithm", 2)
    assert said(page, "momentumsaid") == "none"
    assert page.run("document.getElementById('momentum').disabled")
    turn(page, "algorithm", 0)
    assert said(page, "momentumsaid") == "0.9"


@in_browser
def test_the_code_on_the_page_runs_and_ends_where_the_page_says(page, written, data, capsys):
    page.open(written, "#beale/adamw,0.1,0.9,0.1,10")
    exec(page.run("document.getElementById('code').textContent"), {})
    printed = [np.float32(word) for word in capsys.readouterr().out.split()]
    assert printed == [np.float32(number) for number in end_of(data, "beale", "AdamW", 0.1, 0.9, 0.1, 10)[:3]]


@in_browser
def test_paths_are_pinned_two_at_most_and_unpinned(page):
    page.press("u")
    page.click("#pin")
    assert page.run("document.getElementById('pin').disabled")  # it is pinned already
    page.press("l")
    page.press("p")
    page.press("l")
    assert page.run("document.querySelectorAll('#paths li').length") == 3
    assert said(page, "pin") == "Two pinned"
    page.click("#paths li:nth-child(2) button")
    assert page.run("location.hash") == "#ravine/sgd,0.05,0.9,0,1/sgd,0.03,0.9,0,1"


@in_browser
def test_a_path_that_blows_up_says_when(page, written):
    page.open(written, "#ravine/sgd,0.1,0,0,1")
    assert "it left the range at step 2; before, it was at (-9, -4.5), loss 445.5" in said(page, "now")
    assert "left the range at step 2" in said(page, "paths")


# ---- time --------------------------------------------------------------------------------------------------


@in_browser
def test_it_plays_and_pauses_and_does_not_chatter_at_screen_readers(page):
    page.press(" ")
    assert page.run("document.getElementById('now').getAttribute('aria-live')") == "off"
    page.wait("step > 3 && step < 200")
    page.press(" ")
    stopped = page.run("step")
    assert page.run("new Promise((done) => setTimeout(() => done(step), 200))") == stopped
    assert page.run("document.getElementById('now').getAttribute('aria-live')") == "polite"
    assert said(page, "play") == "Play"


@in_browser
def test_where_motion_is_unwelcome_it_plays_in_few_strides(page):
    page.prefers(prefers_reduced_motion="reduce")
    page.run("goTo(0)")
    page.press(" ")
    page.wait("step > 0")
    assert page.run("step") == 25
    page.press(" ")


@in_browser
def test_steps_are_told_as_the_path_was(page, written):
    """Plain SGD on the ravine with lr 0.01: x is -10 * 0.99^k, y 1.5 * 0.6^k; at 2 the loss is 48 + 5.8."""
    page.open(written, "#ravine/sgd,0.01,0,0,1/step,2")
    assert said(page, "now") == "SGD, lr 0.01, momentum 0 on ravine: after 2 steps at (-9.80, 0.54), loss 53.9."
    page.press("ArrowLeft")
    assert "after 1 step at (-9.90, 0.90)" in said(page, "now")
    page.press("Home")
    assert "after 0 steps at (-10.00, 1.50), loss 95" in said(page, "now")
    page.press("End")
    assert said(page, "stepsaid") == "step 200"


# ---- keys and links ----------------------------------------------------------------------------------------


@in_browser
def test_letters_turn_the_options_and_shift_turns_them_back(page):
    page.press("u")
    for key in "slwg":
        page.press(key)
    assert page.run("location.hash") == "#saddle/sgd,0.03,0.9,0.1,10"
    page.press("o")
    assert page.run("location.hash") == "#saddle/sgd-nesterov,0.03,0.9,0.1,10"
    for key in "SLWGO":
        page.press(key, shift=True)
    page.press("m")
    assert page.run("location.hash") == "#ravine/sgd,0.01,0.99,0,1"


@in_browser
def test_figures_open_the_experiments_and_the_back_button_returns(page):
    page.press("5")
    page.wait("data.surfaces[surface].name === 'beale'")
    assert page.run("document.querySelector('#tries [aria-current]').textContent") == TRIES[4].title
    page.run("history.back()")
    page.wait("data.surfaces[surface].name === 'ravine'")
    page.press("0")
    page.wait("data.surfaces[surface].name === 'himmelblau'")


@in_browser
def test_every_experiment_s_link_shows_its_paths(page):
    for number, one in enumerate(TRIES):
        page.run(f"document.querySelectorAll('#tries a')[{number}].click()")
        page.wait(f"data.surfaces[surface].name === '{one.surface}' && all().length === {len(one.choices)}")
        assert page.run("document.querySelectorAll('#tries [aria-current]').length") == 1


@in_browser
def test_help_opens_and_closes_and_tells_every_key(page):
    page.press("?")
    assert page.run("document.getElementById('help').open")
    page.press("s")
    assert page.run("data.surfaces[surface].name") == "ravine"
    told = page.run("[...document.querySelectorAll('#help kbd')].map((key) => key.textContent)")
    assert set(page.run("[...Object.keys(TURN), 'p', 'u', '?']")) <= set(told)
    page.press("Escape")
    assert not page.run("document.getElementById('help').open")


@in_browser
def test_arrows_on_a_slider_move_that_slider(page):
    page.run("document.getElementById('lr').focus()")
    page.press("ArrowRight")
    assert said(page, "lrsaid") == "0.03"
    assert page.run("step") == 200


@in_browser
@pytest.mark.parametrize(
    ("address", "becomes"),
    [
        ("#himmelblau/rmsprop,0.03,0,0,1/step,7", "#himmelblau/rmsprop,0.03,0,0,1/step,7"),
        ("#beale/adam,0.12,0.8,0,1", "#beale/adam,0.1,0.9,0,1"),
        ("#nonsense", "#rosenbrock/sgd,0.01,0.9,0,1"),
        ("#ravine/adam,x,y,z,w/step,x", "#ravine/adam,0.001,0,0,0.01/step,0"),
        ("#%3Cimg%20src=x%3E/<b>,1", "#rosenbrock/sgd,1,0,0,1"),
    ],
)
def test_an_address_leads_to_what_is_nearest(page, written, address, becomes):
    page.open(written, address)
    assert page.run("address()") == becomes
    assert page.run("document.querySelectorAll('img').length") == 0


# ---- every reader ------------------------------------------------------------------------------------------


@in_browser
@pytest.mark.parametrize("width", [375, 768, 1280])
def test_nothing_sticks_out_at_the_side(page, written, width):
    page.screen(width, 812, phone=width < 500)
    page.open(written)
    assert page.run("document.documentElement.scrollWidth") <= width


@in_browser
def test_on_a_phone_the_map_stays_in_sight_of_the_sliders(page, written):
    page.screen(375, 812, phone=True)
    page.open(written)
    page.run("document.getElementById('factor').scrollIntoView({ block: 'end' })")
    top, bottom = page.run(
        "(() => { const r = document.getElementById('map').getBoundingClientRect(); return [r.top, r.bottom]; })()"
    )
    assert top >= 0
    assert bottom < page.run("document.getElementById('lr').getBoundingClientRect().top")


@in_browser
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_all_text_stands_out_from_its_ground(page, written, theme):
    """By WCAG's measure: at least 4.5 to 1."""
    page.prefers(prefers_color_scheme=theme)
    for address in ("", "#ravine/sgd,0.1,0,0,1/adagrad,1,0,0,1/sgd,1,0,0,1"):
        page.open(written, address)
        assert page.run(CONTRAST) == []


@in_browser
def test_the_button_changes_the_colours_and_the_page_remembers(page, written):
    def ground():
        return page.run("getComputedStyle(document.querySelector('.card')).backgroundColor")

    light = ground()
    page.click("#theme")
    dark = ground()
    assert dark != light
    page.open(written)
    assert ground() == dark
    page.run("localStorage.clear()")


@in_browser
def test_everything_has_a_name_for_screen_readers(page):
    unnamed = page.run(
        "[...document.querySelectorAll('#app button, #app input, #app select')].filter((e) => !e.textContent.trim()"
        " && !e.getAttribute('aria-label') && !(e.labels && e.labels.length)).map((e) => e.id)"
    )
    assert unnamed == []
    missing = page.run(
        "[...document.querySelectorAll('[aria-labelledby]')]"
        ".flatMap((e) => e.getAttribute('aria-labelledby').split(' ')).filter((id) => !document.getElementById(id))"
    )
    assert missing == []
    names = page.run("[...document.querySelectorAll('[id]')].map((e) => e.id)")
    assert len(names) == len(set(names))


@in_browser
def test_without_scripts_it_says_what_is_missing(page, written):
    page.scripts(allowed=False)
    try:
        page.open(written)
        assert "JavaScript, which is switched off" in page.run("document.body.innerText")
    finally:
        page.scripts(allowed=True)


@in_browser
def test_whatever_things_are_called_is_text(browser, tmp_path):
    browser.open(save_playground(tmp_path / "evil.html", TINY))
    assert EVIL in said(browser, "paths")
    assert browser.run("document.querySelectorAll('img').length") == 0
    assert browser.errors == []
    assert len(browser.requests) == 1


@in_browser
def test_paths_are_drawn_where_they_are_on_the_map(page, written):
    """The line begins in the circle at the start; a path that has arrived has its letter on the cross of a minimum."""
    page.open(written, "#rosenbrock/sgd,0.003,0.9,0,1")
    drawn = page.run("document.querySelector('#lines .ink').getAttribute('d')")
    line = [float(number) for number in re.match(r"M(\S+) (\S+)L", drawn).groups()]
    circle = page.run("['cx', 'cy'].map((name) => Number(document.querySelector('#map .start').getAttribute(name)))")
    assert np.allclose(line, circle, atol=0.1)
    page.open(written, "#beale/adam,0.1,0.9,0,1")
    head = page.run("['cx', 'cy'].map((name) => Number(document.querySelector('#heads circle').getAttribute(name)))")
    cross = page.run("document.querySelector('#map .mark').getAttribute('d')")
    assert np.allclose(head, [float(number) for number in re.match(r"M(\S+) (\S+)m", cross).groups()], atol=1)
