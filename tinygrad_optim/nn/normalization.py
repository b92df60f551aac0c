"""Normalization layers, with the running estimates that batch normalization keeps."""

from __future__ import annotations

from typing import Any

from ..creation import ones, tensor, zeros
from ..dtypes import int64
from ..tensor import Tensor
from . import functional as F
from .init import ones_, zeros_
from .module import Module
from .parameter import Parameter

__all__ = ["BatchNorm1d", "BatchNorm2d", "GroupNorm", "LayerNorm", "RMSNorm"]


class Affine(Module):
    """What the normalizations share: a weight of ones and a bias of zeros, or None."""

    weight: Parameter | None
    bias: Parameter | None

    def add_affine(self, shape: Any, weight: bool, bias: bool, dtype: Any) -> None:
        """Register weight and bias of this shape, those that are wanted."""
        self.register_parameter("weight", Parameter(ones(shape, dtype=dtype)) if weight else None)
        self.register_parameter("bias", Parameter(zeros(shape, dtype=dtype)) if weight and bias else None)

    def reset_parameters(self) -> None:
        """Bring the weight back to ones and the bias to zeros."""
        if self.weight is not None:
            ones_(self.weight)
        if self.bias is not None:
            zeros_(self.bias)


class LayerNorm(Affine):
    """Mean 0 and variance 1 over the last dimensions (normalized_shape) of each example; then * weight + bias."""

    def __init__(
        self,
        normalized_shape: Any,
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        given = (normalized_shape,) if isinstance(normalized_shape, int) else normalized_shape
        self.normalized_shape = tuple(given)
        self.eps, self.elementwise_affine = eps, elementwise_affine
        self.add_affine(self.normalized_shape, elementwise_affine, bias, dtype)

    def forward(self, input: Tensor) -> Tensor:
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}, "
            f"bias={self.bias is not None}"
        )


class RMSNorm(Module):
    """A root mean square of 1 over the last dimensions (normalized_shape) of each example; then * weight."""

    weight: Parameter | None

    def __init__(
        self,
        normalized_shape: Any,
        eps: float | None = None,
        elementwise_affine: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        given = (normalized_shape,) if isinstance(normalized_shape, int) else normalized_shape
        self.normalized_shape = tuple(given)
        self.eps, self.elementwise_affine = eps, elementwise_affine
        weight = Parameter(ones(self.normalized_shape, dtype=dtype)) if elementwise_affine else None
        self.register_parameter("weight", weight)

    def reset_parameters(self) -> None:
        """Bring the weight back to ones."""
        if self.weight is not None:
            ones_(self.weight)

    def forward(self, input: Tensor) -> Tensor:
        return F.rms_norm(input, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


class GroupNorm(Affine):
    """Mean 0 and variance 1 of each group of channels in each example (N, C, ...); then * weight + bias, (C,)."""

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        if num_channels % num_groups:
            raise ValueError(f"num_channels ({num_channels}) must be divisible by num_groups ({num_groups})")
        self.num_groups, self.num_channels = num_groups, num_channels
        self.eps, self.affine = eps, affine
        self.add_affine(num_channels, affine, bias, dtype)

    def forward(self, input: Tensor) -> Tensor:
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, "
            f"bias={self.bias is not None}"
        )


class BatchNorm(Affine):
    """What the batch normalizations share; `accepted` are the numbers of dimensions they take.

    running_mean, running_var: (C,), what is used in evaluation: in training they move towards the batch's mean
    and unbiased variance by the share `momentum`, or with momentum=None are the mean over all batches so far.
    num_batches_tracked: how many batches that were.
    """

    accepted: tuple[int, ...]
    running_mean: Tensor | None
    running_var: Tensor | None
    num_batches_tracked: Tensor | None

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        self.add_affine(num_features, affine, bias, dtype)
        tracked = track_running_stats
        self.register_buffer("running_mean", zeros(num_features, dtype=dtype) if tracked else None)
        self.register_buffer("running_var", ones(num_features, dtype=dtype) if tracked else None)
        self.register_buffer("num_batches_tracked", tensor(0, dtype=int64) if tracked else None)

    def reset_running_stats(self) -> None:
        """Forget the batches seen so far."""
        if self.running_mean is not None and self.running_var is not None and self.num_batches_tracked is not None:
            zeros_(self.running_mean)
            ones_(self.running_var)
            self.num_batches_tracked.write(0)

    def reset_parameters(self) -> None:
        """Forget the batches seen so far; bring the weight back to ones and the bias to zeros."""
        self.reset_running_stats()
        super().reset_parameters()

    def forward(self, input: Tensor) -> Tensor:
        if input.ndim not in self.accepted:
            dims = " or ".join(f"{n}D" for n in self.accepted)
            raise ValueError(f"expected {dims} input (got {input.ndim}D input, of shape {input.shape})")
        counts = self.training and self.track_running_stats and self.num_batches_tracked is not None
        batches = int(self.num_batches_tracked.array) + 1 if counts and self.num_batches_tracked is not None else 0
        share = self.momentum if self.momentum is not None else 1 / batches if batches else 0.0
        of_batch = self.training or (self.running_mean is None and self.running_var is None)
        kept = (self.running_mean, self.running_var) if not self.training or self.track_running_stats else (None, None)
        out = F.batch_norm(input, *kept, self.weight, self.bias, of_batch, share, self.eps)
        if counts and self.num_batches_tracked is not None:
            self.num_batches_tracked.write(batches)
        return out

    def extra_repr(self) -> str:
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )


class BatchNorm1d(BatchNorm):
    """Mean 0 and variance 1 of each channel of (N, C) or (N, C, L) over the batch; then * weight + bias"""

    accepted = (2, 3)


class BatchNorm2d(BatchNorm):
    """Mean 0 and variance 1 of each channel of images (N, C, H, W) over the batch; then * weight + bias"""

    accepted = (4,)
