"""A tensor's operators, and the functions that are also its methods: each hands on to one op."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from . import dtypes, functions
from .engine import apply, new_tensor
from .ops import arithmetic, comparison, elementwise, logic, rounding

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

    def __floordiv__(self, other: Any) -> Tensor:
        return apply(rounding.FLOOR_DIVIDE, self, other)

    def __rfloordiv__(self, other: Any) -> Tensor:
        return apply(rounding.FLOOR_DIVIDE, other, self)

    def __mod__(self, other: Any) -> Tensor:
        return apply(rounding.REMAINDER, self, other)

    def __rmod__(self, other: Any) -> Tensor:
        return apply(rounding.REMAINDER, other, self)

    def __neg__(self) -> Tensor:
        return apply(arithmetic.NEG, self)

    def __abs__(self) -> Tensor:
        return apply(elementwise.ABS, self)

    def __matmul__(self, other: Any) -> Tensor:
        return functions.matmul(self, other)

    def __rmatmul__(self, other: Any) -> Tensor:
        return functions.matmul(other, self)

    def __and__(self, other: Any) -> Tensor:
        return apply(logic.BITWISE_AND, self, other)

    def __or__(self, other: Any) -> Tensor:
        return apply(logic.BITWISE_OR, self, other)

    def __xor__(self, other: Any) -> Tensor:
        return apply(logic.BITWISE_XOR, self, other)

    __rand__, __ror__, __rxor__ = __and__, __or__, __xor__

    def __lshift__(self, other: Any) -> Tensor:
        return apply(logic.LEFT_SHIFT, self, other)

    def __rlshift__(self, other: Any) -> Tensor:
        return apply(logic.LEFT_SHIFT, other, self)

    def __rshift__(self, other: Any) -> Tensor:
        return apply(logic.RIGHT_SHIFT, self, other)

    def __rrshift__(self, other: Any) -> Tensor:
        return apply(logic.RIGHT_SHIFT, other, self)

    def __invert__(self) -> Tensor:
        return functions.bitwise_not(self)

    def __eq__(self, other: Any) -> Tensor:  # type: ignore[override]
        if not isinstance(other, (Operators, *NUMBERS)):
            return NotImplemented  # then Python says that they differ: `tensor == None` is False
        return apply(comparison.EQ, self, other)

    def __ne__(self, other: Any) -> Tensor:  # type: ignore[override]
        if not isinstance(other, (Operators, *NUMBERS)):
            return NotImplemented
        return apply(comparison.NE, self, other)

    def __lt__(self, other: Any) -> Tensor:
        return functions.lt(self, other)

    def __le__(self, other: Any) -> Tensor:
        return functions.le(self, other)

    def __gt__(self, other: Any) -> Tensor:
        return functions.gt(self, other)

    def __ge__(self, other: Any) -> Tensor:
        return functions.ge(self, other)

    def __getitem__(self, index: Any) -> Tensor:
        return functions.getitem(self, index)

    # x.exp() is exp(x): the functions themselves are the methods.

    add, sub, mul, div, pow = functions.add, functions.sub, functions.mul, functions.div, functions.pow
    true_divide, floor_divide = functions.true_divide, functions.floor_divide
    remainder, fmod, lerp = functions.remainder, functions.fmod, functions.lerp
    addcmul, addcdiv, atan2, logaddexp = functions.addcmul, functions.addcdiv, functions.atan2, functions.logaddexp
    maximum, minimum, where = functions.maximum, functions.minimum, functions.where_method
    clamp, clip, clamp_min, clamp_max = functions.clamp, functions.clip, functions.clamp_min, functions.clamp_max
    neg, abs, sign, square = functions.neg, functions.abs, functions.sign, functions.square
    exp, exp2, expm1, erf = functions.exp, functions.exp2, functions.expm1, functions.erf
    log, log2, log10, log1p = functions.log, functions.log2, functions.log10, functions.log1p
    sqrt, rsqrt, reciprocal = functions.sqrt, functions.rsqrt, functions.reciprocal
    sin, cos, tan, sinh, cosh = functions.sin, functions.cos, functions.tan, functions.sinh, functions.cosh
    asin, acos, atan = functions.asin, functions.acos, functions.atan
    tanh, sigmoid, relu = functions.tanh, functions.sigmoid, functions.relu
    floor, ceil, round, trunc = functions.floor, functions.ceil, functions.round, functions.trunc
    frac, nan_to_num = functions.frac, functions.nan_to_num
    eq, ne, lt, le, gt, ge = functions.eq, functions.ne, functions.lt, functions.le, functions.gt, functions.ge
    isnan, isinf, isfinite = functions.isnan, functions.isinf, functions.isfinite
    isclose, allclose, equal = functions.isclose, functions.allclose, functions.equal
    logical_and, logical_or = functions.logical_and, functions.logical_or
    logical_xor, logical_not = functions.logical_xor, functions.logical_not
    bitwise_and, bitwise_or = functions.bitwise_and, functions.bitwise_or
    bitwise_xor, bitwise_not = functions.bitwise_xor, functions.bitwise_not
    bitwise_left_shift, bitwise_right_shift = functions.bitwise_left_shift, functions.bitwise_right_shift
    sum, mean, prod, var, std = functions.sum, functions.mean, functions.prod, functions.var, functions.std
    all, any, count_nonzero, norm = functions.all, functions.any, functions.count_nonzero, functions.norm
    max, min, median = functions.max, functions.min, functions.median
    amax, amin, aminmax = functions.amax, functions.amin, functions.aminmax
    argmax, argmin, argsort = functions.argmax, functions.argmin, functions.argsort
    sort, topk, kthvalue = functions.sort, functions.topk, functions.kthvalue
    unique, bincount = functions.unique, functions.bincount
    cumsum, cumprod, logsumexp = functions.cumsum, functions.cumprod, functions.logsumexp
    softmax, log_softmax = functions.softmax, functions.log_softmax
    mv, bmm, dot, outer, trace = functions.mv, functions.bmm, functions.dot, functions.outer, functions.trace
    addmm, addmv, baddbmm = functions.addmm, functions.addmv, functions.baddbmm
    matmul, mm = functions.matmul, functions.mm
