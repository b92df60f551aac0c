"""The page in a browser: moving through time, finding things, on a phone, in the dark, without a network."""

from __future__ import annotations

import json
import re
import runpy
from pathlib import Path

import pytest
from browser import CHROMIUM, CONTRAST, Browser
from trace_program import write_program

import tinygrad_optim as torch
from tinygrad_optim import demo, nn, optim
from tinygrad_optim.trace import Recorder, Story, tell
from tinygrad_optim.trace.chapters import Construct
from tinygrad_optim.trace.page_data import PageData
from tinygrad_optim.trace.script import run_script

in_browser = pytest.mark.skipif(CHROMIUM is None, reason="the page is tried out in chromium, which is not installed")
EVIL = "</script><img src=x onerror=alert(1)>&\"'`\u2028${1}<!--"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("page")


@pytest.fixture(scope="module")
def story(folder):
    return tell(run_script(write_program(folder)).recording)


@pytest.fixture(scope="module")
def data(story):
    return PageData(story).as_dict()


@pytest.fixture(scope="module")
def browser():
    one = Browser()
    one.screen(1280, 900)
    yield one
    one.close()


@pytest.fixture
def page(browser, story, folder):
    """The program's page, opened at its beginning on a large screen."""
    path = folder / "story.html"
    if not path.exists():
        story.save_html(path)
    browser.screen(1280, 900)
    browser.prefers(prefers_color_scheme="light")
    browser.open(path)
    yield browser
    assert browser.errors == []
    assert [one for one in browser.requests if one.split("#")[0] != path.as_uri()] == []


def now(page):
    """The number of the moment shown, as people see it."""
    return int(re.match(r"moment (\d+) of", page.run("document.getElementById('here').textContent"))[1])


def said(page, element):
    return page.run(f"document.getElementById({json.dumps(element)}).innerText")


def moment_of(data, wanted):
    """The number of the first moment whose line of source is this."""
    for number, scene in enumerate(data["scenes"], 1):
        if scene[2] >= 0:
            file, first, *_ = data["places"][scene[2]]
            if data["files"][file][1][first - 1].strip() == wanted:
                return number
    raise LookupError(wanted)


# ---- what is on the page -----------------------------------------------------------------------------------


def test_the_data_is_what_json_knows_and_every_number_leads_somewhere(data):
    assert json.loads(json.dumps(data, allow_nan=False)) == json.loads(json.dumps(data))
    for kind, chapter, place, says, reads, writes, box, parameter, _, update, _ in data["scenes"]:
        assert 0 <= kind < 8
        assert 0 <= chapter < len(data["chapters"])
        assert -1 <= place < len(data["places"])
        assert all(-1 <= one < len(data["texts"]) for one in [says, *reads])
        assert all(-1 <= one < len(data["texts"]) for i, one in enumerate(writes) if i % 4 != 3)
        assert -1 <= parameter < len(data["parameters"])
        assert -1 <= update < len(data["updates"])
        assert box < max([0, *(len(graph["boxes"]) for graph in data["graphs"])])


def test_steps_that_are_alike_share_one_graph(data):
    assert len(data["graphs"]) == 1
    labels = [box[3] for box in data["graphs"][0]["boxes"]]
    assert sorted(labels) == sorted(
        ["x", "first.weight", "first.bias", "linear", "relu", "second.weight", "second.bias", "linear", "y", "mse_loss"]
    )


def test_files_are_named_without_the_folders_they_lie_in(data, folder):
    names = [name for name, _ in data["files"]]
    assert "train.py" in names
    assert "tinygrad_optim/optim/sgd.py" in names
    assert str(folder) not in json.dumps(data)


@in_browser
def test_the_page_opens_at_its_first_moment_and_asks_nobody_for_anything(page, data):
    assert now(page) == 1
    assert said(page, "file") == "train.py"
    assert page.run("document.querySelectorAll('#tree > li').length") == len(
        [one for one in data["parts"] if not one[0]]
    )


# ---- moving ------------------------------------------------------------------------------------------------


