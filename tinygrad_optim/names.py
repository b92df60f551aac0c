"""The public names that are no rooms, as torch has them: what a program that computes anything needs.

`__init__.py` puts them into the package at the first use of any of them.
"""

from __future__ import annotations

from math import e as e, inf as inf, nan as nan, pi as pi
from typing import TYPE_CHECKING

from . import creation, dtypes, functions
from .anomaly_mode import (
    is_anomaly_check_nan_enabled as is_anomaly_check_nan_enabled,
    is_anomaly_enabled as is_anomaly_enabled,
)
from .creation import *  # noqa: F403
from .devices import device as device
from .dtypes import (
    dtype as dtype,
    float16 as float16,
    float32 as float32,
    float64 as float64,
    get_default_dtype as get_default_dtype,
    int8 as int8,
    int16 as int16,
    int32 as int32,
    int64 as int64,
    set_default_dtype as set_default_dtype,
    uint8 as uint8,
)
from .functions import *  # noqa: F403
from .grad_mode import (
    enable_grad as enable_grad,
    inference_mode as inference_mode,
    is_grad_enabled as is_grad_enabled,
    is_inference_mode_enabled as is_inference_mode_enabled,
    no_grad as no_grad,
    set_grad_enabled as set_grad_enabled,
)
from .gradcheck import gradcheck as gradcheck, gradgradcheck as gradgradcheck
from .limits import finfo as finfo, iinfo as iinfo
from .random import (
    default_generator as default_generator,
    get_rng_state as get_rng_state,
    initial_seed as initial_seed,
    manual_seed as manual_seed,
    seed as seed,
    set_rng_state as set_rng_state,
)
from .rng import Generator as Generator
from .settings import (
    are_deterministic_algorithms_enabled as are_deterministic_algorithms_enabled,
    get_num_threads as get_num_threads,
    set_num_threads as set_num_threads,
    use_deterministic_algorithms as use_deterministic_algorithms,
)
from .tensor import Tensor as Tensor
from .value import Value as Value

float, double, half = float32, float64, float16
int, long, short = int32, int64, int16
bool = dtypes.bool_
Size = tuple  # a shape is a plain tuple
contiguous_format, newaxis = None, None  # the only memory format there is; x[newaxis] is x[None]

if not TYPE_CHECKING:  # type checkers read no lists that are added up: they take what was imported above
    __all__ = [
        *creation.__all__,
        *functions.__all__,
        "Generator",
        "Tensor",
        "Value",
        "are_deterministic_algorithms_enabled",
        "contiguous_format",
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
        "manual_seed",
        "nan",
        "newaxis",
        "no_grad",
        "pi",
        "seed",
        "set_default_dtype",
        "set_grad_enabled",
        "set_num_threads",
        "set_rng_state",
        "uint8",
        "use_deterministic_algorithms",
    ]
