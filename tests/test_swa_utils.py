"""Averaged models and SWALR, by hand."""

from __future__ import annotations

import math

import pytest

import tinygrad_optim as torch
from tinygrad_optim import nn
from tinygrad_optim.optim import SGD
from tinygrad_optim.optim.swa_utils import (
    SWALR,
    AveragedModel,
    get_ema_avg_fn,
    get_ema_multi_avg_fn,
    get_swa_multi_avg_fn,
    update_bn,
)


def one_weight(value):
    model = nn.Linear(1, 1, bias=False)
    model.weight.data = torch.tensor([[value]])
    return model


def averages(values, **options):
    """The averaged weight after each of these weights was taken in."""
    model = one_weight(0.0)
    averaged = AveragedModel(model, **options)
    found = []
    for value in values:
        model.weight.data = torch.tensor([[value]])
        averaged.update_parameters(model)
        found.append(averaged.module.weight.item())
    return found


def test_by_default_the_average_is_the_mean_of_all_updates():
    assert averages([1.0, 3.0, 8.0, 0.0]) == [1.0, 2.0, 4.0, 3.0]


def test_the_mean_of_lists_is_the_same():
    assert averages([1.0, 3.0, 8.0, 0.0], multi_avg_fn=get_swa_multi_avg_fn()) == [1.0, 2.0, 4.0, 3.0]


@pytest.mark.parametrize("how", [{"avg_fn": get_ema_avg_fn(0.75)}, {"multi_avg_fn": get_ema_multi_avg_fn(0.75)}])
def test_a_moving_average_keeps_its_share_and_begins_with_the_first_weights(how):
    # 4, then 0.75 * 4 + 0.25 * 8 = 5, then 0.75 * 5 + 0.25 * 1 = 4.
    assert averages([4.0, 8.0, 1.0], **how) == [4.0, 5.0, 4.0]


def test_the_average_is_a_copy_that_training_does_not_move():
    model = one_weight(1.0)
    averaged = AveragedModel(model)
    averaged.update_parameters(model)
    model.weight.data = torch.tensor([[5.0]])
    assert averaged(torch.tensor([[2.0]])).item() == 2.0


def test_averaging_leaves_no_history_and_the_weights_stay_leaves():
    model = one_weight(1.0)
    averaged = AveragedModel(model)
    for _ in range(3):
        averaged.update_parameters(model)
    assert averaged.module.weight.is_leaf
    assert averaged.module.weight.requires_grad


def test_lists_come_apart_by_type():
    model = nn.Sequential(one_weight(1.0), one_weight(2.0), one_weight(3.0))
    model[1].weight.data = torch.tensor([[2.0]], dtype=torch.float64)
    types = []

    def note(averaged, current, n):
        types.append([p.dtype.name for p in averaged])

    averaged = AveragedModel(model, multi_avg_fn=note)
    averaged.update_parameters(model)
    averaged.update_parameters(model)
    assert types == [["float32", "float32"], ["float64"]]


def test_an_update_that_does_not_fit_changes_nothing():
    averaged = AveragedModel(nn.Sequential(one_weight(1.0), one_weight(2.0)))
    before = {key: value.tolist() for key, value in averaged.state_dict().items()}
    with pytest.raises(RuntimeError, match="give the model that was copied"):
        averaged.update_parameters(one_weight(1.0))
    assert {key: value.tolist() for key, value in averaged.state_dict().items()} == before


def test_an_average_function_that_fails_midway_changes_nothing():
    model = nn.Sequential(one_weight(1.0), one_weight(2.0))

    def fails_at_two(averaged, current, n):
        if current.item() == 2.0:
            raise ZeroDivisionError
        return current * 0

    averaged = AveragedModel(model, avg_fn=fails_at_two)
    averaged.update_parameters(model)
    with pytest.raises(ZeroDivisionError):
        averaged.update_parameters(model)
    assert [p.item() for p in averaged.parameters()] == [1.0, 2.0]
    assert averaged.n_averaged.item() == 1


def test_its_state_has_the_count_and_the_weights():
    model = one_weight(1.0)
    averaged = AveragedModel(model)
    averaged.update_parameters(model)
    assert {key: value.tolist() for key, value in averaged.state_dict().items()} == {
        "n_averaged": 1,
        "module.weight": [[1.0]],
    }


def test_a_state_without_the_count_is_refused_unless_loosely_loaded():
    averaged = AveragedModel(one_weight(1.0))
    with pytest.raises(RuntimeError, match="n_averaged"):
        averaged.load_state_dict({"module.weight": torch.tensor([[4.0]])})
    assert averaged.module.weight.item() == 1.0
    averaged.load_state_dict({"module.weight": torch.tensor([[4.0]])}, strict=False)
    assert averaged.module.weight.item() == 4.0


def test_update_bn_does_not_read_the_loader_where_there_is_no_batch_norm():
    def loader():
        raise AssertionError("was read")
        yield

    model = one_weight(1.0).eval()
    update_bn(loader(), model)
    assert not model.training


