"""A tensor's operators, and the functions that are also its methods: each hands on to one op."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from . import dtypes, functions
from .engine import apply, new_tensor
from .ops import arithmetic, comparison, elementwise

if TYPE_CHECKING:
    from .tensor import Tensor

# What a tensor can be compared with by == and !=.
NUMBERS = (int, float, np.ndarray, np.generic)


class Operators:
    """What can be computed with a Tensor."""

    __slots__ = ()
    if TYPE_CHECKING:  # what Tensor brings
        array: Any

    def __add__(self, other: Any) -> Tensor:
        return apply(arithmetic.ADD, self, other)

    def __radd__(self, other: Any) -> Tensor:
        return apply(arithmetic.ADD, other, self)

    def __sub__(self, other: Any) -> Tensor:
        return apply(arithmetic.SUB, self, other)

    def __rsub__(self, other: Any) -> Tensor:
        return apply(arithmetic.SUB, other, self)

    def __mul__(self, other: Any) -> Tensor:
        return apply(arithmetic.MUL, self, other)

    def __rmul__(self, other: Any) -> Tensor:
        return apply(arithmetic.MUL, other, self)

    def __truediv__(self, other: Any) -> Tensor:
        return apply(arithmetic.DIV, self, other)

    def __rtruediv__(self, other: Any) -> Tensor:
        return apply(arithmetic.DIV, other, self)

    def __pow__(self, other: Any) -> Tensor:
        return apply(arithmetic.POW, self, other)

    def __rpow__(self, other: Any) -> Tensor:
        base = np.asarray(other, dtypes.result_type(self.array, other))
        return apply(arithmetic.POW, new_tensor(base), self)

    def __neg__(self) -> Tensor:
        return apply(arithmetic.NEG, self)

    def __abs__(self) -> Tensor:
        return apply(elementwise.ABS, self)

    def __matmul__(self, other: Any) -> Tensor:
        return functions.matmul(self, other)

    def __rmatmul__(self, other: Any) -> Tensor:
        return functions.matmul(other, self)

    def __eq__(self, other: Any) -> Tensor:  # type: ignore[override]
        if not isinstance(other, (Operators, *NUMBERS)):
            return NotImplemented  # then Python says that they differ: `tensor == None` is False
        return apply(comparison.EQ, self, other)

    def __ne__(self, other: Any) -> Tensor:  # type: ignore[override]
        if not isinstance(other, (Operators, *NUMBERS)):
            return NotImplemented
        return apply(comparison.NE, self, other)

    def __lt__(self, other: Any) -> Tensor:
        return apply(comparison.LT, self, other)

    def __le__(self, other: Any) -> Tensor:
        return apply(comparison.LE, self, other)

    def __gt__(self, other: Any) -> Tensor:
        return apply(comparison.GT, self, other)

    def __ge__(self, other: Any) -> Tensor:
        return apply(comparison.GE, self, other)

    def __getitem__(self, index: Any) -> Tensor:
        return functions.getitem(self, index)

    # x.exp() is exp(x): the functions themselves are the methods.

    add, sub, mul, div, pow = functions.add, functions.sub, functions.mul, functions.div, functions.pow
    neg, abs, sign, square = functions.neg, functions.abs, functions.sign, functions.square
    eq, ne, lt, le, gt, ge = __eq__, __ne__, __lt__, __le__, __gt__, __ge__
    exp, log, sqrt, erf = functions.exp, functions.log, functions.sqrt, functions.erf
    tanh, sigmoid, relu = functions.tanh, functions.sigmoid, functions.relu
    softmax, log_softmax = functions.softmax, functions.log_softmax
    maximum, where = functions.maximum, functions.where_method
    sum, mean, max, amax, argmax = functions.sum, functions.mean, functions.max, functions.amax, functions.argmax
    matmul, mm, gather = functions.matmul, functions.mm, functions.gather
    reshape, view, flatten = functions.reshape, functions.view, functions.flatten
    transpose, swapaxes, t, permute = functions.transpose, functions.transpose, functions.t, functions.permute
    squeeze, unsqueeze, expand = functions.squeeze, functions.unsqueeze, functions.expand
    clone, to = functions.clone, functions.to

    T = mT = property(functions.t)

    def float(self) -> Tensor:
        return self.to(dtypes.float32)

    def double(self) -> Tensor:
        return self.to(dtypes.float64)

    def half(self) -> Tensor:
        return self.to(dtypes.float16)

    def long(self) -> Tensor:
        return self.to(dtypes.int64)

    def int(self) -> Tensor:
        return self.to(dtypes.int32)

    def bool(self) -> Tensor:
        return self.to(dtypes.bool_)
