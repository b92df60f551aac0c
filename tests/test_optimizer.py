"""Optimizer: groups, gradients that come and go, closures, hooks, printing. Numbers by hand; names as PyTorch's."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import tinygrad_optim as torch
from tinygrad_optim import Value, nn, optim
from tinygrad_optim.optim.optimizer import Optimizer


def parameter(*numbers, dtype=torch.float64):
    return torch.tensor(list(numbers), dtype=dtype, requires_grad=True)


def with_gradient(p, *numbers):
    p.grad = torch.tensor(list(numbers), dtype=p.dtype)
    return p


class Plain(Optimizer):
    """A step of one's own, as an article writes it."""

    def __init__(self, params, lr=0.5):
        super().__init__(params, dict(lr=lr))

    def step(self, closure=None):
        loss = closure() if closure is not None else None
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.data.add_(p.grad, alpha=-group["lr"])
        return loss


class Twice(optim.SGD):
    """A subclass that calls super().step()."""

    def step(self, closure=None):
        super().step()
        return super().step(closure)


# --- what parameters may be given as ----------------------------------------------------------------------------------


def test_a_list_of_tensors_becomes_one_group():
    a, b = parameter(1.0), parameter(2.0)
    (group,) = optim.SGD([a, b], lr=0.1).param_groups
    assert [id(p) for p in group["params"]] == [id(a), id(b)]


@pytest.mark.parametrize(
    "given",
    [
        lambda net: net.parameters(),
        lambda net: tuple(net.parameters()),
        lambda net: (p for p in net.parameters()),
        lambda net: filter(lambda p: True, net.parameters()),
        lambda net: dict(net.named_parameters()).values(),
        lambda net: [{"params": net.parameters()}],
        lambda net: ({"params": part} for part in [net.parameters()]),
        lambda net: net.named_parameters(),
        lambda net: dict(net.named_parameters()).items(),
    ],
    ids=[
        "parameters()",
        "tuple",
        "generator",
        "filter",
        "values()",
        "group",
        "groups",
        "named_parameters()",
        "items()",
    ],
)
def test_parameters_may_come_in_any_ordered_iterable(given):
    net = nn.Linear(2, 3)
    (group,) = optim.SGD(given(net), lr=0.1).param_groups
    assert [id(p) for p in group["params"]] == [id(net.weight), id(net.bias)]


def test_a_group_may_hold_a_single_tensor():
    a = parameter(1.0)
    (group,) = optim.SGD([{"params": a}], lr=0.1).param_groups
    assert isinstance(group["params"], list)
    assert group["params"][0] is a


def test_options_may_be_given_by_position_in_pytorchs_order():
    (sgd,) = optim.SGD([parameter(1.0)], 0.1, 0.9, 0.0, 0.01, True).param_groups
    assert [sgd[k] for k in ("lr", "momentum", "dampening", "weight_decay", "nesterov")] == [0.1, 0.9, 0.0, 0.01, True]
    (adam,) = optim.Adam([parameter(1.0)], 0.1, (0.8, 0.9), 1e-6, 0.01, False).param_groups
    assert [adam[k] for k in ("lr", "betas", "eps", "weight_decay")] == [0.1, (0.8, 0.9), 1e-6, 0.01]


def test_a_frozen_parameter_may_be_given_and_stays_as_it_is():
    frozen, other = torch.tensor([1.0]), with_gradient(parameter(1.0), 1.0)
    optimizer = optim.SGD([frozen, other], lr=0.5, momentum=0.9)
    optimizer.step()
    assert frozen.tolist() == [1.0]
    assert frozen not in optimizer.state
    assert other.tolist() == [0.5]


def test_an_empty_group_may_stand_beside_others():
    optimizer = optim.SGD([{"params": []}, {"params": with_gradient(parameter(1.0), 1.0)}], lr=0.5)
    optimizer.step()
    assert [len(group["params"]) for group in optimizer.param_groups] == [0, 1]


# --- groups and their options -----------------------------------------------------------------------------------------


