"""SGD and Adam against PyTorch over 100 steps, in all combinations of their options, with their state.

The run is an eventful one: three groups, gradients that are missing now and then, a group added at step 30, options
edited at step 40, and at step 60 both sides go on from their state_dict in fresh optimizers.
"""

from __future__ import annotations

import copy
import itertools
import types
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="parity needs PyTorch, which is not installed here")

import tinygrad_optim  # noqa: E402

TESTS = Path(__file__).parents[1]
SHAPES = [(3, 2), (4,), (), (2, 1, 3), (0, 2), (5,)]  # the last comes in the added group
STEPS = 100

SGD = [
    dict(lr=0.02, momentum=momentum, dampening=dampening, weight_decay=decay, nesterov=nesterov, maximize=maximize)
    for momentum, dampening, decay, nesterov, maximize in itertools.product(
        (0, 0.9), (0, 0.3), (0, 0.1), (False, True), (False, True)
    )
    if not nesterov or (momentum and not dampening)
]
ADAM = [
    dict(betas=betas, eps=eps, weight_decay=decay, amsgrad=amsgrad, maximize=up, decoupled_weight_decay=decoupled)
    for betas, eps, decay, amsgrad, up, decoupled in itertools.product(
        ((0.9, 0.999), (0.5, 0.8)), (1e-8, 1e-3), (0, 0.1), (False, True), (False, True), (False, True)
    )
]
EDITS = {
    "SGD": [(0, "weight_decay", 0.05), (2, "momentum", 0.5)],
    "Adam": [(0, "weight_decay", 0.05), (2, "betas", (0.7, 0.9))],
}
BACK = {"SGD": [(1, "momentum", 0), (1, "nesterov", False)], "Adam": [(1, "amsgrad", False)]}


def run(package, kind, options, dtype, resume=True):
    """The parameters after every tenth step, and the optimizer at the end."""
    numbers = np.random.default_rng(7)
    parameters = []
    for shape in SHAPES:
        p = package.tensor(numbers.normal(size=shape).tolist(), dtype=getattr(package, dtype)).reshape(shape)
        parameters.append(p.requires_grad_())

    def groups():
        return [
            {"params": parameters[:2]},
            {"params": parameters[2:3], "lr": 0.005},
            {"params": iter(parameters[3:5]), "weight_decay": 0.01},
        ]

    def added():
        return {"params": parameters[5], "lr": 0.01, "maximize": True}

    make = getattr(package.optim, kind)
    optimizer = make(groups(), **options)
    path = []
    for step in range(STEPS):
        for i, p in enumerate(parameters):
            noise = numbers.normal(size=SHAPES[i])
            p.grad = None
            if (step + i) % 7:  # each is missing now and then, and so are state and step there
                noise = package.tensor(noise.tolist(), dtype=getattr(package, dtype)).reshape(SHAPES[i])
                p.grad = (p.detach() * 0.3 + noise).detach()
        if step == 30:
            optimizer.add_param_group(added())
        if step in (40, 70):
            for group, option, value in (EDITS if step == 40 else BACK)[kind]:
                optimizer.param_groups[group][option] = value
            for group in optimizer.param_groups:
                group["lr"] *= 0.5
        if step == 60 and resume:
            saved = copy.deepcopy(optimizer.state_dict())
            optimizer = make(groups(), lr=9.0)
            optimizer.add_param_group(added())
            optimizer.load_state_dict(saved)
        optimizer.step()
        if step % 10 == 9:
            path.append([np.array(p.detach().numpy()) for p in parameters])
    return path, optimizer


def same(ours, theirs, dtype):
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert (ours.shape, ours.dtype) == (theirs.shape, theirs.dtype)
    relative = 1e-12 if dtype == "float64" else STEPS * np.finfo(np.float32).eps
    np.testing.assert_allclose(ours, theirs, rtol=relative, atol=relative * np.abs(theirs).max(initial=1.0))


def same_structure(ours, theirs, dtype):
    """Two state dicts: the same keys in the same places, and the same values, tensors within tolerance."""
    assert list(ours) == list(theirs) == ["state", "param_groups"]
    assert list(ours["state"]) == list(theirs["state"])
    for number, kept in theirs["state"].items():
        assert list(ours["state"][number]) == list(kept)
        for key, value in kept.items():
            same(ours["state"][number][key].numpy(), value.numpy(), "float64" if key == "step" else dtype)
    assert len(ours["param_groups"]) == len(theirs["param_groups"])
    for our_group, their_group in zip(ours["param_groups"], theirs["param_groups"]):
        assert {**our_group} == {**their_group}
        assert {k: type(v) for k, v in our_group.items()} == {k: type(v) for k, v in their_group.items()}


def check(kind, options, dtype, resume=True):
    path, optimizer = run(tinygrad_optim, kind, options, dtype, resume)
    their_path, their_optimizer = run(torch, kind, options, dtype, resume)
    for now, theirs_now in zip(path, their_path, strict=True):
        for ours, theirs in zip(now, theirs_now, strict=True):
            same(ours, theirs, dtype)
    same_structure(optimizer.state_dict(), their_optimizer.state_dict(), dtype)


def shown(options):
    return "-".join(f"{key}={value}" for key, value in options.items() if value)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("options", SGD, ids=shown)
