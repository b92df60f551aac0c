"""Loops that are to freeze parameters by their names, and find none of that name."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator
from typing import Any

from .registration_empty import asked_of, looped_over, name_in, tell
from .registration_facts import known_of, roots_of, walk
from .source_search import SourceLine, found_in_program, running_files


def look_at_freezing(optimizer: Any) -> None:
    """Before an optimizer's first step: does a loop over one of its models ask for a string that no name has?"""
    modules = [module for root in roots_of(known_of(optimizer)) for _, module, _ in walk(root)]
    for file in running_files() if modules else ():
        for line, asked, path in freezing_filters(file):
            module = found_in_program(path, file)
            if any(module is one for one in modules):
                names = [name for name, _ in module.named_parameters()]
                if names and not any(asked in name for name in names):
                    tell(asked, names, "this freezes nothing", SourceLine(file, line))


def freezing_filters(file: str) -> Iterator[tuple[int, str, list[str]]]:
    """(line, string, what is looped over) of each `if string in name:` under which requires_grad is set.

    What is looped over as its dotted name: net.body.named_parameters() is ["net", "body"].
    """
    text = "".join(linecache.getlines(file))
    if "requires_grad" not in text or "named_parameters" not in text:
        return
    try:
        loops = [part for part in ast.walk(ast.parse(text)) if isinstance(part, ast.For)]
    except (SyntaxError, ValueError):
        return
    for loop in loops:
        path = looped_over(loop.iter)
        for inner in ast.walk(loop) if path else ():
            if isinstance(inner, ast.If) and freezes(inner.body):
                for line, asked in asked_of(name_in(loop.target), inner.test):
                    yield line, asked, path


def freezes(body: list[ast.stmt]) -> bool:
    """Whether these lines set requires_grad of something."""
    for statement in body:
        if isinstance(statement, ast.Assign):
            target: ast.expr = statement.targets[0]
        elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
            target = statement.value.func
        else:
            continue
        if isinstance(target, ast.Attribute) and target.attr in ("requires_grad", "requires_grad_"):
            return True
    return False
