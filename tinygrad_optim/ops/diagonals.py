"""The diagonal between two dimensions, and its adjoint: zeros with a diagonal."""

from __future__ import annotations

import numpy as np

from ..op import Op


def diagonal_forward(x, offset, dim1, dim2):
    """The diagonal of x between two dimensions, as a last one"""
    on_it = np.diagonal(x, offset, dim1, dim2)
    on_it.flags.writeable = x.flags.writeable  # numpy gives a view that cannot be written through
    return on_it


def diagonal_vjp_x(g, x_shape, offset, dim1, dim2):
    """dL/dx = g on the diagonal, else 0"""
    return diag_embed_forward(g, x_shape, offset, dim1, dim2)


def diag_embed_forward(x, shape, offset, dim1, dim2):
    """Zeros of a shape, with x on the diagonal between two dimensions"""
    zeros = np.zeros(shape, x.dtype)
    diagonal_forward(zeros, offset, dim1, dim2)[...] = x
    return zeros


def diag_embed_vjp_x(g, offset, dim1, dim2):
    """dL/dx = the diagonal of g"""
    return diagonal_forward(g, offset, dim1, dim2)


DIAGONAL = Op(diagonal_forward, diagonal_vjp_x, view=True)
DIAG_EMBED = Op(diag_embed_forward, diag_embed_vjp_x)
