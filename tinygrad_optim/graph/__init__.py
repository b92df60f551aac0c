"""Draw the graph that a result was computed by: as a tree in the terminal, and as a picture.

graph = draw_graph(loss)
print(graph)                     # a tree, the result first
graph.save_svg("graph.svg")      # a picture, the result last
"""

from __future__ import annotations

from .drawing import Graph, draw_graph

__all__ = ["Graph", "draw_graph"]
