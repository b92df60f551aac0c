"""Softmax, its logarithm, and the logarithm of a sum of exponentials."""

from __future__ import annotations

import numpy as np
from numpy import exp, inf, log

from ..dtypes import floating_type
from ..op import Op
from .inner import inner_forward
from .reduce import with_kept_dims


def softmax_forward(x, dim):
    """e**x / sum(e**x) along dim, shifted by the maximum so that nothing overflows"""
    return softmax_into(np.empty_like(x), x, dim)


def softmax_into(out, x, dim):
    """out, which now holds the softmax of x; it may be x, if nobody else reads that"""
    np.subtract(x, x.max(axis=dim, keepdims=True, initial=-inf), out=out)
    exp(out, out=out)
    out /= inner_forward(out, None, (dim,), True)
    return out


def softmax_vjp_x(g, dim, out):
    """dL/dx = s * (g - sum(g * s)), with s = softmax(x)"""
    return out * (g - inner_forward(g, out, (dim,), True))


def log_softmax_forward(x, dim, known):
    """x - log(sum(e**x)) along dim; not worked out again if it is known already, None otherwise"""
    if known is not None:
        return known
    out = x - x.max(axis=dim, keepdims=True, initial=-inf)
    out -= log(exp(out).sum(axis=dim, keepdims=True))
    return out


def log_softmax_vjp_x(g, dim, out):
    """dL/dx = g - softmax(x) * sum(g)"""
    return g - exp(out) * g.sum(axis=dim, keepdims=True)


def logsumexp_forward(x, dim, keepdim):
    """log(sum(e**x)) over dim, shifted by the maximum (unless that is infinite) so that nothing overflows"""
    top = x.max(axis=dim, keepdims=True, initial=-inf)
    top = np.where(np.isfinite(top), top, x.dtype.type(0))
    sums = log(exp(x - top).sum(axis=dim, keepdims=True)) + top
    return sums if keepdim else sums.squeeze(axis=dim)


def logsumexp_vjp_x(g, x, dim, out):
    """dL/dx = g * e**x / sum(e**x)"""
    kept = with_kept_dims(x.shape, dim)
    return g.reshape(kept) * exp(x - out.reshape(kept))


SOFTMAX = Op(softmax_forward, softmax_vjp_x)
LOG_SOFTMAX = Op(log_softmax_forward, log_softmax_vjp_x)
LOGSUMEXP = Op(logsumexp_forward, logsumexp_vjp_x, promotes=floating_type)
