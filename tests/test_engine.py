"""The walk back: what it accumulates, keeps, lets go and refuses."""

from __future__ import annotations

import copy
import gc
import pickle
import sys
import threading
import weakref
from pathlib import Path

import numpy as np
import pytest

import tinygrad_optim as tg
from tinygrad_optim.autograd import grad
from tinygrad_optim.engine import apply, topological_order, walk_back
from tinygrad_optim.op import Op
from tinygrad_optim.ops import arithmetic, linalg

PACKAGE = str(Path(tg.__file__).parent)


def leaf(*numbers, dtype=None):
    return tg.tensor(list(numbers), dtype=dtype, requires_grad=True)


# ---- accumulation ------------------------------------------------------------------------------------------


def test_gradients_add_up_over_backwards():
    x = leaf(1.0, 2.0)
    (x * 3).sum().backward()
    (x * x).sum().backward()
    assert x.grad.tolist() == [5.0, 7.0]  # 3 + 2x


def test_gradients_add_up_over_the_paths_of_one_graph():
    x = leaf(3.0)
    y = x * 2
    (y * y + y + x).sum().backward()
    assert x.grad.tolist() == [27.0]  # 8x + 2 + 1


def test_two_leaves_never_share_one_gradient_array():
    a, b = leaf(1.0, 2.0), leaf(3.0, 4.0)
    (a + b).sum().backward()
    assert not np.shares_memory(a.grad.numpy(), b.grad.numpy())
    a.grad.zero_()
    assert b.grad.tolist() == [1.0, 1.0]


def test_two_leaves_never_share_the_gradient_given_to_backward():
    a, b, given = leaf(1.0, 2.0), leaf(3.0, 4.0), tg.ones(2)
    (a + b).backward(given)
    arrays = [a.grad.numpy(), b.grad.numpy(), given.numpy()]
    assert not any(np.shares_memory(x, y) for i, x in enumerate(arrays) for y in arrays[:i])


def test_a_gradient_that_is_a_view_of_another_is_copied_at_the_leaf():
    a, b = leaf(1.0, 2.0), tg.tensor([[1.0], [2.0]], requires_grad=True)
    (a + b.reshape(2)).backward(tg.ones(2))
    assert not np.shares_memory(a.grad.numpy(), b.grad.numpy())


def test_the_second_backward_adds_to_the_same_array_and_not_to_what_was_taken_from_the_graph():
    x = leaf(1.0)
    x.sum().backward()
    first = x.grad
    x.sum().backward()
    assert x.grad is first
    assert first.tolist() == [2.0]


def test_a_gradient_that_was_expanded_is_an_array_one_can_write_to():
    x = leaf(1.0, 2.0)
    x.sum().backward()
    x.grad.numpy()[0] = 7.0
    assert x.grad.tolist() == [7.0, 1.0]


def test_backward_on_a_leaf_gives_it_a_gradient_of_one():
    x = tg.tensor(2.0, requires_grad=True)
    x.backward()
    assert x.grad.item() == 1.0


def test_what_needs_no_gradient_gets_none():
    x, c = leaf(1.0), tg.ones(1)
    (x * c).sum().backward()
    assert c.grad is None


def test_the_gradient_of_a_computed_tensor_is_asked_for_with_grad():
    x = leaf(2.0)
    y = x * x
    (found,) = grad((y * y).sum(), y)
    assert found.tolist() == [8.0]  # 2y
    assert x.grad is None


def test_grad_adds_up_over_several_outputs_with_their_weights():
    x = leaf(1.0, 2.0)
    (found,) = grad([x * 2, x * x], x, [tg.ones(2), tg.tensor([10.0, 100.0])])
    assert found.tolist() == [22.0, 402.0]  # 2 + weight * 2x


def test_an_output_named_twice_counts_twice():
    x = leaf(3.0)
    y = x * x
    assert grad([y, y], x)[0].tolist() == [12.0]  # 2 * 2x


