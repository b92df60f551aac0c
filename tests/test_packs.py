"""Small parameters packed together: it is faster, and nobody can tell from the numbers, the state or what is saved."""

from __future__ import annotations

import copy
import io
import pickle
import sys

import numpy as np
import pytest

import tinygrad_optim as tg
from tinygrad_optim import Value, nn, optim
from tinygrad_optim.optim import Optimizer, apply_rule, packs

COUNT = 6
SHAPES = [(3,), (2, 2), (), (4, 1), (0,), (5,)]


@pytest.fixture(autouse=True)
def _unwatched():
    """No tracer (coverage, a debugger) while a test runs: a watched step goes one by one."""
    before = sys.gettrace()
    sys.settrace(None)
    yield
    sys.settrace(before)


def parameters(dtype=np.float32, seed=0):
    rng = np.random.default_rng(seed)
    return [tg.from_numpy(rng.standard_normal(shape).astype(dtype)).requires_grad_() for shape in SHAPES]


def give_gradients(params, seed, without=()):
    rng = np.random.default_rng(seed)
    for place, p in enumerate(params):
        g = rng.standard_normal(p.shape).astype(p.dtype)
        p.grad = None if place in without else tg.from_numpy(np.asarray(g))


def packed_and_single(make=optim.Adam, **options):
    """Two optimizers of equal parameters: one packs them, as is done where nothing is said, the other does not."""
    return make(parameters(), **options), make(parameters(), **options, foreach=False)


def params_of(optimizer):
    return optimizer.param_groups[0]["params"]


def all_numbers(optimizer):
    """The bytes of each parameter and of its state."""
    return [
        (p.detach().numpy().tobytes(), {k: v.numpy().tobytes() for k, v in optimizer.state.get(p, {}).items()})
        for p in params_of(optimizer)
    ]


def step(*optimizers, seed=0, without=()):
    for optimizer in optimizers:
        give_gradients(params_of(optimizer), seed, without)
        optimizer.step()


def due(optimizer):
    """How many parameters the packs had that the last step could use."""
    packing = optimizer.param_groups[0].packing
    return sum(len(pack.params) for pack in packing.due) if packing else 0


def calls(optimizer, seed):
    """The sizes of what the rule is called with in one step."""
    rule, sizes = optimizer.rule, []

    def counting(p, *args, **numbers):
        sizes.append(p.size)
        return rule(p, *args, **numbers)

    counting.__module__ = rule.__module__
    optimizer.rule = counting
    try:
        step(optimizer, seed=seed)
    finally:
        del optimizer.rule
    return sizes


# --- what becomes of the state ----------------------------------------------------------------------------------------


def test_the_rule_is_called_once_for_all_and_the_state_stays_in_its_pack():
    optimizer, _ = packed_and_single()
    assert [calls(optimizer, seed) for seed in range(3)] == [[17], [17], [17]]
    assert due(optimizer) == COUNT
    homes = {optimizer.state[p]["exp_avg"].array.ctypes.data for p in params_of(optimizer)}
    array = optimizer.state[params_of(optimizer)[0]]["exp_avg"].array
    assert max(homes) - min(homes) < 17 * array.itemsize  # side by side


def test_parameters_stay_where_they_are():
    optimizer, _ = packed_and_single()
    arrays = [p.array for p in params_of(optimizer)]
    step(optimizer)
    step(optimizer)
    assert all(p.array is array for p, array in zip(params_of(optimizer), arrays))


def test_a_state_tensor_that_somebody_holds_goes_on_showing_the_state():
    optimizer, single = packed_and_single()
    step(optimizer, single)
    p, q = params_of(optimizer)[0], params_of(single)[0]
    held, count = optimizer.state[p]["exp_avg"], optimizer.state[p]["step"]
    step(optimizer, single, seed=1)
    assert held.tolist() == single.state[q]["exp_avg"].tolist()
    assert count.item() == 2


def test_state_whose_memory_somebody_has_seen_is_not_moved_away_from_them():
    optimizer, single = packed_and_single()
    step(optimizer, single)
    for one in (optimizer, single):
        one.load_state_dict(one.state_dict())
    seen = optimizer.state[params_of(optimizer)[0]]["exp_avg"].numpy()
    for seed in (1, 2):
        step(optimizer, single, seed=seed)
    assert all_numbers(optimizer) == all_numbers(single)
    assert seen.tolist() == single.state[params_of(single)[0]]["exp_avg"].tolist()