def test_update_bn_resets_and_averages_every_layer_that_keeps_statistics():
    class Statistics(nn.Module):
        """A stand-in that records what a batch-norm layer would see."""

        def __init__(self):
            super().__init__()
            self.momentum, self.seen = 0.1, ["stale"]

        def reset_running_stats(self):
            self.seen = []

        def forward(self, input):
            self.seen.append((input.tolist(), self.momentum, self.training, torch.is_grad_enabled()))
            return input

    layer = Statistics()
    model = nn.Sequential(layer).eval()
    update_bn([(torch.tensor([1.0]), "label"), torch.tensor([2.0])], model)
    assert layer.seen == [([1.0], None, True, False), ([2.0], None, True, False)]
    assert (layer.momentum, model.training) == (0.1, False)


def test_update_bn_gives_batch_norm_the_mean_and_variance_of_the_batches():
    model = nn.Sequential(nn.BatchNorm1d(1)).eval()
    update_bn([torch.tensor([[1.0], [3.0]]), torch.tensor([[5.0], [9.0]])], model)
    layer = model[0]
    assert layer.running_mean.tolist() == [4.5]  # of the means 2 and 7
    assert layer.running_var.tolist() == [5.0]  # of the variances 2 and 8
    assert (layer.num_batches_tracked.item(), layer.momentum, layer.training) == (2, 0.1, False)


def test_buffers_are_averaged_if_asked_for_and_otherwise_follow_the_model():
    model = nn.BatchNorm1d(1)
    followed, averaged = AveragedModel(model), AveragedModel(model, use_buffers=True)
    for mean in (2.0, 4.0):
        model.running_mean.fill_(mean)
        followed.update_parameters(model)
        averaged.update_parameters(model)
    assert (followed.module.running_mean.tolist(), averaged.module.running_mean.tolist()) == ([4.0], [3.0])


def test_the_count_is_a_buffer_that_goes_where_the_model_goes():
    averaged = AveragedModel(one_weight(1.0))
    averaged.update_parameters(one_weight(1.0))
    assert list(dict(averaged.double().named_buffers())) == ["n_averaged"]
    assert averaged.n_averaged.dtype == torch.int64
    other = AveragedModel(one_weight(2.0))
    other.load_state_dict(averaged.state_dict())
    assert (other.n_averaged.item(), other.module.weight.item()) == (1, 1.0)


# ---- SWALR -----------------------------------------------------------------------------------------------------


def lrs_of(scheduler, steps):
    found = [scheduler.get_last_lr()[0]]
    for _ in range(steps):
        scheduler.optimizer.step()
        scheduler.step()
        found.append(scheduler.get_last_lr()[0])
    return found


def optimizer(*lrs):
    return SGD([{"params": [torch.tensor(1.0, requires_grad=True)], "lr": lr} for lr in lrs])


def test_in_a_straight_line_to_swa_lr_and_there_it_stays():
    scheduler = SWALR(optimizer(1.0), 0.2, anneal_epochs=4, anneal_strategy="linear")
    assert lrs_of(scheduler, 5) == pytest.approx([1.0, 0.8, 0.6, 0.4, 0.2, 0.2])


def test_along_half_a_cosine_by_default():
    # (1 - cos 60 degrees) / 2 = 1/4 of the way at a third, 3/4 at two thirds.
    assert lrs_of(SWALR(optimizer(1.0), 0.2, 3), 4) == pytest.approx([1.0, 0.8, 0.4, 0.2, 0.2])


def test_without_annealing_it_is_there_at_once():
    assert lrs_of(SWALR(optimizer(1.0), 0.2, 0), 2) == pytest.approx([0.2, 0.2, 0.2])


def test_an_edited_lr_is_taken_along():
    # Halfway from 1 to 0 the lr is set to 2, as if it had begun at 4; a quarter of the way is left: 1.
    scheduler = SWALR(optimizer(1.0), 0.0, 4, "linear")
    lrs_of(scheduler, 2)
    scheduler.optimizer.param_groups[0]["lr"] = 2.0
    assert lrs_of(scheduler, 1)[1] == pytest.approx(1.0)


def test_what_it_sets_has_its_name_as_origin():
    scheduler = SWALR(optimizer(1.0), 0.2, 2)
    lrs_of(scheduler, 1)
    group = scheduler.optimizer.param_groups[0]
    assert (group.origin["lr"], group.origin["swa_lr"]) == ("SWALR", "SWALR")


def test_a_new_group_without_swa_lr_is_refused_where_the_others_differ():
    scheduler = SWALR(optimizer(1.0, 1.0), [0.2, 0.3])
    lrs_of(scheduler, 1)
    new = torch.tensor(1.0, requires_grad=True)
    scheduler.optimizer.add_param_group({"params": [new]})
    with pytest.raises(KeyError, match="'swa_lr'"):
        scheduler.step()
    scheduler.optimizer.param_groups[2]["swa_lr"] = 0.5
    scheduler.step()
    assert len(scheduler.get_last_lr()) == 3


def test_cosine_is_flat_at_its_end():
    first, *_, last = lrs_of(SWALR(optimizer(1.0), 0.2, 7), 20)
    assert (first, last) == (1.0, pytest.approx(0.2))
    assert math.isfinite(last)