@in_browser
def test_arrow_keys_go_line_by_line_and_letters_chapter_by_chapter(page, data):
    chapters = sorted({part[2] + 1 for part in data["parts"] if part[0] <= 1})
    page.press("ArrowRight")
    page.press("ArrowRight")
    page.press("ArrowLeft")
    assert now(page) == 2
    page.press("n")
    assert now(page) == chapters[1]
    page.press("ArrowDown")
    assert now(page) == chapters[2]
    page.press("p")
    page.press("ArrowUp")
    assert now(page) == chapters[0]
    page.press("End")
    assert now(page) == len(data["scenes"])
    page.press("ArrowRight")
    assert now(page) == len(data["scenes"])
    page.press("Home")
    assert now(page) == 1


@in_browser
def test_the_slider_goes_anywhere_and_says_where(page):
    page.run(
        "(() => { const s = document.getElementById('slider'); s.value = 40; s.dispatchEvent(new Event('input')); })()"
    )
    assert now(page) == 40
    assert page.run("document.getElementById('slider').getAttribute('aria-valuetext')").startswith("moment 40 of ")


@in_browser
def test_space_plays_and_pauses_and_does_not_chatter_at_screen_readers(page):
    page.run("(() => { const s = document.getElementById('speed'); s.value = '60'; })()")
    page.press(" ")
    assert page.run("document.getElementById('now').getAttribute('aria-live')") == "off"
    page.wait("now > 4")
    page.press(" ")
    stopped = now(page)
    assert said(page, "play") == "Play"
    assert page.run("new Promise((done) => setTimeout(() => done(now + 1), 200))") == stopped
    assert page.run("document.getElementById('now').getAttribute('aria-live')") == "polite"


@in_browser
def test_a_link_leads_to_its_moment_and_the_back_button_returns(page, data):
    page.open_here = page.run("location.href.split('#')[0]")
    page.run("location.hash = '#m57'")
    page.wait("now === 56")
    page.press("n")
    there = now(page)
    assert page.run("location.hash") == f"#m{there}"
    page.run("history.back()")
    page.wait("now === 56")
    page.run("history.forward()")
    page.wait(f"now === {there - 1}")


@in_browser
@pytest.mark.parametrize(("address", "moment"), [("#m57", 57), ("#m0", 1), ("#m99999", None), ("#nonsense", 1)])
def test_the_page_opens_at_the_moment_its_address_names(page, folder, data, address, moment):
    page.open(folder / "story.html", address)
    assert now(page) == (moment or len(data["scenes"]))


@in_browser
def test_a_line_number_leads_to_the_next_moment_at_which_it_runs(page, folder, data):
    first = moment_of(data, "return p - lr * g, v")
    page.open(folder / "story.html", f"#m{first}")
    page.run("document.querySelector('#code .at button').click()")
    assert now(page) > first
    assert "return p - lr * g, v" in said(page, "now")


# ---- what a moment shows -----------------------------------------------------------------------------------


@in_browser
def test_the_line_at_hand_is_marked_in_its_file_with_what_it_read_and_changed(page, folder, data):
    page.open(folder / "story.html", f"#m{moment_of(data, 'g = g + weight_decay * p')}")
    assert said(page, "file") == "tinygrad_optim/optim/sgd.py"
    assert "g = g + weight_decay * p" in page.run("document.querySelector('#code .at').innerText")
    rows = page.run("[...document.querySelectorAll('#values tbody tr')].map((row) => row.innerText)")
    rows = [" ".join(row.split()) for row in rows]
    assert any(row.startswith("weight_decay read") and "0.1" in row for row in rows)
    changed = [row for row in rows if "changed" in row]
    assert len(changed) == 1
    assert changed[0].startswith("g ")


@in_browser
def test_the_gradient_arrives_node_by_node(page, data):
    """Through the first backward: boxes with a gradient only become more, from none to all but the inputs x and y."""
    backward = next(part[2] for part in data["parts"] if part[3] == "backward")
    update = next(part[2] for part in data["parts"] if part[3] == "step" and part[0] == 1)
    counts = []
    for number in range(backward, update + 1):
        page.run(f"go({number})")
        counts.append(page.run("document.querySelectorAll('#boxes .arrived').length"))
    assert counts[0] == 0
    assert counts == sorted(counts)
    assert counts[-1] == len(data["graphs"][0]["boxes"]) - 2


@in_browser
def test_groups_show_each_options_origin_at_that_moment(page, data):
    page.press("End")
    table = page.run("document.querySelector('#grouptable').innerText")
    assert "given in this group" in table
    assert "StepLR" in table
    changed = page.run("document.querySelector('#grouptable details').textContent")
    assert "lr of group 1: 0.1 → 0.05" in changed


