"""Pooling as functions."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine import apply, new_tensor
from ...functions import stack
from ...ops.pooling import AVG_POOL, MAX_POOL, max_positions
from ...tensor import Tensor
from .checks import check_floats, check_tensors
from .sizes import as_sizes

__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_max_pool2d",
    "avg_pool1d",
    "avg_pool2d",
    "max_pool1d",
    "max_pool2d",
]


def max_pool1d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest element of each window of sequences (N, C, L) or (C, L); see max_pool2d."""
    return max_pooled("max_pool1d", 1, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool2d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest element of each window of images (N, C, H, W) or (C, H, W); of equals the first gets the gradient.

    stride: how far apart windows are (default: kernel_size). padding: how far they may reach over the edge, at
    most half a window. ceil_mode: also windows that reach further over the far edge. Each an int, or one for each
    dimension. return_indices: also where in its image each one stood. RuntimeError for what does not fit.
    """
    return max_pooled("max_pool2d", 2, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pooled(
    name: str, count: int, input: Any, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool,
    return_indices: bool,
) -> Any:  # fmt: skip
    """Pooling by the maximum in `count` spatial dimensions, its arguments checked."""
    batch = as_batch(name, count, input)
    if input.dtype.kind == "b":
        raise NotImplementedError(f"{name} is not implemented for bool: convert the input with .float() first")
    kernel, stride, padding, dilation = pool_options(name, count, kernel_size, stride, padding, dilation)
    margins = pool_margins(name, batch.shape, kernel, stride, padding, dilation, ceil_mode)
    positions, largest = max_positions(batch.array, kernel, stride, margins, dilation)
    if any(map(any, margins)) and positions.min(initial=0) < 0:
        raise RuntimeError(f"{name}(): with {kernel=}, {dilation=} and {padding=} some windows meet padding only")
    out = apply(MAX_POOL, batch, positions, largest)
    shape = out.shape if input.ndim == count + 2 else out.shape[1:]
    if return_indices:
        return out.reshape(shape), new_tensor(positions.reshape(shape))
    return out if len(shape) == out.ndim else out.reshape(shape)


def avg_pool1d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:
    """The mean of each window of sequences (N, C, L) or (C, L); see avg_pool2d."""
    return avg_pooled("avg_pool1d", 1, input, kernel_size, stride, padding, ceil_mode, count_include_pad, None)


def avg_pool2d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """The mean of each window of images (N, C, H, W) or (C, H, W).

    count_include_pad: whether the padding's zeros count. divisor_override: what to divide by, whatever counts.
    The rest as in max_pool2d. RuntimeError for what does not fit.
    """
    options = (kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)
    return avg_pooled("avg_pool2d", 2, input, *options)


def avg_pooled(
    name: str, count: int, input: Any, kernel_size: Any, stride: Any, padding: Any, ceil_mode: bool,
    count_include_pad: bool, divisor_override: int | None,
) -> Tensor:  # fmt: skip
    """Pooling by the mean in `count` spatial dimensions, its arguments checked."""
    batch = as_batch(name, count, input)
    check_floats(name, input=input)
    kernel, stride, padding, dilation = pool_options(name, count, kernel_size, stride, padding, 1)
    margins = pool_margins(name, batch.shape, kernel, stride, padding, dilation, ceil_mode)
    if divisor_override is None:
        divisor = counted_in_windows(batch.shape[2:], kernel, stride, padding, margins, count_include_pad)
    elif divisor_override:
        divisor = np.array(divisor_override)
    else:
        raise RuntimeError(f"{name}(): divisor must be not zero, but divisor_override is {divisor_override}")
    out = apply(AVG_POOL, batch, kernel, stride, margins, dilation, divisor.astype(input.dtype))
    return out if input.ndim == count + 2 else out.squeeze(0)


def as_batch(name: str, count: int, input: Any) -> Tensor:
    """The input with a batch's dimension in front. TypeError for no Tensor, RuntimeError for other dimensions."""
    check_tensors(name, input=input)
    if input.ndim not in (count + 1, count + 2) or 0 in input.shape[1:]:
        raise RuntimeError(
            f"{name}(): Expected {count + 1}D (C and {count} more) or {count + 2}D (batch mode) tensor with no size of "
            f"0 but the batch's for input, but got shape {input.shape}"
        )
    return input if input.ndim == count + 2 else input.unsqueeze(0)


def pool_options(name: str, count: int, kernel_size: Any, stride: Any, padding: Any, dilation: Any) -> Any:
    """Kernel, stride, padding and dilation, one of each for each dimension. TypeError, RuntimeError."""
    kernel = as_sizes(name, "kernel_size", kernel_size, count, 1)
    stride = kernel if stride is None or stride == () else as_sizes(name, "stride", stride, count, 1)
    padding = as_sizes(name, "padding", padding, count, 0)
    return kernel, stride, padding, as_sizes(name, "dilation", dilation, count, 1)


def pool_margins(
    name: str, shape: Any, kernel: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool
) -> tuple[tuple[int, int], ...]:
    """How far windows reach over the edge, before and after, in each dimension. RuntimeError if there are none."""
    margins = []
    for n, k, s, p, d in zip(shape[2:], kernel, stride, padding, dilation):
        spread = d * (k - 1) + 1
        if p > spread // 2:
            raise RuntimeError(
                f"{name}(): pad should be at most half of effective kernel size, but got pad={p}, kernel_size={k} and "
                f"dilation={d}"
            )
        free = n + 2 * p - spread  # how far the window can be moved
        if free < 0 and not (ceil_mode and free > -s):
            raise RuntimeError(
                f"{name}(): Output size is too small: the kernel {kernel} with padding {padding} and dilation "
                f"{dilation} does not fit into the input of shape {shape}"
            )
        last = -(-free // s) if ceil_mode else free // s
        if ceil_mode and last * s >= n + p:  # the last window must begin before the far padding
            last -= 1
        margins.append((p, max(p, last * s + spread - n - p)))
    return tuple(margins)


def counted_in_windows(sizes: Any, kernel: Any, stride: Any, padding: Any, margins: Any, with_padding: bool) -> Any:
    """How many elements of each window count, as an array of the places."""
    total: Any = np.ones((1,) * len(kernel), np.int64)
    for axis, (n, k, s, p, (before, after)) in enumerate(zip(sizes, kernel, stride, padding, margins)):
        start = np.arange(-before, n + after - k + 1, s)
        low, high = (-p, n + p) if with_padding else (0, n)
        counts = np.minimum(start + k, high) - np.maximum(start, low)
        total = total * np.expand_dims(counts, tuple(i for i in range(len(kernel)) if i != axis))
    return total


def adaptive_avg_pool1d(input: Tensor, output_size: Any) -> Tensor:
    """The means of this many windows of sequences (N, C, L) or (C, L) that cover them evenly."""
    as_batch("adaptive_avg_pool1d", 1, input)
    return means_of(input, adaptive_windows("adaptive_avg_pool1d", input.shape[-1:], output_size))


def adaptive_avg_pool2d(input: Tensor, output_size: Any) -> Tensor:
    """The means of this many windows (down, across; None: as there are) that cover images (N, C, H, W) evenly.

    RuntimeError for a negative number of windows, TypeError for what is none.
    """
    as_batch("adaptive_avg_pool2d", 2, input)
    return means_of(input, adaptive_windows("adaptive_avg_pool2d", input.shape[-2:], output_size))


def means_of(input: Tensor, windows: list[list[tuple[int, int]]]) -> Tensor:
    """The mean of each window: those of the rows first, then those of the columns of these."""
    check_floats("adaptive_avg_pool", input=input)
    if all(len(bounds) == 1 for bounds in windows):
        return input.mean(tuple(range(-len(windows), 0)), keepdim=True)
    out = input
    for dim, bounds in enumerate(windows, start=input.ndim - len(windows)):
        if not bounds:
            return new_tensor(np.zeros((*input.shape[: -len(windows)], *map(len, windows)), input.dtype))
        behind = (slice(None),) * dim
        out = stack([out[(*behind, slice(start, end))].mean(dim) for start, end in bounds], dim)
    return out


def adaptive_max_pool2d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """The largest elements of this many windows (down, across) that cover images (N, C, H, W) or (C, H, W) evenly."""
    batch = as_batch("adaptive_max_pool2d", 2, input)
    down, across = adaptive_windows("adaptive_max_pool2d", input.shape[-2:], output_size)
    width = batch.shape[3]
    positions = np.zeros((*batch.shape[:2], len(down), len(across)), np.int64)
    for i, (top, bottom) in enumerate(down):
        for j, (left, right) in enumerate(across):
            window = batch.array[:, :, top:bottom, left:right]
            place = window.reshape(*window.shape[:2], -1).argmax(axis=2)
            positions[:, :, i, j] = (top + place // (right - left)) * width + left + place % (right - left)
    out = apply(MAX_POOL, batch, positions, None)
    shape = (*input.shape[:-2], len(down), len(across))
    return (out.reshape(shape), new_tensor(positions.reshape(shape))) if return_indices else out.reshape(shape)


def adaptive_windows(name: str, sizes: Any, output_size: Any) -> list[list[tuple[int, int]]]:
    """For each dimension, the (start, end) of each of its windows; None stands for as many as there are elements."""
    given = output_size if isinstance(output_size, tuple | list) else (output_size,) * len(sizes)
    if len(given) != len(sizes):
        raise RuntimeError(f"{name}: output_size must be one int or {len(sizes)}, but is {output_size!r:.80}")
    wanted = as_sizes(name, "output_size", [n if m is None else m for n, m in zip(sizes, given)], len(sizes), 0)
    return [[(i * n // m, -(-(i + 1) * n // m)) for i in range(m)] for n, m in zip(sizes, wanted)]
