"""Comparisons: element by element, to a tensor of bools. They have no derivatives."""

from __future__ import annotations

from ..dtypes import comparison_type
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


EQ = Op(eq_forward, promotes=comparison_type)
NE = Op(ne_forward, promotes=comparison_type)
LT = Op(lt_forward, promotes=comparison_type)
LE = Op(le_forward, promotes=comparison_type)
GT = Op(gt_forward, promotes=comparison_type)
GE = Op(ge_forward, promotes=comparison_type)
