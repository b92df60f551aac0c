"""Lines of the learner's program that are found in its text: for what stands there and has no moment of its own."""

from __future__ import annotations

import ast
import linecache
import re
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .places import PASSED_OVER

# Where Python and what is installed with it lie: no program of a learner's.
INSTALLED = tuple({sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")})


@dataclass(frozen=True)
class SourceLine:
    """A line of a file, told of as a Place is."""

    file: str
    line: int

    def describe(self) -> str:
        """`train.py:12: self.layers = [...]`"""
        text = linecache.getline(self.file, self.line).strip()
        return f"{Path(self.file).name}:{self.line}" + (f": {text}" if text else "")


def running_files() -> list[str]:
    """The files of the program whose functions are running now, the innermost first."""
    found: list[str] = []
    frame = sys._getframe(1)
    while frame is not None:
        file = frame.f_code.co_filename
        if file not in PASSED_OVER and file not in found and not file.startswith(INSTALLED):
            found.append(file)
        frame = frame.f_back  # type: ignore[assignment]
    return found


def find_line(pattern: str, files: list[str] | None = None, after: int = 0) -> SourceLine | None:
    """The first line that matches a regular expression, comments apart, of these files (default: the running ones).

    after: a line number; lines up to it do not count.
    """
    wanted = re.compile(pattern)
    for file in running_files() if files is None else files:
        for number, text in enumerate(linecache.getlines(file), 1):
            if number > after and wanted.search(text.partition("#")[0]):
                return SourceLine(file, number)
    return None


def find_assignment(name: str, files: list[str] | None = None) -> SourceLine | None:
    """The first line that assigns to an attribute of this name: `something.name = ...`."""
    return find_line(rf"\.{re.escape(name)}\s*(:[^=]+)?=(?!=)", files)


def class_file(thing: Any) -> list[str]:
    """The file in which the class of this thing begins, in a list; [] if that is not the program's."""
    code = getattr(getattr(type(thing), "__init__", None), "__code__", None)
    return [code.co_filename] if code is not None and code.co_filename not in PASSED_OVER else []


def dotted(part: ast.expr) -> list[str]:
    """["net", "body"] of net.body; [] of what is no dotted name."""
    if isinstance(part, ast.Name):
        return [part.id]
    inner = dotted(part.value) if isinstance(part, ast.Attribute) else []
    return [*inner, part.attr] if isinstance(part, ast.Attribute) and inner else []


def found_in_program(path: list[str], file: str) -> Any:
    """What a dotted name stands for now in the innermost running function of a file; None if it cannot be known."""
    frame: Any = sys._getframe(1)
    while frame is not None and (
        frame.f_code.co_filename != file or path[0] not in {**frame.f_globals, **frame.f_locals}
    ):
        frame = frame.f_back
    if frame is None:
        return None
    thing = frame.f_locals.get(path[0], frame.f_globals.get(path[0]))
    for name in path[1:]:
        thing = getattr(thing, "_modules", {}).get(name)
    return thing