def test_options_a_group_leaves_out_are_filled_from_the_defaults():
    optimizer = optim.SGD([{"params": parameter(1.0), "lr": 0.5}, {"params": parameter(1.0)}], lr=0.1, momentum=0.9)
    assert [(group["lr"], group["momentum"]) for group in optimizer.param_groups] == [(0.5, 0.9), (0.1, 0.9)]


def test_defaults_hold_what_the_constructor_was_given():
    optimizer = optim.SGD([{"params": parameter(1.0), "lr": 0.5}], lr=0.1, momentum=0.9)
    assert (optimizer.defaults["lr"], optimizer.defaults["momentum"], optimizer.defaults["nesterov"]) == (
        0.1,
        0.9,
        False,
    )


def test_an_option_of_ones_own_in_a_group_is_kept():
    optimizer = optim.SGD([{"params": parameter(1.0), "initial_lr": 0.5}], lr=0.1)
    assert optimizer.param_groups[0]["initial_lr"] == 0.5


def test_the_callers_dict_is_left_as_it_was():
    a = parameter(1.0)
    group = {"params": [a]}
    optimizer = optim.SGD([group], lr=0.1)
    optimizer.param_groups[0]["lr"] = 0.7
    assert list(group) == ["params"]
    assert len(group["params"]) == 1


def test_the_callers_list_of_parameters_is_not_the_groups():
    params = [parameter(1.0)]
    optimizer = optim.SGD(params, lr=0.1)
    in_a_group = optim.SGD([{"params": params}], lr=0.1)
    params.append(parameter(2.0))
    assert len(optimizer.param_groups[0]["params"]) == len(in_a_group.param_groups[0]["params"]) == 1


def test_a_second_optimizer_from_the_same_dict_does_not_inherit_the_firsts_lr():
    groups = [{"params": [parameter(1.0)]}]
    optim.SGD(groups, lr=0.1)
    assert optim.SGD(groups, lr=0.2).param_groups[0]["lr"] == 0.2


def test_changing_the_defaults_changes_no_group_that_is_there():
    optimizer = optim.SGD([parameter(1.0)], lr=0.1)
    optimizer.defaults["lr"] = 0.5
    optimizer.add_param_group({"params": parameter(2.0)})
    assert [group["lr"] for group in optimizer.param_groups] == [0.1, 0.5]


def test_a_group_added_in_mid_training_starts_its_own_state():
    a, b = with_gradient(parameter(1.0), 1.0), with_gradient(parameter(1.0), 1.0)
    optimizer = optim.Adam([a], lr=0.5)
    optimizer.step()
    optimizer.add_param_group({"params": [b], "lr": 0.25})
    optimizer.step()
    assert [optimizer.state[p]["step"].item() for p in (a, b)] == [2, 1]
    # Adam's first step from a gradient of 1 is lr / (1 + eps).
    assert b.item() == pytest.approx(0.75, rel=1e-7)


def test_an_edited_option_holds_at_the_next_step():
    a = with_gradient(parameter(1.0), 1.0)
    optimizer = optim.SGD([a], lr=0.5)
    optimizer.step()
    optimizer.param_groups[0]["lr"] = 0.25
    optimizer.step()
    assert a.item() == 1 - 0.5 - 0.25


def test_a_group_says_of_each_option_where_it_came_from():
    optimizer = optim.SGD([{"params": parameter(1.0), "lr": 0.5}, {"params": parameter(1.0)}], lr=0.1, momentum=0.9)
    first, second = optimizer.param_groups
    assert [first.origin[option] for option in ("lr", "momentum", "nesterov")] == ["group", "default", "default"]
    assert {second.origin[option] for option in second if option != "params"} == {"default"}


@pytest.mark.parametrize(
    "assign",
    [
        lambda group: group.__setitem__("lr", 0.5),
        lambda group: group.update(lr=0.5),
        lambda group: group.__ior__({"lr": 0.5}),
    ],
    ids=["item", "update", "|="],
)
def test_an_option_set_later_is_known_to_be_assigned(assign):
    (group,) = optim.SGD([parameter(1.0)], lr=0.1).param_groups
    assign(group)
    assert (group["lr"], group.origin["lr"], group.origin["momentum"]) == (0.5, "assigned", "default")