def test_an_input_the_output_does_not_depend_on_is_an_error_unless_allowed():
    x, y = leaf(1.0), leaf(1.0)
    with pytest.raises(RuntimeError, match="not have been used in the graph: input 1"):
        grad((x * 2).sum(), (x, y))
    assert grad((x * 2).sum(), (x, y), allow_unused=True)[1] is None


def test_the_order_is_youngest_first_however_the_graph_was_walked():
    x = leaf(1.0)
    a = x * 2
    b = a * 3
    c = a + b
    assert topological_order([c.grad_fn]) == [c.grad_fn, b.grad_fn, a.grad_fn, x]


# ---- retain_graph, create_graph ----------------------------------------------------------------------------


def test_a_second_backward_through_a_freed_graph_is_refused_and_changes_nothing():
    x = leaf(1.0, 2.0)
    y = (x * x).sum()
    y.backward()
    with pytest.raises(RuntimeError, match="second time") as caught:
        y.backward()
    assert "SumBackward0" in str(caught.value)
    assert "y = (x * x).sum()" in str(caught.value)
    assert x.grad.tolist() == [2.0, 4.0]


def test_retain_graph_allows_any_number_of_backwards():
    x = leaf(1.0, 2.0)
    y = (x * x).sum()
    for _ in range(3):
        y.backward(retain_graph=True)
    assert x.grad.tolist() == [6.0, 12.0]


def test_a_node_that_kept_nothing_can_be_gone_through_again():
    x = leaf(1.0)
    y = x + 1
    y.backward()
    y.backward()
    assert x.grad.tolist() == [2.0]


def test_create_graph_gives_gradients_that_have_a_history():
    x = leaf(3.0)
    (first,) = grad((x**3).sum(), x, create_graph=True)
    (second,) = grad(first.sum(), x, create_graph=True)
    (third,) = grad(second.sum(), x)
    assert [g.tolist() for g in (first, second, third)] == [[27.0], [18.0], [6.0]]
    assert third.grad_fn is None


def test_backward_with_create_graph_leaves_gradients_that_can_be_gone_through():
    x = leaf(2.0)
    (x**3).sum().backward(create_graph=True)
    penalty = (x.grad * x.grad).sum()
    (found,) = grad(penalty, x)
    assert found.tolist() == [288.0]  # d(9x^4)/dx = 36 x^3
    x.grad = None  # a gradient with a history refers to its leaf


def test_without_create_graph_gradients_have_no_history():
    x = leaf(2.0)
    (x**3).sum().backward()
    assert x.grad.grad_fn is None
    assert not x.grad.requires_grad


def test_the_mode_is_restored_after_backward_even_after_an_error():
    x = leaf(2.0)
    y = (x * x).sum()
    y.backward()
    assert tg.is_grad_enabled()
    with pytest.raises(RuntimeError):
        y.backward(create_graph=False)
    assert tg.is_grad_enabled()
    with tg.no_grad():
        (tg.enable_grad()(lambda: x * x)()).backward(create_graph=True)
        assert not tg.is_grad_enabled()
    x.grad = None


# ---- no_grad and the others --------------------------------------------------------------------------------


def test_inside_no_grad_nothing_is_remembered():
    x = leaf(1.0)
    with tg.no_grad():
        y = x * 2
    assert not y.requires_grad
    assert y.grad_fn is None


def test_modes_nest_and_are_restored():
    seen = [tg.is_grad_enabled()]
    with tg.no_grad():
        seen.append(tg.is_grad_enabled())
        with tg.enable_grad():
            seen.append(tg.is_grad_enabled())
            with tg.set_grad_enabled(False):
                seen.append(tg.is_grad_enabled())
            seen.append(tg.is_grad_enabled())
        seen.append(tg.is_grad_enabled())
    assert [*seen, tg.is_grad_enabled()] == [True, False, True, False, True, False, True]


def test_a_mode_is_restored_when_its_block_fails():
    with pytest.raises(ZeroDivisionError), tg.no_grad():
        raise ZeroDivisionError
    assert tg.is_grad_enabled()


