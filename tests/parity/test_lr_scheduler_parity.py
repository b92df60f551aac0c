"""Every schedule against PyTorch's: the same script on both, every group's options and parameters after each step."""

from __future__ import annotations

import copy
import warnings

import pytest
from schedules import SCHEDULES, STEPS, advance, assert_same_rows, parameter, run, seen, sgd, train

import tinygrad_optim as ours

theirs = pytest.importorskip("torch", reason="parity needs PyTorch, which is not installed here")
ALL = pytest.mark.parametrize("name", SCHEDULES)


def assert_same(name, **how):
    assert_same_rows(run(ours, name, **how), run(theirs, name, **how), name)


@ALL
def test_every_step_is_pytorchs(name):
    assert_same(name)


def edit(lib, t, optimizer, scheduler):
    """The lrs and momenta are changed by hand, three times."""
    if t in (7, 50, 120):
        for k, group in enumerate(optimizer.param_groups):
            group["lr"] = group["lr"] * 0.5 + 0.01 * k
            group["weight_decay"] = 0.1 * k
            if "momentum" in group:
                group["momentum"] = 0.5


@ALL
def test_options_edited_by_hand_fare_as_with_pytorch(name):
    assert_same(name, meanwhile=edit)


def add_group(lib, t, optimizer, scheduler):
    if t in (40, 90):
        optimizer.add_param_group({"params": [parameter(lib, t)], "lr": 0.05, "initial_lr": 0.05})


# Where PyTorch goes on after a group was added: those that look at nothing but the lr that is there.
GROWING = [
    *("step", "step often", "multi step", "constant", "constant long", "linear", "linear long", "exponential"),
    *("polynomial", "polynomial long", "cosine", "plateau", "plateau max abs", "chained", "chained sequence"),
]


@pytest.mark.parametrize("name", GROWING)
def test_groups_added_in_mid_run_are_scheduled_as_by_pytorch(name):
    assert_same(name, meanwhile=add_group)


def resume(lib, t, optimizer, scheduler):
    """Everything is built anew and loaded from the state_dicts."""
    if t != 77:
        return None
    saved = copy.deepcopy((optimizer.state_dict(), scheduler.state_dict()))
    name = resume.name
    make_optimizer, make = SCHEDULES[name]
    new = make_optimizer(lib)
    for mine, old in zip(new.param_groups, optimizer.param_groups):
        mine["params"][0].data = old["params"][0].detach().clone()
    scheduler = make(lib.optim.lr_scheduler, new)
    new.load_state_dict(saved[0])
    scheduler.load_state_dict(saved[1])
    return new, scheduler


@ALL
def test_resumed_from_state_dicts_it_goes_on_as_pytorch_does(name):
    resume.name = name
    assert_same(name, meanwhile=resume)


@ALL
def test_resuming_changes_nothing(name):
    resume.name = name
    for a, b in zip(run(ours, name), run(ours, name, meanwhile=resume)):
        assert a == b


@ALL
def test_the_state_dict_has_pytorchs_keys_and_numbers(name):
    states = []
    for lib in (ours, theirs):
        make_optimizer, make = SCHEDULES[name]
        optimizer = make_optimizer(lib)
        scheduler = make(lib.optim.lr_scheduler, optimizer)
        for t in range(1, 20):
            train(optimizer, t)
            advance(scheduler, t)
        states.append(scheduler.state_dict())
    mine, other = flat(states[0]), flat(states[1])
    assert set(mine) == set(other)
    for path, value in other.items():
        number = isinstance(value, float | int)
        assert mine[path] == (pytest.approx(value, rel=1e-12, abs=1e-300) if number else value), path


def flat(state, path=""):
    """{path: number or text} of nested dicts and lists."""
    if isinstance(state, dict):
        return {key: leaf for k, part in state.items() for key, leaf in flat(part, f"{path}/{k}").items()}
    if isinstance(state, list | tuple):
        return {key: leaf for k, part in enumerate(state) for key, leaf in flat(part, f"{path}/{k}").items()}
    return {path: state}


