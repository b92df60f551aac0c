"""state_dict and load_state_dict: what is in them, and training that goes on as if it had never stopped."""

from __future__ import annotations

import copy
import pickle

import pytest

import tinygrad_optim as torch
from tinygrad_optim import Value, nn, optim

SGD_OPTIONS = {
    "lr",
    "momentum",
    "dampening",
    "weight_decay",
    "nesterov",
    "maximize",
    "foreach",
    "differentiable",
    "fused",
}
ADAM_OPTIONS = {
    *("lr", "betas", "eps", "weight_decay", "amsgrad", "maximize", "foreach", "capturable", "differentiable", "fused"),
    "decoupled_weight_decay",
}

KINDS = {
    "SGD": lambda ps, **o: optim.SGD(ps, **{"lr": 0.1, **o}),
    "SGD momentum": lambda ps, **o: optim.SGD(ps, **{"lr": 0.1, "momentum": 0.9, "nesterov": True, **o}),
    "Adam": lambda ps, **o: optim.Adam(ps, **{"lr": 0.1, "weight_decay": 0.1, **o}),
    "Adam amsgrad": lambda ps, **o: optim.Adam(ps, **{"lr": 0.1, "amsgrad": True, **o}),
}
every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))


def net_of(seed=0):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))


def groups_of(net):
    return [{"params": net[0].parameters()}, {"params": net[2].parameters(), "lr": 0.02}]


def train(net, optimizer, steps):
    x, y = torch.tensor([[1.0, 2.0], [0.5, -1.0]]), torch.tensor([[1.0], [0.0]])
    for _ in range(steps):
        optimizer.zero_grad()
        nn.MSELoss()(net(x), y).backward()
        optimizer.step()
    return [p.tolist() for p in net.parameters()]


def plain(saved):
    """A state dict with every tensor as numbers, to compare."""
    if isinstance(saved, dict):
        return {key: plain(value) for key, value in saved.items()}
    if isinstance(saved, list | tuple):
        return [plain(value) for value in saved]
    return (str(saved.dtype), saved.tolist()) if isinstance(saved, torch.Tensor) else saved


# --- structure --------------------------------------------------------------------------------------------------------


def test_a_fresh_state_dict_has_no_state_and_numbers_the_parameters_through_all_groups():
    saved = optim.SGD(groups_of(net_of()), lr=0.1).state_dict()
    assert list(saved) == ["state", "param_groups"]
    assert saved["state"] == {}
    assert [group["params"] for group in saved["param_groups"]] == [[0, 1], [2, 3]]


@pytest.mark.parametrize(("kind", "options"), [(optim.SGD, SGD_OPTIONS), (optim.Adam, ADAM_OPTIONS)])
def test_each_saved_group_holds_its_options_and_no_more(kind, options):
    for group in kind(groups_of(net_of()), lr=0.1).state_dict()["param_groups"]:
        assert set(group) == options | {"params"}


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("SGD momentum", ["momentum_buffer"]),
        ("Adam", ["step", "exp_avg", "exp_avg_sq"]),
        ("Adam amsgrad", ["step", "exp_avg", "exp_avg_sq", "max_exp_avg_sq"]),
    ],
)
def test_state_is_kept_by_parameter_number_under_pytorchs_names(name, keys):
    net = net_of()
    optimizer = KINDS[name](groups_of(net))
    train(net, optimizer, 1)
    saved = optimizer.state_dict()["state"]
    assert list(saved) == [0, 1, 2, 3]
    for number, p in enumerate(net.parameters()):
        assert list(saved[number]) == keys
        for key, entry in saved[number].items():
            assert isinstance(entry, torch.Tensor)
            assert tuple(entry.shape) == (() if key == "step" else tuple(p.shape))


def test_a_parameter_never_stepped_has_no_entry():
    net = net_of()
    optimizer = optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    net[2].bias.grad = torch.ones(1)
    optimizer.step()
    assert list(optimizer.state_dict()["state"]) == [3]


def test_adams_step_is_a_float32_whatever_the_parameters_type():
    a = torch.tensor([1.0], dtype=torch.float64, requires_grad=True)
    a.grad = torch.ones(1, dtype=torch.float64)
    optimizer = optim.Adam([a])
    optimizer.step()
    entry = optimizer.state_dict()["state"][0]
    assert (str(entry["step"].dtype), entry["step"].item()) == (str(torch.float32), 1.0)
    assert entry["exp_avg"].dtype == torch.float64


@every_kind
def test_taking_a_state_dict_changes_nothing(kind):
    nets = net_of(), net_of()
    optimizers = [kind(groups_of(net)) for net in nets]
    for _ in range(3):
        results = [train(net, optimizer, 1) for net, optimizer in zip(nets, optimizers)]
        optimizers[1].state_dict()
    assert results[0] == results[1]


def test_editing_the_saved_options_edits_no_group():
    optimizer = optim.SGD(net_of().parameters(), lr=0.1)
    optimizer.state_dict()["param_groups"][0]["lr"] = 5.0
    optimizer.state_dict()["param_groups"][0]["params"].append(7)
    assert optimizer.param_groups[0]["lr"] == 0.1
    assert len(optimizer.param_groups[0]["params"]) == 4


