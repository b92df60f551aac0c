"""What optimizers refuse: PyTorch's exception types, messages that name what was found, and nothing changed."""

from __future__ import annotations

import copy
import re

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import tinygrad_optim as torch
from tinygrad_optim import Value, nn, optim
from tinygrad_optim.optim.optimizer import Optimizer, required


def leaf(*numbers, dtype=torch.float32):
    return torch.tensor(list(numbers) or [1.0], dtype=dtype, requires_grad=True)


def net():
    return nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))


def plain(thing):
    """An optimizer's content, or any part of it, as plain values that can be compared."""
    if isinstance(thing, Optimizer):
        state = [(id(p), plain(kept)) for p, kept in thing.state.items()]
        return plain(thing.param_groups), state, plain(thing.defaults), [plain(g["params"]) for g in thing.param_groups]
    if isinstance(thing, dict):
        return {key: plain(value) for key, value in thing.items()}
    if isinstance(thing, list | tuple):
        return [plain(value) for value in thing]
    if isinstance(thing, torch.Tensor):
        grad = None if thing.grad is None else thing.grad.tolist()
        return str(thing.dtype), tuple(thing.shape), thing.tolist(), grad
    return repr(thing)


def refuses(exception, act, *fragments):
    """act() raises the exception, and its message holds every fragment."""
    with pytest.raises(exception) as caught:
        act()
    assert caught.type is exception
    message = str(caught.value)
    for fragment in fragments:
        assert fragment in message, f"{fragment!r} is not in: {message}"


# --- parameters -------------------------------------------------------------------------------------------------------


def used_up():
    parameters = net().parameters()
    list(parameters)
    return parameters


PARAMETERS = {
    "empty list": (ValueError, lambda: [], ["optimizer got an empty parameter list"]),
    "used-up generator": (ValueError, used_up, ["optimizer got an empty parameter list", "generator"]),
    "tensor": (TypeError, leaf, ["should be an iterable of Tensors or dicts", "Tensor", "[parameter]"]),
    "parameter": (TypeError, lambda: nn.Parameter(torch.ones(2)), ["should be an iterable", "Parameter"]),
    "value": (TypeError, lambda: Value(1.0), ["should be an iterable", "Value"]),
    "module": (TypeError, net, ["Sequential", ".parameters()"]),
    "dict": (TypeError, lambda: {"params": [leaf()]}, ["dict", "params", "[{'params': ...}]"]),
    "state dict": (TypeError, lambda: net().state_dict(), ["0.weight"]),
    "set": (TypeError, lambda: {leaf(), leaf()}, ["set", "order"]),
    "string": (TypeError, lambda: "weight", ["str"]),
    "None": (TypeError, lambda: None, ["NoneType"]),
    "number": (TypeError, lambda: 3, ["int"]),
    "array": (TypeError, lambda: np.ones(3), ["can only optimize Tensors", "params[0]"]),
    "list of numbers": (TypeError, lambda: [leaf(), 1.5], ["can only optimize Tensors", "float", "params[1]", "1.5"]),
    "list of lists": (TypeError, lambda: [[leaf()]], ["can only optimize Tensors", "list", "params[0]"]),
    "list of modules": (TypeError, lambda: [nn.ReLU()], ["can only optimize Tensors", "ReLU"]),
    "names alone": (TypeError, lambda: dict(net().named_parameters()).keys(), ["str", "0.weight"]),
    "tensor, then group": (TypeError, lambda: [leaf(), {"params": [leaf()]}], ["dict", "params[1]"]),
    "group, then tensor": (TypeError, lambda: [{"params": [leaf()]}, leaf()], ["must be a dict", "Tensor"]),
    "group, then list": (TypeError, lambda: [{"params": [leaf()]}, [leaf()]], ["must be a dict", "list"]),
    "no params": (KeyError, lambda: [{"params": leaf()}, {"lr": 0.1}], ["group 1", "params", "'lr'"]),
    "set in a group": (TypeError, lambda: [{"params": {leaf()}}], ["ordered collections", "group 0"]),
    "module in a group": (TypeError, lambda: [{"params": net()}], ["group 0", "Sequential", ".parameters()"]),
    "dict in a group": (TypeError, lambda: [{"params": {"a": leaf()}}], ["group 0", "dict"]),
    "None in a group": (TypeError, lambda: [{"params": None}], ["group 0", "NoneType"]),
    "number in a group": (TypeError, lambda: [{"params": leaf()}, {"params": 3}], ["group 1", "int"]),
    "non-leaf": (
        ValueError,
        lambda: [leaf(), leaf() * 2],
        ["can't optimize a non-leaf Tensor", "params[1]", "group 0"],
    ),
    "non-leaf value": (ValueError, lambda: [Value(1.0) * 2], ["can't optimize a non-leaf", "group 0"]),
    "half named": (ValueError, lambda: [("a", leaf()), leaf()], ["with/without names", "1 of 2"]),
    "other group unnamed": (
        ValueError,
        lambda: [{"params": [("a", leaf())]}, {"params": [leaf()]}],
        ["with/without names", "group 1"],
    ),
    "name after the tensor": (TypeError, lambda: [(leaf(), "a")], ["str", "params[0]"]),
    "pair of tensors": (TypeError, lambda: [(leaf(), leaf())], ["name must be a str"]),
    "triple": (TypeError, lambda: [("a", leaf(), 1)], ["tuple", "params[0]"]),
}


