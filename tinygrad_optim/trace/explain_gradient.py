"""Where a parameter's gradient came from: the ops on the way back to it, as far as their nodes are still there."""

from __future__ import annotations

import gc
from dataclasses import dataclass, field
from typing import Any

from ..engine import Node, topological_order
from ..optim.optimizer import Optimizer
from ..value import Value
from .recording import Place, place_of

MOST = 40  # ops told


@dataclass
class Passage:
    """An op on the way: the derivative rule by which the gradient passes it, and the line that applied it."""

    op: str
    rule: str
    formula: str
    place: Place | None


@dataclass
class GradientPath:
    """The ops between the loss and a parameter, in the order in which a gradient travels, and what is known of it."""

    passages: list[Passage] = field(default_factory=list)
    more: int = 0  # passages not told
    walked: bool | None = None  # whether backward() has been through; None: that cannot be known
    newest: int = 0  # the creation number of the youngest node
    notes: list[str] = field(default_factory=list)


def gradient_path(p: Any, loss: Any = None) -> GradientPath:
    """The way a gradient takes, or took, from the loss to p: looked up in the graph, which is left as it is.

    loss: where to begin. Without one the living nodes are searched for those made from p: as long as something
    holds the loss, its nodes live, also after backward() has let go of the values they kept.
    """
    root = None if loss is None else getattr(loss, "node", None) or loss
    living = topological_order([root]) if root is not None else living_nodes(Value if isinstance(p, Value) else Node)
    on_way = made_from(p, living)
    path = GradientPath()
    if not on_way:
        return path
    recent = newest_graph(p, on_way)
    nodes = sorted(recent, key=lambda one: one.number, reverse=True)
    path.newest = nodes[0].number
    if isinstance(p, Value):
        path.passages = [Passage("", "", "times the local derivative", None) for _ in nodes]
        path.notes.append("Values keep no source lines: only that these operations are on the way is known")
    else:
        path.walked = (
            True if any(one.kept is None for one in nodes) else False if all(one.kept for one in nodes) else None
        )
        path.passages = [passage for one in nodes for passage in passages_of(one, {p, *nodes})]
    path.more = max(0, len(path.passages) - MOST)
    path.passages = path.passages[:MOST]
    return path


def living_nodes(kind: Any) -> list[Any]:
    """Every node (or Value) that something still holds."""
    return [one for one in gc.get_objects() if type(one) is kind]


def made_from(p: Any, nodes: list[Any]) -> set[Any]:
    """Those of the nodes that p went into, directly or through others."""
    found: set[Any] = set()
    for one in sorted(nodes, key=lambda one: one.number):  # each after its parents
        if any(parent is p or (parent is not None and parent in found) for parent in one.parents):
            found.add(one)
    return found


def newest_graph(p: Any, nodes: set[Any]) -> set[Any]:
    """Of all that was made from p: what was made since p was last written; if nothing, what led to the newest."""
    written = getattr(getattr(p, "storage", None), "written", 0)
    recent = {one for one in nodes if one.number > written}
    if recent and written:
        return recent
    newest = max(nodes, key=lambda one: one.number)
    parents = {parent for one in nodes for parent in one.parents}
    ends = [one for one in nodes if one not in parents] if not written else [newest]
    return nodes.intersection(topological_order(ends))


def passages_of(node: Any, on_way: set[Any]) -> list[Passage]:
    """How a gradient passes a node, to each of those on the way."""
    found = []
    for i, parent in enumerate(node.parents):
        if parent is None or parent not in on_way:
            continue
        rule = node.op.joint or (node.op.rules[i] if i < len(node.op.rules) else None)
        formula = (getattr(rule, "__doc__", None) or "").strip().split("\n")[0]
        found.append(Passage(node.op.name, getattr(rule, "__name__", ""), formula, place_of(node.code, node.lasti)))
    return found


def told_of_gradient(optimizer: Optimizer, p: Any, path: GradientPath) -> list[str]:
    """What must be said of the gradient besides: what is missing, and what cannot be known any more."""
    notes = list(path.notes)
    if p.gradient is not None and not path.passages:
        notes.append(
            "by which ops it was made cannot be known any more: nothing holds the loss it was computed from. "
            "explain(..., loss=loss) or watch() before the step tells"
        )
    if p.gradient is not None and path.passages and path.walked:
        notes.append(
            "the gradients in between cannot be known any more: backward() has let them go. Recorder keeps them"
        )
    if p.gradient is not None and path.passages and path.walked is False:
        notes.append("backward() has not been through these ops: the gradient is from before them, or was assigned")
    written = getattr(getattr(p, "storage", None), "written", 0)
    if p.gradient is not None and written and path.newest < written and p.storage.where is not None:
        place = place_of(*p.storage.where)
        known = f"overwritten at {place} since its gradient's ops were applied. If that was a step"
        unknown = f"last written at {place}, before its gradient was made or since. If that was a step since"
        notes.append(
            f"the parameter was {known if path.passages else unknown}, this tells the next one, with the same "
            "gradient; the last one's old numbers and state cannot be known any more: watch() keeps them"
        )
    return notes


def why_no_gradient(optimizer: Optimizer, p: Any, path: GradientPath) -> str:
    """Why the gradient is None, as far as it can be told."""
    if not getattr(p, "needs_grad", True):
        return "it is frozen: requires_grad is False, so backward() brings it no gradient"
    others = [q for group in optimizer.param_groups for q in group["params"] if q is not p]
    if path.walked:
        return "its gradient was cleared: backward() has been through the ops made from it, and its grad is None since"
    if path.passages and path.walked is False:
        return "its grad is None: backward() has not been through the ops made from it yet"
    if any(q.gradient is not None for q in others):
        return "backward() never reached it: others have a gradient, and this one's is None; the loss does not use it"
    return "its grad is None: backward() has not run since the gradients were cleared, or never"
