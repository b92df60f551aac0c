"""Schedules: their numbers worked by hand, and what an lr edited by hand does to them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings, strategies as st

import tinygrad_optim as torch
from tinygrad_optim.optim import SGD, Adam, lr_scheduler


def parameter():
    p = torch.tensor([1.0, 2.0], requires_grad=True)
    p.grad = torch.tensor([0.5, 0.5])
    return p


def sgd(*lrs, **options):
    return SGD([{"params": [parameter()], "lr": lr} for lr in lrs], lr=0.1, **options)


def lrs_of(scheduler, steps):
    """The first group's lr when built and after each step, with the optimizer stepping before it."""
    found = [scheduler.get_last_lr()[0]]
    for _ in range(steps):
        scheduler.optimizer.step()
        scheduler.step()
        found.append(scheduler.get_last_lr()[0])
    return found


def stepped(scheduler, steps):
    lrs_of(scheduler, steps)
    return scheduler


# ---- by hand -------------------------------------------------------------------------------------------------

# All begin with lr = 1, so each lr is the factor itself.
BY_HAND = {
    "lambda: 1/(t+1)": (lambda o: lr_scheduler.LambdaLR(o, lambda t: 1 / (t + 1)), [1, 1 / 2, 1 / 3, 1 / 4]),
    "multiplicative: times t": (lambda o: lr_scheduler.MultiplicativeLR(o, lambda t: t), [1, 1, 2, 6, 24]),
    "a tenth every 2": (lambda o: lr_scheduler.StepLR(o, 2), [1, 1, 0.1, 0.1, 0.01]),
    "half at 1 and twice at 3": (lambda o: lr_scheduler.MultiStepLR(o, [3, 1, 3], 0.5), [1, 0.5, 0.5, 0.125, 0.125]),
    "a quarter for 2": (lambda o: lr_scheduler.ConstantLR(o, 0.25, 2), [0.25, 0.25, 1, 1]),
    "nothing for 2": (lambda o: lr_scheduler.ConstantLR(o, 0.0, 2), [0, 0, 1, 1]),
    "a fifth to all in 4": (lambda o: lr_scheduler.LinearLR(o, 0.2, 1.0, 4), [0.2, 0.4, 0.6, 0.8, 1, 1]),
    "all to nothing in 2": (lambda o: lr_scheduler.LinearLR(o, 1.0, 0.0, 2), [1, 0.5, 0, 0]),
    "half each time": (lambda o: lr_scheduler.ExponentialLR(o, 0.5), [1, 0.5, 0.25, 0.125]),
    "squares of what is left": (lambda o: lr_scheduler.PolynomialLR(o, 4, 2.0), [1, 9 / 16, 4 / 16, 1 / 16, 0, 0]),
    # cos of 0, 60, 120, 180, 240 degrees is 1, 1/2, -1/2, -1, -1/2.
    "cosine in 3": (lambda o: lr_scheduler.CosineAnnealingLR(o, 3), [1, 3 / 4, 1 / 4, 0, 1 / 4, 3 / 4, 1]),
    "cosine to 0.5": (lambda o: lr_scheduler.CosineAnnealingLR(o, 2, 0.5), [1, 0.75, 0.5]),
    "restarts after 2, 4": (
        lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 2, 2),
        [1, 0.5, 1, (1 + math.sqrt(0.5)) / 2, 0.5, (1 - math.sqrt(0.5)) / 2, 1],
    ),
    "up in 2, down in 1": (lambda o: lr_scheduler.CyclicLR(o, 1, 3, 2, 1, cycle_momentum=False), [1, 2, 3, 1, 2, 3]),
    "half as high": (
        lambda o: lr_scheduler.CyclicLR(o, 1, 3, 1, mode="triangular2", cycle_momentum=False),
        [1, 3, 1, 2, 1, 1.5],
    ),
    "as high as 0.5**t": (
        lambda o: lr_scheduler.CyclicLR(o, 1, 9, 1, mode="exp_range", gamma=0.5, cycle_momentum=False),
        [1, 5, 1, 2, 1],
    ),
    # 4/4 = 1 up in 2 steps (pct_start * 6 - 1), from 4/2 = 2; then down to 2/20 = 0.1 in 3.
    "one cycle": (
        lambda o: lr_scheduler.OneCycleLR(
            o, 4, 6, pct_start=0.5, anneal_strategy="linear", cycle_momentum=False, div_factor=2, final_div_factor=20
        ),
        [2, 3, 4, 2.7, 1.4, 0.1],
    ),
    "constant, then exponential from 1": (
        lambda o: lr_scheduler.SequentialLR(
            o, [lr_scheduler.ConstantLR(o, 0.1, 9), lr_scheduler.ExponentialLR(o, 0.5)], [2]
        ),
        [0.1, 0.1, 1, 0.5, 0.25],
    ),
    "both at once": (
        lambda o: lr_scheduler.ChainedScheduler(
            [lr_scheduler.ConstantLR(o, 0.1, 2), lr_scheduler.ExponentialLR(o, 0.5)]
        ),
        [0.1, 0.05, 0.25, 0.125],
    ),
}


