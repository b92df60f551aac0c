"""For each line of a source file: the statements on it, and what they read and write."""

from __future__ import annotations

import ast
import linecache
import textwrap
from dataclasses import dataclass, field
from typing import Any

from .paths import Accesses, Path, accesses_of

LOOPS_INSIDE = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
IN_CLASS = "class"  # not a name that an argument can have
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(slots=True)
class Plan:
    """One statement (or the statements that share a line): where it stands, and what to look at round it."""

    file: str
    first: int
    last: int
    text: str
    reads: list[Path] = field(default_factory=list)
    before: list[Path] = field(default_factory=list)
    writes: list[Path] = field(default_factory=list)
    kind: str = ""  # of the statement: "For", "If", "Return", "Assign" ...
    merges: bool = False  # one run of it may bring several line events
    aside: bool = False  # it only lets others look on (occasions.py): no part of what is told


def plans_of(file: str) -> dict[int, Plan]:
    """line number -> Plan, for every line of a file that statements stand on; {} where there is no source."""
    lines = linecache.getlines(file)
    known = KNOWN.get(file)
    if known is None or known[0] is not lines:  # linecache hands out the same list until the file is read anew
        known = KNOWN[file] = lines, plans_of_lines(file, lines)
    return known[1]


KNOWN: dict[str, tuple[list[str], dict[int, Plan]]] = {}


def plans_of_lines(file: str, lines: list[str]) -> dict[int, Plan]:
    """The plans of a file with these lines."""
    try:
        tree = ast.parse("".join(lines))
    except (SyntaxError, ValueError):
        return {}
    plans: dict[int, Plan] = {}
    onlookers = lets_look_on(tree)
    for statement, owner in statements(tree):
        first, last = rows_of(statement)
        shared = plans.get(first)
        if shared is None:
            text = textwrap.dedent("".join(lines[first - 1 : last])).rstrip("\n")
            shared = Plan(file, first, last, text, kind=type(statement).__name__)
        shared.last = max(shared.last, last)
        shared.aside = shared.aside or statement in onlookers
        look(shared, statement, accesses_of(statement, owner))
        for line in range(first, shared.last + 1):
            plans.setdefault(line, shared)
    return plans


def lets_look_on(tree: ast.Module) -> set[ast.AST]:
    """The loops over an occasion's list, with what is in them."""
    loops = [node for node in ast.walk(tree) if isinstance(node, ast.For) and "occasions" in names_in(node.iter)]
    return {part for loop in loops for part in ast.walk(loop) if isinstance(part, ast.stmt)}


def names_in(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def statements(tree: ast.Module) -> list[tuple[ast.stmt, str | None]]:
    """Every statement, outer before inner and in order; with the name of a method's first argument."""
    found: list[tuple[ast.stmt, str | None]] = []
    stack: list[tuple[Any, str | None]] = [(tree, None)]
    while stack:
        node, owner = stack.pop()
        inner = [child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.expr)]
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            owner = node.args.args[0].arg if node.args.args and owner == IN_CLASS else None
        elif isinstance(node, ast.ClassDef):
            owner = IN_CLASS
        if isinstance(node, ast.stmt):
            found.append((node, None if owner == IN_CLASS else owner))
        stack.extend((child, owner) for child in reversed(inner))
    return found


def rows_of(statement: Any) -> tuple[int, int]:
    """The lines of a statement; of a compound one, those of its header."""
    body = getattr(statement, "body", None) or getattr(statement, "cases", None)
    if not body:
        return statement.lineno, statement.end_lineno
    inside = body[0].pattern if isinstance(body[0], ast.match_case) else body[0]
    first_inside = min([inside.lineno, *(one.lineno for one in getattr(inside, "decorator_list", ()))])
    return statement.lineno, max(statement.lineno, first_inside - 1)


def look(plan: Plan, statement: ast.stmt, accesses: Accesses) -> None:
    """Add a statement's accesses to its plan."""
    for shelf in ("reads", "before", "writes"):
        kept: list[Path] = getattr(plan, shelf)
        kept.extend(path for path in getattr(accesses, shelf) if path not in kept)
    inner = () if isinstance(statement, SCOPES) else header_nodes(statement)
    loops = any(isinstance(node, LOOPS_INSIDE) for node in inner)
    plan.merges = plan.merges or plan.last > plan.first or loops


def header_nodes(statement: ast.stmt) -> list[ast.AST]:
    """All syntax of a statement's own line, without the statements inside it."""
    parts = [child for child in ast.iter_child_nodes(statement) if not isinstance(child, ast.stmt | ast.excepthandler)]
    return [node for part in parts for node in ast.walk(part)]
