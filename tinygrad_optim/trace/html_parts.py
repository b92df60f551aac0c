"""The small parts a page is made of. Whatever comes from a program is escaped here, and only here."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

from .chapters import StoryLine
from .recording import Place
from .shown import shown
from .snapshot import ABSENT

CHANGED = '<span class="changed"><span aria-hidden="true">&#9679;</span> changed</span>'
FOLD = 160  # a value longer than this is folded


def text(value: Any) -> str:
    """Text, escaped."""
    return escape(str(value).encode("utf-8", "backslashreplace").decode(), quote=True)


def code(value: Any) -> str:
    """A name or a piece of source."""
    return f"<code>{text(value)}</code>"


def value(recorded: Any) -> str:
    """A recorded value."""
    said = shown(recorded)
    if len(said) > FOLD:
        return f"<details><summary><code>{text(said[:60])} ...</code></summary><code>{text(said)}</code></details>"
    return f'<code class="value">{text(said)}</code>'


def place(where: Place | None) -> str:
    """file:line, with the function it is in."""
    return "" if where is None else f'<span class="place" title="in {text(where.function)}">{text(where)}</span>'


def source(where: Place | None) -> str:
    """A line of the program, and where it stands."""
    if where is None:
        return ""
    caption = f"<figcaption>{place(where)}</figcaption>"
    return f'<figure class="source">{caption}<pre><code>{text(where.text)}</code></pre></figure>'


def table(caption: str, head: Iterable[str], rows: Iterable[Iterable[str]], kind: str = "") -> str:
    """A table of cells already escaped; the first of each row is its heading. It scrolls within itself."""
    heads = "".join(f'<th scope="col">{one}</th>' for one in head)
    body = "".join(row_of(list(row)) for row in rows)
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{text(caption)}"><table class="{kind}">'
        f"<caption>{text(caption)}</caption><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def row_of(cells: list[str]) -> str:
    return f'<tr><th scope="row">{cells[0]}</th>' + "".join(f"<td>{one}</td>" for one in cells[1:]) + "</tr>"


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """What is to be known of one thing: pairs of a label and what is said, already escaped."""
    return "<dl>" + "".join(f"<div><dt>{text(label)}</dt><dd>{said}</dd></div>" for label, said in pairs) + "</dl>"


def fold(summary: str, body: str, opened: bool = False, identity: str = "") -> str:
    """A part that opens and closes; its summary is already escaped."""
    name = f' id="{text(identity)}"' if identity else ""
    return f"<details{name}{' open' if opened else ''}><summary>{summary}</summary>{body}</details>"


def lines(told: list[StoryLine], caption: str) -> str:
    """Source lines as they ran: what each read, and what it made of what."""
    rows = []
    for line in told:
        reads = "<br>".join(f"{code(name)} = {value(one)}" for name, one in line.reads.items())
        made = "<br>".join(written(change) for change in line.writes) + (
            "<strong>raised here</strong>" if line.raised else ""
        )
        rows.append([place(line.place), f"<pre><code>{text(line.place.text)}</code></pre>", reads, made])
    return table(caption, ["line", "source", "what it read", "what it made"], rows, "lines")


def written(change: Any) -> str:
    """One name that a line wrote: before, after, and whether that is a change."""
    was = (
        ""
        if change.before is ABSENT
        else f'<span class="was">{value(change.before)}</span> <span aria-label="became">&rarr;</span> '
    )
    mark = f" {CHANGED}" if change.changed and change.name != "returned" else ""
    return f"{code(change.name)} = {was}{value(change.after)}{mark}"


STYLE = """
:root { color-scheme: light dark; --ink: #1c2230; --paper: #fdfcf9; --soft: #f2efe7; --line: #d9d3c4; --quiet: #5b6270;
  --accent: #0b5c8a; --changed: #8a3b00; --changed-ground: #fdeedd; --good: #1d6b35; --bad: #a4161a; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e6e3; --paper: #16181d; --soft: #20242c; --line: #3a404c;
  --quiet: #a4acba; --accent: #7cc4f0; --changed: #ffb86b; --changed-ground: #3a2a17; --good: #7fd99a;
  --bad: #ff8f8f; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 68rem; padding: 1.2rem 1rem 4rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0.4rem 0; }
h2 { font-size: 1.3rem; margin: 2.4rem 0 0.6rem; padding-top: 0.6rem; border-top: 2px solid var(--line); }
h3 { font-size: 1.08rem; margin: 1.6rem 0 0.4rem; }
a { color: var(--accent); }
a:focus-visible, summary:focus-visible, .scroll:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
code, pre { font: 0.86rem/1.5 ui-monospace, "Cascadia Mono", Menlo, Consolas, monospace; }
pre { margin: 0; white-space: pre-wrap; }
nav { background: var(--soft); border-radius: 0.5rem; padding: 0.7rem 1rem; }
nav h2 { border: 0; margin: 0; padding: 0; font-size: 1rem; }
nav ol, nav ul { margin: 0.2rem 0; padding-left: 1.3rem; }
.quiet, .place, caption, dt { color: var(--quiet); }
.place { font: 0.84rem ui-monospace, monospace; white-space: nowrap; }
.source { margin: 0.5rem 0; padding: 0.5rem 0.8rem; background: var(--soft); border-left: 4px solid var(--accent);
  border-radius: 0.3rem; }
.scroll { overflow-x: auto; margin: 0.6rem 0 1rem; }
table { border-collapse: collapse; width: 100%; font-size: 0.93rem; overflow-wrap: normal; }
caption { text-align: left; padding-bottom: 0.3rem; position: sticky; left: 0; max-width: min(66rem, 88vw); }
th, td { text-align: left; vertical-align: top; padding: 0.32rem 0.6rem 0.32rem 0; border-top: 1px solid var(--line); }
thead th { border-top: 0; font-weight: 600; }
tbody th { font-weight: 500; }
.lines td { min-width: 12rem; }
.lines td:nth-child(2) { min-width: 15rem; }
.groups td, .plain td { min-width: 8.5rem; }
details { margin: 0.35rem 0; }
main > section details { border: 1px solid var(--line); border-radius: 0.4rem; padding: 0.15rem 0.7rem; }
td details { border: 0; padding: 0; margin: 0; display: inline-block; vertical-align: top; }
summary { cursor: pointer; padding: 0.25rem 0; }
summary .place { float: right; }
dl { margin: 0.4rem 0; }
dl > div { display: grid; grid-template-columns: 7.5rem 1fr; gap: 0.6rem; padding: 0.18rem 0; }
dd { margin: 0; }
.origin { display: block; font-size: 0.84rem; color: var(--quiet); }
.chosen { font-weight: 650; }
.chosen .origin { color: var(--changed); }
.was { color: var(--quiet); }
.changed { color: var(--changed); background: var(--changed-ground); border-radius: 0.3rem; padding: 0 0.35rem;
  font-size: 0.8rem; white-space: nowrap; }
.holds { color: var(--good); font-weight: 600; }
.fails { color: var(--bad); font-weight: 600; }
.note { border-left: 4px solid var(--changed); padding-left: 0.8rem; }
@media (max-width: 36rem) { dl > div { grid-template-columns: 1fr; gap: 0; }
  summary .place { float: none; display: block; }
  .lines, .lines caption, .lines tbody, .lines tr, .lines th, .lines td { display: block; }
  .lines thead { display: none; }
  .lines tr { border-top: 1px solid var(--line); padding: 0.3rem 0; }
  .lines th, .lines td, .lines td:nth-child(2) { border: 0; padding: 0.08rem 0; min-width: 0; overflow-wrap: anywhere; }
  .lines td:empty { display: none; }
  .lines td:nth-child(3)::before { content: "read: "; color: var(--quiet); }
  .lines td:nth-child(4)::before { content: "made: "; color: var(--quiet); } }
@media print { details > * { display: block; } }
"""
