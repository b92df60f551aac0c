"""How a mistake is told: once for each line of the program, as a warning, or as an error under `strict()`."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from .places import Place, calling_place
from .source_search import SourceLine

PACKAGE = str(Path(__file__).parents[1]) + os.sep


class TeachingWarning(UserWarning):
    """What the program does is allowed, and most likely not what is meant."""


class Manner:
    """Whether a mistake is an error, and which have been told."""

    strict = False
    rows: list[tuple[str, str, Place | SourceLine]] | None = None  # where what is said goes instead, under collecting()
    told: set[tuple[str, str, int]]

    def __init__(self) -> None:
        self.told = set()  # (code, file, line)


MANNER = Manner()


class strict:
    """From here on each mistake is an error: raised as a TeachingWarning, before anything is changed.

    `strict()` alone holds to the program's end, `with strict():` inside the block; strict(False) takes it back.
    """

    def __init__(self, mode: bool = True) -> None:
        self.before = MANNER.strict
        MANNER.strict = mode

    def __enter__(self) -> strict:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        MANNER.strict = self.before


def speak(code: str, said: str, place: Place | SourceLine | None = None) -> None:
    """Tell of a mistake, once for its code and line: what happened, why it is likely wrong, what to write instead.

    said: two or three sentences, with names and numbers; a further line that matters is named in it by its describe().
    place: the line that did it (default: the line of the program that is running now).
    Under strict() a TeachingWarning is raised, each time.
    """
    place = place or calling_place()
    if MANNER.rows is not None:
        MANNER.rows.append((code, said, place))
        return
    if place.file.startswith(PACKAGE) and not place.file.endswith("demo.py"):
        return  # a room of the package's own that computes: no line of the learner's did it
    text = f"{code}: {said} More: tinygrad-optim why {code}"
    if MANNER.strict:
        raise TeachingWarning(f"{place.describe()}: {text}")
    if (code, place.file, place.line) in MANNER.told:
        return
    MANNER.told.add((code, place.file, place.line))
    warnings.warn_explicit(text, TeachingWarning, place.file, place.line, registry=no_memory())


@contextmanager
def collecting() -> Iterator[list[tuple[str, str, Place | SourceLine]]]:
    """Within the block nothing is told: what would be is put into the list instead, (code, said, place)."""
    rows: list[tuple[str, str, Place | SourceLine]] = []
    MANNER.rows = rows
    try:
        yield rows
    finally:
        MANNER.rows = None


def forget() -> None:
    """Forget which mistakes have been told: each is told again."""
    MANNER.told.clear()


def no_memory() -> dict[Any, Any]:
    """A registry that has seen no warning: whether one was told is known here."""
    return {}