def test_state_written_by_hand_counts():
    optimizer, single = packed_and_single()
    step(optimizer, single)
    for one in (optimizer, single):
        p, q = params_of(one)[:2]
        one.state[p]["exp_avg"].zero_()
        one.state[p]["step"].fill_(7)
        one.state[q]["exp_avg_sq"] = tg.ones(2, 2)
    for seed in (1, 2):
        step(optimizer, single, seed=seed)
    assert all_numbers(optimizer) == all_numbers(single)


def test_a_state_tensor_put_in_another_s_place_counts():
    optimizer, single = packed_and_single()
    step(optimizer, single)
    for one in (optimizer, single):
        one.state[params_of(one)[1]]["exp_avg_sq"] = tg.ones(2, 2)
    for seed in (1, 2):
        step(optimizer, single, seed=seed)
    assert all_numbers(optimizer) == all_numbers(single)


def test_a_state_tensor_given_other_data_counts():
    optimizer, single = packed_and_single()
    step(optimizer, single)
    for one in (optimizer, single):
        one.state[params_of(one)[1]]["exp_avg_sq"].data = tg.ones(2, 2)
    for seed in (1, 2):
        step(optimizer, single, seed=seed)
    assert all_numbers(optimizer) == all_numbers(single)


def test_state_that_was_taken_away_starts_anew():
    optimizer, single = packed_and_single()
    step(optimizer, single)
    for one in (optimizer, single):
        del one.state[params_of(one)[1]]
    for seed in (1, 2):
        step(optimizer, single, seed=seed)
    assert all_numbers(optimizer) == all_numbers(single)


def test_what_somebody_else_keeps_in_the_state_is_left_alone():
    optimizer, single = packed_and_single()
    for seed in range(3):
        step(optimizer, single, seed=seed)
        for one in (optimizer, single):
            one.state[params_of(one)[0]]["note"] = "mine"
    assert optimizer.state[params_of(optimizer)[0]].pop("note") == "mine"
    single.state[params_of(single)[0]].pop("note")
    assert all_numbers(optimizer) == all_numbers(single)


# --- what changes between steps ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [optim.SGD, optim.Adam, optim.NAdam, optim.ASGD])
def test_a_parameter_without_a_gradient_stands_still_and_counts_no_step(make):
    options = {"momentum": 0.9} if make is optim.SGD else {}
    optimizer, single = packed_and_single(make, **options)
    for seed, without in enumerate([(), (1,), (), (0, 1, 2, 3, 4, 5), (5,), (1,), ()]):
        step(optimizer, single, seed=seed, without=without)
        assert all_numbers(optimizer) == all_numbers(single)


def test_each_parameter_moves_once_a_step_when_packs_have_changed():
    optimizer, single = packed_and_single(optim.SGD, lr=0.1)
    for seed, without in enumerate([(), (1,), (), (2,), ()]):
        step(optimizer, single, seed=seed, without=without)
        assert all_numbers(optimizer) == all_numbers(single)


def test_momentum_and_other_options_may_be_set_between_steps():
    optimizer, single = packed_and_single(optim.SGD, lr=0.1)
    for seed, momentum in enumerate([0.0, 0.0, 0.9, 0.9, 0.0, 0.5]):
        for one in (optimizer, single):
            one.param_groups[0]["momentum"] = momentum
            one.param_groups[0]["weight_decay"] = momentum / 10
        step(optimizer, single, seed=seed)
        assert all_numbers(optimizer) == all_numbers(single)


def test_a_parameter_whose_data_is_replaced_moves_in_its_new_place():
    optimizer, single = packed_and_single()
    for seed in range(4):
        if seed == 2:
            for one in (optimizer, single):
                params_of(one)[0].data = tg.tensor([1.0, 2.0, 3.0])
        step(optimizer, single, seed=seed)
    assert all_numbers(optimizer) == all_numbers(single)


def test_a_parameter_taken_out_of_the_group_is_moved_no_more_and_one_put_in_is():
    optimizer, single = packed_and_single()
    for one in (optimizer, single):
        step(one)
        out = params_of(one).pop(1)
        one.add_param_group({"params": [tg.ones(2).requires_grad_()]})
        before = out.tolist()
        params_of(one).append(tg.ones(3).requires_grad_())
        step(one, seed=1)
        step(one, seed=2)
        assert out.tolist() == before
    assert all_numbers(optimizer) == all_numbers(single)
    assert len(params_of(optimizer)) == COUNT


