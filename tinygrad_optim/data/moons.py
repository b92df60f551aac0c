"""Two moons: points on two half circles that no straight line can part."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ..creation import from_numpy, randn, randperm
from ..rng import Generator
from ..tensor import Tensor


class Moons(NamedTuple):
    """`points` (n, 2) float32, and `labels` (n,) int64: 0 on the upper half circle, 1 on the lower."""

    points: Tensor
    labels: Tensor


def two_moons(n: int = 200, noise: float = 0.1, generator: Generator | None = None) -> Moons:
    """n points, half of them on each of two half circles of radius 1, in random order.

    The upper circle's centre is (0, 0), the lower's (1, 0.5). noise: the standard deviation of what is added to each
    coordinate. generator: where the noise and the order come from (default: the global stream).
    ValueError for a negative n or noise.
    """
    if not isinstance(n, int) or n < 0 or not 0 <= noise < math.inf:
        raise ValueError(f"two_moons takes n >= 0 points and a noise >= 0, but got n={n!r}, noise={noise!r}")
    upper = np.linspace(0, math.pi, n - n // 2)
    lower = np.linspace(0, math.pi, n // 2)
    clean = np.concatenate(
        [
            np.stack([np.cos(upper), np.sin(upper)], axis=1),
            np.stack([1 - np.cos(lower), 0.5 - np.sin(lower)], axis=1),
        ]
    ).astype(np.float32)
    labels = np.arange(n) >= len(upper)
    order = randperm(n, generator=generator).array
    points = clean[order] + np.float32(noise) * randn(n, 2, generator=generator).array
    return Moons(from_numpy(points), from_numpy(labels[order].astype(np.int64)))
