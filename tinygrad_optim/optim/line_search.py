"""How far to go along a direction: a line search that ends where the strong Wolfe conditions hold.

Nocedal & Wright 2006, "Numerical optimization", algorithms 3.5 and 3.6: first double steps outwards until an
interval must hold a good point, then narrow that interval. Good: the loss fell enough (Armijo, c1), and the slope
there is flat enough (curvature, c2).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

C1, C2 = 1e-4, 0.9


class Point(NamedTuple):
    """A place on the line: how far along, the loss there, its gradient, and its slope along the line."""

    t: float
    loss: float
    gradient: Any
    slope: float


def cubic_minimum(a: Point, b: Point, bounds: tuple[float, float] | None = None) -> float:
    """Where the cubic through two points, with their slopes, is least; within the bounds (default: between them).

    Nocedal & Wright 2006, eq. 3.59; the middle of the bounds where that cubic has no minimum.
    """
    a, b = (a, b) if a.t <= b.t else (b, a)
    low, high = bounds or (a.t, b.t)
    d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.t - b.t) if a.t != b.t else math.nan
    square = d1**2 - a.slope * b.slope
    if not square >= 0:
        return (low + high) / 2
    d2 = math.sqrt(square)
    lowest = b.t - (b.t - a.t) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2))
    return min(max(lowest, low), high)


def strong_wolfe(
    loss_at: Callable[[float], tuple[float, Any]],
    t: float,
    d: Any,
    start: Point,
    tolerance: float = 1e-9,
    most: int = 25,
) -> tuple[Point, int]:
    """The point found along d, and how often loss_at was called.

    loss_at(t): the loss and the gradient at distance t. start: the point at 0. tolerance: an interval shorter
    than this (measured in the largest coordinate of d) is not narrowed further. most: calls after the first.
    """

    def look(t: float) -> Point:
        loss, gradient = loss_at(t)
        return Point(t, loss, gradient, float(gradient @ d))

    previous, here, calls = start, look(t), 0
    while calls < most:
        if too_high(here, start) or (calls > 1 and here.loss >= previous.loss):
            break
        if flat_enough(here, start):
            return here, calls + 1
        if here.slope >= 0:
            break
        bounds = (here.t + 0.01 * (here.t - previous.t), here.t * 10)
        previous, here = here, look(cubic_minimum(previous, here, bounds))
        calls += 1
    else:
        previous = start
    return narrow(look, start, [previous, here], float(np.abs(d).max()), tolerance, calls, most)


def too_high(point: Point, start: Point) -> bool:
    """Whether the loss fell too little for the way gone (against Armijo's condition)."""
    return point.loss > start.loss + C1 * point.t * start.slope


def flat_enough(point: Point, start: Point) -> bool:
    """Whether the slope is small against that at the start (the strong curvature condition)."""
    return abs(point.slope) <= -C2 * start.slope


def narrow(
    look: Callable[[float], Point],
    start: Point,
    ends: list[Point],
    scale: float,
    tolerance: float,
    calls: int,
    most: int,
) -> tuple[Point, int]:
    """Narrow the interval between two ends until a point in it is good; returns it and the calls in all."""
    low, high = (0, 1) if ends[0].loss <= ends[1].loss else (1, 0)
    stalled = False
    while calls < most and abs(ends[1].t - ends[0].t) * scale >= tolerance:
        trial, stalled = kept_inside(cubic_minimum(ends[0], ends[1]), ends, stalled)
        point = look(trial)
        calls += 1
        if too_high(point, start) or point.loss >= ends[low].loss:
            ends[high] = point
            low, high = (0, 1) if ends[0].loss <= ends[1].loss else (1, 0)
            continue
        done = flat_enough(point, start)
        if not done and point.slope * (ends[high].t - ends[low].t) >= 0:
            ends[high] = ends[low]
        ends[low] = point
        if done:
            break
    return ends[low], calls + 1


def kept_inside(t: float, ends: list[Point], stalled: bool) -> tuple[float, bool]:
    """A trial that hugs an end of the interval the second time running, or leaves it, is moved a tenth inwards."""
    least, largest = min(end.t for end in ends), max(end.t for end in ends)
    margin = 0.1 * (largest - least)
    if min(largest - t, t - least) >= margin:
        return t, False
    if stalled or t >= largest or t <= least:
        return (largest - margin if abs(t - largest) < abs(t - least) else least + margin), False
    return t, True