def test_one_object_may_be_entered_inside_itself():
    off = tg.no_grad()
    with off:
        with off:
            pass
        assert not tg.is_grad_enabled()
    assert tg.is_grad_enabled()


DECORATORS = {"bare": lambda: tg.no_grad, "called": lambda: tg.no_grad(), "set": lambda: tg.set_grad_enabled(False)}


@pytest.mark.parametrize("name", DECORATORS)
def test_as_a_decorator_it_holds_inside_the_function_alone(name):
    with tg.enable_grad():

        @DECORATORS[name]()
        def inside():
            """What it says."""
            return tg.is_grad_enabled()

        assert tg.is_grad_enabled()
        assert not inside()
        assert tg.is_grad_enabled()
        assert (inside.__name__, inside.__doc__) == ("inside", "What it says.")


def test_a_decorated_function_may_call_itself():
    @tg.no_grad()
    def down(n):
        return [tg.is_grad_enabled()] + (down(n - 1) if n else [])

    assert down(3) == [False] * 4
    assert tg.is_grad_enabled()


def test_set_grad_enabled_acts_from_the_call_on():
    try:
        tg.set_grad_enabled(False)
        assert not tg.is_grad_enabled()
    finally:
        tg.set_grad_enabled(True)
    assert tg.is_grad_enabled()


def test_each_thread_has_a_mode_of_its_own():
    seen = []

    def other():
        seen.append(tg.is_grad_enabled())
        tg.set_grad_enabled(False)

    with tg.no_grad():
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert seen == [True]
    assert tg.is_grad_enabled()


def test_a_thread_that_ends_with_its_switch_off_changes_nothing_for_the_others():
    x, found = tg.tensor([1.0], requires_grad=True), []

    def run(*work):
        thread = threading.Thread(target=lambda: [one() for one in work])
        thread.start()
        thread.join()

    run(lambda: tg.set_grad_enabled(False), lambda: found.append((x * 2).requires_grad))
    run(lambda: found.append((x * 2).requires_grad))  # which may well be given the first one's number
    assert [*found, (x * 2).requires_grad] == [False, True, True]


def test_threads_build_and_walk_graphs_at_the_same_time():
    found = {}

    def work(seed):
        x = leaf(float(seed))
        for _ in range(50):
            y = x
            for _ in range(20):
                y = y * 1.0 + x
            y.sum().backward()
        found[seed] = x.grad.tolist()

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {seed: [50 * 21.0] for seed in range(4)}


# ---- views and writes in place -----------------------------------------------------------------------------


def test_a_saved_value_that_was_overwritten_is_noticed_with_the_op_and_both_lines():
    x = leaf(1.0, 2.0)
    y = x * 2
    z = (y * y).sum()  # this line kept y
    y.mul_(3)  # this line overwrote it
    with pytest.raises(RuntimeError, match="modified by an inplace operation") as caught:
        z.backward()
    message = str(caught.value)
    for part in ["MulBackward0", "test_engine.py", "z = (y * y).sum()", "y.mul_(3)", "(2,)"]:
        assert part in message
    assert x.grad is None


def test_a_write_through_a_view_is_noticed_too():
    x = leaf(1.0, 2.0)
    c = tg.ones(2)
    z = (x * c).sum()
    c[:1].fill_(5.0)
    with pytest.raises(RuntimeError, match=r"c\[:1\]\.fill_"):
        z.backward()


def test_a_write_to_the_whole_is_noticed_by_who_kept_a_view():
    x = leaf(1.0, 2.0)
    c = tg.ones(4)
    z = (x * c.reshape(2, 2)[0]).sum()
    c[0] = 9.0
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        z.backward()


def test_a_write_through_detach_is_noticed():
    x = leaf(1.0, 2.0)
    z = x.exp()
    z.detach().zero_()
    with pytest.raises(RuntimeError, match="ExpBackward0"):
        z.sum().backward()


def test_a_write_to_a_parameter_by_an_optimizer_is_noticed():
    x = leaf(1.0, 2.0)
    z = (x * x).sum()
    x.write(np.zeros(2))
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        z.backward()


