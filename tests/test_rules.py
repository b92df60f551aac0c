"""The rules of SGD and Adam: two steps worked by hand for each option, and what makes them rules.

`trajectory` steps one parameter that starts at 1 through given gradients, and returns where it went.
"""

from __future__ import annotations

import ast
import inspect
import sys

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.extra import numpy as hnp

import tinygrad_optim as torch
from tinygrad_optim import Value, optim
from tinygrad_optim.optim.adam import adam
from tinygrad_optim.optim.optimizer import Optimizer
from tinygrad_optim.optim.sgd import sgd

SGD = dict(lr=0.5, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False, maximize=False)
ADAM = dict(
    lr=0.5, betas=(0.5, 0.75), eps=0.0, weight_decay=0.0, amsgrad=False, maximize=False, decoupled_weight_decay=False
)


def trajectory(kind, gradients, **options):
    a = torch.tensor([1.0], dtype=torch.float64, requires_grad=True)
    optimizer = kind([a], **options)
    path = []
    for gradient in gradients:
        a.grad = torch.tensor([gradient], dtype=torch.float64)
        optimizer.step()
        path.append(a.item())
    return path


# --- SGD, two steps by hand; the gradients are 1, then 2, lr = 1/2 ----------------------------------------------------


def test_sgd_subtracts_lr_times_the_gradient():
    # 1 - 1/2 = 1/2; 1/2 - 1 = -1/2.
    assert trajectory(optim.SGD, [1, 2], lr=0.5) == [0.5, -0.5]


def test_sgd_with_momentum():
    # v = 1, p = 1/2; v = 1/2 * 1 + 2 = 5/2, p = 1/2 - 5/4 = -3/4.
    assert trajectory(optim.SGD, [1, 2], lr=0.5, momentum=0.5) == [0.5, -0.75]


def test_sgd_with_nesterov_momentum():
    # v = 1, g + v/2 = 3/2, p = 1/4; v = 1/2 + 2 = 5/2, g + v/2 = 13/4, p = 1/4 - 13/8 = -11/8.
    assert trajectory(optim.SGD, [1, 2], lr=0.5, momentum=0.5, nesterov=True) == [0.25, -1.375]


def test_sgd_with_dampening_spares_the_first_gradient():
    # v = 1 (not 3/4), p = 1/2; v = 1/2 + 3/4 * 2 = 2, p = -1/2.
    assert trajectory(optim.SGD, [1, 2], lr=0.5, momentum=0.5, dampening=0.25) == [0.5, -0.5]


def test_sgd_with_dampening_but_no_momentum_ignores_it():
    assert trajectory(optim.SGD, [1, 2], lr=0.5, dampening=0.25) == [0.5, -0.5]


def test_sgd_with_weight_decay():
    # g = 1 + 1/4 = 5/4, p = 3/8; g = 2 + 3/32 = 67/32, p = 3/8 - 67/64 = -43/64.
    assert trajectory(optim.SGD, [1, 2], lr=0.5, weight_decay=0.25) == [0.375, -0.671875]


def test_sgd_puts_the_decay_into_the_velocity():
    # g = 5/4 = v, p = 3/8; g = 2 + 3/32 = 67/32, v = 5/8 + 67/32 = 87/32, p = 3/8 - 87/64 = -63/64.
    assert trajectory(optim.SGD, [1, 2], lr=0.5, momentum=0.5, weight_decay=0.25) == [0.375, -0.984375]


def test_sgd_that_maximizes_turns_the_gradient_but_not_the_decay():
    # g = -1 + 1/4 = -3/4, p = 11/8; g = -2 + 11/32 = -53/32, p = 11/8 + 53/64 = 141/64.
    assert trajectory(optim.SGD, [1, 2], lr=0.5, weight_decay=0.25, maximize=True) == [1.375, 2.203125]


