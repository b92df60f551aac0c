"""A program does to flat arrays what its rule does, in the memory that is there, whatever the rule returns."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from numpy import maximum, sqrt, where

import tinygrad_optim as tg
from tinygrad_optim import optim
from tinygrad_optim.optim import apply_rule, program

NAMES = ("p", "g", "a", "b")
operands = st.integers(0, 30)
lines = st.lists(st.tuples(st.sampled_from("+-*?m>"), operands, operands), max_size=12)


def rule_of(instructions, returned):
    """A rule that makes these operations one after the other, each on what is known by then, and returns some."""

    def rule(p, g, a, b):
        known = [thing for thing in (p, g, a, b) if thing is not None]
        for operation, i, j in instructions:
            x, y = known[i % len(known)], known[j % len(known)]
            if operation == "+":
                known.append(x + 0.5 * y)
            elif operation == "-":
                known.append(x - y)
            elif operation == "*":
                known.append(x * y)
            elif operation == "m":
                known.append(maximum(x, y))
            elif operation == "?":
                known.append(where(x > y, 0.25, y))
            else:
                known.append(-x)
        return tuple([None if place is None else known[place % len(known)] for place in returned])

    return rule


def run(rule, arrays, numbers=None):
    """The arrays that a program of the rule leaves: the parameter's and the state's."""
    arrays = [array if array is None else array.copy() for array in arrays]
    kernel, constants, begins = program.program_for(rule, arrays[0].dtype, arrays[2:], numbers or {})
    for place, begin in enumerate(begins):
        if begin:
            arrays[2 + place] = np.full_like(arrays[0], np.nan)
    kernel(*[array for array in arrays if array is not None], constants)
    return [arrays[0], *arrays[2:]]


def expected(rule, arrays, numbers=None):
    """The same by the rule itself; state of which it says nothing stays."""
    news = rule(*arrays, **(numbers or {}))
    return [old if new is None else new for old, new in zip((arrays[0], *arrays[2:]), news)]


@given(
    instructions=lines,
    returned=st.tuples(operands, operands | st.none(), operands | st.none()),
    there=st.tuples(st.booleans(), st.booleans()),
    block=st.sampled_from([3, 7, 100]),
)
@settings(derandomize=True, deadline=None, max_examples=300)
def test_whatever_a_rule_computes_and_returns(instructions, returned, there, block):
    rule = rule_of(instructions, returned)
    chosen = np.random.default_rng(0)
    arrays = [chosen.standard_normal(7, np.float32) if is_there else None for is_there in (True, True, *there)]
    before = program.BLOCK
    program.BLOCK = block
    try:
        with np.errstate(over="ignore", invalid="ignore"):
            found = run(rule, arrays)
            for new, wanted in zip(found, expected(rule, arrays), strict=True):
                assert (new is None) == (wanted is None)
                assert new is None or new.tobytes() == wanted.tobytes()
    finally:
        program.BLOCK = before


def test_two_states_may_change_places():
    def rule(p, g, a, b):
        return p - g, b, a

    assert [array.item() for array in run(rule, [np.array([x]) for x in (5.0, 1.0, 2.0, 3.0)])] == [4.0, 3.0, 2.0]


def test_a_state_may_keep_the_parameter_as_it_was():
    def rule(p, g, a):
        return p - g, p

    assert [array.item() for array in run(rule, [np.array([x]) for x in (5.0, 1.0, 2.0)])] == [4.0, 5.0]


def test_the_gradient_is_not_written_to():
    def rule(p, g, a):
        g = -g
        return p + sqrt(g * g), g

    g = np.array([3.0])
    kernel, constants, _ = program.program_for(rule, g.dtype, [np.array([0.0])], {})
    kernel(np.array([1.0]), g, np.array([0.0]), constants)
    assert g.item() == 3.0


def test_few_buffers_do():
    numbers = dict(step=3, lr=0.1, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.1, amsgrad=True, maximize=True)
    kernel, _, _ = program.program_for(
        optim.Adam.rule, np.dtype("f4"), [1, 1, 1], {**numbers, "decoupled_weight_decay": True}
    )
    assert kernel.args[0].buffers == 2  # the running means and the parameter hold what they can of the rest
    assert kernel.args[0].copies == []


# --- which parameters go by a program ---------------------------------------------------------------------------------


@pytest.fixture
def programmed(monkeypatch):
    """The sizes of the arrays that programs are run on."""
    sizes, run = [], program.run
    monkeypatch.setattr(program, "run", lambda made, p, *rest: (sizes.append(p.size), run(made, p, *rest)))
    monkeypatch.setattr(apply_rule, "is_watched", bool)  # under coverage too
    return sizes


def stepped(p, gradient, kind=optim.SGD, steps=1, **options):
    """The optimizer, after so many steps with this gradient."""
    optimizer = kind([p], foreach=True, **options)
    for _ in range(steps):
        p.grad = gradient
        optimizer.step()
    return optimizer


def test_a_large_parameter_goes_by_a_program_and_a_small_one_does_not(programmed):
    stepped(tg.ones(20_000).requires_grad_(), tg.ones(20_000))
    assert programmed == [20_000]
    stepped(tg.ones(200).requires_grad_(), tg.ones(200))
    assert programmed == [20_000]


def test_a_pack_goes_by_a_program_if_it_is_long_or_there_is_a_large_parameter_too(programmed):
    for sizes, found in (([9_000, 9_000], [18_000]), ([200, 20_000, 100], [20_000, 300]), ([200, 100], [])):
        params = [tg.ones(size).requires_grad_() for size in sizes]
        optimizer = optim.Adam(params, foreach=True)
        for _ in range(2):
            programmed.clear()
            for p in params:
                p.grad = tg.ones(p.shape)
            optimizer.step()
            assert programmed == found


def test_a_rule_of_somebody_else_is_given_arrays(programmed):
    class Steps(optim.SGD):
        @staticmethod
        def rule(p, g, *, lr):
            assert isinstance(p, np.ndarray)
            return (p - lr * g,)

    stepped(tg.ones(20_000).requires_grad_(), tg.ones(20_000))
    p = tg.ones(20_000).requires_grad_()
    stepped(p, tg.ones(20_000), Steps, lr=0.5)
    assert programmed == [20_000]
    assert p.sum().item() == 10_000


def test_where_the_gradient_is_the_parameter_itself_the_numbers_are_those_of_the_rule(programmed):
    p = tg.full((20_000,), 2.0).requires_grad_()
    stepped(p, p.data, lr=0.5, momentum=0.5)  # a gradient that is written over while the rule still reads it
    assert programmed == []
    assert p[0].item() == 1.0


@pytest.mark.parametrize("count", [1, 2])
def test_a_state_of_another_type_keeps_it(programmed, count):
    params = [tg.ones(20_000 // count).requires_grad_() for _ in range(count)]  # a large one, or two in a pack
    optimizer = optim.SGD(params, lr=0.5, momentum=0.5, foreach=True)
    for fill in (1.0, 0.0):
        for p in params:
            p.grad = tg.full(p.shape, fill)
            if fill == 0.0:
                optimizer.state[p]["momentum_buffer"] = tg.full(p.shape, 1 / 3, dtype=tg.float64)
        optimizer.step()
    assert programmed == [20_000]  # the first step alone
    assert optimizer.state[params[0]]["momentum_buffer"][0].item() == 0.5 / 3


ELEMENTWISE = [
    kind
    for kind in vars(optim).values()
    if isinstance(kind, type) and issubclass(kind, optim.Optimizer) and kind.rule is not None and kind.elementwise
]


@pytest.mark.parametrize("kind", ELEMENTWISE)
def test_each_elementwise_rule_of_this_package_has_a_program(kind, programmed):
    found = []
    for foreach in (True, False):
        p = tg.ones(20_000).requires_grad_()
        optimizer = kind([p], foreach=foreach)
        for _ in range(3):
            p.grad = tg.linspace(-1, 1, 20_000)
            optimizer.step()
        found.append(p.detach().numpy().tobytes())
    assert found[0] == found[1]
    assert programmed == [20_000] * 3


# --- large parameters that make their steps together ------------------------------------------------------------------


def two(kind=optim.Adam, **options):
    """Two optimizers of equal large parameters, the second of which moves them one by one."""
    made = []
    for foreach in (True, False):
        params = [tg.full((200, 100), 2.0), tg.full((100, 300), 3.0).T, tg.full((20_000,), 4.0)]
        made.append(kind([p.requires_grad_() for p in params], foreach=foreach, **options))
    return made


def step(*optimizers, seed=0, without=()):
    """A step with gradients of this seed."""
    for optimizer in optimizers:
        chosen = np.random.default_rng(seed)
        for place, p in enumerate(params_of(optimizer)):
            g = np.empty_like(p.array)  # in the same order of memory
            g[...] = chosen.standard_normal(p.shape, np.float32)
            p.grad = None if place in without else tg.from_numpy(g)
        optimizer.step()


def params_of(optimizer):
    return optimizer.param_groups[0]["params"]


def due(optimizer):
    """How many parameters moved together in the last step."""
    return sum(len(pack.params) for pack in optimizer.param_groups[0].packing.due)


def assert_equal(optimizer, single):
    for p, q in zip(params_of(optimizer), params_of(single), strict=True):
        assert p.detach().numpy().tobytes() == q.detach().numpy().tobytes()
        assert optimizer.state[p].keys() == single.state[q].keys()
        for key, value in optimizer.state[p].items():
            assert value.numpy().tobytes() == single.state[q][key].numpy().tobytes()


@pytest.mark.usefixtures("programmed")
@pytest.mark.parametrize("kind", [optim.Adam, optim.SGD, optim.ASGD, optim.NAdam])
def test_large_parameters_are_looked_at_together_from_the_second_step_on(kind):
    optimizer, single = two(kind, **({"momentum": 0.9} if kind is optim.SGD else {}))
    for seed in range(4):
        step(optimizer, single, seed=seed)
    assert due(optimizer) == 3
    assert_equal(optimizer, single)


@pytest.mark.usefixtures("programmed")
def test_a_large_parameter_s_state_stays_where_it_is():
    optimizer, _ = two()
    step(optimizer)
    arrays = [optimizer.state[p]["exp_avg"].array for p in params_of(optimizer)]
    step(optimizer)
    assert all(optimizer.state[p]["exp_avg"].array is array for p, array in zip(params_of(optimizer), arrays))


@pytest.mark.usefixtures("programmed")
def test_a_large_parameter_without_a_gradient_stands_still_and_counts_no_step():
    optimizer, single = two()
    for seed, without in enumerate([(), (1,), (0, 1), (), ()]):
        step(optimizer, single, seed=seed, without=without)
    assert [optimizer.state[p]["step"].item() for p in params_of(optimizer)] == [4, 3, 5]
    assert_equal(optimizer, single)


def replace_state(optimizer, p):
    optimizer.state[p]["exp_avg"] = tg.ones(p.shape)


def replace_data_of_state(optimizer, p):
    optimizer.state[p]["exp_avg_sq"].data = tg.ones(p.shape)


def replace_data(optimizer, p):
    p.data = tg.zeros(p.shape)


def take_state_away(optimizer, p):
    del optimizer.state[p]


@pytest.mark.usefixtures("programmed")
@pytest.mark.parametrize("change", [replace_state, replace_data_of_state, replace_data, take_state_away])
def test_what_was_put_in_the_place_of_a_large_parameter_s_state_or_data_counts(change):
    optimizer, single = two()
    step(optimizer, single)
    step(optimizer, single)
    for one in (optimizer, single):
        change(one, params_of(one)[0])
    for seed in (1, 2):
        step(optimizer, single, seed=seed)
    assert_equal(optimizer, single)


@pytest.mark.usefixtures("programmed")
def test_a_gradient_that_comes_to_be_the_state_itself_is_read_before_that_is_written_over():
    optimizer, single = two()
    for seed in range(3):
        step(optimizer, single, seed=seed)
    for one in (optimizer, single):
        for p in params_of(one):
            p.grad = one.state[p]["exp_avg"].data
        one.step()
    assert_equal(optimizer, single)


@pytest.mark.usefixtures("programmed")
def test_a_large_gradient_that_does_not_fit_is_refused_before_anything_moves():
    optimizer, _ = two()
    step(optimizer)
    step(optimizer)
    before = [p.detach().numpy().copy() for p in params_of(optimizer)]
    params_of(optimizer)[2].gradient = np.ones(3, np.float32)
    with pytest.raises(RuntimeError, match=r"params\[2\]"):
        optimizer.step()
    assert all((p.detach().numpy() == old).all() for p, old in zip(params_of(optimizer), before))


@pytest.mark.usefixtures("programmed")
@pytest.mark.parametrize("key", ["exp_avg", "step"])
def test_what_was_computed_from_a_large_parameter_s_state_notices_the_step(key):
    optimizer, _ = two()
    step(optimizer)
    step(optimizer)
    scale = tg.ones(()).requires_grad_()
    loss = (scale * optimizer.state[params_of(optimizer)[0]][key]).sum()
    step(optimizer)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()
