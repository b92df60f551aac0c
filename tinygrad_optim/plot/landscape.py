"""A loss seen along a line, or over a plane, through the point where the parameters are.

The parameters are many, a picture has two dimensions: so one direction is chosen (or two), and the loss is
measured at the parameters plus multiples of it. Goodfellow et al. 2015, "Qualitatively characterizing neural
network optimization problems"; Li et al. 2018, "Visualizing the loss landscape of neural nets".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..grad_mode import no_grad
from ..rng import Generator
from .style import COLOURS, GREY, new_axes, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DISTANCES = ("distance along the first direction", "distance along the second direction")
Direction = Sequence[Any]  # one array for each parameter, of its shape


@dataclass(frozen=True)
class Slice:
    """The loss at parameters + a * first direction (+ b * second): values[i] at a[i], or values[i][j] at a[i], b[j]."""

    a: tuple[float, ...]
    b: tuple[float, ...]  # () of a line
    values: np.ndarray


def random_direction(parameters: Iterable[Any], *, seed: int = 0, filters: bool = True) -> list[np.ndarray]:
    """A random direction, normally distributed.

    filters: scale each filter (row of a weight, kernel of a convolution) to the norm of the parameter's own, and
    leave biases alone (Li et al. 2018, section 4): without it a large layer looks flat only because it is large.
    """
    generator = Generator().manual_seed(seed)
    direction = []
    for p in parameters:
        drawn = np.array(normal(p.shape, generator), dtype=p.array.dtype).reshape(p.shape)
        direction.append(as_filters(drawn, p.array) if filters else drawn)
    return direction


def normal(shape: tuple[int, ...], generator: Any) -> Any:
    """Normally distributed numbers from this generator."""
    from ..creation import randn

    return randn(*shape, generator=generator).array


def as_filters(drawn: np.ndarray, like: np.ndarray) -> np.ndarray:
    """Each filter of `drawn` with the norm of the same filter of `like`; zeros for what has none (a bias)."""
    if like.ndim < 2:
        return np.zeros_like(drawn)
    flat, own = drawn.reshape(len(drawn), -1), like.reshape(len(like), -1)
    norms = np.sqrt((flat * flat).sum(axis=1, keepdims=True))
    wanted = np.sqrt((own * own).sum(axis=1, keepdims=True))
    return (flat * (wanted / np.maximum(norms, np.finfo(flat.dtype).tiny))).reshape(drawn.shape)


def measure_slice(
    loss: Callable[[], Any],
    parameters: Iterable[Any],
    directions: Sequence[Direction],
    *,
    reach: float | tuple[float, float] = 1.0,
    points: int = 31,
) -> Slice:
    """The loss at `points` places (squared, of a plane) along one direction, or two, from where the parameters are.

    loss: computes it from the parameters, in no_grad; it must be the same each time, so not on random batches.
    reach: how far to go either way, in lengths of the directions; or (from, to).
    Afterwards, also if the loss raises, the parameters are the very arrays they were: none of them is written to.
    ValueError for directions that do not fit, TypeError for a loss that is not one number.
    """
    held = list(parameters)
    check_directions(held, directions)
    if points < 2:
        raise ValueError(f"a slice has 2 points or more, not {points}")
    ends = reach if isinstance(reach, tuple) else (-reach, reach)
    places = tuple(float(place) for place in np.linspace(*ends, points))
    first, second = directions[0], directions[1] if len(directions) == 2 else None
    arrays = [p.array for p in held]
    values = np.empty((points, points) if second is not None else (points, 1))
    try:
        with no_grad():
            for i, a in enumerate(places):
                for j in range(values.shape[1]):
                    for place, (p, array) in enumerate(zip(held, arrays)):
                        moved = array + a * first[place]
                        if second is not None:
                            moved = moved + places[j] * second[place]
                        p.array = np.asarray(moved, dtype=array.dtype)
                    values[i, j] = one_number(loss())
    finally:
        for p, array in zip(held, arrays):
            p.array = array
    return Slice(places, places, values) if second is not None else Slice(places, (), values[:, 0])


def one_number(loss: Any) -> float:
    """The loss as a float. TypeError if it is none."""
    try:
        return float(loss)
    except (TypeError, ValueError, RuntimeError):
        raise TypeError(
            f"a slice needs the loss as one number, but got {type(loss).__name__} {loss!r:.80}: reduce it with .mean()"
        ) from None


def check_directions(parameters: list[Any], directions: Sequence[Direction]) -> None:
    """ValueError unless there are one or two, each with an array of its shape for every parameter."""
    if len(directions) not in (1, 2):
        raise ValueError(f"a slice goes along one direction or two, in a list, but {len(directions)} were given")
    if not parameters:
        raise ValueError("there are no parameters: if they came from a generator, call parameters() anew")
    for number, direction in enumerate(directions):
        shapes = [np.shape(part) for part in direction]
        wanted = [tuple(p.shape) for p in parameters]
        if shapes != wanted:
            raise ValueError(f"direction {number} has parts of shapes {shapes}, but the parameters have {wanted}")


def loss_slice(measured: Slice, ax: Axes | None = None, *, labels: Sequence[str] = DISTANCES) -> Axes:
    """Draw a line of losses as a curve, a plane of them as a map with its heights; a dot where the parameters are.

    labels: of the axes along the directions. Returns the axes.
    """
    ax = new_axes(1, (5.6, 4.2)) if ax is None else ax
    if not measured.b:
        plain(ax)
        ax.plot(measured.a, measured.values, color=COLOURS[0], linewidth=1.8)
        if measured.a[0] <= 0 <= measured.a[-1]:
            ax.axvline(0, color=GREY, linewidth=0.8, zorder=1)
        ax.set(xlabel=labels[0], ylabel="loss")
        return ax
    finite = measured.values[np.isfinite(measured.values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    wide = low > 0 and high > 10 * low
    levels = np.geomspace(low, high, 14) if wide else np.linspace(low, high if high > low else low + 1, 14)
    norm = "log" if wide else "linear"
    ax.contourf(measured.a, measured.b, measured.values.T, levels=levels, cmap="Greys", norm=norm, alpha=0.3)
    lines = ax.contour(measured.a, measured.b, measured.values.T, levels=levels, colors=COLOURS[0], linewidths=0.8)
    ax.clabel(lines, fmt="%.2g", fontsize=7)
    ax.plot(0, 0, "o", color=COLOURS[1], markersize=6)
    ax.set_title("lines of equal loss", fontsize=9, loc="left")
    ax.set(xlabel=labels[0], ylabel=labels[1])
    return ax
