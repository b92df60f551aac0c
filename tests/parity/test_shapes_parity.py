"""Shapes, orders, joining and splitting against PyTorch: values, types, views, gradients, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import tinygrad_optim as tg

torch = pytest.importorskip("torch", reason="parity needs PyTorch, which is not installed here")

from test_ops_parity import array_of, assert_parity, assert_same  # noqa: E402

some = settings(derandomize=True, deadline=None, max_examples=25)

# Functions of a tensor of shape (2, 3, 4).
MOVED = {
    "view_as": lambda lib, x: x.contiguous().view_as(lib.zeros(6, 4)),
    "reshape_as": lambda lib, x: x.reshape_as(lib.zeros(4, 6)),
    "ravel": lambda lib, x: x.ravel(),
    "flatten": lambda lib, x: lib.flatten(x, 1, 2),
    "unflatten": lambda lib, x: x.unflatten(2, (2, -1)),
    "unflatten in front": lambda lib, x: lib.unflatten(x, -3, (1, 2)),
    "squeeze several": lambda lib, x: x[:1, :, :1].squeeze((0, 2)),
    "squeeze one": lambda lib, x: x[:1].squeeze(0),
    "squeeze a list": lambda lib, x: lib.squeeze(x[:1], [0, 1]),
    "expand_as": lambda lib, x: x[:1].expand_as(lib.zeros(5, 3, 4)),
    "broadcast_to": lambda lib, x: lib.broadcast_to(x, (5, 2, 3, 4)),
    "broadcast_tensors": lambda lib, x: lib.broadcast_tensors(x[0], x[:, :1, :1])[1],
    "contiguous": lambda lib, x: x.contiguous(),
    "atleast_2d": lambda lib, x: lib.atleast_2d(x[0, 0]),
    "atleast_1d of several": lambda lib, x: lib.atleast_1d(x[0, 0, 0], x)[0],
    "swapdims": lambda lib, x: x.swapdims(0, -1),
    "swapaxes": lambda lib, x: lib.swapaxes(x, axis0=0, axis1=1),
    "T": lambda lib, x: x[0].T,
    "mT": lambda lib, x: x.mT,
    "H": lambda lib, x: x[0].H,
    "movedim": lambda lib, x: x.movedim(0, 2),
    "movedim of several": lambda lib, x: lib.movedim(x, (0, 1), (-1, 0)),
    "moveaxis": lambda lib, x: lib.moveaxis(x, 2, 0),
    "flip": lambda lib, x: x.flip(0, 2),
    "flip by a list": lambda lib, x: lib.flip(x, [1]),
    "fliplr": lambda lib, x: x.fliplr(),
    "flipud": lambda lib, x: lib.flipud(x),
    "rot90": lambda lib, x: x.rot90(),
    "rot90 backwards": lambda lib, x: lib.rot90(x, -1, [1, 2]),
    "rot90 twice": lambda lib, x: x.rot90(2, (0, 2)),
    "rot90 four times": lambda lib, x: x.rot90(4),
    "roll": lambda lib, x: x.roll(1),
    "roll along": lambda lib, x: x.roll((1, -2), (0, 2)),
    "roll twice along": lambda lib, x: lib.roll(x, (1, 1), (1, 1)),
    "repeat": lambda lib, x: x.repeat(2, 1, 3),
    "repeat in front": lambda lib, x: x.repeat(2, 1, 1, 2),
    "repeat no times": lambda lib, x: x.repeat(1, 0, 1),
    "tile": lambda lib, x: x.tile(2),
    "tile in front": lambda lib, x: lib.tile(x, (2, 1, 1, 2)),
    "repeat_interleave": lambda lib, x: x.repeat_interleave(2),
    "repeat_interleave along": lambda lib, x: lib.repeat_interleave(x, 3, dim=1),
    "repeat_interleave each": lambda lib, x: x.repeat_interleave(lib.tensor([2, 0, 1]), dim=1),
    "split": lambda lib, x: x.split(2, dim=-1)[1],
    "split by a list": lambda lib, x: lib.split(x, [1, 0, 2], 1)[2],
    "chunk": lambda lib, x: x.chunk(3, 2)[1],
    "tensor_split": lambda lib, x: x.tensor_split(3, 2)[0],
    "tensor_split at": lambda lib, x: lib.tensor_split(x, (1, 3), 2)[1],
    "unbind": lambda lib, x: x.unbind(1)[2] * lib.unbind(x)[0][1],
    "select": lambda lib, x: x.select(1, -1),
    "narrow": lambda lib, x: x.narrow(2, 1, 2),
    "narrow from the end": lambda lib, x: lib.narrow(x, 2, -2, 2),
    "unfold": lambda lib, x: x.unfold(2, 2, 1),
    "unfold with a step": lambda lib, x: x.unfold(1, 2, 2),
    "tril": lambda lib, x: x.tril(),
    "tril above": lambda lib, x: lib.tril(x, 1),
    "triu": lambda lib, x: x.triu(diagonal=-1),
    "diagonal": lambda lib, x: x.diagonal(),
    "diagonal elsewhere": lambda lib, x: lib.diagonal(x, offset=1, dim1=2, dim2=1),
    "diagonal outside": lambda lib, x: x.diagonal(7, -2, -1),
    "diag of a matrix": lambda lib, x: lib.diag(x[0], -1),
    "diag of a vector": lambda lib, x: x[0, 0].diag(1),
    "diag_embed": lambda lib, x: x.diag_embed(-1),
    "diag_embed elsewhere": lambda lib, x: lib.diag_embed(x, 1, 0, 2),
    "diagflat": lambda lib, x: x[0, :2].diagflat(),
    "concat": lambda lib, x: lib.concat([x, x * 2], 1),
    "concatenate": lambda lib, x: lib.concatenate([x, x * 2], dim=-1),
    "hstack": lambda lib, x: lib.hstack([x, x[:, :1]]),
    "hstack of vectors": lambda lib, x: lib.hstack([x[0, 0], x[1, 0, 0]]),
    "vstack": lambda lib, x: lib.vstack([x[0], x[1, 0]]),
    "column_stack": lambda lib, x: lib.column_stack([x[0], x[1, :, 0]]),
    "meshgrid": lambda lib, x: lib.meshgrid(x[0, 0], x[1, :, 0], indexing="ij")[1],
    "meshgrid as xy": lambda lib, x: lib.meshgrid([x[0, 0], x[1, :, 0], x[0, 0]], indexing="xy")[0],
}


@pytest.mark.parametrize("layout", ["plain", "transposed"])
@pytest.mark.parametrize("name", MOVED)
def test_moving_elements_agrees_and_so_do_its_gradients(name, layout):
    def squared(lib, x):
        out = MOVED[name](lib, x)
        return out * out

    assert_parity(squared, array_of((2, 3, 4)), layout=layout)


@pytest.mark.parametrize("dtype", ["float32", "int64", "bool"])
@pytest.mark.parametrize("name", MOVED)
def test_moving_elements_keeps_their_type_and_shares_memory_where_pytorch_does(name, dtype):
    shared = []
    for lib in (tg, torch):
        x = lib.tensor(array_of((2, 3, 4)) > 0).to(getattr(lib, dtype))
        if dtype == "bool" and name in ("unbind", "concat", "concatenate"):
            return  # these multiply
        out = MOVED[name](lib, x)
        assert str(out.dtype).removeprefix("torch.") == dtype
        shared.append(np.shares_memory(out.numpy(), x.numpy()))
    assert shared[0] == shared[1] or name.startswith("unfold")  # a copy here


@some
@given(st.data())
def test_splitting_agrees_and_gives_as_many_parts(data):
    shape = data.draw(st.lists(st.integers(0, 5), min_size=1, max_size=3).map(tuple))
    dim = data.draw(st.integers(-len(shape), len(shape) - 1))
    many = data.draw(st.integers(1, 6))
    name = data.draw(st.sampled_from(["split", "chunk", "tensor_split"]))
    ours, theirs = (getattr(lib.tensor(array_of(shape)), name)(many, dim) for lib in (tg, torch))
    assert type(ours) is tuple
    assert len(ours) == len(theirs)
    for mine, wanted in zip(ours, theirs):
        assert_same(mine, wanted)


@pytest.mark.parametrize("index", [0, (slice(None), 1), (Ellipsis, slice(0, 3, 2))])
def test_strides_and_contiguity_agree(index):
    for make in (lambda x: x, lambda x: x.transpose(0, 2), lambda x: x[:1].expand(3, 3, 4)):
        ours, theirs = (make(lib.zeros(2, 3, 4))[index] for lib in (tg, torch))
        assert ours.stride() == theirs.stride()
        assert ours.stride(-1) == theirs.stride(-1)
        assert ours.is_contiguous() == theirs.is_contiguous()


WRONG = {
    "reshape to another number": lambda lib, x: x.reshape(5, 5),
    "view across": lambda lib, x: x.transpose(0, 1).view(24),
    "expand elsewhere": lambda lib, x: x.expand(5, 5, 5),
    "expand to fewer": lambda lib, x: x.expand(4),
    "broadcast_shapes": lambda lib, x: lib.broadcast_shapes((3,), (2,)),
    "broadcast_tensors": lambda lib, x: lib.broadcast_tensors(lib.zeros(3), lib.zeros(2)),
    "squeeze out of range": lambda lib, x: x.squeeze((0, 5)),
    "unsqueeze out of range": lambda lib, x: x.unsqueeze(4),
    "unflatten to another number": lambda lib, x: x.unflatten(2, (3, 2)),
    "mT of a vector": lambda lib, x: lib.zeros(3).mT,
    "H of three dimensions": lambda lib, x: x.H,
    "movedim twice": lambda lib, x: x.movedim((0, 1), (2, 2)),
    "movedim of unlike": lambda lib, x: x.movedim((0, 1), 2),
    "flip twice": lambda lib, x: x.flip(0, 0),
    "flip of nothing": lambda lib, x: x.flip(),
    "fliplr of a vector": lambda lib, x: lib.fliplr(lib.zeros(3)),
    "rot90 of a vector": lambda lib, x: lib.rot90(lib.zeros(3)),
    "roll of unlike": lambda lib, x: x.roll((1, 1), 0),
    "repeat too few": lambda lib, x: x.repeat(2),
    "repeat below 0": lambda lib, x: x.repeat(1, 1, -1),
    "repeat_interleave below 0": lambda lib, x: x.repeat_interleave(-1),
    "repeat_interleave of too few": lambda lib, x: x.repeat_interleave(lib.tensor([1, 2]), 1),
    "split of 0": lambda lib, x: x.split(0),
    "split below 0": lambda lib, x: x.split(-1),
    "split of another sum": lambda lib, x: x.split([1, 1], 1),
    "split of a number": lambda lib, x: lib.tensor(1.0).split(1),
    "chunk of 0": lambda lib, x: x.chunk(0),
    "unbind of a number": lambda lib, x: lib.tensor(1.0).unbind(),
    "select out of range": lambda lib, x: x.select(1, 3),
    "select of a number": lambda lib, x: lib.tensor(1.0).select(0, 0),
    "narrow too long": lambda lib, x: x.narrow(1, 2, 2),
    "narrow below 0": lambda lib, x: x.narrow(1, 0, -1),
    "narrow out of range": lambda lib, x: x.narrow(1, -4, 1),
    "unfold too long": lambda lib, x: x.unfold(0, 3, 1),
    "tril of a vector": lambda lib, x: lib.zeros(3).tril(),
    "diag of three dimensions": lambda lib, x: x.diag(),
    "diagonal of a vector": lambda lib, x: lib.zeros(3).diagonal(),
    "diagonal of one dimension": lambda lib, x: x.diagonal(0, 1, 1),
    "cat of a number": lambda lib, x: lib.cat([lib.tensor(1.0)]),
    "cat of other sizes": lambda lib, x: lib.cat([x, x[:, 1:]]),
    "cat of lists": lambda lib, x: lib.cat([[1.0], [2.0]]),
    "stack of other sizes": lambda lib, x: lib.stack([x, x[1:]]),
    "stack of nothing": lambda lib, x: lib.stack([]),
    "stack out of range": lambda lib, x: lib.stack([x], 5),
    "hstack of nothing": lambda lib, x: lib.hstack([]),
    "vstack of other sizes": lambda lib, x: lib.vstack([lib.zeros(2), lib.zeros(3)]),
    "meshgrid otherwise": lambda lib, x: lib.meshgrid(lib.zeros(2), indexing="ab"),
    "meshgrid of matrices": lambda lib, x: lib.meshgrid(x[0], indexing="ij"),
    "size out of range": lambda lib, x: x.size(5),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_pytorch_refuses_is_refused_by_an_error_of_its_type(name):
    with pytest.raises(Exception) as theirs:  # noqa: PT011
        WRONG[name](torch, torch.zeros(2, 3, 4))
    with pytest.raises(theirs.type):
        WRONG[name](tg, tg.zeros(2, 3, 4))


def test_indices_of_triangles_agree():
    for name in ("tril_indices", "triu_indices"):
        for arguments in ((3, 4), (4, 2, 1), (2, 2, -1)):
            assert_same(getattr(tg, name)(*arguments), getattr(torch, name)(*arguments))


def test_shapes_that_broadcast_agree():
    assert tg.broadcast_shapes((3,), (2, 1)) == tuple(torch.broadcast_shapes((3,), (2, 1)))