@pytest.mark.parametrize("kind", [optim.SGD, optim.Adam])
@pytest.mark.parametrize(("exception", "params", "fragments"), PARAMETERS.values(), ids=list(PARAMETERS))
def test_what_cannot_be_optimized_is_refused(kind, exception, params, fragments):
    refuses(exception, lambda: kind(params(), lr=0.1), *fragments)


@pytest.mark.parametrize(("exception", "params", "fragments"), PARAMETERS.values(), ids=list(PARAMETERS))
def test_it_is_refused_for_an_optimizer_of_ones_own_too(exception, params, fragments):
    class Own(Optimizer):
        def __init__(self, params):
            super().__init__(params, {"lr": 0.1})

    refuses(exception, lambda: Own(params()), *fragments)


def test_a_parameter_in_two_groups_is_named_with_both_groups():
    model = net()
    groups = [{"params": [leaf()]}, {"params": model.parameters()}, {"params": [model[2].bias]}]
    refuses(ValueError, lambda: optim.SGD(groups), "more than one parameter group", "2.bias", "group 1", "group 2")


def test_a_parameter_without_a_module_is_named_by_its_place_and_shape():
    a = leaf(1.0, 2.0)
    refuses(ValueError, lambda: optim.SGD([{"params": [a]}, {"params": [leaf(), a]}]), "params[1]", "(2,)", "group 0")


def test_a_parameter_twice_in_a_group_is_a_warning_that_names_it():
    model = net()
    with pytest.warns(UserWarning, match="duplicate parameters") as caught:
        optim.SGD([model[0].weight, model[0].bias, model[0].weight])
    message = str(caught[0].message)
    for fragment in ("0.weight", "group 0", "places 0 and 2"):
        assert fragment in message
    assert caught[0].filename == __file__


def test_a_non_leaf_is_named_by_the_group_it_is_in():
    groups = [{"params": leaf()}, {"params": leaf() + leaf()}]
    refuses(ValueError, lambda: optim.SGD(groups), "group 1", "detach()")


# --- options ----------------------------------------------------------------------------------------------------------

