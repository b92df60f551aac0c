"""How a tensor shows itself: as PyTorch does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .dtypes import bool_, get_default_dtype, int64

LINE = 80  # characters
MANY = 1000  # elements; of more, only the EDGE first and last along each dimension are shown
EDGE = 3


def show_tensor(tensor: Any) -> str:
    """`tensor([1., 2.], grad_fn=<MulBackward0>)`; four decimals, long tensors shortened."""
    array, facts = tensor.array, []
    if array.size == 0 and array.ndim != 1:
        facts.append(f"size={array.shape}")
    if array.dtype not in (get_default_dtype(), *((int64, bool_) if array.size else ())):
        facts.append(f"dtype={array.dtype}")
    if tensor.node is not None:
        facts.append(f"grad_fn={tensor.node!r}")
    elif tensor.needs_grad:
        facts.append("requires_grad=True")
    text = "tensor(" + show_array(array, indent=7)
    for fact in facts:
        last_line = len(text) - text.rfind("\n") + 1
        text += (", " if last_line + len(fact) + 2 <= LINE else ",\n       ") + fact
    kind = "Parameter containing:\n" if type(tensor).__name__ == "Parameter" else ""
    return f"{kind}{text})"


def show_array(array: np.ndarray[Any, Any], indent: int = 0) -> str:
    """An array's elements in brackets, the lines after the first indented."""
    if array.size == 0:
        return "[]"
    cut = [array.size > MANY and n > 2 * EDGE for n in array.shape]
    for dim, n in enumerate(array.shape):
        if cut[dim]:
            array = array.take([*range(EDGE), *range(n - EDGE, n)], dim)
    show, width = number_format(array)
    return nested(array, show, width, indent, cut)


def nested(array: np.ndarray[Any, Any], show: Callable[[Any], str], width: int, indent: int, cut: list[bool]) -> str:
    """Numbers side by side, as many as fit in a line; rows below each other; ... where the middle was cut out."""
    if array.ndim == 0:
        return show(array.item())
    if array.ndim == 1:
        parts = [show(x) for x in array.tolist()]
        parts = [*parts[:EDGE], " ...", *parts[EDGE:]] if cut[0] else parts
        fit = max(1, (LINE - indent) // (width + 2))
        lines = [", ".join(parts[i : i + fit]) for i in range(0, len(parts), fit)]
        return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"
    rows = [nested(row, show, width, indent + 1, cut[1:]) for row in array]
    rows = [*rows[:EDGE], "...", *rows[EDGE:]] if cut[0] else rows
    return "[" + ("," + "\n" * (array.ndim - 1) + " " * (indent + 1)).join(rows) + "]"


def number_format(array: np.ndarray[Any, Any]) -> tuple[Callable[[Any], str], int]:
    """The format PyTorch would choose for these numbers, and its width: whole, four decimals, or a power of ten."""
    if array.dtype.kind != "f":
        width = max(len(str(x)) for x in array.ravel().tolist())
        return lambda x: str(x).rjust(width), width
    counted = array[np.isfinite(array) & (array != 0)].astype(np.float64)
    sizes = np.abs(counted)
    whole = bool((counted == np.ceil(counted)).all())
    scientific = sizes.size and (sizes.max() / sizes.min() > 1000 or sizes.max() > 1e8 or sizes.min() < 1e-4)
    form, point = ("{:.4e}", "") if scientific else ("{:.0f}", ".") if whole else ("{:.4f}", "")
    width = max((len(form.format(x) + point) for x in counted.tolist()), default=1)
    return lambda x: (form.format(x) + (point if np.isfinite(x) else "")).rjust(width), width
