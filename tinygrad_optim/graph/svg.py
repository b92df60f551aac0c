"""A graph as a picture: SVG that needs nothing else, with a text for those who do not see it."""

from __future__ import annotations

import unicodedata
import zlib
from html import escape
from typing import Any

from .collect import MORE, OP, PARAMETER, VALUE, Box
from .layout import Layout, lay_out
from .tree import merged

MARGIN, LINE, PAD = 16.0, 16.0, 9.0  # round the picture; a text line's height; round a box's text
LETTER, SMALL = 7.3, 6.4  # a letter's width at 12 px and at 10.5, with some room
STRAIGHT = 16.0  # of a line, before its tip: the argument's name stands beside it
LONGEST = 44  # letters in a box's line; the whole stands in its tooltip
NAMED = 12  # arguments of a box; of more, the picture does not tell the names
HEAD = 46.0  # above the graph: title, and what there is

STYLE = """
.SCOPE { font: 12px ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.SCOPE text { fill: currentColor; white-space: pre; }
.SCOPE .head { font: 600 15px system-ui, sans-serif; }
.SCOPE .note { font: 12px system-ui, sans-serif; }
.SCOPE .name { font-weight: 700; }
.SCOPE .quiet { opacity: .72; }
.SCOPE .role { font-size: 10.5px; opacity: .72; }
.SCOPE .box rect { stroke: currentColor; stroke-opacity: .55; fill: currentColor; fill-opacity: .035; }
.SCOPE .parameter rect { stroke: #2a7de1; stroke-opacity: 1; fill: #2a7de1; fill-opacity: .16; }
.SCOPE .leaf rect { stroke: #c77700; stroke-opacity: 1; fill: #c77700; fill-opacity: .14; }
.SCOPE .more rect { stroke-dasharray: 4 4; }
.SCOPE .result rect { stroke-opacity: 1; stroke-width: 2.5; }
.SCOPE .line { fill: none; stroke: currentColor; stroke-opacity: .5; stroke-width: 1.3; }
.SCOPE .tip { fill: currentColor; fill-opacity: .6; }
"""
ALONE = ".SCOPE { color-scheme: light dark; color: CanvasText; background: Canvas; }"


def as_svg(graph: Any, inline: bool = False) -> str:
    """The whole picture. inline: as part of a page, whose colour it takes."""
    boxes: list[Box] = graph.boxes
    texts = [lines_of(box) for box in boxes]
    widths = [
        max(max(width(line) for line, _ in text) * LETTER + 2 * PAD, sum(slots(box))) for box, text in zip(boxes, texts)
    ]
    heights = [len(text) * LINE + 2 * PAD - 4 for text in texts]
    layout = lay_out([[one for one, _ in box.parents] for box in boxes], widths, heights)
    said = graph.summary + "".join(f". {note}" for note in graph.notes)
    wide = max(layout.width, 7.0 * len(said), 9.0 * len(graph.title)) + 2 * MARGIN
    tall = layout.height + HEAD + 2 * MARGIN
    left = (wide - layout.width) / 2
    parts = [f'<g transform="translate({left:.0f} {HEAD + MARGIN:.0f})">']
    parts += [line(points) for points in layout.stems]
    parts += [arrows(box, i, layout, widths[i]) for i, box in enumerate(boxes)]
    parts += [
        drawn(box, texts[i], i, layout, widths[i], heights[i], i == len(boxes) - 1) for i, box in enumerate(boxes)
    ]
    parts.append("</g>")
    body = "\n".join(parts)
    scope = f"graph-{zlib.crc32(body.encode()):08x}"  # its own, beside other graphs on one page
    style = (STYLE + ("" if inline else ALONE)).replace("SCOPE", scope)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{scope}" role="img" aria-labelledby="{scope}-t {scope}-d" '
        f'width="{wide:.0f}" height="{tall:.0f}" viewBox="0 0 {wide:.0f} {tall:.0f}">'
        f'<title id="{scope}-t">{text(graph.title)}</title><desc id="{scope}-d">{text(description(graph))}</desc>'
        f"<style>{style}</style>"
        f'<text class="head" x="{MARGIN:.0f}" y="{MARGIN + 12:.0f}">{text(graph.title)}</text>'
        f'<text class="note quiet" x="{MARGIN:.0f}" y="{MARGIN + 32:.0f}">{text(said)}</text>'
        f"{body}</svg>\n"
    )


def text(value: Any) -> str:
    """Text, escaped; what XML cannot hold is left out."""
    return escape("".join(letter for letter in str(value) if letter.isprintable() or letter == "\n"), quote=True)


