"""How parameters start: the rules PyTorch's layers use, in its stream of random numbers.

Every function overwrites a tensor, off the record, and returns it.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from ..rng import Generator, default_generator
from ..tensor import Tensor

__all__ = [
    "calculate_gain",
    "constant_",
    "dirac_",
    "eye_",
    "kaiming_normal_",
    "kaiming_uniform_",
    "normal_",
    "ones_",
    "orthogonal_",
    "sparse_",
    "trunc_normal_",
    "uniform_",
    "xavier_normal_",
    "xavier_uniform_",
    "zeros_",
]

PLAIN = ("linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "sigmoid")
GAINS = {**dict.fromkeys(PLAIN, 1.0), "tanh": 5 / 3, "relu": math.sqrt(2), "selu": 3 / 4}


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """By how much a weight should be larger for what this nonlinearity takes away; param: the slope of leaky_relu.

    ValueError for a nonlinearity there is not, or a slope that is no number.
    """
    if nonlinearity == "leaky_relu":
        if isinstance(param, bool) or not isinstance(param, int | float | None):
            raise ValueError(f"negative_slope {param!r} not a valid number")
        return math.sqrt(2 / (1 + (0.01 if param is None else param) ** 2))
    if nonlinearity not in GAINS:
        raise ValueError(f"Unsupported nonlinearity {nonlinearity!r}: there are {[*GAINS, 'leaky_relu']}")
    return GAINS[nonlinearity]


def fans(tensor: Tensor) -> tuple[int, int]:
    """How many inputs each output of a weight (outputs, inputs, ...) has, and how many outputs each input goes to."""
    if tensor.ndim < 2:
        raise ValueError(
            "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions: this one has shape "
            f"{tensor.shape}"
        )
    each = math.prod(tensor.shape[2:])
    return tensor.shape[1] * each, tensor.shape[0] * each


# ---- random numbers --------------------------------------------------------------------------------------------


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Fill with uniform numbers from [a, b)."""
    check_floats("uniform_", tensor)
    if a > b:
        raise RuntimeError(f"uniform_ expects to return a [from, to) range, but found from={a} > to={b}")
    tensor.write((generator or default_generator).uniform(tensor.shape, tensor.dtype, a, b))
    return tensor


