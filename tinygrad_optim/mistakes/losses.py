"""Mistakes in what a loss is given: results of the wrong kind, and labels of the wrong kind.

What is asked of the numbers themselves is asked the first two times that a line computed them, then ever more rarely.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from .places import calling_place, node_place
from .speaking import speak

# Ops that move numbers without changing them: a softmax seen through them is still one.
MOVED = ("reshape", "transpose", "permute", "expand", "getitem", "clone", "to", "cat", "flip")
TIMES: dict[tuple[str, int, int], int] = {}  # how often a loss was given what a line computed; or a leaf, in a line


def look_at_loss(name: str, input: Any, target: Any) -> None:
    """What each loss may be given by mistake."""
    checks = CHECKS.get(name)
    if checks is None:
        return
    by_graph, by_numbers = checks
    node: Any = input.node
    line = calling_place() if node is None else node
    if node is not None:
        made_by = maker(node) if node.op.name in MOVED else node
        for check in by_graph:
            check(made_by, input)
    key = (line.code.co_filename, line.code.co_firstlineno, line.lasti)
    times = TIMES[key] = TIMES.get(key, 0) + 1
    if times & (times - 1) == 0 and by_numbers and input.array.size and target.array.size:
        for look in by_numbers:
            look(input, target)


def maker(node: Any) -> Any:
    """The node that computed the numbers of this one's result, before they were reshaped or picked."""
    while node.op.name in MOVED and node.parents[0] is not None and node.parents[0].number:
        node = node.parents[0]
    return node


# ---- what the graph tells: the op that made the input ------------------------------------------------------------


def softmax_before_cross_entropy(node: Any, input: Any) -> None:
    """cross_entropy takes the softmax itself: a second one before it makes all classes nearly equal."""
    if node.op.name == "softmax":
        speak(
            "softmax-before-cross-entropy",
            f"cross_entropy() got the result of softmax (at {node_place(node).describe()}), and takes the "
            "softmax itself: twice, it makes all classes nearly equal and the gradients small. Give it the logits.",
        )


def sigmoid_before_logits(node: Any, input: Any) -> None:
    """binary_cross_entropy_with_logits takes the sigmoid itself: of a second one nothing lies outside 0.5 to 0.73."""
    if node.op.name == "sigmoid":
        speak(
            "sigmoid-before-logits",
            "binary_cross_entropy_with_logits() got the result of sigmoid (at "
            f"{node_place(node).describe()}), and takes the sigmoid itself: twice, every probability lies between 0.5 "
            "and 0.73, and no answer can be a no. Give it the logits, or give the sigmoid's result to "
            "binary_cross_entropy().",
        )


def probabilities_to_nll_loss(node: Any, input: Any) -> None:
    """nll_loss takes logarithms of probabilities: of probabilities it is a number from -1 to 0, and no logarithm."""
    if node.op.name == "softmax":
        speak(
            "probabilities-to-nll-loss",
            f"nll_loss() got probabilities, the result of softmax (at {node_place(node).describe()}), and takes their "
            "logarithms: what it gives now lies between -1 and 0, and a class that is as good as ruled out costs "
            "hardly more than an even chance. Use log_softmax in the place of softmax, or cross_entropy() of the "
            "logits.",
        )


def logits_to_binary_cross_entropy(node: Any, input: Any) -> None:
    """binary_cross_entropy takes probabilities; a linear layer's results lie between 0 and 1 by accident alone."""
    array = input.array
    if node.op.name in ("linear", "matmul") and array.size and array.min() >= 0 and array.max() <= 1:
        speak(
            "logits-to-binary-cross-entropy",
            f"binary_cross_entropy() got what a linear layer computed (at {node_place(node).describe()}), and takes "
            f"probabilities. These lie between 0 and 1 (from {array.min():.3g} to {array.max():.3g}) by accident: "
            "the first that does not is an error. Use binary_cross_entropy_with_logits(), or a sigmoid before it.",
        )


# ---- what the numbers tell ---------------------------------------------------------------------------------------


