"""A tensor's elementwise methods that overwrite its numbers: each is the op of the same name, in place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import functions
from .functions.arguments import check_floats
from .functions.arithmetic import product, quotient
from .in_place import apply_in_place
from .ops import arithmetic, bounds, elementwise, logic, rounding, special, trigonometry

if TYPE_CHECKING:
    from .tensor import Tensor


class ElementwiseInPlace:
    """The methods ending in _ that work element by element; RuntimeError where the result's type does not fit."""

    __slots__ = ()
    if TYPE_CHECKING:  # what Tensor brings
        add_: Any

    def exp_(self) -> Tensor:
        """self becomes e ** self"""
        return apply_in_place(elementwise.EXP, self, self)

    def expm1_(self) -> Tensor:
        """self becomes e ** self - 1"""
        return apply_in_place(elementwise.EXPM1, self, self)

    def exp2_(self) -> Tensor:
        """self becomes 2 ** self"""
        return apply_in_place(elementwise.EXP2, self, self)

    def log_(self) -> Tensor:
        """self becomes its natural logarithm"""
        return apply_in_place(elementwise.LOG, self, self)

    def log2_(self) -> Tensor:
        """self becomes its logarithm to base 2"""
        return apply_in_place(elementwise.LOG2, self, self)

    def log10_(self) -> Tensor:
        """self becomes its logarithm to base 10"""
        return apply_in_place(elementwise.LOG10, self, self)

    def log1p_(self) -> Tensor:
        """self becomes log(1 + self)"""
        return apply_in_place(elementwise.LOG1P, self, self)

    def sqrt_(self) -> Tensor:
        """self becomes its square root"""
        return apply_in_place(elementwise.SQRT, self, self)

    def rsqrt_(self) -> Tensor:
        """self becomes 1 / sqrt(self)"""
        return apply_in_place(elementwise.RSQRT, self, self)

    def reciprocal_(self) -> Tensor:
        """self becomes 1 / self"""
        return apply_in_place(elementwise.RECIPROCAL, self, self)

    def neg_(self) -> Tensor:
        """self becomes -self"""
        return apply_in_place(arithmetic.NEG, self, self)

    def abs_(self) -> Tensor:
        """self becomes |self|"""
        return apply_in_place(elementwise.ABS, self, self)

    def sign_(self) -> Tensor:
        """self becomes -1, 0 or 1, by its sign"""
        return apply_in_place(elementwise.SIGN, self, self)

    def sin_(self) -> Tensor:
        """self becomes its sine"""
        return apply_in_place(trigonometry.SIN, self, self)

    def cos_(self) -> Tensor:
        """self becomes its cosine"""
        return apply_in_place(trigonometry.COS, self, self)

    def tan_(self) -> Tensor:
        """self becomes its tangent"""
        return apply_in_place(trigonometry.TAN, self, self)

    def asin_(self) -> Tensor:
        """self becomes the angle of which it is the sine"""
        return apply_in_place(trigonometry.ASIN, self, self)

    def acos_(self) -> Tensor:
        """self becomes the angle of which it is the cosine"""
        return apply_in_place(trigonometry.ACOS, self, self)

    def atan_(self) -> Tensor:
        """self becomes the angle of which it is the tangent"""
        return apply_in_place(trigonometry.ATAN, self, self)

    def sinh_(self) -> Tensor:
        """self becomes its hyperbolic sine"""
        return apply_in_place(trigonometry.SINH, self, self)

    def cosh_(self) -> Tensor:
        """self becomes its hyperbolic cosine"""
        return apply_in_place(trigonometry.COSH, self, self)

    def tanh_(self) -> Tensor:
        """self becomes its hyperbolic tangent"""
        return apply_in_place(elementwise.TANH, self, self)

    def sigmoid_(self) -> Tensor:
        """self becomes 1 / (1 + e ** -self)"""
        return apply_in_place(elementwise.SIGMOID, self, self)

    def relu_(self) -> Tensor:
        """self becomes max(self, 0)"""
        return apply_in_place(elementwise.RELU, self, self)

    def erf_(self) -> Tensor:
        """self becomes its error function"""
        return apply_in_place(special.ERF, self, self)

    def floor_(self) -> Tensor:
        """self becomes self rounded down"""
        return apply_in_place(rounding.FLOOR, self, self)

    def ceil_(self) -> Tensor:
        """self becomes self rounded up"""
        return apply_in_place(rounding.CEIL, self, self)

    def trunc_(self) -> Tensor:
        """self becomes self rounded towards 0"""
        return apply_in_place(rounding.TRUNC, self, self)

    def logical_not_(self) -> Tensor:
        """self becomes 1 where it was 0, else 0"""
        return apply_in_place(logic.LOGICAL_NOT, self, self)

    def square_(self) -> Tensor:
        """self becomes self ** 2"""
        return apply_in_place(arithmetic.POW, self, self, 2)

    def round_(self, *, decimals: int = 0) -> Tensor:
        """self becomes rounded to so many decimals"""
        if decimals:
            check_floats("round_", self)
        return apply_in_place(rounding.ROUND, self, self, decimals)

    def nan_to_num_(self, nan: Any = None, posinf: Any = None, neginf: Any = None) -> Tensor:
        """self gets other numbers for nan and the infinities"""
        return apply_in_place(bounds.NAN_TO_NUM, self, self, nan, posinf, neginf)

    def clamp_(self, min: Any = None, max: Any = None) -> Tensor:
        """self becomes at least min and at most max"""
        return apply_in_place(bounds.CLAMP, self, self, *functions.clamp_bounds(min, max))

    clip_ = clamp_

    def clamp_min_(self, min: Any) -> Tensor:
        """self becomes at least min"""
        return self.clamp_(min)

    def clamp_max_(self, max: Any) -> Tensor:
        """self becomes at most max"""
        return self.clamp_(None, max)

    def pow_(self, exponent: Any) -> Tensor:
        """self becomes self ** exponent"""
        return apply_in_place(arithmetic.POW, self, self, exponent)

    def floor_divide_(self, other: Any) -> Tensor:
        """self becomes self // other"""
        return apply_in_place(rounding.FLOOR_DIVIDE, self, self, other)

    def remainder_(self, other: Any) -> Tensor:
        """self becomes self % other"""
        return apply_in_place(rounding.REMAINDER, self, self, other)

    def fmod_(self, other: Any) -> Tensor:
        """self becomes what dividing by other, rounded towards 0, leaves"""
        return apply_in_place(rounding.FMOD, self, self, other)

    def bitwise_and_(self, other: Any) -> Tensor:
        """self becomes self & other"""
        return apply_in_place(logic.BITWISE_AND, self, self, other)

    def bitwise_or_(self, other: Any) -> Tensor:
        """self becomes self | other"""
        return apply_in_place(logic.BITWISE_OR, self, self, other)

    def bitwise_xor_(self, other: Any) -> Tensor:
        """self becomes self ^ other"""
        return apply_in_place(logic.BITWISE_XOR, self, self, other)

    def bitwise_left_shift_(self, other: Any) -> Tensor:
        """self becomes self << other"""
        return apply_in_place(logic.LEFT_SHIFT, self, self, other)

    def bitwise_right_shift_(self, other: Any) -> Tensor:
        """self becomes self >> other"""
        return apply_in_place(logic.RIGHT_SHIFT, self, self, other)

    def lerp_(self, end: Any, weight: Any) -> Tensor:
        """self goes towards end: there at weight 1, still where it was at weight 0"""
        return apply_in_place(elementwise.LERP, self, *functions.lerp_arguments(self, end, weight))

    def addcmul_(self, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Tensor:
        """self becomes self + value * tensor1 * tensor2"""
        return self.add_(product("addcmul_", self, tensor1, tensor2), alpha=value)

    def addcdiv_(self, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Tensor:
        """self becomes self + value * tensor1 / tensor2"""
        return self.add_(quotient("addcdiv_", self, tensor1, tensor2), alpha=value)

    def __ipow__(self, other: Any) -> Tensor:
        return self.pow_(other)

    def __ifloordiv__(self, other: Any) -> Tensor:
        return self.floor_divide_(other)

    def __imod__(self, other: Any) -> Tensor:
        return self.remainder_(other)

    def __iand__(self, other: Any) -> Tensor:
        return self.bitwise_and_(other)

    def __ior__(self, other: Any) -> Tensor:
        return self.bitwise_or_(other)

    def __ixor__(self, other: Any) -> Tensor:
        return self.bitwise_xor_(other)

    def __ilshift__(self, other: Any) -> Tensor:
        return self.bitwise_left_shift_(other)

    def __irshift__(self, other: Any) -> Tensor:
        return self.bitwise_right_shift_(other)
