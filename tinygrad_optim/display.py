"""How a tensor shows itself: as PyTorch does."""

from __future__ import annotations

from typing import Any

import numpy as np

from .dtypes import bool_, get_default_dtype, int64


def show_tensor(tensor: Any) -> str:
    """`tensor([1., 2.], grad_fn=<MulBackward0>)`; four decimals, long tensors shortened."""
    kind = "Parameter containing:\n" if type(tensor).__name__ == "Parameter" else ""
    text = "tensor(" + show_array(tensor.array, indent=7)
    if tensor.dtype not in (get_default_dtype(), int64, bool_) or tensor.array.size == 0:
        text += f", dtype={tensor.dtype}"
    if tensor.node is not None:
        text += f", grad_fn={tensor.node!r}"
    elif tensor.needs_grad:
        text += ", requires_grad=True"
    return f"{kind}{text})"


def show_array(array: np.ndarray[Any, Any], indent: int = 0) -> str:
    """An array's elements: four decimals, or one figure before the point and a power of ten."""
    return np.array2string(
        array,
        separator=", ",
        threshold=1000,
        edgeitems=3,
        max_line_width=80,
        prefix=" " * indent,
        formatter={"float_kind": number_format(array), "bool": str},
    )


def number_format(array: np.ndarray[Any, Any]) -> Any:
    """The format PyTorch would choose for these numbers: whole, fixed, or scientific."""
    if array.dtype.kind != "f":
        return str
    sizes = np.abs(array[np.isfinite(array) & (array != 0)].astype(np.float64))
    if sizes.size == 0 or (sizes == np.ceil(sizes)).all():
        scientific = sizes.size > 0 and (sizes.max() / sizes.min() > 1000 or sizes.max() > 1e8)
        text = "{:.4e}" if scientific else "{:.0f}."
    else:
        scientific = sizes.max() / sizes.min() > 1000 or sizes.max() > 1e8 or sizes.min() < 1e-4
        text = "{:.4e}" if scientific else "{:.4f}"
    width = max((len(show_number(x, text)) for x in array.flat), default=0) if array.size <= 1000 else 0
    return lambda x: show_number(x, text).rjust(width)


def show_number(x: Any, text: str) -> str:
    return text.format(x) if np.isfinite(x) else str(float(x))