def no_logarithms(input: Any, target: Any) -> None:
    """nll_loss takes logarithms of probabilities, which are never positive."""
    rows = input.array if input.ndim > 1 else input.array[None]
    if (
        rows.ndim != 2
        or rows.shape[1] < 2
        or not rows.max() > 1e-6
        or (input.node and maker(input.node).op.name == "softmax")
    ):
        return
    if rows.min() >= 0 and abs(rows.sum(axis=1) - 1).max() < 1e-3:
        speak(
            "probabilities-to-nll-loss",
            f"nll_loss() got probabilities (each row sums to 1, the largest number is {rows.max():.3g}), and takes "
            "their logarithms: what it gives now lies between -1 and 0. Give it their log(), or use cross_entropy() "
            "of the logits.",
        )
    elif input.node is not None and maker(input.node).op.name == "linear":
        speak(
            "logits-to-nll-loss",
            f"nll_loss() got what a linear layer computed (at {node_place(maker(input.node)).describe()}), up to "
            f"{rows.max():.3g}; logarithms of probabilities are never above 0. So the loss has no lower end: it goes "
            "down for ever as the numbers grow. Use cross_entropy() in its place, or log_softmax before it.",
        )


def one_class(input: Any, target: Any) -> None:
    """The softmax over one class is 1 whatever the logit: a loss of 0, and no gradient."""
    if input.ndim > 1 and input.shape[1] == 1:
        speak(
            "cross-entropy-of-one-class",
            f"cross_entropy() got one logit a row (shape {input.shape}): the softmax over one class is 1 whatever the "
            "logit, so that no gradient comes back, and the loss says nothing. For yes or no use "
            "binary_cross_entropy_with_logits(), or make the last layer give two numbers.",
        )


def shares_of_classes(input: Any, target: Any) -> None:
    """Floats of the logits' shape are taken for each row's probabilities of the classes, and must sum to 1."""
    if target.shape != input.shape or target.array.dtype.kind != "f" or input.shape[-1] == 1 or input.ndim > 2:
        return
    array = target.array if target.ndim > 1 else target.array[None]
    sums = array.sum(axis=1)
    if array.min() >= -1e-3 and sums.max() <= 1.01:
        return
    found = f"the first row is {np.array2string(array[0], precision=3, threshold=8)} and sums to {sums[0]:.3g}"
    if target.ndim == 1:
        what = f"floats of shape {target.shape} for logits of that shape, which are one row of {input.shape[0]} classes"
    else:
        what = f"floats of the logits' shape {target.shape} as labels"
    speak(
        "labels-not-probabilities",
        f"cross_entropy() got {what}; it takes them for the classes' probabilities, and {found}. For one right class "
        "a row give its index, as integers of shape (N,); for several yes-or-no answers use "
        "binary_cross_entropy_with_logits().",
    )


def labels_beyond_0_and_1(input: Any, target: Any) -> None:
    """binary_cross_entropy_with_logits goes down for ever at a label that is not between 0 and 1."""
    least, most = target.array.min(), target.array.max()
    if (least < 0 or most > 1) and not masked():
        speak(
            "labels-not-zero-or-one",
            f"binary_cross_entropy_with_logits() got labels from {least:.3g} to {most:.3g}: they are 0 for no and 1 "
            "for yes, or a probability between. At others the loss has no lower end, and the logits grow for ever. Map "
            "the labels first, such as (labels + 1) / 2 for -1 and 1.",
        )


def masked() -> bool:
    """Whether the loss that is being computed lets single labels be left out afterwards: by a weight, or by hand."""
    frame = sys._getframe(1)
    while frame.f_back is not None and "reduction" not in frame.f_locals:
        frame = frame.f_back
    return frame.f_locals.get("reduction") == "none" or frame.f_locals.get("weight") is not None


def labels_of_0(input: Any, target: Any) -> None:
    """soft_margin_loss and hinge_embedding_loss take labels -1 and 1: at 0 they teach nothing of what a no is."""
    if (target.array == 0).any() and ((target.array == 0) | (target.array == 1)).all():
        speak(
            "labels-not-plus-or-minus-one",
            "this loss takes the labels -1 and 1, and got 0 and 1: at a 0 it does not know a no, and nothing is "
            "learned there of what was meant. Give it 2 * labels - 1, or use binary_cross_entropy_with_logits().",
        )


# By loss: checks of (the node that made the input, input), and of (input, target) for their numbers.
CHECKS: dict[str, tuple[list[Any], list[Any]]] = {
    "cross_entropy_loss": ([softmax_before_cross_entropy], [one_class, shares_of_classes]),
    "nll_loss": ([probabilities_to_nll_loss], [no_logarithms]),
    "binary_cross_entropy": ([logits_to_binary_cross_entropy], []),
    "binary_cross_entropy_with_logits": ([sigmoid_before_logits], [labels_beyond_0_and_1]),
    "soft_margin_loss": ([], [labels_of_0]),
    "hinge_embedding_loss": ([], [labels_of_0]),
}

LOOKS: dict[str, list[Any]] = {"loss": [look_at_loss]}
