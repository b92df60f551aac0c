"""Normalization as functions: over the features, over the batch, over groups of channels; and to unit length."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...engine import apply
from ...functions import clamp, sqrt
from ...ops.normalization import AFFINE, STANDARDIZE, mean_square, standardized
from ...tensor import Tensor
from .checks import check_floats, check_tensors

__all__ = ["batch_norm", "cosine_similarity", "group_norm", "layer_norm", "normalize", "rms_norm"]


def layer_norm(
    input: Tensor,
    normalized_shape: Any,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """Mean 0 and variance 1 over the last dimensions (normalized_shape) of each example; then * weight + bias.

    weight, bias: of normalized_shape. RuntimeError for what does not fit. Ba et al. 2016, "Layer normalization".
    """
    dims = last_dims("layer_norm", input, normalized_shape, weight, bias)
    y, inverse, _, _ = standardized(input.array, dims, eps)
    return affine(apply(STANDARDIZE, input, y, inverse, True, dims), weight, bias, tuple(range(dims[0])))


def rms_norm(input: Tensor, normalized_shape: Any, weight: Tensor | None = None, eps: float | None = None) -> Tensor:
    """A root mean square of 1 over the last dimensions (normalized_shape) of each example; then * weight.

    eps: added to the mean square (default: the spacing of numbers at 1). Zhang and Sennrich 2019.
    """
    dims = last_dims("rms_norm", input, normalized_shape, weight)
    x, eps = input.array, float(np.finfo(input.dtype).eps) if eps is None else eps
    inverse = 1 / np.sqrt(mean_square(x, dims) + eps)
    return affine(apply(STANDARDIZE, input, x * inverse, inverse, False, dims), weight, None, tuple(range(dims[0])))


def affine(x: Tensor, weight: Tensor | None, bias: Tensor | None, dims: tuple[int, ...]) -> Tensor:
    """x * weight + bias, which are repeated along dims; of neither, a copy, which may be written to while x is kept."""
    return apply(AFFINE, x, weight, bias, dims)


def last_dims(name: str, input: Any, normalized_shape: Any, weight: Any, bias: Any = None) -> tuple[int, ...]:
    """The dimensions to normalize over. Refuses what does not fit: TypeError, NotImplementedError, RuntimeError."""
    check_floats(name, input=input)
    if not isinstance(normalized_shape, tuple | list):
        kind = type(normalized_shape).__name__
        raise TypeError(f"{name}(): argument 'normalized_shape' must be tuple of ints, not {kind}")
    shape, sizes = tuple(normalized_shape), input.array.shape
    first = len(sizes) - len(shape)
    if not shape:
        raise RuntimeError(f"{name}: Expected normalized_shape to be at least 1-dimensional, but it is empty")
    if sizes[max(first, 0) :] != shape:
        raise RuntimeError(
            f"Given normalized_shape={shape}, expected input with shape [*, {str(shape)[1:-1]}], but got {sizes}"
        )
    check_affine(name, input, shape, weight, bias)
    return tuple(range(first, len(sizes)))


def batch_norm(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Mean 0 and variance 1 of each channel (dimension 1) over the batch; then * weight + bias, of shape (C,).

    In training the mean and variance are the batch's, and the running ones move towards them by the share
    `momentum`; otherwise the running ones are used. ValueError for a single value a channel in training,
    RuntimeError for what does not fit. Ioffe and Szegedy 2015, "Batch normalization".
    """
    check_floats("batch_norm", input=input)
    channels = (input.shape[1],) if input.ndim > 1 else (0,)
    check_running(channels, running_mean, running_var, training)
    check_affine("batch_norm", input, channels, weight, bias)
    dims = (0, *range(2, input.ndim))
    if not training and running_mean is not None and running_var is not None:
        scale = 1 / sqrt(running_var + eps)
        scale = scale if weight is None else scale * weight
        shift = -running_mean * scale
        return affine(input, scale, shift if bias is None else shift + bias, dims)
    check_enough("batch_norm", input, math.prod(input.shape[d] for d in dims))
    if eps <= 0:
        raise ValueError(f"batch_norm eps must be positive during training, but got {eps}")
    y, inverse, mean, var = standardized(input.array, dims, eps)
    out = affine(apply(STANDARDIZE, input, y, inverse, True, dims), weight, bias, dims)
    if running_mean is not None and running_var is not None:
        n = input.numel() // max(input.shape[1], 1)
        move(running_mean, mean.reshape(-1), momentum)
        move(running_var, var.reshape(-1) * (n / (n - 1) if n > 1 else 1.0), momentum)  # the unbiased estimate
    return out