def test_the_origin_of_options_survives_a_copy():
    group = optim.SGD([{"params": parameter(1.0), "lr": 0.5}], momentum=0.9).param_groups[0]
    assert copy.deepcopy(group).origin == pickle.loads(pickle.dumps(group)).origin == group.origin


def test_a_loaded_option_is_known_to_be_loaded():
    optimizer = optim.SGD([parameter(1.0)], lr=0.1)
    optimizer.load_state_dict(optimizer.state_dict())
    assert optimizer.param_groups[0].origin["lr"] == "loaded"


def test_add_param_group_of_a_subclass_sees_every_group():
    class Watched(optim.SGD):
        def add_param_group(self, param_group):
            seen.append(param_group)
            super().add_param_group(param_group)

    seen = []
    groups = [{"params": [parameter(1.0)]}, {"params": [parameter(1.0)]}]
    Watched(groups).add_param_group({"params": [parameter(1.0)]})
    assert len(seen) == 3


# --- gradients that come and go ---------------------------------------------------------------------------------------


def test_zero_grad_takes_the_gradients_away():
    a = with_gradient(parameter(1.0), 1.0)
    optim.SGD([a], lr=0.1).zero_grad()
    assert a.grad is None


def test_zero_grad_can_fill_with_zeros_in_the_same_tensor():
    a, b = with_gradient(parameter(1.0), 1.0), parameter(1.0)
    before = a.grad
    optim.SGD([a, b], lr=0.1).zero_grad(set_to_none=False)
    assert a.grad is before
    assert a.grad.tolist() == [0.0]
    assert b.grad is None


def test_zero_grad_reaches_every_group():
    a, b = with_gradient(parameter(1.0), 1.0), with_gradient(parameter(1.0), 1.0)
    optim.SGD([{"params": a}, {"params": b}], lr=0.1).zero_grad()
    assert a.grad is None
    assert b.grad is None


@pytest.mark.parametrize("kind", [lambda ps: optim.SGD(ps, lr=0.5, momentum=0.9), optim.Adam])
def test_a_parameter_without_gradient_is_skipped_and_gets_no_state(kind):
    a, b = with_gradient(parameter(1.0), 1.0), parameter(2.0)
    optimizer = kind([a, b])
    optimizer.step()
    assert b.tolist() == [2.0]
    assert b not in optimizer.state
    assert a in optimizer.state


def test_momentum_carries_on_through_a_zero_gradient():
    # v = 1, a = 1 - 0.5; then g = 0: v = 0.5, a = 0.5 - 0.25.
    a = with_gradient(parameter(1.0), 1.0)
    optimizer = optim.SGD([a], lr=0.5, momentum=0.5)
    optimizer.step()
    optimizer.zero_grad(set_to_none=False)
    optimizer.step()
    assert a.item() == 0.25


def test_weight_decay_shrinks_a_parameter_whose_gradient_is_zero():
    a = with_gradient(parameter(1.0), 0.0)
    optim.SGD([a], lr=0.5, weight_decay=0.5).step()
    assert a.item() == 0.75


def test_steps_are_counted_for_each_parameter_by_itself():
    a, b = with_gradient(parameter(1.0), 1.0), with_gradient(parameter(1.0), 1.0)
    optimizer = optim.Adam([a, b])
    optimizer.step()
    b.grad = None
    optimizer.step()
    assert [optimizer.state[p]["step"].item() for p in (a, b)] == [2, 1]


def test_the_momentum_buffer_is_a_copy_of_the_gradient():
    a = with_gradient(parameter(1.0), 1.0)
    optimizer = optim.SGD([a], lr=0.5, momentum=0.9)
    optimizer.step()
    a.grad.zero_()
    assert optimizer.state[a]["momentum_buffer"].tolist() == [1.0]


def test_the_gradient_is_left_as_it_was():
    a = with_gradient(parameter(2.0), 1.0)
    optimizer = optim.SGD([a], lr=0.5, momentum=0.9, weight_decay=0.5, nesterov=True, maximize=True)
    optimizer.step()
    optimizer.step()
    assert a.grad.tolist() == [1.0]


