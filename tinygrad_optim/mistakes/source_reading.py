"""What a line of the learner's program does with a value, as far as its text tells."""

from __future__ import annotations

import ast
import linecache

from .places import Place


def statement_at(place: Place) -> ast.stmt | None:
    """The innermost statement that a line belongs to; None if its text cannot be found or read."""
    try:
        tree = ast.parse("".join(linecache.getlines(place.file)))
    except SyntaxError:
        return None
    found = None
    for part in ast.walk(tree):
        if not isinstance(part, ast.stmt) or not part.lineno <= place.line <= (part.end_lineno or part.lineno):
            continue
        if found is None or part.lineno >= found.lineno:
            found = part
    return found


def statement_text(place: Place) -> str:
    """The statement that a line belongs to, as it would be written on one line; "" if it is not known."""
    found = statement_at(place)
    return "" if found is None else ast.unparse(found)


def only_looked_at(place: Place, walked: Place, choice: bool) -> bool:
    """Whether what a line takes out of the graph seems to be shown, counted or compared, not computed with.

    walked: the line that calls backward(): what is added up in a name that stands there is part of the loss.
    choice: the cut is a comparison itself, or the like.
    True as well where the text is not known.
    """
    found = statement_at(place)
    if found is None or isinstance(found, ast.Expr | ast.Assert | ast.If | ast.While | ast.Raise):
        return True  # print(x.item()), losses.append(x.item()), if x.item() < best
    if isinstance(found, ast.AugAssign):
        return ast.unparse(found.target) not in statement_text(walked)
    shown = (ast.JoinedStr, ast.Dict) if choice else (ast.JoinedStr, ast.Dict, ast.Compare)
    return any(isinstance(part, shown) for part in ast.walk(found))