def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Fill with normal numbers of this mean and standard deviation."""
    check_floats("normal_", tensor)
    if std < 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std}")
    tensor.write((generator or default_generator).normal(tensor.shape, tensor.dtype, mean, std))
    return tensor


def trunc_normal_(
    tensor: Tensor, mean: float = 0.0, std: float = 1.0, a: float = -2.0, b: float = 2.0,
    generator: Generator | None = None,
) -> Tensor:  # fmt: skip
    """Fill with normal numbers, those outside [a, b] drawn again: a and b are bounds of the numbers themselves.

    Where less than 0.3 of them would lie inside, uniform numbers are kept with the probability of the density instead.
    """
    check_floats("trunc_normal_", tensor)
    source, shape, dtype = generator or default_generator, tensor.shape, tensor.dtype
    if mean < a - 2 * std or mean > b + 2 * std:
        warnings.warn(
            f"mean is more than 2 std from [a, b] in nn.init.trunc_normal_ (mean {mean}, std {std}, [{a}, {b}]). The "
            "distribution of values may be incorrect.",
            stacklevel=2,
        )
    inside = (math.erf((b - mean) / std / math.sqrt(2)) - math.erf((a - mean) / std / math.sqrt(2))) / 2
    if inside > 0.3:
        found = source.normal(shape, dtype, mean, std)
        while (wrong := (found < dtype.type(a)) | (found > dtype.type(b))).any():
            found = np.where(wrong, source.normal(shape, dtype, mean, std), found)
    else:
        if a > b:
            raise RuntimeError(f"uniform_ expects to return a [from, to) range, but found from={a} > to={b}")
        found, wrong = np.zeros(shape, dtype), np.ones(shape, bool)
        peak = -0.5 * ((max(a, min(mean, b)) - mean) / std) ** 2  # the logarithm of the density where it is largest
        while wrong.any():
            found = np.where(wrong, drawn := source.uniform(shape, dtype, a, b), found)
            scaled = (drawn - mean) / std
            with np.errstate(divide="ignore"):
                wrong = wrong & (np.log(source.uniform(shape, dtype)) > -0.5 * scaled * scaled - peak)
    tensor.write(found)
    return tensor


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Fill with uniform numbers from [-b, b), b = gain * sqrt(6 / (fan_in + fan_out)).

    Glorot & Bengio 2010, "Understanding the difficulty of training deep feedforward neural networks", equation 16.
    """
    total = sum(fans(tensor))
    bound = math.sqrt(3.0) * (gain * math.sqrt(2.0 / total)) if total else 0.0
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Fill with normal numbers of standard deviation gain * sqrt(2 / (fan_in + fan_out)), Glorot & Bengio 2010."""
    total = sum(fans(tensor))
    return normal_(tensor, 0.0, gain * math.sqrt(2.0 / total) if total else 0.0, generator)


def kaiming_uniform_(
    tensor: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Tensor:  # fmt: skip
    """Fill with uniform numbers from [-b, b), b = gain * sqrt(3 / fan): keeps the signal's size from layer to layer.

    mode: "fan_in" counts the inputs of a weight of shape (outputs, inputs, ...), "fan_out" its outputs.
    a: the slope, where the nonlinearity is leaky_relu. A tensor without elements stays, with a warning.
    He et al. 2015, "Delving deep into rectifiers", section 2.2.
    """
    if 0 in tensor.shape:
        return nothing_to_do(tensor)
    bound = math.sqrt(3.0) * kaiming_std(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Tensor:  # fmt: skip
    """Fill with normal numbers of standard deviation gain / sqrt(fan); see kaiming_uniform_."""
    if 0 in tensor.shape:
        return nothing_to_do(tensor)
    return normal_(tensor, 0.0, kaiming_std(tensor, a, mode, nonlinearity), generator)


def kaiming_std(tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float:
    """gain / sqrt(fan). ValueError for a mode or a nonlinearity there is not."""
    modes = ["fan_in", "fan_out"]
    if str(mode).lower() not in modes:
        raise ValueError(f"Mode {mode!r} not supported, please use one of {modes}")
    return calculate_gain(nonlinearity, a) / math.sqrt(fans(tensor)[modes.index(mode.lower())])


def orthogonal_(tensor: Tensor, gain: float = 1, generator: Generator | None = None) -> Tensor:
    """Fill with a matrix whose rows, or columns if they are fewer, are orthogonal and of length gain.

    Dimensions after the first count as one. From a random normal matrix by QR decomposition, with signs that make it
    uniform among all such matrices; it is LAPACK's, as PyTorch's is, and agrees to rounding.
    Saxe et al. 2013, "Exact solutions to the nonlinear dynamics of learning in deep linear neural networks".
    """
    if tensor.ndim < 2:
        raise ValueError(f"Only tensors with 2 or more dimensions are supported, and this one has shape {tensor.shape}")
    check_floats("orthogonal_", tensor)
    if tensor.numel() == 0:
        return tensor
    rows = tensor.shape[0]
    random = (generator or default_generator).normal((rows, tensor.numel() // rows), tensor.dtype)
    wide = random.shape[0] < random.shape[1]
    q, r = np.linalg.qr(random.T if wide else random)
    q = q * np.sign(np.diagonal(r))
    tensor.write((q.T if wide else q).reshape(tensor.shape) * gain)
    return tensor


def sparse_(tensor: Tensor, sparsity: float, std: float = 0.01, generator: Generator | None = None) -> Tensor:
    """Fill a matrix with normal numbers, and a share `sparsity` of each column with zeros, in random places.

    The places come from the default generator, as in PyTorch. Martens 2010, "Deep learning via Hessian-free
    optimization".
    """
    if tensor.ndim != 2:
        raise ValueError(f"Only tensors with 2 dimensions are supported, and this one has shape {tensor.shape}")
    rows, columns = tensor.shape
    zeros = math.ceil(sparsity * rows)
    normal_(tensor, 0.0, std, generator)
    numbers = tensor.array.copy()
    for column in range(columns):
        numbers[default_generator.permutation(rows)[:zeros], column] = 0
    tensor.write(numbers)
    return tensor


# ---- fixed numbers ---------------------------------------------------------------------------------------------


def constant_(tensor: Tensor, val: float) -> Tensor:
    """Fill with one value."""
    tensor.write(val)
    return tensor


def zeros_(tensor: Tensor) -> Tensor:
    """Fill with zeros."""
    return constant_(tensor, 0.0)


def ones_(tensor: Tensor) -> Tensor:
    """Fill with ones."""
    return constant_(tensor, 1.0)


def eye_(tensor: Tensor) -> Tensor:
    """Fill a matrix with ones on its diagonal and zeros elsewhere: a Linear that hands its inputs on."""
    if tensor.ndim != 2:
        raise ValueError(f"Only tensors with 2 dimensions are supported, and this one has shape {tensor.shape}")
    rows, columns = tensor.shape
    tensor.write(np.eye(rows, columns))
    return tensor


def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """Fill a convolution's weight so that it hands its inputs on: a 1 in the middle from each channel to its own."""
    if tensor.ndim not in (3, 4, 5):
        raise ValueError(f"Only tensors with 3, 4, or 5 dimensions are supported, and this one has {tensor.ndim}")
    if tensor.shape[0] % groups:
        raise ValueError(f"dim 0 must be divisible by groups: {tensor.shape[0]} channels, {groups} groups")
    each = tensor.shape[0] // groups
    channels = np.arange(min(each, tensor.shape[1]))
    numbers = np.zeros(tensor.shape, tensor.dtype)
    for group in range(groups):
        places: Any = (group * each + channels, channels, *(n // 2 for n in tensor.shape[2:]))
        numbers[places] = 1
    tensor.write(numbers)
    return tensor


# ---- checks ----------------------------------------------------------------------------------------------------


def check_floats(function: str, tensor: Any) -> None:
    """NotImplementedError for a tensor that does not hold floats."""
    if not tensor.is_floating_point():
        raise NotImplementedError(f"{function} is not implemented for {tensor.dtype}: random numbers are floats")


def nothing_to_do(tensor: Tensor) -> Tensor:
    warnings.warn(f"Initializing zero-element tensors is a no-op: this one has shape {tensor.shape}", stacklevel=3)
    return tensor