def test_sgd_without_momentum_keeps_no_state():
    a = with_gradient(parameter(1.0), 1.0)
    optimizer = optim.SGD([a], lr=0.5)
    optimizer.step()
    assert optimizer.state_dict()["state"] == {}


@pytest.mark.parametrize("kind", [lambda ps: optim.SGD(ps, lr=0.5, momentum=0.9), optim.Adam])
def test_looking_at_the_state_before_the_first_step_does_no_harm(kind):
    a, b = with_gradient(parameter(1.0), 1.0), with_gradient(parameter(1.0), 1.0)
    looked_at, other = kind([a]), kind([b])
    state = looked_at.state[a]
    assert state == {}
    looked_at.step()
    other.step()
    assert a.item() == b.item()
    assert looked_at.state[a] is state
    assert set(state) == set(other.state[b])


def test_momentum_switched_off_leaves_the_buffer_as_it_is():
    # v = 1, a = 1 - 0.5; then without momentum a = 0.5 - 0.5.
    a = with_gradient(parameter(1.0), 1.0)
    optimizer = optim.SGD([a], lr=0.5, momentum=0.9)
    optimizer.step()
    optimizer.param_groups[0]["momentum"] = 0
    optimizer.step()
    assert a.item() == 0.0
    assert optimizer.state[a]["momentum_buffer"].tolist() == [1.0]


def test_amsgrad_switched_off_leaves_the_largest_square_as_it_is():
    a = with_gradient(parameter(1.0), 1.0)
    optimizer = optim.Adam([a], betas=(0.5, 0.75), amsgrad=True)
    optimizer.step()
    optimizer.param_groups[0]["amsgrad"] = False
    optimizer.step()
    assert optimizer.state[a]["max_exp_avg_sq"].tolist() == [0.25]


def test_the_parameter_is_written_in_place():
    net = nn.Linear(1, 1)
    weight, array = net.weight, net.weight.data.numpy()
    optimizer = optim.SGD(net.parameters(), lr=0.5)
    net(torch.ones(1, 1)).sum().backward()
    before = array.copy()
    optimizer.step()
    assert net.weight is weight
    assert array[0, 0] == before[0, 0] - 0.5


def test_maximize_climbs():
    a = with_gradient(parameter(1.0), 1.0)
    optim.SGD([a], lr=0.5, maximize=True).step()
    assert a.item() == 1.5


# --- closures ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [optim.SGD, optim.Adam])
def test_step_returns_what_the_closure_returned(kind):
    a = parameter(1.0)
    loss = object()
    optimizer = kind([a], lr=0.5)
    assert optimizer.step(lambda: loss) is loss
    assert optimizer.step(closure=lambda: loss) is loss
    assert optimizer.step() is None


def test_the_closure_runs_before_the_update():
    a = parameter(1.0)

    def closure():
        loss = (a * a).sum()
        loss.backward()
        return loss

    assert optim.SGD([a], lr=0.25).step(closure).item() == 1.0
    assert a.item() == 0.5


def test_gradients_are_on_inside_the_closure_even_under_no_grad():
    a, seen = parameter(1.0), []
    optimizer = optim.SGD([a], lr=0.25)
    with torch.no_grad():
        optimizer.step(lambda: seen.append(torch.is_grad_enabled()))
        assert not torch.is_grad_enabled()
    assert seen == [True]


def test_the_step_itself_records_no_graph():
    a = with_gradient(parameter(1.0), 1.0)
    optimizer = optim.SGD([a], lr=0.25, momentum=0.9)
    optimizer.step()
    assert a.is_leaf
    assert a.requires_grad
    assert not optimizer.state[a]["momentum_buffer"].requires_grad


def test_an_error_in_the_closure_comes_through_and_nothing_moves():
    a = with_gradient(parameter(1.0), 1.0)
    optimizer = optim.SGD([a], lr=0.25, momentum=0.9)
    with pytest.raises(ZeroDivisionError):
        optimizer.step(lambda: 1 / 0)
    assert a.item() == 1.0
    assert optimizer.state_dict()["state"] == {}
    assert torch.is_grad_enabled()


# --- hooks ------------------------------------------------------------------------------------------------------------

