"""`audit`: what may be amiss with an optimizer as it stands, in one table."""

from __future__ import annotations

import sys
import warnings

import pytest

import tinygrad_optim as torch
from tinygrad_optim import mistakes, nn, optim
from tinygrad_optim.mistakes import audit
from tinygrad_optim.mistakes.audit_losses import SEEN

schedules = optim.lr_scheduler


@pytest.fixture(autouse=True)
def _listening():
    SEEN.clear()
    mistakes.on()
    yield
    SEEN.clear()


class Net(nn.Module):
    """A layer, a norm, and a layer."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.first, self.norm, self.second = nn.Linear(3, 4), nn.LayerNorm(4), nn.Linear(4, 1)

    def forward(self, x):
        return self.second(self.norm(self.first(x)))


def train(net, optimizer, steps=3, size=8, reduction="mean"):
    for _ in range(steps):
        optimizer.zero_grad()
        nn.functional.mse_loss(net(torch.ones(size, 3)), torch.zeros(size, 1), reduction=reduction).backward()
        optimizer.step()


def found(optimizer, model=None):
    """{what: found} of the rows."""
    return {row.what: row.found for row in audit(optimizer, model)}


def test_a_healthy_optimizer_has_nothing_to_look_at(capsys):
    net = Net()
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    train(net, optimizer)
    assert audit(optimizer, net) == []
    assert capsys.readouterr().out.strip() == "SGD: nothing to look at"


def test_decay_on_biases_and_norms_is_named_by_group():
    net = Net()
    rows = audit(optim.AdamW(net.parameters(), weight_decay=0.01), net)
    (row,) = [row for row in rows if row.what == "decay on biases and norms"]
    assert row.where == "group 0"
    assert "4 parameters that are no matrices (first.bias, norm.weight, norm.bias, second.bias)" in row.found


def test_decay_on_matrices_alone_is_right():
    net = Net()
    flat = [p for p in net.parameters() if len(p.shape) < 2]
    rest = [p for p in net.parameters() if len(p.shape) > 1]
    assert found(optim.AdamW([{"params": flat, "weight_decay": 0.0}, {"params": rest}]), net) == {}


def test_trainable_parameters_in_no_group_are_named():
    net = Net()
    rows = found(optim.SGD(net.second.parameters(), lr=0.1), net)
    assert "first.weight (4, 3), first.bias (4,)" in rows["parameter-in-no-group"]


def test_parameters_that_are_frozen_or_another_optimizers_are_right():
    net = Net()
    net.norm.requires_grad_(False)
    other = optim.SGD(net.first.parameters(), lr=0.1)
    assert found(optim.SGD(net.second.parameters(), lr=0.1), net) == {}
    assert other.param_groups


def test_what_parameters_does_not_find_is_named():
    net = Net()
    net.more = [nn.Linear(2, 2)]
    net.scale = torch.ones(3, requires_grad=True)
    rows = found(optim.SGD(net.parameters(), lr=0.1))
    assert "self.more" in rows["layers-in-plain-list"]
    assert "self.scale (3,)" in rows["tensor-not-parameter"]


def test_groups_are_looked_at_as_they_stand():
    net = Net()
    optimizer = optim.SGD([{"params": net.parameters()}, {"params": []}], lr=0.1)
    optimizer.param_groups[0]["wieght_decay"] = 0.1
    optimizer.param_groups[1]["momentum"] = 1.5
    rows = found(optimizer, net)
    assert "'weight_decay'" in rows["option-not-read"]
    assert "1.5" in rows["option-out-of-range"]
    assert "no parameters" in rows["empty group"]


def test_what_audit_finds_is_not_told_as_a_warning():
    net = Net()
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    optimizer.param_groups[0]["learning_rate"] = 0.1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "option-not-read" in found(optimizer)


# ---- schedules ---------------------------------------------------------------------------------------------------


def stepped(build, steps, every=1, **options):
    """An optimizer whose schedule was stepped after every so many of its steps."""
    w = torch.ones(1, requires_grad=True)
    optimizer = optim.SGD([w], lr=0.1, momentum=0.9)
    scheduler = build(optimizer, **options)
    for step in range(1, steps + 1):
        w.grad = torch.ones(1)
        optimizer.step()
        if step % every == 0:
            scheduler.step()
    return optimizer, scheduler


def test_a_schedule_of_epochs_that_is_stepped_per_batch_is_told_with_its_numbers():
    optimizer, scheduler = stepped(schedules.StepLR, 150, step_size=30)
    rows = found(optimizer)
    assert (
        "StepLR(step_size=30) has been stepped 150 times in 150 steps" in rows["stepped per batch, counted in epochs?"]
    )
    assert scheduler.last_epoch == 150


def test_a_schedule_of_batches_that_is_stepped_per_epoch_is_told_with_its_numbers():
    optimizer, scheduler = stepped(schedules.OneCycleLR, 60, every=20, max_lr=0.1, total_steps=2000)
    rows = found(optimizer)
    told = rows["stepped per epoch, counted in batches?"]
    assert "OneCycleLR(total_steps=2000) has been stepped 3 times in 60 steps" in told
    assert "40000" in told
    assert scheduler.last_epoch == 3


def test_a_cosine_past_its_end_goes_up_again():
    optimizer, scheduler = stepped(schedules.CosineAnnealingLR, 60, every=2, T_max=20)
    assert (
        "CosineAnnealingLR(T_max=20) is at step 30: the lr goes up again" in found(optimizer)["schedule past its end"]
    )
    assert scheduler.last_epoch == 30


@pytest.mark.parametrize(
    ("build", "every", "options"),
    [
        (schedules.StepLR, 30, {"step_size": 30}),
        (schedules.OneCycleLR, 1, {"max_lr": 0.1, "total_steps": 1000}),
        (schedules.LinearLR, 1, {"total_iters": 20}),
        (schedules.CosineAnnealingLR, 30, {"T_max": 50}),
        (schedules.CosineAnnealingLR, 70, {"T_max": 200}),
        (schedules.CosineAnnealingLR, 1, {"T_max": 300}),
    ],
)
def test_schedules_stepped_as_they_are_counted_are_right(build, every, options):
    optimizer, scheduler = stepped(build, 300, every=every, **options)
    assert found(optimizer) == {}
    assert scheduler.last_epoch == 300 // every


def test_a_schedule_that_was_not_stepped_yet_is_told_of():
    optimizer, scheduler = stepped(schedules.StepLR, 10, every=100, step_size=3)
    assert "in 10 steps" in found(optimizer)["scheduler-never-stepped"]
    scheduler.step()


@pytest.mark.parametrize(("mode", "metrics"), [("min", [0.2, 0.4, 0.5, 0.45, 0.7, 0.8]), ("max", [9, 7, 5, 4, 3, 2.5])])
def test_a_metric_against_the_mode_is_told_of(mode, metrics):
    optimizer = optim.SGD([torch.ones(1, requires_grad=True)], lr=0.1)
    scheduler = schedules.ReduceLROnPlateau(optimizer, mode=mode)
    for metric in metrics:
        scheduler.step(metric)
    told = found(optimizer)["metric against the mode"]
    assert f"mode='{'max' if mode == 'min' else 'min'}'" in told
    assert f"{metrics[0]:.3g} at first, {metrics[-1]:.3g} after 6 steps" in told


@pytest.mark.parametrize(
    "metrics", [[0.9, 0.5, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0], [0.9, 0.8, 0.7, 0.6, 0.5, 0.4]]
)
def test_a_loss_that_falls_or_rises_again_is_right(metrics):
    optimizer = optim.SGD([torch.ones(1, requires_grad=True)], lr=0.1)
    scheduler = schedules.ReduceLROnPlateau(optimizer)
    for metric in metrics:
        scheduler.step(torch.tensor(metric))
    assert found(optimizer) == {}


# ---- losses ------------------------------------------------------------------------------------------------------


def test_a_summed_loss_over_batches_of_several_sizes_is_told_of():
    net = Net()
    optimizer = optim.SGD(net.parameters(), lr=1e-4)
    train(net, optimizer, size=8, reduction="sum")
    assert found(optimizer) == {}
    train(net, optimizer, size=5, reduction="sum")
    assert "from 5 to 8 rows" in found(optimizer)["summed loss, batches of several sizes"]


def test_a_mean_over_batches_of_several_sizes_is_right():
    net = Net()
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    train(net, optimizer, size=8)
    train(net, optimizer, size=5)
    assert found(optimizer) == {}


# ---- the table ---------------------------------------------------------------------------------------------------


def test_the_table_names_what_was_found_and_where(capsys):
    net = Net()
    audit(optim.SGD(net.second.parameters(), lr=0.1), net)
    shown = " ".join(capsys.readouterr().out.split())
    assert "SGD: 1 to look at" in shown
    assert "parameter-in-no-group" in shown


def test_without_rich_it_is_text(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "rich.table", None)
    net = Net()
    audit(optim.SGD(net.second.parameters(), lr=0.1), net)
    shown = capsys.readouterr().out
    assert "parameter-in-no-group (Net)\n    first.weight (4, 3)" in shown


def test_it_takes_an_optimizer_and_a_module():
    net = Net()
    with pytest.raises(TypeError, match="not an Optimizer"):
        audit(net)
    with pytest.raises(TypeError, match="not a list"):
        audit(optim.SGD(net.parameters(), lr=0.1), [net])
