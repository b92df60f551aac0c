"""A tensor's methods about the type of its numbers, and the device they lie on (always the cpu)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import functions
from .devices import CPU, check_device
from .dtypes import LEGACY_NAMES, as_dtype, bool_, float16, float32, float64, int8, int16, int32, int64, uint8

if TYPE_CHECKING:
    from .tensor import Tensor


class Types:
    """Conversions to another type of number: the tensor itself, if it is of that type already."""

    __slots__ = ()
    if TYPE_CHECKING:  # what Tensor brings
        array: Any

    device = CPU
    is_cuda = is_mps = is_sparse = is_quantized = is_meta = False
    to = functions.to
    is_floating_point, is_complex = functions.is_floating_point, functions.is_complex

    def type(self, dtype: Any = None, non_blocking: Any = False) -> Any:
        """The name of its type, as in 'torch.FloatTensor'; given a type or such a name, the tensor in that type."""
        if dtype is None:
            return LEGACY_NAMES[self.array.dtype]
        named = [found for found, name in LEGACY_NAMES.items() if name == dtype]
        return self.to(named[0] if named else as_dtype(dtype))

    def type_as(self, other: Tensor) -> Tensor:
        """The tensor in the type of another one"""
        if not isinstance(other, Types):
            raise TypeError(f"type_as(): argument 'other' must be Tensor, not {type(other).__name__}")
        return self.to(other)

    def cpu(self) -> Tensor:
        """Itself: it lies there already"""
        return self.to(None)

    def cuda(self, device: Any = None, non_blocking: Any = False) -> Tensor:
        """RuntimeError: there is no such device here"""
        check_device("cuda" if device is None else device)
        return self.to(None)

    def get_device(self) -> Any:
        """-1: the cpu has no number"""
        return -1

    def double(self) -> Tensor:
        return self.to(float64)

    def half(self) -> Tensor:
        return self.to(float16)

    def long(self) -> Tensor:
        return self.to(int64)

    def short(self) -> Tensor:
        return self.to(int16)

    def char(self) -> Tensor:
        return self.to(int8)

    def byte(self) -> Tensor:
        return self.to(uint8)

    def float(self) -> Tensor:
        return self.to(float32)

    def int(self) -> Tensor:
        return self.to(int32)

    def bool(self) -> Tensor:
        return self.to(bool_)