def test_a_gradient_that_does_not_fit_is_refused_before_anything_moves():
    optimizer, _ = packed_and_single()
    step(optimizer)
    before = all_numbers(optimizer)
    give_gradients(params_of(optimizer), 1)
    params_of(optimizer)[3].gradient = np.ones((1, 4), np.float32)
    with pytest.raises(RuntimeError, match=r"gradient of params\[3\].*shape \(1, 4\)"):
        optimizer.step()
    assert all_numbers(optimizer) == before


def test_a_rule_that_fails_leaves_a_pack_as_it_was():
    optimizer, _ = packed_and_single()
    step(optimizer)
    before = all_numbers(optimizer)
    optimizer.rule = lambda p, g, *state, **numbers: p - g
    optimizer.param_groups[0]["foreach"] = True
    with pytest.raises(TypeError, match="must return a tuple"):
        step(optimizer, seed=1)
    del optimizer.rule
    assert all_numbers(optimizer) == before


# --- who is packed ----------------------------------------------------------------------------------------------------


def test_many_small_parameters_are_packed_where_nothing_is_said_and_few_are_not():
    def way(count, **options):
        optimizer = optim.Adam([tg.ones(2).requires_grad_() for _ in range(count)], **options)
        return apply_rule.way_for(optimizer, optimizer.param_groups[0])

    assert way(packs.MANY) is apply_rule.in_blocks
    assert way(packs.MANY - 1) is None
    assert way(packs.MANY, foreach=False) is None


def test_parameters_that_share_memory_move_one_after_the_other():
    def make(**options):
        whole = tg.ones(8)
        params = [whole[i : i + 2].detach().requires_grad_() for i in range(6)]  # each begins in the one before
        return optim.SGD(params, lr=0.5, weight_decay=1.0, **options)

    results = []
    for options in ({"foreach": False}, {}, {"foreach": True}):
        optimizer = make(**options)
        for p in params_of(optimizer):
            p.grad = tg.zeros(2)
        optimizer.step()
        results.append([p.tolist() for p in params_of(optimizer)])
    assert results[0] == results[1] == results[2]
    assert results[0][1] == [0.25, 0.25]  # 1 - 0.5 * 1, twice: as the end of one and the beginning of the next


class Normed(Optimizer):
    """A rule of the whole parameter whose class does not say so."""

    @staticmethod
    def rule(p, g, *, lr):
        return (p - lr * g / np.sqrt((g * g).sum()),)

    def __init__(self, params, lr=1.0):
        super().__init__(params, {"lr": lr})


def test_a_rule_that_is_not_this_package_s_is_given_each_small_parameter_by_itself():
    params = [tg.zeros(2).requires_grad_() for _ in range(8)]
    for p in params:
        p.grad = tg.tensor([3.0, 4.0])
    Normed(params).step()
    assert np.allclose([p.tolist() for p in params], [[-0.6, -0.8]] * 8)


class Remembering(Optimizer):
    """A rule that keeps the parameter itself as state: the step goes on the way it came."""

    @staticmethod
    def rule(p, g, previous, *, lr):
        return (p - lr * g if previous is None else p - lr * g + (p - previous)), p

    def __init__(self, params, lr=1.0, foreach=None):
        super().__init__(params, {"lr": lr, "foreach": foreach})


@pytest.mark.parametrize("foreach", [False, True])
def test_a_rule_may_keep_the_parameter_itself(foreach):
    p = tg.tensor([1.0], requires_grad=True)
    optimizer = Remembering([p], foreach=foreach)
    for before, after in ((1.0, 0.0), (0.0, -2.0), (-2.0, -5.0)):  # p - 1, then p - 1 + the step before
        p.grad = tg.tensor([1.0])
        optimizer.step()
        assert (optimizer.state[p]["previous"].item(), p.item()) == (before, after)


def test_a_value_put_in_another_s_place_is_looked_at_before_the_step():
    optimizer = optim.SGD([Value(1.0), Value(2.0)])
    for v in params_of(optimizer):
        v.grad = 1.0
    optimizer.step()
    params_of(optimizer)[1] = Value(3.0)
    params_of(optimizer)[1].grad = "steep"
    with pytest.raises(RuntimeError, match="'steep', not a number"):
        optimizer.step()


