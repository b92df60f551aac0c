"""What drives the schedules: origins, the order of steps, failed calls, compositions."""

from __future__ import annotations

import copy
import pickle

import pytest
from test_lr_scheduler import lrs_of, parameter, sgd, stepped

import tinygrad_optim as torch
from tinygrad_optim.optim import lr_scheduler

# ---- what it leaves in the optimizer -------------------------------------------------------------------------


def test_what_a_schedule_sets_has_its_name_as_origin():
    optimizer = sgd(1.0, momentum=0.9)
    group = optimizer.param_groups[0]
    scheduler = lr_scheduler.StepLR(optimizer, 2, 0.5)
    assert (group.origin["lr"], group.origin["initial_lr"]) == ("group", "StepLR")  # the lr is still the group's own
    stepped(scheduler, 2)
    assert group.origin["lr"] == "StepLR"
    group["lr"] = 3.0
    stepped(scheduler, 1)
    assert group.origin["lr"] == "assigned"
    lr_scheduler.CyclicLR(optimizer, 0.1, 0.2, 3)
    assert (group.origin["lr"], group.origin["momentum"]) == ("CyclicLR", "default")


def test_cycled_momentum_has_the_schedules_name_as_origin():
    optimizer = sgd(1.0, momentum=0.3)
    lr_scheduler.OneCycleLR(optimizer, 0.2, 10)
    assert optimizer.param_groups[0].origin["momentum"] == "OneCycleLR"


def test_the_optimizers_step_is_never_replaced_and_after_the_first_no_hook_is_left():
    optimizer = sgd(1.0)
    scheduler = lr_scheduler.StepLR(optimizer, 2)
    assert "step" not in vars(optimizer)
    stepped(scheduler, 1)
    assert not optimizer.hooks


def test_a_lr_that_is_a_tensor_is_written_in_place():
    lr = torch.tensor(1.0)
    optimizer = sgd(lr)
    scheduler = stepped(lr_scheduler.ExponentialLR(optimizer, 0.5), 1)
    assert optimizer.param_groups[0]["lr"] is lr
    assert lr.item() == 0.5
    assert scheduler.get_last_lr()[0] is not lr
    assert optimizer.param_groups[0].origin["lr"] == "ExponentialLR"


def test_a_numpy_number_from_a_function_becomes_a_plain_one():
    numpy = pytest.importorskip("numpy")
    optimizer = sgd(1.0)
    stepped(lr_scheduler.LambdaLR(optimizer, lambda t: numpy.float64(0.5)), 1)
    assert type(optimizer.param_groups[0]["lr"]) is float


# ---- the order of steps --------------------------------------------------------------------------------------


def test_a_schedule_that_steps_before_the_optimizer_warns():
    scheduler = lr_scheduler.StepLR(sgd(1.0), 2)
    with pytest.warns(UserWarning, match=r"Detected call of `lr_scheduler.step\(\)` before `optimizer.step\(\)`"):
        scheduler.step()


def test_it_warns_once_only():
    scheduler = lr_scheduler.StepLR(sgd(1.0), 2)
    with pytest.warns(UserWarning, match="before"):
        scheduler.step()
    scheduler.step()


def test_a_second_schedule_on_an_optimizer_that_has_stepped_does_not_warn():
    optimizer = sgd(1.0)
    stepped(lr_scheduler.StepLR(optimizer, 2), 1)
    lr_scheduler.StepLR(optimizer, 3).step()


def test_a_step_of_the_subclasss_own_counts_too():
    class Own(torch.optim.Optimizer):
        def step(self, closure=None):
            return None

    optimizer = Own([parameter()], {"lr": 1.0})
    assert lrs_of(lr_scheduler.ExponentialLR(optimizer, 0.5), 1) == [1.0, 0.5]


def test_a_step_that_was_overridden_is_told_apart():
    optimizer = sgd(1.0)
    scheduler = lr_scheduler.StepLR(optimizer, 2)
    optimizer.step = lambda: None
    optimizer.step()
    with pytest.warns(UserWarning, match="has been overridden after learning rate scheduler initialization"):
        scheduler.step()


