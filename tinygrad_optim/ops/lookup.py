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
    """A table of zeros with the rows added in at these indices, but none at padding_idx"""
    count, columns = shape
    table = np.zeros(count * columns, rows.dtype)
    places = (indices.reshape(-1, 1).astype(np.intp, copy=False) * columns + np.arange(columns)).reshape(-1)
    np.add.at(table, places, rows.reshape(-1))  # element by element: over ones of one dimension it is fast
    table = table.reshape(shape)
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
