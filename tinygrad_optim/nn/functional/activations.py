"""Activations as functions.

`inplace` is taken for PyTorch's sake: the result is always a new tensor.
"""

from __future__ import annotations

import math

from ...engine import apply
from ...functions import abs, relu as maximum_with_0, sigmoid, softmax, tanh
from ...ops.activation import ELU, HARDTANH, LEAKY_RELU, SOFTPLUS
from ...ops.special import NDTR
from ...tensor import Tensor
from .checks import check_floats, check_tensors

__all__ = [
    "elu",
    "gelu",
    "hardtanh",
    "leaky_relu",
    "logsigmoid",
    "mish",
    "prelu",
    "relu",
    "relu6",
    "selu",
    "silu",
    "softmin",
    "softplus",
    "softsign",
    "tanhshrink",
]


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """max(input, 0); its gradient at 0 is 0"""
    check_tensors("relu", input=input)
    return maximum_with_0(input)


def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """input where it is positive, else negative_slope * input"""
    check_floats("leaky_relu", input=input)
    return apply(LEAKY_RELU, input, negative_slope)


def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """input where it is positive, else weight * input; weight: one number, or one for each channel (dimension 1).

    RuntimeError for another number of channels.
    """
    check_floats("prelu", input=input, weight=weight)
    if input.dtype != weight.dtype:
        raise RuntimeError(
            f"prelu: Type promoting not supported. Got {input.dtype} and {weight.dtype}: convert one with .to()"
        )
    if weight.ndim > 1:
        raise RuntimeError(f"prelu: Expected `weight` to be a scalar or 1D tensor, but got shape {weight.shape}")
    if weight.numel() == 1:
        return apply(LEAKY_RELU, input, weight.reshape(()))
    channels = input.shape[1] if input.ndim > 1 else 1
    if weight.numel() != channels:
        raise RuntimeError(
            f"Mismatch of parameter numbers and input channel size. Found parameter numbers = {weight.numel()} and "
            f"channel size = {channels}: input of shape {input.shape} has its channels in dimension 1"
        )
    return apply(LEAKY_RELU, input, weight.reshape(-1, *[1] * (input.ndim - 2)))


def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """input where it is positive, else alpha * (e**input - 1). Clevert et al. 2015."""
    check_floats("elu", input=input)
    return apply(ELU, input, alpha)


def selu(input: Tensor, inplace: bool = False) -> Tensor:
    """An elu scaled so that mean 0 and variance 1 reproduce themselves from layer to layer. Klambauer et al. 2017."""
    scale, alpha = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717
    return scale * elu(input, alpha)


def gelu(input: Tensor, *, approximate: str = "none") -> Tensor:
    """input * P(a normal number <= input): exactly, or with approximate="tanh". Hendrycks and Gimpel 2016."""
    check_floats("gelu", input=input)
    if approximate == "none":
        return input * apply(NDTR, input)
    if approximate != "tanh":
        raise RuntimeError(f"approximate argument must be either 'none' or 'tanh', not {approximate!r}")
    inner = math.sqrt(2 / math.pi) * (input * (1 + 0.044715 * (input * input)))
    return input * (0.5 * (1 + tanh(inner)))


def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """input * sigmoid(input), also called swish"""
    check_floats("silu", input=input)
    return input * sigmoid(input)


def mish(input: Tensor, inplace: bool = False) -> Tensor:
    """input * tanh(softplus(input)). Misra 2019."""
    check_floats("mish", input=input)
    return input * tanh(softplus(input))


def softplus(input: Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """log(1 + e**(beta * input)) / beta, a smooth relu; input itself where beta * input > threshold"""
    check_floats("softplus", input=input)
    return apply(SOFTPLUS, input, beta, threshold)


def logsigmoid(input: Tensor) -> Tensor:
    """log(sigmoid(input)), without underflow"""
    check_floats("logsigmoid", input=input)
    return -apply(SOFTPLUS, -input, 1.0, math.inf)


def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Tensor:
    """input, but no less than min_val and no more than max_val. ValueError if these are in the wrong order."""
    check_tensors("hardtanh", input=input)
    if min_val > max_val:
        raise ValueError(f"min_val cannot be greater than max_val: {min_val} > {max_val}")
    return apply(HARDTANH, input, min_val, max_val)


def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """relu, but no more than 6"""
    return hardtanh(input, 0.0, 6.0)


def softsign(input: Tensor) -> Tensor:
    """input / (1 + |input|)"""
    check_tensors("softsign", input=input)
    return input / (1 + abs(input))


def tanhshrink(input: Tensor) -> Tensor:
    """input - tanh(input)"""
    check_tensors("tanhshrink", input=input)
    return input - tanh(input)


def softmin(input: Tensor, dim: int | None = None) -> Tensor:
    """softmax(-input) along dim"""
    check_tensors("softmin", input=input)
    return softmax(-input, dim)
