"""Shapes, orders, joining, splitting, picking and placing: gradients, corners, and what bad input meets."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_optim as tg


def numbers(*shape):
    return tg.tensor(np.random.default_rng(0).uniform(-2, 2, shape), requires_grad=True)


MASK = tg.tensor([[True, False, True], [False, False, True]])
PLACES = tg.tensor([[0, 1, 0], [2, 0, 1]])

# Functions of two tensors of shape (2, 3).
FUNCTIONS = {
    "unflatten": lambda x, v: x.unflatten(1, (3, 1)),
    "expand_as": lambda x, v: x[:, :1].expand_as(v),
    "broadcast_tensors": lambda x, v: tg.broadcast_tensors(x[0], v[:, :1])[0],
    "movedim": lambda x, v: x.movedim(0, 1),
    "flip": lambda x, v: x.flip(0, 1),
    "rot90": lambda x, v: x.rot90(3),
    "roll": lambda x, v: x.roll((1, -1), (0, 1)),
    "roll of all": lambda x, v: x.roll(2),
    "repeat": lambda x, v: x.repeat(2, 1, 2),
    "tile": lambda x, v: x.tile(2),
    "repeat_interleave": lambda x, v: x.repeat_interleave(tg.tensor([2, 0, 1]), 1),
    "split": lambda x, v: x.split(2, 1)[1],
    "chunk": lambda x, v: x.chunk(2)[0],
    "unbind": lambda x, v: x.unbind(1)[0],
    "narrow": lambda x, v: x.narrow(1, 1, 2),
    "unfold": lambda x, v: x.unfold(1, 2, 1),
    "tril": lambda x, v: x.tril(),
    "triu": lambda x, v: x.triu(1),
    "diagonal": lambda x, v: x.diagonal(1),
    "diag": lambda x, v: x[0].diag(-1),
    "diag_embed": lambda x, v: x.diag_embed(),
    "hstack": lambda x, v: tg.hstack([x, v]),
    "vstack": lambda x, v: tg.vstack([x, v[0]]),
    "meshgrid": lambda x, v: tg.meshgrid(x[0], v[:, 0], indexing="xy")[1],
    "an int apart from places": lambda x, v: x[None][0, :, [0, 2]],
    "repeated places": lambda x, v: x[[0, 0, 1]],
    "index_select": lambda x, v: x.index_select(1, tg.tensor([2, 2])),
    "take": lambda x, v: x.take(tg.tensor([0, -1, 0])),
    "take_along_dim": lambda x, v: x.take_along_dim(tg.tensor([[1], [0]]), 1),
    "masked_select": lambda x, v: x.masked_select(MASK),
    "masked_fill": lambda x, v: x.masked_fill(MASK, v[0, 0]),
    "masked_fill_": lambda x, v: (x * 2).masked_fill_(MASK, v[0, 0]),
    "masked_scatter": lambda x, v: x.masked_scatter(MASK, v),
    "scatter": lambda x, v: x.scatter(1, tg.tensor([[0, 2], [1, 0]]), v),
    "scatter_": lambda x, v: (x * 2).scatter_(1, tg.tensor([[0, 2], [1, 0]]), v),
    "scatter_add": lambda x, v: x.scatter_add(1, PLACES, v),
    "scatter_add_": lambda x, v: (x * 2).scatter_add_(1, PLACES, v),
    "index_add": lambda x, v: x.index_add(0, tg.tensor([1, 1]), v, alpha=3),
    "index_copy": lambda x, v: x.index_copy(0, tg.tensor([1, 0]), v),
    "index_fill": lambda x, v: x.index_fill(1, tg.tensor([0]), v[0, 0]),
    "index_put": lambda x, v: x.index_put((tg.tensor([1, 1]),), v, accumulate=True),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_first_and_second_gradients_are_what_differences_say(name):
    def function(x, v):
        out = FUNCTIONS[name](x, v)
        return out * out

    inputs = numbers(2, 3), numbers(2, 3) * 0.5 + 1
    inputs = inputs[0], inputs[1].detach().requires_grad_()
    assert tg.gradcheck(function, inputs)
    assert tg.gradgradcheck(function, inputs)


def test_a_write_at_an_int_and_at_places_apart_from_it_goes_where_they_point():
    x = tg.zeros(2, 3, 4)
    x[0, :, [1, 3]] = tg.tensor([[1.0, 2.0]] * 3)
    assert x[0].tolist() == [[0.0, 1.0, 0.0, 2.0]] * 3
    assert not x[1].any()


def test_a_recorded_write_at_places_takes_the_gradient_from_what_it_overwrote():
    x, v = tg.ones(3, requires_grad=True), tg.ones(2, requires_grad=True)
    y = x * 2
    y[[0, 2]] = v * 3
    (y * tg.tensor([1.0, 10.0, 100.0])).sum().backward()
    assert x.grad.tolist() == [0.0, 20.0, 0.0]
    assert v.grad.tolist() == [3.0, 300.0]


def test_values_may_begin_with_dimensions_of_size_1():
    x = tg.zeros(2, 2)
    x[0] = tg.ones(1, 1, 2)
    assert x.tolist() == [[1.0, 1.0], [0.0, 0.0]]
    v = tg.ones(1, 1, 2, requires_grad=True)
    x[1] = v * 3
    x.sum().backward()
    assert v.grad.tolist() == [[[3.0, 3.0]]]


def test_a_number_written_into_integers_is_cut_to_one():
    x = tg.zeros(2, dtype=tg.int64)
    x[[0]] = 1.7
    assert x.tolist() == [1, 0]


def test_parts_share_memory_with_the_whole():
    x = tg.zeros(4, 2)
    for part in (*x.split(2), *x.chunk(2), *x.unbind(), x.narrow(0, 1, 2), x.select(1, 0), x[:2].diagonal()):
        part.fill_(1.0)
        assert x.any()
        x.zero_()


def test_a_split_of_an_empty_dimension_has_one_empty_part():
    assert [part.shape for part in tg.zeros(0, 2).split(3)] == [(0, 2)]


def test_writing_into_a_part_is_noticed_by_the_graph_of_the_whole():
    x = tg.ones(4, requires_grad=True)
    y = x * 1
    z = y * y
    with tg.no_grad():
        y.chunk(2)[1].zero_()
    with pytest.raises(RuntimeError, match="overwritten"):
        z.sum().backward()


def test_0_d_tensors_have_one_element_in_a_line_of_their_own():
    one = tg.tensor(3.0)
    assert one.flatten().shape == one.ravel().shape == one.take(tg.tensor([0])).shape == (1,)
    assert one.gather(0, tg.tensor(0)).item() == one.index_select(0, tg.tensor([0])).item() == 3.0
    assert one.nonzero().shape == (1, 0)
    assert one.scatter(0, tg.tensor(0), 5.0).item() == one.index_fill(0, tg.tensor([0]), 5.0).item() == 5.0


def test_where_of_a_condition_alone_is_an_index():
    x = tg.tensor([[0.0, 2.0], [3.0, 0.0]])
    assert x[tg.where(x > 0)].tolist() == [2.0, 3.0]
    assert x.nonzero().tolist() == tg.argwhere(x).tolist() == [[0, 1], [1, 0]]


def test_a_nested_list_is_an_index_of_several_parts():
    x = tg.arange(6).reshape(2, 3)
    assert x[[[0, 1], [2, 0]]].tolist() == [2, 3]
    assert x[[0, 1], [2, 0]].tolist() == [2, 3]


def set_item(x, index, value):
    x[index] = value


# What is called, the error's type, and what its message must name.
REFUSED = {
    "an index out of range": (lambda x: x[5], IndexError, ["5", "(2, 3)"]),
    "places out of range": (lambda x: x[tg.tensor([2])], IndexError, ["2", "(2, 3)"]),
    "too many indices": (lambda x: x[0, 0, 0], IndexError, ["too many", "(2, 3)"]),
    "a mask of another shape": (lambda x: x[tg.ones(3) > 0], IndexError, ["3", "(2, 3)"]),
    "an index of floats": (lambda x: x[tg.ones(1)], IndexError, ["integers or bools", "float32"]),
    "a list written": (lambda x: set_item(x, 0, [1, 2, 3]), TypeError, ["list", "tensor(...)"]),
    "another shape written": (lambda x: set_item(x, 0, tg.ones(2)), RuntimeError, ["(2,)", "(3,)"]),
    "another type written at places": (
        lambda x: set_item(x, [0], tg.ones(3).double()), RuntimeError, ["float64", "float32", ".to("]),
    "scatter of floats": (lambda x: x.scatter(0, tg.ones(1, 1), 1.0), RuntimeError, ["scatter", "float32", ".long()"]),
    "scatter of a list": (lambda x: x.scatter(0, [[0]], 1.0), TypeError, ["scatter", "'index'", "list"]),
    "scatter of too few": (
        lambda x: x.scatter(0, PLACES[:1] * 0, tg.ones(1, 2)), RuntimeError, ["scatter", "(1, 3)", "(1, 2)"]),
    "index_add of another shape": (
        lambda x: x.index_add_(0, tg.tensor([0]), tg.ones(2)), RuntimeError, ["index_add_", "(1, 3)", "(2,)"]),
    "masked_fill by numbers": (lambda x: x.masked_fill(tg.ones(3), 1.0), RuntimeError, ["bools", "float32", "x > 0"]),
    "masked_select by a list": (lambda x: x.masked_select([True]), TypeError, ["masked_select", "'mask'", "list"]),
    "split into another sum": (lambda x: x.split([1, 1], 1), RuntimeError, ["[1, 1]", "3"]),
    "narrow too long": (lambda x: x.narrow(1, 1, 3), RuntimeError, ["start (1)", "length (3)", "(2, 3)"]),
    "repeat too few times": (lambda x: x.repeat(2), RuntimeError, ["(2, 3)", "at least 2"]),
    "expand where it cannot": (lambda x: x.expand(2, 6), RuntimeError, ["(2, 6)", "(2, 3)"]),
    "stack of lists": (lambda x: tg.stack([[1.0], [2.0]]), TypeError, ["stack", "list", "tensor(...)"]),
    "diag of three dimensions": (lambda x: x[None].diag(), RuntimeError, ["(1, 2, 3)"]),
    "roll of unlike": (lambda x: x.roll((1, 2), 0), RuntimeError, ["(1, 2)", "dims=0"]),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_bad_input_is_refused_with_what_was_found_and_changes_nothing(name):
    call, kind, words = REFUSED[name]
    x = tg.arange(6.0).reshape(2, 3)
    with pytest.raises(kind) as refused:
        call(x)
    assert refused.type is kind
    assert [word for word in words if word not in str(refused.value)] == []
    assert x.flatten().tolist() == [0, 1, 2, 3, 4, 5]


def test_rows_picked_from_the_end_and_twice_get_all_their_gradients():
    x = tg.zeros(3, 2, requires_grad=True)
    (x[tg.tensor([-1, 0, 2])] * tg.tensor([[1.0], [2.0], [4.0]])).sum().backward()
    assert x.grad.tolist() == [[2.0, 2.0], [0.0, 0.0], [5.0, 5.0]]


def test_elements_picked_by_a_mask_get_their_gradients():
    x = tg.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    (x[x > 1.5] * tg.tensor([5.0, 6.0, 7.0])).sum().backward()
    assert x.grad.tolist() == [[0.0, 5.0], [6.0, 7.0]]
