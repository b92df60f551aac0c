"""Hooks on gradients: of tensors, of nodes, and after accumulation; retained gradients."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest

import tinygrad_optim as tg
from tinygrad_optim.autograd import backward, grad


def leaf(*numbers):
    return tg.tensor(list(numbers), requires_grad=True)


def test_a_hook_sees_the_whole_gradient_once_and_may_replace_it():
    x, seen = leaf(1.0, 2.0), []
    y = x * 2
    y.register_hook(lambda g: seen.append(g.tolist()))
    y.register_hook(lambda g: g * 10)
    y.register_hook(lambda g: seen.append(g.tolist()))
    (y + y * 2).sum().backward()
    assert seen == [[3.0, 3.0], [30.0, 30.0]]
    assert x.grad.tolist() == [60.0, 60.0]


def test_a_leafs_hook_changes_what_is_accumulated_and_what_grad_returns():
    x = leaf(1.0)
    x.register_hook(lambda g: g * 7)
    (x * 2).backward()
    assert x.grad.tolist() == [14.0]
    assert grad(x * 2 + x, x)[0].tolist() == [21.0]


def test_a_handle_takes_its_hook_off():
    x, seen = leaf(1.0), []
    y = x * 2
    handle = y.register_hook(lambda g: seen.append(1))
    y.register_hook(lambda g: seen.append(2))
    handle.remove()
    y.backward()
    assert seen == [2]


def test_a_hook_set_before_a_write_gets_the_gradient_of_the_old_numbers():
    x, seen = leaf(1.0), []
    y = x * 2
    y.register_hook(lambda g: seen.append(("old", g.item())))
    y.mul_(3)
    y.register_hook(lambda g: seen.append(("new", g.item())))
    y.backward()
    assert seen == [("new", 1.0), ("old", 3.0)]


def test_a_hook_is_part_of_the_graph_under_create_graph():
    x = leaf(2.0)
    y = x * x
    y.register_hook(lambda g: g * g)
    (first,) = grad(y * 3, x, create_graph=True)  # 9 * 2x
    assert first.tolist() == [36.0]
    assert grad(first, x)[0].tolist() == [18.0]


def test_hooks_off_the_way_to_what_is_wanted_are_not_called():
    x, w, seen = leaf(1.0), leaf(2.0), []
    b = w * 3
    b.register_hook(seen.append)
    grad(x * 2 + b, x)
    assert seen == []


@pytest.mark.parametrize("on", ["leaf", "inner"])
@pytest.mark.parametrize(
    ("returned", "error", "message"),
    [
        ("a", TypeError, "expected Variable, but hook returned 'str'"),
        (tg.ones(3), RuntimeError, "changed the size of value"),
        (tg.ones(1), RuntimeError, "changed the size of value"),
        (tg.ones(2, dtype=tg.float64), RuntimeError, "changed the type of value"),
    ],
)
def test_a_hook_that_returns_something_else_is_refused_and_nothing_is_accumulated(on, returned, error, message):
    x, w = leaf(1.0, 2.0), leaf(1.0, 1.0)
    y = x * 2
    (x if on == "leaf" else y).register_hook(lambda g: returned)
    with pytest.raises(error, match=message):
        (w + y).sum().backward()
    assert x.grad is None
    assert w.grad is None


def test_what_a_hook_returned_is_never_a_leafs_own_array():
    x, kept = leaf(1.0), tg.ones(1)
    x.register_hook(lambda g: kept)
    (x * 2).backward()
    assert not np.shares_memory(x.grad.numpy(), kept.numpy())


def test_a_tensor_without_gradient_takes_no_hook():
    for register in ("register_hook", "register_post_accumulate_grad_hook"):
        with pytest.raises(RuntimeError, match="requires_grad=False"):
            getattr(tg.ones(1), register)(print)
    with pytest.raises(TypeError, match="must be callable"):
        leaf(1.0).register_hook(3)


def test_the_hook_after_accumulation_sees_grad_and_is_not_called_by_grad():
    x, seen = leaf(1.0), []
    x.register_post_accumulate_grad_hook(lambda p: seen.append((p is x, p.grad.item())))
    x.register_hook(lambda g: g * 2)
    (x * 3).backward()
    grad(x * 3, x)
    (x * 1).backward()
    assert seen == [(True, 6.0), (True, 8.0)]
    with pytest.raises(RuntimeError, match="non-leaf"):
        (x * 3).register_post_accumulate_grad_hook(print)


# ---- nodes -------------------------------------------------------------------------------------------------


def test_a_nodes_hooks_see_what_comes_and_what_goes():
    x, seen = leaf(3.0), []
    y = x * 2
    y.register_hook(lambda g: seen.append("tensor"))
    y.grad_fn.register_prehook(lambda outputs: seen.append([g.item() for g in outputs]))
    y.grad_fn.register_hook(lambda inputs, outputs: seen.append([inputs[0].item(), inputs[1], outputs[0].item()]))
    y.backward()
    assert seen == ["tensor", [1.0], [2.0, None, 1.0]]


def test_a_nodes_hooks_may_replace_them():
    x = leaf(3.0)
    y = x * 2
    y.grad_fn.register_prehook(lambda outputs: (outputs[0] * 10,))
    y.grad_fn.register_hook(lambda inputs, outputs: (inputs[0] + 1, None))
    y.backward()
    assert x.grad.tolist() == [21.0]


def test_a_nodes_hook_must_return_as_many():
    x = leaf(3.0)
    y = x * 2
    handle = y.grad_fn.register_hook(lambda inputs, outputs: (inputs[0],))
    with pytest.raises(RuntimeError, match="got 1, but expected 2"):
        y.backward(retain_graph=True)
    handle.remove()
    y.grad_fn.register_prehook(lambda outputs: outputs[0])
    with pytest.raises(TypeError, match="expected tuple"):
        y.backward()


# ---- retain_grad, inputs=, versions ------------------------------------------------------------------------


def test_a_computed_tensor_retains_its_gradient_if_asked_to():
    x = leaf(1.0, 2.0)
    y = x * 2
    assert not y.retains_grad
    y.retain_grad()
    assert y.retains_grad
    (y * 5).sum().backward(retain_graph=True)
    (y * 5).sum().backward()
    assert y.grad.tolist() == [10.0, 10.0]
    x.retain_grad()
    assert not x.retains_grad


def test_after_a_write_it_retains_that_of_the_new_numbers():
    x = leaf(1.0, 2.0)
    y = x * 2
    view = y[0]
    y.retain_grad()
    view.retain_grad()
    y.mul_(3)
    (y * 5).sum().backward(retain_graph=True)
    assert y.grad.tolist() == [5.0, 5.0]
    (view * 4).backward()
    assert view.grad.item() == 4.0
    assert x.grad.tolist() == [30.0 + 24.0, 30.0]


def test_a_tensor_without_gradient_cannot_retain_one():
    with pytest.raises(RuntimeError, match="retain_grad"):
        tg.ones(1).retain_grad()


def test_backward_to_inputs_leaves_other_leaves_alone():
    x, w = leaf(1.0), leaf(2.0)
    a = x * 3
    (a * w).backward(inputs=[x, a])
    assert (x.grad.item(), a.grad.item(), w.grad) == (6.0, 2.0, None)
    with pytest.raises(RuntimeError, match="cannot be empty"):
        (x * 1).backward(inputs=[])


def test_backward_of_several_tensors_is_one_walk():
    x = leaf(1.0, 2.0)
    y = x * x
    backward([y.sum(), y * 1], [None, tg.tensor([10.0, 100.0])])
    assert x.grad.tolist() == [22.0, 404.0]


def test_unused_inputs_may_have_zeros():
    x, w = leaf(1.0), leaf(2.0, 3.0)
    assert [g.tolist() for g in grad(x * 2, [x, w], materialize_grads=True)] == [[2.0], [0.0, 0.0]]
    with pytest.raises(ValueError, match="allow_unused"):
        grad(x * 2, [x, w], materialize_grads=True, allow_unused=False)


def test_the_version_counts_writes_and_is_shared_by_views_and_detached_tensors():
    x = tg.ones(3)
    x.add_(1)
    x[0] = 5.0
    assert (x._version, x.detach()._version, x[1:]._version, x.data._version) == (2, 2, 2, 0)


@pytest.mark.parametrize("walked", [False, True])
def test_hooks_leave_no_cycle(walked):
    x = leaf(1.0)
    gc.collect()
    gc.disable()
    try:
        y = x * 2
        y.register_hook(lambda g: g * 2)
        y.retain_grad()
        y.grad_fn.register_hook(lambda inputs, outputs: None)
        z = y * 3
        if walked:
            z.backward()
        watched = [weakref.ref(thing) for thing in (y, z, y.grad_fn)]
        del y, z
        assert [reference() for reference in watched] == [None] * 3
        assert gc.collect() == 0
    finally:
        gc.enable()