def test_sgd_with_all_options():
    # g = -1 + 1/4 = -3/4, v = -3/4, g + v/2 = -9/8, p = 25/16;
    # g = -2 + 25/64 = -103/64, v = -3/8 - 103/64 = -127/64, g + v/2 = -333/128, p = 25/16 + 333/256 = 733/256.
    options = dict(lr=0.5, momentum=0.5, weight_decay=0.25, nesterov=True, maximize=True)
    assert trajectory(optim.SGD, [1, 2], **options) == [1.5625, 2.86328125]


# --- Adam, two steps by hand; the gradients are 2, then 1, lr = 1/2, betas = (1/2, 3/4), eps = 0 --------------------


def adam_path(gradients=(2, 1), **options):
    return trajectory(optim.Adam, gradients, **{**dict(lr=0.5, betas=(0.5, 0.75), eps=0.0), **options})


def test_adam_corrects_both_means_for_their_zero_start():
    # m = 1, m_hat = 1/(1/2) = 2; v = 1, v_hat = 1/(1/4) = 4: p = 1 - 1/2 * 2/2 = 1/2.
    # m = 1, m_hat = 1/(3/4) = 4/3; v = 3/4 + 1/4 = 1, v_hat = 1/(7/16) = 16/7: p = 1/2 - 1/2 * (4/3)/(4/sqrt(7)).
    assert adam_path() == pytest.approx([0.5, 0.5 - 7**0.5 / 6], rel=1e-14)


def test_adam_adds_eps_to_the_root():
    # The first step is lr * 2 / (2 + 2) = 1/4.
    assert adam_path([2], eps=2.0) == pytest.approx([0.75], rel=1e-14)


def test_adam_with_amsgrad_divides_by_the_largest_mean_of_squares():
    # v = 1, then with g = 0: v = 3/4, the largest stays 1, v_hat = 16/7; m = 1/2, m_hat = 2/3.
    # p = 1/2 - 1/2 * (2/3) * sqrt(7)/4; without amsgrad v_hat = 12/7 and p = 1/2 - 1/3 * sqrt(7/12).
    assert adam_path([2, 0], amsgrad=True) == pytest.approx([0.5, 0.5 - 7**0.5 / 12], rel=1e-14)
    assert adam_path([2, 0]) == pytest.approx([0.5, 0.5 - (7 / 12) ** 0.5 / 3], rel=1e-14)


def test_adam_with_weight_decay_decays_through_the_gradient():
    # g = 2 + 1 * 1 = 3: the first step is still lr, whatever g is: p = 1/2. Then g = 1 + 1/2 = 3/2:
    # m = 3/4 + 3/4 = 3/2, m_hat = 2; v = 3/4 * 9/4 + 1/4 * 9/4 = 9/4, v_hat = 36/7: p = 1/2 - 1/2 * 2 * sqrt(7)/6.
    assert adam_path(weight_decay=1.0) == pytest.approx([0.5, 0.5 - 7**0.5 / 6], rel=1e-14)


def test_adam_with_decoupled_weight_decay_shrinks_the_parameter_itself():
    # p = 1 * (1 - 1/2 * 1/4) = 7/8, less 1/2: 3/8. Then 3/8 * 7/8 = 21/64, less sqrt(7)/6.
    path = adam_path(weight_decay=0.25, decoupled_weight_decay=True)
    assert path == pytest.approx([0.375, 0.328125 - 7**0.5 / 6], rel=1e-14)


def test_adam_that_maximizes_goes_the_other_way():
    assert adam_path(maximize=True) == pytest.approx([1.5, 1.5 + 7**0.5 / 6], rel=1e-14)


def test_adam_with_decoupled_decay_and_amsgrad_and_maximize():
    # 7/8 + 1/2 = 11/8; g = 0: 11/8 * 7/8 = 77/64, plus sqrt(7)/12.
    path = adam_path([2, 0], weight_decay=0.25, decoupled_weight_decay=True, amsgrad=True, maximize=True)
    assert path == pytest.approx([1.375, 1.203125 + 7**0.5 / 12], rel=1e-14)