@pytest.mark.parametrize("reach", ["itself", "view", "view of a view", "detached", "copy"])
@pytest.mark.parametrize("keeps_its_result", [True, False])
def test_a_write_to_a_result_is_noticed_if_the_op_that_made_it_reads_it(reach, keeps_its_result):
    x = tg.tensor([0.5, 1.0], requires_grad=True)
    y = x.tanh() if keeps_its_result else x.sin()  # tanh' = 1 - tanh**2, sin' = cos of what was given
    reached = {
        "itself": lambda: y,
        "view": lambda: y[:1],
        "view of a view": lambda: y.reshape(2, 1)[1],
        "detached": y.detach,
        "copy": lambda: copy.copy(y.detach()),
    }[reach]()
    loss = y.sum()
    with tg.no_grad():
        reached.zero_()
    if keeps_its_result:
        with pytest.raises(RuntimeError, match="modified by an inplace operation: TanhBackward0"):
            loss.backward()
    else:
        loss.backward()
        assert x.grad.tolist() == pytest.approx(np.cos([0.5, 1.0]).tolist())


def test_a_write_to_what_no_rule_reads_is_allowed():
    x = leaf(1.0, 2.0)
    c = tg.ones(2)
    z = (x + c).sum()  # the derivative of a sum reads neither
    c.fill_(7.0)
    z.backward()
    assert x.grad.tolist() == [1.0, 1.0]


def test_a_write_before_the_value_was_kept_is_allowed():
    x = leaf(1.0, 2.0)
    c = tg.ones(2)
    c.fill_(7.0)
    (x * c).sum().backward()
    assert x.grad.tolist() == [7.0, 7.0]


def test_a_reshape_that_had_to_copy_shares_no_stamp():
    x = leaf(1.0, 2.0, 3.0, 4.0)
    c = tg.ones(2, 2)
    copied = c.t().reshape(4)
    z = (x * c.reshape(4)).sum()
    copied.fill_(5.0)
    z.backward()
    assert x.grad.tolist() == [1.0] * 4


def test_a_computed_tensor_written_in_place_goes_on_with_its_new_history():
    x = leaf(1.0, 2.0)
    y = x * 3
    y += x
    y[0] = 0.0
    y.sum().backward()
    assert x.grad.tolist() == [0.0, 4.0]


def test_inside_no_grad_a_leaf_may_be_written():
    x = leaf(1.0, 2.0)
    with tg.no_grad():
        x -= 0.5
    assert x.tolist() == [0.5, 1.5]
    assert x.is_leaf
    assert x.requires_grad


# ---- depth and memory --------------------------------------------------------------------------------------


def test_a_chain_of_a_million_nodes_goes_forward_and_back_and_away():
    gc.disable()  # it would look at all of them, again and again, and find nothing
    try:
        x = leaf(1.0)
        y = x
        for _ in range(1_000_000):
            y = y + 1.0
        y.backward()
        assert (y.item(), x.grad.item()) == (1_000_001.0, 1.0)
        last = weakref.ref(y.grad_fn)
        del y
        assert last() is None
    finally:
        gc.enable()


def test_a_long_chain_that_is_never_walked_goes_away_too():
    y = tg.tensor(1.0, requires_grad=True)
    for _ in range(50_000):
        y = y * 1.0
    last = weakref.ref(y.grad_fn)
    del y
    assert last() is None


def a_training_step(weight, bias):
    x = tg.ones(3, 2)
    out = (x @ weight + bias).relu().softmax(1)
    out = tg.cat([out, out[[0, 0]]]).transpose(0, 1).reshape(-1)
    out = (out / (1 + out.exp()) - out.max()) ** 2
    return out, out.mean()


