"""FloatTensor, LongTensor and so on: how tensors of one type were made before dtypes, as older courses still do."""

from __future__ import annotations

from typing import Any

from .. import dtypes
from ..engine import new_tensor
from ..shapes import array_of
from ..tensor import Tensor

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
]


def FloatTensor(*data: Any) -> Tensor:
    """Of float32: FloatTensor([1, 0]) holds these numbers, FloatTensor(2, 3) has this shape, numbers not yet set"""
    return new_tensor(array_of("FloatTensor", data, dtypes.float32))


def DoubleTensor(*data: Any) -> Tensor:
    """Of float64: DoubleTensor([1, 0]) holds these numbers, DoubleTensor(2, 3) has this shape, numbers not yet set"""
    return new_tensor(array_of("DoubleTensor", data, dtypes.float64))


def HalfTensor(*data: Any) -> Tensor:
    """Of float16: HalfTensor([1, 0]) holds these numbers, HalfTensor(2, 3) has this shape, numbers not yet set"""
    return new_tensor(array_of("HalfTensor", data, dtypes.float16))


def LongTensor(*data: Any) -> Tensor:
    """Of int64: LongTensor([1, 0]) holds these numbers, LongTensor(2, 3) has this shape, numbers not yet set"""
    return new_tensor(array_of("LongTensor", data, dtypes.int64))


def IntTensor(*data: Any) -> Tensor:
    """Of int32: IntTensor([1, 0]) holds these numbers, IntTensor(2, 3) has this shape, numbers not yet set"""
    return new_tensor(array_of("IntTensor", data, dtypes.int32))


def ShortTensor(*data: Any) -> Tensor:
    """Of int16: ShortTensor([1, 0]) holds these numbers, ShortTensor(2, 3) has this shape, numbers not yet set"""
    return new_tensor(array_of("ShortTensor", data, dtypes.int16))


def CharTensor(*data: Any) -> Tensor:
    """Of int8: CharTensor([1, 0]) holds these numbers, CharTensor(2, 3) has this shape, numbers not yet set"""
    return new_tensor(array_of("CharTensor", data, dtypes.int8))


def ByteTensor(*data: Any) -> Tensor:
    """Of uint8: ByteTensor([1, 0]) holds these numbers, ByteTensor(2, 3) has this shape, numbers not yet set"""
    return new_tensor(array_of("ByteTensor", data, dtypes.uint8))


def BoolTensor(*data: Any) -> Tensor:
    """Of bool: BoolTensor([1, 0]) holds these numbers, BoolTensor(2, 3) has this shape, numbers not yet set"""
    return new_tensor(array_of("BoolTensor", data, dtypes.bool_))
