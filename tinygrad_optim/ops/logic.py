"""Questions to each element, and logic on the answers, bit by bit. They have no derivatives."""

from __future__ import annotations

import numpy as np

from ..dtypes import bits_type, shift_type
from ..op import Op


def isnan_forward(x):
    """Whether it is not a number"""
    return np.isnan(x)


def isinf_forward(x):
    """Whether it is infinite"""
    return np.isinf(x)


def isfinite_forward(x):
    """Whether it is neither infinite nor nan"""
    return np.isfinite(x)


def isclose_forward(x, y, rtol, atol, equal_nan):
    """|x - y| <= atol + rtol * |y|, or both are the same infinity"""
    return np.isclose(x, y, rtol, atol, equal_nan)


def logical_and_forward(x, y):
    """Whether neither is 0"""
    return np.logical_and(x, y)


def logical_or_forward(x, y):
    """Whether not both are 0"""
    return np.logical_or(x, y)


def logical_xor_forward(x, y):
    """Whether exactly one of them is 0"""
    return np.logical_xor(x, y)


def logical_not_forward(x):
    """Whether it is 0"""
    return np.logical_not(x)


def bitwise_and_forward(x, y):
    """The bits set in both"""
    return x & y


def bitwise_or_forward(x, y):
    """The bits set in either"""
    return x | y


def bitwise_xor_forward(x, y):
    """The bits set in one of them alone"""
    return x ^ y


def bitwise_not_forward(x):
    """Each bit turned around"""
    return ~x


def left_shift_forward(x, y):
    """The bits moved up by y places: x * 2**y"""
    return np.left_shift(x, y)


def right_shift_forward(x, y):
    """The bits moved down by y places: x // 2**y"""
    return np.right_shift(x, y)


ISNAN = Op(isnan_forward)
ISINF = Op(isinf_forward)
ISFINITE = Op(isfinite_forward, stands_for=[np.isfinite])
ISCLOSE = Op(isclose_forward)
LOGICAL_AND = Op(logical_and_forward)
LOGICAL_OR = Op(logical_or_forward)
LOGICAL_XOR = Op(logical_xor_forward)
LOGICAL_NOT = Op(logical_not_forward)
BITWISE_AND = Op(bitwise_and_forward, promotes=bits_type)
BITWISE_OR = Op(bitwise_or_forward, promotes=bits_type)
BITWISE_XOR = Op(bitwise_xor_forward, promotes=bits_type)
BITWISE_NOT = Op(bitwise_not_forward)
LEFT_SHIFT = Op(left_shift_forward, promotes=shift_type)
RIGHT_SHIFT = Op(right_shift_forward, promotes=shift_type)
