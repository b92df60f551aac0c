"""One by one, in blocks and compiled, a rule gives bitwise the same; and the way is the one that was asked for."""

from __future__ import annotations

import importlib.util
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

import tinygrad_optim as tg
from tinygrad_optim import Value, optim
from tinygrad_optim.optim import apply_rule, compiled, packs, program

HAS_NUMBA = importlib.util.find_spec("numba") is not None
needs_numba = pytest.mark.skipif(not HAS_NUMBA, reason="fused=True needs numba, which is not installed here")

ADAM = {"lr": 0.1, "betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": 0.1}
KINDS = {
    "SGD": (optim.SGD, {"lr": 0.1}),
    "SGD momentum": (optim.SGD, {"lr": 0.1, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.1, "maximize": True}),
    "SGD nesterov": (optim.SGD, {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    "Adam": (optim.Adam, ADAM),
    "AdamW amsgrad": (optim.AdamW, {**ADAM, "amsgrad": True, "maximize": True}),
    "Adamax": (optim.Adamax, ADAM),
    "NAdam": (optim.NAdam, {**ADAM, "decoupled_weight_decay": True}),
    "RAdam": (optim.RAdam, {**ADAM, "betas": (0.8, 0.9)}),
    "Adagrad": (optim.Adagrad, {"lr": 0.1, "lr_decay": 0.1, "weight_decay": 0.1, "initial_accumulator_value": 0.5}),
    "Adadelta": (optim.Adadelta, {"weight_decay": 0.1}),
    "RMSprop": (optim.RMSprop, {"lr": 0.1, "alpha": 0.9}),
    "RMSprop centered": (optim.RMSprop, {"lr": 0.1, "alpha": 0.9, "momentum": 0.5, "centered": True}),
    "Rprop": (optim.Rprop, {"lr": 0.1, "maximize": True}),
    "ASGD": (optim.ASGD, {"lr": 0.1, "lambd": 0.1, "t0": 1, "weight_decay": 0.1}),
}
every_kind = pytest.mark.parametrize("kind", KINDS)
LAYOUTS = {
    "plain": np.zeros,
    "transposed": lambda shape, dtype: np.zeros(shape[::-1], dtype).T,
    "every other": lambda shape, dtype: np.zeros((*shape, 2), dtype)[..., 0],
}
shapes = st.sampled_from([(), (1,), (0,), (0, 3), (5,), (3, 4), (2, 3, 2), (40,), (6, 7)])
parameters = st.tuples(shapes, st.sampled_from(list(LAYOUTS)), st.sampled_from(list(LAYOUTS)))
groups = st.lists(st.lists(parameters, max_size=6), min_size=1, max_size=2).filter(lambda g: any(g))
drawn = dict(
    groups=groups,
    dtype=st.sampled_from([np.float32, np.float64, np.float16]),
    missing=st.lists(st.sets(st.integers(0, 11), max_size=6), min_size=1, max_size=5),
    seed=st.integers(0, 1000),
)


def few(examples):
    return settings(
        derandomize=True,
        deadline=None,
        max_examples=examples,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )


def laid_out(layout, numbers, dtype):
    """The numbers in an array of this memory layout."""
    array = LAYOUTS[layout](numbers.shape, dtype)
    array[...] = numbers
    return array


def trained(kind, way, groups, dtype, missing, seed):
    """The bytes of every parameter and of its state after training this way; one step for each entry of missing."""
    rng = np.random.default_rng(seed)
    params = [
        [tg.from_numpy(laid_out(layout, rng.standard_normal(s), dtype)).requires_grad_() for s, layout, _ in group]
        for group in groups
    ]
    make, options = KINDS[kind]
    given_groups = [{"params": ps, **options, "lr": 0.1 / (i + 1)} for i, ps in enumerate(params)]
    optimizer = make(given_groups)
    for group in optimizer.param_groups:
        group.update(way)
    for absent in missing:
        place = 0
        for group, ps in zip(groups, params):
            for p, (shape, _, layout) in zip(ps, group):
                gradient = rng.standard_normal(shape)
                p.grad = None if place in absent else tg.from_numpy(laid_out(layout, gradient, dtype))
                place += 1
        optimizer.step()
    everything = [p for ps in params for p in ps]
    return [
        {"": p.detach().numpy().tobytes(), "shape": p.shape}
        | {key: (value.shape, value.dtype, value.numpy().tobytes()) for key, value in optimizer.state[p].items()}
        for p in everything
    ]


@every_kind
@given(block=st.sampled_from([4, 16, 32_768]), **drawn)
@few(30)
def test_blocks_give_bitwise_what_one_by_one_gives(kind, monkeypatch, block, groups, dtype, missing, seed):
    for room in (apply_rule, program):  # so that small parameters are larger than a block
        monkeypatch.setattr(room, "BLOCK", block)
    one_by_one = trained(kind, {"foreach": False}, groups, dtype, missing, seed)
    assert trained(kind, {"foreach": True}, groups, dtype, missing, seed) == one_by_one


@needs_numba
@every_kind
@given(**drawn)
@few(15)
def test_the_compiled_loop_gives_bitwise_what_one_by_one_gives(kind, groups, dtype, missing, seed):
    one_by_one = trained(kind, {"foreach": False}, groups, dtype, missing, seed)
    assert trained(kind, {"fused": True}, groups, dtype, missing, seed) == one_by_one


@every_kind
def test_a_parameter_of_many_blocks_is_bitwise_equal_whatever_the_way(kind):
    groups = [[((300, 301), "plain", "plain"), ((300, 301), "transposed", "transposed"), ((7,), "plain", "plain")]]
    results = [
        trained(kind, way, groups, np.float32, [set(), {1}, set()], 0)
        for way in ({"foreach": False}, {"foreach": True}, {"fused": True} if HAS_NUMBA else {})
    ]
    assert results[0] == results[1] == results[2]


# --- which way it is --------------------------------------------------------------------------------------------------


def some(optimizer=optim.SGD, count=3, size=2, **options):
    params = [tg.ones(size).requires_grad_() for _ in range(count)]
    for p in params:
        p.grad = tg.ones(size)
    return optimizer(params, **options)


def chosen(optimizer):
    return apply_rule.way_for(optimizer, optimizer.param_groups[0])


@pytest.fixture
def unwatched():
    """No tracer (coverage, a debugger) while the test runs: a watched step goes one by one."""
    before = sys.gettrace()
    sys.settrace(None)
    yield
    sys.settrace(before)


@pytest.mark.usefixtures("unwatched")
@pytest.mark.parametrize(
    ("options", "way"),
    [
        ({}, None),
        ({"foreach": False}, None),
        ({"foreach": True}, apply_rule.in_blocks),
        ({"fused": True}, apply_rule.compiled),
        ({"fused": False}, None),
        ({"differentiable": True}, apply_rule.differentiably),
    ],
    ids=str,
)
def test_the_way_is_the_one_asked_for(options, way):
    assert chosen(some(**options)) is way


@pytest.mark.usefixtures("unwatched")
def test_where_nothing_is_said_a_large_parameter_goes_in_blocks():
    assert chosen(some(size=packs.LARGE)) is apply_rule.in_blocks
    assert chosen(some(size=packs.LARGE - 1)) is None
    assert chosen(some(size=packs.LARGE, foreach=False)) is None


@pytest.mark.usefixtures("unwatched")
@pytest.mark.parametrize("options", [{"foreach": True}, {"fused": True}], ids=str)
def test_under_a_tracer_each_parameter_goes_by_itself(options):
    optimizer = some(**options)
    sys.settrace(lambda *_: None)
    try:
        way = chosen(optimizer)
    finally:
        sys.settrace(None)
    assert way is None


@pytest.mark.usefixtures("unwatched")
def test_values_go_by_themselves():
    assert chosen(optim.SGD([Value(1.0)], foreach=True)) is None


@pytest.mark.usefixtures("unwatched")
def test_a_parameter_that_is_there_twice_moves_twice_in_blocks_too():
    p = tg.tensor([1.0], requires_grad=True)
    with pytest.warns(UserWarning, match="duplicate parameters"):
        optimizer = optim.SGD([p, p], lr=0.5, weight_decay=1.0, foreach=True)
    p.grad = tg.tensor([0.0])
    optimizer.step()
    assert p.tolist() == [0.25]  # 1 - 0.5 * 1 = 0.5, and 0.5 - 0.5 * 0.5 = 0.25


@pytest.mark.usefixtures("unwatched")
def test_a_rule_of_the_whole_parameter_goes_by_itself():
    assert chosen(some(optim.Adafactor, foreach=True)) is None


def counted(optimizer):
    """The sizes of the arrays that the rule is called with in one step."""
    rule, sizes = optimizer.rule, []

    def counting(p, *args, **numbers):
        sizes.append(p.size)
        return rule(p, *args, **numbers)

    optimizer.rule = counting
    optimizer.step()
    return sizes


@pytest.mark.usefixtures("unwatched")
def test_one_by_one_calls_the_rule_for_each_parameter():
    assert counted(some(foreach=False)) == [2, 2, 2]


@pytest.mark.usefixtures("unwatched")
def test_blocks_call_the_rule_once_for_small_parameters_and_often_for_a_large_one(monkeypatch):
    monkeypatch.setattr(apply_rule, "BLOCK", 8)
    assert counted(some(foreach=True)) == [6]
    assert counted(some(foreach=True, count=6)) == [8, 4]
    assert counted(some(foreach=True, count=1, size=20)) == [8, 8, 4]


@needs_numba
@pytest.mark.usefixtures("unwatched")
def test_fused_runs_the_compiled_loop_over_each_parameter(monkeypatch):
    sizes = []

    def kernel_for(*args):
        kernel, constants, begins = compiled.kernel_for(*args)
        return lambda p, *rest: (sizes.append(p.size), kernel(p, *rest)), constants, begins

    monkeypatch.setattr(apply_rule, "kernel_for", kernel_for)
    optimizer = some(fused=True)
    optimizer.step()
    assert sizes == [2, 2, 2]
    assert optimizer.param_groups[0]["params"][0].tolist() == pytest.approx([0.999, 0.999])


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [optim.SGD, optim.Adam, optim.AdamW, optim.Adagrad])
def test_fused_and_foreach_together_are_refused(kind):
    with pytest.raises(RuntimeError, match="`fused` and `foreach` cannot be `True` together"):
        some(kind, fused=True, foreach=True)


def test_without_numba_fused_is_refused_and_nothing_has_changed(monkeypatch):
    monkeypatch.setitem(sys.modules, "numba", None)
    a, b = tg.ones(3).requires_grad_(), tg.ones(6)[::2].requires_grad_()
    a.grad = b.grad = tg.ones(3)
    optimizer = optim.Adam([{"params": [a]}, {"params": [b], "fused": True}])
    assert dict(optimizer.state[b]) == {}  # looked at, so that there is an empty entry to be filled
    with pytest.raises(ImportError, match="pip install"):
        optimizer.step()
    assert (a.tolist(), b.tolist(), optimizer.state[a], optimizer.state[b]) == ([1.0] * 3, [1.0] * 3, {}, {})
