"""Lines of the learner's program: which one is running, and how a message names it."""

from __future__ import annotations

import sys
from pathlib import Path
from types import CodeType, FrameType
from typing import NamedTuple

from ..source_line import LIBRARY, describe_line, line_number

HERE = Path(__file__).parent
# Files that no message blames: the package's own, but for its demo and the rooms that run a program of the learner's.
PASSED_OVER = LIBRARY | {str(path) for path in (*HERE.glob("*.py"), HERE.parent / "occasions.py")}


class Place(NamedTuple):
    """A line that ran, kept as (code object, instruction offset): cheap to keep, read when asked."""

    code: CodeType
    lasti: int

    @property
    def file(self) -> str:
        return self.code.co_filename

    @property
    def line(self) -> int:
        return line_number(self.code, self.lasti)

    def describe(self) -> str:
        """`train.py:12, in main: loss.backward()`"""
        return describe_line(self.code, self.lasti)


def calling_place() -> Place:
    """The innermost line outside the package that is now running."""
    frame = calling_frame()
    return Place(frame.f_code, frame.f_lasti)


def calling_frame() -> FrameType:
    """The frame that runs that line."""
    frame = sys._getframe(1)
    while frame.f_code.co_filename in PASSED_OVER and frame.f_back is not None:
        frame = frame.f_back
    return frame


def node_place(node: object) -> Place:
    """The line that made a node of the graph."""
    return Place(node.code, node.lasti)  # type: ignore[attr-defined]