@in_browser
def test_a_parameters_panel_tells_its_update_its_proof_and_its_past(page, data):
    update = [one for one in data["updates"] if data["parameters"][one["parameter"]][0] == "second.weight"][1]
    page.run(f"go({update['scene']})")
    panel = said(page, "parameterbody")
    assert "in group 1" in panel
    assert "Proved: run again on the recorded inputs" in panel
    labels = page.run("[...document.querySelectorAll('#parameterbody td')].map((cell) => cell.dataset.label)")
    assert "the change without it" in labels
    for term in ("the gradient alone", "momentum", "weight_decay", "state momentum_buffer"):
        assert term in panel
    assert page.run("document.querySelectorAll('#parameterbody figure a').length") == 9  # three lines, three steps
    page.run(
        "[...document.querySelectorAll('#parameterbody figure a')][2]"
        ".dispatchEvent(new MouseEvent('click', { bubbles: true }))"
    )
    last = [one for one in data["updates"] if data["parameters"][one["parameter"]][0] == "second.weight"][2]
    assert now(page) == last["scene"] + 1


@in_browser
def test_a_parameter_that_never_moved_says_why(page):
    page.run(
        "(() => { const p = document.getElementById('parameter');"
        "p.value = [...p.options].find((o) => o.text === 'unused').value; p.dispatchEvent(new Event('change')); })()"
    )
    assert "no gradient came to it" in said(page, "parameterbody")
    assert "in group 2" in said(page, "parameterbody")


@in_browser
def test_the_outline_folds_opens_where_one_is_and_leads_there(page, data):
    made = page.run("document.querySelectorAll('#tree li').length")
    assert made < len(data["parts"]) / 2  # what is folded is not there yet
    page.run("go(story.updates[0].scene)")
    assert page.run("document.querySelector('#tree [aria-current]').textContent") == "group 0: first.weight"
    assert page.run("document.querySelector('#tree [aria-current]').closest('details').open")
    page.run("[...document.querySelectorAll('#tree a')].find((a) => a.textContent.startsWith('Step 2')).click()")
    assert now(page) == next(part[2] for part in data["parts"] if part[1].startswith("Step 2")) + 1


# ---- finding -----------------------------------------------------------------------------------------------


@in_browser
@pytest.mark.parametrize("words", ["momentum_buffer", "weight_decay * p", "StepLR", "second.bias"])
def test_names_and_source_and_values_are_found(page, words):
    page.press("/")
    page.write(words)
    page.wait("document.querySelectorAll('#found a').length > 0")
    assert re.match(r"\d+ moments?", said(page, "count"))
    page.press("Enter")
    first = now(page)
    assert first == page.run("Number(document.querySelector('#found a').getAttribute('href').slice(2))") or first > 1
    page.press("Escape")
    assert page.run("document.getElementById('found').hidden")
    assert page.run("document.activeElement.id") != "search"


@in_browser
def test_letters_typed_into_the_search_do_not_move_the_page(page):
    page.press("/")
    for letter in "np ?":
        page.press(letter)
    assert now(page) == 1
    assert not page.run("document.getElementById('help').open")


@in_browser
def test_what_is_not_there_is_said_to_be_not_there(page):
    page.press("/")
    page.write("no such thing")
    assert said(page, "count").startswith("Nothing found: no name, value or line of source has no such thing")
    assert page.run("document.getElementById('found').hidden")


@in_browser
def test_help_opens_and_closes(page):
    page.press("?")
    assert page.run("document.getElementById('help').open")
    page.press("ArrowRight")
    assert now(page) == 1
    page.press("Escape")
    assert not page.run("document.getElementById('help').open")


# ---- what a reader stumbled over ----------------------------------------------------------------------------


def own_moments(data, wanted):
    """The numbers of all moments whose line of source is this."""
    found = []
    for number, scene in enumerate(data["scenes"], 1):
        if scene[0] == 0 and scene[2] >= 0:
            file, first, *_ = data["places"][scene[2]]
            if data["files"][file][1][first - 1].strip() == wanted:
                found.append(number)
    return found


def values(page):
    rows = page.run("[...document.querySelectorAll('#values tbody tr')].map((row) => row.innerText)")
    return [" ".join(row.split()) for row in rows]


