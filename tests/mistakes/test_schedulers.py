"""Schedules never stepped, over another optimizer, late groups, and lrs that a schedule overwrites."""

from __future__ import annotations

import gc

import pytest
from speaking import said_once, spoken

from tinygrad_optim import mistakes, nn, optim
from tinygrad_optim.mistakes import pages
from tinygrad_optim.mistakes.schedulers_facts import SCHEDULES
from tinygrad_optim.mistakes.schedulers_lr import EDITS, GIVEN

START = """
import tinygrad_optim as torch
from tinygrad_optim import nn, optim
from tinygrad_optim.optim.lr_scheduler import *
w, v = torch.tensor([1.0], requires_grad=True), torch.tensor([1.0], requires_grad=True)
def one_step(optimizer):
    optimizer.zero_grad()
    (w**2 + v**2).sum().backward()
    optimizer.step()
"""


def said(program, code):
    return said_once(START + program, code)


def quiet(program):
    """Nothing is told while the program runs, nor when its objects are gone."""
    return spoken(
        START + "def main():\n" + "\n".join("    " + line for line in program.strip().splitlines()) + "\nmain()"
    )


# ---- never stepped -----------------------------------------------------------------------------------------------


def test_a_schedule_whose_name_is_never_read_is_told_of_after_20_steps():
    message = said_once(pages.page("scheduler-never-stepped").wrong, "scheduler-never-stepped")
    assert "StepLR is built here" in message
    assert "stepped 20 times since, and scheduler is not used after this line" in message
    assert "scheduler.step()" in message


def test_a_schedule_that_ends_without_a_step_is_told_of_when_it_is_gone():
    program = """
    def main():
        optimizer = optim.SGD([w], lr=0.1)
        scheduler = ReduceLROnPlateau(optimizer)  # <- here
        for _ in range(6):
            one_step(optimizer)
        print(scheduler.best)
    main()
    """
    message = said_once(START + "\n".join(line[4:] for line in program.splitlines()), "scheduler-never-stepped")
    assert "stepped 6 times since" in message
    assert "scheduler.step(metric)" in message


def test_a_sequence_that_is_never_stepped_is_told_of_and_not_its_parts():
    program = """
def main():
    optimizer = optim.SGD([w], lr=0.1)
    parts = [LinearLR(optimizer), ExponentialLR(optimizer, 0.9)]
    scheduler = SequentialLR(optimizer, parts, [5])  # <- here
    for _ in range(30):
        one_step(optimizer)
main()
"""
    assert "SequentialLR is built here" in said(program, "scheduler-never-stepped")


@pytest.mark.parametrize(
    "program",
    [
        # a part whose turn has not come yet
        """
optimizer = optim.SGD([w], lr=0.1)
scheduler = SequentialLR(optimizer, [ConstantLR(optimizer), ExponentialLR(optimizer, 0.9)], [50])
for _ in range(30):
    one_step(optimizer)
    scheduler.step()
""",
        # handed on: an epoch of 30 batches
        """
def fit(optimizer, scheduler):
    for batch in range(30):
        one_step(optimizer)
    scheduler.step()
optimizer = optim.SGD([w], lr=0.1)
mine = ExponentialLR(optimizer, 0.9)
fit(optimizer, mine)
""",
        # in a dict, and stepped by a step() of its own
        """
class Mine(LRScheduler):
    def step(self):
        self.last_epoch = getattr(self, "last_epoch", 0) + 1
optimizer = optim.SGD([w], lr=0.1)
held = {"scheduler": Mine(optimizer)}
for batch in range(30):
    one_step(optimizer)
    held["scheduler"].step()
""",
        # a few steps only, as in a test
        """
optimizer = optim.SGD([w], lr=0.1)
scheduler = ExponentialLR(optimizer, 0.9)
one_step(optimizer)
""",
        # inside another schedule of the program's own, which asks it later
        """
class After(LRScheduler):
    def __init__(self, optimizer, then):
        self.then = then
        super().__init__(optimizer)
    def get_lr(self):
        return [0.1 for _ in self.optimizer.param_groups]
optimizer = optim.SGD([w], lr=0.1)
scheduler = After(optimizer, ExponentialLR(optimizer, 0.9))
for _ in range(30):
    one_step(optimizer)
    scheduler.step()
""",
        # broken off
        """
optimizer = optim.SGD([w], lr=0.1)
scheduler = ExponentialLR(optimizer, 0.9)
try:
    for batch in range(30):
        one_step(optimizer)
        if batch == 10:
            raise KeyboardInterrupt
    scheduler.step()
except KeyboardInterrupt:
    del scheduler
""",
    ],
)
def test_a_schedule_that_is_stepped_in_some_other_way_is_not_told_of(program):
    assert quiet(program) == []


def test_under_strict_it_is_an_error_at_the_step():
    program = START + "optimizer = optim.SGD([w], lr=0.1)\nscheduler = ExponentialLR(optimizer, 0.9)  # <- here\n"
    program += "strict()\nfor _ in range(40):\n    one_step(optimizer)\n"
    with pytest.raises(mistakes.TeachingWarning, match="scheduler-never-stepped"):
        spoken(program.replace("def one_step", "from tinygrad_optim.mistakes import strict\ndef one_step"))


