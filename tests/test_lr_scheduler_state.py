"""Schedules saved and loaded, and schedules of one's own."""

from __future__ import annotations

import copy

import pytest
from test_lr_scheduler import lrs_of, parameter, sgd, stepped

from tinygrad_optim.optim import lr_scheduler

# ---- state ---------------------------------------------------------------------------------------------------


def test_a_state_dict_stays_as_it_was_saved():
    optimizer = sgd(1.0)
    scheduler = lr_scheduler.LambdaLR(optimizer, lambda t: 0.5**t)
    saved = scheduler.state_dict()
    before = copy.deepcopy(saved)
    optimizer.add_param_group({"params": [parameter()], "lr": 2.0})
    stepped(scheduler, 3)
    assert saved == before


def test_what_is_appended_by_hand_is_not_in_a_state_saved_before():
    scheduler = lr_scheduler.CyclicLR(sgd(1.0), 1, 2, 3)
    saved = scheduler.state_dict()
    scheduler.max_lrs.append(3)
    assert saved["max_lrs"] == [2]


@pytest.mark.parametrize(
    "make",
    [
        lambda o, f: lr_scheduler.LambdaLR(o, f),
        lambda o, f: lr_scheduler.CyclicLR(o, 1, 2, 3, scale_fn=f),
    ],
)
def test_of_a_callable_object_the_attributes_are_saved_and_loaded(make):
    class Slower:
        speed = 1.0

        def __call__(self, t):
            return 0.5 ** (self.speed * t)

    old, new = Slower(), Slower()
    old.speed = 3.0
    make(sgd(1.0), new).load_state_dict(make(sgd(1.0), old).state_dict())
    assert new.speed == 3.0


def test_loading_leaves_the_loaded_dict_as_it_was():
    for make in (
        lambda o: lr_scheduler.LambdaLR(o, lambda t: 0.5**t),
        lambda o: lr_scheduler.CyclicLR(o, 0.1, 0.2, 3),
        lambda o: lr_scheduler.ChainedScheduler([lr_scheduler.StepLR(o, 3)]),
    ):
        scheduler = make(sgd(1.0))
        saved = scheduler.state_dict()
        keys = list(saved)
        scheduler.load_state_dict(saved)
        assert list(saved) == keys


def test_no_dict_and_too_many_groups_are_refused_and_nothing_has_changed():
    scheduler = lr_scheduler.StepLR(sgd(1.0), 3)
    before = scheduler.state_dict()
    with pytest.raises(TypeError, match="is a dict, not a list"):
        scheduler.load_state_dict([])
    with pytest.raises(ValueError, match="is for 2 groups, and the optimizer has 1"):
        scheduler.load_state_dict(lr_scheduler.StepLR(sgd(1.0, 2.0), 5).state_dict())
    assert scheduler.state_dict() == before


def test_the_state_of_another_schedule_is_warned_of():
    with pytest.warns(UserWarning, match="has no step_size, which StepLR keeps"):
        lr_scheduler.StepLR(sgd(1.0), 3).load_state_dict(lr_scheduler.ExponentialLR(sgd(1.0), 0.5).state_dict())


def test_a_chain_is_loaded_whole_or_not_at_all():
    s = lr_scheduler

    def chain(*lrs):
        optimizer = sgd(*lrs)
        return s.ChainedScheduler([s.StepLR(optimizer, 3), s.ExponentialLR(optimizer, 0.5)])

    scheduler, other = chain(1.0), stepped(chain(1.0), 2).state_dict()
    other["_schedulers"][1]["base_lrs"] = [1.0, 2.0]
    before = scheduler.state_dict()
    with pytest.raises(ValueError, match="is for 2 groups"):
        scheduler.load_state_dict(other)
    assert scheduler.state_dict() == before
    with pytest.raises(KeyError, match="_schedulers"):
        scheduler.load_state_dict({})
    with pytest.raises(ValueError, match="is of 0 schedules, and this one has 2"):
        scheduler.load_state_dict({"_schedulers": []})


# ---- one's own -----------------------------------------------------------------------------------------------


def test_get_lr_of_ones_own_is_all_it_takes():
    class Halving(lr_scheduler.LRScheduler):
        def get_lr(self):
            return [base / 2**self.last_epoch for base in self.base_lrs]

    assert lrs_of(Halving(sgd(1.0)), 3) == [1.0, 0.5, 0.25, 0.125]


def test_a_rule_of_ones_own_is_enough_too():
    class Root(lr_scheduler.LRScheduler):
        @staticmethod
        def rule(t, base, lr, *, power):
            return base * (t + 1) ** -power

        def __init__(self, optimizer, power):
            self.power = power
            super().__init__(optimizer)

    assert lrs_of(Root(sgd(1.0), 0.5), 3) == pytest.approx([1.0, 2**-0.5, 3**-0.5, 0.5])


def test_a_closed_form_of_ones_own_is_used_for_an_epoch():
    class Own(lr_scheduler.LRScheduler):
        def get_lr(self):
            return [group["lr"] for group in self.optimizer.param_groups]

        def _get_closed_form_lr(self):
            return [7.0 * self.last_epoch]

    scheduler = Own(sgd(1.0))
    scheduler.optimizer.step()
    with pytest.warns(UserWarning, match="epoch parameter"):
        scheduler.step(3)
    assert scheduler.get_last_lr() == [21.0]


def test_as_many_lrs_as_groups_are_wanted():
    class Short(lr_scheduler.LRScheduler):
        def get_lr(self):
            return [0.5]

    optimizer = sgd(1.0, 2.0)
    with pytest.raises(ValueError, match=r"get_lr\(\) returned 1 values for 2 groups"):
        Short(optimizer)
    assert [group["lr"] for group in optimizer.param_groups] == [1.0, 2.0]


def test_get_lr_by_hand_warns_and_names_get_last_lr():
    with pytest.warns(UserWarning, match=r"please use `get_last_lr\(\)`"):
        lr_scheduler.StepLR(sgd(1.0), 3).get_lr()