def test_an_overridden_step_that_calls_the_original_is_fine():
    optimizer = sgd(1.0)
    scheduler = lr_scheduler.StepLR(optimizer, 2)
    original = optimizer.step
    optimizer.step = lambda: original()
    assert lrs_of(scheduler, 2)[-1] == pytest.approx(0.1)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda pair: pickle.loads(pickle.dumps(pair))])
def test_copies_of_optimizer_and_schedule_go_on_together(copied):
    optimizer = sgd(1.0)
    optimizer, scheduler = copied((optimizer, lr_scheduler.ExponentialLR(optimizer, 0.5)))
    assert scheduler.optimizer is optimizer
    assert lrs_of(scheduler, 1) == [1.0, 0.5]


def test_a_second_cycle_goes_by_its_own_bounds_not_by_an_earlier_schedules_initial_lr():
    optimizer = sgd(1.0)
    lr_scheduler.StepLR(optimizer, 3)
    scheduler = lr_scheduler.CyclicLR(optimizer, 2, 4, 2, cycle_momentum=False)
    assert lrs_of(scheduler, 4)[1:] == pytest.approx([3, 4, 3, 2])


# ---- failed calls --------------------------------------------------------------------------------------------


def fails_at(t_bad):
    def factor(t):
        if t == t_bad:
            raise RuntimeError("no number")
        return 0.5**t

    return factor


def test_a_step_that_fails_changes_no_lr_and_is_not_counted():
    scheduler = stepped(lr_scheduler.LambdaLR(sgd(1.0), fails_at(3)), 2)
    scheduler.optimizer.step()
    with pytest.raises(RuntimeError, match="no number"):
        scheduler.step()
    assert (scheduler.last_epoch, scheduler.get_last_lr()) == (2, [0.25])
    scheduler.lr_lambdas = [fails_at(4)]
    scheduler.step()
    assert (scheduler.last_epoch, scheduler.get_last_lr()) == (3, [0.125])


def test_a_first_step_that_fails_is_not_taken_for_the_first():
    scheduler = lr_scheduler.LambdaLR(sgd(1.0), fails_at(1))
    for _ in range(2):
        with pytest.warns(UserWarning, match="before"), pytest.raises(RuntimeError, match="no number"):
            scheduler.step()


@pytest.mark.parametrize(
    "build",
    [
        lambda o: lr_scheduler.LambdaLR(o, fails_at(0)),
        lambda o: lr_scheduler.CyclicLR(o, 0.1, 0.2, 3, scale_fn=fails_at(1)),
        lambda o: lr_scheduler.OneCycleLR(o, [0.1, 0.2], 10, max_momentum=[0.9]),
        lambda o: lr_scheduler.StepLR(o, 3, last_epoch=2),
        lambda o: torch.optim.swa_utils.SWALR(o, 0.1, last_epoch=2),
    ],
)
def test_a_schedule_that_cannot_be_built_leaves_the_groups_as_they_were(build):
    optimizer = sgd(1.0, torch.tensor(2.0), momentum=0.3)
    before = [({**group, "lr": float(group["lr"])}, dict(group.origin)) for group in optimizer.param_groups]
    with pytest.raises((RuntimeError, ValueError, KeyError)):
        build(optimizer)
    assert [({**group, "lr": float(group["lr"])}, group.origin) for group in optimizer.param_groups] == before


def test_one_cycle_refuses_a_step_too_many_and_stays_at_the_last():
    scheduler = stepped(lr_scheduler.OneCycleLR(sgd(1.0), 1.0, 3, cycle_momentum=False), 3)
    scheduler.optimizer.step()
    for _ in range(2):
        with pytest.raises(ValueError, match=r"Tried to step 4 times\. The specified number of total steps is 3"):
            scheduler.step()


def test_step_sizes_of_0_are_refused_at_once():
    with pytest.raises(ValueError, match="step_size of StepLR must not be 0"):
        lr_scheduler.StepLR(sgd(1.0), 0)
    with pytest.raises(ValueError, match="T_max of CosineAnnealingLR must not be 0"):
        lr_scheduler.CosineAnnealingLR(sgd(1.0), 0)


