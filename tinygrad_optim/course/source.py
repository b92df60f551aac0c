"""One function or class of an exercises.py as text: found, told from its earlier forms, put back."""

from __future__ import annotations

import ast
import hashlib
from functools import lru_cache
from pathlib import Path


class Unreadable(ValueError):
    """A file that is no Python, or cannot be read; the message says why and where."""


def text_of(path: Path) -> str:
    """A file's text. Unreadable if it has none."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
        raise Unreadable(f"cannot read {path}: {reason}") from None


def rows_of(text: str, name: str) -> tuple[int, int] | None:
    """The first line of a function or class, decorators included, and its last; of several, the last one counts.

    None if there is none. Unreadable if the text is no Python.
    """
    return all_rows(text).get(name)


@lru_cache(8)  # a file is asked for one function after the other
def all_rows(text: str) -> dict[str, tuple[int, int]]:
    """The rows of each function and class, as rows_of tells them."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None)
        raise Unreadable(f"{f'line {line} ' if line else ''}is not Python: {getattr(error, 'msg', error)}") from None
    found = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
            found[node.name] = first, node.end_lineno or node.lineno
    return found


def source_of(text: str, name: str) -> str | None:
    """The source of a function or class in a text; None if it has none of this name. Unreadable if it is no Python."""
    rows = rows_of(text, name)
    return None if rows is None else "\n".join(text.split("\n")[rows[0] - 1 : rows[1]]) + "\n"


def put_back(text: str, name: str, source: str) -> str:
    """The text with this source in the place of the function or class of this name, or at its end."""
    rows = rows_of(text, name)
    lines = text.split("\n")
    if rows is None:
        return text.rstrip("\n") + "\n\n\n" + source
    return "\n".join([*lines[: rows[0] - 1], source.rstrip("\n"), *lines[rows[1] :]])


def fingerprint(text: str) -> str:
    """What tells a text from every other: its sha256, whatever ends its lines."""
    return hashlib.sha256("\n".join(text.splitlines()).encode("utf-8", "backslashreplace")).hexdigest()


def code_of(text: str, name: str) -> str:
    """The fingerprint of a learner's function; of the whole text where the function cannot be told apart."""
    try:
        return fingerprint(source_of(text, name) or text)
    except Unreadable:
        return fingerprint(text)