def lr_row(page):
    return page.run(
        "[...[...document.querySelectorAll('#grouptable tbody tr')].find((row) => row.firstChild.innerText === 'lr')"
        ".children].slice(1).map((cell) => cell.innerText.split('\\n').join(' '))"
    )


@in_browser
def test_the_line_of_a_schedule_that_changes_lr_says_so_and_groups_show_it_at_once(page, data):
    first, second, _ = own_moments(data, "schedule.step()")
    page.run(f"go({first - 1})")
    assert not any(" lr " in row for row in values(page))
    assert [cell.split()[0] for cell in lr_row(page)] == ["0.01", "0.1", "0.1"]
    page.run(f"go({second - 2})")
    assert [cell.split()[0] for cell in lr_row(page)] == ["0.01", "0.1", "0.1"]
    page.run(f"go({second - 1})")
    assert "group 0 lr (StepLR) changed 0.01 0.005" in values(page)
    assert [cell.split()[0] for cell in lr_row(page)] == ["0.005", "0.05", "0.05"]
    assert all("was 0." in cell for cell in lr_row(page))
    page.run(f"go({second})")
    assert not any("was" in cell for cell in lr_row(page))


@in_browser
def test_an_options_change_is_linked_to_the_line_that_made_it(page, data):
    page.press("End")
    page.run("document.querySelector('#grouptable details').open = true")
    page.run(
        "[...document.querySelectorAll('#grouptable li')]"
        ".find((li) => li.innerText.includes('lr of group 1: 0.1 → 0.05')).querySelector('a').click()"
    )
    assert now(page) == own_moments(data, "schedule.step()")[1]


@in_browser
def test_initial_lr_is_there_from_the_line_that_made_the_schedule(page, data):
    made = moment_of(data, "schedule = optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)")
    page.run(f"go({made - 2})")
    assert "initial_lr" not in said(page, "grouptable")
    page.run(f"go({made - 1})")
    assert "initial_lr" in said(page, "grouptable")
    assert any(row.startswith("group 2 initial_lr (StepLR) new") for row in values(page))


@in_browser
def test_before_an_optimizer_is_made_there_are_no_groups(page, data):
    assert page.run("document.getElementById('groups').hidden")
    page.run(f"go({next(part[2] for part in data['parts'] if part[1] == 'Group 1') - 1})")
    assert page.run("document.querySelectorAll('#grouptable thead th').length") == 2


def test_a_step_begins_at_its_loop_and_keeps_what_comes_after_it(data):
    loop = own_moments(data, "for step in range(given.steps):")
    begins = [part[2] + 1 for part in data["parts"] if part[3] == "step" and part[0] == 0]
    afterwards = [part[2] + 1 for part in data["parts"] if part[1] == "Afterwards"]
    assert begins + afterwards == loop
    after = [part[2] + 1 for part in data["parts"] if part[1] == "After SGD.step()"]
    assert after == own_moments(data, "schedule.step()")


@in_browser
def test_a_chosen_parameter_stays_until_the_reader_follows_again(page, data):
    update = next(one for one in data["updates"] if data["parameters"][one["parameter"]][0] == "first.weight")
    page.run(f"go({update['scene']})")
    page.run(
        "(() => { const p = document.getElementById('parameter');"
        "p.value = [...p.options].find((o) => o.text === 'second.bias').value;"
        "p.dispatchEvent(new Event('change')); })()"
    )
    assert said(page, "parameterbody").startswith("second.bias")
    assert not page.run("document.getElementById('follow').checked")
    page.press("ArrowRight")
    assert said(page, "parameterbody").startswith("second.bias")
    page.run(f"go({update['scene']})")
    page.click("#follow")
    assert said(page, "parameterbody").startswith("first.weight")


@in_browser
@pytest.mark.parametrize("where", ["#grouptable button", "#boxes g.leaf"])
def test_a_parameters_name_among_groups_and_in_the_graph_chooses_it(page, data, where):
    page.run(f"go({data['updates'][0]['scene']})")
    page.run(
        f"[...document.querySelectorAll('{where}')].find((one) => one.textContent.startsWith('second.weight'))"
        ".dispatchEvent(new MouseEvent('click', { bubbles: true }))"
    )
    assert said(page, "parameterbody").startswith("second.weight")


