"""Linear, and layers that only hand on or reshape."""

from __future__ import annotations

import math
from typing import Any

from ..creation import zeros
from ..engine import apply
from ..ops.linalg import LINEAR
from ..shapes import as_dim, as_shape
from ..tensor import Tensor
from . import init
from .functional.linear_layer import check_linear
from .functional.margin_losses import pairwise_distance
from .functional.normalization import cosine_similarity
from .module import Module
from .parameter import Parameter

__all__ = ["CosineSimilarity", "Flatten", "Identity", "Linear", "PairwiseDistance", "Unflatten"]


class Linear(Module):
    """x @ weight^T + bias: from (..., in_features) to (..., out_features).

    weight: (out_features, in_features); bias: (out_features,). Both start uniform in
    [-1/sqrt(in_features), 1/sqrt(in_features)), weight first, as PyTorch draws them.
    """

    bias: Parameter | None

    def __init__(self, in_features: int, out_features: int, bias: bool = True, device: Any = None, dtype: Any = None):
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.weight = Parameter(zeros(out_features, in_features, dtype=dtype))
        self.register_parameter("bias", Parameter(zeros(out_features, dtype=dtype)) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weight and bias anew."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            bound = 1 / math.sqrt(self.in_features) if self.in_features else 0
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input: Tensor) -> Tensor:
        check_linear(input, self.weight, self.bias)
        return apply(LINEAR, input, self.weight, self.bias)

    def extra_repr(self) -> str:
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"


class Identity(Module):
    """x as it is: takes any arguments, to stand in another layer's place"""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()

    def forward(self, input: Tensor) -> Tensor:
        return input


class Flatten(Module):
    """The dimensions from start_dim to end_dim made one"""

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, input: Tensor) -> Tensor:
        return input.flatten(self.start_dim, self.end_dim)

    def extra_repr(self) -> str:
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Unflatten(Module):
    """One dimension made several, of these sizes (one of which may be -1)"""

    def __init__(self, dim: int, unflattened_size: Any) -> None:
        super().__init__()
        self.dim, self.unflattened_size = dim, unflattened_size
        as_shape((unflattened_size,))

    def forward(self, input: Tensor) -> Tensor:
        place = as_dim(self.dim, input.ndim)
        sizes = as_shape((self.unflattened_size,), input.shape[place])
        return input.reshape(*input.shape[:place], *sizes, *input.shape[place + 1 :])

    def extra_repr(self) -> str:
        return f"dim={self.dim}, unflattened_size={self.unflattened_size}"


class CosineSimilarity(Module):
    """The cosine of the angle between two tensors along dim; lengths below eps count as eps"""

    def __init__(self, dim: int = 1, eps: float = 1e-8) -> None:
        super().__init__()
        self.dim, self.eps = dim, eps

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        return cosine_similarity(x1, x2, self.dim, self.eps)


class PairwiseDistance(Module):
    """The distance of two tensors in the p-norm over the last dimension; eps is added to each difference"""

    def __init__(self, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> None:
        super().__init__()
        self.norm, self.eps, self.keepdim = p, eps, keepdim

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        return pairwise_distance(x1, x2, self.norm, self.eps, self.keepdim)
