"""Losses that are one op each: of numbers against numbers, of classes, of yes and no, of distributions."""

from __future__ import annotations

import math

import numpy as np
from numpy import exp, log, maximum, minimum

from ..dtypes import arithmetic_type
from ..op import Op
from .activation import softplus_forward
from .elementwise import sigmoid_forward
from .reduce import mean_forward
from .softmax import log_softmax_forward


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


def huber_forward(d, delta):
    """d**2 / 2 where |d| <= delta, else delta * (|d| - delta / 2): a parabola that goes on as two straight lines"""
    size = np.abs(d)
    near = minimum(size, delta)
    return near * (size - 0.5 * near)


def huber_vjp_d(g, d, delta):
    """dL/d(d) = g * d, but no further from 0 than g * delta"""
    return g * minimum(maximum(d, -delta), delta)


def cross_entropy_forward(logits, log_p, shares, divisor):
    """-sum(shares * log_p) for each row; with a divisor, their sum divided by it

    log_p: log_softmax(logits), known already. shares: what each class (column) counts for in each row, such as a 1 at
    the right class. A share of 0 counts for nothing, also where the logit is -inf.
    """
    terms = shares * log_p
    total = terms.sum()
    if math.isnan(total):  # perhaps of 0 * -inf
        terms = np.where(shares == 0, 0, terms)
        total = terms.sum()
    return -terms.sum(axis=1) if divisor is None else -total / divisor


def cross_entropy_vjp_logits(g, logits, log_p, shares, divisor):
    """dL/d(logits) = g * (softmax(logits) * sum(shares) - shares)"""
    row = g.reshape(-1, 1) if divisor is None else g / divisor
    return row * (exp(log_softmax_forward(logits, 1, log_p)) * shares.sum(axis=1, keepdims=True) - shares)


def cross_entropy_vjp_shares(g, logits, log_p, divisor):
    """dL/d(shares) = -g * log_softmax(logits)"""
    row = g.reshape(-1, 1) if divisor is None else g / divisor
    return -row * log_softmax_forward(logits, 1, log_p)


def binary_cross_entropy_forward(p, y):
    """-(y * log(p) + (1 - y) * log(1 - p)), with no logarithm below -100"""
    return -(y * maximum(log(p), -100) + (1 - y) * maximum(np.log1p(-p), -100))


def binary_cross_entropy_vjp_p(g, p, y):
    """dL/dp = g * (p - y) / (p * (1 - p)), with no divisor below 1e-12"""
    return g * (p - y) / maximum(p * (1 - p), 1e-12)


def binary_cross_entropy_vjp_y(g, p):
    """dL/dy = g * (log(1 - p) - log(p))"""
    return g * (log(1 - p) - log(p))


def binary_cross_entropy_with_logits_forward(x, y, pos_weight):
    """-(pos_weight * y * log(p) + (1 - y) * log(1 - p)), with p = sigmoid(x); a pos_weight of None is 1

    By softplus: -log(p) = softplus(-x), and -log(1 - p) = softplus(x) = x + softplus(-x).
    """
    if_yes = softplus_forward(-x, 1, math.inf)
    if_no = x + if_yes
    return (1 - y) * if_no + (y if pos_weight is None else pos_weight * y) * if_yes


def binary_cross_entropy_with_logits_vjp_x(g, x, y, pos_weight):
    """dL/dx = g * ((1 - y) * p - pos_weight * y * (1 - p)), with p = sigmoid(x) and 1 - p = sigmoid(-x)"""
    yes = y if pos_weight is None else pos_weight * y
    return g * ((1 - y) * sigmoid_forward(x) - yes * sigmoid_forward(-x))


def binary_cross_entropy_with_logits_vjp_y(g, x, pos_weight):
    """dL/dy = g * (pos_weight * softplus(-x) - softplus(x)), which is -g * x without a pos_weight"""
    if pos_weight is None:
        return -g * x
    return g * (pos_weight * softplus_forward(-x, 1, math.inf) - softplus_forward(x, 1, math.inf))


def kl_div_forward(log_q, p):
    """p * (log(p) - log_q), which is 0 where p is 0 (if log_q is finite)"""
    return np.where(p == 0, 0, p * log(p)) - p * log_q


def kl_div_vjp_log_q(g, p):
    """dL/d(log_q) = -g * p"""
    return -g * p


def kl_div_vjp_p(g, log_q, p):
    """dL/dp = g * (log(p) + 1 - log_q)"""
    return g * (log(p) + 1 - log_q)


MSE_LOSS = Op(mse_loss_forward, mse_loss_vjp_x, mse_loss_vjp_y, promotes=lambda x, y, reduction: arithmetic_type(x, y))
HUBER = Op(huber_forward, huber_vjp_d)
CROSS_ENTROPY = Op(cross_entropy_forward, cross_entropy_vjp_logits, cross_entropy_vjp_shares)
BINARY_CROSS_ENTROPY = Op(binary_cross_entropy_forward, binary_cross_entropy_vjp_p, binary_cross_entropy_vjp_y)
BINARY_CROSS_ENTROPY_WITH_LOGITS = Op(
    binary_cross_entropy_with_logits_forward,
    binary_cross_entropy_with_logits_vjp_x,
    binary_cross_entropy_with_logits_vjp_y,
)
KL_DIV = Op(kl_div_forward, kl_div_vjp_log_q, kl_div_vjp_p, promotes=arithmetic_type)