@in_browser
def test_the_op_and_the_line_that_made_a_gradient_are_links(page, data):
    update = next(one for one in data["updates"] if data["parameters"][one["parameter"]][0] == "second.weight")
    page.run(f"go({update['scene']})")
    line = page.run("[...document.querySelectorAll('#parameterbody li a')].map((one) => one.innerText)")
    assert line == ["op 3", "train.py:18"]
    page.run("document.querySelectorAll('#parameterbody li a')[1].click()")
    assert now(page) == moment_of(data, "return self.second(hidden)")


@in_browser
def test_at_every_moment_of_the_walk_back_the_graph_says_that_all_results_are_there(page, data):
    backward = [part[2] for part in data["parts"] if part[3] == "backward"]
    for number in (*backward, backward[0] + 6, backward[1] + 12):
        page.run(f"go({number})")
        assert said(page, "progress").startswith("All 4 results are there")


@in_browser
def test_a_number_is_found_only_as_a_whole_and_whole_names_come_first(page):
    def found_texts(words):
        page.run(
            f"(() => {{ const s = document.getElementById('search'); s.value = {json.dumps(words)};"
            "s.dispatchEvent(new Event('input')); })()"
        )
        return page.run(
            "found.map((number) => { const one = scene(number), place = placeOf(one);"
            "return [briefly(number), place ? sourceText(place) : '',"
            "[...one.reads, ...one.writes.filter((_, i) => i % 4 !== 3)].map(text).join(' | ')]; })"
        )

    hits = found_texts("0.05")
    assert hits
    assert all(re.search(r"(?<![\w.-])0\.05(?!\d)", " ".join(hit)) for hit in hits)
    hits = [re.search(r"(?<![\w.])momentum(?![\w.])", " ".join(hit)) is not None for hit in found_texts("momentum")]
    assert hits == sorted(hits, reverse=True)
    assert "SGD gets 3 groups › Group 1" in said(page, "found")
    page.run("document.getElementById('search').focus()")
    page.press("Enter")
    assert now(page) == page.run("Number(document.querySelector('#found a').getAttribute('href').slice(2))")
    page.press("Enter")
    assert now(page) == page.run("Number(document.querySelectorAll('#found a')[1].getAttribute('href').slice(2))")


@in_browser
def test_a_moment_that_there_is_not_is_said_so_and_the_address_is_corrected(page, folder, data):
    page.open(folder / "story.html", "#m9999")
    assert page.run("location.hash") == f"#m{len(data['scenes'])}"
    assert said(page, "wrong") == "There is no moment 9999: this is the last."
    page.press("ArrowLeft")
    assert page.run("document.getElementById('wrong').hidden")


@in_browser
def test_the_outline_keeps_open_where_one_is_and_what_the_reader_opened(page, data):
    def open_branches():
        return page.run(
            "[...document.querySelectorAll('#tree details[open]')].map((one) => one.firstChild.innerText.trim())"
        )

    updates = [one["scene"] for one in data["updates"]]
    page.run(f"go({updates[0]})")
    assert [one.split(",")[0] for one in open_branches()] == ["Step 1", "SGD.step()"]
    page.run(f"go({updates[-1]})")
    assert [one.split(",")[0] for one in open_branches()] == ["Step 3", "SGD.step()"]
    page.run("document.querySelector('#tree details > summary').click()")
    page.press("ArrowLeft")
    assert open_branches()[0] == "SGD gets 3 groups"


@in_browser
def test_groups_and_the_parameter_are_in_sight_on_a_large_screen(page, data):
    page.run(f"go({data['updates'][4]['scene']})")
    for element in ("#grouptable table", "#parameterbody p", "#code .at"):
        assert page.run(f"document.querySelector('{element}').getBoundingClientRect().top") < 850


@in_browser
def test_long_lines_of_code_wrap_and_text_in_the_graph_is_large_enough(page, folder, data):
    for width in (375, 1280):
        page.screen(width, 812, phone=width < 500)
        page.open(folder / "story.html", f"#m{moment_of(data, 'g = g + weight_decay * p')}")
        assert page.run(
            "(() => { const p = document.getElementById('pane'); return p.scrollWidth <= p.clientWidth; })()"
        )
        scale = page.run(
            "(() => { const s = document.getElementById('boxes');"
            "return s.getBoundingClientRect().width / s.viewBox.baseVal.width; })()"
        )
        smallest = page.run(
            "Math.min(...[...document.querySelectorAll('#boxes text')]"
            ".map((one) => parseFloat(getComputedStyle(one).fontSize)))"
        )
        assert scale * smallest >= 9.99


