"""All slices of a tensor, for nets that go through it one by one."""

from __future__ import annotations

from ...engine import apply
from ...ops.heads import HEADS
from ...ops.slices import SLICE, UNBIND
from ...tensor import Tensor

__all__: list[str] = []


def slices_of(x: Tensor) -> list[Tensor]:
    """The slices of x along its first dimension, as in x.unbind(), for a net's own use: not to be written to.

    Going back, they bring x its gradient in one go, however many they are.
    """
    whole = apply(UNBIND, x)
    return [apply(SLICE, whole, place) for place in range(len(x))]


def heads_of(x: Tensor, count: int, heads: int, batch_first: bool) -> list[Tensor]:
    """So many projections side by side, (N, L, features) or (L, N, features), each as (N, heads, L, size of a head).

    Not to be written to either.
    """
    whole = apply(HEADS, x, count, heads, batch_first)
    return [apply(SLICE, whole, place) for place in range(count)]