# --- a rule is elementwise, and pure ----------------------------------------------------------------------------------

dtypes = st.sampled_from([np.float32, np.float64])
numbers = st.floats(0, 2, width=32)
sgd_options = st.fixed_dictionaries(
    dict(
        lr=numbers,
        momentum=st.sampled_from([0.0, 0.9]),
        dampening=st.sampled_from([0.0, 0.3]),
        weight_decay=st.sampled_from([0.0, 0.01]),
        nesterov=st.booleans(),
        maximize=st.booleans(),
    )
)
adam_options = st.fixed_dictionaries(
    dict(
        step=st.integers(1, 50).map(float),
        lr=numbers,
        betas=st.tuples(st.sampled_from([0.0, 0.9]), st.sampled_from([0.0, 0.999])),
        eps=st.sampled_from([1e-8, 1e-3]),
        weight_decay=st.sampled_from([0.0, 0.01]),
        amsgrad=st.booleans(),
        maximize=st.booleans(),
        decoupled_weight_decay=st.booleans(),
    )
)


@st.composite
def arrays(draw, rule):
    """What a rule takes besides options: p, g and state, each an array (or, where that is allowed, no state yet)."""
    size, dtype = draw(st.integers(0, 9)), draw(dtypes)
    elements = st.floats(-1e3, 1e3, width=32)
    names = [p.name for p in inspect.signature(rule).parameters.values() if p.kind is not p.KEYWORD_ONLY]
    values = []
    for name in names:
        value = draw(hnp.arrays(dtype, size, elements=elements))
        absent = name in ("momentum_buffer", "max_exp_avg_sq") and draw(st.booleans())
        values.append(None if absent else np.abs(value) if name.endswith("_sq") else value)
    return values


def bits(results):
    return [None if r is None else (r.dtype.str, r.tobytes()) for r in results]


def check_laid_end_to_end(rule, ours, options, data):
    theirs = [
        None if v is None else np.array(data.draw(hnp.arrays(v.dtype, 3, elements=st.floats(0, 9)))) for v in ours
    ]
    together = [None if v is None else np.concatenate([v, w]) for v, w in zip(ours, theirs)]
    apart = zip(rule(*ours, **options), rule(*theirs, **options))
    assert bits(rule(*together, **options)) == bits(None if a is None else np.concatenate([a, b]) for a, b in apart)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(arrays(sgd), sgd_options, st.data())
def test_sgd_on_two_parameters_laid_end_to_end_is_bitwise_what_it_is_on_each(values, options, data):
    check_laid_end_to_end(sgd, values, options, data)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(arrays(adam), adam_options, st.data())
def test_adam_on_two_parameters_laid_end_to_end_is_bitwise_what_it_is_on_each(values, options, data):
    check_laid_end_to_end(adam, values, options, data)


def check_pure(rule, values, options):
    before = bits(values)
    for value in values:
        if value is not None:
            value.flags.writeable = False
    first, second = rule(*values, **options), rule(*values, **options)
    assert bits(values) == before
    assert bits(first) == bits(second)
    assert {r.dtype for r in first if r is not None} == {values[0].dtype}


@settings(max_examples=60, deadline=None, derandomize=True)
@given(arrays(sgd), sgd_options)
def test_sgd_writes_none_of_its_inputs_and_keeps_their_type(values, options):
    check_pure(sgd, values, options)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(arrays(adam), adam_options)
def test_adam_writes_none_of_its_inputs_and_keeps_their_type(values, options):
    check_pure(adam, values, options)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(sgd_options, st.lists(st.floats(-9, 9), min_size=1, max_size=4))
def test_sgd_on_python_floats_gives_what_it_gives_on_float64_arrays(options, gradients):
    p, v, a, b = 0.7, None, np.array(0.7), None
    for g in gradients:
        p, v = sgd(p, g, v, **options)
        a, b = sgd(a, np.array(g), b, **options)
    assert (p, v) == (float(a), None if b is None else float(b))