KINDS = [lambda ps: optim.SGD(ps, lr=0.5), lambda ps: optim.Adam(ps, lr=0.5), Plain, lambda ps: Twice(ps, lr=0.5)]
KIND_NAMES = ["SGD", "Adam", "own step", "super().step()"]


@pytest.mark.parametrize("kind", KINDS, ids=KIND_NAMES)
def test_hooks_run_once_before_and_after_the_step(kind):
    a = with_gradient(parameter(1.0), 1.0)
    kind([parameter(1.0)]).step()
    optim.SGD([parameter(1.0)]).step()
    optimizer, seen = kind([a]), []
    optimizer.register_step_pre_hook(lambda opt, args, kwargs: seen.append(("pre", a.item())))
    optimizer.register_step_post_hook(lambda opt, args, kwargs: seen.append(("post", a.item())))
    optimizer.step()
    assert seen == [("pre", 1.0), ("post", a.item())]
    assert a.item() != 1.0


@pytest.mark.parametrize("kind", KINDS, ids=KIND_NAMES)
def test_hooks_are_given_the_optimizer_and_the_arguments_of_step(kind):
    a, seen = with_gradient(parameter(1.0), 1.0), []
    optimizer = kind([a])

    def closure():
        return 0.0

    optimizer.register_step_pre_hook(lambda opt, args, kwargs: seen.append((opt, args, kwargs)))
    optimizer.register_step_post_hook(lambda opt, args, kwargs: seen.append((opt, args, kwargs)))
    optimizer.step()
    optimizer.step(closure)
    # As in PyTorch, args begins with the optimizer itself.
    assert seen == [(optimizer, (optimizer,), {})] * 2 + [(optimizer, (optimizer, closure), {})] * 2


@pytest.mark.parametrize("kind", KINDS, ids=KIND_NAMES)
def test_a_closure_given_by_keyword_reaches_the_hooks_and_the_step(kind):
    optimizer, seen = kind([with_gradient(parameter(1.0), 1.0)]), []

    def closure():
        return "loss"

    optimizer.register_step_pre_hook(lambda opt, args, kwargs: seen.append(closure in (*args, *kwargs.values())))
    assert optimizer.step(closure=closure) == "loss"
    assert seen == [True]


@pytest.mark.parametrize("kind", KINDS, ids=KIND_NAMES)
def test_a_pre_hook_may_change_the_arguments(kind):
    optimizer = kind([with_gradient(parameter(1.0), 1.0)])
    optimizer.register_step_pre_hook(lambda opt, args, kwargs: ((opt, lambda: "other"), {}))
    assert optimizer.step(lambda: "given") == "other"


def test_hooks_run_in_the_order_they_were_registered():
    optimizer, seen = optim.SGD([parameter(1.0)]), []
    for number in range(3):
        optimizer.register_step_post_hook(lambda *_, number=number: seen.append(number))
    optimizer.step()
    assert seen == [0, 1, 2]


@pytest.mark.parametrize("kind", KINDS, ids=KIND_NAMES)
def test_a_removed_hook_is_not_called(kind):
    optimizer, seen = kind([parameter(1.0)]), []
    pre = optimizer.register_step_pre_hook(lambda *_: seen.append("pre"))
    post = optimizer.register_step_post_hook(lambda *_: seen.append("post"))
    pre.remove()
    optimizer.step()
    post.remove()
    post.remove()
    optimizer.step()
    assert seen == ["post"]


def test_a_hook_handle_removes_its_hook_at_the_end_of_a_with_block():
    optimizer, seen = optim.SGD([parameter(1.0)]), []
    with optimizer.register_step_pre_hook(lambda *_: seen.append("pre")):
        optimizer.step()
    optimizer.step()
    assert seen == ["pre"]


def test_hooks_of_one_optimizer_are_not_anothers():
    first, second, seen = optim.SGD([parameter(1.0)]), optim.SGD([parameter(1.0)]), []
    first.register_step_pre_hook(lambda *_: seen.append("pre"))
    second.step()
    assert seen == []