@pytest.mark.parametrize("what", BY_HAND)
def test_the_schedule_gives_the_numbers_worked_by_hand(what):
    make, expected = BY_HAND[what]
    assert lrs_of(make(sgd(1.0)), len(expected) - 1) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("what", BY_HAND)
def test_each_group_has_its_own_initial_lr(what):
    optimizer = sgd(1.0, 0.5)
    scheduler = stepped(BY_HAND[what][0](optimizer), 2)
    sets_lr_itself = isinstance(scheduler, lr_scheduler.CyclicLR | lr_scheduler.OneCycleLR)
    floor = 0.25 if what == "cosine to 0.5" else 0  # the way down to 0.5 is of no length for a lr of 0.5
    first, second = scheduler.get_last_lr()
    assert second == pytest.approx(first if sets_lr_itself else first / 2 + floor)


def test_momentum_goes_down_while_the_lr_goes_up():
    optimizer = sgd(1.0, momentum=0.3)
    scheduler = lr_scheduler.CyclicLR(optimizer, 1, 2, 2, base_momentum=0.5, max_momentum=0.9)
    found = [optimizer.param_groups[0]["momentum"]]
    for _ in range(4):
        stepped(scheduler, 1)
        found.append(optimizer.param_groups[0]["momentum"])
    assert found == pytest.approx([0.9, 0.7, 0.5, 0.7, 0.9])


def test_adams_first_beta_is_cycled_and_its_second_stays():
    optimizer = Adam([parameter()])
    scheduler = lr_scheduler.OneCycleLR(optimizer, 1.0, 4, pct_start=0.5, base_momentum=0.5, max_momentum=0.9)
    assert optimizer.param_groups[0]["betas"] == (0.9, 0.999)
    stepped(scheduler, 1)
    assert optimizer.param_groups[0]["betas"] == pytest.approx((0.5, 0.999))


class TestPlateau:
    def lrs(self, metrics, **options):
        scheduler = lr_scheduler.ReduceLROnPlateau(sgd(1.0), factor=0.5, **options)
        found = []
        for metric in metrics:
            scheduler.step(metric)
            found.append(scheduler.get_last_lr()[0])
        return found

    def test_after_patience_bad_metrics_one_more_halves_the_lr(self):
        assert self.lrs([5, 5, 5, 5, 5, 5, 5], patience=2) == [1, 1, 1, 0.5, 0.5, 0.5, 0.25]

    def test_better_must_be_better_by_more_than_the_threshold(self):
        # With threshold 0.1 of 10, 9 itself is not better (9 < 9 is false), 8.9 is.
        assert self.lrs([10, 9], patience=0, threshold=0.1) == [1, 0.5]
        assert self.lrs([10, 8.9], patience=0, threshold=0.1) == [1, 1]

    def test_an_absolute_threshold_is_subtracted(self):
        assert self.lrs([10, 9.5], patience=0, threshold=0.5, threshold_mode="abs") == [1, 0.5]
        assert self.lrs([10, 9.4], patience=0, threshold=0.5, threshold_mode="abs") == [1, 1]

    def test_mode_max_wants_larger_metrics(self):
        assert self.lrs([1, 2, 2], patience=0, mode="max") == [1, 1, 0.5]

    def test_bad_metrics_do_not_count_while_it_cools_down(self):
        assert self.lrs([5] * 7, patience=0, cooldown=2) == [1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25]

    def test_nan_is_never_better(self):
        assert self.lrs([math.nan, math.nan, 3, math.nan], patience=1) == [1, 0.5, 0.5, 0.5]

    def test_min_lr_is_a_bound(self):
        assert self.lrs([5, 5, 5, 5], patience=0, min_lr=0.3) == [1, 0.5, 0.3, 0.3]

    def test_a_change_of_less_than_eps_is_not_made(self):
        assert self.lrs([5, 5, 5], patience=0, eps=0.3) == [1, 0.5, 0.5]

    def test_a_tensor_is_taken_as_metric(self):
        assert self.lrs([torch.tensor(5.0), torch.tensor([6.0])], patience=0) == [1, 0.5]


