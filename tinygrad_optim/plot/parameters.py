"""What happened to each parameter: its gradient, its update for its size, its state, and one weight's life."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from .history import History
from .lines import STEP_LABEL, draw_all, parameters_of
from .records import Series
from .style import GREY, given_or_new, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GUIDE = 1e-3  # the ratio of update to weight that often goes with healthy training (Karpathy, CS231n notes)


def gradient_norms(history: History, ax: Axes | None = None, *, names: Iterable[str] | None = None) -> Axes:
    """The norm of each parameter's gradient by step, on a logarithmic axis. names: which (default: all).

    ValueError if no step was recorded, KeyError for a name that is not there.
    """
    chosen = parameters_of(history, names)
    ax = new_axes(1, (7.5, 3.8)) if ax is None else ax
    draw_all(ax, {name: p.gradient_norm for name, p in chosen.items()}, "norm of gradient", log=True)
    ax.set_xlabel(STEP_LABEL)
    return ax


def update_ratios(history: History, ax: Axes | None = None, *, names: Iterable[str] | None = None) -> Axes:
    """How far each step moved each parameter for its size: norm of update over norm of weight.

    The guide is at 0.001: far above it training is often unstable, far below it slow.
    ValueError if no step was recorded, KeyError for a name that is not there.
    """
    chosen = parameters_of(history, names)
    ax = new_axes(1, (7.5, 3.8)) if ax is None else ax
    ratios = {name: p.ratio for name, p in chosen.items()}
    draw_all(ax, ratios, "norm of update / norm of weight", log=True, guides=[(GUIDE, "rule of thumb", GREY)])
    ax.set_xlabel(STEP_LABEL)
    return ax


def state_norms(
    history: History, axes: Sequence[Axes] | None = None, *, names: Iterable[str] | None = None
) -> Sequence[Axes]:
    """The gradient's norm by step, and below it that of each buffer of state: one panel a buffer.

    Returns the axes. ValueError if no state was watched, KeyError for a name that is not there.
    """
    chosen = parameters_of(history, names)
    watched = {name: p for name, p in chosen.items() if buffers([*p.state])}
    keys = buffers(dict.fromkeys(key for p in watched.values() for key in p.state))
    if not keys:
        raise ValueError(
            f"there is nothing to draw: of {list(chosen)} no state was watched. Record it with "
            "History(optimizer, state=True), for an optimizer that keeps some"
        )
    axes = given_or_new(axes, 1 + len(keys), (7.5, 2.3 * (1 + len(keys))), "state_norms")
    draw_all(axes[0], {name: p.gradient_norm for name, p in watched.items()}, "norm of gradient", log=True)
    for ax, key in zip(axes[1:], keys):
        norms = {name: p.state[key] for name, p in watched.items() if key in p.state}
        draw_all(ax, norms, f"norm of {key}", log=True)
    axes[-1].set_xlabel(STEP_LABEL)
    return axes


def buffers(keys: Iterable[str]) -> list[str]:
    """Of a state's keys those that are about the parameter's numbers: not the count of steps."""
    return [key for key in keys if key != "step"]


def weight_life(
    history: History, name: str, index: int | tuple[int, ...] = (), axes: Sequence[Axes] | None = None
) -> Sequence[Axes]:
    """One weight by step, in three panels: the gradient it was given, the update it got, its value.

    Returns the axes. KeyError if the history did not watch it: History(optimizer, watch=[(name, index)]).
    """
    life = history.weight(name, index)
    axes = given_or_new(axes, 3, (7.0, 6.0), "weight_life")
    places = ", ".join(map(str, life.index))
    called = f"{name}[{places}]" if places else name
    for ax, quantity in zip(axes, ("gradient", "update", "value")):
        series: Series = getattr(life, quantity)
        draw_all(ax, {}, quantity, log=False)
        style = {"gradient": "#D55E00", "update": "#009E73", "value": "#0072B2"}[quantity]
        ax.autoscale(True)
        if quantity != "value":
            ax.axhline(0, color=GREY, linewidth=0.8, zorder=1)
        ax.plot(series.steps, series.values, color=style, linewidth=1.4)
    axes[0].set_title(called, loc="left", fontsize=10)
    axes[-1].set_xlabel(STEP_LABEL)
    return axes
