"""Margins around tensors: of one value, or continuing what is there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...engine import apply
from ...functions import cat
from ...ops.padding import PAD
from ...tensor import Tensor
from .checks import check_tensors

__all__ = ["pad"]


def pad(input: Tensor, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Tensor:
    """input with margins: pad is (before, after) of the last dimension, then of the last but one, and so on.

    mode: "constant" (margins of `value`, 0 if not given), "reflect" (a mirror at the outermost element),
    "replicate" (the outermost element again) or "circular" (the other end). Negative margins cut off.
    All but "constant" need a dimension or two before those padded (channels, batch).
    TypeError, RuntimeError, NotImplementedError for what cannot be done.
    """
    check_tensors("pad", input=input)
    margins = margins_by_dim(input, pad)
    if mode == "constant":
        return apply(PAD, input, margins, 0 if value is None else value) if margins else input
    if mode not in POSITIONS:
        raise NotImplementedError(
            f"Unrecognised padding mode {mode!r}: use 'constant', 'reflect', 'replicate' or 'circular'"
        )
    if value is not None and value != 0:
        raise RuntimeError(f'Padding mode "{mode}" doesn\'t take in value argument, and value is {value}')
    if not 0 < len(margins) <= 3 or input.ndim - len(margins) not in (1, 2):
        raise NotImplementedError(
            f"Padding size {len(pad)} is not supported for {input.ndim}D input tensor of shape {input.shape}: "
            f"mode={mode!r} pads the last dimension of 2D or 3D, the last 2 of 3D or 4D, the last 3 of 4D or 5D"
        )
    out = input
    for place, (before, after) in enumerate(margins, start=input.ndim - len(margins)):
        out = continued(out, place, before, after, mode)
    return out


def margins_by_dim(input: Tensor, pad: Any) -> tuple[tuple[int, int], ...]:
    """(before, after) for each dimension to be padded, in the order of the dimensions."""
    if not isinstance(pad, tuple | list) or not all(hasattr(n, "__index__") for n in pad):
        raise TypeError(f"pad(): argument 'pad' must be tuple of ints, not {type(pad).__name__}: {pad!r:.80}")
    if len(pad) % 2 or len(pad) > 2 * input.ndim:
        raise RuntimeError(
            f"Padding length must be divisible by 2 and at most two times the input dimension, but got pad={pad!r:.80} "
            f"for input of shape {input.shape}"
        )
    margins = tuple((int(pad[i]), int(pad[i + 1])) for i in range(len(pad) - 2, -1, -2))
    for n, (before, after) in zip(input.shape[input.ndim - len(margins) :], margins):
        if before + n + after < 0 or before + n < 0 or after + n < 0:
            raise RuntimeError(f"pad={pad!r:.80} would cut off more than there is of an input of shape {input.shape}")
    return margins


def continued(input: Tensor, dim: int, before: int, after: int, mode: str) -> Tensor:
    """input with margins along one dimension that continue it."""
    behind = (slice(None),) * dim
    n = input.shape[dim]
    middle = input[(*behind, slice(max(-before, 0), n - max(-after, 0)))]
    if mode == "circular":  # PyTorch goes around what is left, but mirrors and repeats what was there
        input, n = middle, middle.shape[dim]
    most = {"reflect": n - 1, "circular": n, "replicate": max(before, after) if n else 0}[mode]
    if max(before, after) > most:
        raise RuntimeError(
            f"Padding size should be less than the corresponding input dimension ({mode!r}: at most {most}), but got "
            f"padding {(before, after)} at dimension {dim} of input of shape {input.shape}"
        )
    first, last = POSITIONS[mode](n, max(before, 0), max(after, 0))
    parts = [input[(*behind, first)]] if before > 0 else []
    parts += [middle]
    parts += [input[(*behind, last)]] if after > 0 else []
    return cat(parts, dim) if len(parts) > 1 else middle


def reflected(n: int, before: int, after: int) -> Any:
    return np.arange(before, 0, -1), np.arange(n - 2, n - 2 - after, -1)


def replicated(n: int, before: int, after: int) -> Any:
    return np.zeros(before, np.int64), np.full(after, n - 1)


def around(n: int, before: int, after: int) -> Any:
    return np.arange(n - before, n), np.arange(after)


# For each mode, the positions from which what comes before and what comes after is taken.
POSITIONS: dict[str, Callable[[int, int, int], Any]] = {
    "reflect": reflected,
    "replicate": replicated,
    "circular": around,
}
