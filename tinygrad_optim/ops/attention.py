"""Attention: a mean of values, weighted by how well each one's key answers a query."""

from __future__ import annotations

from ..op import Op
from .softmax import softmax_forward


def scores(query, key, bias, scale):
    """query @ key^T * scale + bias: how well each key answers each query"""
    product = query @ key.swapaxes(-1, -2) * scale
    return product if bias is None else product + bias


def attention_forward(query, key, value, bias, counts, scale):
    """softmax(query @ key^T * scale + bias) @ value, for queries (..., L, E), keys (..., S, E), values (..., S, V)

    counts: None, or 0 for a query that may look at no key, whose result is 0, and 1 for the others: (..., L, 1).
    Vaswani et al. 2017, "Attention is all you need", equation 1.
    """
    weights = softmax_forward(scores(query, key, bias, scale), -1)
    return (weights if counts is None else weights * counts) @ value


def attention_vjp(g, query, key, value, bias, counts, scale):
    """The weights w are computed anew: dL/d(value) = w^T @ g, dL/dw = g @ value^T, and from there to the scores s
    as in softmax: dL/ds = w * (dL/dw - sum(dL/dw * w)), dL/d(query) = scale * dL/ds @ key,
    dL/d(key) = scale * dL/ds^T @ query, dL/d(bias) = dL/ds."""
    w = softmax_forward(scores(query, key, bias, scale), -1)
    w = w if counts is None else w * counts
    dw = g @ value.swapaxes(-1, -2)
    ds = w * (dw - (dw * w).sum(axis=-1, keepdims=True))
    dquery, dkey = ds @ key * scale, ds.swapaxes(-1, -2) @ query * scale
    return dquery, dkey, w.swapaxes(-1, -2) @ g, None if bias is None else ds, None, None


ATTENTION = Op(attention_forward, attention_vjp)
