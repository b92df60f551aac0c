"""A page of terminal text: lines of pieces, each with a style."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .snapshot import SAMPLE, WHOLE

CHANGED = "*"  # stands before what a line changed
KEY = (
    f"{CHANGED} marks what a line changed. Numbers are those of the moment; of long arrays the ends are shown, and of "
    f"those with more than {WHOLE} elements a sample of {SAMPLE} was recorded."
)

Piece = tuple[str, str]  # text and style


@dataclass
class Page:
    """Lines, each of pieces of text with a style (of rich's; plain text leaves them out)."""

    lines: list[list[Piece]] = field(default_factory=list)
    full: bool = False

    def say(self, depth: int, *pieces: str | Piece) -> None:
        """One line, indented."""
        self.lines.append([("  " * depth, ""), *((one, "") if isinstance(one, str) else one for one in pieces)])

    def row(self, depth: int, label: str, text: str, style: str = "") -> None:
        """A label and what is to be said of it."""
        self.say(depth, (f"{label:<10} ", "dim"), (text, style))

    def plain(self) -> str:
        return "\n".join("".join(text for text, _ in line).rstrip() for line in self.lines) + "\n"


def say_source(page: Page, depth: int, chapter: Any) -> None:
    """The program's line that began a chapter."""
    place = getattr(chapter, "place", None)
    if place is not None:
        rows = place.text.split("\n")
        page.say(depth, (f"{place}  ", "cyan"), (rows[0], ""))
        indent = " " * (len(str(place)) + 2)
        for row in rows[1:]:
            page.say(depth, indent + row)
