"""A graph as a tree of text, the result first.

The longest way back from the result goes straight down; what joins it branches off to the right. So the text is
at most as deep as the logarithm of the graph's size, however long the way. What several ops were made from is
told once, below the earliest of them, and by its number or name elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..trace.recording import Place
from .collect import MORE, OP, PARAMETER, Box

MARKS = {OP: "●", PARAMETER: "■", MORE: "…"}
LEAF_MARK = "○"
WIDEST = 60  # characters of a column: what is longer moves the rest of its line

KEY = f"{MARKS[OP]} op   {MARKS[PARAMETER]} parameter   {LEAF_MARK} other leaf   A line was made from those below it."


def as_tree(graph: Any) -> str:
    """The tree, under a title and above a key."""
    walked = list(walk(graph.boxes))
    told_at = {id(box): i for i, (_, _, box, here) in enumerate(walked) if here}
    rows, source = [], None
    for i, (before, role, box, here) in enumerate(walked):
        row = [before + label(box, role)]
        if here:
            row += about(box, source)
            source = box.place or source
        else:
            row.append(f"(told {'above' if told_at[id(box)] < i else 'below'})")
        rows.append(row)
    lines = [f"{graph.title}: {graph.summary}", *(f"Note: {note}" for note in graph.notes), ""]
    return "\n".join([*lines, *in_columns(rows), "", KEY]) + "\n"


def in_columns(rows: list[list[str]]) -> list[str]:
    """Rows of cells, those of a column below each other; a column without any text is left out."""
    widths = [max(len(row[i]) for row in rows if i < len(row)) for i in range(max(map(len, rows)))]
    widths = [min(width, WIDEST) for width in widths]
    return ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths) if width).rstrip() for row in rows]


def label(box: Box, role: str) -> str:
    """The mark, the argument it was, the name and the number."""
    said = f"{box.title} #{box.number}" if box.number else box.title
    named = f" = {box.variable}" if box.variable else ""
    return f"{MARKS.get(box.kind, LEAF_MARK)} {f'{role}: ' if role else ''}{said}{named}"


def about(box: Box, source: Place | None) -> list[str]:
    """Shape, numbers, module and place; the source line's text, unless it is the one that was told last."""
    if box.kind == MORE:
        return []
    cells = [box.size, f"value {box.value}" if box.value else "", f"gradient {box.gradient}" if box.gradient else ""]
    cells += [f"in {box.module}" if box.module else "", str(box.place or "")]
    return [*cells, box.place.text.split("\n")[0] if box.place and box.place != source else ""]


def walk(boxes: list[Box]) -> Iterator[tuple[str, str, Box, bool]]:
    """(text before, argument, box, told here) for each line: a walk with its own stack."""
    owner, weight = owners(boxes)
    stack = [("", "", "", len(boxes) - 1, -1)]  # text before its own line, and before those below it
    while stack:
        before, below, role, i, child = stack.pop()
        here = child == owner[i]
        yield before, role, boxes[i], here
        if not here:
            continue
        parents = merged(boxes[i].parents)
        trunk = max((one for one, _ in parents if owner[one] == i), key=weight.__getitem__, default=None)
        if trunk is not None and weight[trunk] == 1 and boxes[trunk].kind != OP:
            trunk = None  # leaves alone are branches, all of them
        branches = [(one, role) for one, role in parents if one != trunk]
        if trunk is not None:
            stack.append((below, below, dict(parents)[trunk] if len(boxes[i].parents) > 1 else "", trunk, i))
        for place, (one, role) in reversed(list(enumerate(branches))):
            last = trunk is None and place == len(branches) - 1
            stack.append((below + ("└─" if last else "├─"), below + ("  " if last else "│ "), role, one, i))


def merged(parents: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """Each parent once, with all the arguments that it was."""
    roles: dict[int, list[str]] = {}
    for one, role in parents:
        roles.setdefault(one, []).append(role)
    return [(one, " and ".join(all_roles)) for one, all_roles in roles.items()]


def owners(boxes: list[Box]) -> tuple[list[int], list[int]]:
    """Below which box each is told (the first made from it), and how many lines it then brings along."""
    owner = [-1] * len(boxes)
    for child in reversed(range(len(boxes))):
        for parent, _ in boxes[child].parents:
            owner[parent] = child
    weight = [1] * len(boxes)
    for i, child in enumerate(owner):
        if child >= 0:
            weight[child] += weight[i]
    return owner, weight