def move(running: Tensor, towards: Any, share: float) -> None:
    """Move a running estimate towards a new one by this share of the way, off the record."""
    running.write(running.array * (1 - share) + towards * share)


def group_norm(
    input: Tensor, num_groups: int, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5
) -> Tensor:
    """Mean 0 and variance 1 of each group of channels in each example; then * weight + bias, of shape (C,).

    input: (N, C, ...); num_groups divides C. RuntimeError for what does not fit, ValueError for groups of a
    single value. Wu and He 2018, "Group normalization".
    """
    check_floats("group_norm", input=input)
    if input.ndim < 2:
        raise RuntimeError(f"group_norm: Expected at least 2 dimensions for input tensor but received {input.shape}")
    n, channels = input.shape[:2]
    if num_groups < 1 or channels % num_groups:
        raise (RuntimeError if num_groups else ZeroDivisionError)(
            f"Expected number of channels in input to be divisible by num_groups, but got input of shape {input.shape} "
            f"and num_groups={num_groups}"
        )
    check_affine("group_norm", input, (channels,), weight, bias)
    if input.numel():
        check_enough("group_norm", input, input.numel() // num_groups)
    places = math.prod(input.shape[2:])
    grouped = input.reshape(n, num_groups, channels // num_groups * places)
    y, inverse, _, _ = standardized(grouped.array, (2,), eps)
    out = apply(STANDARDIZE, grouped, y, inverse, True, (2,)).reshape(input.shape)
    return affine(out, weight, bias, (0, *range(2, input.ndim)))


def check_affine(name: str, input: Tensor, shape: tuple[int, ...], weight: Any, bias: Any) -> None:
    """Refuse a weight or bias that is not of this shape and of the input's type: TypeError, RuntimeError."""
    for what, tensor in (("weight", weight), ("bias", bias)):
        if tensor is None:
            continue
        if not isinstance(tensor, Tensor):
            check_tensors(name, **{what: tensor})
        if tensor.array.shape != shape:
            raise RuntimeError(
                f"{name}: Expected {what} to be of shape {shape} for input of shape {input.shape}, but got {what} "
                f"{tensor.described()}"
            )
        if tensor.array.dtype != input.array.dtype:
            raise RuntimeError(
                f"{name}: mixed dtypes: the input holds {input.dtype}, and {what} {tensor.described()} holds "
                f"{tensor.dtype}. Convert the input with .to({tensor.dtype})"
            )


def check_running(channels: tuple[int, ...], mean: Any, var: Any, training: bool) -> None:
    """Refuse running estimates that are missing, or not one number a channel: RuntimeError, ValueError."""
    for name, running in (("running_mean", mean), ("running_var", var)):
        if running is None and not training:
            raise RuntimeError(f"batch_norm: {name} must be defined in evaluation mode, but is None")
        if running is None:
            continue
        check_tensors("batch_norm", **{name: running})
        if running.shape != channels:
            raise RuntimeError(f"{name} should contain {channels[0]} elements, one a channel, not {running.shape}")
        if running.requires_grad and training:
            raise RuntimeError(f"batch_norm has no gradient for {name}, which requires one: give {name}.detach()")
    if (mean is None) != (var is None):
        raise ValueError("running_mean and running_var must either both be None or neither be None")


def check_enough(name: str, input: Tensor, count: int) -> None:
    """ValueError where each mean would be of one value alone: its variance is 0, and nothing would be left of it."""
    if count == 1:
        raise ValueError(
            f"{name}: Expected more than 1 value per channel when training, got input of shape {input.shape}: use "
            "larger batches (or drop the last, smaller one), or eval()"
        )


def normalize(input: Tensor, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Tensor:
    """input divided by its length along dim, or by eps where that is smaller; the length is the p-norm."""
    check_tensors("normalize", input=input)
    return input / clamp(input.norm(p, dim, keepdim=True), eps)


def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """The cosine of the angle between x1 and x2 along dim; lengths below eps count as eps. The two broadcast."""
    check_tensors("cosine_similarity", x1=x1, x2=x2)
    product = x1 * x2
    if product.dtype.kind != "f":
        raise RuntimeError(
            f"cosine_similarity: expected common dtype to be floating point, yet it is {product.dtype}: use .float()"
        )
    lengths = [clamp(x.to(product.dtype).expand(product.shape).norm(2, dim), eps) for x in (x1, x2)]
    return product.sum(dim) / (lengths[0] * lengths[1])
