"""Attention with several heads as a module."""

from __future__ import annotations

import math
from typing import Any

from ..creation import zeros
from ..engine import apply, new_tensor
from ..ops.attention import ATTENTION_WEIGHTS
from ..ops.heads import MERGED
from ..tensor import Tensor
from . import functional as F, init
from .functional.attention import as_bias, attended
from .functional.checks import check_tensors
from .functional.dropouts import dropout
from .functional.slices import heads_of, slices_of
from .layers import Linear
from .module import Module
from .parameter import Parameter

__all__ = ["MultiheadAttention"]


class MultiheadAttention(Module):
    """Attention by several heads at once: each looks at its own projection of queries, keys and values.

    in_proj_weight: (3 embed_dim, embed_dim), for queries, keys and values; with another kdim or vdim, q_, k_ and
    v_proj_weight instead. in_proj_bias: (3 embed_dim,). out_proj: a Linear.
    Vaswani et al. 2017, "Attention is all you need", section 3.2.2.
    """

    in_proj_weight: Any  # a Parameter, or None
    q_proj_weight: Any
    k_proj_weight: Any
    v_proj_weight: Any
    in_proj_bias: Parameter | None

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        add_bias_kv: bool = False,
        add_zero_attn: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        if embed_dim <= 0 or num_heads <= 0:
            raise ValueError(f"embed_dim and num_heads must be greater than 0, got {embed_dim=} and {num_heads=}")
        if embed_dim % num_heads:
            raise AssertionError(f"embed_dim must be divisible by num_heads: {embed_dim} is not by {num_heads}")
        if add_bias_kv or add_zero_attn:
            raise NotImplementedError("MultiheadAttention is not made with add_bias_kv or add_zero_attn here")
        super().__init__()
        self.embed_dim, self.num_heads, self.dropout, self.batch_first = embed_dim, num_heads, dropout, batch_first
        self.kdim, self.vdim = kdim or embed_dim, vdim or embed_dim
        self.head_dim = embed_dim // num_heads
        sizes = {"q_proj_weight": embed_dim, "k_proj_weight": self.kdim, "v_proj_weight": self.vdim}
        self.same_dims = self.kdim == self.vdim == embed_dim
        if self.same_dims:
            self.in_proj_weight = Parameter(zeros(3 * embed_dim, embed_dim, dtype=dtype))
        for name, size in sizes.items():
            given = None if self.same_dims else Parameter(zeros(embed_dim, size, dtype=dtype))
            self.register_parameter(name, given)
        if not self.same_dims:
            self.register_parameter("in_proj_weight", None)
        self.register_parameter("in_proj_bias", Parameter(zeros(3 * embed_dim, dtype=dtype)) if bias else None)
        self.out_proj = Linear(embed_dim, embed_dim, bias=bias, dtype=dtype)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the weights of the projections anew; their biases, and that of out_proj, begin at 0."""
        for name in ("in_proj_weight", "q_proj_weight", "k_proj_weight", "v_proj_weight"):
            if getattr(self, name) is not None:
                init.xavier_uniform_(getattr(self, name))
        for bias in (self.in_proj_bias, self.out_proj.bias):
            if bias is not None:
                init.zeros_(bias)

    def forward(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        key_padding_mask: Tensor | None = None,
        need_weights: bool = True,
        attn_mask: Tensor | None = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        """What the queries found, (L, N, E), and where they looked, (N, L, S), or None unless need_weights.

        query (L, N, E), key (S, N, kdim), value (S, N, vdim); (N, L, E) and so on if batch_first; or without N.
        key_padding_mask (N, S) and attn_mask (L, S) or (N * heads, L, S): bools, True where not to look (the other way
        round than in scaled_dot_product_attention), or numbers to add. average_attn_weights=False: weights of each
        head, (N, heads, L, S). is_causal: a hint that attn_mask is causal, which must be given with it.
        """
        self.check(query, key, value, key_padding_mask, attn_mask, is_causal)
        batched = query.ndim == 3
        q, k, v = self.projected(query, key, value, batched)
        bias = self.bias_of(attn_mask, key_padding_mask, q, k)
        share = self.dropout if self.training else 0.0
        weights: Tensor | None = None
        if need_weights:
            weights = apply(ATTENTION_WEIGHTS, q, k, bias, None, 1 / math.sqrt(self.head_dim))
            weights = dropout(weights, share) if share else weights
            found = weights @ v
        else:
            found = attended(q, k, v, bias, share)
        # In memory the result stands as (L, N, E), whatever batch_first, so that dropout draws in PyTorch's order.
        out = self.out_proj(apply(MERGED, found))
        if weights is not None and average_attn_weights:
            weights = weights.mean(1)
        if not batched:
            return out.squeeze(1), None if weights is None else weights.squeeze(0)
        return out.transpose(0, 1) if self.batch_first else out, weights

    def projected(self, query: Tensor, key: Tensor, value: Tensor, batched: bool) -> list[Tensor]:
        """Queries, keys and values, each times its weight, as (N, heads, length, head_dim)."""
        if self.same_dims and query is key and key is value:
            return self.heads(F.linear(query, self.in_proj_weight, self.in_proj_bias), 3, batched)
        size = self.embed_dim
        weights = [self.q_proj_weight, self.k_proj_weight, self.v_proj_weight]
        if self.same_dims:
            weights = slices_of(self.in_proj_weight.reshape(3, size, size))
        biases = [None, None, None] if self.in_proj_bias is None else slices_of(self.in_proj_bias.reshape(3, size))
        given = zip((query, key, value), weights, biases)
        return [self.heads(F.linear(t, weight, bias), 1, batched)[0] for t, weight, bias in given]

    def heads(self, tensor: Tensor, count: int, batched: bool) -> list[Tensor]:
        """So many projections side by side (..., count * embed_dim), each as (N, heads, length, head_dim)."""
        tensor = tensor if batched else tensor.unsqueeze(1)
        return heads_of(tensor, count, self.num_heads, batched and self.batch_first)

    def bias_of(self, attn_mask: Tensor | None, padding: Tensor | None, q: Tensor, k: Tensor) -> Tensor | None:
        """Both masks together, as numbers to add to the scores (N, heads, L, S)."""
        n, heads, length, _ = q.shape
        bias = None
        if attn_mask is not None:
            if attn_mask.shape != (length, k.shape[2]) and attn_mask.shape != (n * heads, length, k.shape[2]):
                wanted = (length, k.shape[2]) if attn_mask.ndim == 2 else (n * heads, length, k.shape[2])
                raise RuntimeError(
                    f"The shape of the {attn_mask.ndim}D attn_mask is {attn_mask.shape}, but should be {wanted}."
                )
            bias = shut(attn_mask, q.dtype)
            bias = bias if bias.ndim == 2 else bias.reshape(n, heads, length, k.shape[2])
        if padding is not None:
            padded = shut(padding, q.dtype).reshape(padding.shape[0] if padding.ndim == 2 else 1, 1, 1, -1)
            bias = padded if bias is None else bias + padded
        return bias

    def check(self, query: Any, key: Any, value: Any, padding: Any, attn_mask: Any, is_causal: bool) -> None:
        """Refuse what does not fit, with PyTorch's types of exceptions."""
        check_tensors("MultiheadAttention", query=query, key=key, value=value)
        for name, mask in (("key_padding_mask", padding), ("attn_mask", attn_mask)):
            if mask is None:
                continue
            check_tensors("MultiheadAttention", **{name: mask})
            if mask.dtype.kind not in "bf":
                raise AssertionError(f"only bool and floating types of {name} are supported, not {mask.dtype}")
        q, k, v = query.array.shape, key.array.shape, value.array.shape
        if len(q) not in (2, 3) or not len(q) == len(k) == len(v):
            raise AssertionError(
                f"query, key and value are all to have 3 dimensions, or 2 without a batch: {told(q, k, v)}"
            )
        found, wanted = [q[-1], k[-1], v[-1]], [self.embed_dim, self.kdim, self.vdim]
        if found != wanted:
            raise AssertionError(f"was expecting embedding dimensions {wanted}, but got {found}: {told(q, k, v)}")
        if k[:-1] != v[:-1]:
            raise AssertionError(f"key shape {k} does not match value shape {v}")
        batch = 0 if self.batch_first else 1
        if len(q) == 3 and q[batch] != k[batch]:
            raise RuntimeError(f"query and key have different numbers of rows in dimension {batch}: {told(q, k, v)}")
        if padding is not None:
            wanted_shape = key.shape[:-1] if self.batch_first or key.ndim == 2 else (key.shape[1], key.shape[0])
            if padding.shape != wanted_shape:
                raise AssertionError(f"Expected key_padding_mask of shape {wanted_shape}, but got {padding.shape}")
        if is_causal and attn_mask is None:
            raise RuntimeError("Need attn_mask if specifying the is_causal hint: True above the diagonal, for example")


def told(query: Any, key: Any, value: Any) -> str:
    """The three shapes, as messages name them."""
    return f"query {query}, key {key}, value {value}"


def shut(mask: Tensor, dtype: Any) -> Tensor:
    """A mask that is True where not to look, as what is added to the scores. RuntimeError for another float type."""
    if mask.dtype.kind == "b":
        return as_bias(new_tensor(~mask.array), dtype)
    if mask.dtype != dtype:
        raise RuntimeError(f"Expected a mask to hold bools or {dtype} as the query does, not {mask.dtype}")
    return mask