@pytest.mark.parametrize("how", ["backward", "retained", "never walked", "refused"])
def test_memory_returns_without_the_garbage_collector(how):
    weight, bias = tg.ones(2, 2).requires_grad_(), tg.zeros(2).requires_grad_()
    a_training_step(weight, bias)[1].backward()  # what is made once, such as plans, is made
    gc.collect()
    gc.disable()
    try:
        out, loss = a_training_step(weight, bias)
        if how == "backward":
            loss.backward()
        elif how == "retained":
            loss.backward(retain_graph=True)
        elif how == "refused":
            loss.backward()
            with pytest.raises(RuntimeError):
                loss.backward()
        watched = [weakref.ref(thing) for thing in (out, loss, out.grad_fn, loss.grad_fn, out.grad_fn.parents[0])]
        del out, loss
        assert [reference() for reference in watched] == [None] * 5
        assert how == "refused" or gc.collect() == 0  # pytest.raises itself leaves a cycle
    finally:
        gc.enable()


def test_second_derivatives_return_their_memory_too():
    x = leaf(2.0)
    gc.collect()
    gc.disable()
    try:
        (first,) = grad((x**3).sum(), x, create_graph=True)
        (second,) = grad(first.sum(), x)
        watched = [weakref.ref(first), weakref.ref(first.grad_fn), weakref.ref(second)]
        del first, second
        assert [reference() for reference in watched] == [None] * 3
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_in_place_writes_leave_no_cycle():
    x = leaf(2.0)
    gc.collect()
    gc.disable()
    try:
        y = x * 2
        y *= x
        y[0] = 1.0
        watched = [weakref.ref(y), weakref.ref(y.grad_fn)]
        del y
        assert [reference() for reference in watched] == [None] * 2
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_what_was_kept_is_let_go_by_backward():
    x = leaf(1.0, 2.0)
    middle = x * 2
    kept = weakref.ref(middle.array)
    out = (middle * middle).sum()
    del middle
    assert kept() is not None
    out.backward()
    assert kept() is None


def test_a_node_keeps_only_what_its_rules_read():
    x, c = leaf(1.0, 2.0), tg.ones(2)
    c_array = weakref.ref(c.array)
    y = x + c
    del c
    assert c_array() is None
    assert y.grad_fn.kept == ()


# ---- types -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [tg.float16, tg.float32, tg.float64])
def test_results_gradients_and_what_is_kept_stay_in_their_type(dtype):
    x = tg.tensor([[0.5, 1.5], [2.5, 0.25]], dtype=dtype, requires_grad=True)
    outs = [
        x + 1, 2 - x, x * 2.5, x / 3, 1 / x, -x, x**2, x**3, x**0.5, x**-1, x**1.7, 2**x, x**x, x.exp(), x.log(),
        x.sqrt(), x.tanh(), x.sigmoid(), x.relu(), x.abs(), x.sign(), x.square(), x.sum(), x.sum(0), x.mean(),
        x.mean((0, 1)), x.max(), x.amax(1), x.max(0).values, x.softmax(0), x.log_softmax(1), x @ x, x @ x[0], x[0],
        x[[0, 0]], x.reshape(4), x.t(), tg.cat([x, x]), tg.where(x > 1, x, 0.0), tg.maximum(x, x), x.clone(),
        x * np.float64(2.0), np.float64(2.0) * x, x * tg.tensor(2.0, dtype=tg.float64), x + np.float64(1),
    ]  # fmt: skip
    for out in outs:
        assert out.dtype == dtype
        for kept in out.grad_fn.kept:
            assert not isinstance(kept, np.ndarray) or kept.dtype in (
                dtype,
                tg.bool,
                tg.int64,
                tg.float64 if kept.ndim == 0 else dtype,
            )
        (found,) = grad(out, x, tg.ones_like(out), create_graph=True)
        assert found.dtype == dtype, out.grad_fn
        if found.requires_grad:
            (second,) = grad(found, x, tg.ones_like(found), allow_unused=True)
            assert second is None or second.dtype == dtype, out.grad_fn


def test_the_default_type_may_be_float64():
    tg.set_default_dtype(tg.float64)
    try:
        assert tg.tensor([1.0]).dtype == tg.float64
        assert (tg.tensor([1]) * 0.5).dtype == tg.float64
    finally:
        tg.set_default_dtype(tg.float32)


