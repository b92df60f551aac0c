"""150 irises of three species, with a fixed split; where they come from: sources.md."""

from __future__ import annotations

from importlib import resources
from typing import NamedTuple

import numpy as np

from ..creation import from_numpy
from ..tensor import Tensor
from .digits import is_test

SPECIES = ("setosa", "versicolor", "virginica")


class Iris(NamedTuple):
    """Measures in cm: `features` (n, 4) float32, a sepal's length and width and a petal's; `labels` (n,) int64,
    the place of each flower's species in SPECIES."""

    features: Tensor
    labels: Tensor


def load_iris() -> tuple[Iris, Iris]:
    """The flowers to train on (120) and those to test with (30): `train, test = load_iris()`. A copy each time."""
    lines = resources.files(__package__).joinpath("iris.csv").read_text(encoding="utf-8").splitlines()[1:]
    rows = [line.split(",") for line in lines]
    features = np.array([row[:4] for row in rows], dtype=np.float32)
    labels = np.array([SPECIES.index(row[4]) for row in rows])
    held_out = is_test(labels)
    train, test = (Iris(from_numpy(features[part]), from_numpy(labels[part])) for part in (~held_out, held_out))
    return train, test