@in_browser
def test_on_a_phone_tables_stack_and_what_is_touched_is_large_enough(page, folder, data):
    page.screen(375, 812, phone=True)
    page.open(folder / "story.html", f"#m{data['updates'][7]['scene'] + 1}")
    page.run("document.getElementById('fold').open = true")

    def smallest(selector):
        return page.run(
            f"Math.min(...[...document.querySelectorAll('{selector}')].filter((one) => one.checkVisibility())"
            ".map((one) => one.getBoundingClientRect().height))"
        )

    assert smallest(".controls button, .controls select, .controls input, .title button") >= 40
    assert smallest("#code button, #tree a, .choose") >= 24
    assert page.run("document.getElementById('speed').checkVisibility()")
    assert page.run(
        "[...document.querySelectorAll('.stack td')].every((one) => getComputedStyle(one).display !== 'table-cell')"
    )
    assert page.run("document.querySelectorAll('#grouptable table').length") == 3
    assert (
        page.run("[...document.querySelectorAll('.scroll')].filter((one) => one.scrollWidth > one.clientWidth).length")
        == 0
    )


@in_browser
def test_what_is_more_than_ten_times_its_size_is_said_in_times_and_no_difference_is_none(page):
    assert page.run("ratioOf(31, 1)") == " That is 31 times its own size."
    assert page.run("ratioOf(0.24, 1)") == " That is 24.0 % of its own size."
    page.run("go(story.updates.find((one) => Number(one.sum) === 0)?.scene ?? 0)")
    assert "add up to the change within 0." not in said(page, "parameterbody")


# ---- every reader ------------------------------------------------------------------------------------------


@in_browser
@pytest.mark.parametrize("width", [375, 768, 1280])
def test_nothing_sticks_out_at_the_side(page, folder, data, width):
    page.screen(width, 812, phone=width < 500)
    for moment in (1, 60, len(data["scenes"]) - 10):
        page.open(folder / "story.html", f"#m{moment}")
        assert page.run("document.documentElement.scrollWidth") <= width


@in_browser
def test_it_is_dark_where_the_system_is_or_the_button_says_so_and_remembers(page, folder):
    def ground():
        return page.run("getComputedStyle(document.querySelector('.card')).backgroundColor")

    light = ground()
    page.prefers(prefers_color_scheme="dark")
    dark = ground()
    assert light != dark
    page.open(folder / "story.html")
    page.click("#theme")
    assert ground() == light
    page.open(folder / "story.html")
    assert ground() == light
    page.click("#theme")
    assert ground() == dark
    page.run("localStorage.clear()")


@in_browser
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_all_text_stands_out_from_its_ground(page, data, theme):
    """By WCAG's measure: at least 4.5 to 1."""
    page.prefers(prefers_color_scheme=theme, prefers_reduced_motion="reduce")
    page.run("localStorage.clear()")
    for number in (
        moment_of(data, "g = g + weight_decay * p") - 1,
        len(data["scenes"]) - 2,
        data["updates"][5]["scene"],
    ):
        page.run(f"go({number})")
        assert page.run(CONTRAST) == []


@in_browser
def test_landmarks_names_and_live_regions_are_there_for_screen_readers(page):
    assert page.run(
        "['header', 'nav', 'main', 'aside'].map((tag) => document.querySelectorAll('#app ' + tag).length)"
    ) == [1, 1, 1, 1]
    unnamed = page.run(
        "[...document.querySelectorAll('#app button, #app input, #app select, #app nav, #app aside')].filter((e) => "
        "!e.textContent.trim() && !e.getAttribute('aria-label')).map((e) => e.outerHTML)"
    )
    assert unnamed == []
    names = page.run("[...document.querySelectorAll('[id]')].map((e) => e.id)")
    assert len(names) == len(set(names))
    assert page.run("document.querySelectorAll('#tree [aria-current]').length") == 1


@in_browser
def test_without_scripts_the_page_tells_the_story(page, folder):
    page.scripts(allowed=False)
    try:
        page.open(folder / "story.html")
        assert page.run("document.getElementById('app').hidden")
        assert "Proved: run again on the recorded inputs" in page.run("document.body.textContent")
        assert page.run("document.querySelectorAll('noscript section').length") == 10
    finally:
        page.scripts(allowed=True)


