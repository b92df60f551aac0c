"""A tensor's methods about which elements stand where: other shapes and orders, picking, random filling."""

from __future__ import annotations

from . import functions
from .functions import sampling


class Elements:
    """x.reshape(2, 3) is reshape(x, 2, 3): the functions themselves are the methods."""

    __slots__ = ()

    reshape, view, flatten = functions.reshape, functions.view, functions.flatten
    transpose, swapaxes, t, permute = functions.transpose, functions.transpose, functions.t, functions.permute
    squeeze, unsqueeze, expand = functions.squeeze, functions.unsqueeze, functions.expand
    clone, gather = functions.clone, functions.gather
    T = mT = property(functions.t)

    uniform_, normal_, random_ = sampling.uniform_, sampling.normal_, sampling.random_
    exponential_, bernoulli_ = sampling.exponential_, sampling.bernoulli_
    bernoulli, multinomial = sampling.bernoulli, sampling.multinomial
