"""What each parameter group did: all in one panel, or each in its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .history import History
from .lines import STEP_LABEL, draw_all, groups_of, label_of, positive
from .parameters import GUIDE
from .records import GroupHistory, Series
from .style import GREY, check_scale, given_or_new, ink, label_lines, log_axis, log_if_wide, look, new_axes, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def group_activity(history: History, axes: Sequence[Axes] | None = None) -> Sequence[Axes]:
    """Two panels by step: each group's learning rate, and how far its step moved its weights for their size.

    The second is norm of update over norm of weight, with a guide at 0.001. Returns the two axes.
    ValueError if no step was recorded, or for other than two axes.
    """
    groups = groups_of(history)
    axes = given_or_new(axes, 2, (7.5, 6.0), "group_activity")
    learning_rates(history, axes[0]).set_xlabel("")
    ratios = {label_of(group): group.ratio for group in groups}
    draw_all(axes[1], ratios, "norm of update / norm of weight", log=True, guides=[(GUIDE, "rule of thumb", GREY)])
    axes[1].set_xlabel(STEP_LABEL)
    return axes


def learning_rates(history: History, ax: Axes | None = None, *, yscale: str | None = None) -> Axes:
    """Each group's learning rate by step: what step() multiplied the group's updates by.

    yscale: "linear" or "log"; by default "log" if the rates span more than a factor of ten.
    ValueError if no step was recorded, or for an unknown scale.
    """
    groups = groups_of(history)
    check_scale("yscale", yscale)
    ax = new_axes(1, (7.5, 3.2)) if ax is None else ax
    plain(ax)
    if yscale is None:
        log_if_wide(ax, [lr for group in groups for lr in group.lr.values])
    elif yscale == "log":
        log_axis(ax)
    ends = []
    for group in groups:
        if group.lr.steps:
            # Groups often share one rate: the first is solid and shows in the gaps of the later ones on top of it.
            ax.plot(group.lr.steps, group.lr.values, linewidth=2.4, **look(group.number))
            ends.append((group.lr.values[-1], label_of(group), look(group.number)["color"]))
    ax.set_ylabel("learning rate")
    ax.set_xlabel(STEP_LABEL)
    label_lines(ax, ends)
    return ax


def group_by_group(history: History, axes: Any = None) -> Any:
    """A column for each group, and in it by step: learning rate, norm of gradient, of update, and of weight.

    Each row has one scale, so that the groups compare. Returns the axes: 4 rows, a column for each group.
    ValueError if no step was recorded, or for axes of another shape.
    """
    groups = groups_of(history)
    shape = (len(ROWS), len(groups))
    if axes is None:
        axes = new_axes(len(ROWS), (2.6 * len(groups) + 1.5, 7.0), len(groups)).reshape(shape)
    if getattr(axes, "shape", None) != shape:
        raise ValueError(f"group_by_group draws {shape[0]} rows of {shape[1]} panels: give an array of such axes")
    for row, (ylabel, series_of) in zip(axes, ROWS):
        drawn = [positive(series_of(group)) for group in groups]
        for ax, group, series in zip(row, groups, drawn):
            plain(ax)
            log_axis(ax)
            ax.plot(series.steps, series.values, linewidth=1.2, color=look(group.number)["color"])
        same_heights(row, [v for series in drawn for v in series.values if v == v])
        row[0].set_ylabel(ylabel)
    for ax, group in zip(axes[0], groups):
        ax.set_title(label_of(group), fontsize=9, loc="left", color=ink(look(group.number)["color"]))
    for ax in axes[-1]:
        ax.set_xlabel("step")
    return axes


def same_heights(row: Sequence[Axes], values: list[float]) -> None:
    """One scale for all panels of a row; numbers only beside the first."""
    low, high = (min(values), max(values)) if values else (1.0, 1.0)
    for ax in row:
        ax.set_ylim(low / 1.5, high * 1.5)
        ax.tick_params(which="both", labelleft=ax is row[0])


def together(group: GroupHistory, quantity: str) -> Series:
    """The norm of all the group's numbers laid end to end, of the parameters' norms."""
    squares: dict[int, float] = {}
    for p in group.parameters:
        series = getattr(p, quantity)
        for step, value in zip(series.steps, series.values):
            squares[step] = squares.get(step, 0.0) + value * value
    return Series(sorted(squares), [squares[step] ** 0.5 for step in sorted(squares)])


def rate(group: GroupHistory) -> Series:
    return group.lr


def gradient(group: GroupHistory) -> Series:
    return together(group, "gradient_norm")


def update(group: GroupHistory) -> Series:
    return together(group, "update_norm")


def weight(group: GroupHistory) -> Series:
    return together(group, "weight_norm")


ROWS = (
    ("learning rate", rate),
    ("norm of gradient", gradient),
    ("norm of update", update),
    ("norm of weight", weight),
)
