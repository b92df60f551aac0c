"""Which loop of the program's own a line stands in."""

from __future__ import annotations

import ast
import linecache
from functools import lru_cache

from ..source_line import line_number
from .chosen import is_chosen
from .recording import Call, Place, place_at

LOOPS = (ast.For, ast.AsyncFor, ast.While)
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def loop_of(call: Call, own: list[str]) -> Place | None:
    """The innermost loop in the program's own files that led to this call; None if there is none."""
    for one in (call, *call.ancestors()):
        made_at = []  # by code that was not recorded, and that by a recorded line
        if one.outside is not None:
            made_at.append((one.outside[0].co_filename, line_number(*one.outside), one.outside[0].co_name))
        if one.line is not None and one.parent is not None:
            made_at.append((one.line.plan.file, one.line.plan.first, one.parent.name))
        for file, line, function in made_at:
            found = loops_in(file).get(line) if is_chosen(file, own) else None
            if found is not None:
                return place_at(file, found, function)
    return None


@lru_cache(maxsize=64)
def loops_in(file: str) -> dict[int, int]:
    """Of each line of a file that stands in a loop, the line at which the innermost one begins."""
    try:
        tree = ast.parse("".join(linecache.getlines(file)))
    except (SyntaxError, ValueError):
        return {}
    found: dict[int, int] = {}
    for node in ast.walk(tree):  # outer ones before what is in them
        if isinstance(node, LOOPS):
            inside = range(node.body[0].lineno, (node.body[-1].end_lineno or node.lineno) + 1)
            found.update(dict.fromkeys(inside, node.lineno))
        elif isinstance(node, SCOPES):  # a function made in a loop runs elsewhere
            for line in range(node.lineno, (node.end_lineno or node.lineno) + 1):
                found.pop(line, None)
    return found
