"""Ops that move elements and change none: shape, order, copies and types. Views where numpy has views."""

from __future__ import annotations

import numpy as np

from ..op import Op


def reshape_forward(x, shape):
    """The same elements in the same order, in another shape"""
    return x.reshape(shape)


def reshape_vjp_x(g, x_shape):
    """dL/dx = g, in the shape of x"""
    return g.reshape(x_shape)


def transpose_forward(x, dim0, dim1):
    """x with two dimensions swapped"""
    return x.swapaxes(dim0, dim1)


def transpose_vjp_x(g, dim0, dim1):
    """dL/dx = g, with the two swapped back"""
    return g.swapaxes(dim0, dim1)


def permute_forward(x, dims):
    """x with its dimensions in another order"""
    return x.transpose(dims)


def permute_vjp_x(g, dims):
    """dL/dx = g, with its dimensions in the order they had"""
    return permute_forward(g, tuple(sorted(range(len(dims)), key=lambda d: dims[d] % len(dims))))


def expand_forward(x, shape):
    """x repeated to a larger shape, without copying"""
    return np.broadcast_to(x, shape)


def expand_vjp_x(g):
    """dL/dx = g, which the engine sums over the repetitions"""
    return g


def cat_forward(dim, sizes, *tensors):
    """The tensors laid end to end along dim"""
    return np.ascontiguousarray(np.concatenate(tensors, axis=dim))


def cat_vjp(g, dim, sizes):
    """dL/d(each tensor) = its own stretch of g"""
    before = (slice(None),) * (dim % g.ndim)
    ends = np.cumsum(sizes).tolist()
    return [None, None, *(g[(*before, slice(end - n, end))] for n, end in zip(sizes, ends))]


def stack_forward(dim, *tensors):
    """The tensors, all of one shape, side by side along a new dimension"""
    sizes, before = list(tensors[0].shape), [slice(None)] * dim
    sizes.insert(dim, len(tensors))
    out = np.empty(sizes, tensors[0].dtype)
    for place, tensor in enumerate(tensors):
        out[(*before, place)] = tensor
    return out


def stack_vjp(g, dim):
    """dL/d(each tensor) = its own slice of g"""
    before = (slice(None),) * dim
    return [None, *[g[(*before, place)] for place in range(g.shape[dim])]]


def clone_forward(x):
    """A copy of x"""
    return x.copy()


def clone_vjp_x(g):
    """dL/dx = g"""
    return g


def copy_forward(x, source):
    """source, repeated to the shape of x"""
    return np.broadcast_to(source, x.shape)


def copy_vjp_x(g):
    """dL/dx = 0: nothing of x is left"""
    return g * 0


def copy_vjp_source(g):
    """dL/d(source) = g"""
    return g


def to_forward(x, dtype, old):
    """x as numbers of another type (old: the type it has now)"""
    return x.astype(dtype)


def to_vjp_x(g, dtype, old):
    """dL/dx = g, in the type x had"""
    return to_forward(g, old, dtype)


def flip_forward(x, dims):
    """x with the order along these dimensions turned round"""
    return np.flip(x, dims).copy()


def flip_vjp_x(g, dims):
    """dL/dx = g, turned round likewise"""
    return flip_forward(g, dims)


def roll_forward(x, shifts, dims):
    """x with its elements moved on along these dimensions, the last ones coming back in front"""
    return np.roll(x, shifts, dims)


def roll_vjp_x(g, shifts, dims):
    """dL/dx = g, moved back"""
    return roll_forward(g, tuple([-shift for shift in shifts]), dims)


RESHAPE = Op(reshape_forward, reshape_vjp_x, view=True)
TRANSPOSE = Op(transpose_forward, transpose_vjp_x, view=True)
PERMUTE = Op(permute_forward, permute_vjp_x, view=True)
EXPAND = Op(expand_forward, expand_vjp_x, view=True)
CAT = Op(cat_forward, cat_vjp)
STACK = Op(stack_forward, stack_vjp)
CLONE = Op(clone_forward, clone_vjp_x)
COPY = Op(copy_forward, copy_vjp_x, copy_vjp_source)
TO = Op(to_forward, to_vjp_x)
FLIP = Op(flip_forward, flip_vjp_x)
ROLL = Op(roll_forward, roll_vjp_x)
