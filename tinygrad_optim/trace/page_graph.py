"""The graphs of a story's forward chapters: a box an op and a box a leaf, laid out once for steps that are alike."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..graph.layout import lay_out
from .chapters import Backward, Construct, Forward, OpRun, Step
from .story import Story

MOST = 5000  # ops: a graph of more is left out
LETTER, MARGIN, LEAST, HEIGHT = 7.0, 22.0, 124.0, 38.0  # sizes of a box, in pixels
OP, LEAF, INPUT = range(3)


@dataclass
class Boxes:
    """One training step's graph while it is collected."""

    labels: list[tuple[str, int]] = field(default_factory=list)  # the text and the kind
    parents: list[tuple[int, ...]] = field(default_factory=list)
    by_op: dict[int, int] = field(default_factory=dict)  # an op's number -> its box
    by_token: dict[int, int] = field(default_factory=dict)  # of tensors: results of ops, leaves and inputs

    def add(self, label: str, kind: int, token: int, parents: tuple[int, ...] = ()) -> int:
        self.labels.append((label, kind))
        self.parents.append(parents)
        self.by_token[token] = box = len(self.labels) - 1
        return box

    def add_op(self, run: OpRun, leaves: set[int]) -> None:
        """An op, below what went into it."""
        parents = []
        for one in run.inputs:
            if one.token and one.token not in self.by_token:
                kind = LEAF if one.token in leaves else INPUT
                self.add(one.who or one.role, kind, one.token)
            if one.token:
                parents.append(self.by_token[one.token])
        self.by_op[run.number] = self.add(run.op, OP, run.result, tuple(dict.fromkeys(parents)))


class Graphs:
    """Of each chapter the graph it belongs to, by number (-1: none); and the graphs as drawn."""

    def __init__(self, story: Story) -> None:
        self.drawn: list[dict[str, Any]] = []
        self.of_chapter: list[int] = []
        self.boxes: list[Boxes] = []  # by chapter
        known: dict[Any, int] = {}
        leaves = leaves_of(story)
        waiting: list[int] = []  # chapters of the graph that is being collected
        now = Boxes()
        for chapter in story.chapters:
            if isinstance(chapter, Forward) and waiting and not isinstance(story.chapters[waiting[-1]], Forward):
                now = self.close(now, waiting, known)
            if isinstance(chapter, Forward):
                for run in chapter.ops[: MOST - len(now.by_op)]:
                    now.add_op(run, leaves)
            waiting.append(len(self.of_chapter))
            self.of_chapter.append(-1)
            self.boxes.append(now)
            if isinstance(chapter, Step | Construct):
                now = self.close(now, waiting, known)
        self.close(now, waiting, known)

    def close(self, boxes: Boxes, waiting: list[int], known: dict[Any, int]) -> Boxes:
        """All of this graph is there: draw it, unless one like it has been drawn."""
        if boxes.by_op:
            key = tuple(boxes.labels), tuple(boxes.parents)
            if key not in known:
                known[key] = len(self.drawn)
                self.drawn.append(drawn(boxes))
            for chapter in waiting:
                self.of_chapter[chapter] = known[key]
        waiting.clear()
        return Boxes()

    def box(self, chapter: int, op: int, token: int) -> int:
        """The box that a scene is about; -1 if none is."""
        if chapter >= len(self.boxes):
            return -1
        boxes = self.boxes[chapter]
        return boxes.by_op.get(op, boxes.by_token.get(token, -1) if token else -1)


def leaves_of(story: Story) -> set[int]:
    """The tokens of what gets a gradient or is in a group."""
    found: set[int] = set()
    for chapter in story.chapters:
        if isinstance(chapter, Construct):
            found.update(one.token for group in chapter.groups for one in group.parameters)
        elif isinstance(chapter, Backward):
            found.update(leaf.leaf.token for leaf in chapter.leaves)
    return found


def drawn(boxes: Boxes) -> dict[str, Any]:
    """{width, height, boxes: [[centre, top, width, text, kind]], lines: [points]}"""
    widths = [max(LEAST, LETTER * min(len(label), 24) + MARGIN) for label, _ in boxes.labels]
    layout = lay_out(boxes.parents, widths, [HEIGHT] * len(widths))
    lines = [[[round(x), round(y)] for x, y in points] for points in [*layout.stems, *layout.tips.values()]]
    placed = [
        [round(x), round(top), round(width), label, kind]
        for x, top, width, (label, kind) in zip(layout.x, layout.top, widths, boxes.labels)
    ]
    return {"width": round(layout.width), "height": round(layout.height), "boxes": placed, "lines": lines}
