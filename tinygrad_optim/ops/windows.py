"""Windows of an image, laid out as columns; and the adjoint, which adds columns up into an image.

Shapes: x (N, C, *sizes), in one, two or more spatial dimensions. For each of these, kernel, stride and dilation
hold an int, and padding a pair (before, after). K is the number of elements of a kernel, P that of its places.
"""

from __future__ import annotations

import math
from itertools import product

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ..op import Op
from .padding import inside, pad_forward


def places(sizes, kernel, stride, padding, dilation):
    """For each spatial dimension, at how many places a kernel lies in the padded image"""
    geometry = zip(sizes, kernel, stride, padding, dilation)
    return tuple((before + n + after - d * (k - 1) - 1) // s + 1 for n, k, s, (before, after), d in geometry)


def windows_of(x, kernel, stride, padding, dilation):
    """A view (N, C, *kernel, *places) of the padded image: at each place, the window that the kernel meets there"""
    counts = places(x.shape[2:], kernel, stride, padding, dilation)
    padded = pad_forward(x, padding, 0) if any(map(any, padding)) else x
    images, spatial = padded.strides[:2], padded.strides[2:]
    within = [step * d for step, d in zip(spatial, dilation)]
    between = [step * s for step, s in zip(spatial, stride)]
    return as_strided(padded, (*x.shape[:2], *kernel, *counts), (*images, *within, *between), writeable=False)


def each_element(kernel, stride, dilation, counts):
    """For each element of a kernel: the index of what it meets in the windows, and of that in the padded image"""
    for offset in product(*map(range, kernel)):
        axes = zip(offset, stride, dilation, counts)
        met = (slice(o * d, o * d + (n - 1) * s + 1, s) for o, s, d, n in axes)
        yield (slice(None), slice(None), *offset), (..., *met)


def im2col_forward(x, kernel, stride, padding, dilation):
    """The windows of x as columns: (N, C * K, P)"""
    windows = windows_of(x, kernel, stride, padding, dilation)
    n, channels, *rest = windows.shape
    return windows.reshape(n, channels * math.prod(kernel), math.prod(rest[len(kernel) :]))


def im2col_vjp_x(g, x_shape, kernel, stride, padding, dilation):
    """dL/dx = the sum of g over all windows that an element of x is in"""
    return col2im_forward(g, x_shape, kernel, stride, padding, dilation)


def col2im_forward(columns, shape, kernel, stride, padding, dilation):
    """An image of this shape, each element the sum of what stands for it in the columns

    columns: (N, C * K, P), or as windows (N, C, *kernel, *places).
    """
    padded = [before + n + after for n, (before, after) in zip(shape[2:], padding)]
    total = np.zeros((*shape[:2], *padded), columns.dtype)
    add_windows(total, columns, kernel, stride, dilation, places(shape[2:], kernel, stride, padding, dilation))
    return total[inside(padded, padding)]


def add_windows(total, columns, kernel, stride, dilation, counts):
    """Add to padded images what stands for them in the columns."""
    windows = columns.reshape(*total.shape[:2], *kernel, *counts)
    for element, met in each_element(kernel, stride, dilation, counts):
        total[met] += windows[element]


def col2im_vjp_columns(g, columns_shape, kernel, stride, padding, dilation):
    """dL/d(columns) = the windows of g"""
    return im2col_forward(g, kernel, stride, padding, dilation).reshape(columns_shape)


IM2COL = Op(im2col_forward, im2col_vjp_x)
COL2IM = Op(col2im_forward, col2im_vjp_columns)