NAN = float("nan")
SGD_OPTIONS = {
    "lr<0": (ValueError, {"lr": -0.1}, ["Invalid learning rate: -0.1"]),
    "lr NaN": (ValueError, {"lr": NAN}, ["Invalid learning rate: nan"]),
    "lr str": (TypeError, {"lr": "0.1"}, ["'lr'", "str", "'0.1'"]),
    "lr None": (TypeError, {"lr": None}, ["'lr'", "NoneType"]),
    "lr list": (TypeError, {"lr": [0.1]}, ["'lr'", "list"]),
    "lr complex": (TypeError, {"lr": 1j}, ["'lr'", "complex"]),
    "lr of two": (ValueError, {"lr": torch.tensor([0.1, 0.2])}, ["Tensor", "must be 1-element", "(2,)"]),
    "lr tensor<0": (ValueError, {"lr": torch.tensor(-1.0)}, ["Invalid learning rate: -1"]),
    "lr tensor NaN": (ValueError, {"lr": torch.tensor(NAN)}, ["Invalid learning rate: nan"]),
    "lr numpy NaN": (ValueError, {"lr": np.float32("nan")}, ["Invalid learning rate: nan"]),
    "momentum<0": (ValueError, {"momentum": -0.9}, ["Invalid momentum value: -0.9"]),
    "momentum NaN": (ValueError, {"momentum": NAN}, ["Invalid momentum value: nan"]),
    "momentum None": (TypeError, {"momentum": None}, ["'momentum'", "NoneType"]),
    "dampening NaN": (ValueError, {"dampening": NAN}, ["dampening"]),
    "dampening str": (TypeError, {"dampening": "a"}, ["'dampening'"]),
    "weight_decay<0": (ValueError, {"weight_decay": -1e-4}, ["Invalid weight_decay value: -0.0001"]),
    "weight_decay NaN": (ValueError, {"weight_decay": NAN}, ["Invalid weight_decay value: nan"]),
    "nesterov alone": (ValueError, {"nesterov": True}, ["Nesterov momentum requires a momentum", "momentum=0"]),
    "nesterov dampened": (
        ValueError,
        {"nesterov": True, "momentum": 0.9, "dampening": 0.1},
        ["Nesterov momentum requires", "dampening=0.1"],
    ),
}
ADAM_OPTIONS = {
    "lr<0": (ValueError, {"lr": -0.1}, ["Invalid learning rate: -0.1"]),
    "lr NaN": (ValueError, {"lr": NAN}, ["Invalid learning rate: nan"]),
    "beta 1": (ValueError, {"betas": (1.0, 0.9)}, ["Invalid beta parameter at index 0: 1.0"]),
    "beta<0": (ValueError, {"betas": (0.9, -0.1)}, ["Invalid beta parameter at index 1: -0.1"]),
    "beta NaN": (ValueError, {"betas": (0.9, NAN)}, ["Invalid beta parameter at index 1: nan"]),
    "beta str": (TypeError, {"betas": ("a", 0.9)}, ["'betas'", "str"]),
    "betas number": (TypeError, {"betas": 0.9}, ["'betas'", "pair", "0.9"]),
    "betas None": (TypeError, {"betas": None}, ["'betas'", "pair", "None"]),
    "betas of three": (TypeError, {"betas": (0.9, 0.9, 0.9)}, ["'betas'", "pair"]),
    "eps<0": (ValueError, {"eps": -1e-8}, ["Invalid epsilon value: -1e-08"]),
    "eps NaN": (ValueError, {"eps": NAN}, ["Invalid epsilon value: nan"]),
    "weight_decay<0": (ValueError, {"weight_decay": -1.0}, ["Invalid weight_decay value: -1.0"]),
}
OPTIONS = [pytest.param(optim.SGD, *case, id=f"SGD {name}") for name, case in SGD_OPTIONS.items()]
OPTIONS += [pytest.param(optim.Adam, *case, id=f"Adam {name}") for name, case in ADAM_OPTIONS.items()]
every_option = pytest.mark.parametrize(("kind", "exception", "options", "fragments"), OPTIONS)


