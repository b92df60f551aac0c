"""How things show themselves in a notebook: as HTML that keeps to itself and takes the page's colours."""

from __future__ import annotations

import base64
import io
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .optim import Optimizer
    from .plot import History, Series

CHOSEN, QUIET = "font-weight: 600", "opacity: .7"


def framed(page: str, title: str) -> str:
    """A whole page inside another: in a frame, so that neither's style and scripts reach the other's."""
    held = escape(page).encode("ascii", "xmlcharrefreplace").decode("ascii")  # whatever the outer page's encoding
    return (
        f'<iframe title="{escape(title)}" srcdoc="{held}" sandbox="allow-scripts" '
        'style="width: 100%; height: 40em; border: 1px solid #8888; resize: vertical"></iframe>'
    )


def table(caption: str, head: list[str], rows: list[list[str]]) -> str:
    """A table whose cells are HTML already; the first of each row names it."""
    heads = "".join(f'<th scope="col" style="text-align: left">{cell}</th>' for cell in head)
    body = "".join(
        f'<tr><th scope="row" style="text-align: left">{row[0]}</th>'
        + "".join(f'<td style="text-align: left">{cell}</td>' for cell in row[1:])
        + "</tr>"
        for row in rows
    )
    return (
        f'<table><caption style="text-align: left; {CHOSEN}">{escape(caption)}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
    )


def optimizer_html(optimizer: Optimizer) -> str:
    """The groups: a column each, with its parameters, and a row an option, with where its value came from."""
    from .plot.history import name_of

    groups = optimizer.param_groups
    rows = [["parameters"]]
    for group in groups:
        named = [(name_of(group, i), shape_of(p.shape)) for i, p in enumerate(group["params"])]
        rows[0].append("<br>".join(f"<code>{escape(name)}</code> {shape}" for name, shape in named))
    for option in dict.fromkeys(key for group in groups for key in group if key not in ("params", "param_names")):
        rows.append([f"<code>{escape(option)}</code>", *(option_cell(group, option) for group in groups)])
    head = ["", *(f"group {number}" for number in range(len(groups)))]
    return table(f"{type(optimizer).__name__}: its parameter groups", head, rows)


def shape_of(shape: tuple[int, ...]) -> str:
    return "&times;".join(map(str, shape)) or "one number"


def option_cell(group: Any, option: str) -> str:
    """An option's value and origin; what is not the default stands out."""
    if option not in group:
        return "&ndash;"
    value, origin = group[option], getattr(group, "origin", {}).get(option, "unknown")
    shown = f"{value:g}" if isinstance(value, float) else repr(value)
    style = QUIET if origin == "default" else CHOSEN
    return f'{escape(shown)} <span style="{style}">{escape(origin)}</span>'


def history_html(history: History) -> str:
    """What was logged and what the groups did, in figures (with matplotlib, if it is installed) and in a table."""
    rows = [[f"<code>{escape(name)}</code>", *ends(series)] for name, series in history.logged.items()]
    for group in history.groups:
        names = escape(", ".join(p.name for p in group.parameters))
        rows.append([f"lr of group {group.number} ({names})", *ends(group.lr)])
        rows.append([f"norm of update / norm of weight of group {group.number}", *ends(group.ratio)])
    told = table(f"History of {history.step} steps", ["", "first", "last", "values"], rows)
    return figures(history) + told


def ends(series: Series) -> list[str]:
    """A series' first value, its last, and how many there are."""
    values = series.values
    return [f"{values[0]:.4g}", f"{values[-1]:.4g}", str(len(values))] if values else ["&ndash;", "&ndash;", "0"]


def figures(history: History) -> str:
    """The history's figures as pictures; nothing where there is nothing to draw, or nothing to draw it with."""
    from .plot import group_activity, loss_curves
    from .plot.style import new_figure  # one that no notebook shows by itself

    told = ""
    try:
        if history.logged:
            figure, axes = new_figure(1, (6.5, 3.6))
            loss_curves(history, axes[0])
            told += picture(figure, "What was logged, by step")
        if history.groups:
            figure, axes = new_figure(2, (7.5, 6.0))
            group_activity(history, axes)
            told += picture(figure, "Each group's learning rate, and its update for its weight, by step")
    except ImportError:
        return ""
    return told


def picture(figure: Any, words: str) -> str:
    """A figure as an image that needs no file."""
    file = io.BytesIO()
    figure.savefig(file, format="svg")
    data = base64.b64encode(file.getvalue()).decode("ascii")
    return f'<img alt="{escape(words)}; the table tells the ends" src="data:image/svg+xml;base64,{data}"><br>'