def test_a_hook_may_remove_itself():
    optimizer, seen = optim.SGD([parameter(1.0)]), []

    def once(opt, args, kwargs):
        seen.append("once")
        handle.remove()

    handle = optimizer.register_step_post_hook(once)
    optimizer.step()
    optimizer.step()
    assert seen == ["once"]


# --- printing ---------------------------------------------------------------------------------------------------------


def test_sgd_prints_as_pytorch_prints_it():
    optimizer = optim.SGD([{"params": parameter(1.0)}, {"params": parameter(1.0), "lr": 0.5}], lr=0.1, momentum=0.9)
    group = """
Parameter Group {}
    dampening: 0
    differentiable: False
    foreach: None
    fused: None
    lr: {}
    maximize: False
    momentum: 0.9
    nesterov: False
    weight_decay: 0
"""
    assert repr(optimizer) == "SGD (" + group.format(0, 0.1) + group.format(1, 0.5) + ")"


def test_a_subclass_prints_its_own_name_and_options():
    assert repr(Plain([parameter(1.0)])) == "Plain (\nParameter Group 0\n    lr: 0.5\n)"


# --- names ------------------------------------------------------------------------------------------------------------


def named_net():
    return nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1))


def test_names_come_from_the_modules_registration_into_messages():
    net = named_net()
    with pytest.raises(ValueError, match=r"2\.weight"):
        optim.SGD([{"params": net.parameters()}, {"params": [net[2].weight]}], lr=0.1)


def test_names_enter_the_group_only_when_pairs_were_given():
    net = named_net()
    assert "param_names" not in optim.SGD(net.parameters()).param_groups[0]
    group = optim.SGD(net.named_parameters()).param_groups[0]
    assert group["param_names"] == ["0.weight", "0.bias", "2.weight", "2.bias"]


def test_names_enter_the_state_dict_only_when_pairs_were_given():
    net = named_net()
    assert "param_names" not in optim.SGD(net.parameters()).state_dict()["param_groups"][0]
    groups = [{"params": net[0].named_parameters()}, {"params": [("last", net[2].weight)]}]
    saved = optim.SGD(groups).state_dict()["param_groups"]
    assert [group["param_names"] for group in saved] == [["weight", "bias"], ["last"]]


def test_param_names_follow_lr_and_come_before_the_next_option_in_print():
    text = repr(optim.SGD([("a", parameter(1.0))]))
    assert "    nesterov: False\n    param_names: ['a']\n    weight_decay: 0\n" in text


# --- parameters of every shape and type -------------------------------------------------------------------------------

BOTH = [lambda ps, **o: optim.SGD(ps, momentum=0.5, **o), lambda ps, **o: optim.Adam(ps, **o)]


@pytest.mark.parametrize("kind", BOTH, ids=["SGD", "Adam"])
def test_a_0_d_parameter_moves_and_stays_0_d(kind):
    a = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
    a.grad = torch.tensor(1.0, dtype=torch.float64)
    optimizer = kind([a], lr=0.5)
    optimizer.step()
    assert tuple(a.shape) == ()
    assert a.item() == pytest.approx(0.5, rel=1e-7)
    assert all(tuple(v.shape) == () for v in optimizer.state[a].values())


@pytest.mark.parametrize("kind", BOTH, ids=["SGD", "Adam"])
def test_an_empty_parameter_is_stepped_without_harm(kind):
    a = torch.zeros(0, 3, requires_grad=True)
    a.grad = torch.zeros(0, 3)
    kind([a], lr=0.5).step()
    assert tuple(a.shape) == (0, 3)


@pytest.mark.parametrize("kind", BOTH, ids=["SGD", "Adam"])
def test_a_transposed_parameter_is_updated_where_it_lies(kind):
    base = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], dtype=torch.float64)
    a = base.t()
    a.requires_grad_()
    a.grad = torch.ones(3, 2, dtype=torch.float64)
    kind([a], lr=0.5).step()
    assert a.detach().tolist() == [pytest.approx(row) for row in ([0.5, 3.5], [1.5, 4.5], [2.5, 5.5])]
    assert base.tolist() == [pytest.approx(row) for row in ([0.5, 1.5, 2.5], [3.5, 4.5, 5.5])]


