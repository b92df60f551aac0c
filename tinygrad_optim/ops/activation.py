"""Activations that are no short composition of other ops, or not at their kinks."""

from __future__ import annotations

import numpy as np
from numpy import abs, exp, log, maximum, minimum, tanh

from ..op import Op
from .elementwise import sigmoid_forward


def leaky_relu_forward(x, slope):
    """x where x > 0, else slope * x; slope is a number, or an array that broadcasts"""
    return maximum(x, 0) + slope * minimum(x, 0)


def leaky_relu_vjp_x(g, x, slope):
    """dL/dx = g where x > 0, else g * slope (at x = 0 too)"""
    positive = x > 0
    return g * positive + g * slope * (positive == 0)


def leaky_relu_vjp_slope(g, x):
    """dL/d(slope) = g * min(x, 0)"""
    return g * minimum(x, 0)


def elu_forward(x, alpha):
    """x where x > 0, else alpha * (e**x - 1)"""
    t = tanh(minimum(x, 0) * 0.5)
    # e**x - 1 = 2t / (1 - t): as exact near 0 as numpy's expm1, which takes ten times as long in float32.
    return maximum(x, 0) + alpha * (2 * t / (1 - t))


def elu_vjp_x(g, x, alpha):
    """dL/dx = g where x > 0, else g * alpha * e**x"""
    positive = x > 0
    return g * positive + g * (positive == 0) * (alpha * exp(minimum(x, 0)))


def softplus_forward(x, beta, threshold):
    """log(1 + e**(beta * x)) / beta, a smooth max(x, 0); and x itself where beta * x > threshold"""
    scaled = x * beta
    power = exp(-abs(scaled))  # never e to a large power
    sum_ = 1 + power
    # log(1 + power), less what rounding the sum added: as exact as numpy's log1p, which takes ten times as long.
    logarithm = log(sum_) - ((sum_ - 1) - power) / sum_
    smooth = (maximum(scaled, 0) + logarithm) / beta
    return np.where(scaled > threshold, x, smooth)


def softplus_vjp_x(g, x, beta, threshold):
    """dL/dx = g * sigmoid(beta * x), and g where beta * x > threshold"""
    far = x * beta > threshold
    return g * far + g * (far == 0) * sigmoid_forward(x * beta)


def hardtanh_forward(x, low, high):
    """x, but no smaller than low and no larger than high; in the type of x"""
    number = x.dtype.type
    return x.clip(number(low), number(high))


def hardtanh_vjp_x(g, x, low, high):
    """dL/dx = g where low < x < high, else 0 (at the bounds too)"""
    return g * ((x > low) * (x < high))


LEAKY_RELU = Op(leaky_relu_forward, leaky_relu_vjp_x, leaky_relu_vjp_slope)
ELU = Op(elu_forward, elu_vjp_x)
SOFTPLUS = Op(softplus_forward, softplus_vjp_x)
HARDTANH = Op(hardtanh_forward, hardtanh_vjp_x)
