"""What every report needs to know of a run, besides the results."""

from __future__ import annotations

from dataclasses import dataclass

from ... import __version__


@dataclass(frozen=True)
class Run:
    """A run of `grade`, as its reports tell of it."""

    lessons: tuple[str, ...]
    mode: str  # of the confinement
    cannot: tuple[str, ...] = ()  # what that does not stop
    due: str = ""  # the deadline, by ISO 8601
    late: str = ""  # the policy, as it was given
    roster: tuple[str, ...] = ()  # its columns
    program: str = f"tinygrad-optim {__version__}"


def lines(text: str) -> str:
    """A text in which nothing but letters and ends of lines is left: what a learner's code wrote may hold anything."""
    return "".join(one if one == "\n" or one == "\t" or one.isprintable() else f"\\x{ord(one):02x}" for one in text)
