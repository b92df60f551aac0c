"""Picking and placing at every kind of index, against PyTorch: values, types, gradients, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import tinygrad_optim as tg

torch = pytest.importorskip("torch", reason="parity needs PyTorch, which is not installed here")

from test_ops_parity import array_of, assert_parity, assert_same  # noqa: E402

some = settings(derandomize=True, deadline=None, max_examples=25)
many = settings(derandomize=True, deadline=None, max_examples=150)


@st.composite
def indices(draw, shape, repeated=True):
    """An index for this shape, of parts that fit: ints, slices, None, ..., masks, and arrays of `count` places."""
    count, parts, dim, dotted = draw(st.integers(1, 2)), [], 0, False
    while dim < len(shape) and draw(st.integers(0, 5)):
        size = shape[dim]
        kind = draw(st.sampled_from(["int", "slice", "none", "dots", "places", "column", "number", "mask", "list"]))
        if kind == "none":
            parts.append(None)
            continue
        if kind == "dots":
            if not dotted:
                parts.append(Ellipsis)
                dotted, dim = True, dim + draw(st.integers(0, len(shape) - dim))
            continue
        if kind in ("int", "number"):
            at = draw(st.integers(-size, size - 1))
            parts.append(at if kind == "int" else np.array(at))
        elif kind == "slice":
            bound = st.none() | st.integers(-size - 1, size + 1)
            parts.append(slice(draw(bound), draw(bound), draw(st.none() | st.integers(1, 3))))
        elif kind == "mask":
            parts.append(np.arange(size) < min(count, size))
        else:
            low = st.integers(-size, size - 1) if repeated else st.permutations(range(size))
            places = draw(st.lists(low, min_size=count, max_size=count)) if repeated else draw(low)[:count]
            parts.append(
                places if kind == "list" else np.array(places).reshape(-1, 1 if kind == "column" else len(places))
            )
            if kind == "places":
                parts[-1] = parts[-1].reshape(-1)
        dim += 1
    return tuple(parts)


def as_index(lib, index):
    return tuple(lib.tensor(part) if isinstance(part, np.ndarray) else part for part in index)


def outcome(function):
    try:
        return function()
    except Exception as error:
        return type(error)


shapes = st.lists(st.integers(1, 4), min_size=1, max_size=4).map(tuple)


@many
@given(st.data())
def test_picking_at_any_index_agrees(data):
    shape = data.draw(shapes)
    index = data.draw(indices(shape))
    x = array_of(shape)
    ours, theirs = (outcome(lambda lib=lib: lib.tensor(x)[as_index(lib, index)]) for lib in (tg, torch))
    if isinstance(theirs, type):
        assert ours is theirs
        return
    assert_same(ours, theirs)
    assert_parity(lambda lib, a: a[as_index(lib, index)] ** 2, x)


@many
@given(st.data())
def test_writing_at_any_index_agrees(data):
    shape = data.draw(shapes)
    index = data.draw(indices(shape, repeated=False))
    x = array_of(shape)
    picked = outcome(lambda: torch.tensor(x)[as_index(torch, index)])
    if isinstance(picked, type):
        assert outcome(lambda: tg.tensor(x).__setitem__(as_index(tg, index), 1.0)) is picked
        return
    kept = data.draw(st.integers(0, picked.ndim))
    values = array_of(tuple(picked.shape)[kept:], seed=1)

    def written(lib, a, v):
        b = a * 1
        b[as_index(lib, index)] = v
        return b * b

    plain = [lib.tensor(x) for lib in (tg, torch)]
    for lib, b in zip((tg, torch), plain):
        b[as_index(lib, index)] = lib.tensor(values)
    assert_same(*plain)
    assert_parity(written, x, values)


def test_an_int_apart_from_places_picks_first_as_pytorch_does():
    x = array_of((2, 3, 4))
    for index in ((0, slice(None), [0, 1]), ([0, 1], slice(None), 0), (0, None, [1, 1]), ([0, 1], None, 0)):
        assert_same(tg.tensor(x)[index], torch.tensor(x)[index])


def test_repeated_positions_add_up_their_gradients():
    assert_parity(lambda lib, x: x[lib.tensor([0, 0, 2])], array_of((3, 2)))


def test_slices_ints_and_none_give_views_and_positions_give_copies():
    for index, shared in [(0, True), (slice(1), True), (None, True), (Ellipsis, True), ([0], False)]:
        for lib in (tg, torch):
            x = lib.zeros(2, 3)
            x[index].fill_(1.0)
            assert bool(x.any()) is shared


WRONG = {
    "out of range": lambda lib, x: x[5],
    "too many": lambda lib, x: x[0, 0, 0, 0],
    "places out of range": lambda lib, x: x[lib.tensor([5])],
    "floats": lambda lib, x: x[lib.tensor([1.0])],
    "a float": lambda lib, x: x[1.0],
    "small integers": lambda lib, x: x[lib.tensor([1], dtype=lib.int16)],
    "text": lambda lib, x: x["a"],
    "a dict": lambda lib, x: x[{}],
    "a mask of another shape": lambda lib, x: x[lib.tensor([True])],
    "a mask of two dimensions": lambda lib, x: x[lib.ones(2, 2) > 0],
    "places that do not broadcast": lambda lib, x: x[lib.tensor([0, 1]), lib.tensor([0, 1, 2])],
    "backwards": lambda lib, x: x[::-1],
    "a step of 0": lambda lib, x: x[::0],
    "writing a list": lambda lib, x: x.__setitem__(0, [1.0]),
    "writing an array": lambda lib, x: x.__setitem__(0, np.ones(4)),
    "writing text": lambda lib, x: x.__setitem__(0, "a"),
    "writing another shape": lambda lib, x: x.__setitem__(0, lib.ones(5)),
    "writing another shape at places": lambda lib, x: x.__setitem__(lib.tensor([0]), lib.ones(5)),
    "writing another type at places": lambda lib, x: x.__setitem__([0], lib.ones(1, 3, 4).double()),
    "writing too many under a mask": lambda lib, x: x.__setitem__(x > 3, lib.ones(5)),
    "writing out of range": lambda lib, x: x.__setitem__(5, 1.0),
    "index_select out of range": lambda lib, x: lib.index_select(x, 1, lib.tensor([5])),
    "index_select negative": lambda lib, x: lib.index_select(x, 1, lib.tensor([-1])),
    "index_select of floats": lambda lib, x: lib.index_select(x, 1, lib.tensor([1.0])),
    "index_select of a matrix": lambda lib, x: lib.index_select(x, 1, lib.tensor([[1]])),
    "index_select of a list": lambda lib, x: lib.index_select(x, 1, [1]),
    "take out of range": lambda lib, x: lib.take(x, lib.tensor([24])),
    "take of floats": lambda lib, x: lib.take(x, lib.tensor([1.0])),
    "gather negative": lambda lib, x: lib.gather(x, 2, lib.tensor([[[-1]]])),
    "scatter out of range": lambda lib, x: x.scatter(2, lib.tensor([[[4]]]), 1.0),
    "scatter of fewer": lambda lib, x: x.scatter(2, lib.tensor([[[0, 1]]]), lib.ones(1, 1, 1)),
    "scatter of another type": lambda lib, x: x.scatter(2, lib.tensor([[[0]]]), lib.ones(1, 1, 1).double()),
    "scatter_add of a number": lambda lib, x: x.scatter_add(2, lib.tensor([[[0]]]), 1.0),
    "index_add of another shape": lambda lib, x: x.index_add(0, lib.tensor([0]), lib.ones(2, 3, 4)),
    "index_add out of range": lambda lib, x: x.index_add(0, lib.tensor([2]), lib.ones(1, 3, 4)),
    "index_copy of another shape": lambda lib, x: x.index_copy(0, lib.tensor([0]), lib.ones(2, 3, 4)),
    "index_fill out of range": lambda lib, x: x.index_fill(0, lib.tensor([2]), 1.0),
    "masked_fill of integers": lambda lib, x: x.masked_fill(lib.tensor([1, 0, 1, 0]), 1.0),
    "masked_fill of a vector": lambda lib, x: x.masked_fill(x > 1, lib.ones(1)),
    "masked_fill of another shape": lambda lib, x: x.masked_fill(lib.tensor([True, False]), 1.0),
    "masked_select of integers": lambda lib, x: x.masked_select(lib.tensor([1, 0, 1, 0])),
    "masked_scatter of fewer": lambda lib, x: x.masked_scatter(x > 1, lib.ones(1)),
    "where of two": lambda lib, x: lib.where(x > 1, x),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_pytorch_refuses_is_refused_by_an_error_of_its_type_and_nothing_is_written(name):
    found = []
    for lib in (tg, torch):
        x = lib.arange(24.0).reshape(2, 3, 4)
        found.append(outcome(lambda lib=lib, x=x: WRONG[name](lib, x)))
        assert x.flatten().tolist() == list(range(24))
    assert isinstance(found[1], type)
    assert found[0] is found[1]


POSITIONS = np.array([[0, 1, 0], [2, 0, 1]])
MASK = np.array([[True, False, True], [False, False, True]])

# Where index is smaller than src, the gradient of PyTorch's scatter fails; here src is cut to the index.
PLACED = {
    "index_select": lambda lib, x, v: x.index_select(1, lib.tensor([2, 0, 2])) * v,
    "take": lambda lib, x, v: x.take(lib.tensor([[0, -1], [3, 3]])) * v[:, :2],
    "take_along_dim": lambda lib, x, v: x.take_along_dim(lib.tensor([[1], [0]]), 1) * v,
    "take_along_dim of all": lambda lib, x, v: x.contiguous().take_along_dim(lib.tensor([1, 5, 5])) * v[0],
    "masked_select": lambda lib, x, v: x.masked_select(lib.tensor(MASK)) * v[0],
    "masked_select by a row": lambda lib, x, v: x.masked_select(lib.tensor(MASK[0])) * v[0, 0],
    "masked_fill": lambda lib, x, v: x.masked_fill(lib.tensor(MASK), 2.0) * v,
    "masked_fill with a tensor": lambda lib, x, v: x.masked_fill(lib.tensor(MASK), v[0, 0]),
    "masked_fill to a larger shape": lambda lib, x, v: x[0].masked_fill(lib.tensor(MASK), 2.0) * v,
    "masked_fill_": lambda lib, x, v: (x * v).masked_fill_(lib.tensor(MASK[0]), 2.0),
    "masked_scatter": lambda lib, x, v: x.masked_scatter(lib.tensor(MASK), v),
    "masked_scatter_": lambda lib, x, v: (x * 2).masked_scatter_(lib.tensor(MASK), v),
    "scatter": lambda lib, x, v: x.scatter(1, lib.tensor([[0, 1], [2, 0]]), v[:, :2]),
    "scatter of a number": lambda lib, x, v: x.scatter(1, lib.tensor(POSITIONS), 3.0) * v,
    "scatter with value": lambda lib, x, v: x.scatter(0, lib.tensor([[1, 0]]), value=3.0) * v,
    "scatter_": lambda lib, x, v: (x * 2).scatter_(0, lib.tensor([[1, 0, 1]]), v[:1]),
    "scatter_add": lambda lib, x, v: x.scatter_add(1, lib.tensor(POSITIONS), v),
    "scatter_add_": lambda lib, x, v: (x * 2).scatter_add_(1, lib.tensor(POSITIONS), v),
    "index_add": lambda lib, x, v: x.index_add(0, lib.tensor([1, 1]), v),
    "index_add with alpha": lambda lib, x, v: x.index_add(0, lib.tensor([1, 1]), v, alpha=-2),
    "index_add_": lambda lib, x, v: (x * 2).index_add_(1, lib.tensor([1, 1, 0]), v),
    "index_copy": lambda lib, x, v: x.index_copy(0, lib.tensor([1, 0]), v),
    "index_copy_": lambda lib, x, v: (x * 2).index_copy_(1, lib.tensor([2, 1, 0]), v),
    "index_fill": lambda lib, x, v: x.index_fill(1, lib.tensor([-1]), 4.0) * v,
    "index_fill with a tensor": lambda lib, x, v: x.index_fill(1, lib.tensor([2]), v[0, 0]),
    "index_put": lambda lib, x, v: x.index_put((lib.tensor([1, 0]),), v),
    "index_put that adds": lambda lib, x, v: x.index_put((lib.tensor([1, 1]),), v, accumulate=True),
    "where": lambda lib, x, v: lib.where(lib.tensor(MASK), x, v),
}


@pytest.mark.parametrize("layout", ["plain", "transposed"])
@pytest.mark.parametrize("name", PLACED)
def test_picking_and_placing_by_position_or_mask_agrees(name, layout):
    def squared(lib, x, v):
        out = PLACED[name](lib, x, v)
        return out * out

    assert_parity(squared, array_of((2, 3)), array_of((2, 3), seed=1), layout=layout)


@pytest.mark.parametrize("dtype", ["float32", "int64", "bool"])
@pytest.mark.parametrize(
    "array", [np.eye(3), np.zeros((2, 2)), np.array(3), np.array(0), np.ones((2, 0))], ids=range(5)
)
def test_where_elements_are_not_0_agrees(array, dtype):
    ours, theirs = tg.tensor(array.astype(dtype)), torch.tensor(array.astype(dtype))
    assert_same(ours.nonzero(), theirs.nonzero())
    assert_same(tg.argwhere(ours), torch.argwhere(theirs))
    for found in ((ours.nonzero(as_tuple=True), theirs.nonzero(as_tuple=True)), (tg.where(ours), torch.where(theirs))):
        assert len(found[0]) == len(found[1])
        for mine, wanted in zip(*found):
            assert_same(mine, wanted)


@some
@given(st.data())
def test_scatter_add_agrees(data):
    dim = data.draw(st.sampled_from([0, 1, -1]))
    size = (2, 4)[dim % 2]
    index = np.array(
        data.draw(st.lists(st.lists(st.integers(0, size - 1), min_size=3, max_size=3), min_size=2, max_size=2))
    )
    assert_parity(
        lambda lib, x, v: x.scatter_add(dim, lib.tensor(index), v), array_of((2, 4)), array_of((2, 3), seed=2)
    )


def test_a_mask_of_bytes_is_a_mask():
    x = array_of((3, 2))
    with pytest.warns(UserWarning, match="uint8"):
        theirs = torch.tensor(x)[torch.tensor([1, 0, 1], dtype=torch.uint8)]
    assert_same(tg.tensor(x)[tg.tensor([1, 0, 1], dtype=tg.uint8)], theirs)


def test_taking_one_element_gives_a_copy():
    x = tg.tensor([1.0, 2.0])
    x.take(tg.tensor(1)).zero_()
    assert x.tolist() == [1.0, 2.0]


UNLIKE = {
    "index_put": lambda lib: lib.zeros(2).index_put((lib.tensor([0]),), lib.tensor(1.0, dtype=lib.float64)),
    "index_put, adding": lambda lib: lib.zeros(2).long().index_put((lib.tensor([0]),), lib.ones(1), accumulate=True),
    "masked_scatter": lambda lib: lib.zeros(2).long().masked_scatter(lib.tensor([True, False]), lib.ones(2)),
    "meshgrid": lambda lib: lib.meshgrid(lib.zeros(2), lib.zeros(2).long(), indexing="ij"),
}


@pytest.mark.parametrize("name", UNLIKE)
def test_tensors_of_unlike_types_are_refused_as_there(name):
    for lib in (tg, torch):
        with pytest.raises(RuntimeError):
            UNLIKE[name](lib)


def test_a_number_s_only_dimension_can_be_swapped_with_itself():
    ours, theirs = (lib.tensor(2.0).transpose(0, -1) for lib in (tg, torch))
    assert_same(ours, theirs)


def test_all_and_any_over_no_dimension_are_about_each_element():
    for name in ("all", "any"):
        ours, theirs = (getattr(lib.tensor([[1, 0], [2, 3]]), name)(dim=()) for lib in (tg, torch))
        assert_same(ours, theirs)
