"""Which loop of the program's own a line stands in."""

from __future__ import annotations

import ast
import linecache
from functools import lru_cache

from ..source_line import LIBRARY, line_number
from .recording import Call, Place, place_at

LOOPS = (ast.For, ast.AsyncFor, ast.While)
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def loop_of(call: Call) -> Place | None:
    """The innermost loop outside of the library that led to this call; None if there is none in what was recorded."""
    for one in (call, *call.ancestors()):
        if one.outside is not None:
            code, line = one.outside[0], line_number(*one.outside)
            file, function = code.co_filename, code.co_name
        elif one.line is not None and one.parent is not None:
            file, line, function = one.line.plan.file, one.line.plan.first, one.parent.name
        else:
            continue
        found = loops_in(file).get(line) if file not in LIBRARY else None
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
