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
CONTROLS = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if code != ord("\t")}
CONTROLS[ord("\n")] = "\\n"


def visible(text: str) -> str:
    """The text with control characters spelled out: a name may hold any, and a terminal would obey them."""
    return text if text.isprintable() else text.translate(CONTROLS)


@dataclass
class Page:
    """Lines, each of pieces of text with a style (of rich's; plain text leaves them out)."""

    lines: list[list[Piece]] = field(default_factory=list)
    full: bool = False

    def say(self, depth: int, *pieces: str | Piece) -> None:
        """One line, indented."""
        told = [(one, "") if isinstance(one, str) else one for one in pieces]
        self.lines.append([("  " * depth, ""), *((visible(text), style) for text, style in told)])

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