@every_option
def test_an_option_out_of_range_is_refused_by_the_constructor(kind, exception, options, fragments):
    refuses(
        exception, lambda: kind([leaf()], **options), *fragments, kind.__name__ if "Nest" not in fragments[0] else ""
    )


@every_option
def test_an_option_out_of_range_is_refused_in_the_second_group_with_its_number(kind, exception, options, fragments):
    groups = [{"params": leaf()}, {"params": leaf(), **options}]
    refuses(exception, lambda: kind(groups), *fragments, "group 1")


@every_option
def test_a_group_refused_by_add_param_group_leaves_everything_as_it_was(kind, exception, options, fragments):
    a = leaf()
    optimizer = kind([a], lr=0.1)
    a.grad = torch.ones(1)
    optimizer.step()
    group = {"params": [leaf()], **options}
    before, group_before = plain(optimizer), dict(group)
    refuses(exception, lambda: optimizer.add_param_group(group), *fragments, "group 1")
    assert plain(optimizer) == before
    assert group == group_before


@every_option
def test_loading_an_option_out_of_range_leaves_everything_as_it_was(kind, exception, options, fragments):
    a, b = leaf(), leaf()
    optimizer = kind([{"params": a}, {"params": b}], lr=0.1)
    a.grad = torch.ones(1)
    optimizer.step()
    saved = copy.deepcopy(optimizer.state_dict())
    saved["param_groups"][0]["lr"] = 7.0
    saved["param_groups"][1].update(options)
    before = plain(optimizer)
    refuses(exception, lambda: optimizer.load_state_dict(saved), *fragments, "group 1")
    assert plain(optimizer) == before


def test_an_unknown_option_is_refused_with_the_one_that_was_meant():
    refuses(TypeError, lambda: optim.SGD([leaf()], momentun=0.9), "momentun", "'momentum'", "SGD")
    refuses(TypeError, lambda: optim.SGD([leaf()], learning_rate=0.9), "learning_rate", "lr")


def test_momentum_for_adam_is_refused_with_what_plays_its_part():
    refuses(TypeError, lambda: optim.Adam([leaf()], momentum=0.9), "'momentum'", "betas[0]", "Adam")


def test_a_required_option_that_nobody_gives_is_named_with_the_group():
    class Own(Optimizer):
        def __init__(self, params, rate=required):
            super().__init__(params, {"rate": rate})

    groups = [{"params": leaf(), "rate": 1.0}, {"params": leaf()}]
    refuses(ValueError, lambda: Own(groups), "group 1", "didn't specify a value of required", "rate")


def test_a_mistaken_rule_is_refused_when_the_class_is_made():
    def make(rule):
        def init(self, params, lr):
            Optimizer.__init__(self, params, {"lr": lr})

        return type("Own", (Optimizer,), {"rule": staticmethod(rule), "__init__": init})

    refuses(TypeError, lambda: make(lambda p, g, *, rate: p), "Own", "'rate'", "lr")
    refuses(TypeError, lambda: make(lambda g, p, *, lr: p), "Own", "(p, g, ...)")


def test_a_hook_that_cannot_be_called_is_refused():
    optimizer = optim.SGD([leaf()])
    refuses(TypeError, lambda: optimizer.register_step_pre_hook(3), "callable", "int")


def test_a_pre_hook_must_return_none_or_args_and_kwargs():
    a = leaf()
    a.grad = torch.ones(1)
    optimizer = optim.SGD([a], lr=0.5)
    handle = optimizer.register_step_pre_hook(lambda *_: 3)
    refuses(RuntimeError, optimizer.step, "None or a tuple of (new_args, new_kwargs)", "3")
    assert a.tolist() == [1.0]
    handle.remove()
    optimizer.step()
    assert a.tolist() == [0.5]


# --- gradients and state at step --------------------------------------------------------------------------------------

KINDS = {"SGD": lambda ps: optim.SGD(ps, lr=0.1, momentum=0.9), "Adam": lambda ps: optim.Adam(ps, lr=0.1)}
every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))


