"""Mistakes inside a graph that nothing cuts: steps that have no slope, writes behind its back, a parameter rebound."""

from __future__ import annotations

import weakref
from typing import Any

from ..engine import topological_order
from ..grad_mode import mode
from ..storage import INFERENCE, Storage, storage_of
from ..value import Value
from .facts import FACTS, Program
from .names import described
from .places import Place, calling_place, node_place
from .speaking import speak
from .walks import Current

# Ops whose derivative is 0 everywhere: their nodes are in the graph, and let no gradient through.
FLAT = {"floor", "ceil", "round", "trunc", "sign", "floor_divide", "trunc_divide"}
HIGHER: set[Place] = set()  # lines of walks that made a graph themselves: derivatives may well use sign()
ALIASES: list[tuple[Storage, Storage, Any]] = []  # (the tensor's, its `.data`'s, weakly that `.data`)
MOST_ALIASES = 64


def rounded_in_loss(order: list[Any]) -> None:
    """All ways from a parameter to the loss go through round() or the like: its gradient is exactly 0."""
    if isinstance(order[0], Value):
        return
    if mode.enabled and len(HIGHER) < 1000:
        HIGHER.add(calling_place())
    if not Current.line.looked_at:
        return
    flat = {node for node in order if node.number and node.op.name in FLAT and node_place(node) not in HIGHER}
    if not flat:
        return
    reached, stack = {id(order[0])}, [order[0]]
    while stack:
        node = stack.pop()
        for parent in node.parents if node not in flat else ():
            if parent is not None and id(parent) not in reached:
                reached.add(id(parent))
                stack.append(parent)
    leaves = {id(leaf): leaf for leaf in order if not leaf.number and id(leaf) not in reached}
    owned = [p for facts in list(FACTS.values()) for p in facts.parameters]
    lost = [p for p in owned if id(p) in leaves] if owned else list(leaves.values())
    if lost:
        tell_rounded(lost, [node for node in order if node in flat])


def tell_rounded(lost: list[Any], flat: list[Any]) -> None:
    """Tell of the first flat node behind which one of these leaves lies."""
    leaf = lost[0]
    node = next(node for node in flat if any(found is leaf for found in topological_order([node])))
    names = ", ".join(described(p) for p in lost[:3]) + (" and others" if len(lost) > 3 else "")
    speak(
        "rounded-in-loss",
        f"{node.op.name}() is flat between its jumps, so its derivative is 0: the gradient of {names}, which reaches "
        f"the loss only through it, is exactly 0, and no step moves it. Compute the loss without "
        f"{node.op.name}(), or let the gradient pass: x + ({node.op.name}(x) - x).detach().",
        node_place(node),
    )


def note_alias(tensor: Any, other: Any) -> None:
    """A `.data` was made: what is written through it is stamped on its own Storage, which is kept here."""
    Program.aliases += 1
    if other.storage is INFERENCE:
        return
    ALIASES.append((storage_of(tensor), storage_of(other), weakref.ref(other)))
    if len(ALIASES) > 2 * MOST_ALIASES:
        ALIASES[:] = [one for one in ALIASES if one[1].written or one[2]() is not None][-MOST_ALIASES:]


def written_through_data(order: list[Any]) -> None:
    """A walk reads memory that was written through `.data` after the node that keeps it was made."""
    if not ALIASES or isinstance(order[0], Value):
        return
    oldest = next((node.number for node in reversed(order) if node.number), 0)
    past = Current.line.past
    earlier = past[-2][0] if len(past) > 1 else 0  # nodes of earlier steps are there because a state was carried over
    for storage, written, _ in ALIASES:
        if written.written <= oldest:
            continue
        for node in order:
            if earlier < node.number < written.written and any(kept is storage for kept in node.storages()):
                speak(
                    "written-through-data",
                    f"numbers that {node.name()} (made at {node_place(node).describe()}) keeps for its derivative are "
                    f"overwritten here through .data, which the graph does not see: backward() at "
                    f"{calling_place().describe()} computes a wrong gradient from the new ones. Write after "
                    "backward(), inside `with torch.no_grad():` and without .data, where such a write is refused.",
                    Place(*written.where),
                )
                return


def gradient_of_computed(tensor: Any) -> None:
    """`.grad` is read of a tensor that was computed: backward() leaves gradients in leaves alone."""
    owned = {id(p) for facts in list(FACTS.values()) for p in facts.parameters}
    for leaf in topological_order([tensor.node]):
        if leaf.number or leaf.shape != tensor.shape or leaf.gradient is None:
            continue
        if leaf.grad_tensor is not None or id(leaf) in owned:  # its .grad has been read, or an optimizer reads it
            speak(
                "parameter-rebound",
                f"the name that stood for {described(leaf)} stands for a new tensor since this line, computed from it: "
                "backward() brings gradients to the old one, and .grad of the new one is None; an optimizer that "
                "was given it holds the old one. Change the numbers in place: `with torch.no_grad(): w -= "
                "lr * w.grad`.",
                node_place(tensor.node),
            )
            return
    speak(
        "grad-of-computed",
        f".grad of a tensor that {tensor.node.name()} computed (at {node_place(tensor.node).describe()}) is None, "
        "whatever backward() does: gradients are left in leaves alone. If it is meant to be a parameter, make it with "
        "requires_grad=True after all computing (w = (0.1 * torch.randn(3)).requires_grad_()); to see the gradient of "
        "an intermediate result, call retain_grad() on it before backward().",
    )


LOOKS: dict[str, list[Any]] = {
    "walk": [rounded_in_loss, written_through_data],
    "alias": [note_alias],
    "grad_of_computed": [gradient_of_computed],
}
