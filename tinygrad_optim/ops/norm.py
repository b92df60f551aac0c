"""Lengths of vectors, in the many senses of the word."""

from __future__ import annotations

from math import inf

import numpy as np
from numpy import sign

from ..op import Op
from .reduce import with_kept_dims
from .shape import expand_forward


def linalg_vector_norm_forward(x, p, dim, keepdim):
    """(sum of |x|**p over dim) ** (1/p); p = inf and -inf: the largest and smallest |x|; p = 0: how many are not 0"""
    sizes = np.abs(x)
    if p == inf:
        return sizes.max(axis=dim, keepdims=keepdim)
    if p == -inf:
        return sizes.min(axis=dim, keepdims=keepdim)
    if p == 0:
        return (x != 0).sum(axis=dim, keepdims=keepdim, dtype=x.dtype)
    if p == 1:
        return sizes.sum(axis=dim, keepdims=keepdim)
    if p == 2:
        return np.sqrt((x * x).sum(axis=dim, keepdims=keepdim))
    return (sizes**p).sum(axis=dim, keepdims=keepdim) ** (1 / p)


def linalg_vector_norm_vjp_x(g, x, p, dim, out):
    """dL/dx = g * sign(x) * (|x| / norm)**(p - 1), and 0 where x is 0; p = +-inf: shared by those of that size"""
    kept = with_kept_dims(x.shape, dim)
    g, out = g.reshape(kept), out.reshape(kept)
    if abs(p) == inf:
        equals = abs(x) == out
        return g * sign(x) * equals / equals.sum(axis=dim, keepdims=True, dtype=g.dtype)
    if p == 0:
        return expand_forward(g * 0, x.shape)
    if p == 1:
        return g * sign(x)
    inverse = (out != 0) / (out + (out == 0))  # 1 / norm, or 0 if that is 0
    if p == 2:
        return g * (x * inverse)
    return g * (sign(x) * (abs(x) * inverse + (x == 0)) ** (p - 1))


VECTOR_NORM = Op(linalg_vector_norm_forward, linalg_vector_norm_vjp_x)