# ---- over another optimizer --------------------------------------------------------------------------------------


def test_a_schedule_over_the_optimizer_that_was_replaced_is_told_of_in_place_of_pytorchs_warning():
    message = said_once(pages.page("scheduler-of-other-optimizer").wrong, "scheduler-of-other-optimizer")
    assert "ExponentialLR sets the lr of the SGD it was built over" in message
    assert "optimizer.step()" in message


def test_an_optimizer_swapped_in_mid_training_leaves_its_schedule_behind():
    program = """
optimizer = optim.SGD([w, v], lr=0.1)
scheduler = ExponentialLR(optimizer, 0.9)  # <- here
for epoch in range(10):
    if epoch == 4:
        optimizer = optim.Adam([w, v], lr=0.1)
    one_step(optimizer)
    scheduler.step()
"""
    assert "another optimizer makes the steps: Adam" in said(program, "scheduler-of-other-optimizer")


@pytest.mark.parametrize(
    "program",
    [
        # in turn, each with a schedule, all schedules stepped together
        """
first, second = optim.SGD([w, v], lr=0.1), optim.Adam([w, v], lr=0.1)
schedules = [ExponentialLR(first, 0.9), ExponentialLR(second, 0.9)]
one_step(first), one_step(second)
for epoch in range(12):
    for _ in range(2):
        one_step(first if epoch % 6 < 3 else second)
    for one in schedules:
        one.step()
""",
        # one inside the other, with the same groups
        """
class Sharp(optim.Optimizer):
    def __init__(self, params):
        self.base = optim.SGD(params, lr=0.1)
        super().__init__(self.base.param_groups, dict(self.base.defaults))
        self.param_groups = self.base.param_groups
    def step(self, closure=None):
        self.base.step()
optimizer = Sharp([w, v])
scheduler = ExponentialLR(optimizer, 0.9)
for _ in range(6):
    optimizer.zero_grad()
    (w**2 + v**2).sum().backward()
    optimizer.step(None)
    scheduler.step()
""",
        # of other parameters
        """
one, other = optim.SGD([w], lr=0.1), optim.SGD([v], lr=0.1)
slower = ExponentialLR(other, 0.9)
for epoch in range(9):
    one_step(one)
    if epoch % 3 == 0:
        one_step(other)
    slower.step()
""",
    ],
)
def test_optimizers_that_take_turns_or_hold_each_other_are_right(program):
    assert [code for code, _, _ in quiet(program) if code.startswith("scheduler")] == []


# ---- groups that come late ---------------------------------------------------------------------------------------


def test_a_group_that_comes_into_a_warm_up_ends_too_large():
    message = said_once(pages.page("group-added-after-scheduler").wrong, "group-added-after-scheduler")
    assert "group 1 is added here with lr=0.5" in message
    assert "0.1 times" in message
    assert "in the end this lr is 5." in message
    assert "'lr': 0.05, 'initial_lr': 0.5" in message


def test_what_is_said_of_the_end_is_what_comes():
    program = """
optimizer = optim.SGD([w], lr=1.0)
scheduler = LinearLR(optimizer, 0.25, total_iters=6)
for epoch in range(6):
    one_step(optimizer)
    if epoch == 2:
        optimizer.add_param_group({"params": [v], "lr": 2.0})  # <- here
    scheduler.step()
assert abs(optimizer.param_groups[1]["lr"] - 4.0) < 1e-9
"""
    assert "in the end this lr is 4." in said(program, "group-added-after-scheduler")


def test_a_group_of_the_first_lr_comes_after_decays():
    program = """
optimizer = optim.SGD([w], lr=0.1)
scheduler = StepLR(optimizer, 2, gamma=0.1)
for epoch in range(6):
    if epoch == 4:
        optimizer.add_param_group({"params": [v]})  # <- here
    one_step(optimizer)
    scheduler.step()
"""
    message = said(program, "group-added-after-scheduler")
    assert "lr=0.1, after StepLR was built" in message
    assert "0.01 times" in message


@pytest.mark.parametrize("given", ["'lr': 0.001", "'lr': 0.01, 'initial_lr': 0.1"])
def test_a_late_group_with_a_lr_of_its_own_is_meant(given):
    program = f"""
optimizer = optim.SGD([w], lr=0.1)
scheduler = StepLR(optimizer, 2)
for epoch in range(6):
    if epoch == 4:
        optimizer.add_param_group({{"params": [v], {given}}})
    one_step(optimizer)
    scheduler.step()
"""
    assert quiet(program) == []


def test_a_group_that_comes_into_a_warm_up_with_both_lrs_ends_as_the_others():
    program = """
optimizer = optim.SGD([w], lr=0.5)
scheduler = LinearLR(optimizer, 0.1, total_iters=4)
optimizer.add_param_group({"params": [v], "lr": 0.05, "initial_lr": 0.5})
for epoch in range(5):
    one_step(optimizer)
    scheduler.step()
assert abs(optimizer.param_groups[1]["lr"] - 0.5) < 1e-9
"""
    assert quiet(program) == []


