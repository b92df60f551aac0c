"""Runs a lesson as a script, and says which of its lines printed what: python lesson_script.py lesson.py

Prints JSON: [[line, text], ...], where line is that of the statement, at the level of the file, during which it was
printed.
"""

from __future__ import annotations

import io
import json
import runpy
import sys
from types import FrameType


class Listener(io.TextIOBase):
    """Standard output, by the line of the file that is at work."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.heard: list[tuple[int, str]] = []

    encoding = "utf-8"

    def write(self, text: str) -> int:
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and (frame.f_code.co_filename, frame.f_code.co_name) != (self.path, "<module>"):
            frame = frame.f_back
        self.heard.append((frame.f_lineno if frame else 0, text))
        return len(text)

    def writable(self) -> bool:
        return True


if __name__ == "__main__":
    real, path = sys.stdout, sys.argv[1]
    sys.argv = [path]
    sys.stdout = listener = Listener(path)  # type: ignore[assignment]
    runpy.run_path(path, run_name="__main__")
    real.write(json.dumps(listener.heard))