def stepped(kind):
    """A model and its optimizer in two groups after one step, with fresh gradients."""
    torch.manual_seed(0)
    model = net()
    optimizer = kind([{"params": model[0].parameters()}, {"params": model[2].parameters()}])
    for _ in range(2):
        optimizer.zero_grad()
        model(torch.ones(4, 2)).sum().backward()
        if not optimizer.state:
            optimizer.step()
    return model, optimizer


def refuses_to_step(optimizer, exception, *fragments):
    before = plain(optimizer)
    refuses(exception, optimizer.step, *fragments)
    assert plain(optimizer) == before


@every_kind
def test_a_gradient_of_another_shape_stops_the_step_before_anything_is_written(kind):
    model, optimizer = stepped(kind)
    model[2].weight.data = torch.ones(1, 5)
    refuses_to_step(optimizer, RuntimeError, "2.weight", "group 1", "(1, 3)", "(1, 5)")


def test_a_gradient_of_another_shape_stops_the_first_step_too():
    model = net()
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    model(torch.ones(1, 2)).sum().backward()
    model[2].weight.data = torch.ones(1, 5)
    refuses_to_step(optimizer, RuntimeError, "2.weight", "group 0", "(1, 3)", "(1, 5)")


@every_kind
def test_a_gradient_of_another_type_stops_the_step_before_anything_is_written(kind):
    model, optimizer = stepped(kind)
    model[2].weight.data = model[2].weight.data.double()
    refuses_to_step(optimizer, RuntimeError, "2.weight", "group 1", "float32", "float64")


@every_kind
def test_state_of_another_shape_stops_the_step_before_anything_is_written(kind):
    model, optimizer = stepped(kind)
    model[2].weight.data = torch.ones(1, 1)
    model[2].weight.grad = torch.ones(1, 1)
    refuses_to_step(optimizer, RuntimeError, "2.weight", "group 1", "(1, 3)", "(1, 1)")


@pytest.mark.parametrize(
    ("exception", "value"),
    [(TypeError, "0.1"), (TypeError, None), (ValueError, NAN), (ValueError, torch.tensor([0.1, 0.2]))],
    ids=["str", "None", "NaN", "two"],
)
@every_kind
def test_an_option_edited_to_no_number_stops_the_step_before_anything_is_written(kind, exception, value):
    _, optimizer = stepped(kind)
    optimizer.param_groups[1]["lr"] = value
    refuses_to_step(optimizer, exception, "'lr'" if exception is TypeError else "learning rate", "group 1")
    refuses_to_step(optimizer, exception)


@every_kind
def test_an_option_taken_out_stops_the_step_before_anything_is_written(kind):
    _, optimizer = stepped(kind)
    del optimizer.param_groups[1]["weight_decay"]
    refuses_to_step(optimizer, KeyError, "weight_decay", "group 1")


@every_kind
def test_after_a_refused_step_and_its_remedy_training_goes_on(kind):
    model, optimizer = stepped(kind)
    twin, twin_optimizer = stepped(kind)
    gradient = model[2].weight.grad
    data = model[2].weight.data
    model[2].weight.data = torch.ones(1, 5)
    refuses(RuntimeError, optimizer.step)
    model[2].weight.data = data
    model[2].weight.grad = gradient
    optimizer.step()
    twin_optimizer.step()
    assert [p.tolist() for p in model.parameters()] == [p.tolist() for p in twin.parameters()]


@pytest.mark.parametrize("gradient", ["1", [1.0], 1j], ids=repr)
def test_a_values_gradient_that_is_no_number_stops_the_step(gradient):
    a, b = Value(1.0), Value(2.0, name="b")
    a.grad, b.grad = 1.0, gradient
    refuses(RuntimeError, optim.SGD([a, b], lr=0.5).step, "b", "group 0", "not a number")
    assert (a.data, b.data) == (1.0, 2.0)


