"""Pairs with names: what functions that return two tensors return, as PyTorch has them and shows them."""

from __future__ import annotations

from typing import Any, NamedTuple

Tensor = Any


def shown(pair: Any) -> str:
    """`torch.return_types.max(values=..., indices=...)`, a line each"""
    parts = ",\n".join(f"{name}={getattr(pair, name)!r}" for name in pair._fields)
    return f"torch.return_types.{type(pair).__name__}(\n{parts})"


class ValuesAndIndices(NamedTuple):
    """Elements, and where along a dimension they stood."""

    values: Tensor
    indices: Tensor

    def __repr__(self) -> str:
        return shown(self)


class MinAndMax(NamedTuple):
    """The smallest and the largest element."""

    min: Tensor
    max: Tensor

    def __repr__(self) -> str:
        return shown(self)


class max(ValuesAndIndices):
    """Of max(dim)"""


class min(ValuesAndIndices):
    """Of min(dim)"""


class median(ValuesAndIndices):
    """Of median(dim)"""


class kthvalue(ValuesAndIndices):
    """Of kthvalue()"""


class sort(ValuesAndIndices):
    """Of sort()"""


class topk(ValuesAndIndices):
    """Of topk()"""


class aminmax(MinAndMax):
    """Of aminmax()"""
