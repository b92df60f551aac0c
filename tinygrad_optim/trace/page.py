"""The page: one file that needs nothing else. With JavaScript it moves through time; without, it tells the story.

The style and the scripts stand in files of their own beside this one, and are put into the page as they are.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .html import story_html, title
from .html_parts import STYLE, text
from .page_data import PageData

HERE = Path(__file__).parent
SPEEDS = (("slow", 1600), ("normal", 800), ("fast", 250), ("fastest", 60))  # milliseconds a moment
KEYS = (
    (("&rarr;", "&larr;"), "one moment on, or back"),
    (("&darr;", "&uarr;", "n", "p"), "next chapter, or the one before: step, forward, backward, update"),
    (("Page Down", "Page Up"), "next op, node or parameter, or the one before"),
    (("Space",), "play, or pause"),
    (("/",), "search names, source and values; Enter for the next found, Shift+Enter for the one before"),
    (("Home", "End"), "the first moment, the last"),
    (("?",), "this help; Esc closes it"),
)


def as_html(story: Any) -> str:
    """The whole page."""
    name = text(title(story))
    told = story_html(story)
    head = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{name}</title>"
    )
    data = PageData(story).as_dict()
    if not data["scenes"]:
        return f"{head}<style>{STYLE}</style></head><body>{told}</body></html>\n"
    return (
        f"{head}<style>{read('page.css')}</style><noscript><style>{STYLE}</style></noscript></head><body>"
        f'<div id="app" hidden>{frame(story, name)}</div><noscript>{told}</noscript>'
        f'<script type="application/json" id="story">{as_json(data)}</script>'
        f"<script>{read('page.js')}{read('page_views.js')}</script></body></html>\n"
    )


def read(name: str) -> str:
    """A file that goes into the page."""
    return (HERE / name).read_text(encoding="utf-8")


def as_json(data: dict[str, Any]) -> str:
    """The data in a form that can stand in a script element: no tag can begin or end in it."""
    found = json.dumps(data, separators=(",", ":"), allow_nan=False)
    return found.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def frame(story: Any, name: str) -> str:
    """What stands on the page at any moment."""
    return (
        f'<a class="skip" href="#main">To the moment</a><header class="top"><div class="title"><h1>{name}</h1>'
        '<button id="copy" title="copy a link to this moment">Copy link</button><button id="theme">Dark</button>'
        f'<button id="keys" aria-label="Help: keys">?</button></div>{controls()}</header>{notes(story)}'
        f'<div id="columns">{OUTLINE}<main id="main" tabindex="-1">{MOMENT}{SOURCE}{GROUPS}</main>'
        f'<aside id="facts" aria-label="Graph and parameter">{GRAPH}{PARAMETER}</aside></div>{help_box()}'
    )


def notes(story: Any) -> str:
    """What is to be known of the recording as a whole."""
    said = [text(note) for note in story.notes]
    if story.ended_by:
        said.append(f"It ended with an exception: <code>{text(story.ended_by)}</code>")
    return "".join(f'<p class="note" role="note">{one}</p>' for one in said)


def controls() -> str:
    """Slider, play and the rest."""
    speeds = "".join(
        f'<option value="{wait}"{" selected" if label == "normal" else ""}>{label}</option>' for label, wait in SPEEDS
    )
    return (
        '<div class="controls" role="toolbar" aria-label="Moving through time">'
        '<button id="before" aria-label="Chapter before">&laquo;</button>'
        '<button id="back" aria-label="Moment before">&lsaquo;</button>'
        '<button id="play" aria-pressed="false">Play</button>'
        '<button id="forward" aria-label="Next moment">&rsaquo;</button>'
        '<button id="after" aria-label="Next chapter">&raquo;</button>'
        '<input id="slider" type="range" min="1" value="1" aria-label="Moment">'
        '<a id="here" href="#m1">moment 1</a>'
        f'<select id="speed" aria-label="Speed of playing">{speeds}</select></div>'
    )


def help_box() -> str:
    rows = "".join(
        f'<tr><th scope="row">{" ".join(f"<kbd>{key}</kbd>" for key in keys)}</th><td>{said}</td></tr>'
        for keys, said in KEYS
    )
    return (
        '<dialog id="help" aria-labelledby="helptitle"><h2 id="helptitle">Keys</h2>'
        f"<table><tbody>{rows}</tbody></table><p>A line number that is underlined leads to the next moment at which "
        "that line runs. Long arrays show their first elements, the last, and the norm (the root of the sum of "
        'squares); of very long ones a sample was recorded.</p><form method="dialog"><button>Close</button></form>'
        "</dialog>"
    )


OUTLINE = (
    '<nav id="outline" class="card" aria-label="Outline and search"><input id="search" type="search" '
    'placeholder="Search  ( / )" aria-label="Search names, source and values">'
    '<p id="count" class="quiet" role="status"></p><ul id="found" hidden></ul>'
    '<details id="fold" open><summary><h2>Outline</h2></summary><ul id="tree"></ul></details></nav>'
)
MOMENT = (
    '<section class="card" aria-label="This moment"><p id="wrong" class="note" role="status" hidden></p>'
    '<p id="where"></p><p id="now" aria-live="polite" role="status"></p>'
    '<p id="raised" hidden>An exception was raised here.</p><div id="values"></div></section>'
)
SOURCE = (
    '<section class="card" aria-labelledby="file"><h2><span id="file"></span> <span id="function" class="quiet"></span>'
    '</h2><p id="nosource" class="quiet" hidden>No line of source belongs to this moment.</p>'
    '<div id="pane" role="region" tabindex="0" aria-labelledby="file"><ol id="code"></ol></div></section>'
)
GRAPH = (
    '<section id="graph" class="card" aria-labelledby="graphtitle"><h2 id="graphtitle">Graph of this step</h2>'
    '<p class="key"><span class="is-leaf">parameter</span><span class="is-made">result is there</span>'
    '<span class="is-arrived">gradient has arrived</span></p>'
    '<p id="progress" class="quiet"></p><div class="view" role="region" tabindex="0" aria-labelledby="graphtitle">'
    '<svg id="boxes" role="img" aria-labelledby="graphtitle progress"></svg></div></section>'
)
PARAMETER = (
    '<section id="about-parameter" class="card" aria-labelledby="parametertitle"><h2 id="parametertitle">One parameter '
    '<select id="parameter" aria-label="Which parameter"></select> <label class="follow">'
    '<input id="follow" type="checkbox" aria-label="Follow the moment" checked> follow the moment</label></h2>'
    '<div id="parameterbody"></div></section>'
)
GROUPS = (
    '<section id="groups" class="card" aria-labelledby="groupstitle"><h2 id="groupstitle">Groups at this moment</h2>'
    '<div id="grouptable"></div></section>'
)
