"""The figures of one training run: its losses, and what each parameter group did."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .history import GroupHistory, History, Series
from .style import GREY, label_lines, log_axis, log_if_wide, look, new_axes, plain, running_mean

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MANY = 100  # from this many values on, a line shows the running mean, with the values behind it
GUIDE = 1e-3  # the ratio of update to weight that often goes with healthy training (Karpathy, CS231n notes)
STEP_LABEL = "step (number of updates)"


def loss_curves(
    history: History, ax: Axes | None = None, *, names: Iterable[str] | None = None, ylabel: str = "loss"
) -> Axes:
    """What was logged, by step: one line a name, each labelled at its end. Returns the axes drawn on.

    names: which of history.logged to draw (default: all). ylabel: the quantity with its unit, if it has one.
    ValueError if nothing was logged, KeyError for a name that was not.
    """
    chosen = list(history.logged if names is None else names)
    if not chosen:
        raise ValueError("there is nothing to draw: nothing was logged. Call history.log('train loss', loss) as you go")
    for name in chosen:
        if name not in history.logged:
            raise KeyError(f"{name!r} was not logged, only {list(history.logged)}")
    ax = new_axes(1, (6.5, 3.6)) if ax is None else ax
    plain(ax)
    log_if_wide(ax, [v for name in chosen for v in history.logged[name].values])
    ends = [draw(ax, history.logged[name], number, name) for number, name in enumerate(chosen)]
    ax.set_xlabel(STEP_LABEL)
    ax.set_ylabel(ylabel)
    label_lines(ax, [end for end in ends if end is not None])
    return ax


def group_activity(history: History, axes: Sequence[Axes] | None = None) -> Sequence[Axes]:
    """Two panels by step: each group's learning rate, and how far its step moved its weights for their size.

    The second is norm of update over norm of weight, with a guide at 0.001. Returns the two axes.
    ValueError if no step was recorded, or for other than two axes.
    """
    if not history.groups:
        raise ValueError("there is nothing to draw: the history has no step. Make it before the training loop")
    axes = new_axes(2, (7.5, 6.0)) if axes is None else axes
    if len(axes) != 2:
        raise ValueError(f"group_activity draws two panels, one above the other: give two axes, not {len(axes)}")
    draw_learning_rates(history.groups, axes[0])
    draw_ratios(history.groups, axes[1])
    axes[1].set_xlabel(STEP_LABEL)
    return axes


def draw_learning_rates(groups: list[GroupHistory], ax: Axes) -> None:
    """Each group's learning rate: what step() multiplied the group's updates by."""
    plain(ax)
    log_if_wide(ax, [lr for group in groups for lr in group.lr.values])
    ends = []
    for group in groups:
        if group.lr.steps:
            # Groups often share one rate: the first is solid and shows in the gaps of the later ones on top of it.
            ax.plot(group.lr.steps, group.lr.values, linewidth=2.4, **look(group.number))
            ends.append((group.lr.values[-1], label_of(group), look(group.number)["color"]))
    ax.set_ylabel("learning rate")
    label_lines(ax, ends)


def draw_ratios(groups: list[GroupHistory], ax: Axes) -> None:
    """Each group's norm of update over norm of weight, on a logarithmic axis."""
    plain(ax)
    log_axis(ax)
    ends = [draw(ax, positive(group.ratio), group.number, label_of(group)) for group in groups]
    ax.axhline(GUIDE, color=GREY, linewidth=0.8, zorder=1)
    ends.append((GUIDE, "rule of thumb", GREY))
    ax.set_ylabel("norm of update / norm of weight")
    label_lines(ax, [end for end in ends if end is not None])


def draw(ax: Axes, series: Series, number: int, label: str) -> tuple[float, str, str] | None:
    """One line; of many values, their running mean over the values themselves. Where it ends, label and colour."""
    shown: Any = series.values
    if len(series.values) >= MANY:
        ax.plot(series.steps, series.values, color=look(number)["color"], linewidth=0.6, alpha=0.3)
        width = len(series.values) // 80 * 2 + 1
        shown = running_mean(series.values, width)
        ax.set_title(f"thick: running mean of {width} steps", loc="right", fontsize=8, color=GREY)
    marker = "o" if len(series.values) <= 30 else None
    ax.plot(series.steps, shown, linewidth=1.8, marker=marker, markersize=3.5, **look(number))
    ends = [value for value in shown if np.isfinite(value)]
    return (float(ends[-1]), label, look(number)["color"]) if ends else None


def positive(series: Series) -> Series:
    """The values that a logarithmic axis can show; nan in the place of the others leaves a gap."""
    return Series(series.steps, [v if 0 < v < float("inf") else float("nan") for v in series.values])


def label_of(group: GroupHistory, most: int = 3) -> str:
    """The group's number, and its parameters' names, one a line, the rest counted."""
    names = [p.name for p in group.parameters]
    if len(names) > most:
        names = [*names[: most - 1], f"and {len(names) - most + 1} more"]
    return "\n".join([f"group {group.number}", *(f"  {name}" for name in names)])