@pytest.mark.parametrize("rule", [sgd, adam])
def test_a_rule_keeps_nothing_between_calls(rule):
    assert rule.__closure__ is None
    assert rule.__defaults__ is None
    assert rule.__kwdefaults__ is None
    assert all(
        kind in (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
        for kind in (p.kind for p in inspect.signature(rule).parameters.values())
    )


# --- from step() to the rule ------------------------------------------------------------------------------------------


def callers_of(rule, act):
    """The functions between act() and each call of the rule, innermost first, as a profiler sees them."""
    found = []

    def profiler(frame, event, arg):
        if event == "call" and frame.f_code is rule.__code__:
            between, frame = [], frame.f_back
            while frame.f_code is not act.__code__:
                between.append(frame.f_code)
                frame = frame.f_back
            found.append(between)

    sys.setprofile(profiler)
    try:
        act()
    finally:
        sys.setprofile(None)
    return found


@pytest.mark.parametrize(("kind", "rule"), [(optim.SGD, sgd), (optim.Adam, adam)])
@pytest.mark.parametrize("of", ["tensors", "values"])
def test_step_calls_the_rule_itself_with_nothing_between(kind, rule, of):
    if of == "tensors":
        parameters = [torch.ones(2, requires_grad=True) for _ in range(3)]
        for p in parameters:
            p.grad = torch.ones(2)
    else:
        parameters = [Value(1.0) for _ in range(3)]
        for p in parameters:
            p.grad = 1.0
    optimizer = kind([{"params": parameters[:1]}, {"params": parameters[1:]}], lr=0.1)

    def act():
        optimizer.step()

    assert callers_of(rule, act) == [[Optimizer.step.__code__]] * 3


@pytest.mark.parametrize("rule", [sgd, adam])
def test_a_rule_is_straight_maths_without_loops_or_writing_in_place(rule):
    kinds = {type(part) for part in ast.walk(ast.parse(inspect.getsource(rule)))}
    assert kinds.isdisjoint({ast.For, ast.While, ast.AugAssign, ast.Subscript, ast.Attribute, ast.Lambda, ast.Try})


# --- a rule that does not return a tuple ------------------------------------------------------------------------------


class WithoutComma(Optimizer):
    """Its rule returns the new parameter where a tuple with it should be."""

    def rule(p, g, *, lr):
        return p - lr * g

    rule = staticmethod(rule)

    def __init__(self, params, lr=0.5, foreach=None, differentiable=False):
        super().__init__(params, {"lr": lr, "foreach": foreach, "differentiable": differentiable})


@pytest.mark.parametrize("options", [{}, {"foreach": True}, {"differentiable": True}], ids=str)
@pytest.mark.parametrize("shape", [(1,), (2,), (2, 3), (200_000,)], ids=str)
def test_an_array_returned_without_a_tuple_round_it_is_refused_and_nothing_moves(options, shape):
    # Unpacked, [0.5, 1.5] would be the new parameter 0.5, for all its elements, and a state 1.5.
    a = torch.ones(shape, dtype=torch.float64)
    a.grad = torch.from_numpy(np.arange(float(a.numel())).reshape(shape))
    with pytest.raises(TypeError, match=r"must return a tuple, \(new p,\)"):
        WithoutComma([a], **options).step()
    assert a.eq(1).all()


def test_a_rule_that_forgets_its_state_is_refused():
    class Forgetful(Optimizer):
        rule = staticmethod(lambda p, g, velocity, *, lr: (p - lr * g,))

        def __init__(self, params, lr=0.5):
            super().__init__(params, {"lr": lr})

    a = torch.ones(2)
    a.grad = torch.ones(2)
    with pytest.raises(TypeError, match=r"\(new p, new velocity,\).* returned 1 things"):
        Forgetful([a]).step()
    assert a.tolist() == [1.0, 1.0]
