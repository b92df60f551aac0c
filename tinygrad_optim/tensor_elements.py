"""A tensor's methods about which elements stand where: other shapes and orders, picking, placing, random filling."""

from __future__ import annotations

from . import functions
from .functions import joining, order, parting, placing, sampling, shape


class Elements:
    """x.reshape(2, 3) is reshape(x, 2, 3): the functions themselves are the methods."""

    __slots__ = ()

    reshape, view, flatten, ravel = functions.reshape, shape.view, functions.flatten, functions.ravel
    reshape_as, view_as, unflatten = functions.reshape_as, functions.view_as, functions.unflatten
    squeeze, unsqueeze = functions.squeeze, functions.unsqueeze
    expand, expand_as, broadcast_to = functions.expand, functions.expand_as, functions.broadcast_to
    clone, contiguous, is_contiguous, stride = functions.clone, shape.contiguous, shape.is_contiguous, shape.stride

    transpose, swapaxes, swapdims = functions.transpose, functions.swapaxes, functions.swapdims
    t, permute, movedim, moveaxis = functions.t, functions.permute, functions.movedim, functions.moveaxis
    flip, fliplr, flipud = functions.flip, functions.fliplr, functions.flipud
    rot90, roll = functions.rot90, functions.roll
    T, mT, H = property(order.reversed_dims), property(order.matrix_transpose), property(functions.t)

    repeat, tile, repeat_interleave = joining.repeat, functions.tile, functions.repeat_interleave
    split, chunk, tensor_split = functions.split, functions.chunk, functions.tensor_split
    unbind, select, narrow, unfold = functions.unbind, functions.select, functions.narrow, parting.unfold
    tril, triu, diag, diagonal = functions.tril, functions.triu, functions.diag, functions.diagonal
    diag_embed, diagflat = functions.diag_embed, functions.diagflat

    gather, index_select, take = functions.gather, functions.index_select, functions.take
    take_along_dim, masked_select = functions.take_along_dim, functions.masked_select
    nonzero, argwhere = functions.nonzero, functions.argwhere

    scatter, scatter_ = functions.scatter, placing.scatter_
    scatter_add, scatter_add_ = functions.scatter_add, placing.scatter_add_
    index_add, index_add_ = functions.index_add, placing.index_add_
    index_copy, index_copy_ = functions.index_copy, placing.index_copy_
    index_fill, index_fill_ = functions.index_fill, placing.index_fill_
    index_put, index_put_ = functions.index_put, placing.index_put_
    masked_fill, masked_fill_ = functions.masked_fill, placing.masked_fill_
    masked_scatter, masked_scatter_ = functions.masked_scatter, placing.masked_scatter_

    uniform_, normal_, random_ = sampling.uniform_, sampling.normal_, sampling.random_
    exponential_, bernoulli_ = sampling.exponential_, sampling.bernoulli_
    bernoulli, multinomial = functions.bernoulli, functions.multinomial