# --- loading ----------------------------------------------------------------------------------------------------------


@every_kind
@pytest.mark.parametrize("carry", [copy.deepcopy, lambda d: pickle.loads(pickle.dumps(d))], ids=["deepcopy", "pickle"])
def test_training_resumed_is_training_uninterrupted_bit_for_bit(kind, carry):
    straight = net_of()
    uninterrupted = train(straight, kind(groups_of(straight)), 7)

    first = net_of()
    first_optimizer = kind(groups_of(first))
    train(first, first_optimizer, 3)
    saved = carry({"net": first.state_dict(), "optimizer": first_optimizer.state_dict()})

    second = net_of(seed=9)
    second_optimizer = kind(groups_of(second), lr=99.0)
    second.load_state_dict(saved["net"])
    second_optimizer.load_state_dict(saved["optimizer"])
    assert train(second, second_optimizer, 4) == uninterrupted


@every_kind
def test_what_was_loaded_is_what_was_saved(kind):
    net = net_of()
    optimizer = kind(groups_of(net))
    train(net, optimizer, 2)
    other = kind(groups_of(net_of(seed=9)))
    other.load_state_dict(optimizer.state_dict())
    assert plain(other.state_dict()) == plain(optimizer.state_dict())


def test_options_come_from_the_state_dict():
    saved = optim.SGD(groups_of(net_of()), lr=0.5, momentum=0.9).state_dict()
    optimizer = optim.SGD(groups_of(net_of()), lr=0.1)
    optimizer.load_state_dict(saved)
    assert [(group["lr"], group["momentum"]) for group in optimizer.param_groups] == [(0.5, 0.9), (0.02, 0.9)]


def test_an_extra_option_in_the_state_dict_is_kept():
    saved = optim.SGD([{"params": net_of().parameters(), "initial_lr": 0.5}], lr=0.1).state_dict()
    optimizer = optim.SGD(net_of().parameters(), lr=0.1)
    optimizer.load_state_dict(saved)
    assert optimizer.param_groups[0]["initial_lr"] == 0.5


def test_loading_keeps_the_optimizers_own_parameters():
    net = net_of()
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    optimizer.load_state_dict(optim.SGD(net_of(seed=9).parameters(), lr=0.5).state_dict())
    assert [id(p) for p in optimizer.param_groups[0]["params"]] == [id(p) for p in net.parameters()]


def test_loaded_state_is_cast_to_the_parameters_type_but_the_step_count_is_not():
    net = net_of()
    optimizer = optim.Adam(net.parameters())
    train(net, optimizer, 2)
    wide = [p.detach().double().requires_grad_() for p in net.parameters()]
    other = optim.Adam(wide)
    other.load_state_dict(optimizer.state_dict())
    for p in wide:
        state = other.state[p]
        assert (state["exp_avg"].dtype, state["exp_avg_sq"].dtype) == (torch.float64, torch.float64)
        assert (state["step"].dtype, state["step"].item()) == (torch.float32, 2.0)


def test_loading_does_not_change_the_dict_that_was_given():
    net = net_of()
    optimizer = optim.Adam(net.parameters())
    train(net, optimizer, 2)
    saved = copy.deepcopy(optimizer.state_dict())
    before = plain(saved)
    other = optim.Adam([p.detach().double().requires_grad_() for p in net.parameters()])
    other.load_state_dict(saved)
    other.param_groups[0]["lr"] = 7.0
    assert plain(saved) == before


def test_an_option_that_is_a_list_is_copied_when_loaded():
    optimizer = optim.SGD([{"params": net_of().parameters(), "history": [1]}], lr=0.1)
    saved = copy.deepcopy(optimizer.state_dict())
    optimizer.load_state_dict(saved)
    optimizer.param_groups[0]["history"].append(2)
    assert saved["param_groups"][0]["history"] == [1]


def test_stepping_after_loading_does_not_change_the_dict_that_was_given():
    net = net_of()
    optimizer = optim.Adam(net.parameters())
    train(net, optimizer, 2)
    saved = copy.deepcopy(optimizer.state_dict())
    before = plain(saved)
    optimizer.load_state_dict(saved)
    train(net, optimizer, 2)
    assert plain(saved) == before


def test_a_fresh_state_dict_clears_the_state():
    net = net_of()
    optimizer = optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    fresh = optimizer.state_dict()
    train(net, optimizer, 2)
    optimizer.load_state_dict(fresh)
    assert optimizer.state_dict()["state"] == {}


def test_a_state_dict_that_came_through_text_with_numbers_as_keys_loads():
    net = net_of()
    optimizer = optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    train(net, optimizer, 1)
    saved = optimizer.state_dict()
    renumbered = {
        "state": {number + 10: entry for number, entry in saved["state"].items()},
        "param_groups": [{**saved["param_groups"][0], "params": [10, 11, 12, 13]}],
    }
    other = optim.SGD(net_of().parameters(), lr=0.5)
    other.load_state_dict(renumbered)
    assert plain(other.state_dict()) == plain(saved)


