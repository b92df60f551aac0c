"""1,797 handwritten digits of 8x8 pixels, with a fixed split; where they come from: digits_source.md."""

from __future__ import annotations

from importlib import resources
from typing import NamedTuple

import numpy as np

from ..creation import from_numpy
from ..tensor import Tensor

BRIGHTEST = 16  # a pixel counts the dark dots in a 4x4 square of the scanned bitmap


class Digits(NamedTuple):
    """Images and what each shows: `images` (n, 64) float32 in [0, 1], row by row; `labels` (n,) int64, 0 to 9."""

    images: Tensor
    labels: Tensor


def load_digits() -> tuple[Digits, Digits]:
    """The digits to train on (1,438) and those to test with (359): `train, test = load_digits()`.

    The split is always the same: see `is_test`. A copy each time, so writing to it harms nobody.
    """
    with resources.files(__package__).joinpath("digits.npz").open("rb") as file, np.load(file) as stored:
        images, labels = stored["images"], stored["labels"].astype(np.int64)
    pixels = images.reshape(len(images), -1).astype(np.float32) / np.float32(BRIGHTEST)
    held_out = is_test(labels)
    train, test = (Digits(from_numpy(pixels[part]), from_numpy(labels[part])) for part in (~held_out, held_out))
    return train, test


def is_test(labels: np.ndarray) -> np.ndarray:
    """Which samples are kept for testing: of each label the third, and every fifth after it, in the file's order.

    So each label has its fifth in the test part, and no random number is drawn.
    """
    chosen = np.zeros(len(labels), dtype=bool)
    for label in np.unique(labels):
        chosen[np.flatnonzero(labels == label)[2::5]] = True
    return chosen
