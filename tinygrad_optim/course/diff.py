"""A learner's function and the solution, side by side."""

from __future__ import annotations

import ast
import textwrap
from difflib import SequenceMatcher

from ..trace.text_page import Page
from .source import source_of

ROOM = 90  # letters of a line from which on the two stand side by side, and not one under the other


def beside(name: str, own: str, solutions: str, width: int) -> Page:
    """This function in two texts, on a page of this width. Where the two differ, a mark stands between them.

    Where they do nowhere, that is said, and there is nothing to show.
    """
    page = Page()
    yours, ours = (code_of(text, name) for text in (own, solutions))
    if [row.rstrip() for row in yours] == [row.rstrip() for row in ours]:
        page.say(0, (name, "bold"), "   yours is the solution, word for word")
        return page
    page.say(0, (name, "bold"))
    if width < ROOM:
        for title, rows in (("yours:", yours), ("the solution:", ours)):
            page.say(0, (title, "dim"))
            for row in rows:
                page.say(1, row)
        return page
    half = (width - 3) // 2
    page.say(0, (f"{'yours':<{half}}   the solution", "dim"))
    matcher = SequenceMatcher(None, [row.rstrip() for row in yours], [row.rstrip() for row in ours], autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        mark = " " if tag == "equal" else "|"
        left, right = wrapped(yours[a:b], half), wrapped(ours[c:d], half)
        for number in range(max(len(left), len(right))):
            one = left[number] if number < len(left) else ""
            other = right[number] if number < len(right) else ""
            style = "dim" if tag == "equal" else ""
            page.say(0, (f"{one:<{half}} ", style), (mark, "yellow"), (f" {other}", style))
    return page


def code_of(text: str, name: str) -> list[str]:
    """The lines of a function or class, but for its docstring, which says what is asked."""
    rows = (source_of(text, name) or "").rstrip("\n").split("\n")
    node = ast.parse("\n".join(rows)).body[0]
    if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node) is not None and len(node.body) > 1:
        said = node.body[0]
        return rows[: said.lineno - 1] + rows[said.end_lineno :]
    return rows


def wrapped(rows: list[str], width: int) -> list[str]:
    """Lines no longer than this; what is too long goes on in the next, indented."""
    found: list[str] = []
    for row in rows:
        indent = row[: len(row) - len(row.lstrip())]
        found += textwrap.wrap(row, width, subsequent_indent=indent + "    ", drop_whitespace=False) or [""]
    return found
