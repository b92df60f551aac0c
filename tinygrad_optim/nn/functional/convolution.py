"""Convolutions as functions, and the laying out of windows as columns that they rest on."""

from __future__ import annotations

from typing import Any

from ...engine import apply
from ...ops.convolution import CONVOLUTION
from ...ops.windows import COL2IM, IM2COL, places
from ...tensor import Tensor
from .checks import check_floats, check_tensors
from .sizes import as_sizes

__all__ = ["conv1d", "conv2d", "fold", "unfold"]


def conv1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """The sums of weight * window, for each window of a sequence; see conv2d, with one spatial dimension."""
    return convolved("conv1d", 1, input, weight, bias, stride, padding, dilation, groups)


def conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """The sums of weight * window, for each window of an image, and the bias.

    input: (N, C, H, W) or (C, H, W). weight: (O, C / groups, kH, kW). bias: (O,). The result has O channels.
    stride: how far apart windows are. padding: how many zeros are added on each side; "valid" is none, "same"
    as many as keep H and W. dilation: how far apart a window's elements are. Each an int, or one for each
    dimension. groups: into how many parts the channels are divided that have nothing to do with one another.
    TypeError, RuntimeError for what does not fit.
    """
    return convolved("conv2d", 2, input, weight, bias, stride, padding, dilation, groups)


def convolved(
    name: str, count: int, input: Any, weight: Any, bias: Any, stride: Any, padding: Any, dilation: Any, groups: int
) -> Tensor:
    """A convolution in `count` spatial dimensions, its arguments checked."""
    check_tensors(name, input=input, weight=weight, **({} if bias is None else {"bias": bias}))
    if input.ndim not in (count + 1, count + 2):
        raise RuntimeError(
            f"Expected {count + 1}D (unbatched) or {count + 2}D (batched) input to {name}, but got input of shape "
            f"{input.shape}: (N, C) and {count} more"
        )
    if weight.ndim != count + 2:
        raise RuntimeError(f"{name}'s weight has {count + 2} dimensions, (O, C, *kernel), but got {weight.shape}")
    stride, dilation = as_sizes(name, "stride", stride, count, 1), as_sizes(name, "dilation", dilation, count, 1)
    margins = margins_of(name, padding, weight.shape[2:], stride, dilation)
    batch = input if input.ndim == count + 2 else input.unsqueeze(0)
    check_convolution(name, batch, weight, bias, groups)
    check_kernel_fits(name, batch.shape[2:], weight.shape[2:], margins, dilation)
    out = apply(CONVOLUTION, batch, weight, bias, stride, margins, dilation, groups)
    return out if input.ndim == count + 2 else out.squeeze(0)