# --- state dicts ------------------------------------------------------------------------------------------------------


def edited(saved, edit):
    saved = copy.deepcopy(saved)
    changed = edit(saved)
    return saved if changed is None else changed


def without(thing, *path):
    for key in path[:-1]:
        thing = thing[key]
    del thing[path[-1]]


def put(thing, value, *path):
    for key in path[:-1]:
        thing = thing[key]
    thing[path[-1]] = value


STATE_DICTS = {
    "number": (TypeError, lambda d: 3, ["int", "'param_groups'"]),
    "list": (TypeError, lambda d: [d], ["list"]),
    "empty": (KeyError, lambda d: {}, ["param_groups"]),
    "no groups": (KeyError, lambda d: without(d, "param_groups"), ["param_groups"]),
    "no state": (KeyError, lambda d: without(d, "state"), ["state"]),
    "a model's": (KeyError, lambda d: net().state_dict(), ["param_groups", "0.weight"]),
    "groups None": (TypeError, lambda d: put(d, None, "param_groups"), ["param_groups", "NoneType"]),
    "state list": (TypeError, lambda d: put(d, [], "state"), ["state", "list"]),
    "one group": (
        ValueError,
        lambda d: without(d, "param_groups", 1),
        ["different number of parameter groups", "1", "2"],
    ),
    "group list": (KeyError, lambda d: put(d, [0, 1], "param_groups", 1), ["group 1", "params"]),
    "group without params": (KeyError, lambda d: without(d, "param_groups", 1, "params"), ["group 1", "params"]),
    "params number": (TypeError, lambda d: put(d, 4, "param_groups", 1, "params"), ["group 1", "params"]),
    "one parameter less": (
        ValueError,
        lambda d: put(d, [2], "param_groups", 1, "params"),
        ["doesn't match the size of optimizer's group", "group 1", "1 parameters", "2 here"],
    ),
    "number twice": (ValueError, lambda d: put(d, [2, 2], "param_groups", 1, "params"), ["2", "2.bias", "group 1"]),
    "stranger": (ValueError, lambda d: put(d, {}, "state", 7), ["parameter 7"]),
    "no lr": (KeyError, lambda d: without(d, "param_groups", 1, "lr"), ["group 1", "'lr'"]),
    "entry list": (TypeError, lambda d: put(d, [1.0], "state", 2), ["2.weight", "list"]),
    "names too few": (
        ValueError,
        lambda d: put(d, ["a"], "param_groups", 1, "param_names"),
        ["group 1", "param_names"],
    ),
}
ADAM_STATE = {
    "wrong shape": (
        ValueError,
        lambda d: put(d, torch.ones(3, 1), "state", 2, "exp_avg"),
        ["exp_avg", "2.weight", "(1, 3)", "(3, 1)"],
    ),
    "one number": (
        ValueError,
        lambda d: put(d, torch.tensor(1.0), "state", 2, "exp_avg"),
        ["exp_avg", "2.weight", "()"],
    ),
    "list": (TypeError, lambda d: put(d, [[1.0, 2.0, 3.0]], "state", 2, "exp_avg"), ["exp_avg", "2.weight", "list"]),
    "None": (TypeError, lambda d: put(d, None, "state", 2, "exp_avg"), ["exp_avg", "2.weight", "NoneType"]),
    "lacking": (KeyError, lambda d: without(d, "state", 2, "exp_avg_sq"), ["exp_avg_sq", "2.weight"]),
    "no step": (KeyError, lambda d: without(d, "state", 2, "step"), ["step", "2.weight"]),
    "step str": (TypeError, lambda d: put(d, "three", "state", 2, "step"), ["step", "2.weight", "three"]),
    "steps": (TypeError, lambda d: put(d, torch.ones(3), "state", 2, "step"), ["step", "2.weight"]),
}


