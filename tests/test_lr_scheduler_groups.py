"""Groups that are added to an optimizer after its schedule was built."""

from __future__ import annotations

import copy

import pytest
from test_lr_scheduler import parameter, sgd, stepped

import tinygrad_optim as torch
from tinygrad_optim.optim import lr_scheduler


def test_a_group_added_later_joins_with_its_own_lr_as_initial_one():
    optimizer = sgd(1.0)
    scheduler = stepped(lr_scheduler.LambdaLR(optimizer, lambda t: 0.5**t), 2)
    optimizer.add_param_group({"params": [parameter()], "lr": 16.0})
    assert optimizer.param_groups[1]["lr"] == 16.0
    stepped(scheduler, 1)
    assert scheduler.get_last_lr() == [0.125, 2.0]
    assert scheduler.base_lrs == [1.0, 16.0]
    assert optimizer.param_groups[1]["initial_lr"] == 16.0


def test_a_chainable_schedule_multiplies_a_new_groups_lr_from_then_on():
    optimizer = sgd(1.0)
    scheduler = stepped(lr_scheduler.CosineAnnealingLR(optimizer, 2), 2)
    optimizer.add_param_group({"params": [parameter()], "lr": 16.0})
    stepped(scheduler, 1)  # out of the valley: lr + (initial - 0) * (1 - cos 90 degrees) / 2
    assert scheduler.get_last_lr() == pytest.approx([0.5, 24.0])


def test_an_initial_lr_that_a_new_group_brings_is_kept():
    optimizer = sgd(1.0)
    scheduler = lr_scheduler.LambdaLR(optimizer, lambda t: 0.5**t)
    optimizer.add_param_group({"params": [parameter()], "lr": 16.0, "initial_lr": 4.0})
    assert stepped(scheduler, 1).get_last_lr() == [0.5, 2.0]


def test_a_schedule_of_ones_own_finds_the_new_group_among_its_base_lrs():
    class Halving(lr_scheduler.LRScheduler):
        def get_lr(self):
            return [base / 2**self.last_epoch for base in self.base_lrs]

    optimizer = sgd(1.0)
    scheduler = Halving(optimizer)
    optimizer.add_param_group({"params": [parameter()], "lr": 16.0})
    assert stepped(scheduler, 1).get_last_lr() == [0.5, 8.0]


def test_a_new_group_takes_over_the_bounds_that_all_the_others_share():
    for make in (
        lambda o: lr_scheduler.CyclicLR(o, 1, 3, 2),
        lambda o: lr_scheduler.OneCycleLR(o, 3, 9),
        lambda o: torch.optim.swa_utils.SWALR(o, 0.5, 1),
    ):
        optimizer = sgd(1.0, 1.0, momentum=0.9)
        scheduler = make(optimizer)
        optimizer.add_param_group({"params": [parameter()], "lr": 1.0})
        stepped(scheduler, 2)
        assert len(set(scheduler.get_last_lr())) == 1
        assert len({group["momentum"] for group in optimizer.param_groups}) == 1


@pytest.mark.parametrize(
    ("make", "advice"),
    [
        (lambda o: lr_scheduler.LambdaLR(o, [lambda t: 1.0, lambda t: 0.5]), "scheduler.lr_lambdas"),
        (lambda o: lr_scheduler.MultiplicativeLR(o, [lambda t: 1.0, lambda t: 0.5]), "scheduler.lr_lambdas"),
        (lambda o: lr_scheduler.CyclicLR(o, 1, [2, 3], 2), "scheduler.max_lrs"),
        (lambda o: lr_scheduler.CyclicLR(o, 1, 2, 2, max_momentum=[0.9, 0.8]), "scheduler.max_momentums"),
        (lambda o: lr_scheduler.OneCycleLR(o, [2, 3], 9), "'max_lr': ..."),
    ],
)
def test_where_each_group_has_its_own_a_new_one_is_refused_with_advice(make, advice):
    optimizer = sgd(1.0, 1.0, momentum=0.9)
    scheduler = stepped(make(optimizer), 1)
    optimizer.add_param_group({"params": [parameter()], "lr": 1.0})
    before = copy.deepcopy((optimizer.state_dict()["param_groups"], scheduler.last_epoch))
    with pytest.raises(ValueError, match=advice.replace(".", r"\.")):
        scheduler.step()
    assert (optimizer.state_dict()["param_groups"], scheduler.last_epoch) == before


def test_after_following_the_advice_the_new_group_is_scheduled():
    optimizer = sgd(1.0, 1.0)
    scheduler = lr_scheduler.LambdaLR(optimizer, [lambda t: 1.0, lambda t: 0.5])
    optimizer.add_param_group({"params": [parameter()], "lr": 1.0})
    scheduler.lr_lambdas.append(lambda t: 0.25)
    assert stepped(scheduler, 1).get_last_lr() == [1.0, 0.5, 0.25]


def test_plateau_gives_a_new_group_the_bound_of_all_and_refuses_it_where_each_has_its_own():
    for min_lr in (0.9, [0.9]):
        optimizer = sgd(1.0)
        scheduler = lr_scheduler.ReduceLROnPlateau(optimizer, patience=0, min_lr=min_lr)
        scheduler.step(1.0)
        optimizer.add_param_group({"params": [parameter()], "lr": 4.0})
        if min_lr == 0.9:
            scheduler.step(1.0)
            assert scheduler.get_last_lr() == [0.9, 0.9]
        else:
            with pytest.raises(RuntimeError, match=r"scheduler\.min_lrs"):
                scheduler.step(1.0)
            assert scheduler.last_epoch == 1


def test_a_group_taken_away_is_refused():
    scheduler = lr_scheduler.StepLR(sgd(1.0, 2.0), 3)
    del scheduler.optimizer.param_groups[1]
    scheduler.optimizer.step()
    with pytest.raises(ValueError, match="build the schedule anew"):
        scheduler.step()
