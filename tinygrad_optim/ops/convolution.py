"""Convolution: a matrix product of the kernels with the windows of an image, laid out as columns.

Shapes: x (N, C, *sizes), weight (O, C / groups, *kernel), bias (O,) or None, y (N, O, *places); stride, padding and
dilation as in windows.py. In groups, each part of the channels in has its own part of those out.
Of x, weight and y, each two make one that is shaped as the third: three products, and each is what the derivatives
of the other two are made of.
The images stay apart, and so no dimensions need to change places: a stack of N products, several times faster than
one with N * P columns. The columns, which take many times the room of the images, are there for a few images at a time.
"""

from __future__ import annotations

import math

import numpy as np

from ..op import Op
from .padding import inside, pad_forward
from .windows import add_windows, room_behind, windows_of

BLOCK = 2**18  # how many numbers of columns there are at a time: so many stay in a processor's cache


def few(size):
    """How many images make no more than a block, if the columns of one have this size; one at least"""
    return max(BLOCK // max(size, 1), 1)


def blocks(images, size):
    """Slices of a few images each"""
    return [slice(start, start + few(size)) for start in range(0, images, few(size))]


def convolution_forward(x, weight, bias, stride, padding, dilation, groups):
    """y: at each place, the sum of kernel * window; plus the bias"""
    n, channels_out, size = len(x), len(weight), math.prod(weight.shape[1:])
    windows = windows_of(x, weight.shape[2:], stride, padding, dilation)
    counts = windows.shape[weight.ndim :]
    count = math.prod(counts)
    kernels = weight.reshape(groups, channels_out // groups, size)
    y = np.empty((n, groups, channels_out // groups, count), x.dtype)
    for some in blocks(n, groups * size * count):
        columns = windows[some].reshape(-1, groups, size, count)
        np.matmul(kernels, columns, out=y[some])
        if bias is not None:
            y[some] += bias.reshape(groups, -1, 1)
    return y.reshape(n, channels_out, *counts)


def convolution_vjp_x(g, weight, x_shape, stride, padding, dilation, groups):
    """dL/dx = each kernel * g, added back to the window it came from"""
    return convolution_x_forward(g, weight, x_shape, stride, padding, dilation, groups)


def convolution_vjp_weight(g, x, weight_shape, stride, padding, dilation, groups):
    """dL/d(weight) = g * window, summed over the images and places"""
    return convolution_weight_forward(g, x, weight_shape, stride, padding, dilation, groups)


def convolution_vjp_bias(g):
    """dL/d(bias) = g, summed over the images and places"""
    return g.sum(axis=0).sum(axis=tuple(range(1, g.ndim - 1)))  # twice as fast as all at once


def convolution_x_forward(y, weight, shape, stride, padding, dilation, groups):
    """x, of this shape: the columns kernel^T @ y, each added back to the window it came from"""
    n, channels_out, size, kernel = len(y), len(weight), math.prod(weight.shape[1:]), weight.shape[2:]
    kernels = weight.reshape(groups, channels_out // groups, size).swapaxes(-1, -2)
    room = room_behind(y.shape[2:], kernel, stride, dilation)
    sizes = [m + after for m, (_, after) in zip(y.shape[2:], room)]
    count, end = math.prod(sizes), np.ravel_multi_index([m - 1 for m in y.shape[2:]], sizes) + 1  # after the last place
    y = (pad_forward(y, room, 0) if any(map(any, room)) else y).reshape(n, groups, channels_out // groups, count)
    columns = np.empty((min(n, few(groups * size * count)), groups, size, count), y.dtype)
    columns[..., end:] = 0  # the room behind the places; that between them is 0 as it is in y
    padded = [before + m + after for m, (before, after) in zip(shape[2:], padding)]
    x = np.zeros((*shape[:2], *padded), y.dtype)
    for some in blocks(n, groups * size * count):
        windows = columns[: len(x[some])]
        np.matmul(kernels, y[some, ..., :end], out=windows[..., :end])
        add_windows(x[some], windows.reshape(-1, shape[1], *kernel, *sizes), stride, dilation)
    return x[inside(padded, padding)]


def convolution_x_vjp_y(g, weight, stride, padding, dilation, groups):
    """dL/dy = the convolution of g"""
    return convolution_forward(g, weight, None, stride, padding, dilation, groups)


def convolution_x_vjp_weight(g, y, weight_shape, stride, padding, dilation, groups):
    """dL/d(weight) = y * window of g, summed over the images and places"""
    return convolution_weight_forward(y, g, weight_shape, stride, padding, dilation, groups)


def convolution_weight_forward(y, x, shape, stride, padding, dilation, groups):
    """The weight, of this shape: columns @ y^T, summed over the images, and turned: the smaller matrix is the second"""
    n, channels_out, size, count = len(x), shape[0], math.prod(shape[1:]), math.prod(y.shape[2:])
    windows = windows_of(x, shape[2:], stride, padding, dilation)
    y = y.reshape(n, groups, channels_out // groups, count)
    kernels = np.zeros((groups, size, channels_out // groups), y.dtype)
    for some in blocks(n, groups * size * count):
        columns, lines = windows[some], y[some]
        if 4 * count < size:  # images of few places: side by side, and so one long product, not a stack of short ones
            columns, lines = np.moveaxis(columns, 0, len(shape) - 1), np.moveaxis(lines, 0, 2)
            lines = lines.reshape(1, groups, channels_out // groups, -1)
        columns = columns.reshape(-1, groups, size, lines.shape[-1])
        kernels += (columns @ lines.swapaxes(-1, -2)).sum(axis=0)
    return kernels.swapaxes(-1, -2).reshape(shape)


def convolution_weight_vjp_y(g, x, stride, padding, dilation, groups):
    """dL/dy = the convolution of x with g"""
    return convolution_forward(x, g, None, stride, padding, dilation, groups)


def convolution_weight_vjp_x(g, y, x_shape, stride, padding, dilation, groups):
    """dL/dx = each element of g * y, added back to the window it came from"""
    return convolution_x_forward(y, g, x_shape, stride, padding, dilation, groups)


CONVOLUTION = Op(convolution_forward, convolution_vjp_x, convolution_vjp_weight, convolution_vjp_bias)
CONVOLUTION_X = Op(convolution_x_forward, convolution_x_vjp_y, convolution_x_vjp_weight)
CONVOLUTION_WEIGHT = Op(convolution_weight_forward, convolution_weight_vjp_y, convolution_weight_vjp_x)
