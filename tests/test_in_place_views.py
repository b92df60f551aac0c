"""Recorded writes through views: the whole, and other views of it, go on with what was written."""

from __future__ import annotations

import pytest

import tinygrad_optim as tg
from tinygrad_optim.autograd import grad, gradcheck, gradgradcheck


def leaf(*numbers):
    return tg.tensor(list(numbers), dtype=tg.float64, requires_grad=True)


def written(write):
    """A function of w (6 numbers) and v (2): write(y, v) on y = w * 1 in shape (2, 3), then a sum of squares."""

    def run(w, v):
        y = (w * 1).reshape(2, 3)
        extra = write(y, v)
        return (y * y * y).sum() if extra is None else (y * y).sum() + (extra * extra * extra).sum()

    return run


def sibling(y, v):
    other = y.reshape(6)[1:4]
    y[0].mul_(v[0])
    return other


def in_turn(y, v):
    y[0] *= v[0]
    y[:, 1] += v
    y.t()[2].mul_(y[:, 0].clone())


def whole(y, v):
    part = y[1]
    y.mul_(v[1])
    part.add_(v[0])
    return part


def from_itself(y, v):
    row = y[0]
    row.mul_(row)
    return row


def picked(y, v):
    y.view(-1)[3] = v[0]


WRITES = {
    "a row": lambda y, v: y[0].mul_(v[0]),
    "a column": lambda y, v: y[:, 1].copy_(v),
    "a view of a view": lambda y, v: y.t()[1:][0].add_(v),
    "an element of the flattened": picked,
    "augmented": in_turn,
    "another view, taken before": sibling,
    "the whole, then a view taken before": whole,
    "by itself": from_itself,
    "at positions of a view": lambda y, v: y[1].__setitem__([0, 2], v),
    "transposed": lambda y, v: y.transpose(0, 1).mul_(v),
    "zeros": lambda y, v: (y[1, 1:].zero_(), None)[1],
}


@pytest.mark.parametrize("name", WRITES)
def test_gradients_follow(name):
    def run(w, v):
        return written(WRITES[name])(w, v) + (v * 0).sum()

    inputs = leaf(0.5, -1.0, 2.0, 1.5, -0.5, 3.0), leaf(2.0, -3.0)
    assert gradcheck(run, inputs)
    assert gradgradcheck(run, inputs)


def test_the_whole_and_the_view_have_the_history():
    x = leaf(1.0, 2.0)
    y = x * 1
    first, second = y[0], y[1]
    first.mul_(3)
    assert y.grad_fn.name() == "CopySlicesBackward0"
    assert second.grad_fn.next_functions[0][0] is y.grad_fn
    assert first.grad_fn.next_functions[0][0] is y.grad_fn
    assert grad(y.sum(), x)[0].tolist() == [3.0, 1.0]


def test_a_tensor_without_history_gets_one_through_its_view():
    x, w = tg.zeros(2, 2), tg.tensor([1.0, 2.0], requires_grad=True)
    view = x[1]
    other = x[0]
    view.copy_(w)
    assert x.requires_grad
    assert not x.is_leaf
    assert other.requires_grad
    (x * 3).sum().backward()
    assert w.grad.tolist() == [3.0, 3.0]


def test_a_write_to_a_detached_tensor_leaves_the_history_of_the_first():
    x = leaf(1.0, 2.0)
    y = x * 1
    d = y.detach()
    d.mul_(leaf(2.0, 2.0))
    assert y.grad_fn.name() == "MulBackward0"
    y.sum().backward()
    assert x.grad.tolist() == [1.0, 1.0]


def test_what_was_kept_of_the_overwritten_is_still_noticed():
    x = leaf(1.0, 2.0)
    y = x * 1
    z = (y * y).sum()
    y[0].mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        z.backward()


def no_grad_view(x):
    with tg.no_grad():
        return x[0]


REFUSED = {
    "a view of a leaf": (lambda x: x[0].mul_(2), "view of a leaf Variable that requires grad"),
    "a leaf": (lambda x: x.mul_(2), "a leaf Variable that requires grad is being used in an in-place operation"),
    "a view made in no_grad": (lambda x: no_grad_view(x * 1).mul_(2), "created in no_grad mode"),
    "an expanded view": (lambda x: x[:1].expand(3).mul_(2), "more than one element .* single memory location"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_followed_is_refused_and_nothing_is_written(name):
    write, message = REFUSED[name]
    x = leaf(1.0, 2.0)
    with pytest.raises(RuntimeError, match=message):
        write(x)
    assert x.tolist() == [1.0, 2.0]


def test_a_view_made_in_no_grad_is_refused_after_the_whole_was_written():
    y = leaf(1.0, 2.0) * 1
    view = no_grad_view(y)
    y.mul_(2)
    with pytest.raises(RuntimeError, match="no_grad"):
        view * 2


def test_writes_in_no_grad_are_not_followed():
    x = leaf(1.0, 2.0)
    y = x * 1
    with tg.no_grad():
        y[0].mul_(3)
    y.sum().backward()
    assert x.grad.tolist() == [1.0, 1.0]
