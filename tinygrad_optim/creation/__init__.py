"""Making tensors: from data, filled, counted out, or at random."""

from ..functions.sampling import bernoulli as bernoulli, multinomial as multinomial, normal as normal
from .at_random import rand, rand_like, randint, randint_like, randn, randn_like, randperm
from .by_type import (
    BoolTensor,
    ByteTensor,
    CharTensor,
    DoubleTensor,
    FloatTensor,
    HalfTensor,
    IntTensor,
    LongTensor,
    ShortTensor,
)
from .counted import arange, eye, linspace, logspace
from .filled import empty, empty_like, full, full_like, ones, ones_like, zeros, zeros_like
from .from_data import as_tensor, asarray, from_numpy, scalar_tensor, tensor

__all__ = [
    "BoolTensor",
    "ByteTensor",
    "CharTensor",
    "DoubleTensor",
    "FloatTensor",
    "HalfTensor",
    "IntTensor",
    "LongTensor",
    "ShortTensor",
    "arange",
    "as_tensor",
    "asarray",
    "empty",
    "empty_like",
    "eye",
    "from_numpy",
    "full",
    "full_like",
    "linspace",
    "logspace",
    "ones",
    "ones_like",
    "rand",
    "rand_like",
    "randint",
    "randint_like",
    "randn",
    "randn_like",
    "randperm",
    "scalar_tensor",
    "tensor",
    "zeros",
    "zeros_like",
]
