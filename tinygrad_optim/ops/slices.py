"""A tensor taken apart into all its slices, whose gradients are put together in one go.

x[i] brings back, for each i, a whole tensor of zeros with one slice in it: for n slices, n times the work. Here
what a slice brings back is that slice alone, with its place; the whole waits for all, and lays them side by side.
"""

from __future__ import annotations

import numpy as np

from ..gradient_hooks import Gradients
from ..op import Op
from .shape import stack_forward


class Slices(Gradients):
    """The gradient of a tensor of this shape, of which the slices at some places have arrived: the rest is 0."""

    def __init__(self, found, shape):
        super().__init__(found, shape[0])
        self.shape = shape

    def __add__(self, other):
        """Both. No array is written to; and as nobody else holds self, it need not be copied for each slice."""
        self.update(other)
        return self


def unbind_forward(x):
    """x, of which only slices will be used"""
    return x


def all_of(g):
    """The gradient of each slice in turn, 0 where none arrived"""
    if len(g) == g.count:
        return [g[place] for place in range(g.count)]
    nothing = np.zeros(g.shape[1:], next(iter(g.values())).dtype)
    return [g.get(place, nothing) for place in range(g.count)]


def unbind_vjp_x(g):
    """dL/dx = the gradients of the slices side by side, and 0 where none arrived"""
    return stack_forward(0, *all_of(g))


def slice_forward(whole, place):
    """whole[place]"""
    return whole[place]


def slice_vjp_whole(g, whole_shape, place):
    """dL/d(whole) = g, in its place"""
    return Slices({place: g}, whole_shape)


UNBIND = Op(unbind_forward, unbind_vjp_x, view=True)
SLICE = Op(slice_forward, slice_vjp_whole, view=True)
