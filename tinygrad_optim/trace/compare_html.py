"""Two runs side by side, as one page that needs nothing else."""

from __future__ import annotations

from typing import Any

from .compare import ComparedUpdate, Made, Row
from .compare_text import head, outcome, value
from .html_parts import text

STYLE = """
:root { color-scheme: light dark; --line: #8884; --same: #2a9d4a; --part: #c2410c; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 80rem; margin: 2rem auto; padding: 0 1rem; }
code { font: 13px/1.5 ui-monospace, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; table-layout: fixed; margin: .5rem 0 1.5rem; }
caption { text-align: left; font-weight: 600; padding: .3rem 0; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border-top: 1px solid var(--line); }
th:nth-child(2), td:nth-child(2) { width: 14rem; }
.both td:nth-child(2) { border-inline: 3px solid var(--same); }
.place { opacity: .7; display: block; }
.alone { opacity: .75; }
.quiet { opacity: .75; }
.parted { color: var(--part); font-weight: 600; }
"""


def as_html(comparison: Any) -> str:
    """The whole page."""
    title = f"{comparison.script}: tinygrad_optim and PyTorch, line by line"
    notes = "".join(f"<p>Note: {text(note)}</p>" for note in comparison.notes)
    parts, told, step = [], [], 0
    for update in comparison.updates:
        if update.step != step:
            step = update.step
            parts.append(f"<h2>Step {step}</h2>")
        if update.lines() in told:
            parts.append(f"<p><code>{text(head(update))}</code>: the same lines; {outcome_html(update)}</p>")
        else:
            told.append(update.lines())
            parts.append(table(update))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{text(title)}</title><style>{STYLE}</style></head><body>"
        f"<h1>{text(title)}</h1><p>{text(comparison.verdict.capitalize())}.</p>{notes}"
        f'<p class="quiet">{text(LEGEND)}</p><main>{"".join(parts)}</main></body></html>\n'
    )


LEGEND = (
    "Lines of the two sources stand in one row because both made the number between them, up to rounding. "
    "A line alone made a number that the other side has at no line of its own."
)


def outcome_html(update: ComparedUpdate) -> str:
    said = text(outcome(update))
    return said if update.same else f'<span class="parted">{said}</span>'


def table(update: ComparedUpdate) -> str:
    """One update: a row for each number, the lines that made it on either side."""
    rows = "".join(row_html(row) for row in update.rows)
    return (
        f"<table><caption><code>{text(head(update))}</code>: {outcome_html(update)}</caption><thead><tr>"
        '<th scope="col">tinygrad_optim</th><th scope="col">the number both made</th><th scope="col">PyTorch</th>'
        f"</tr></thead><tbody>{rows}</tbody></table>"
    )


def row_html(row: Row) -> str:
    both = row.ours is not None and row.theirs is not None
    shown = value(row.ours or row.theirs)
    middle = f"<code>{text(shown)}</code>" if both else f'<span class="alone">alone: <code>{text(shown)}</code></span>'
    kind = ' class="both"' if both else ""
    return f"<tr{kind}><td>{cell(row.ours)}</td><td>{middle}</td><td>{cell(row.theirs)}</td></tr>"


def cell(made: Made | None) -> str:
    if made is None:
        return ""
    if made.place is None:
        return f'<span class="quiet">{text(made.text)}</span>'
    return f'<code><span class="place">{text(made.place)}</span>{text(made.text)}</code>'