@every_kind
@pytest.mark.parametrize(("exception", "edit", "fragments"), STATE_DICTS.values(), ids=list(STATE_DICTS))
def test_a_state_dict_that_does_not_fit_is_refused_whole(kind, exception, edit, fragments):
    _, optimizer = stepped(kind)
    saved = edited(optimizer.state_dict(), edit)
    before = plain(optimizer)
    refuses(exception, lambda: optimizer.load_state_dict(saved), *fragments)
    assert plain(optimizer) == before


@pytest.mark.parametrize(("exception", "edit", "fragments"), ADAM_STATE.values(), ids=list(ADAM_STATE))
def test_state_that_adam_could_not_have_left_is_refused_whole(exception, edit, fragments):
    _, optimizer = stepped(KINDS["Adam"])
    saved = edited(optimizer.state_dict(), edit)
    before = plain(optimizer)
    refuses(exception, lambda: optimizer.load_state_dict(saved), *fragments)
    assert plain(optimizer) == before


def test_another_kinds_state_dict_is_refused_by_what_it_lacks():
    _, sgd = stepped(KINDS["SGD"])
    _, adam = stepped(KINDS["Adam"])
    before = plain(adam), plain(sgd)
    refuses(KeyError, lambda: adam.load_state_dict(sgd.state_dict()), "betas", "group 0", "another kind of optimizer")
    refuses(
        KeyError, lambda: sgd.load_state_dict(adam.state_dict()), "momentum", "group 0", "another kind of optimizer"
    )
    assert (plain(adam), plain(sgd)) == before


def test_a_subclass_that_fails_while_taking_over_leaves_everything_as_it_was():
    class Failing(optim.SGD):
        def __setstate__(self, state):
            super().__setstate__(state)
            raise LookupError("mine")

    optimizer = Failing([leaf()], lr=0.1)
    before = plain(optimizer)
    saved = copy.deepcopy(optimizer.state_dict())
    saved["param_groups"][0]["lr"] = 0.5
    refuses(LookupError, lambda: optimizer.load_state_dict(saved))
    assert plain(optimizer) == before


def places(thing, path=()):
    """The path to every part of a state dict."""
    yield path
    if isinstance(thing, dict | list):
        for key in thing if isinstance(thing, dict) else range(len(thing)):
            yield from places(thing[key], (*path, key))


junk = st.sampled_from(
    [
        *(None, -1, 0, 1, 2, 1.5, NAN, float("inf"), True, "lr", "", object),
        *([], {}, [0], [0, 1], {"params": []}, (0.9, 0.99)),
        *(torch.ones(1, 3), torch.ones(3), torch.tensor(2.0), np.ones(3)),
    ]
)
WAYS = ("foreach", "fused", "differentiable", "capturable")  # how to apply a rule; refused with other types


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.sampled_from(sorted(KINDS)), st.data())
def test_a_broken_state_dict_is_refused_whole_or_loaded_and_stepped_with(kind, data):
    _, optimizer = stepped(KINDS[kind])
    saved = copy.deepcopy(optimizer.state_dict())
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from([path for path in places(saved) if not {*path} & {*WAYS}]))
        if data.draw(st.booleans()) and path:
            without(saved, *path)
        elif path:
            put(saved, copy.copy(data.draw(junk)), *path)
        else:
            saved = data.draw(junk)
    before = plain(optimizer)
    try:
        optimizer.load_state_dict(saved)
    except (TypeError, KeyError, ValueError):
        assert plain(optimizer) == before
        return
    for loaded, given_group in zip(optimizer.state_dict()["param_groups"], saved["param_groups"], strict=True):
        for option, value in given_group.items():
            assert option == "params" or plain(loaded[option]) == plain(value)
    shapes = [tuple(p.shape) for group in optimizer.param_groups for p in group["params"]]
    optimizer.step()
    assert [tuple(p.shape) for group in optimizer.param_groups for p in group["params"]] == shapes
    assert re.match(r"(SGD|Adam) \(\nParameter Group 0\n", repr(optimizer))