# ---- resumed by last_epoch -------------------------------------------------------------------------------------

RESUMED = {
    "step, at a multiple": (lambda o: lr_scheduler.StepLR(o, 3, 0.5, last_epoch=2), [0.4, 0.4]),
    "linear": (lambda o: lr_scheduler.LinearLR(o, 0.5, 1.0, 5, last_epoch=2), [0.8, 0.9]),
    "exponential": (lambda o: lr_scheduler.ExponentialLR(o, 0.5, last_epoch=2), [0.8, 0.4]),
    "polynomial": (lambda o: lr_scheduler.PolynomialLR(o, 5, last_epoch=2), [0.8, 0.4]),
    "cosine": (lambda o: lr_scheduler.CosineAnnealingLR(o, 6, last_epoch=2), [0.8, 0.4]),
    "multiplicative": (lambda o: lr_scheduler.MultiplicativeLR(o, lambda t: t / 8, last_epoch=2), [0.8, 0.4]),
    "lambda": (lambda o: lr_scheduler.LambdaLR(o, lambda t: 1 / t, last_epoch=2), [1 / 3, 1 / 4]),
}


@pytest.mark.parametrize("what", RESUMED)
def test_resumed_after_step_2_it_goes_on_from_the_lr_that_is_there(what):
    # Step 3 is made when it is built: closed forms and StepLR compute it, the others take 0.8 to be its lr.
    optimizer = sgd(0.8)
    optimizer.param_groups[0]["initial_lr"] = 1.0
    make, expected = RESUMED[what]
    assert lrs_of(make(optimizer), 1) == pytest.approx(expected)


def test_resuming_needs_to_know_the_initial_lr():
    with pytest.raises(KeyError, match=r"'initial_lr' is not specified in param_groups\[0\]"):
        lr_scheduler.StepLR(sgd(0.8), 3, last_epoch=2)


# ---- edited by hand --------------------------------------------------------------------------------------------


def test_a_chainable_schedule_multiplies_the_lr_that_was_set_by_hand():
    scheduler = lr_scheduler.ExponentialLR(sgd(1.0), 0.5)
    scheduler.optimizer.param_groups[0]["lr"] = 8.0
    assert lrs_of(scheduler, 1)[1] == 4.0


def test_a_closed_form_forgets_the_lr_that_was_set_by_hand():
    scheduler = lr_scheduler.LambdaLR(sgd(1.0), lambda t: 0.5**t)
    scheduler.optimizer.param_groups[0]["lr"] = 8.0
    assert lrs_of(scheduler, 1)[1] == 0.5


def test_an_option_edited_on_the_schedule_holds_from_the_next_step():
    scheduler = lr_scheduler.ExponentialLR(sgd(1.0), 0.5)
    scheduler.gamma = 0.1
    assert lrs_of(scheduler, 1)[1] == 0.1


@settings(derandomize=True, deadline=None, max_examples=60)
@given(
    st.sampled_from(["step", "multi", "constant", "linear", "exponential", "polynomial", "cosine"]),
    st.floats(0.1, 1.0),
    st.integers(1, 30),
    st.integers(1, 60),
)
def test_step_by_step_and_the_closed_form_agree(kind, factor, length, t):
    make = {
        "step": lambda o: lr_scheduler.StepLR(o, length, factor),
        "multi": lambda o: lr_scheduler.MultiStepLR(o, [length, 2 * length], factor),
        "constant": lambda o: lr_scheduler.ConstantLR(o, factor, length),
        "linear": lambda o: lr_scheduler.LinearLR(o, factor, 1 - factor / 2, length),
        "exponential": lambda o: lr_scheduler.ExponentialLR(o, factor),
        "polynomial": lambda o: lr_scheduler.PolynomialLR(o, length, 2 * factor),
        "cosine": lambda o: lr_scheduler.CosineAnnealingLR(o, length, factor / 10),
    }[kind]
    chained, closed = make(sgd(1.0)), make(sgd(1.0))
    last = lrs_of(chained, t)[-1]
    closed.optimizer.step()
    with pytest.warns(UserWarning, match="closed form"):
        closed.step(t)
    assert closed.get_last_lr()[0] == pytest.approx(last, rel=1e-6, abs=1e-9)
