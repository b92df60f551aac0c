"""Graphs that grow from step to step: losses kept with their graphs, and a state carried over with its own."""

from __future__ import annotations

import weakref
from typing import Any

from ..grad_mode import mode
from ..tensor import Tensor
from ..value import Value
from .names import named_things
from .places import node_place
from .source_search import find_line
from .speaking import speak
from .walks import Current, WalkLine, era

MOST = 10  # losses of one line that may be alive at once
HISTORY = 4  # walks of one line that are compared


def graph_grows(order: list[Any]) -> None:
    """Watch, of each line that calls backward(), what its walks leave alive and how far back they reach."""
    is_value = isinstance(order[0], Value)
    if not order[0].parents or (mode.enabled and not is_value):  # create_graph: a graph that is to be kept
        return
    line, stage = Current.line, era(order)
    if not line.told:
        if line.roots and line.roots[-1][1] == stage:
            line.roots.pop()  # one of each era will do
        line.roots.append((weakref.ref(order[0]), stage))
        if len(line.roots) >= MOST:
            loss_kept(line)
    line.past.append((order[0].number, len(order), stage))
    if len(line.past) > HISTORY:
        del line.past[0]
        if line.past[0][1] < line.past[1][1] < line.past[2][1] < line.past[3][1]:
            state_carried(line, order)


def loss_kept(line: WalkLine) -> None:
    """The losses of many steps are alive, each with all that it was computed from."""
    line.roots = [(root, stage) for root, stage in line.roots if root() is not None]
    if len(line.roots) < MOST:
        return
    kept = {id(root()) for root, _ in line.roots}
    holder, place = holder_of(kept)
    count, line.roots, line.told = len(line.roots), [], True
    speak(
        "loss-kept-with-graph",
        f"{count} losses whose backward() was called at {line.place.describe()} are still alive{holder}, and with each "
        "the graph it was computed from: memory grows with every step. Keep the number alone: loss.item(), or "
        "loss.detach().",
        place or line.place,
    )


def holder_of(kept: set[int]) -> tuple[str, Any]:
    """What keeps these nodes, of all that the running functions can name: (how a message says it, its line)."""
    for name, held in named_things():
        node = node_of(held)
        if node is not None and (found := child_of(node, kept)) is not None:
            return f", because {name} was computed from them", None if isinstance(found, Value) else node_place(found)
        if isinstance(held, list | tuple | dict) and is_full_of(held, kept):
            bare = name.rpartition(".")[2].partition("[")[0]
            return f", held by {name}", find_line(rf"\b{bare}\b.*(\.append\(|\+=|\.extend\()|\b{bare}\[.*\]\s*=")
    return "", None


def node_of(held: Any) -> Any:
    """The node of a Tensor, a Value itself; None for a leaf, and for anything else."""
    return held if isinstance(held, Value) else held.node if isinstance(held, Tensor) else None


def child_of(node: Any, kept: set[int]) -> Any:
    """The node that has one of these for a parent, a few nodes back from this one; None if there is none."""
    near = [node]
    for node in near:
        if len(near) > 100:
            break
        for parent in node.parents:
            if id(parent) in kept:
                return node
        near += [parent for parent in node.parents if parent is not None and parent.parents]
    return None


def is_full_of(held: Any, kept: set[int]) -> bool:
    """Whether a list or dict holds many of these nodes' tensors, or tensors computed from them."""
    values = list(held.values() if isinstance(held, dict) else held)
    nodes = [node_of(one) for one in values[-4 * MOST :]]
    return sum(id(n) in kept or any(id(p) in kept for p in n.parents) for n in nodes if n is not None) >= MOST // 2


def state_carried(line: WalkLine, order: list[Any]) -> None:
    """The walk goes on through the graphs of earlier steps, further back each time."""
    if len({stage for _, _, stage in line.past}) < HISTORY:
        return
    oldest = next((node.number for node in reversed(order) if node.parents), 0)
    if oldest >= line.past[0][0] or line.carried:
        return
    before = line.past[-2][0]  # the root of the walk before this one
    for node in order:
        line.carried = True
        if node.number > before and any(p is not None and p.parents and p.number <= before for p in node.parents):
            speak(
                "state-carried-over",
                f"a tensor of an earlier step is used here with its graph, so that backward() at "
                f"{line.place.describe()} goes back through at least {HISTORY - 1} earlier steps, {len(order)} nodes "
                "this time, and through more each time. Cut it between the steps: state = state.detach().",
                None if isinstance(node, Value) else node_place(node),
            )
            return


LOOKS: dict[str, list[Any]] = {"walk": [graph_grows]}