# ---- failed calls ------------------------------------------------------------------------------------------


def doubled_forward(x):
    return x * 2


def doubled_vjp_x(g):
    raise ZeroDivisionError("a rule that fails")


def widened_forward(x):
    return x * 2


def widened_vjp_x(g):
    return g.astype("float64")


def misshaped_forward(x):
    return x * 2


def misshaped_vjp_x(g):
    return np.zeros(7, g.dtype)


FAILS, WIDENS, MISSHAPES = (
    Op(doubled_forward, doubled_vjp_x),
    Op(widened_forward, widened_vjp_x),
    Op(misshaped_forward, misshaped_vjp_x),
)


@pytest.mark.parametrize(
    ("op", "error", "message"),
    [
        (FAILS, ZeroDivisionError, "a rule that fails"),
        (WIDENS, RuntimeError, "a gradient of type float64 arrived at a leaf tensor of shape"),
        (MISSHAPES, RuntimeError, r"rule of misshaped returned a gradient of shape \(7,\) for a value of shape \(2,\)"),
    ],
    ids=["fails", "widens", "misshapes"],
)
def test_a_rule_that_fails_changes_no_gradient(op, error, message):
    good, bad = leaf(1.0, 2.0), leaf(1.0, 2.0)
    good.grad = tg.tensor([5.0, 5.0])
    out = (apply(op, bad) + good * 3).sum()
    with pytest.raises(error, match=message):
        out.backward()
    assert good.grad.tolist() == [5.0, 5.0]
    assert bad.grad is None
    assert tg.is_grad_enabled()


def test_a_rule_for_no_argument_is_refused_when_the_op_is_declared():
    def twice_forward(x):
        return x * 2

    def twice_vjp_z(g):
        return g * 2

    with pytest.raises(TypeError, match="no argument of"):
        Op(twice_forward, twice_vjp_z)


def test_an_op_of_any_number_of_tensors_has_not_a_plan_for_each_number():
    def stacked(count):
        return tg.stack([leaf(1.0) for _ in range(count)])

    op = stacked(30).grad_fn.op
    before = dict(op.plans)
    for count in (40, 50, 1000):
        out = stacked(count)
        out.sum().backward()
    assert op.plans == before
    assert all(kinds < 3**22 for kinds in op.plans)  # and what names it grows with none of them


def test_a_view_whose_rule_reads_its_result_is_refused_when_the_op_is_declared():
    def part_forward(x):
        return x[:1]

    def part_vjp_x(g, out):
        return g * out

    with pytest.raises(TypeError, match="part: a view's rule cannot read `out`"):
        Op(part_forward, part_vjp_x, view=True)


def test_an_argument_without_a_rule_may_not_require_a_gradient():
    def scaled_forward(x, scale):
        return x * scale

    def scaled_vjp_x(g, scale):
        return g * scale

    scaled = Op(scaled_forward, scaled_vjp_x)
    with pytest.raises(RuntimeError, match="derivative of scaled with respect to 'scale' is not implemented"):
        apply(scaled, leaf(1.0), leaf(2.0))
    apply(scaled, leaf(1.0), tg.tensor([2.0])).backward()


def test_a_gradient_given_to_backward_is_left_alone():
    x, given = leaf(1.0, 2.0), tg.tensor([3.0, 4.0])
    y = x * 1
    y.backward(given, retain_graph=True)
    y.backward(given)
    assert given.tolist() == [3.0, 4.0]
    assert x.grad.tolist() == [6.0, 8.0]


def test_the_walk_writes_nothing_to_the_leaves():
    x = leaf(1.0)
    y = x * 2
    arrived = walk_back([y.grad_fn], [np.ones(1, "float32")])
    assert x.grad is None
    assert arrived[x].tolist() == [2.0]


# ---- frames ------------------------------------------------------------------------------------------------


