"""How a tensor shows itself: as PyTorch does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .dtypes import bool_, get_default_dtype, int64


@dataclass
class Options:
    """What set_printoptions sets; the names are PyTorch's."""

    precision: int = 4  # digits after the point
    threshold: float = 1000  # elements; of more, only the first and last along each dimension are shown
    edgeitems: int = 3  # so many of each
    linewidth: int = 80  # characters
    sci_mode: bool | None = None  # with powers of ten: always, never, or (None) where the numbers ask for it


options = Options()
PROFILES = {
    "default": Options(),
    "short": Options(precision=2, edgeitems=2),
    "full": Options(threshold=float("inf")),
}


def set_printoptions(
    precision: int | None = None, threshold: float | None = None, edgeitems: int | None = None,
    linewidth: int | None = None, profile: str | None = None, sci_mode: bool | None = None,
) -> None:  # fmt: skip
    """How tensors show themselves from now on. None leaves an option as it is (sci_mode: as the numbers ask for).

    profile: "default", "short" or "full", which the other options then change. ValueError for another one.
    """
    if profile is not None:
        if profile not in PROFILES:
            raise ValueError(f"set_printoptions(): profile must be one of {list(PROFILES)}, not {profile!r}")
        known = PROFILES[profile]
        options.precision, options.threshold = known.precision, known.threshold
        options.edgeitems, options.linewidth = known.edgeitems, known.linewidth
    options.precision = options.precision if precision is None else precision
    options.threshold = options.threshold if threshold is None else threshold
    options.edgeitems = options.edgeitems if edgeitems is None else edgeitems
    options.linewidth = options.linewidth if linewidth is None else linewidth
    options.sci_mode = sci_mode


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
    last_line = len(text) - text.rfind("\n") + 1
    for fact in facts:
        if last_line + len(fact) + 2 > options.linewidth:
            text, last_line = f"{text},\n       {fact}", 7 + len(fact)
        else:
            text, last_line = f"{text}, {fact}", last_line + len(fact) + 2
    kind = "Parameter containing:\n" if type(tensor).__name__ == "Parameter" else ""
    return f"{kind}{text})"


def show_array(array: np.ndarray[Any, Any], indent: int = 0) -> str:
    """An array's elements in brackets, the lines after the first indented."""
    if array.size == 0:
        return "[]"
    edge = options.edgeitems
    cut = [array.size > options.threshold and n > 2 * edge for n in array.shape]
    for dim, n in enumerate(array.shape):
        if cut[dim]:
            array = array.take([*range(edge), *range(n - edge, n)], dim)
    show, width = number_format(array)
    return nested(array, show, width, indent, cut)


def nested(array: np.ndarray[Any, Any], show: Callable[[Any], str], width: int, indent: int, cut: list[bool]) -> str:
    """Numbers side by side, as many as fit in a line; rows below each other; ... where the middle was cut out."""
    edge = options.edgeitems
    if array.ndim == 0:
        return show(array.item())
    if array.ndim == 1:
        parts = [show(x) for x in array.tolist()]
        parts = [*parts[:edge], " ...", *parts[edge:]] if cut[0] else parts
        fit = max(1, (options.linewidth - indent) // (width + 2))
        lines = [", ".join(parts[i : i + fit]) for i in range(0, len(parts), fit)]
        return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"
    rows = [nested(row, show, width, indent + 1, cut[1:]) for row in array]
    rows = [*rows[:edge], "...", *rows[edge:]] if cut[0] else rows
    return "[" + ("," + "\n" * (array.ndim - 1) + " " * (indent + 1)).join(rows) + "]"


def number_format(array: np.ndarray[Any, Any]) -> tuple[Callable[[Any], str], int]:
    """The format PyTorch would choose for these numbers, and its width: whole, four decimals, or a power of ten."""
    if array.dtype.kind != "f":
        width = max(len(str(x)) for x in array.ravel().tolist())
        return lambda x: str(x).rjust(width), width
    counted = array[np.isfinite(array) & (array != 0)].astype(np.float64)
    sizes = np.abs(counted)
    whole = bool((counted == np.ceil(counted)).all())
    scientific = bool(options.sci_mode and sizes.size)
    if options.sci_mode is None and sizes.size:
        scientific = bool(sizes.max() / sizes.min() > 1000 or sizes.max() > 1e8 or sizes.min() < 1e-4)
    digits = options.precision
    form, point = (f"{{:.{digits}e}}", "") if scientific else ("{:.0f}", ".") if whole else (f"{{:.{digits}f}}", "")
    width = max((len(form.format(x) + point) for x in counted.tolist()), default=1)
    return lambda x: (form.format(x) + (point if np.isfinite(x) else "")).rjust(width), width
