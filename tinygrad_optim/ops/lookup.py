"""Rows of a table picked by index, and their adjoint, which brings gradients back to the rows."""

from __future__ import annotations

import numpy as np

from ..op import Op


def embedding_forward(weight, indices, padding_idx):
    """The rows of weight at these indices"""
    return weight.take(indices, axis=0)


def embedding_vjp_weight(g, weight_shape, indices, padding_idx):
    """dL/d(weight) = g at the rows picked (added up where one was picked twice), else 0; at padding_idx too"""
    return add_rows_forward(g, weight_shape, indices, padding_idx)


def add_rows_forward(rows, shape, indices, padding_idx):
    """A table of zeros with the rows added in at these indices, but none at padding_idx

    Equal indices are brought together by sorting, and each such run is added up at once.
    """
    table = np.zeros(shape, rows.dtype)
    flat = indices.reshape(-1)
    order = flat.argsort(kind="stable")
    found, starts = np.unique(flat[order], return_index=True)
    if len(found):
        table[found] = np.add.reduceat(rows.reshape(len(flat), shape[1])[order], starts, axis=0)
    if padding_idx is not None:
        table[padding_idx] = 0
    return table


def add_rows_vjp_rows(g, indices, padding_idx):
    """dL/d(rows) = the rows of g at the indices, but 0 at padding_idx"""
    picked = embedding_forward(g, indices, None)
    if padding_idx is None:
        return picked
    return picked * (indices != padding_idx).reshape(*indices.shape, 1)


EMBEDDING = Op(embedding_forward, embedding_vjp_weight)
ADD_ROWS = Op(add_rows_forward, add_rows_vjp_rows)