# ---- compositions inside compositions ------------------------------------------------------------------------


def test_a_sequence_inside_a_sequence_begins_when_its_turn_comes():
    s, optimizer = lr_scheduler, sgd(1.0)
    inner = s.SequentialLR(optimizer, [s.ConstantLR(optimizer, 0.25, 9), s.ExponentialLR(optimizer, 0.5)], [2])
    outer = s.SequentialLR(optimizer, [s.ConstantLR(optimizer, 0.1, 9), inner], [2])
    # 0.1 for steps 0 and 1; the inner one from step 2: 0.25 for its steps 0 and 1, then 1, 1/2, 1/4.
    assert lrs_of(outer, 6) == pytest.approx([0.1, 0.1, 0.25, 0.25, 1.0, 0.5, 0.25])


def test_a_chain_inside_a_sequence_begins_when_its_turn_comes():
    s, optimizer = lr_scheduler, sgd(1.0)
    chain = s.ChainedScheduler([s.ConstantLR(optimizer, 0.25, 2), s.ExponentialLR(optimizer, 0.5)])
    outer = s.SequentialLR(optimizer, [s.ConstantLR(optimizer, 0.1, 9), chain], [2])
    assert lrs_of(outer, 5) == pytest.approx([0.1, 0.1, 0.25, 0.125, 0.25, 0.125])


def test_first_in_a_sequence_they_begin_at_their_own_first_step():
    s, optimizer = lr_scheduler, sgd(1.0)
    chain = s.ChainedScheduler([s.ConstantLR(optimizer, 0.25, 2), s.ExponentialLR(optimizer, 0.5)])
    assert lrs_of(s.SequentialLR(optimizer, [chain, s.StepLR(optimizer, 5)], [3]), 3) == pytest.approx(
        [0.25, 0.125, 0.25, 1.0]
    )
    optimizer = sgd(1.0)
    inner = s.SequentialLR(optimizer, [s.ConstantLR(optimizer, 0.25, 9), s.ExponentialLR(optimizer, 0.5)], [2])
    outer = s.SequentialLR(optimizer, [inner, s.StepLR(optimizer, 5)], [4])
    assert lrs_of(outer, 4) == pytest.approx([0.25, 0.25, 1.0, 0.5, 1.0])


def test_milestones_that_do_not_go_up_are_warned_of():
    s, optimizer = lr_scheduler, sgd(1.0)
    three = [s.StepLR(optimizer, 3) for _ in range(3)]
    with pytest.warns(UserWarning, match=r"\[9, 4\], do not go up"):
        s.SequentialLR(optimizer, three, [9, 4])


def test_compositions_take_no_epoch():
    chain = lr_scheduler.ChainedScheduler([lr_scheduler.StepLR(sgd(1.0), 3)])
    with pytest.raises(TypeError, match="takes no epoch"):
        chain.step(3)


# ---- warm restarts where PyTorch rounds ----------------------------------------------------------------------


def test_going_to_a_step_by_number_restarts_where_counting_does():
    # With T_0 = 1 and T_mult = 3 the cycles begin at 0, 1, 4, 13, 40, 121: at 121 PyTorch's logarithm is a hair short.
    scheduler = lr_scheduler.CosineAnnealingWarmRestarts(sgd(1.0), 1, 3)
    counted = [0]
    for t in range(1, 125):
        stepped(scheduler, 1)
        counted += [t] if scheduler.T_cur == 0 else []
    assert counted == [0, 1, 4, 13, 40, 121]
    for t in counted:
        scheduler.step(t)
        assert (scheduler.T_cur, scheduler.get_last_lr()) == (0, [1.0])


def test_resuming_growing_cycles_by_last_epoch_alone_is_warned_of():
    optimizer = sgd(1.0)
    optimizer.param_groups[0]["initial_lr"] = 1.0
    with pytest.warns(UserWarning, match="Load the scheduler's state_dict"):
        lr_scheduler.CosineAnnealingWarmRestarts(optimizer, 10, 2, last_epoch=50)
