"""Paths as text: rounded, then the differences from point to point, most of which fit in one byte.

A path, in bytes: how many points times 2 (plus 1 if it left the range), then of each point three differences from
the point before: x, y and height. Numbers take 7 bits a byte, lowest first, and the 8th says that more follow;
before that a negative n has become -2n - 1, and another 2n.

The range is the picture and as much again on every side. A path that leaves it ends there: its last point is
where its last step crosses the range's edge.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..plot.surfaces import Surface

FINEST = 32767  # the range's width, and its height, in units of x and y: 17 units a pixel where the picture is 640 wide
HEIGHTS = 250  # units of height for a factor of e: a loss is known to 2 parts in a thousand
FLOOR = 1e-6  # below this, heights are in even steps rather than by factors


@dataclass(frozen=True)
class Path:
    """One path as far as it stays in range: its points (x, y, loss), and where it left, if it did."""

    points: Any  # (points, 3)
    edge: Any = None  # (x, y)

    @property
    def end(self) -> list[float]:
        """The last point in range, exactly: what float32 has, in the fewest digits."""
        return [float(str(number)) for number in self.points[-1]]

    def down(self, lowest: float) -> int:
        """The first step at which 99 % of the way down lies behind; -1 if there was none."""
        above = self.points[:, 2].astype(float) - lowest
        there = np.flatnonzero(above <= 0.01 * above[0])
        return int(there[0]) if len(there) else -1


def range_of(surface: Surface) -> Any:
    """((least x, least y), (greatest x, greatest y)) that are kept."""
    low, high = np.transpose([surface.x_range, surface.y_range])
    return np.array([2 * low - high, 2 * high - low])


def cut(points: Any, surface: Surface) -> Path:
    """The path up to where it leaves the range."""
    low, high = range_of(surface)
    inside = np.all((points[:, :2] >= low) & (points[:, :2] <= high), axis=1) & np.isfinite(points[:, 2])
    if inside.all():
        return Path(points)
    left = int(np.argmin(inside))
    here, there = points[left - 1, :2].astype(float), points[left, :2].astype(float)
    if not np.isfinite(there).all():
        return Path(points[:left], here)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = np.where(there > high, (high - here) / (there - here), (low - here) / (there - here))
    out = (there > high) | (there < low)
    share = min([1.0, *shares[out]])
    return Path(points[:left], here + share * (there - here))


def numbers_of(path: Path, surface: Surface) -> Any:
    """The path in whole numbers: (points, 3)."""
    low, high = range_of(surface)
    places, losses = path.points[:, :2].astype(float), path.points[:, 2].astype(float)
    if path.edge is not None:
        places, losses = np.vstack([places, path.edge]), np.append(losses, losses[-1])
    heights = HEIGHTS * np.arcsinh(np.maximum(losses - surface.lowest, 0) / FLOOR)
    return np.column_stack([np.round((places - low) / (high - low) * FINEST), np.round(heights)]).astype(int)


def as_bytes(path: Path, surface: Surface) -> bytes:
    """One path."""
    numbers = numbers_of(path, surface)
    differences = np.diff(numbers, axis=0, prepend=0).reshape(-1)
    folded = np.where(differences < 0, -2 * differences - 1, 2 * differences)
    head = 2 * len(numbers) + (path.edge is not None)
    return in_sevens(np.concatenate([[head], folded]))


def in_sevens(numbers: Any) -> bytes:
    """Whole numbers below 2**21, 7 bits a byte, the lowest first."""
    parts = np.column_stack([numbers & 127, numbers >> 7 & 127, numbers >> 14 & 127])
    needed = np.column_stack([numbers >= 0, numbers >= 1 << 7, numbers >= 1 << 14])
    parts[:, :2] |= 128 * needed[:, 1:]
    return parts[needed].astype(np.uint8).tobytes()


def as_text(paths: list[Path], surface: Surface) -> str:
    """Several paths on one surface, one after the other."""
    return base64.b64encode(b"".join(as_bytes(path, surface) for path in paths)).decode("ascii")
