"""The faces: the story as text, and as the HTML that needs no script. The page itself: test_trace_page.py."""

from __future__ import annotations

import io
from html.parser import HTMLParser

import pytest

import tinygrad_optim as torch
from tinygrad_optim import nn, optim
from tinygrad_optim.trace import Recorder, tell
from tinygrad_optim.trace.html import story_html
from tinygrad_optim.trace.text import show

EVIL = "<script>alert('x')</script>&\""


@pytest.fixture(scope="module")
def story():
    """Two groups, one with decay; the first parameter has a name that is HTML."""
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))
    named = [(EVIL, net[0].weight), ("plain", net[0].bias)]
    net[0].weight.registered = net[0].bias.registered = None
    with Recorder() as recorder:
        optimizer = optim.SGD(
            [{"params": named}, {"params": net[1].named_parameters(), "weight_decay": 0.5}], lr=0.1, momentum=0.9
        )
        for _ in range(2):
            optimizer.zero_grad()
            net(torch.ones(4, 2)).sum().backward()
            optimizer.step()
    return tell(recorder)


class Page(HTMLParser):
    """What a page holds: its tags, ids, links, text, and whether every tag is closed."""

    EMPTY = ("meta", "br")

    def __init__(self, text):
        super().__init__()
        self.tags, self.ids, self.links, self.text, self.open = [], [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags.append((tag, given))
        self.ids += [given["id"]] if "id" in given else []
        self.links += [given["href"]] if "href" in given else []
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)

    def of(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


@pytest.fixture(scope="module")
def page(story):
    return Page(story_html(story))


# ---- text --------------------------------------------------------------------------------------------------


def test_the_text_answers_what_a_newcomer_asks(story):
    text = story.to_text()
    assert "weight_decay     0.5        given in this group" in text  # where an option came from
    assert "lr               0.1        from SGD(lr=0.1)" in text
    assert "made by linear_vjp_bias: dL/d(bias) = g" in text  # what a gradient is made of
    assert "state      momentum_buffer: none yet ->" in text  # what was kept
    assert "without it the change would be" in text  # what would have been without decay
    assert "these lines give the new value bit for bit" in text


def test_the_text_marks_what_a_line_changed(story):
    lines = story.to_text().split("\n")
    after = lines[next(i for i, line in enumerate(lines) if "g = g + weight_decay * p" in line) :]
    assert after[1].strip().startswith("reads g = ")
    assert after[2].strip().startswith("* g = ")
    assert " -> " in after[2]


def test_later_parameters_are_told_short_unless_all_is_wanted(story):
    short, full = story.to_text(), story.to_text(full=True)
    assert "the same lines, with" in short
    assert "the same lines, with" not in full
    assert full.count("return p - lr * g, v") > short.count("return p - lr * g, v")


def test_an_empty_recording_says_that_nothing_happened():
    with Recorder() as recorder:
        pass
    assert "No optimizer was built" in tell(recorder).to_text()
    assert "No optimizer was built" in tell(recorder).to_html()


def test_where_there_is_no_terminal_the_text_is_plain(story):
    file = io.StringIO()
    show(story, file=file)
    assert file.getvalue() == story.to_text()


# ---- the page ----------------------------------------------------------------------------------------------


def test_names_from_the_program_are_text_on_the_page(story, page):
    assert EVIL in "".join(page.text)
    assert page.of("script") == []
    assert EVIL not in story.to_html()


def test_the_page_needs_nothing_else(story, page):
    assert page.of("link") == page.of("img") == []
    assert all(link.startswith("#") for link in page.links)
    for outside in ("https:", "@import", "url(", "<link", "<img", "src="):
        assert outside not in story_html(story)


def test_every_tag_is_closed_and_every_link_arrives(page):
    assert page.open == []
    assert len(page.ids) == len(set(page.ids))
    assert {link[1:] for link in page.links} <= set(page.ids)
    assert len(page.links) > len(page.of("section"))


def test_the_page_has_landmarks_headings_and_table_headers(story, page):
    tags = [tag for tag, _ in page.tags]
    assert tags.count("main") == tags.count("nav") == tags.count("header") == tags.count("h1") == 1
    assert '<html lang="en">' in story.to_html()
    assert len(page.of("caption")) == len(page.of("table")) > 0
    assert {cell.get("scope") for cell in page.of("th")} == {"col", "row"}


def test_the_page_is_for_phones_and_for_the_dark(story, page):
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in story.to_html()
    assert "prefers-color-scheme: dark" in story.to_html()


def test_what_changed_is_said_in_words_too(page):
    marks = [attrs for attrs in page.of("span") if attrs.get("class") == "changed"]
    assert marks
    assert "".join(page.text).count(" changed") >= len(marks)


# ---- saving ------------------------------------------------------------------------------------------------


def test_text_and_page_are_saved(story, tmp_path):
    assert story.save_text(tmp_path / "t.txt").read_text(encoding="utf-8") == story.to_text()
    assert story.save_html(tmp_path / "t.html").read_text(encoding="utf-8") == story.to_html()


def test_saving_leaves_the_file_as_it_was_if_writing_fails(story, tmp_path, monkeypatch):
    (tmp_path / "t.html").write_text("before")

    def broken(self):
        raise RuntimeError("no page today")

    monkeypatch.setattr(type(story), "to_html", broken)
    with pytest.raises(RuntimeError, match="no page today"):
        story.save_html(tmp_path / "t.html")
    assert [path.name for path in tmp_path.iterdir()] == ["t.html"]
    assert (tmp_path / "t.html").read_text() == "before"
