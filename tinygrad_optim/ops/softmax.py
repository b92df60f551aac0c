"""Softmax and its logarithm."""

from __future__ import annotations

from numpy import exp, inf, log

from ..op import Op


def softmax_forward(x, dim):
    """e**x / sum(e**x) along dim, shifted by the maximum so that nothing overflows"""
    powers = exp(x - x.max(axis=dim, keepdims=True, initial=-inf))
    return powers / powers.sum(axis=dim, keepdims=True)


def softmax_vjp_x(g, dim, out):
    """dL/dx = s * (g - sum(g * s)), with s = softmax(x)"""
    return out * (g - (g * out).sum(axis=dim, keepdims=True))


def log_softmax_forward(x, dim):
    """x - log(sum(e**x)) along dim"""
    shifted = x - x.max(axis=dim, keepdims=True, initial=-inf)
    return shifted - log(exp(shifted).sum(axis=dim, keepdims=True))


def log_softmax_vjp_x(g, dim, out):
    """dL/dx = g - softmax(x) * sum(g)"""
    return g - exp(out) * g.sum(axis=dim, keepdims=True)


SOFTMAX = Op(softmax_forward, softmax_vjp_x)
LOG_SOFTMAX = Op(log_softmax_forward, log_softmax_vjp_x)