def width(line: str) -> int:
    """How many letters wide a line is; East Asian letters count two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in line)


def short(line: str) -> str:
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def lines_of(box: Box) -> list[tuple[str, str]]:
    """(text, class) of a box's lines: name and shape, module and place, numbers."""
    if box.kind == MORE:
        return [(box.title, "quiet")]
    named = f"{box.variable} = {box.title}" if box.variable else box.title
    facts = [f"#{box.number}" if box.number else "", "" if box.value and not box.shape else box.size]
    lines = [(short(named), "name"), ("  ".join(fact for fact in facts if fact), "")]
    if box.module:
        lines.append((short(box.module), "quiet"))
    if box.place:
        lines.append((short(str(box.place)), "quiet"))
    if box.value:
        lines.append((short(f"value {box.value}"), ""))
    if box.gradient:
        lines.append((short(f"gradient {box.gradient}"), ""))
    return [line for line in lines if line[0]]


def drawn(
    box: Box, lines: list[tuple[str, str]], i: int, layout: Layout, wide: float, tall: float, result: bool
) -> str:
    """One box, its whole source line in a tooltip."""
    x, y = layout.x[i] - wide / 2, layout.top[i]
    kind = f"box {box.kind}{' result' if result else ''}"
    round_corner = 4 if box.kind == OP else tall / 2 if box.kind == PARAMETER else 10
    said = "".join(
        f'<text class="{style}" x="{layout.x[i]:.1f}" y="{y + PAD + 9 + k * LINE:.1f}" text-anchor="middle">'
        f"{text(line)}</text>"
        for k, (line, style) in enumerate(lines)
    )
    tip = f"<title>{text(tooltip(box))}</title>"
    rect = f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{tall:.1f}" rx="{min(round_corner, 14):.0f}"/>'
    return f'<g class="{kind}">{tip}{rect}{said}</g>'


def tooltip(box: Box) -> str:
    facts = [f"{box.variable} = {box.title}" if box.variable else box.title, box.size, box.module]
    facts += [f"{box.place}: {box.place.text}" if box.place else "", box.value, box.gradient]
    return "\n".join(fact for fact in facts if fact)


def line(points: list[tuple[float, float]]) -> str:
    """A line down: straight within rows, curved from row to row."""
    (x, y), path = points[0], []
    path.append(f"M{x:.1f} {y:.1f}")
    for nx, ny in points[1:]:
        middle = (y + ny) / 2
        path.append(f"V{ny:.1f}" if nx == x else f"C{x:.1f} {middle:.1f} {nx:.1f} {middle:.1f} {nx:.1f} {ny:.1f}")
        x, y = nx, ny
    return f'<path class="line" d="{"".join(path)}"/>'


def tip(end: tuple[float, float]) -> str:
    """The point of an arrow."""
    return f'<path class="tip" d="M{end[0]:.1f} {end[1]:.1f}l-3.5 -7h7z"/>'


def slots(box: Box) -> list[float]:
    """How much room each of a box's arguments needs along its top, for an arrow and the argument's name."""
    parents = merged(box.parents)
    return [width(role) * SMALL + 12 if len(parents) <= NAMED else 0.0 for _, role in parents]


def arrows(box: Box, i: int, layout: Layout, wide: float) -> str:
    """The lines into a box, side by side, each with the argument it is; in the order in which they come along x."""
    parents = merged(box.parents)
    room = dict(zip(parents, slots(box)))
    x, spare = layout.x[i] - wide / 2, (wide - sum(room.values())) / max(1, len(parents))
    said = []
    for parent, role in sorted(parents, key=lambda one: layout.tips[one[0], i][-2][0]):
        *before, (_, top) = layout.tips[parent, i]
        from_right = before[-1][0] > layout.x[i]
        mine = room[parent, role] + spare
        port = layout.x[i] if len(parents) == 1 else x + mine - 6 - spare / 2 if from_right else x + 6 + spare / 2
        said.append(line([*before, (port, top - STRAIGHT), (port, top)]) + tip((port, top)))
        if 1 < len(box.parents) <= NAMED or (box.title == VALUE and len(box.parents) == 1):
            anchor, away = ("end", -5) if from_right and len(parents) > 1 else ("start", 5)
            said.append(
                f'<text class="role" x="{port + away:.1f}" y="{top - 5:.1f}" text-anchor="{anchor}">{text(role)}</text>'
            )
        x += mine
    return "".join(said)


def description(graph: Any) -> str:
    """The picture in words."""
    last = graph.boxes[-1]
    return (
        f"{graph.summary}. Each box stands above those made from it; the result, {last.title} of {last.size}, is last. "
        + " ".join(graph.notes)
    )
