"""Optimizers on a surface: the run of one, the search for its lr, and their paths on the map."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ..creation import tensor
from ..dtypes import float64
from ..optim import Optimizer
from .history import History
from .lines import STEP_LABEL, draw
from .records import Series
from .style import GREY, PAPER, ink, label_lines, log_axis, look, new_axes, plain
from .surfaces import Surface

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Maker = Callable[..., Optimizer]  # an optimizer's class, or a function: (parameters, lr=...) -> Optimizer
LRS = tuple(round(digit * 10.0**power, 6) for power in range(-4, 1) for digit in (1, 2, 5))  # 0.0001 to 5


def descend(surface: Surface, make: Callable[[Any], Optimizer], steps: int) -> History:
    """One run from the surface's start: a History of the life of `x` and of `y`, and of the `value` logged.

    make: from [("x", x), ("y", y)] the optimizer. In double precision; stops early where the value is not finite.
    """
    x, y = (tensor(place, dtype=float64, requires_grad=True) for place in surface.start)
    optimizer = make([("x", x), ("y", y)])

    def value_and_gradient() -> Any:
        optimizer.zero_grad()
        value = surface(x, y)
        value.backward()
        return value

    with History(optimizer, watch=[("x", ()), ("y", ())]) as history:
        history.log("value", surface(*surface.start))
        for _ in range(steps):
            optimizer.step(value_and_gradient)
            history.log("value", surface(x.item(), y.item()))
            if not math.isfinite(history.logged["value"].values[-1]):
                break
    return history


@dataclass(frozen=True)
class Tuning:
    """What each lr of a grid led to: the run with lrs[i] ended at finals[i], and was at its highest at peaks[i]."""

    lrs: tuple[float, ...]
    finals: tuple[float, ...]  # inf or nan if it diverged
    peaks: tuple[float, ...]
    start: float  # the value where all began

    @property
    def calm(self) -> tuple[bool, ...]:
        """Of each lr, whether its run was never higher than where it began."""
        return tuple(peak <= self.start for peak in self.peaks)

    @property
    def best(self) -> float:
        """The lr with the lowest final value among the calm ones; of equal ones the smallest.

        Without the condition a run that was thrown far off, and fell near the minimum by luck, would win.
        ValueError if no run was calm.
        """
        calm = [(final, lr) for lr, final, calm in zip(self.lrs, self.finals, self.calm) if calm]
        if not calm:
            raise ValueError(
                f"with every lr from {min(self.lrs)} to {max(self.lrs)} the value rose above the start's, "
                f"{self.start:g}: try smaller ones"
            )
        return min(calm)[1]


def tune(surface: Surface, make: Maker, steps: int, lrs: Sequence[float] = LRS) -> Tuning:
    """Run from the start with each lr. make(parameters, lr=lr) makes the optimizer."""
    runs = [descend(surface, partial(make, lr=lr), steps).logged["value"].values for lr in lrs]
    peaks = [max(map(finite_or_inf, values)) for values in runs]
    return Tuning(tuple(lrs), tuple(values[-1] for values in runs), tuple(peaks), runs[0][0])


def finite_or_inf(value: float) -> float:
    """The value; inf for nan, which is larger than nothing."""
    return value if math.isfinite(value) else math.inf


# ---- figures ---------------------------------------------------------------------------------------------


def trajectories(surface: Surface, runs: Mapping[str, History], ax: Axes | None = None, *, every: int = 10) -> Axes:
    """The surface as a map, with the path of each run on it, to a large dot at its end.

    A small dot each `every` steps; a square at the start, a star at each minimum, a cross at each saddle.
    runs: histories that watched `x` and `y`, as descend() makes them. Returns the axes.
    ValueError if there are none, KeyError for one that did not watch both.
    """
    if not runs:
        raise ValueError("there is nothing to draw: give at least one run, such as {'SGD': descend(...)}")
    paths = {name: (run.weight("x").value.values, run.weight("y").value.values) for name, run in runs.items()}
    ax = new_axes(1, (6.5, 4.6)) if ax is None else ax
    draw_map(ax, surface)
    for x, y in paths.values():
        ax.plot(x, y, color=PAPER, linewidth=4.6, alpha=0.8)  # so that all stand out from the map
    for number, (name, (x, y)) in enumerate(paths.items()):
        width = max(1.6, 3.2 - 0.6 * number)  # the first are wider: they show where later ones lie on them
        ax.plot(x, y, linewidth=width, marker="o", markersize=width + 2, markevery=every, label=name, **look(number))
        ax.plot(x[-1], y[-1], "o", markersize=8, color=look(number)["color"], markeredgecolor=PAPER, zorder=4)
    ax.plot(*surface.start, "s", color="black", markersize=6, zorder=5)
    box = {"boxstyle": "round,pad=0.15", "facecolor": PAPER, "edgecolor": "none", "alpha": 0.8}
    ax.annotate("start", surface.start, (0, 9), textcoords="offset points", fontsize=9, ha="center", bbox=box, zorder=5)
    ax.legend(fontsize=8, loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, labelcolor="black")
    return ax


def draw_map(ax: Axes, surface: Surface, points: int = 161) -> None:
    """Lines of equal height, closer together toward the minima: steps of equal ratio, in shades of grey."""
    x, y = np.meshgrid(np.linspace(*surface.x_range, points), np.linspace(*surface.y_range, points))
    height = surface(x, y) - surface.lowest
    low, high = max(float(height.min()), float(height.max()) * 1e-5), float(height.max())
    levels = np.geomspace(low, high, 16)
    ax.contourf(x, y, np.maximum(height, low), levels=levels, cmap="Greys", norm="log", alpha=0.25)
    ax.contour(x, y, np.maximum(height, low), levels=levels, colors=GREY, linewidths=0.4, alpha=0.6)
    for number, minimum in enumerate(surface.minima):
        label = ("minimum" if len(surface.minima) == 1 else "minima") if not number else None
        ax.plot(*minimum, "*", color="black", markersize=12, markeredgecolor=PAPER, label=label, zorder=5)
    for number, point in enumerate(surface.saddles):
        ax.plot(*point, "x", color="black", markersize=8, label=None if number else "saddle point", zorder=5)
    ax.set(xlim=surface.x_range, ylim=surface.y_range, xlabel="x", ylabel="y")
    formula = surface.formula.replace("^2", "²").replace("^3", "³").replace("^4", "⁴")
    ax.set_title(f"{surface.name}: {formula}", fontsize=9, loc="left")


def height_curves(surface: Surface, runs: Mapping[str, History], ax: Axes | None = None) -> Axes:
    """How far above the surface's minimum each run was, by step, on a logarithmic axis. Returns the axes.

    ValueError if there is nothing to draw, KeyError for a run that logged no `value`.
    """
    if not runs:
        raise ValueError("there is nothing to draw: give at least one run, such as {'SGD': descend(...)}")
    named = {}
    for name, run in runs.items():
        if "value" not in run.logged:
            raise KeyError(f"'value' was not logged in {name!r}, only {list(run.logged)}")
        values = run.logged["value"]
        named[name] = Series(values.steps, [above(value, surface.lowest) for value in values.values])
    ax = new_axes(1, (6.5, 3.6)) if ax is None else ax
    plain(ax)
    log_axis(ax)
    ends = [draw(ax, series, number, name, smooth=1) for number, (name, series) in enumerate(named.items())]
    ax.set(xlabel=STEP_LABEL, ylabel="value above the minimum")
    label_lines(ax, [end for end in ends if end is not None])
    return ax


def tuning_curves(tunings: Mapping[str, Tuning], ax: Axes | None = None, *, lowest: float = 0.0) -> Axes:
    """The final value by lr, one line an optimizer; the best lr is ringed. Hollow: the run climbed on its way.

    lowest: the surface's lowest value, from which heights are measured. ValueError if there is nothing to draw.
    """
    if not tunings:
        raise ValueError("there is nothing to draw: give at least one tuning, such as {'SGD': tune(...)}")
    ax = new_axes(1, (6.5, 3.6)) if ax is None else ax
    plain(ax)
    ax.set(xscale="log", yscale="log", xlabel="lr", ylabel="final value above the minimum")
    for number, (name, tuning) in enumerate(tunings.items()):
        colour, most = look(number)["color"], 10 * (tuning.start - lowest)
        heights = [min(above(final, lowest), most) for final in tuning.finals]
        ax.plot(tuning.lrs, heights, linewidth=1.4, label=name, **look(number))
        for lr, height, calm in zip(tuning.lrs, heights, tuning.calm):
            ax.plot(lr, height, "o", markersize=4, color=colour, markerfacecolor=colour if calm else PAPER)
        chosen = heights[tuning.lrs.index(tuning.best)]
        ax.plot(tuning.best, chosen, "o", markersize=10, markerfacecolor="none", color=ink(colour))
    ax.margins(x=0.03, y=0.08)
    return ax


def above(value: float, lowest: float, least: float = 1e-10) -> float:
    """How far a value is above the lowest, for a logarithmic axis: at least `least`; nan if it is not finite."""
    return max(value - lowest, least) if math.isfinite(value) else float("nan")
