"""Margins around an array: a pair (before, after) for each of the last dimensions; negative ones cut off."""

from __future__ import annotations

import numpy as np

from ..op import Op


def opposite(margins):
    """The margins that undo these"""
    return [(-before, -after) for before, after in margins]


def inside(sizes, margins):
    """The index that leaves out the margins of an array of these last sizes; negative ones are none"""
    return (..., *(slice(max(before, 0), n - max(after, 0)) for n, (before, after) in zip(sizes, margins)))


def pad_forward(x, margins, value):
    """x with margins of this value"""
    fixed, sizes = x.shape[: x.ndim - len(margins)], x.shape[x.ndim - len(margins) :]
    padded = tuple(before + n + after for n, (before, after) in zip(sizes, margins))
    out = np.full((*fixed, *padded), value, x.dtype)
    out[inside(padded, margins)] = x[inside(sizes, opposite(margins))]
    return out


def pad_vjp_x(g, margins):
    """dL/dx = g without the margins; 0 where x was cut off"""
    return pad_forward(g, opposite(margins), 0)


PAD = Op(pad_forward, pad_vjp_x)
