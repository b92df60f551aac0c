"""The landscapes as outlines: of each level, the region that lies no higher."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from ..plot.style import require_matplotlib
from ..plot.surfaces import Surface

WIDTH, HEIGHT = 640, 480  # of the picture, in its own units; about pixels
LEVELS = 14
FINENESS = 4  # units from one computed loss to the next


def outlines(surface: Surface) -> list[tuple[float, str]]:
    """(level, outline in the letters of an SVG path) of the regions where the loss is at most the level.

    Highest first, so that each covers a part of the one before. The levels part the picture into about equal
    areas: with evenly spaced ones a steep wall would take all of them, and the valley floor none.
    """
    x = np.linspace(*surface.x_range, WIDTH // FINENESS + 1)
    y = np.linspace(*surface.y_range, HEIGHT // FINENESS + 1)
    loss = np.asarray(surface(*np.meshgrid(x, y)))
    levels = sorted({rounded(level) for level in np.quantile(loss, np.arange(1, LEVELS) / LEVELS)}, reverse=True)
    return [(level, region(loss, level)) for level in levels]


def rounded(level: float) -> float:
    """The level with two digits."""
    return float(f"{level:.2g}")


def region(loss: Any, level: float) -> str:
    """The outline of where the loss is at most the level. ImportError if matplotlib is not installed."""
    require_matplotlib()
    from contourpy import FillType, contour_generator  # comes with matplotlib

    rows, columns = loss.shape
    drawn: Any = contour_generator(
        np.linspace(0, WIDTH, columns), np.linspace(HEIGHT, 0, rows), loss, fill_type=FillType.OuterOffset
    )
    polygons, offsets = drawn.filled(float(loss.min()) - 1.0, level)
    rings = [points[a:b] for points, ends in zip(polygons, offsets) for a, b in pairwise(ends)]
    return "".join(map(ring, rings))


def ring(points: Any) -> str:
    """A closed line, in tenths of a unit from point to point."""
    tenths = np.round(points * 10).astype(int)
    steps = np.diff(tenths, axis=0)
    moves = " ".join(f"{x} {y}" for x, y in steps[np.any(steps, axis=1)][:-1].tolist())
    return f"M{tenths[0, 0]} {tenths[0, 1]}l{moves}z"