@pytest.mark.parametrize("lr", [0.1, np.float64(0.1), np.float32(0.1), 1], ids=["float", "float64", "float32", "int"])
@pytest.mark.parametrize("kind", BOTH, ids=["SGD", "Adam"])
def test_a_float32_parameter_stays_float32_with_its_state(kind, lr):
    a = with_gradient(parameter(1.0, dtype=torch.float32), 1.0)
    optimizer = kind([a], lr=lr)
    optimizer.step()
    optimizer.step()
    assert a.dtype == torch.float32
    assert a.data.numpy().dtype == np.float32
    assert {v.dtype for v in optimizer.state[a].values()} == {torch.float32}


def test_numpy_numbers_as_options_give_bitwise_what_python_numbers_give():
    results = []
    for kind in (float, np.float64):
        a = parameter(0.3, -1.7, 2.9, dtype=torch.float32)
        betas = (kind(0.9), kind(0.99))
        optimizer = optim.Adam([a], lr=kind(0.1), betas=betas, eps=kind(1e-6), weight_decay=kind(0.01))
        for _ in range(3):
            with_gradient(a, 0.7, 0.11, -3.3)
            optimizer.step()
        results.append(a.tolist())
    assert results[0] == results[1]


@pytest.mark.parametrize("kind", BOTH, ids=["SGD", "Adam"])
def test_an_lr_may_be_a_tensor_and_gives_what_its_number_gives(kind):
    results = []
    for lr in (0.25, torch.tensor(0.25), torch.tensor(0.25, dtype=torch.float64)):
        a = with_gradient(parameter(1.0, dtype=torch.float32), 1.0)
        optimizer = kind([a], lr=lr)
        optimizer.step()
        optimizer.step()
        assert a.data.numpy().dtype == np.float32
        results.append(a.item())
    assert results[1:] == pytest.approx([results[0]] * 2, rel=1e-6)


@pytest.mark.parametrize(
    "kind",
    [
        lambda ps: optim.SGD(ps, lr=0.1),
        lambda ps: optim.SGD(ps, lr=0.1, momentum=0.9, weight_decay=0.1, nesterov=True),
        lambda ps: optim.SGD(ps, lr=0.1, momentum=0.9, dampening=0.5, maximize=True),
        lambda ps: optim.Adam(ps, lr=0.1, weight_decay=0.1),
    ],
)
def test_values_move_as_float64_tensors_do(kind):
    tensors = [parameter(1.5), parameter(-0.7)]
    values = [Value(1.5), Value(-0.7)]
    for a, b in (tensors, values):
        optimizer = kind([a, b])
        for _ in range(5):
            optimizer.zero_grad()
            loss = (a * b + a) * a
            (loss.sum() if isinstance(loss, torch.Tensor) else loss).backward()
            optimizer.step()
    assert [v.data for v in values] == [t.item() for t in tensors]


@pytest.mark.parametrize("gradient", [2, 2.0, np.float64(2), np.float32(2)], ids=lambda g: type(g).__name__)
def test_a_values_gradient_may_be_any_number(gradient):
    v = Value(1.0)
    v.grad = gradient
    optim.SGD([v], lr=0.25).step()
    assert v.data == 0.5
    assert type(v.data) is float


def test_a_value_can_be_named_in_a_pair():
    v = Value(1.0)
    assert optim.SGD([("v", v)]).param_groups[0]["param_names"] == ["v"]


# --- an algorithm of one's own, as a rule -----------------------------------------------------------------------------


def sign_descent(p, g, last, *, lr):
    """p := p - lr * sign(g), keeping the gradient."""
    return p - lr * np.sign(g), g


class SignDescent(Optimizer):
    rule = staticmethod(sign_descent)

    def __init__(self, params, lr=optim.optimizer.required):
        super().__init__(params, dict(lr=lr))


def test_a_rule_and_its_options_make_an_optimizer():
    a = with_gradient(parameter(1.0, 2.0), -3.0, 5.0)
    optimizer = SignDescent([a], lr=0.5)
    optimizer.step()
    assert a.tolist() == [1.5, 1.5]
    assert optimizer.state_dict()["state"][0]["last"].tolist() == [-3.0, 5.0]


