"""Scaled dot product attention as a function, with its masks."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...engine import apply, new_tensor
from ...functions import where
from ...ops.attention import ATTENTION_WEIGHTS
from ...ops.linalg import MATMUL
from ...tensor import Tensor
from .checks import check_tensors
from .dropouts import dropout

__all__ = ["scaled_dot_product_attention"]


def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """softmax(query @ key^T * scale + attn_mask) @ value: (..., L, E), (..., S, E), (..., S, V) to (..., L, V).

    attn_mask: bools, True where a query may look at a key, or numbers to add; it broadcasts to (..., L, S).
    is_causal: query i looks at keys 0 to i only. A query that may look at none gets zeros. scale: 1 / sqrt(E) unless
    given. dropout_p: the share of weights that is dropped, always. enable_gqa: fewer key heads (dimension -3) than
    query heads, each serving as many queries in turn. RuntimeError for what does not fit.
    """
    check_attention(query, key, value, attn_mask, is_causal)
    if enable_gqa:
        key, value = (one_for_each(query, heads) for heads in (key, value))
    bias = None if attn_mask is None else as_bias(attn_mask, query.dtype)
    if is_causal:
        bias = as_bias(new_tensor(np.tri(query.shape[-2], key.shape[-2], dtype=bool)), query.dtype)
    return attended(query, key, value, bias, dropout_p, scale)


def attended(query: Tensor, key: Tensor, value: Tensor, bias: Tensor | None, share: float, scale: Any = None) -> Tensor:
    """The same, of what was checked: bias is added to the scores, and this share of the weights is dropped."""
    counts = None
    if bias is not None:
        bias, counts = without_lost_rows(bias)
    factor = 1 / math.sqrt(query.shape[-1]) if scale is None else float(scale)
    weights = apply(ATTENTION_WEIGHTS, query, key, bias, counts, factor)
    return apply(MATMUL, dropout(weights, share) if share else weights, value)


def as_bias(mask: Tensor, dtype: Any) -> Tensor:
    """A mask as what is added to the scores: of bools, 0 where True and -inf where False."""
    if mask.dtype.kind != "b":
        return mask
    return new_tensor(np.where(mask.array, dtype.type(0), dtype.type(-math.inf)))


def without_lost_rows(bias: Tensor) -> tuple[Tensor, Any]:
    """The bias with 0 in the rows that are all -inf, and which rows count (1, else 0); None if all do."""
    lost = (bias.array == -math.inf).all(axis=-1, keepdims=True)
    if not lost.any():
        return bias, None
    return where(new_tensor(~lost), bias, 0.0), (~lost).astype(bias.dtype)


def one_for_each(query: Tensor, heads: Tensor) -> Tensor:
    """Key or value heads (dimension -3) repeated, each in turn, to as many as the query has."""
    wanted, there = query.shape[-3], heads.shape[-3]
    if there == 0 or wanted % there:
        raise RuntimeError(f"Number of heads in key and value must divide that in query: {there} and {wanted}")
    *batch, length, size = heads.shape
    return heads.unsqueeze(-3).expand(*batch, wanted // there, length, size).reshape(*batch[:-1], wanted, length, size)


def check_attention(query: Tensor, key: Tensor, value: Tensor, mask: Any, is_causal: bool) -> None:
    """TypeError for what is no tensor, RuntimeError for types and shapes that do not fit."""
    given = {"query": query, "key": key, "value": value}
    check_tensors("scaled_dot_product_attention", **given)
    if min(t.ndim for t in given.values()) < 2:
        raise RuntimeError(
            f"Expected query, key, and value to all be at least 2 dimensional, but got shapes {query.shape}, "
            f"{key.shape} and {value.shape}: (..., length, features)"
        )
    if not query.dtype == key.dtype == value.dtype or not query.is_floating_point():
        raise RuntimeError(
            "Expected query, key, and value to have the same floating dtype, but got "
            f"{query.dtype}, {key.dtype} and {value.dtype}"
        )
    if query.shape[-1] != key.shape[-1] or key.shape[-2] != value.shape[-2]:
        raise RuntimeError(
            f"query {query.shape}, key {key.shape} and value {value.shape} do not fit: a key has as many features as "
            "a query, and there is a value for each key"
        )
    if mask is None:
        return
    if is_causal:
        raise RuntimeError("Explicit attn_mask should not be set when is_causal=True: that is a mask of its own")
    check_tensors("scaled_dot_product_attention", attn_mask=mask)
    if mask.dtype not in (np.dtype(bool), query.dtype):
        raise RuntimeError(f"Expected attn_mask to hold bools or {query.dtype} as the query does, not {mask.dtype}")
    sizes = (query.shape[-2], key.shape[-2])
    if mask.ndim < 2 or any(n not in (1, m) for n, m in zip(mask.shape[-2:], sizes)):
        raise RuntimeError(f"attn_mask of shape {mask.shape} does not broadcast to (..., {sizes[0]}, {sizes[1]})")
