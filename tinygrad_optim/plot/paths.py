"""Optimizers on a surface: the run of one, the search for its lr, and their paths on the map."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..creation import tensor
from ..dtypes import float64
from ..optim import Optimizer
from .history import History
from .style import GREY, ink, look, new_axes, plain
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
    """What each lr of a grid led to: finals[i] is the value after the run with lrs[i], inf or nan if it diverged."""

    lrs: tuple[float, ...]
    finals: tuple[float, ...]

    @property
    def best(self) -> float:
        """The lr with the lowest final value; of equal ones the smallest. ValueError if every run diverged."""
        finite = [(final, lr) for lr, final in zip(self.lrs, self.finals) if math.isfinite(final)]
        if not finite:
            raise ValueError(f"every run diverged, with lr from {min(self.lrs)} to {max(self.lrs)}: try smaller ones")
        return min(finite)[1]


def tune(surface: Surface, make: Maker, steps: int, lrs: Sequence[float] = LRS) -> Tuning:
    """Run from the start with each lr. make(parameters, lr=lr) makes the optimizer."""
    finals = []
    for lr in lrs:
        history = descend(surface, lambda parameters, lr=lr: make(parameters, lr=lr), steps)  # type: ignore[misc]
        finals.append(history.logged["value"].values[-1])
    return Tuning(tuple(lrs), tuple(finals))


# ---- figures ---------------------------------------------------------------------------------------------


def trajectories(surface: Surface, runs: Mapping[str, History], ax: Axes | None = None, *, every: int = 10) -> Axes:
    """The surface as a map, with the path of each run on it; a dot each `every` steps, a star at each minimum.

    runs: histories that watched `x` and `y`, as descend() makes them. Returns the axes.
    ValueError if there are none, KeyError for one that did not watch both.
    """
    if not runs:
        raise ValueError("there is nothing to draw: give at least one run, such as {'SGD': descend(...)}")
    paths = {name: (run.weight("x").value.values, run.weight("y").value.values) for name, run in runs.items()}
    ax = new_axes(1, (6.5, 4.6)) if ax is None else ax
    draw_map(ax, surface)
    for number, (name, (x, y)) in enumerate(paths.items()):
        style = look(number)
        ax.plot(x, y, color="white", linewidth=3.6, alpha=0.8)  # so that it stands out from map and other paths
        ax.plot(x, y, linewidth=1.8, marker="o", markersize=3.6, markevery=every, label=name, **style)
    ax.plot(*surface.start, "s", color="black", markersize=6)
    ax.annotate("start", surface.start, (6, 6), textcoords="offset points", fontsize=9)
    ax.legend(fontsize=8, loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, labelcolor="black")
    return ax


def draw_map(ax: Axes, surface: Surface, points: int = 161) -> None:
    """Lines of equal height, closer together toward the minima: steps of equal ratio, in shades of grey."""
    x, y = np.meshgrid(np.linspace(*surface.x_range, points), np.linspace(*surface.y_range, points))
    height = surface(x, y) - surface.lowest
    low, high = max(float(height.min()), float(height.max()) * 1e-5), float(height.max())
    levels = np.geomspace(low, high, 16)
    ax.contourf(x, y, np.maximum(height, low), levels=levels, cmap="Greys", norm="log", alpha=0.45)
    ax.contour(x, y, np.maximum(height, low), levels=levels, colors=GREY, linewidths=0.4, alpha=0.6)
    for number, minimum in enumerate(surface.minima):
        label = ("minimum" if len(surface.minima) == 1 else "minima") if not number else None
        ax.plot(*minimum, "*", color="black", markersize=11, linestyle="none", label=label)
    for number, point in enumerate(surface.saddles):
        ax.plot(*point, "x", color="black", markersize=7, linestyle="none", label=None if number else "saddle point")
    ax.set(xlim=surface.x_range, ylim=surface.y_range, xlabel="x", ylabel="y")
    ax.set_title(f"{surface.name}: {surface.formula}", fontsize=9, loc="left")


def tuning_curves(tunings: Mapping[str, Tuning], ax: Axes | None = None, *, lowest: float = 0.0) -> Axes:
    """The final value by lr, one line an optimizer; the lr it was given is ringed. Where it diverged, no line.

    lowest: the surface's lowest value, from which heights are measured. ValueError if there is nothing to draw.
    """
    if not tunings:
        raise ValueError("there is nothing to draw: give at least one tuning, such as {'SGD': tune(...)}")
    ax = new_axes(1, (6.5, 3.6)) if ax is None else ax
    plain(ax)
    ax.set(xscale="log", yscale="log", xlabel="lr", ylabel="final value above the minimum")
    for number, (name, tuning) in enumerate(tunings.items()):
        heights = [above(final, lowest) for final in tuning.finals]
        ax.plot(tuning.lrs, heights, linewidth=1.4, marker="o", markersize=3, label=name, **look(number))
        chosen = heights[tuning.lrs.index(tuning.best)]
        colour = look(number)["color"]
        ax.plot([tuning.best], [chosen], "o", markersize=9, markerfacecolor="none", color=ink(colour))
    ax.margins(x=0.03, y=0.08)
    return ax


def above(value: float, lowest: float, least: float = 1e-16) -> float:
    """How far a value is above the lowest, for a logarithmic axis: at least `least`; nan if it is not finite."""
    return max(value - lowest, least) if math.isfinite(value) else float("nan")