def test_the_state_a_rule_hands_on_is_copied_from_the_gradient():
    a = with_gradient(parameter(1.0), 3.0)
    optimizer = SignDescent([a], lr=0.5)
    optimizer.step()
    a.grad.zero_()
    assert optimizer.state[a]["last"].tolist() == [3.0]


def test_a_required_option_of_a_rule_may_be_given_by_the_groups():
    a, b = with_gradient(parameter(1.0), 1.0), with_gradient(parameter(1.0), 1.0)
    SignDescent([{"params": a, "lr": 0.5}, {"params": b, "lr": 0.25}]).step()
    assert (a.item(), b.item()) == (0.5, 0.75)


def test_an_optimizer_with_neither_rule_nor_step_says_so():
    with pytest.raises(NotImplementedError, match="Bare has neither a rule nor a step"):
        type("Bare", (Optimizer,), {})([parameter(1.0)], {}).step()


# --- copies -----------------------------------------------------------------------------------------------------------

PATHS = [copy.deepcopy, lambda pair: pickle.loads(pickle.dumps(pair))]


def trained(kind, steps=3):
    """A small net and its optimizer after a few steps."""
    torch.manual_seed(1)
    net = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
    optimizer = kind(net.parameters(), lr=0.1)
    train(net, optimizer, steps)
    return net, optimizer


def train(net, optimizer, steps):
    x, y = torch.tensor([[1.0, 2.0], [0.5, -1.0]]), torch.tensor([[1.0], [0.0]])
    for _ in range(steps):
        optimizer.zero_grad()
        nn.MSELoss()(net(x), y).backward()
        optimizer.step()
    return [p.tolist() for p in net.parameters()]


@pytest.mark.parametrize("path", PATHS, ids=["deepcopy", "pickle"])
@pytest.mark.parametrize("kind", BOTH, ids=["SGD", "Adam"])
def test_a_copied_model_with_its_optimizer_trains_on_alike(kind, path):
    net, optimizer = trained(kind)
    net_copy, optimizer_copy = path((net, optimizer))
    assert [id(p) for p in optimizer_copy.param_groups[0]["params"]] == [id(p) for p in net_copy.parameters()]
    assert train(net_copy, optimizer_copy, 3) == train(net, optimizer, 3)


@pytest.mark.parametrize("path", PATHS, ids=["deepcopy", "pickle"])
@pytest.mark.parametrize("kind", BOTH, ids=["SGD", "Adam"])
def test_training_a_copy_leaves_the_first_alone(kind, path):
    net, optimizer = trained(kind)
    before, state_before = [p.tolist() for p in net.parameters()], repr(optimizer.state_dict())
    train(*path((net, optimizer)), 3)
    assert [p.tolist() for p in net.parameters()] == before
    assert repr(optimizer.state_dict()) == state_before


@pytest.mark.parametrize("path", PATHS, ids=["deepcopy", "pickle"])
def test_a_copied_subclass_with_its_own_step_still_steps(path):
    net, optimizer = trained(Plain)
    net_copy, optimizer_copy = path((net, optimizer))
    assert train(net_copy, optimizer_copy, 2) == train(net, optimizer, 2)


def test_hooks_stay_behind_when_an_optimizer_is_copied():
    # As in PyTorch, whose __getstate__ leaves them out: a hook may hold anything.
    _, optimizer = trained(BOTH[0])
    seen = []
    optimizer.register_step_post_hook(lambda *_: seen.append("step"))
    copy.deepcopy(optimizer).step()
    pickle.loads(pickle.dumps(optimizer)).step()
    assert seen == []


@pytest.mark.parametrize("path", PATHS, ids=["deepcopy", "pickle"])
def test_a_copied_models_parameters_are_named_by_the_copy(path):
    net = named_net()
    wider = nn.Sequential(nn.Linear(1, 1), net)
    inner = path((net, None))[0]
    assert [p.name for p in inner.parameters()] == ["0.weight", "0.bias", "2.weight", "2.bias"]
    assert wider[1][0].weight.name == "1.0.weight"
