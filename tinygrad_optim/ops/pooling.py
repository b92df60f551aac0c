"""Pooling: of each window of an image its largest element, or its mean.

Shapes: x (N, C, *sizes), the results (N, C, *places); kernel, stride, padding and dilation as in windows.py.
Where the largest element stands is found first (positions: int64, in the image's elements in order); the op
takes it from there, and its derivative brings g back to there. That is also how ties go to the first.
"""

from __future__ import annotations

import math

import numpy as np

from ..op import Op
from .padding import inside, pad_forward
from .windows import met_by_each, places


def max_positions(x, kernel, stride, padding, dilation):
    """For each window, the position in its image of its largest element, the first of equals; and this

    A nan counts as larger than all; of several the last is taken, as in PyTorch. The position is -1 for a window that
    meets padding only.
    """
    counts = places(x.shape[2:], kernel, stride, padding, dilation)
    met = met_by_each(kernel, stride, dilation, counts)
    has_padding = any(map(any, padding))
    padded = pad_forward(x, padding, lowest_of(x.dtype)) if has_padding else x
    positions = positions_met(x.shape[2:], kernel, padding, dilation, met)
    largest = padded[met[0]].copy()
    chosen = np.zeros(largest.shape, np.min_scalar_type(len(met)))  # which element of the kernel is the largest
    if has_padding:
        chosen[...] = (positions >= 0).argmax(axis=-1)  # at first, the first that is no padding
    for number, index in enumerate(met[1:], start=1):
        element = padded[index].copy()  # read twice: the second time in order
        np.maximum(chosen, (element > largest) * chosen.dtype.type(number), out=chosen)
        np.maximum(largest, element, out=largest)
    if np.isnan(largest.max(initial=0)):
        for number, index in enumerate(met):
            chosen[np.isnan(padded[index])] = number
    first = np.arange(0, positions.size, len(met)).reshape(counts)  # where those of each place begin
    return positions.reshape(-1).take(chosen + first), largest


def positions_met(sizes, kernel, padding, dilation, met):
    """At each place, the positions in the image that a kernel's elements meet, -1 in the padding: (*places, K)"""
    padded = [before + n + after for n, (before, after) in zip(sizes, padding)]
    spots = np.arange(math.prod(padded)).reshape(padded)
    at_first = spots[tuple([slice(0, d * (k - 1) + 1, d) for k, d in zip(kernel, dilation)])]
    spots = spots[met[0]][..., None] + at_first.reshape(-1)
    if not any(map(any, padding)):
        return spots
    return pad_forward(np.arange(math.prod(sizes)).reshape(sizes), padding, -1).reshape(-1).take(spots)


def lowest_of(dtype):
    """The number of this type that is larger than none"""
    return -np.inf if dtype.kind == "f" else np.iinfo(dtype).min


def in_all(positions, shape):
    """Positions in each of the images of this shape as positions in all their elements"""
    images, size = math.prod(shape[:2]), math.prod(shape[2:])
    start = np.arange(images).reshape(*shape[:2], *[1] * (positions.ndim - 2)) * size
    return (positions + start).reshape(-1)


def max_pool_forward(x, positions, known):
    """The elements of each image at these positions, unless they are known already"""
    if known is not None:
        return known
    return x.reshape(-1).take(in_all(positions, x.shape)).reshape(positions.shape)


def max_pool_vjp_x(g, x_shape, positions):
    """dL/dx = g at the elements taken (added up where one was taken twice), else 0"""
    return max_unpool_forward(g, positions, x_shape)


def max_unpool_forward(values, positions, shape):
    """Images of zeros of this shape, with the values added in at these positions"""
    total = np.zeros(math.prod(shape), values.dtype)
    np.add.at(total, in_all(positions, shape), values.reshape(-1))  # fast, as all three are of one dimension
    return total.reshape(shape)


def max_unpool_vjp_values(g, positions):
    """dL/d(values) = g at the positions"""
    return max_pool_forward(g, positions, None)


def avg_pool_forward(x, kernel, stride, padding, dilation, divisor):
    """The sum of each window divided by the divisor: an array that broadcasts against the places"""
    counts = places(x.shape[2:], kernel, stride, padding, dilation)
    padded = pad_forward(x, padding, 0) if any(map(any, padding)) else x
    total = np.zeros((*x.shape[:2], *counts), x.dtype)
    for met in met_by_each(kernel, stride, dilation, counts):
        total += padded[met]
    total /= divisor
    return total


def avg_pool_vjp_x(g, x_shape, kernel, stride, padding, dilation, divisor):
    """dL/dx = g / divisor, at each element of the window"""
    return avg_unpool_forward(g / divisor, x_shape, kernel, stride, padding, dilation)


def avg_unpool_forward(values, shape, kernel, stride, padding, dilation):
    """Images of this shape, each element the sum of the values of the windows it is in"""
    padded = [before + n + after for n, (before, after) in zip(shape[2:], padding)]
    total = np.zeros((*shape[:2], *padded), values.dtype)
    for met in met_by_each(kernel, stride, dilation, values.shape[2:]):
        total[met] += values
    return total[inside(padded, padding)]


def avg_unpool_vjp_values(g, kernel, stride, padding, dilation):
    """dL/d(values) = the sum of g over each window"""
    return avg_pool_forward(g, kernel, stride, padding, dilation, 1)


MAX_POOL = Op(max_pool_forward, max_pool_vjp_x)
MAX_UNPOOL = Op(max_unpool_forward, max_unpool_vjp_values)
AVG_POOL = Op(avg_pool_forward, avg_pool_vjp_x)
AVG_UNPOOL = Op(avg_unpool_forward, avg_unpool_vjp_values)