def margins_of(
    name: str, padding: Any, kernel: tuple[int, ...], stride: tuple[int, ...], dilation: tuple[int, ...]
) -> tuple[tuple[int, int], ...]:
    """How many zeros before and after, in each spatial dimension. RuntimeError for an unknown or impossible word."""
    if not isinstance(padding, str):
        return tuple((n, n) for n in as_sizes(name, "padding", padding, len(kernel), 0))
    if padding not in ("valid", "same"):
        raise RuntimeError(f"Invalid padding string: {padding!r}: use 'valid', 'same' or numbers")
    if padding == "valid":
        return ((0, 0),) * len(kernel)
    if max(stride) > 1:
        raise RuntimeError(
            f"padding='same' is not supported for strided convolutions, and stride is {stride}: give numbers"
        )
    added = [d * (k - 1) for d, k in zip(dilation, kernel)]
    return tuple((n // 2, n - n // 2) for n in added)  # where their number is odd, one more comes after


def check_convolution(name: str, input: Tensor, weight: Tensor, bias: Tensor | None, groups: Any) -> None:
    """Refuse types and channels that do not go together: TypeError, RuntimeError."""
    if isinstance(groups, bool) or not isinstance(groups, int):
        raise TypeError(f"{name}(): argument 'groups' must be int, not {type(groups).__name__}: {groups!r:.80}")
    for what, given in (("weight", weight), ("bias", bias)):
        if given is not None and given.dtype != input.dtype:
            raise RuntimeError(
                f"Input type ({input.dtype}) and {what} type ({given.dtype}) should be the same: {name}'s {what} is "
                f"{given.described()}. Convert the input with .to({given.dtype})"
            )
    if groups < 1:
        raise RuntimeError(f"non-positive groups is not supported: {name}() got groups={groups}")
    channels_out, channels_in = weight.shape[0], weight.shape[1] * groups
    if channels_out < 1 or channels_out % groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, the channels out, but "
            f"got weight {weight.described()}"
        )
    if input.shape[1] != channels_in:
        raise RuntimeError(
            f"Given groups={groups}, {name}'s weight {weight.described()} expects an input of {channels_in} channels, "
            f"but input of shape {input.shape} has {input.shape[1]} (channels are dimension 1 of a batch)"
        )
    if bias is not None and bias.shape != (channels_out,):
        raise RuntimeError(
            f"Given weight of shape {weight.shape}, expected bias to be 1-dimensional with {channels_out} elements, "
            f"but got bias {bias.described()}"
        )


def check_kernel_fits(name: str, sizes: Any, kernel: Any, margins: Any, dilation: Any) -> None:
    """RuntimeError for a kernel that is empty, or larger than the padded input."""
    padded = tuple(before + n + after for n, (before, after) in zip(sizes, margins))
    spread = tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation))
    if min(kernel) < 1:
        raise RuntimeError(f"{name}(): kernel size should be greater than zero, but got {tuple(kernel)}")
    if 0 in sizes or any(k > n for k, n in zip(spread, padded)):
        raise RuntimeError(
            f"{name}(): Calculated padded input size per channel: {padded}. Kernel size: {spread}. Kernel size "
            "can't be greater than actual input size: use a smaller kernel or dilation, or more padding"
        )


def unfold(input: Tensor, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Tensor:
    """The windows of images (N, C, H, W) as columns: (N, C * kH * kW, number of windows). Also without N."""
    check_floats("unfold", input=input)
    if input.ndim not in (3, 4):
        raise IndexError(f"unfold() needs images of shape (C, H, W) or (N, C, H, W), but got {input.shape}")
    kernel, *rest = geometry("unfold", kernel_size, stride, padding, dilation)
    batch = input if input.ndim == 4 else input.unsqueeze(0)
    check_kernel_fits("unfold", batch.shape[2:], kernel, rest[1], rest[2])
    out = apply(IM2COL, batch, kernel, *rest)
    return out if input.ndim == 4 else out.squeeze(0)


def fold(
    input: Tensor, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
) -> Tensor:
    """Images of this size, each element the sum of what stands for it in columns as unfold() makes them."""
    check_floats("fold", input=input)
    if input.ndim not in (2, 3):
        raise RuntimeError(f"fold() needs columns of shape (C * kH * kW, L) or (N, C * kH * kW, L), not {input.shape}")
    size = as_sizes("fold", "output_size", output_size, 2, 1)
    kernel, *rest = geometry("fold", kernel_size, stride, padding, dilation)
    batch = input if input.ndim == 3 else input.unsqueeze(0)
    check_kernel_fits("fold", size, kernel, rest[1], rest[2])
    down, across = places(size, kernel, *rest)
    elements = kernel[0] * kernel[1]
    if batch.shape[1] % elements or batch.shape[2] != down * across:
        raise RuntimeError(
            f"fold(): an image of size {size} and a kernel of size {kernel} have {down} * {across} windows of "
            f"{elements} elements a channel, but the columns have shape {input.shape}"
        )
    shape = (batch.shape[0], batch.shape[1] // elements, *size)
    out = apply(COL2IM, batch, shape, kernel, *rest)
    return out if input.ndim == 3 else out.squeeze(0)


def geometry(name: str, kernel_size: Any, stride: Any, padding: Any, dilation: Any) -> tuple[Any, ...]:
    """(kernel, stride, margins, dilation) of windows of images, as the ops take them."""
    kernel = as_sizes(name, "kernel_size", kernel_size, 2, 1)
    margins = tuple((n, n) for n in as_sizes(name, "padding", padding, 2, 0))
    return kernel, as_sizes(name, "stride", stride, 2, 1), margins, as_sizes(name, "dilation", dilation, 2, 1)
