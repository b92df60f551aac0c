"""A small text, and its characters as numbers: for models that write."""

from __future__ import annotations

from importlib import resources
from typing import NamedTuple

import numpy as np

from ..creation import from_numpy
from ..tensor import Tensor


class Text(NamedTuple):
    """A text as numbers: `codes` (n,) int64, each the place of a character in `characters`, which is sorted."""

    codes: Tensor
    characters: str

    def decode(self, codes: Tensor) -> str:
        """The text that these codes (of one dimension) stand for."""
        return "".join(self.characters[code] for code in codes.tolist())

    def encode(self, text: str) -> Tensor:
        """This text's codes. ValueError for a character that the small text does not have."""
        for character in text:
            if character not in self.characters:
                raise ValueError(f"no code for {character!r}: the text has only {self.characters!r}")
        return from_numpy(np.array([self.characters.index(character) for character in text], dtype=np.int64))


def load_text() -> Text:
    """The tale of a walker in a fog, 5,000 characters; it was written for this package (sources.md)."""
    told = resources.files(__package__).joinpath("walker.txt").read_text(encoding="utf-8")
    characters = "".join(sorted(set(told)))
    empty = Text(from_numpy(np.zeros(0, np.int64)), characters)
    return Text(empty.encode(told), characters)
