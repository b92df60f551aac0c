"""(N,) against (N, 1) in a loss: broadcasting sets every prediction against every label."""

from __future__ import annotations

import ast
import linecache
import sys
import textwrap
from typing import Any

import numpy as np

from .places import node_place
from .speaking import speak

AGAINST_EACH_OTHER = ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "poisson_nll_loss", "gaussian_nll_loss")
REDUCED = ("mean", "sum")
ELEMENTWISE = ("pow", "abs", "square", "huber", "neg", "add", "sub", "mul", "div", "log", "exp", "sqrt", "maximum")
ON_PURPOSE = ("reshape", "getitem", "transpose", "permute", "expand")  # who writes x[:, None] wants the table
TIMES: dict[tuple[str, int, int], int] = {}  # how often a gradient went back from what a line computed


def shapes_in_loss(name: str, input: Any, target: Any) -> bool:
    """Of a loss of nn. Says whether it told of it: PyTorch's own warning of shapes is then not given as well."""
    if input.array.shape == target.array.shape or name not in AGAINST_EACH_OTHER:
        return False
    try:
        shape = np.broadcast_shapes(input.shape, target.shape)
    except ValueError:  # the loss itself will refuse them
        return False
    if len(shape) > 2 or np.prod(shape) <= max(input.array.size, target.array.size):
        return False
    speak(
        "broadcast-in-loss",
        f"{name}: Using a target size {target.shape} against an input size {input.shape} makes a table of "
        f"{shape}: every prediction against every label, and not each against its own. The mean of all is least where "
        "all predictions are the labels' mean. Give both one shape, such as input.squeeze(1).",
    )
    return True


def shapes_in_walk(order: Any) -> None:
    """Of a loss written by hand, such as ((pred - y)**2).mean(): looked at the first times at a line."""
    root: Any = order[0] if order else None
    if not hasattr(root, "op"):  # a leaf, or a Value
        return
    key = (root.code.co_filename, root.code.co_firstlineno, root.lasti)  # a code object takes long to hash
    times = TIMES[key] = TIMES.get(key, 0) + 1
    if times & (times - 1):
        return
    for node in order:
        if node.number and node.shape == () and node.op.name in REDUCED:
            look_below(node.parents[0])


def look_below(node: Any) -> None:
    """Follow a table of (N, N) that is summed up, through elementwise ops, to the one that made it of less."""
    seen, stack = {node}, [node]
    while stack:
        table = stack.pop()
        if not table.number or not is_square(table.shape) or table.op.name not in ELEMENTWISE:
            continue
        parents = [parent for parent in table.parents if parent is not None]
        if all(parent.shape != table.shape for parent in parents):
            look_at_table(table, parents)
        for parent in parents:
            if parent.shape == table.shape and parent not in seen:
                seen.add(parent)
                stack.append(parent)


def is_square(shape: tuple[int, ...]) -> bool:
    """(N, N), with more than one row."""
    return len(shape) == 2 and shape[0] == shape[1] > 1


def look_at_table(table: Any, parents: list[Any]) -> None:
    """Whether it was made of (N, 1) and (N,), and not on purpose. An operand without a gradient is not remembered."""
    n = table.shape[0]
    shapes = {parent.shape for parent in parents}
    if not shapes <= {(n, 1), (n,)} or not all(computed(parent) for parent in parents):
        return
    other = shapes_in_program(table) if len(parents) == 1 else None
    if len(parents) == 1:
        if other is None and not is_difference(table, parents[0]):
            return
        if other is not None and not {(n, 1), (n,)} - shapes <= other:
            return
    elif len(shapes) == 1:
        return
    known = parents[0].shape
    speak(
        "broadcast-in-loss",
        f"numbers of shape {known} against others of shape {(n,) if known == (n, 1) else (n, 1)} make a table of "
        f"{table.shape}: every prediction against every label, and not each against its own. What is summed up of "
        "it is least where all predictions are the labels' mean. Give both one shape first, such as "
        f"{'prediction.squeeze(1)' if known == (n, 1) else 'label.squeeze(1)'}.",
        node_place(table),
    )


def computed(parent: Any) -> bool:
    """Whether these numbers are results, and were not given their shape by hand."""
    while parent.number and parent.op.name == "to":
        parent = parent.parents[0]
    by_hand = parent.number and parent.op.name in ON_PURPOSE and parent.shape[-1] == 1 and len(parent.shape) == 2
    return bool(parent.number) and not by_hand


def is_difference(table: Any, parent: Any) -> bool:
    """pred - y; or y * log(p), of which a cross-entropy by hand is made."""
    return table.op.name == "sub" or (table.op.name == "mul" and parent.op.name in ("log", "log1p"))


def shapes_in_program(table: Any) -> set[tuple[int, ...]] | None:
    """The shapes of the operands without gradients on the line that made this, if they can be known; or None."""
    frame: Any = sys._getframe(1)
    while frame is not None and frame.f_code is not table.code:
        frame = frame.f_back
    if frame is None:
        return None
    try:
        line = textwrap.dedent(linecache.getline(table.code.co_filename, node_place(table).line))
        parts = [part for part in ast.walk(ast.parse(line)) if isinstance(part, ast.BinOp)]
    except SyntaxError:  # one line of a statement that has several
        return None
    operands = [operand for part in parts for operand in (part.left, part.right)]
    if any(adds_an_axis(operand) for operand in operands):
        return set()
    names = [operand.id for operand in operands if isinstance(operand, ast.Name)]
    things = [frame.f_locals.get(name, frame.f_globals.get(name)) for name in names]
    shapes = {thing.shape for thing in things if hasattr(thing, "needs_grad") and not thing.needs_grad}
    return {shape for shape in shapes if len(shape) in (1, 2)} or None


def adds_an_axis(operand: ast.expr) -> bool:
    """Whether it is written as x[:, None]: who writes so wants the table."""
    return isinstance(operand, ast.Subscript) and any(
        isinstance(part, ast.Constant) and part.value is None for part in ast.walk(operand.slice)
    )


LOOKS: dict[str, list[Any]] = {"loss": [shapes_in_loss], "walk": [shapes_in_walk]}
