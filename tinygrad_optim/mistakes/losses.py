"""Mistakes in what a loss is given."""

from __future__ import annotations

from typing import Any

from .places import node_place
from .speaking import speak


def softmax_before_cross_entropy(name: str, input: Any, target: Any) -> None:
    """cross_entropy takes the softmax itself: a second one before it makes all classes nearly equal."""
    if name == "cross_entropy_loss" and input.node is not None and input.node.op.name == "softmax":
        speak(
            "softmax-before-cross-entropy",
            f"cross_entropy() got the result of softmax (at {node_place(input.node).describe()}), and takes the "
            "softmax itself: twice, it makes all classes nearly equal and the gradients small. Give it the logits.",
        )


LOOKS: dict[str, list[Any]] = {"loss": [softmax_before_cross_entropy]}
