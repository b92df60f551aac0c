"""Loss curves, of one run or of several."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from .history import History
from .lines import STEP_LABEL, draw
from .records import Series
from .style import check_scale, label_lines, log_axis, log_if_wide, new_axes, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def loss_curves(
    history: History | Mapping[str, History],
    ax: Axes | None = None,
    *,
    names: Iterable[str] | None = None,
    ylabel: str = "loss",
    smooth: int | None = None,
    xscale: str = "linear",
    yscale: str | None = None,
) -> Axes:
    """What was logged, by step: one line a name, each labelled at its end. Returns the axes drawn on.

    history: one run, or several by name. names: which of history.logged to draw (default: all).
    ylabel: the quantity with its unit, if it has one. smooth: how many values the thick line is a running mean of
    (1: none; default: a fortieth of them, if there are 100 or more).
    xscale, yscale: "linear" or "log"; yscale's default is "log" if the values span more than a factor of ten.
    ValueError if nothing was logged or for an unknown scale, KeyError for a name that was not logged.
    """
    lines = chosen_series({"": history} if isinstance(history, History) else history, names)
    check_looks(smooth, xscale, yscale)
    ax = new_axes(1, (6.5, 3.6)) if ax is None else ax
    plain(ax)
    if yscale is None:
        log_if_wide(ax, [v for series in lines.values() for v in series.values])
    elif yscale == "log":
        log_axis(ax)
    ends = [draw(ax, series, number, name, smooth) for number, (name, series) in enumerate(lines.items())]
    ax.set_xscale(xscale)
    ax.set_xlabel(STEP_LABEL)
    ax.set_ylabel(ylabel)
    label_lines(ax, [end for end in ends if end is not None])
    return ax


def check_looks(smooth: int | None, xscale: str, yscale: str | None) -> None:
    """ValueError for what cannot be drawn so."""
    if smooth is not None and (not isinstance(smooth, int) or smooth < 1):
        raise ValueError(f"smooth is how many values the running mean is over, from 1 (none) on, not {smooth!r}")
    check_scale("yscale", yscale)
    check_scale("xscale", xscale if xscale is not None else "None")


def chosen_series(runs: Mapping[str, History], names: Iterable[str] | None) -> dict[str, Series]:
    """The series to draw, by label: the name logged, the run's name, or both where both are needed."""
    found: dict[tuple[str, str], Series] = {}
    wanted = None if names is None else list(names)
    for run, history in runs.items():
        for name in history.logged if wanted is None else wanted:
            if name not in history.logged:
                where = f" in {run!r}" if run else ""
                raise KeyError(f"{name!r} was not logged{where}, only {list(history.logged)}")
            found[run, name] = history.logged[name]
    if not found:
        raise ValueError("there is nothing to draw: nothing was logged. Call history.log('train loss', loss) as you go")
    one_name = len({name for _, name in found}) == 1
    return {name if not run else run if one_name else f"{run}: {name}": series for (run, name), series in found.items()}