def package_frames_to(function, run):
    """The most frames of the package, the last included, that stood between run() and a call of `function`."""
    most = 0

    def watch(frame, event, arg):
        nonlocal most
        if event == "call" and frame.f_code is function.__code__:
            depth = 0
            while frame is not None:
                depth += frame.f_code.co_filename.startswith(PACKAGE)
                frame = frame.f_back
            most = max(most, depth)

    sys.setprofile(watch)
    try:
        run()
    finally:
        sys.setprofile(None)
    return most


x32 = tg.ones(2, 2).requires_grad_()
FORWARD = {
    "an operator": (arithmetic.mul_forward, lambda: x32 * x32),
    "an operator and a number": (arithmetic.mul_forward, lambda: x32 * 2.0),
    "a power": (arithmetic.pow_forward, lambda: x32**2),
    "a function": (arithmetic.add_forward, lambda: tg.add(x32, x32)),
    "a method": (arithmetic.add_forward, lambda: x32.add(x32)),
    "a matrix product": (linalg.matmul_forward, lambda: x32 @ x32),
}


@pytest.mark.parametrize("name", FORWARD)
def test_from_the_program_to_the_arithmetic_there_are_at_most_four_frames(name):
    function, run = FORWARD[name]
    assert 1 <= package_frames_to(function, run) <= 4


BACKWARD = {
    "a product": (arithmetic.mul_vjp_x, lambda: x32 * x32),
    "a power": (arithmetic.pow_vjp_x, lambda: x32**2),
    "a matrix product": (linalg.matmul_vjp_y, lambda: x32 @ x32),
}


@pytest.mark.parametrize("name", BACKWARD)
def test_from_the_program_to_a_derivative_there_are_at_most_three_frames(name):
    function, run = BACKWARD[name]
    out = run().sum()
    assert 1 <= package_frames_to(function, out.backward) <= 3


# ---- letting go of a history -----------------------------------------------------------------------------------


def test_detach_in_place_makes_a_leaf_that_wants_no_gradient_as_in_pytorch():
    x = tg.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    z = y * 2
    assert y.detach_() is y
    assert (y.requires_grad, y.grad_fn, y.is_leaf) == (False, None, True)
    z.sum().backward()  # what was computed before keeps its history
    assert x.grad.tolist() == [6.0, 6.0]
    assert not x.detach_().requires_grad
    with pytest.raises(RuntimeError, match=r"Can't detach views in-place.*\(2,\)"):
        (x * 3).view(2).detach_()


def test_truncated_training_with_detach_in_place_is_no_mistake():
    tg.manual_seed(0)
    cell, h = tg.nn.RNNCell(2, 3), tg.zeros(1, 3)
    optimizer = tg.optim.SGD(cell.parameters(), lr=0.1)
    with tg.mistakes.strict():
        for _ in range(4):
            h = cell(tg.ones(1, 2), h)
            loss = h.square().sum()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            h.detach_()


@pytest.mark.parametrize("kind", [tg.nn.Parameter, lambda t: t.requires_grad_()])
def test_a_copy_shares_the_memory_and_a_pickle_does_not_and_neither_has_the_gradient(kind):
    x = kind(tg.tensor([1.0, 2.0]))
    (x * 3).sum().backward()
    for other, shares in ((copy.copy(x), True), (pickle.loads(pickle.dumps(x)), False)):
        assert type(other) is type(x)
        assert (other.grad, other.requires_grad, other.tolist()) == (None, True, [1.0, 2.0])
        assert (other.data_ptr() == x.data_ptr()) is shares


def test_a_write_to_a_copy_is_noticed_by_what_its_tensor_was_kept_for():
    x = tg.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    with tg.no_grad():
        copy.copy(x).mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


def test_a_computed_tensor_is_pickled_and_copied_as_a_leaf_as_in_pytorch():
    y = tg.tensor([1.0], requires_grad=True) * 3
    for other in (copy.copy(y), pickle.loads(pickle.dumps(y))):
        assert (other.requires_grad, other.grad_fn, other.tolist()) == (True, None, [3.0])
