"""draw_graph: the graph that a Tensor or a Value was computed by, and its faces."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..engine import topological_order
from ..nn.module import Module
from ..saving import write_text
from ..tensor import Tensor
from ..value import Value
from .collect import LEAF, OP, PARAMETER, Box, Names, collect, holders

MOST = 5000  # ops drawn if nothing else is said


@dataclass
class Graph:
    """A graph to look at: `print(graph)`, `graph.save_svg(path)`, or the last line of a notebook's cell."""

    boxes: list[Box]  # each after those it was made from; the result last
    notes: list[str] = field(default_factory=list)

    @property
    def title(self) -> str:
        """What it is the graph of."""
        result = self.boxes[-1]
        return f"The graph of {result.variable or result.title}"

    @property
    def summary(self) -> str:
        """How much there is of what: `3 ops, 2 parameters, 1 other leaf`."""
        kinds = [box.kind for box in self.boxes]
        words = {OP: ("op", "ops"), PARAMETER: ("parameter", "parameters")}
        words[LEAF] = ("other leaf", "other leaves") if PARAMETER in kinds else ("leaf", "leaves")
        return ", ".join(f"{n:,} {words[kind][n != 1]}" for kind in words if (n := kinds.count(kind)))

    def to_text(self) -> str:
        """As a tree for the terminal, the result first; what is used twice is told once."""
        from .tree import as_tree

        return as_tree(self)

    def to_svg(self) -> str:
        """As a picture that needs nothing else, the result last; readable on dark and on light."""
        from .svg import as_svg

        return as_svg(self)

    def save_svg(self, path: str | os.PathLike[str]) -> Path:
        """Write the picture, whole or not at all; returns the path."""
        return write_text(path, self.to_svg())

    def save_text(self, path: str | os.PathLike[str]) -> Path:
        """Write the tree, whole or not at all; returns the path."""
        return write_text(path, self.to_text())

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        return f"<{self.title}: {self.summary}>"

    def _repr_svg_(self) -> str:
        return self.to_svg()

    def _repr_html_(self) -> str:
        from .svg import as_svg

        return f'<div style="overflow: auto; max-height: 50em">{as_svg(self, inline=True)}</div>'


def draw_graph(
    result: Tensor | Value,
    net: Module | None = None,
    values: bool = False,
    gradients: bool = False,
    most: int = MOST,
) -> Graph:
    """The graph that `result` was computed by: ops, parameters and other leaves, shapes, source lines.

    net: the module that names parameters and ops; by default, those that hold the parameters.
    values: show the numbers, as far as the graph has kept them for backward().
    gradients: show the gradient of `result` with respect to everything; no `.grad` changes.
    most: of a larger graph, only the last so many ops are drawn, and a note says so.
    What the calling function's variables hold is called by their names. TypeError for what has no graph;
    RuntimeError where gradients are asked for and backward() could not start.
    """
    check(result, net, most)
    names = Names(variables_of(sys._getframe(1)))
    root: Any = result.node or result if isinstance(result, Tensor) else result
    for module in [net] if net is not None else holders(topological_order([root])):
        names.add(module)
    return Graph(*collect(result, names, values, gradients, most))


def check(result: Any, net: Any, most: Any) -> None:
    """TypeError or ValueError, in words, for what draw_graph cannot use."""
    if not isinstance(result, Tensor | Value):
        raise TypeError(
            f"draw_graph draws how a Tensor or a Value was computed, but got {type(result).__name__}: "
            "give it a result, such as a loss"
        )
    if not isinstance(net, Module | None):
        raise TypeError(f"net is the Module whose names are used, not {type(net).__name__}")
    if not isinstance(most, int) or most < 1:
        raise ValueError(f"most must be a whole number of ops, at least 1, but it is {most!r:.80}")


def variables_of(frame: Any) -> dict[int, str]:
    """{id: name} of the Tensors (by what made them, if something did) and Values in a function's variables."""
    found: dict[int, str] = {}
    for name, held in list(frame.f_locals.items()):
        if isinstance(held, Tensor | Value) and not name.startswith("_"):
            found.setdefault(id(held.node or held) if isinstance(held, Tensor) else id(held), name)
    return found