def test_sgd_goes_where_pytorchs_goes(options, dtype):
    check("SGD", options, dtype)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("options", ADAM, ids=shown)
def test_adam_goes_where_pytorchs_goes(options, dtype):
    check("Adam", {"lr": 0.02, **options}, dtype)


@pytest.mark.parametrize("kind", ["SGD", "Adam"])
def test_an_uninterrupted_run_agrees_too(kind):
    check(kind, {"lr": 0.02, "weight_decay": 0.01}, "float64", resume=False)


# --- structure, printing, order --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["SGD", "Adam"])
def test_a_fresh_optimizer_has_pytorchs_defaults_in_pytorchs_order(kind):
    found = [getattr(package.optim, kind)([package.ones(1)]) for package in (tinygrad_optim, torch)]
    assert list(found[0].defaults.items()) == list(found[1].defaults.items())
    assert found[0].state_dict() == found[1].state_dict()


@pytest.mark.parametrize("kind", ["SGD", "Adam"])
@pytest.mark.parametrize("given", ["parameters", "named_parameters", "groups", "named groups"])
def test_it_prints_and_is_saved_as_pytorchs(kind, given):
    found = []
    for package in (tinygrad_optim, torch):
        net = package.nn.Sequential(package.nn.Linear(1, 2), package.nn.Linear(2, 1))
        params = {
            "parameters": net.parameters(),
            "named_parameters": net.named_parameters(),
            "groups": [{"params": net[0].parameters(), "lr": 0.5, "extra": "x"}, {"params": net[1].weight}],
            "named groups": [{"params": net[0].named_parameters("0")}, {"params": [("last", net[1].weight)]}],
        }[given]
        optimizer = getattr(package.optim, kind)(params, lr=0.25)
        found.append((repr(optimizer), optimizer.state_dict()))
    assert found[0] == found[1]


def test_what_hooks_are_given_and_may_change_is_pytorchs():
    def seen_by_hooks(package):
        optimizer, seen = package.optim.SGD([package.ones(1)]), []
        optimizer.register_step_pre_hook(lambda o, args, kwargs: seen.append((args[0] is o, len(args), kwargs)))
        optimizer.register_step_post_hook(lambda o, args, kwargs: seen.append((args[0] is o, len(args), kwargs)))
        optimizer.step()
        optimizer.step(lambda: 1)
        optimizer.register_step_pre_hook(lambda o, args, kwargs: ((o, lambda: 2), {}))
        seen.append(optimizer.step(lambda: 1))
        return seen

    assert seen_by_hooks(tinygrad_optim) == seen_by_hooks(torch)


# --- what is refused --------------------------------------------------------------------------------------------------


def file_with(package: str, name: str) -> types.ModuleType:
    """The module tests/<name>.py with `package` in its import lines."""
    path = TESTS / f"{name}.py"
    lines = path.read_text(encoding="utf-8").splitlines()
    imports = ("import tinygrad_optim", "from tinygrad_optim")
    changed = [line.replace("tinygrad_optim", package) if line.startswith(imports) else line for line in lines]
    changed = [line.replace("import Value, nn", "import nn") for line in changed]
    module = types.ModuleType(f"{name}_with_{package}")
    exec(compile("\n".join(changed), str(path), "exec"), module.__dict__)
    return module


THEIRS = file_with("torch", "test_bad_input_optim")

# What PyTorch lets pass, and this package does not: then the type is PyTorch's for the nearest thing it refuses.
ACCEPTED = {"set", "pair of tensors", "triple", "value", "non-leaf value"}
ACCEPTED |= {
    f"SGD {option}" for option in ("lr NaN", "lr tensor NaN", "lr numpy NaN", "momentum NaN", "weight_decay NaN")
}
ACCEPTED |= {"SGD dampening NaN", "SGD dampening str", "Adam betas of three", "Adam lr NaN"}


def type_raised(act):
    """The type of the exception that act() raises; None if it does not."""
    try:
        act()
    except Exception as error:
        return type(error)
    return None


@pytest.mark.parametrize("name", [name for name in THEIRS.PARAMETERS if name not in ACCEPTED])
def test_pytorch_refuses_the_same_parameters_with_the_same_type_of_exception(name):
    exception, params, _ = THEIRS.PARAMETERS[name]
    assert type_raised(lambda: torch.optim.SGD(params())) is exception


OPTIONS = {case.id: case.values for case in THEIRS.OPTIONS if case.id not in ACCEPTED}


@pytest.mark.parametrize("name", list(OPTIONS))
def test_pytorch_refuses_the_same_options_with_the_same_type_of_exception(name):
    kind, exception, options, _ = OPTIONS[name]
    assert type_raised(lambda: kind([torch.ones(1)], **options)) is exception


@pytest.mark.parametrize(
    "name",
    ["empty", "no groups", "no state", "a model's", "one group", "group without params", "one parameter less"],
)
def test_pytorch_refuses_the_same_state_dicts_with_the_same_type_of_exception(name):
    exception, edit, _ = THEIRS.STATE_DICTS[name]
    _, optimizer = THEIRS.stepped(THEIRS.KINDS["Adam"])
    saved = THEIRS.edited(optimizer.state_dict(), edit)
    assert type_raised(lambda: optimizer.load_state_dict(saved)) is exception
