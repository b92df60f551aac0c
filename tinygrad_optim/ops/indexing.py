"""Picking elements out by index, and their adjoint: putting gradients back where elements came from."""

from __future__ import annotations

import math

import numpy as np

from ..op import Op
from .lookup import add_rows_forward


def is_basic(index):
    """Whether an index is made of ints, slices, None and ... alone, so that it names no element twice."""
    return all([i is None or i is Ellipsis or isinstance(i, int | slice) for i in index])


def is_array(part, kind):
    """Whether a part of an index is an array of this kind: "i" for integers, "b" for a mask"""
    return isinstance(part, np.ndarray) and part.dtype.kind == kind


def getitem_forward(x, index):
    """x[index]"""
    return x[index]


def getitem_vjp_x(g, x_shape, index):
    """dL/dx = g at the elements picked (added up where one was picked twice), else 0"""
    return scatter_forward(g, index, x_shape)


def scatter_forward(values, index, shape):
    """Zeros of a shape, with the values added in at index"""
    values = np.asarray(values)
    if len(index) == 1 and is_array(index[0], "i"):
        rows = (shape[0], math.prod(shape[1:]))
        return add_rows_forward(values, rows, index[0] % max(shape[0], 1), None).reshape(shape)
    zeros = np.zeros(shape, values.dtype)
    if is_basic([part for part in index if not is_array(part, "b")]):  # masks name no element twice either
        zeros[index] = values
    else:
        np.add.at(zeros, index, values)
    return zeros


def scatter_vjp_values(g, index):
    """dL/d(values) = g[index]"""
    return g[index]


def setitem_forward(x, first, index, values):
    """A copy of x with x[first][index] = values; first picks without arrays, so that it copies nothing"""
    changed = x.copy()
    changed[first][index] = values
    return changed


def setitem_vjp_x(g, first, index):
    """dL/dx = g, but 0 at the elements written over"""
    return setitem_forward(g, first, index, 0)


def setitem_vjp_values(g, first, index):
    """dL/d(values) = g[first][index]"""
    return g[first][index]


def along(dim, positions):
    """The index that picks, along dim, the elements at these positions, and of the other dimensions each its own"""
    index = list(np.indices(positions.shape, sparse=True))
    index[dim] = positions
    return tuple(index)


def gather_forward(x, dim, positions):
    """From each line of x along dim, the elements at these positions"""
    return x[along(dim, positions)]


def gather_vjp_x(g, x_shape, dim, positions):
    """dL/dx = g at the elements picked, else 0"""
    return scatter_forward(g, along(dim, positions), x_shape)


GETITEM = Op(getitem_forward, getitem_vjp_x, view=True)
SCATTER = Op(scatter_forward, scatter_vjp_values)
SETITEM = Op(setitem_forward, setitem_vjp_x, setitem_vjp_values)
GATHER = Op(gather_forward, gather_vjp_x)
