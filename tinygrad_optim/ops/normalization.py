"""Normalization to mean 0 and variance 1, or to a mean square of 1; and the scale and shift that mostly follow.

What layers differ in is only the dimensions that the means go over.
"""

from __future__ import annotations

import math

import numpy as np

from ..op import Op
from .inner import inner_forward


def count(shape, dims):
    """How many elements are met going over dims"""
    return math.prod([shape[d] for d in dims])


def mean_square(x, dims):
    """The mean of x**2 over dims, which are kept as 1; nan of no elements"""
    return inner_forward(x, x, dims, True) / (count(x.shape, dims) or math.nan)


def standardized(x, dims, eps):
    """y = (x - mean) / s with s = sqrt(var + eps), over dims; and 1 / s, mean and var (of n elements, divided by n)"""
    n = count(x.shape, dims) or math.nan
    mean = inner_forward(x, None, dims, True) / n
    y = x - mean
    var = inner_forward(y, y, dims, True) / n
    inverse = 1 / np.sqrt(var + eps)
    y *= inverse
    return y, inverse, mean, var


def standardize_forward(x, y, inverse, centered, dims):
    """y = (x - mean) / s, or if not centered x / s: known already, as is 1 / s"""
    return y


def standardize_vjp_x(g, x, inverse, centered, dims, out):
    """dL/dx = (g - mean(g) - y * mean(g * y)) / s; if not centered, without mean(g)

    Ioffe and Szegedy 2015, section 3; Ba et al. 2016, section 3.
    """
    n = count(x.shape, dims) or 1
    part = g - inner_forward(g, None, dims, True) / n if centered else g
    return (part - out * (inner_forward(g, out, dims, True) / n)) * inverse_forward(x, inverse, centered, dims)


def inverse_forward(x, inverse, centered, dims):
    """1 / s, known already: as an op, so that second derivatives know that it depends on x"""
    return inverse


def inverse_vjp_x(g, x, centered, dims, out):
    """dL/dx = -g * (x - mean) / (n * s**3), with s**2 = sum((x - mean)**2) / n + eps; if not centered, without mean"""
    n = count(x.shape, dims) or 1
    part = x - inner_forward(x, None, dims, True) / n if centered else x
    return part * (g * (out * out * out) * (-1 / n))


def repeated(scale, shape, dims):
    """A scale (or a shift) that is without dims, so that it is repeated along them in an array of this shape"""
    if dims == tuple(range(len(dims))):  # as it is: numpy repeats along the first dimensions
        return scale
    return scale.reshape([1 if d in dims else n for d, n in enumerate(shape)])


def affine_forward(x, weight, bias, dims):
    """x * weight + bias, which are without dims and repeated along them; either may be None"""
    out = x.copy() if weight is None else x * repeated(weight, x.shape, dims)
    if bias is not None:
        out += repeated(bias, x.shape, dims)
    return out


def affine_vjp_x(g, weight, dims):
    """dL/dx = g * weight"""
    return g if weight is None else g * repeated(weight, g.shape, dims)


def affine_vjp_weight(g, x, dims):
    """dL/d(weight) = g * x, summed over dims"""
    return inner_forward(g, x, dims, False)


def affine_vjp_bias(g, dims):
    """dL/d(bias) = g, summed over dims"""
    return inner_forward(g, None, dims, False)


STANDARDIZE = Op(standardize_forward, standardize_vjp_x)
INVERSE = Op(inverse_forward, inverse_vjp_x)
AFFINE = Op(affine_forward, affine_vjp_x, affine_vjp_weight, affine_vjp_bias)
