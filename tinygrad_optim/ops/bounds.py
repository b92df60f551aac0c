"""Keeping numbers within bounds, and finite."""

from __future__ import annotations

import numpy as np
from numpy import isfinite

from ..dtypes import bounds_type
from ..op import Op


def clamp_forward(x, low, high):
    """x, but at least low and at most high (high, where low is above it); either may be None"""
    at_least = x if low is None else np.maximum(x, low)
    return at_least if high is None else np.minimum(at_least, high)


def clamp_vjp_x(g, x, low, high):
    """dL/dx = g where x is between the bounds, or at one of them, else 0"""
    if low is None or high is None:
        return g * (x <= high if low is None else x >= low)
    return g * ((x >= low) * (x <= high))


def clamp_vjp_low(g, x, low, high):
    """dL/d(low) = g where x is below it, else 0"""
    below = x < low
    return g * (below if high is None else below * (low < high))


def clamp_vjp_high(g, x, low, high):
    """dL/d(high) = g where x is above it (or low is), else 0"""
    above = x > high
    return g * (above if low is None else above | (low > high))


def nan_to_num_forward(x, nan, posinf, neginf):
    """x with other numbers in the place of nan and the infinities: 0 and the largest ones of its type, if None"""
    return np.nan_to_num(x, nan=0.0 if nan is None else nan, posinf=posinf, neginf=neginf)


def nan_to_num_vjp_x(g, x):
    """dL/dx = g where x is finite, else 0"""
    return g * isfinite(x)


CLAMP = Op(clamp_forward, clamp_vjp_x, clamp_vjp_low, clamp_vjp_high, promotes=bounds_type)
NAN_TO_NUM = Op(nan_to_num_forward, nan_to_num_vjp_x)
