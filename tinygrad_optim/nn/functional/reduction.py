"""How a loss makes one number of many: its argument `reduction`."""

from __future__ import annotations

import warnings
from typing import Any


def check_reduction(reduction: str, size_average: Any = None, reduce: Any = None) -> str:
    """The reduction meant, from today's argument or PyTorch's two old ones. ValueError for an unknown one."""
    if size_average is not None or reduce is not None:
        old = "none" if reduce is False else "sum" if size_average is False else "mean"
        warnings.warn(
            f"size_average and reduce args will be deprecated, please use reduction='{old}' instead.", stacklevel=4
        )
        return old
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"{reduction!r} is not a valid value for reduction: use 'mean', 'sum' or 'none'")
    return reduction
