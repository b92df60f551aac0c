"""What the figures by step have in common: how one series is drawn, and what its line is called."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from .history import History
from .records import GroupHistory, ParameterHistory, Series
from .style import GREY, label_lines, log_axis, look, plain, running_mean

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MANY = 100  # from this many values on, a line shows the running mean, with the values behind it
FEW = 30  # up to this many, each value is marked
MOST_LABELS = 8  # of more lines only the outermost are labelled, and the others are grey
STEP_LABEL = "step (number of updates)"
Label = tuple[float, str, str]  # the height of a line's end, what to write there, in which colour


def draw(ax: Axes, series: Series, number: int, label: str, smooth: int | None = None) -> Label | None:
    """One line; of many values, their running mean over the values themselves. Where it ends, label and colour.

    smooth: how many values the mean is over (1: none); by default a fortieth of them, from MANY on.
    """
    count = len(series.values)
    width = (count // 80 * 2 + 1 if count >= MANY else 1) if smooth is None else smooth
    shown: Any = series.values
    if width > 1:
        ax.plot(series.steps, series.values, color=look(number)["color"], linewidth=0.6, alpha=0.3)
        shown = running_mean(series.values, width)
        ax.set_title(f"thick: running mean of {width} values", loc="right", fontsize=8, color=GREY)
    marker = "o" if count <= FEW else None
    ax.plot(series.steps, shown, linewidth=1.8, marker=marker, markersize=3.5, **look(number))
    ends = [value for value in shown if np.isfinite(value)]
    return (float(ends[-1]), label, look(number)["color"]) if ends else None


def draw_all(ax: Axes, named: dict[str, Series], ylabel: str, *, log: bool, guides: Iterable[Label] = ()) -> None:
    """A panel: one line a name, each labelled at its end. Of more than MOST_LABELS, three at either edge."""
    plain(ax)
    if log:
        log_axis(ax)
    lines = {name: positive(series) if log else series for name, series in named.items()}
    drawn = outermost(lines)
    for name in [name for name in lines if name not in drawn]:
        ax.plot(lines[name].steps, lines[name].values, color=GREY, linewidth=0.6, alpha=0.5)
    ends = [draw(ax, lines[name], number, name) for number, name in enumerate(drawn)]
    if len(drawn) < len(lines):
        ax.set_title(f"grey: the {len(lines) - len(drawn)} between", loc="left", fontsize=8, color=GREY)
    guides = list(guides)
    for height, _, colour in guides:
        ax.axhline(height, color=colour, linewidth=0.8, zorder=1)
    ax.set_ylabel(ylabel)
    label_lines(ax, [*(end for end in ends if end is not None), *guides])


def outermost(lines: dict[str, Series]) -> list[str]:
    """The names to label: all, if they are not too many; else those that end highest and lowest."""
    if len(lines) <= MOST_LABELS:
        return list(lines)
    ends = {name: [v for v in series.values if math.isfinite(v)][-1:] for name, series in lines.items()}
    ranked = sorted((name for name, end in ends.items() if end), key=lambda name: ends[name][0])
    return [name for name in lines if name in (*ranked[:3], *ranked[-3:])]


def positive(series: Series) -> Series:
    """The values that a logarithmic axis can show; nan in the place of the others leaves a gap."""
    return Series(series.steps, [v if 0 < v < float("inf") else float("nan") for v in series.values])


def label_of(group: GroupHistory, most: int = 3) -> str:
    """The group's number, and its parameters' names, one a line, the rest counted."""
    names = [p.name for p in group.parameters]
    if len(names) > most:
        names = [*names[: most - 1], f"and {len(names) - most + 1} more"]
    return "\n".join([f"group {group.number}", *(f"  {name}" for name in names)])


def groups_of(history: History) -> list[GroupHistory]:
    """The history's groups. ValueError if no step was recorded."""
    if not history.groups:
        raise ValueError("there is nothing to draw: the history has no step. Make it before the training loop")
    return history.groups


def parameters_of(history: History, names: Iterable[str] | None) -> dict[str, ParameterHistory]:
    """The parameters of these names (default: all); where two groups use one name, with the group's number.

    ValueError if no step was recorded, KeyError for a name that is not there.
    """
    groups = groups_of(history)
    if names is not None:
        return {name: history.parameter(name) for name in names}
    every = [(group.number, p) for group in groups for p in group.parameters]
    known = [p.name for _, p in every]
    return {p.name if known.count(p.name) == 1 else f"group {number}: {p.name}": p for number, p in every}