@pytest.mark.parametrize("name", [name for name in SCHEDULES if "plateau" not in name and "quen" not in name])
def test_a_state_dict_of_pytorchs_can_be_loaded(name):
    make_optimizer, make = SCHEDULES[name]
    pair = []
    for lib in (ours, theirs):
        optimizer = make_optimizer(lib)
        pair.append((optimizer, make(lib.optim.lr_scheduler, optimizer)))
    (mine, my_scheduler), (other, their_scheduler) = pair
    for t in range(1, 60):
        train(other, t)
        advance(their_scheduler, t)
    mine.param_groups[0].set("lr", 99.0, "assigned")
    for group, source in zip(mine.param_groups, other.param_groups):
        group.update({key: value for key, value in source.items() if key != "params"})
    my_scheduler.load_state_dict(copy.deepcopy(their_scheduler.state_dict()))
    for t in range(60, 120):
        for optimizer, scheduler in pair:
            train(optimizer, t)
            advance(scheduler, t)
        assert my_scheduler.get_last_lr() == pytest.approx(their_scheduler.get_last_lr(), rel=1e-12)


# ---- step(epoch), and resuming by last_epoch -----------------------------------------------------------------

# PyTorch divides 0 by 0 in the closed form of a line of no steps.
APART = ("sequential", "chained", "plateau", "linear no steps")
JUMPING = [name for name in SCHEDULES if not name.startswith(APART)]


@pytest.mark.parametrize("name", JUMPING)
def test_step_with_an_epoch_goes_by_pytorchs_closed_form(name):
    rows = []
    for lib in (ours, theirs):
        make_optimizer, make = SCHEDULES[name]
        optimizer = make_optimizer(lib)
        scheduler = make(lib.optim.lr_scheduler, optimizer)
        rows.append([])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            for t in [3, 10, 9, 0, *range(20, 215, 3), 7]:
                train(optimizer, t)
                scheduler.step(t)
                rows[-1].append(seen(optimizer, scheduler))
                scheduler.step()
                rows[-1].append(seen(optimizer, scheduler))
            optimizer.param_groups[0]["lr"] = 5.0
            scheduler.step(30)
            rows[-1].append(seen(optimizer, scheduler))
    assert_same_rows(*rows)


@pytest.mark.parametrize("epochs", [[0.5, 3.25, 9.75, 10, 10.5, 35.2, 80, 12.5, 0, 200.125]])
@pytest.mark.parametrize("options", [{"T_0": 10}, {"T_0": 10, "T_mult": 2}, {"T_0": 3, "T_mult": 3, "eta_min": 1e-3}])
def test_warm_restarts_take_fractions_of_an_epoch(epochs, options):
    rows = []
    for lib in (ours, theirs):
        optimizer = sgd(lib)
        scheduler = lib.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, **options)
        rows.append([])
        for epoch in epochs:
            scheduler.step(epoch)
            rows[-1].append(([*scheduler.get_last_lr(), scheduler.last_epoch, scheduler.T_cur, scheduler.T_i], 0))
            scheduler.step()
            rows[-1].append(([*scheduler.get_last_lr(), scheduler.last_epoch, scheduler.T_cur, scheduler.T_i], 0))
    assert_same_rows(*rows)


@pytest.mark.parametrize("last_epoch", [0, 6, 29, 59, 89, 120])
@pytest.mark.parametrize("name", [name for name in JUMPING if not name.startswith(("warm restarts", "one", "cyclic"))])
def test_resumed_by_last_epoch_it_goes_on_as_pytorch_does(name, last_epoch):
    again = {
        "lambda": lambda s, o: s.LambdaLR(o, lambda t: 0.95**t, last_epoch=last_epoch),
        "lambdas": lambda s, o: s.LambdaLR(o, [lambda t: 0.95**t] * 3, last_epoch),
        "multiplicative": lambda s, o: s.MultiplicativeLR(o, lambda t: 0.9, last_epoch),
        "multiplicatives": lambda s, o: s.MultiplicativeLR(o, [lambda t: 0.9] * 3, last_epoch=last_epoch),
        "step": lambda s, o: s.StepLR(o, 30, last_epoch=last_epoch),
        "step often": lambda s, o: s.StepLR(o, 7, 0.8, last_epoch),
        "multi step": lambda s, o: s.MultiStepLR(o, [5, 60, 60, 100], 0.3, last_epoch),
        "constant": lambda s, o: s.ConstantLR(o, last_epoch=last_epoch),
        "constant long": lambda s, o: s.ConstantLR(o, 0.25, 90, last_epoch),
        "constant no steps": lambda s, o: s.ConstantLR(o, 0.25, 0, last_epoch),
        "linear": lambda s, o: s.LinearLR(o, last_epoch=last_epoch),
        "linear long": lambda s, o: s.LinearLR(o, 0.1, 0.9, 90, last_epoch),
        "linear to nothing": lambda s, o: s.LinearLR(o, 1.0, 0.0, 90, last_epoch),
        "exponential": lambda s, o: s.ExponentialLR(o, 0.97, last_epoch),
        "exponential up": lambda s, o: s.ExponentialLR(o, 1.001, last_epoch=last_epoch),
        "polynomial": lambda s, o: s.PolynomialLR(o, last_epoch=last_epoch),
        "polynomial long": lambda s, o: s.PolynomialLR(o, 180, 1.7, last_epoch),
        "cosine": lambda s, o: s.CosineAnnealingLR(o, 250, 1e-3, last_epoch),
        "cosine up and down": lambda s, o: s.CosineAnnealingLR(o, 20, last_epoch=last_epoch),
    }[name]
    compare_resumed(again)


