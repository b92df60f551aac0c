"""Attention: how well each key answers a query, as weights for a mean of the values."""

from __future__ import annotations

from ..op import Op
from .inner import inner_forward
from .softmax import softmax_into


def attention_weights_forward(query, key, bias, counts, scale):
    """softmax(query @ key^T * scale + bias), for queries (..., L, E) and keys (..., S, E): (..., L, S)

    counts: None, or 0 for a query that may look at no key, whose weights are 0, and 1 for the others: (..., L, 1).
    Vaswani et al. 2017, "Attention is all you need", equation 1, without the values.
    """
    scores = query @ key.swapaxes(-1, -2)
    scores *= scale
    scores = scores if bias is None else scores + bias
    weights = softmax_into(scores, scores, scores.ndim - 1)
    return weights if counts is None else weights * counts


def attention_weights_vjp(g, query, key, bias, scale, out):
    """With w = out, as in softmax: dL/d(scores) = w * (g - sum(g * w)); from there dL/d(query) = scale * dL/ds @ key,
    dL/d(key) = scale * dL/ds^T @ query, dL/d(bias) = dL/ds."""
    ds = out * (g - inner_forward(g, out, (g.ndim - 1,), True))
    dquery, dkey = ds @ key * scale, ds.swapaxes(-1, -2) @ query * scale
    return dquery, dkey, None if bias is None else ds, None, None


ATTENTION_WEIGHTS = Op(attention_weights_forward, attention_weights_vjp)
