"""A learner's own op: autograd.Function."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest

import tinygrad_optim as tg
from tinygrad_optim.autograd import Function, grad, gradcheck, gradgradcheck
from tinygrad_optim.autograd.function import once_differentiable


def leaf(*numbers, dtype=tg.float64):
    return tg.tensor(list(numbers), dtype=dtype, requires_grad=True)


class Cube(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x * x

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * 3 * x * x


class Exp(Function):
    """Saves its own output."""

    @staticmethod
    def forward(ctx, x):
        out = x.exp()
        ctx.save_for_backward(out)
        return out

    @staticmethod
    def backward(ctx, g):
        return g * ctx.saved_tensors[0]


class Polar(Function):
    """Two arguments, two outputs, a number, and a form with setup_context."""

    @staticmethod
    def forward(x, y, scale):
        return scale * (x * x + y * y), x * y

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs[:2])
        ctx.scale = inputs[2]

    @staticmethod
    def backward(ctx, g, h):
        x, y = ctx.saved_tensors
        return 2 * ctx.scale * g * x + h * y, 2 * ctx.scale * g * y + h * x, None


class Largest(Function):
    @staticmethod
    def forward(ctx, x):
        where = x.argmax()
        ctx.mark_non_differentiable(where)
        ctx.where, ctx.n = where.item(), len(x)
        return x.max(), where

    @staticmethod
    def backward(ctx, g, no_gradient):
        out = tg.zeros(ctx.n, dtype=g.dtype)
        out[ctx.where] = g
        return out


class Doubled(Function):
    """Overwrites its argument."""

    @staticmethod
    def forward(ctx, x):
        ctx.mark_dirty(x)
        return x.mul_(2)

    @staticmethod
    def backward(ctx, g):
        return g * 2


def returning(make):
    """A Function of two arguments, whose backward returns make(g)."""

    class Odd(Function):
        @staticmethod
        def forward(ctx, x, n):
            return x * n

        @staticmethod
        def backward(ctx, g):
            return make(g)

    return Odd


def test_first_and_second_gradients_come_from_backward():
    assert gradcheck(Cube.apply, (leaf(1.5, -2.0),))
    assert gradgradcheck(Cube.apply, (leaf(1.5, -2.0),))


def test_an_output_that_was_saved_has_its_history_in_backward():
    assert gradcheck(Exp.apply, (leaf(0.5, -1.0),))
    assert gradgradcheck(Exp.apply, (leaf(0.5, -1.0),))


def test_several_outputs_and_arguments_and_a_number():
    x, y = leaf(1.0, 2.0), leaf(3.0, -1.0)
    assert gradcheck(lambda x, y: Polar.apply(x, y, 0.5), (x, y))
    assert gradgradcheck(lambda x, y: Polar.apply(x, y, 0.5), (x, y))


def test_the_gradient_of_an_output_that_nobody_used_is_zeros():
    x, y = leaf(1.0, 2.0), leaf(3.0, -1.0)
    _, product = Polar.apply(x, y, 0.5)
    product.sum().backward()
    assert x.grad.tolist() == [3.0, -1.0]


def test_it_is_none_if_it_is_not_to_be_materialized():
    seen = []

    class Pair(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.set_materialize_grads(False)
            return x * 1, x * 2

        @staticmethod
        def backward(ctx, g, h):
            seen.append((g, h))
            return h * 2

    x = leaf(1.0)
    Pair.apply(x)[1].backward()
    assert seen[0][0] is None
    assert x.grad.tolist() == [2.0]


def test_an_output_marked_so_has_no_gradient():
    x = leaf(1.0, 5.0, 2.0)
    largest, where = Largest.apply(x)
    assert not where.requires_grad
    largest.backward()
    assert x.grad.tolist() == [0.0, 1.0, 0.0]


def test_which_arguments_need_a_gradient_is_said():
    seen = []

    class Sum(Function):
        @staticmethod
        def forward(ctx, x, y, n):
            seen.append(ctx.needs_input_grad)
            return x + y

        @staticmethod
        def backward(ctx, g):
            seen.append(ctx.needs_input_grad)
            return None, g, None

    Sum.apply(tg.ones(1), leaf(1.0, dtype=tg.float32), 3).backward()
    assert seen == [(False, True, False)] * 2


def test_its_node_is_named_after_it_and_leads_to_its_arguments():
    x = leaf(1.0)
    y = x * 2
    a, b = Polar.apply(y, x, 1.0)
    assert repr(a.grad_fn) == "<PolarBackward>"
    assert a.grad_fn is b.grad_fn
    assert a.grad_fn.next_functions == ((y.grad_fn, 0), (x, 0))
    assert (b * 1).grad_fn.next_functions[0] == (a.grad_fn, 1)


def test_forward_and_backward_run_without_recording():
    seen = []

    class Watching(Function):
        @staticmethod
        def forward(ctx, x):
            seen.append(tg.is_grad_enabled())
            return x * 1

        @staticmethod
        def backward(ctx, g):
            seen.append(tg.is_grad_enabled())
            return g

    x = leaf(1.0)
    Watching.apply(x).backward()
    grad(Watching.apply(x), x, create_graph=True)
    assert seen == [False, False, False, True]


def test_an_argument_that_is_returned_is_another_tensor_with_a_history_of_its_own():
    x = leaf(1.0)
    same = returning(lambda g: (g * 5, None))
    same.forward = staticmethod(lambda ctx, x, n: x)
    y = same.apply(x, 1)
    assert y is not x
    y.backward()
    assert x.grad.tolist() == [5.0]


def test_a_dirty_argument_goes_on_with_the_functions_history():
    x = leaf(1.0, 2.0)
    y = x * 3
    z = Doubled.apply(y)
    assert z is y
    assert y.grad_fn.name() == "DoubledBackward"
    y.sum().backward()
    assert x.grad.tolist() == [6.0, 6.0]


def test_a_dirty_view_hands_its_history_to_the_whole():
    x = leaf(1.0, 2.0)
    y = x * 3
    Doubled.apply(y[:1])
    assert y.tolist() == [6.0, 6.0]
    y.sum().backward()
    assert x.grad.tolist() == [6.0, 3.0]


def test_a_dirty_leaf_is_refused():
    with pytest.raises(RuntimeError, match="leaf Variable that requires grad has been used in an in-place operation"):
        Doubled.apply(leaf(1.0))


def test_what_is_dirty_must_be_returned():
    class Forgets(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.mark_dirty(x)
            return x * 2

    with pytest.raises(RuntimeError, match="not returned as output"):
        Forgets.apply(leaf(1.0) * 1)


def test_a_saved_tensor_that_was_overwritten_is_noticed_with_both_lines():
    x = leaf(1.0, 2.0)
    y = x * 2
    z = Cube.apply(y)  # this line saved y
    y.mul_(3)  # this line overwrote it
    with pytest.raises(RuntimeError, match="modified by an inplace operation") as caught:
        z.sum().backward()
    for part in ["CubeBackward", "z = Cube.apply(y)", "y.mul_(3)", "(2,)"]:
        assert part in str(caught.value)


def test_a_second_backward_through_saved_tensors_is_refused():
    y = Cube.apply(leaf(1.0))
    y.backward()
    with pytest.raises(RuntimeError, match="CubeBackward"):
        y.backward()


def test_only_tensors_can_be_saved():
    class Saves(Cube):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x, 3)
            return x

    with pytest.raises(TypeError, match="argument 1 is of type int"):
        Saves.apply(leaf(1.0))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda g: g, "OddBackward returned an incorrect number of gradients .expected 2, got 1"),
        (lambda g: (g, None, g), "expected 2, got 3"),
        (lambda g: (tg.ones(3), None), r"invalid gradient at index 0 - got \[3\]"),
        (lambda g: (tg.ones(1), None), r"invalid gradient at index 0 - got \[1\]"),
        (lambda g: (3.0, None), r"expected Variable or None \(got float\)"),
        (lambda g: (g, g), "different than None at position 2"),
    ],
)
def test_a_wrong_return_of_backward_is_refused_and_changes_no_gradient(make, message):
    x = leaf(1.0, 2.0)
    with pytest.raises(RuntimeError, match=message):
        (returning(make).apply(x, 2) + x).sum().backward()
    assert x.grad is None


def test_nones_too_many_are_let_pass_and_larger_gradients_summed():
    x = leaf(1.0, 2.0)
    returning(lambda g: (tg.ones(5, 2), None, None)).apply(x, 2).sum().backward()
    assert x.grad.tolist() == [5.0, 5.0]
    assert x.grad.dtype == tg.float64


def test_a_leaf_never_comes_to_hold_an_array_that_backward_returned():
    x = leaf(1.0, 2.0)
    kept = tg.ones(2, dtype=tg.float64)
    returning(lambda g: (kept, None)).apply(x, 2).sum().backward()
    assert not np.shares_memory(x.grad.numpy(), kept.numpy())


def test_once_differentiable_gives_gradients_without_a_history():
    class Once(Cube):
        @staticmethod
        @once_differentiable
        def backward(ctx, g):
            return g * 3 * ctx.saved_tensors[0] ** 2

    x = leaf(2.0)
    (found,) = grad(Once.apply(x), x, create_graph=True)
    assert found.tolist() == [12.0]
    assert not found.requires_grad


@pytest.mark.parametrize(
    ("run", "error", "message"),
    [
        (lambda: Cube(), RuntimeError, "Cube.apply"),
        (lambda: type("Bare", (Function,), {}).apply(leaf(1.0)), NotImplementedError, "forward function"),
    ],
)
def test_what_is_missing_is_said(run, error, message):
    with pytest.raises(error, match=message):
        run()


def test_a_function_without_backward_says_so_when_it_is_needed():
    class Half(Function):
        @staticmethod
        def forward(ctx, x):
            return x / 2

    with pytest.raises(NotImplementedError, match="backward"):
        Half.apply(leaf(1.0)).backward()


@pytest.mark.parametrize("backward", [False, True])
def test_its_memory_returns_without_the_garbage_collector(backward):
    x, y = leaf(1.0), leaf(2.0)
    gc.collect()
    gc.disable()
    try:
        e = Exp.apply(x)
        a, b = Polar.apply(e, y, 1.0)
        out = (a * b).sum()
        if backward:
            grad(out, [x, y], create_graph=True)
        watched = [weakref.ref(thing) for thing in (e, a, out, e.grad_fn, a.grad_fn, a.node)]
        del e, a, b, out
        assert [reference() for reference in watched] == [None] * 6
        assert gc.collect() == 0
    finally:
        gc.enable()
