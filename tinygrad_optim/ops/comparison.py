"""Comparisons: element by element, to a tensor of bools. They have no derivatives."""

from __future__ import annotations

from ..dtypes import arithmetic_type
from ..op import Op


def eq_forward(x, y):
    """x == y"""
    return x == y


def ne_forward(x, y):
    """x != y"""
    return x != y


def lt_forward(x, y):
    """x < y"""
    return x < y


def le_forward(x, y):
    """x <= y"""
    return x <= y


def gt_forward(x, y):
    """x > y"""
    return x > y


def ge_forward(x, y):
    """x >= y"""
    return x >= y


EQ = Op(eq_forward, promotes=arithmetic_type)
NE = Op(ne_forward, promotes=arithmetic_type)
LT = Op(lt_forward, promotes=arithmetic_type)
LE = Op(le_forward, promotes=arithmetic_type)
GT = Op(gt_forward, promotes=arithmetic_type)
GE = Op(ge_forward, promotes=arithmetic_type)
