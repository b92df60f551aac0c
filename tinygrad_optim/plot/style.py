"""How the figures look: colours that the colour-blind can tell apart, lines that print can, labels at the lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe & Ito 2008, "Color Universal Design", without black (kept for text) and without yellow (pale on paper).
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
LINES: tuple[Any, ...] = ("-", (0, (5, 2)), (0, (2, 2)), (0, (6, 2, 1.5, 2)))
GREY = "#666666"
PAPER = "white"  # always painted: dark letters without it would vanish on a dark page
LINE_HEIGHT = 1.25  # of the font's size


def require_matplotlib() -> Any:
    """The module matplotlib. ImportError, saying what to install, if it is not there."""
    try:
        import matplotlib
    except ImportError as error:
        raise ImportError(
            f"figures are drawn with matplotlib, and it could not be imported ({error}): "
            "install it with `pip install matplotlib`"
        ) from error
    return matplotlib


def new_axes(rows: int, size: tuple[float, float], columns: int = 1) -> Any:
    """Axes of a new pyplot figure, one above the other, so that plt.show() shows them."""
    require_matplotlib()
    import matplotlib.pyplot as plt

    return plt.subplots(rows, columns, sharex=True, figsize=size, layout="constrained", facecolor=PAPER)[1]


def given_or_new(axes: Sequence[Axes] | None, rows: int, size: tuple[float, float], what: str) -> Any:
    """The axes that a figure of several panels is given, or new ones. ValueError for another number of them."""
    if axes is None:
        return np.atleast_1d(new_axes(rows, size))
    if len(axes) != rows:
        raise ValueError(f"{what} draws {rows} panels, one above the other: give {rows} axes, not {len(axes)}")
    return axes


def new_figure(rows: int, size: tuple[float, float], columns: int = 1, sharex: bool = True) -> tuple[Figure, Any]:
    """A figure for a file, apart from pyplot: no window, no backend to choose, nothing left open. And its axes.

    The axes are a list of rows; of more than one column, an array.
    """
    require_matplotlib()
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained", facecolor=PAPER)
    axes = figure.subplots(rows, columns, sharex=sharex and (rows > 1 and "col"), squeeze=False)
    return figure, axes if columns > 1 else list(axes[:, 0])


def look(number: int) -> dict[str, Any]:
    """Colour and line style of the number-th line: no two of the first 12 share both."""
    return {"color": COLOURS[number % len(COLOURS)], "linestyle": LINES[number % len(LINES)]}


def ink(colour: str) -> str:
    """The colour darkened for letters, which are thin: at least 4.5 to 1 against white (WCAG 2.1, 1.4.3)."""
    from matplotlib.colors import to_hex, to_rgb

    shade: Any = np.array(to_rgb(colour))
    while 1.05 / (luminance(shade) + 0.05) < 4.5:
        shade = shade * 0.95
    return to_hex(shade)


def luminance(rgb: Any) -> float:
    """How bright a colour is, from 0 to 1 (WCAG 2.1: sRGB made linear, then weighted as the eye does)."""
    linear = np.where(rgb <= 0.03928, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def plain(ax: Axes) -> None:
    """Only what carries information: two spines, and a light grid behind the lines."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(True, which="major", color="#dddddd", linewidth=0.6)
    ax.set_axisbelow(True)
    ax.margins(x=0, y=0.08)


def check_scale(name: str, scale: str | None) -> None:
    """ValueError for what is neither "linear", "log" nor None."""
    if scale not in ("linear", "log", None):
        raise ValueError(f"{name} is 'linear' or 'log', not {scale!r}")


def log_if_wide(ax: Axes, values: list[float]) -> None:
    """A logarithmic axis for positive values that span more than a factor of ten."""
    finite = [v for v in values if np.isfinite(v)]
    if finite and min(finite) > 0 and max(finite) > 10 * min(finite):
        log_axis(ax)


def log_axis(ax: Axes) -> None:
    """A logarithmic axis with its numbers as the code has them: 0.001, not a power of ten."""
    ax.set_yscale("log")
    ax.yaxis.set_major_formatter("{x:g}")
    from matplotlib.ticker import LogFormatter

    ax.yaxis.set_minor_formatter(LogFormatter(minor_thresholds=(1, 0.4)))  # only where there is room for them


def running_mean(values: list[float], width: int) -> Any:
    """At each place the mean of the values up to `width` // 2 away, fewer near the ends; nan and inf left out."""
    numbers = np.array(values, dtype=np.float64)
    counts = np.isfinite(numbers)
    ends = np.arange(len(numbers))
    low, high = np.maximum(ends - width // 2, 0), np.minimum(ends + width // 2 + 1, len(numbers))
    total = np.concatenate([[0.0], np.cumsum(np.where(counts, numbers, 0.0))])
    count = np.concatenate([[0], np.cumsum(counts)])
    with np.errstate(invalid="ignore"):
        return (total[high] - total[low]) / (count[high] - count[low])


def label_lines(ax: Axes, labels: list[tuple[float, str, str]], size: float = 9.0) -> None:
    """Write each (height, text, colour) at the right edge beside its line's end, moved apart where they collide.

    Call it last: it reads the axes' limits, and fixes them.
    """
    ax.autoscale_view()
    ax.set_ylim(ax.get_ylim())
    points = ax.bbox.height / ax.figure.dpi * 72  # how high the panel is
    to_axes = ax.transData + ax.transAxes.inverted()
    ends = [(float(to_axes.transform((0, height))[1]), text, colour) for height, text, colour in labels]
    ends = sorted(reversed(ends), key=lambda end: end[0])  # of equal ones, the first on top
    places = spread(
        [place for place, _, _ in ends],
        [(text.count("\n") + 1.4) * size * LINE_HEIGHT / points for _, text, _ in ends],
    )
    for (end, text, colour), place in zip(ends, places):
        leader = {"arrowstyle": "-", "color": colour, "linewidth": 0.7, "shrinkA": 2, "shrinkB": 0, "relpos": (0, 0.5)}
        ax.annotate(
            text, (1, end), (1.03, place), xycoords="axes fraction", textcoords="axes fraction", color=ink(colour),
            fontsize=size, va="center", linespacing=LINE_HEIGHT, arrowprops=leader, annotation_clip=False,
        )  # fmt: skip


def spread(wanted: list[float], heights: list[float]) -> list[float]:
    """Places near the wanted ones (rising) at which labels of these heights do not overlap, from 0 to 1 if they can.

    Labels that touch are stacked as one block, round the mean of where they wanted to be.
    """
    blocks: list[tuple[list[float], list[float]]] = []
    for want, height in zip(wanted, heights):
        block = ([want], [height])
        while blocks and bottom_of(blocks[-1]) + sum(blocks[-1][1]) > bottom_of(block):
            wants, talls = blocks.pop()
            block = (wants + block[0], talls + block[1])
        blocks.append(block)
    places = []
    for block in blocks:
        bottom = bottom_of(block)
        for height in block[1]:
            places.append(bottom + height / 2)
            bottom += height
    return places


def bottom_of(block: tuple[list[float], list[float]]) -> float:
    """Where a block of (wanted places, heights) begins: its middle at their mean, but within 0 to 1."""
    wants, heights = block
    return max(min(sum(wants) / len(wants) - sum(heights) / 2, 1 - sum(heights)), 0.0)
