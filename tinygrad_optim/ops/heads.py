"""The heads of attention: features taken apart so that each head has its own, and put side by side again.

A tensor of a batch is (N, L, features) if the batch comes first, else (L, N, features); its heads are always
(N, heads, L, features of a head).
"""

from __future__ import annotations

from ..op import Op
from .shape import permute_forward, stack_forward
from .slices import all_of


def heads_forward(x, count, heads, batch_first):
    """Of so many projections side by side, count * heads * size features, all heads: (count, N, heads, L, size)

    As with UNBIND, only the slices of it will be used: one for each projection.
    """
    *outer, features = x.shape
    apart = x.reshape(*outer, count, heads, features // (count * heads))
    return apart.transpose((2, 0, 3, 1, 4) if batch_first else (2, 1, 3, 0, 4))


def heads_vjp_x(g, x_shape, batch_first):
    """dL/dx = the gradients of the slices, each in its place: in one copy"""
    found = all_of(g) if batch_first else [one.swapaxes(0, 2) for one in all_of(g)]
    return stack_forward(2, *[one.swapaxes(1, 2) for one in found]).reshape(x_shape)


def merged_forward(x):
    """All heads' features side by side: (N, heads, L, size) to (L, N, heads * size)"""
    n, heads, length, size = x.shape
    return x.transpose(2, 0, 1, 3).reshape(length, n, heads * size)


def merged_vjp_x(g, x_shape):
    """dL/dx = g, taken apart again"""
    n, heads, length, size = x_shape
    return permute_forward(g.reshape((length, n, heads, size)), (1, 2, 0, 3))


HEADS = Op(heads_forward, heads_vjp_x, view=True)
MERGED = Op(merged_forward, merged_vjp_x, view=True)
