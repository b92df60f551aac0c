"""PyTorch's autograd and torch.optim, small enough to read, with every update visible line by line."""

from __future__ import annotations

import warnings as _warnings
from math import e, inf, nan, pi

from . import autograd, backends, cuda, dtypes, linalg, nn, optim, random, return_types, utils
from .anomaly_mode import is_anomaly_check_nan_enabled, is_anomaly_enabled
from .creation import *  # noqa: F403
from .creation import __all__ as _creation
from .devices import device
from .display import set_printoptions
from .dtypes import (
    dtype,
    float16,
    float32,
    float64,
    get_default_dtype,
    int8,
    int16,
    int32,
    int64,
    set_default_dtype,
    uint8,
)
from .functions import *  # noqa: F403
from .functions import __all__ as _functions
from .grad_mode import (
    enable_grad,
    inference_mode,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    set_grad_enabled,
)
from .gradcheck import gradcheck, gradgradcheck
from .limits import finfo, iinfo
from .random import default_generator, get_rng_state, initial_seed, manual_seed, seed, set_rng_state
from .rng import Generator
from .serialization import load, save
from .settings import (
    are_deterministic_algorithms_enabled,
    get_num_threads,
    set_num_threads,
    use_deterministic_algorithms,
)
from .tensor import Tensor
from .value import Value

__version__ = "0.1.0"
float, double, half = float32, float64, float16
int, long, short = int32, int64, int16
bool = dtypes.bool_
contiguous_format, newaxis = None, None  # the only memory format there is; x[newaxis] is x[None]

# 1/0 is inf and 0/0 is nan, silently, as in PyTorch; numpy would warn from inside this package.
_warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"tinygrad_optim\.")

__all__ = [
    *_creation,
    *_functions,
    "Generator",
    "Tensor",
    "Value",
    "are_deterministic_algorithms_enabled",
    "autograd",
    "backends",
    "contiguous_format",
    "cuda",
    "default_generator",
    "device",
    "dtype",
    "e",
    "enable_grad",
    "finfo",
    "float16",
    "float32",
    "float64",
    "get_default_dtype",
    "get_num_threads",
    "get_rng_state",
    "gradcheck",
    "gradgradcheck",
    "iinfo",
    "inf",
    "inference_mode",
    "initial_seed",
    "int16",
    "int32",
    "int64",
    "int8",
    "is_anomaly_check_nan_enabled",
    "is_anomaly_enabled",
    "is_grad_enabled",
    "is_inference_mode_enabled",
    "linalg",
    "load",
    "manual_seed",
    "nan",
    "newaxis",
    "nn",
    "no_grad",
    "optim",
    "pi",
    "random",
    "return_types",
    "save",
    "seed",
    "set_default_dtype",
    "set_grad_enabled",
    "set_num_threads",
    "set_printoptions",
    "set_rng_state",
    "uint8",
    "use_deterministic_algorithms",
    "utils",
]
