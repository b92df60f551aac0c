"""Which names, attributes and items a statement reads and writes: worked out from its syntax, once."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

ATTRIBUTE, KEY, KEY_PATH = range(3)  # a step of a path: .name, [constant], [another path]
TAKE_IN = ("append", "extend", "add", "insert", "update", "setdefault", "pop")  # change what they belong to alone
ALL, SOME, LITTLE = 0, 1, 2  # how much is kept of a value (Camera.take's depth)

Steps = tuple[tuple[int, Any], ...]


@dataclass(frozen=True)
class Path:
    """A name and the attributes and items taken from it, such as `self.state[p]`."""

    text: str
    root: str
    steps: Steps = ()
    depth: int = field(default=ALL, compare=False)


@dataclass
class Accesses:
    """What a statement reads, what it writes, and what it may change in place: looked at before and after."""

    reads: list[Path] = field(default_factory=list)
    before: list[Path] = field(default_factory=list)
    writes: list[Path] = field(default_factory=list)

    def add(self, shelf: str, paths: Iterable[Path | None]) -> None:
        kept: list[Path] = getattr(self, shelf)
        kept.extend(path for path in dict.fromkeys(paths) if path is not None and path not in kept)


def path_of(node: ast.expr, depth: int = ALL) -> Path | None:
    """The path an expression is, or None if more than reading happens in it."""
    steps: list[tuple[int, Any]] = []
    whole = node
    while not isinstance(node, ast.Name):
        if isinstance(node, ast.Attribute):
            steps.append((ATTRIBUTE, node.attr))
        elif isinstance(node, ast.Subscript):
            key = key_of(node.slice)
            if key is None:
                return None
            steps.append(key)
        else:
            return None
        node = node.value
    return Path(ast.unparse(whole), node.id, tuple(reversed(steps)), depth)


def key_of(node: ast.expr) -> tuple[int, Any] | None:
    """A subscript as a step: a constant, a negative number, or a path to the key. `[...]` is all of the thing."""
    if isinstance(node, ast.Constant) and node.value is not Ellipsis:
        return KEY, node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
        return KEY, -node.operand.value  # type: ignore[operator]
    path = path_of(node)
    return None if path is None else (KEY_PATH, path)


class Reads(ast.NodeVisitor):
    """Collects what an expression reads: the longest paths, and the keys in them."""

    def __init__(self) -> None:
        self.found: list[Path] = []
        self.named: list[Path] = []  # what `:=` binds
        self.changed: list[Path] = []  # what `out=` names
        self.bound: set[str] = set()  # names that belong to a comprehension

    def visit_Name(self, node: ast.Name) -> None:
        self.reach(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self.reach(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self.reach(node)

    def reach(self, node: Any) -> None:
        path = path_of(node, SOME)
        if path is None:
            self.generic_visit(node)
        elif path.root not in self.bound:
            self.found.append(path)
            while not isinstance(node, ast.Name):
                if isinstance(node, ast.Subscript) and (key := path_of(node.slice, LITTLE)) is not None:
                    self.found.append(key)
                node = node.value

    def visit_Call(self, node: ast.Call) -> None:
        """Of a method the thing it belongs to is read; a called name is the program's, not a value."""
        if isinstance(node.func, ast.Attribute):
            self.visit(node.func.value)
        elif not isinstance(node.func, ast.Name):
            self.visit(node.func)
        for argument in [*node.args, *node.keywords]:
            self.visit(argument)
        outs = [path_of(keyword.value) for keyword in node.keywords if keyword.arg == "out"]
        self.changed += [path for path in outs if path is not None]

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        self.named.append(Path(node.target.id, node.target.id))

    def visit_Lambda(self, node: ast.Lambda) -> None:
        """What a lambda reads it reads when it is called."""

    def comprehension(self, node: Any) -> None:
        targets = {name.id for part in node.generators for name in ast.walk(part.target) if isinstance(name, ast.Name)}
        outer, self.bound = self.bound, self.bound | targets
        self.generic_visit(node)
        self.bound = outer

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = comprehension


def targets_of(node: ast.expr) -> list[Path]:
    """The paths that an assignment to this target writes."""
    if isinstance(node, ast.Tuple | ast.List):
        return [path for element in node.elts for path in targets_of(element)]
    if isinstance(node, ast.Starred):
        return targets_of(node.value)
    path = path_of(node)
    if path is None and isinstance(node, ast.Subscript | ast.Attribute):
        path = path_of(node.value)  # x[1:] = y, say: x is changed
    return [] if path is None else [path]


def accesses_of(statement: ast.stmt, owner: str | None = None) -> Accesses:
    """What a statement's own line does (of a compound statement, its header). owner: the method's first argument."""
    found = Accesses()
    expressions, targets = header(statement)
    reads = Reads()
    for expression in expressions:
        reads.visit(expression)
    found.add("reads", reads.found)
    found.add("writes", targets)
    found.add("writes", reads.named)
    found.add("before", [path for path in targets if path.steps or isinstance(statement, ast.AugAssign | ast.Delete)])
    changed = list(reads.changed)
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        changed += may_change(statement.value, owner)
    if isinstance(statement, ast.For) and owner:
        # In a method, the last moment of what the loop went over before, and the first of what it goes over
        # now; and what the object at work keeps for each: an optimizer's state.
        changed += [*targets, *(keeps_for(owner, path) for path in targets if not path.steps)]
    found.add("before", changed)
    found.add("writes", changed)
    return found


def header(statement: Any) -> tuple[list[ast.AST], list[Path]]:
    """The expressions a statement reads on its own line, and what it assigns to."""
    match statement:
        case ast.Assign():
            return [statement.value], [path for target in statement.targets for path in targets_of(target)]
        case ast.AugAssign():
            return [as_read(statement.target), statement.value], targets_of(statement.target)
        case ast.AnnAssign():
            return [statement.value] if statement.value else [], targets_of(statement.target) if statement.value else []
        case ast.For() | ast.AsyncFor():
            return [statement.iter], targets_of(statement.target)
        case ast.While() | ast.If():
            return [statement.test], []
        case ast.With() | ast.AsyncWith():
            bound = [path for one in statement.items if one.optional_vars for path in targets_of(one.optional_vars)]
            return [one.context_expr for one in statement.items], bound
        case ast.Match():
            return [statement.subject], []
        case ast.Delete():
            return [], [path for target in statement.targets for path in targets_of(target)]
        case ast.Return() | ast.Expr() | ast.Assert() | ast.Raise():
            return [child for child in ast.iter_child_nodes(statement) if isinstance(child, ast.expr)], []
    return [], []


def as_read(target: ast.expr) -> ast.expr:
    """The target of `x += 1` is read, too."""
    return ast.parse(ast.unparse(target), mode="eval").body


def may_change(call: ast.Call, owner: str | None) -> list[Path]:
    """What a call made for its effect may change in place: the thing it is a method of, and its arguments."""
    method = call.func if isinstance(call.func, ast.Attribute) else None
    things = [first_link(method.value)] if method else []
    if method is None or method.attr not in TAKE_IN:
        things += call.args
    paths = [path_of(thing) for thing in things]
    return [path for path in paths if path is not None and path.text != owner]


def first_link(node: ast.expr) -> ast.expr:
    """Of methods called one on the other's result, `x.mul_(2).add_(y)`, what the first is a method of."""
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        node = node.func.value
    return node


def keeps_for(owner: str | None, path: Path) -> Path:
    """`self.state[p]` for p."""
    return Path(f"{owner}.state[{path.text}]", owner or "", ((ATTRIBUTE, "state"), (KEY_PATH, path)))
