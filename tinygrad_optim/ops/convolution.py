"""Convolution: a matrix product of the kernels with the windows of an image, laid out as columns.

Shapes: x (N, C, *sizes), weight (O, C / groups, *kernel), bias (O,) or None, the result (N, O, *places); stride,
padding and dilation as in windows.py. In groups, each part of the channels in has its own part of those out.
The images stay apart, and so no dimensions need to change places: a stack of N products, several times
faster than one with N * P columns.
"""

from __future__ import annotations

import math

from ..op import Op
from .windows import col2im_forward, im2col_forward, places


def convolution_forward(x, weight, bias, stride, padding, dilation, groups):
    """At each place, the sum of kernel * window; plus the bias"""
    n, channels_out, kernel = x.shape[0], weight.shape[0], weight.shape[2:]
    counts = places(x.shape[2:], kernel, stride, padding, dilation)
    size = math.prod(weight.shape[1:])
    columns = im2col_forward(x, kernel, stride, padding, dilation).reshape(n, groups, size, math.prod(counts))
    kernels = weight.reshape(groups, channels_out // groups, size)
    out = (kernels @ columns).reshape(n, channels_out, *counts)
    if bias is not None:
        out += bias.reshape(channels_out, *[1] * len(counts))
    return out


def convolution_vjp_x(g, weight, x_shape, stride, padding, dilation, groups):
    """dL/dx = the columns kernel^T @ g, each added back to the window it came from"""
    n, channels_out, size, count = x_shape[0], weight.shape[0], math.prod(weight.shape[1:]), math.prod(g.shape[2:])
    kernels = weight.reshape(groups, channels_out // groups, size)
    columns = kernels.swapaxes(-1, -2) @ g.reshape(n, groups, channels_out // groups, count)
    return col2im_forward(
        columns.reshape(n, groups * size, count), x_shape, weight.shape[2:], stride, padding, dilation
    )


def convolution_vjp_weight(g, x, weight_shape, stride, padding, dilation, groups):
    """dL/d(weight) = g @ columns^T, summed over the images"""
    n, channels_out, size, count = x.shape[0], weight_shape[0], math.prod(weight_shape[1:]), math.prod(g.shape[2:])
    columns = im2col_forward(x, weight_shape[2:], stride, padding, dilation).reshape(n, groups, size, count)
    each = g.reshape(n, groups, channels_out // groups, count) @ columns.swapaxes(-1, -2)
    return each.sum(axis=0).reshape(weight_shape)


def convolution_vjp_bias(g):
    """dL/d(bias) = g, summed over the images and places"""
    return g.sum(axis=(0, *range(2, g.ndim)))


CONVOLUTION = Op(convolution_forward, convolution_vjp_x, convolution_vjp_weight, convolution_vjp_bias)
