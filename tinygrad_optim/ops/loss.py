"""Losses that are one op each."""

from __future__ import annotations

import math

from ..dtypes import arithmetic_type
from ..op import Op
from .reduce import mean_forward
from .softmax import log_softmax_forward, softmax_forward


def mse_loss_forward(x, y, reduction):
    """(x - y)**2: each, their sum or their mean"""
    d = x - y
    squares = d * d
    if reduction == "mean":
        return mean_forward(squares, None, False)
    return squares.sum() if reduction == "sum" else squares


def mse_loss_vjp_x(g, x, y, reduction):
    """dL/dx = g * 2 * (x - y), divided by their number n for the mean"""
    d = x - y
    n = math.prod(d.shape) if reduction == "mean" else 1
    return g * (2 / max(n, 1)) * d


def mse_loss_vjp_y(g, x, y, reduction):
    """dL/dy = -dL/dx"""
    d = y - x
    n = math.prod(d.shape) if reduction == "mean" else 1
    return g * (2 / max(n, 1)) * d


def cross_entropy_forward(logits, shares, divisor):
    """-sum(shares * log_softmax(logits)) for each row; with a divisor, their sum divided by it

    shares: what each class (column) counts for in each row, such as a 1 at the right class.
    """
    losses = -(shares * log_softmax_forward(logits, 1)).sum(axis=1)
    return losses if divisor is None else losses.sum() / divisor


def cross_entropy_vjp_logits(g, logits, shares, divisor):
    """dL/d(logits) = g * (softmax(logits) * sum(shares) - shares)"""
    row = g.reshape(-1, 1) if divisor is None else g / divisor
    return row * (softmax_forward(logits, 1) * shares.sum(axis=1, keepdims=True) - shares)


def cross_entropy_vjp_shares(g, logits, divisor):
    """dL/d(shares) = -g * log_softmax(logits)"""
    row = g.reshape(-1, 1) if divisor is None else g / divisor
    return -row * log_softmax_forward(logits, 1)


MSE_LOSS = Op(mse_loss_forward, mse_loss_vjp_x, mse_loss_vjp_y, promotes=lambda x, y, reduction: arithmetic_type(x, y))
CROSS_ENTROPY = Op(cross_entropy_forward, cross_entropy_vjp_logits, cross_entropy_vjp_shares)
