"""Dropout layers: in training they set elements, or whole channels, to 0 at random; else they do nothing."""

from __future__ import annotations

from ..tensor import Tensor
from . import functional as F
from .functional.dropouts import check_probability
from .module import Module

__all__ = ["Dropout", "Dropout1d", "Dropout2d"]


class DropoutNd(Module):
    """What the dropouts share: p, the probability of being set to 0. ValueError for what is no probability."""

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        check_probability(p)
        self.p = p
        self.inplace = inplace  # taken for PyTorch's sake: the result is always a new tensor

    def extra_repr(self) -> str:
        return f"p={self.p}, inplace={self.inplace}"


class Dropout(DropoutNd):
    """In training, each element 0 with probability p, and the others divided by 1 - p"""

    def forward(self, input: Tensor) -> Tensor:
        return F.dropout(input, self.p, self.training)


class Dropout1d(DropoutNd):
    """In training, each channel of sequences (N, C, L) 0 with probability p, and the others divided by 1 - p"""

    def forward(self, input: Tensor) -> Tensor:
        return F.dropout1d(input, self.p, self.training)


class Dropout2d(DropoutNd):
    """In training, each channel of images (N, C, H, W) 0 with probability p, and the others divided by 1 - p"""

    def forward(self, input: Tensor) -> Tensor:
        return F.dropout2d(input, self.p, self.training)
