"""Convolutional layers."""

from __future__ import annotations

import math
from typing import Any

from ..creation import zeros
from ..tensor import Tensor
from . import init
from .functional.convolution import convolved, margins_of
from .functional.padding import pad
from .functional.sizes import as_sizes
from .module import Module
from .parameter import Parameter

__all__ = ["Conv1d", "Conv2d"]

# How a padding_mode is called as a mode of pad().
MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "replicate", "circular": "circular"}


class ConvNd(Module):
    """What the convolutions share: options, weights and their start. `spatial` is their number of dimensions."""

    spatial: int
    bias: Parameter | None

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        check_channels(in_channels, out_channels, groups)
        if padding_mode not in MODES:
            raise ValueError(f"padding_mode must be one of {list(MODES)}, but got padding_mode={padding_mode!r}")
        name, count = type(self).__name__, self.spatial
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size = as_sizes(name, "kernel_size", kernel_size, count)
        self.stride = as_sizes(name, "stride", stride, count)
        self.dilation = as_sizes(name, "dilation", dilation, count)
        self.padding = padding if isinstance(padding, str) else as_sizes(name, "padding", padding, count)
        self.padding_mode = padding_mode
        if isinstance(padding, str):
            check_word(padding, self.stride)
        self.weight = Parameter(zeros(out_channels, in_channels // groups, *self.kernel_size, dtype=dtype))
        self.register_parameter("bias", Parameter(zeros(out_channels, dtype=dtype)) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weight and bias anew: uniform in [-b, b), b = 1 / sqrt(number of elements of a window)."""
        if self.weight.numel():
            init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            window = math.prod(self.weight.shape[1:])
            if window:
                init.uniform_(self.bias, -1 / math.sqrt(window), 1 / math.sqrt(window))

    def forward(self, input: Tensor) -> Tensor:
        name = f"conv{self.spatial}d"
        padding: Any = self.padding
        if self.padding_mode != "zeros":
            margins = margins_of(name, padding, self.kernel_size, self.stride, self.dilation)
            flat = [n for pair in reversed(margins) for n in pair]
            input, padding = pad(input, flat, MODES[self.padding_mode]), 0
        options = (self.stride, padding, self.dilation, self.groups)
        return convolved(name, self.spatial, input, self.weight, self.bias, *options)

    def extra_repr(self) -> str:
        shown = [f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"]
        if self.padding != (0,) * self.spatial:
            shown.append(f"padding={self.padding}")
        if self.dilation != (1,) * self.spatial:
            shown.append(f"dilation={self.dilation}")
        if self.groups != 1:
            shown.append(f"groups={self.groups}")
        if self.bias is None:
            shown.append("bias=False")
        if self.padding_mode != "zeros":
            shown.append(f"padding_mode={self.padding_mode}")
        return ", ".join(shown)


def check_channels(in_channels: Any, out_channels: Any, groups: Any) -> None:
    """Refuse channels that cannot be, or cannot be divided into groups: TypeError, ValueError, RuntimeError."""
    for name, given in (("in_channels", in_channels), ("out_channels", out_channels), ("groups", groups)):
        if isinstance(given, bool) or not isinstance(given, int):
            raise TypeError(f"{name} must be int, not {type(given).__name__}: {given!r:.80}")
    if groups < 1:
        raise ValueError(f"groups must be a positive integer, but is {groups}")
    for name, given in (("in_channels", in_channels), ("out_channels", out_channels)):
        if given % groups:
            raise ValueError(f"{name} must be divisible by groups: {given} channels, {groups} groups")
        if given < 0:
            raise RuntimeError(f"{name} cannot be negative, but is {given}")


def check_word(padding: str, stride: tuple[int, ...]) -> None:
    """ValueError for a padding that is an unknown word, or "same" where windows are more than 1 apart."""
    if padding not in ("same", "valid"):
        raise ValueError(f"Invalid padding string {padding!r}, should be one of 'same', 'valid', or numbers")
    if padding == "same" and max(stride) > 1:
        raise ValueError(f"padding='same' is not supported for strided convolutions, and stride is {stride}")


class Conv1d(ConvNd):
    """Convolution of sequences (N, in_channels, L) or (in_channels, L); see Conv2d."""

    spatial = 1


class Conv2d(ConvNd):
    """Convolution of images (N, in_channels, H, W) or (in_channels, H, W): out_channels sums for each window.

    weight: (out_channels, in_channels / groups, kH, kW); bias: (out_channels,). Both start uniform in
    [-1/sqrt(n), 1/sqrt(n)) for windows of n elements. padding_mode: what the padding holds: "zeros", or what
    continues the image, as "reflect", "replicate" and "circular" of functional.pad. The rest as in functional.conv2d.
    """

    spatial = 2
