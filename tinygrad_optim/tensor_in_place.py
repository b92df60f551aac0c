"""A tensor's methods that overwrite its numbers; each write is stamped, and recorded if the graph is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from . import dtypes, engine, functions
from .engine import new_tensor
from .functions import placing
from .functions.arithmetic import scaled
from .in_place import apply_in_place
from .ops import arithmetic, shape
from .tensor_elementwise_in_place import ElementwiseInPlace

if TYPE_CHECKING:
    from .tensor import Tensor


class InPlace(ElementwiseInPlace):
    """The methods ending in _, and x[i] = v."""

    __slots__ = ()
    if TYPE_CHECKING:  # what Tensor brings
        requires_grad: Any
        array: Any
        dtype: Any

    def __setitem__(self, index: Any, values: Any) -> None:
        placing.setitem(self, index, values)

    def add_(self, other: Any, *, alpha: Any = 1) -> Tensor:
        """self becomes self + alpha * other"""
        return apply_in_place(arithmetic.ADD, self, self, other if alpha == 1 else scaled("add_", self, other, alpha))

    def sub_(self, other: Any, *, alpha: Any = 1) -> Tensor:
        """self becomes self - alpha * other"""
        return apply_in_place(arithmetic.SUB, self, self, other if alpha == 1 else scaled("sub_", self, other, alpha))

    def mul_(self, other: Any) -> Tensor:
        """self becomes self * other"""
        return apply_in_place(arithmetic.MUL, self, self, other)

    def div_(self, other: Any, *, rounding_mode: str | None = None) -> Tensor:
        """self becomes self / other, rounded down ("floor") or towards 0 ("trunc") if so asked"""
        return apply_in_place(functions.division(rounding_mode), self, self, other)

    def copy_(self, source: Any) -> Tensor:
        """self takes the numbers of source, which may have a smaller shape or another type"""
        if not isinstance(source, engine.Tensor):
            raise TypeError(f"copy_() takes a Tensor, not {type(source).__name__}: use from_numpy() or tensor() first")
        return apply_in_place(shape.COPY, self, self, source.to(self.dtype))

    def fill_(self, value: Any) -> Tensor:
        """every element of self becomes value"""
        if not isinstance(value, int | float | np.generic):
            raise TypeError(f"fill_() takes a number, not {type(value).__name__}: {value!r:.80}")
        return apply_in_place(shape.COPY, self, self, new_tensor(dtypes.stored(self.dtype, value)))

    def zero_(self) -> Tensor:
        """every element of self becomes 0"""
        return self.fill_(0)

    def __iadd__(self, other: Any) -> Tensor:
        return self.add_(other)

    def __isub__(self, other: Any) -> Tensor:
        return self.sub_(other)

    def __imul__(self, other: Any) -> Tensor:
        return self.mul_(other)

    def __itruediv__(self, other: Any) -> Tensor:
        return self.div_(other)