@in_browser
def test_whatever_a_program_calls_its_things_is_text(browser, folder):
    with Recorder() as recorder:
        weight = nn.Parameter(torch.ones(2))
        optimizer = optim.SGD([(EVIL, weight)], lr=0.1)
        (weight * weight).sum().backward()
        optimizer.step()
    evil = folder / "<b>&'\".html"
    browser.open(tell(recorder).save_html(evil))
    assert browser.run("story.parameters[0][0]") == EVIL
    browser.run("go(story.updates[0].scene)")
    assert EVIL.split("\u2028")[0] in said(browser, "parameterbody")
    browser.press("/")
    browser.write("</script>")
    browser.wait("document.querySelectorAll('#found a').length > 0")
    assert browser.run("document.querySelectorAll('img').length") == 0
    assert browser.errors == []
    assert len(browser.requests) == 1


# ---- how large, how quick ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def fifty_steps(folder):
    """Fifty steps of the demo, as a page."""
    settings, digits = demo.Settings(), demo.load_digits()[0]
    torch.manual_seed(0)
    net = demo.DigitNet()
    batches = [one for _ in range(2) for one in demo.batches(digits, settings.batch_size)][:50]
    with Recorder() as recorder:
        optimizer = demo.make_optimizer(net, settings.lr, settings.momentum, settings.weight_decay)
        for images, labels in batches:
            demo.training_step(net, optimizer, images, labels)
    return tell(recorder).save_html(folder / "fifty.html")


def test_fifty_steps_of_the_demo_stay_under_three_megabytes(fifty_steps):
    assert fifty_steps.stat().st_size < 3_000_000


@in_browser
def test_of_a_long_story_little_is_made_at_first(browser, fifty_steps):
    browser.screen(1280, 900)
    browser.open(fifty_steps)
    assert browser.run("story.updates.length") == 300
    assert browser.run("document.querySelectorAll('#app *').length") < 2000
    assert browser.errors == []


@in_browser
def test_the_line_that_gave_the_new_value_is_named_and_what_it_would_have_been_has_a_norm(page):
    page.run("go(story.updates.filter((one) => story.parameters[one.parameter][0] === 'second.weight')[1].scene)")
    about = said(page, "parameterbody")
    assert re.search(r"The line that gave its new value: sgd.py:\d+ return p - lr \* g, v", about)
    assert "[0.066444, 0.011648, 0.0062254] norm 0.067744" in about  # without decay; its norm by hand


@in_browser
def test_what_is_known_of_a_sample_alone_is_said_to_be_so(browser, fifty_steps):
    browser.open(fifty_steps)
    # first.weight has 64 x 64 elements, of which 64 are recorded; third.bias has 10, all recorded.
    for name, said_of in (("first.weight", True), ("third.bias", False)):
        found = f"story.updates.find((one) => story.parameters[one.parameter][0] === {name!r}).scene"
        browser.run(f"go({found})")
        about = said(browser, "parameterbody")
        assert ("(of the 64 recorded of its 4096 elements)" in about) is said_of
        assert ("of the 64 elements recorded)" in about) is said_of
    assert browser.errors == []


def test_the_ten_questions_to_a_reader_have_the_answers_that_the_run_gives(folder):
    """Kept in tests/data/ten_questions.md, for someone who has not seen the code."""
    path = Path(__file__).parent / "data" / "ten_questions.py"
    namespace = runpy.run_path(str(path))
    asked = namespace["questions"](write_program(folder))
    assert namespace["as_markdown"](asked) == path.with_suffix(".md").read_text(encoding="utf-8")


@in_browser
@pytest.mark.parametrize("lines", [1, 12, 60, 400, 900])
def test_a_story_that_was_cut_short_opens_too(browser, folder, lines):
    story = tell(run_script(write_program(folder), max_lines=lines).recording)
    browser.open(story.save_html(folder / "cut.html"))
    assert "cut after" in browser.run("document.body.textContent")
    browser.press("End")
    browser.press("Home")
    assert browser.errors == []


def test_a_story_in_which_nothing_can_be_shown_is_a_page_without_scripts():
    story = Story([Construct("SGD", None, [], [])])
    assert "<script" not in story.to_html()
    assert "CONSTRUCT: SGD gets 0 groups" in story.to_html()
