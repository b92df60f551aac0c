"""Normalization to mean 0 and variance 1: one op, which layers differ in only by the dimensions it goes over."""

from __future__ import annotations

from numpy import sqrt

from ..op import Op
from .reduce import mean_forward


def moments(x, dims):
    """Mean and variance (of n elements, divided by n) over dims, which are kept as 1"""
    mean = mean_forward(x, dims, True)
    centered = x - mean
    return mean, mean_forward(centered * centered, dims, True)


def normalize_forward(x, weight, bias, mean, var, dims, eps):
    """(x - mean) / sqrt(var + eps) * weight + bias; mean and var are x's own over dims, weight and bias may be None"""
    out = x - mean
    out *= 1 / sqrt(var + eps)
    if weight is not None:
        out *= weight
    if bias is not None:
        out += bias
    return out


def normalize_vjp(g, x, weight, dims, eps):
    """With y = (x - mean) / s, s = sqrt(var + eps) and h = g * weight: dL/dx = (h - mean(h) - y * mean(h * y)) / s

    dL/d(weight) = g * y and dL/d(bias) = g, which the engine sums. Mean and variance are those of x, worked out
    anew: so second derivatives go through them too. Ioffe and Szegedy 2015, section 3; Ba et al. 2016, section 3.
    """
    centered = x - mean_forward(x, dims, True)
    inverse = 1 / sqrt(mean_forward(centered * centered, dims, True) + eps)
    y = centered * inverse
    h = g if weight is None else g * weight
    to_x = inverse * (h - mean_forward(h, dims, True) - y * mean_forward(h * y, dims, True))
    return to_x, None if weight is None else g * y, g, None, None, None, None


NORMALIZE = Op(normalize_forward, normalize_vjp)
