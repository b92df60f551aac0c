"""Pooling: of each window of an image its largest element, or its mean.

Shapes: x (N, C, *sizes), the results (N, C, *places); kernel, stride, padding and dilation as in windows.py.
Where the largest element stands is found first (positions: int64, in the image's elements in order); the op
takes it from there, and its derivative brings g back to there. That is also how ties go to the first.
"""

from __future__ import annotations

import math

import numpy as np

from ..op import Op
from .padding import pad_forward
from .shape import expand_forward
from .windows import col2im_forward, each_element, places


def max_positions(x, kernel, stride, padding, dilation):
    """For each window, the position in its image of its largest element, the first of equals or of nans; and this

    The position is -1 for a window that meets padding only.
    """
    sizes = x.shape[2:]
    lowest = -np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min
    padded, position = x, np.arange(math.prod(sizes)).reshape(sizes)
    if any(map(any, padding)):
        padded, position = pad_forward(x, padding, lowest), pad_forward(position, padding, -1)
    counts = places(sizes, kernel, stride, padding, dilation)
    met = [index for _, index in each_element(kernel, stride, dilation, counts)]
    positions = np.stack([position[index] for index in met])  # of each element of the kernel, at each place
    largest = padded[met[0]].copy()
    chosen = np.empty(largest.shape, np.min_scalar_type(len(met)))  # which element of the kernel is the largest
    chosen[...] = (positions >= 0).argmax(axis=0)  # at first, the first that is no padding
    has_nan = np.isnan(x.max(initial=lowest))
    for number, index in enumerate(met[1:], start=1):
        element = padded[index].copy()  # read twice: the second time in order
        larger = element > largest
        if has_nan:
            larger |= (element != element) & (largest == largest)
        np.maximum(chosen, larger * chosen.dtype.type(number), out=chosen)
        np.maximum(largest, element, out=largest)
    place = np.arange(math.prod(counts)).reshape(counts)
    return positions.reshape(-1).take(chosen * np.int64(place.size) + place), largest


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
    for _, met in each_element(kernel, stride, dilation, counts):
        total += padded[met]
    total /= divisor
    return total


def avg_pool_vjp_x(g, x_shape, kernel, stride, padding, dilation, divisor):
    """dL/dx = g / divisor, at each element of the window"""
    share = (g / divisor).reshape(*g.shape[:2], *[1] * len(kernel), *g.shape[2:])
    spread = expand_forward(share, (*g.shape[:2], *kernel, *g.shape[2:]))
    return col2im_forward(spread, x_shape, kernel, stride, padding, dilation)


MAX_POOL = Op(max_pool_forward, max_pool_vjp_x)
MAX_UNPOOL = Op(max_unpool_forward, max_unpool_vjp_values)
AVG_POOL = Op(avg_pool_forward, avg_pool_vjp_x)
