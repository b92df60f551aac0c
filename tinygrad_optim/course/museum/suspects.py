"""A bug without a name, to be found out by what it does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from random import Random

from .exhibits import shown
from .mutants import MUTANTS, mutant_called


class Suspect:
    """A mutant whose name is not told: ask `is_it(name)` when you know."""

    def __init__(self, number: object, among: Sequence[str]) -> None:
        self.number = number
        self.among = tuple(among)
        self._name = Random(f"suspect {number}").choice(self.among)

    def is_it(self, name: str) -> bool:
        """Whether the bug is the one of this name. KeyError for a name that the museum does not have."""
        return mutant_called(name).name == self._name

    def __repr__(self) -> str:
        return f"<suspect {self.number}: one of {', '.join(self.among)}>"


@contextmanager
def suspect(number: object, among: Sequence[str] = tuple(MUTANTS)) -> Iterator[Suspect]:
    """Within this the package has a bug, always the same for a number (or a word); which one, you are not told.

    among: the names it is drawn from, if not all. In traces the changed lines are shown as sgd.suspect_3.py and so on.
    """
    hidden = Suspect(number, [mutant_called(name).name for name in among])
    with shown(mutant_called(hidden._name), f"suspect_{number}"):
        yield hidden