def compare_resumed(again):
    rows = []
    for lib in (ours, theirs):
        optimizer = sgd(lib)
        for k, group in enumerate(optimizer.param_groups):
            group.update(initial_lr=0.2 + k, max_lr=0.9, min_lr=1e-4, max_momentum=0.95, base_momentum=0.85)
        scheduler = again(lib.optim.lr_scheduler, optimizer)
        rows.append([seen(optimizer, scheduler)])
        for t in range(40):
            train(optimizer, t)
            scheduler.step()
            rows[-1].append(seen(optimizer, scheduler))
    assert_same_rows(*rows)


@pytest.mark.parametrize("last_epoch", [0, 6, 29, 59, 120])
def test_cycles_resumed_by_last_epoch_go_on_as_pytorchs(last_epoch):
    compare_resumed(lambda s, o: s.CyclicLR(o, 0.01, 0.1, 15, last_epoch=last_epoch))
    compare_resumed(lambda s, o: s.OneCycleLR(o, 0.9, 300, last_epoch=last_epoch))
    compare_resumed(lambda s, o: s.CosineAnnealingWarmRestarts(o, 10, last_epoch=last_epoch))


@pytest.mark.filterwarnings("ignore:resumed by last_epoch")
@pytest.mark.parametrize("last_epoch", [3, 29, 75])
def test_growing_cycles_resumed_by_last_epoch_go_on_as_pytorchs(last_epoch):
    compare_resumed(lambda s, o: s.CosineAnnealingWarmRestarts(o, 10, 2, last_epoch=last_epoch))


# ---- two schedules side by side, tensors as lr, schedules of one's own ------------------------------------------


def test_two_schedules_on_one_optimizer_multiply_as_in_pytorch():
    rows = []
    for lib in (ours, theirs):
        optimizer, s = sgd(lib), lib.optim.lr_scheduler
        pair = [s.LinearLR(optimizer, 0.2, total_iters=30), s.StepLR(optimizer, 17), s.CosineAnnealingLR(optimizer, 99)]
        rows.append([])
        for t in range(STEPS):
            train(optimizer, t)
            for scheduler in pair:
                scheduler.step()
                rows[-1].append(seen(optimizer, scheduler))
    assert_same_rows(*rows)


@pytest.mark.parametrize("name", ["lambda", "step", "linear", "exponential", "polynomial", "cosine", "warm restarts"])
def test_a_tensor_as_lr_is_filled_in_place(name):
    rows = []
    for lib in (ours, theirs):
        lr = lib.tensor(0.1, dtype=lib.float64)
        optimizer = lib.optim.SGD([parameter(lib, 0)], lr=lr)
        scheduler = SCHEDULES[name][1](lib.optim.lr_scheduler, optimizer)
        rows.append([])
        for t in range(STEPS):
            train(optimizer, t)
            scheduler.step()
            rows[-1].append(([lr.item(), scheduler.get_last_lr()[0].item()], 0))
        assert optimizer.param_groups[0]["lr"] is lr
        assert scheduler.get_last_lr()[0] is not lr
    assert_same_rows(*rows)


@pytest.mark.parametrize("chainable", [True, False])
def test_a_schedule_of_ones_own_is_driven_as_by_pytorch(chainable):
    rows = []
    for lib in (ours, theirs):

        class InverseRoot(lib.optim.lr_scheduler.LRScheduler):
            def __init__(self, optimizer, warm, last_epoch=-1):
                self.warm = warm
                super().__init__(optimizer, last_epoch)

            def get_lr(self):
                if chainable:
                    return [group["lr"] * 0.99 for group in self.optimizer.param_groups]
                t = self.last_epoch + 1
                return [base * min(t**-0.5, t * self.warm**-1.5) for base in self.base_lrs]

        optimizer = sgd(lib)
        scheduler = InverseRoot(optimizer, 30)
        rows.append([seen(optimizer, scheduler)])
        for t in range(STEPS):
            train(optimizer, t)
            scheduler.step()
            rows[-1].append(seen(optimizer, scheduler))
    assert_same_rows(*rows)