def test_names_in_the_state_dict_do_not_decide_what_goes_where():
    # As in PyTorch: entries go by position; param_names are only carried along.
    net = net_of()
    optimizer = optim.SGD(net.named_parameters(), lr=0.1, momentum=0.9)
    train(net, optimizer, 1)
    other = optim.SGD(net_of().named_parameters(), lr=0.1, momentum=0.9)
    other.load_state_dict(optimizer.state_dict())
    assert plain(other.state_dict()) == plain(optimizer.state_dict())


def test_state_is_a_mapping_by_parameter_that_starts_empty():
    a = torch.tensor([1.0], requires_grad=True)
    optimizer = optim.SGD([a], lr=0.1)
    assert len(optimizer.state) == 0
    optimizer.state[a]["mine"] = 3
    assert optimizer.state_dict()["state"] == {0: {"mine": 3}}


def test_state_of_ones_own_survives_saving_and_loading():
    a, b = torch.tensor([1.0], requires_grad=True), torch.tensor([1.0], requires_grad=True)
    optimizer, other = optim.SGD([a], lr=0.1), optim.SGD([b], lr=0.1)
    optimizer.state[a]["mine"] = {"list": [1, 2], "text": "x"}
    other.load_state_dict(optimizer.state_dict())
    assert other.state[b]["mine"] == {"list": [1, 2], "text": "x"}


def test_state_under_a_key_of_ones_own_survives_too():
    optimizer, other = optim.SGD(net_of().parameters()), optim.SGD(net_of().parameters())
    optimizer.state["epoch"] = 3
    other.load_state_dict(optimizer.state_dict())
    assert other.state["epoch"] == 3


def test_names_stay_when_the_loaded_dict_has_none():
    optimizer = optim.SGD(net_of().named_parameters())
    names = optimizer.param_groups[0]["param_names"]
    optimizer.load_state_dict(optim.SGD(net_of().parameters()).state_dict())
    assert optimizer.param_groups[0]["param_names"] == names


def test_names_in_the_loaded_dict_replace_the_optimizers():
    optimizer = optim.SGD(net_of().named_parameters())
    saved = optim.SGD([(f"other{i}", p) for i, p in enumerate(net_of().parameters())]).state_dict()
    optimizer.load_state_dict(saved)
    assert optimizer.param_groups[0]["param_names"] == ["other0", "other1", "other2", "other3"]


def test_a_momentum_buffer_of_none_means_that_there_is_none():
    a = torch.tensor([1.0], requires_grad=True)
    optimizer = optim.SGD([a], lr=0.5, momentum=0.9)
    saved = optimizer.state_dict()
    saved["state"][0] = {"momentum_buffer": None}
    optimizer.load_state_dict(saved)
    a.grad = torch.tensor([1.0])
    optimizer.step()
    assert a.item() == 0.5


def test_a_step_count_may_be_saved_as_a_plain_number():
    net = net_of()
    optimizer, other = optim.Adam(net.parameters()), optim.Adam(net.parameters())
    train(net, optimizer, 2)
    saved = copy.deepcopy(optimizer.state_dict())
    for entry in saved["state"].values():
        entry["step"] = 2
    other.load_state_dict(saved)
    assert plain(other.state_dict()) == plain(optimizer.state_dict())


def test_options_that_pytorch_added_later_may_be_missing():
    optimizer = optim.SGD(net_of().parameters(), lr=0.1, momentum=0.9, nesterov=True, maximize=True)
    saved = optimizer.state_dict()
    for option in ("nesterov", "maximize", "foreach", "differentiable", "fused"):
        del saved["param_groups"][0][option]
    optimizer.load_state_dict(saved)
    group = optimizer.param_groups[0]
    assert (group["nesterov"], group["maximize"]) == (False, False)


def test_a_subclass_may_fill_in_what_an_old_dict_lacks():
    class Newer(optim.SGD):
        def __setstate__(self, state):
            super().__setstate__(state)
            for group in self.param_groups:
                group.setdefault("added", 7)

    optimizer = Newer(net_of().parameters(), lr=0.1)
    optimizer.load_state_dict(optim.SGD(net_of().parameters(), lr=0.5).state_dict())
    assert (optimizer.param_groups[0]["added"], optimizer.param_groups[0]["lr"]) == (7, 0.5)


def test_values_are_saved_and_resumed_too():
    straight, first, second = ([Value(1.0), Value(2.0)] for _ in range(3))
    optimizers = [optim.Adam(values, lr=0.1) for values in (straight, first, second)]

    def steps(values, optimizer, count):
        for _ in range(count):
            optimizer.zero_grad()
            (values[0] * values[1]).backward()
            optimizer.step()

    steps(straight, optimizers[0], 5)
    steps(first, optimizers[1], 2)
    optimizers[2].load_state_dict(optimizers[1].state_dict())
    for new, old in zip(second, first):
        new.data = old.data
    steps(second, optimizers[2], 3)
    assert [v.data for v in second] == [v.data for v in straight]