def test_a_group_added_before_the_first_decay_is_treated_as_the_others():
    program = """
optimizer = optim.SGD([w], lr=0.1)
scheduler = StepLR(optimizer, 2)
optimizer.add_param_group({"params": [v]})
for epoch in range(6):
    one_step(optimizer)
    scheduler.step()
"""
    assert quiet(program) == []


# ---- lrs overwritten ---------------------------------------------------------------------------------------------


def test_an_edit_that_a_closed_form_overwrites_is_told_of_at_its_line():
    message = said_once(pages.page("lr-edit-overwritten").wrong, "lr-edit-overwritten")
    assert "group 0 is set to 0.001 here" in message
    assert "LambdaLR, stepped at" in message
    assert "made it 0.125 again" in message
    assert "scheduler.base_lrs" in message


@pytest.mark.parametrize(
    "schedule",
    [
        "OneCycleLR(optimizer, max_lr=0.5, total_steps=20)",
        "CyclicLR(optimizer, 0.1, 0.5, step_size_up=4)",
        "CosineAnnealingWarmRestarts(optimizer, 5)",
    ],
)
def test_each_closed_form_overwrites_edits(schedule):
    program = f"""
optimizer = optim.SGD([w], lr=0.5, momentum=0.9)
scheduler = {schedule}
for epoch in range(6):
    if epoch == 3:
        optimizer.param_groups[0]["lr"] *= 0.1  # <- here
    one_step(optimizer)
    scheduler.step()
"""
    said(program, "lr-edit-overwritten")


@pytest.mark.parametrize(
    "schedule",
    [
        "StepLR(optimizer, 2)",
        "ExponentialLR(optimizer, 0.9)",
        "CosineAnnealingLR(optimizer, 10)",
        "MultiplicativeLR(optimizer, lambda t: 0.9)",
        "PolynomialLR(optimizer, 10)",
    ],
)
def test_schedules_that_go_on_from_the_lr_that_is_there_keep_edits(schedule):
    program = f"""
optimizer = optim.SGD([w], lr=0.5)
scheduler = {schedule}
for epoch in range(6):
    if epoch == 3:
        optimizer.param_groups[0]["lr"] *= 0.1
    one_step(optimizer)
    scheduler.step()
"""
    assert quiet(program) == []


def test_an_edit_before_a_schedule_is_built_is_erased_by_the_initial_lr():
    message = said_once(pages.page("lr-erased-at-construction").wrong, "lr-erased-at-construction")
    assert "group 0 is set to 0.01 here" in message
    assert "has made it 0.5" in message
    assert "initial_lr" in message


def test_an_edit_before_one_cycle_is_erased():
    program = """
optimizer = optim.SGD([w], lr=0.5, momentum=0.9)
optimizer.param_groups[0]["lr"] = 0.07  # <- here
scheduler = OneCycleLR(optimizer, max_lr=0.5, total_steps=10)
for _ in range(3):
    one_step(optimizer)
    scheduler.step()
"""
    assert "as max_lr" in said(program, "lr-erased-at-construction")


def test_an_edit_that_a_schedule_starts_from_is_right():
    program = """
optimizer = optim.SGD([w], lr=0.5)
optimizer.param_groups[0]["lr"] = 0.02
scheduler = LambdaLR(optimizer, lambda t: 1 / (1 + t))
for _ in range(5):
    one_step(optimizer)
    scheduler.step()
"""
    assert quiet(program) == []


def test_one_max_lr_for_groups_of_their_own_is_told_of():
    message = said_once(pages.page("group-lrs-flattened").wrong, "group-lrs-flattened")
    assert "0.01, 1, and OneCycleLR gets one max_lr, 1," in message


def test_a_max_lr_for_each_group_is_meant_even_if_they_are_equal():
    program = """
optimizer = optim.SGD([{"params": [w], "lr": 0.1}, {"params": [v], "lr": 0.2}], momentum=0.9)
scheduler = CyclicLR(optimizer, 0.1, [0.5, 0.5])
for _ in range(3):
    one_step(optimizer)
    scheduler.step()
"""
    assert quiet(program) == []


# ---- what is kept ------------------------------------------------------------------------------------------------


def test_nothing_is_kept_of_schedules_and_groups_that_are_gone():
    mistakes.on()
    gc.collect()
    before = len(SCHEDULES), len(EDITS), len(GIVEN)
    net = nn.Linear(2, 1)
    for _ in range(20):
        optimizer = optim.SGD(net.parameters(), lr=0.1)
        optimizer.param_groups[0]["lr"] = 0.2
        scheduler = optim.lr_scheduler.StepLR(optimizer, 3)
    del optimizer, scheduler
    gc.collect()
    assert (len(SCHEDULES), len(EDITS), len(GIVEN)) == before