# --- saving and copying -----------------------------------------------------------------------------------------------


def test_a_copied_optimizer_has_a_state_of_its_own():
    optimizer, _ = packed_and_single()
    step(optimizer)
    step(optimizer, seed=1)
    before = all_numbers(optimizer)
    for copied in (copy.deepcopy(optimizer), pickle.loads(pickle.dumps(optimizer))):
        assert all_numbers(copied) == before
        step(copied, seed=2)
        step(copied, seed=3)
        assert due(copied) == COUNT
        assert all_numbers(optimizer) == before
    step(optimizer, seed=2)
    step(optimizer, seed=3)
    assert all_numbers(optimizer) == all_numbers(copied)


def test_a_loaded_state_is_packed_again_and_is_not_the_state_it_was_loaded_from():
    optimizer, other = optim.Adam(parameters()), optim.Adam(parameters())
    step(optimizer, other)
    step(optimizer, seed=1)
    other.load_state_dict(optimizer.state_dict())
    for p, q in zip(params_of(optimizer), params_of(other)):
        q.data = p.detach().clone()
    before = all_numbers(optimizer)
    step(other, seed=2)
    step(other, seed=3)
    assert due(other) == COUNT
    assert all_numbers(optimizer) == before
    step(optimizer, seed=2)
    step(optimizer, seed=3)
    assert all_numbers(optimizer) == all_numbers(other)


def test_a_saved_state_is_no_larger_than_its_numbers():
    def saved(**options):
        optimizer = optim.Adam([tg.ones(100).requires_grad_() for _ in range(50)], **options)
        for _ in range(2):
            for p in params_of(optimizer):
                p.grad = tg.ones(100)
            optimizer.step()
        optimizer.param_groups[0]["foreach"] = None  # which is saved too
        files = io.BytesIO(), io.BytesIO()
        tg.save(optimizer.state_dict(), files[0])
        pickle.dump(optimizer.state_dict(), files[1])
        return [len(file.getvalue()) for file in files]

    assert saved() == saved(foreach=False)


def test_a_saved_state_is_what_it_is_without_packs():
    optimizer, single = packed_and_single()
    for seed in range(2):
        step(optimizer, single, seed=seed)
    found, wanted = optimizer.state_dict()["state"], single.state_dict()["state"]
    assert list(found) == list(wanted)
    for number, state in wanted.items():
        assert list(found[number]) == list(state)
        for key, tensor in state.items():
            mine = found[number][key]
            assert (mine.shape, mine.dtype, mine.tolist()) == (tensor.shape, tensor.dtype, tensor.tolist())


# --- the graph is told ------------------------------------------------------------------------------------------------


def test_a_packed_step_between_forward_and_backward_is_noticed():
    net = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
    optimizer = optim.Adam(net.parameters())
    x = tg.ones(4, 2).requires_grad_()
    for _ in range(2):
        net(x).sum().backward()
        optimizer.step()
    assert due(optimizer) == 4
    loss = net(x).sum()
    optimizer.step()
    with pytest.raises(RuntimeError, match=r"(?s)modified by an inplace operation.*optimizer\.step\(\)"):
        loss.backward()


@pytest.mark.parametrize(("make", "key"), [(optim.SGD, "momentum_buffer"), (optim.Adam, "exp_avg")])
def test_a_packed_step_is_noticed_by_what_was_computed_from_its_state(make, key):
    optimizer = make(parameters(), **({"momentum": 0.9} if make is optim.SGD else {}))
    for seed in range(3):
        step(optimizer, seed=seed)
    assert due(optimizer) == COUNT
    x = tg.ones(5).requires_grad_()
    y = (x * optimizer.state[params_of(optimizer)[5]][key]).sum()
    step(optimizer, seed=1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.backward()


def test_each_write_counts_in_a_tensor_s_version():
    optimizer, _ = packed_and_single()
    p = params_of(optimizer)[0]
    step(optimizer)
    held, before = optimizer.state[p]["exp_avg"], p._version
    seen = held._version
    step(optimizer, seed=1)
    assert (p._version, held._version > seen) == (before + 1, True)
