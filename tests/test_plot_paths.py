"""Optimizers on surfaces, their tuning and their paths; slices of a loss; schedules before they are run."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import pytest

import tinygrad_optim as torch
from tinygrad_optim import nn, optim
from tinygrad_optim.optim import lr_scheduler
from tinygrad_optim.plot import (
    SURFACES,
    Slice,
    Tuning,
    descend,
    height_curves,
    loss_slice,
    measure_slice,
    random_direction,
    schedule,
    schedule_series,
    trajectories,
    tune,
    tuning_curves,
)
from tinygrad_optim.plot.style import ink, look, new_figure

RAVINE = SURFACES["ravine"]


def panel():
    return new_figure(1, (6, 4))[1][0]


# ---- paths -----------------------------------------------------------------------------------------------


def test_a_descent_is_the_history_of_x_y_and_the_value():
    # On (x^2 + 40 y^2) / 2 a step of SGD with lr 0.01 takes x to 0.99 x and y to 0.6 y.
    history = descend(RAVINE, partial(optim.SGD, lr=0.01), 3)
    assert history.weight("x").value.values == pytest.approx([-10 * 0.99**k for k in range(4)])
    assert history.weight("y").value.values == pytest.approx([1.5 * 0.6**k for k in range(4)])
    assert history.logged["value"].steps == [0, 1, 2, 3]
    assert history.logged["value"].values[1] == pytest.approx((9.9**2 + 40 * 0.9**2) / 2)


def test_an_optimizer_that_asks_for_the_loss_several_times_a_step_descends_too():
    history = descend(RAVINE, partial(optim.LBFGS, lr=1, line_search_fn="strong_wolfe"), 5)
    assert history.logged["value"].values[-1] == pytest.approx(0, abs=1e-10)


def test_a_descent_that_diverges_ends_there():
    history = descend(SURFACES["rosenbrock"], partial(optim.SGD, lr=1.0), 100)
    assert history.step < 20
    assert not math.isfinite(history.logged["value"].values[-1])


def test_tuning_finds_the_lr_that_ends_lowest():
    # y is multiplied by (1 - 40 lr) and x by (1 - lr): 0.04 is the largest of these with |1 - 40 lr| < 1.
    tuning = tune(RAVINE, optim.SGD, 20, lrs=(0.001, 0.01, 0.04, 0.06))
    assert tuning.best == 0.04
    assert tuning.calm == (True, True, True, False)
    assert tuning.finals[1] == pytest.approx((100 * 0.99**40 + 40 * 2.25 * 0.6**40) / 2)


def test_a_run_that_climbed_above_the_start_is_not_chosen_however_low_it_ended():
    tuning = Tuning((0.1, 1.0, 10.0), (2.0, 0.5, math.nan), (4.0, 90.0, math.inf), start=4.0)
    assert tuning.best == 0.1
    with pytest.raises(ValueError, match=r"rose above the start's, 4: try smaller"):
        Tuning((1.0,), (0.5,), (90.0,), start=4.0).best  # noqa: B018


def test_of_equally_good_lrs_the_smallest_is_chosen():
    assert Tuning((0.2, 0.1), (0.0, 0.0), (1.0, 1.0), start=1.0).best == 0.1


def test_trajectories_draws_each_path_and_the_minima():
    ax, surface = panel(), SURFACES["himmelblau"]
    runs = {"SGD": descend(surface, partial(optim.SGD, lr=0.01), 5)}
    assert trajectories(surface, runs, ax) is ax
    (path,) = [line for line in ax.lines if line.get_label() == "SGD"]
    assert list(path.get_xdata()) == runs["SGD"].weight("x").value.values
    assert list(path.get_ydata()) == runs["SGD"].weight("y").value.values
    stars = [(line.get_xdata()[0], line.get_ydata()[0]) for line in ax.lines if line.get_marker() == "*"]
    assert stars == list(surface.minima)
    assert (ax.get_xlim(), ax.get_ylim()) == (surface.x_range, surface.y_range)


def test_height_curves_measures_from_the_minimum():
    ax, surface = panel(), SURFACES["saddle"]
    run = descend(surface, partial(optim.SGD, lr=0.1), 5)
    height_curves(surface, {"SGD": run}, ax)
    assert list(ax.lines[0].get_ydata()) == pytest.approx([value + 0.25 for value in run.logged["value"].values])


def test_tuning_curves_rings_the_best_and_leaves_hollow_what_climbed():
    ax = panel()
    tuning_curves({"SGD": Tuning((0.1, 1.0), (2.0, 0.5), (4.0, 90.0), start=4.0)}, ax)
    line, first, second, ring = ax.lines
    assert list(line.get_ydata()) == [2.0, 0.5]
    assert (first.get_markerfacecolor(), second.get_markerfacecolor()) == (look(0)["color"], "white")
    assert (list(ring.get_xdata()), ring.get_color()) == ([0.1], ink(look(0)["color"]))


@pytest.mark.parametrize("figure", [trajectories, height_curves])
def test_nothing_to_draw_is_refused(figure):
    with pytest.raises(ValueError, match="there is nothing to draw"):
        figure(RAVINE, {})


def test_a_run_that_is_no_descent_is_refused():
    p = torch.tensor([1.0], requires_grad=True)
    optimizer = optim.SGD([("x", p)], lr=0.1)
    from tinygrad_optim.plot import History

    with History(optimizer) as history:
        optimizer.step()
    with pytest.raises(KeyError, match="was not watched"):
        trajectories(RAVINE, {"SGD": history})
    with pytest.raises(KeyError, match=r"'value' was not logged in 'SGD'"):
        height_curves(RAVINE, {"SGD": history})
    with pytest.raises(ValueError, match="there is nothing to draw"):
        tuning_curves({})


# ---- slices ----------------------------------------------------------------------------------------------


def two_parameters():
    return torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([[3.0]], requires_grad=True)


def test_a_line_of_losses_worked_by_hand():
    # p + a (1, 0), q + 2 a: the loss sum(p) + q^2 is 3 + a + (3 + 2 a)^2.
    p, q = two_parameters()
    way = [np.array([1.0, 0.0]), np.array([[2.0]])]
    found = measure_slice(lambda: p.sum() + (q * q).sum(), [p, q], [way], reach=(0.0, 2.0), points=3)
    assert (found.a, found.b) == ((0.0, 1.0, 2.0), ())
    assert found.values.tolist() == [12.0, 29.0, 54.0]


def test_a_plane_of_losses_worked_by_hand():
    # p + a (1, 0) + b (0, 1), q - b: 3 + a + b + 10 (3 - b).
    p, q = two_parameters()
    ways = [[np.array([1.0, 0.0]), np.zeros((1, 1))], [np.array([0.0, 1.0]), np.array([[-1.0]])]]
    found = measure_slice(lambda: p.sum() + 10 * q.sum(), [p, q], ways, reach=1.0, points=2)
    assert found.values.tolist() == [[3 - 1 - 1 + 40, 3 - 1 + 1 + 20], [3 + 1 - 1 + 40, 3 + 1 + 1 + 20]]


@pytest.mark.parametrize("fails", [False, True])
def test_afterwards_the_parameters_are_what_they_were_also_if_the_loss_raises(fails):
    p, q = two_parameters()
    y = (p * p).sum()  # a graph that is still to be walked: it would notice a write
    before, calls = (p.array, q.array), []

    def loss():
        calls.append(p.tolist())
        if fails and len(calls) == 3:
            raise ZeroDivisionError
        return p.sum()

    way = [np.ones(2), np.ones((1, 1))]
    if fails:
        with pytest.raises(ZeroDivisionError):
            measure_slice(loss, [p, q], [way])
    else:
        measure_slice(loss, [p, q], [way])
    assert p.array is before[0]
    assert q.array is before[1]
    assert p.tolist() == [1.0, 2.0]
    assert calls[0] == [0.0, 1.0]
    y.backward()
    assert p.grad.tolist() == [2.0, 4.0]


def test_float32_parameters_are_moved_in_float32():
    p = torch.tensor([1.0], requires_grad=True)
    seen = []
    measure_slice(lambda: seen.append(p.dtype) or p.sum(), [p], [[np.ones(1)]], points=2)
    assert seen == [torch.float32] * 2


def test_a_random_direction_has_each_filters_norm_and_leaves_biases_alone():
    torch.manual_seed(0)
    layer = nn.Linear(3, 2)
    weight, bias = random_direction(layer.parameters(), seed=1)
    wanted = np.linalg.norm(layer.weight.array, axis=1)
    assert np.linalg.norm(weight, axis=1) == pytest.approx(wanted, rel=1e-5)
    assert (bias == 0).all()
    assert weight.dtype == np.float32
    again = random_direction(layer.parameters(), seed=1)
    assert (again[0] == weight).all()
    plain = random_direction(layer.parameters(), seed=1, filters=False)
    assert (plain[1] != 0).all()


def test_a_random_direction_draws_from_its_own_numbers_only():
    torch.manual_seed(0)
    expected = torch.rand(3).tolist()
    torch.manual_seed(0)
    random_direction([torch.ones(2, 2)])
    assert torch.rand(3).tolist() == expected


@pytest.mark.parametrize(
    ("directions", "options", "error", "message"),
    [
        ([], {}, ValueError, r"one direction or two, in a list, but 0"),
        ([[np.ones(3), np.ones((1, 1))]], {}, ValueError, r"direction 0 has parts of shapes \[\(3,\), \(1, 1\)\]"),
        ([[np.ones(2)]], {}, ValueError, r"but the parameters have \[\(2,\), \(1, 1\)\]"),
        ([[np.ones(2), np.ones((1, 1))]], {"points": 1}, ValueError, r"2 points or more, not 1"),
    ],
)
def test_directions_that_do_not_fit_are_refused(directions, options, error, message):
    with pytest.raises(error, match=message):
        measure_slice(lambda: 0.0, two_parameters(), directions, **options)


def test_a_loss_that_is_not_one_number_is_refused_and_nothing_has_moved():
    p, q = two_parameters()
    with pytest.raises(TypeError, match=r"needs the loss as one number, but got Tensor.*\.mean\(\)"):
        measure_slice(lambda: p * 2, [p, q], [[np.ones(2), np.ones((1, 1))]])
    assert p.tolist() == [1.0, 2.0]


def test_a_used_up_generator_of_parameters_is_refused():
    with pytest.raises(ValueError, match="there are no parameters"):
        measure_slice(lambda: 0.0, [], [[]])


def test_a_line_is_drawn_as_a_curve_and_a_plane_as_a_map():
    ax = panel()
    assert loss_slice(Slice((0.0, 1.0), (), np.array([3.0, 4.0])), ax) is ax
    assert list(ax.lines[0].get_ydata()) == [3.0, 4.0]
    for values in (np.array([[1.0, 2.0], [3.0, 100.0]]), np.ones((2, 2)), np.array([[-1.0, 1], [2, np.inf]])):
        ax = panel()
        loss_slice(Slice((-1.0, 1.0), (-1.0, 1.0), values), ax, labels=["here", "there"])
        assert (ax.get_xlabel(), ax.get_ylabel()) == ("here", "there")
        ax.figure.draw_without_rendering()


# ---- schedules -------------------------------------------------------------------------------------------


def step_lr(optimizer):
    return lr_scheduler.StepLR(optimizer, 2, gamma=0.5)


def test_a_schedule_is_known_before_it_is_run():
    (series,) = schedule_series(step_lr, 5, lr=0.8)
    assert series.steps == [0, 1, 2, 3, 4, 5]
    assert series.values == pytest.approx([0.8, 0.8, 0.4, 0.4, 0.2, 0.2])


def test_the_callers_optimizer_is_only_read_and_its_groups_lrs_are_taken():
    p, q = (torch.tensor([1.0], requires_grad=True) for _ in range(2))
    optimizer = optim.Adam([{"params": [p]}, {"params": [q], "lr": 0.3}], lr=0.1, betas=(0.8, 0.9))
    before = repr(optimizer.state_dict()), [dict(group) for group in optimizer.param_groups]
    found = schedule_series(step_lr, 2, optimizer=optimizer)
    assert [series.values for series in found] == [pytest.approx([0.1, 0.1, 0.05]), pytest.approx([0.3, 0.3, 0.15])]
    assert (repr(optimizer.state_dict()), [dict(group) for group in optimizer.param_groups]) == before
    assert not optimizer.hooks
    assert not hasattr(optimizer, "scheduled")


def test_what_is_foretold_is_what_comes():
    p = torch.tensor([1.0], requires_grad=True)
    p.grad = torch.tensor([1.0])

    def make(optimizer):
        return lr_scheduler.OneCycleLR(optimizer, max_lr=0.1, total_steps=11)

    optimizer = optim.SGD([p], lr=0.1, momentum=0.9)
    foretold = schedule_series(make, 10, optimizer=optimizer)[0].values
    momenta = schedule_series(make, 10, optimizer=optimizer, option="momentum")[0].values
    real = make(optimizer)
    came = [(optimizer.param_groups[0]["lr"], optimizer.param_groups[0]["momentum"])]
    for _ in range(10):
        optimizer.step()
        real.step()
        came.append((optimizer.param_groups[0]["lr"], optimizer.param_groups[0]["momentum"]))
    assert came == list(zip(foretold, momenta))


def test_an_optimizer_that_has_a_schedule_already_is_shown_another_from_its_present_lr():
    p = torch.tensor([1.0], requires_grad=True)
    optimizer = optim.SGD([p], lr=0.1)
    step_lr(optimizer)
    optimizer.param_groups[0]["lr"] = 0.4
    assert schedule_series(step_lr, 1, optimizer=optimizer)[0].values == [0.4, 0.4]


def test_a_plateau_schedule_is_given_its_metrics():
    def make(optimizer):
        return lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=1)

    (series,) = schedule_series(make, 4, lr=0.8, metrics=[1.0, 1.0, 1.0, 1.0])
    assert series.values == pytest.approx([0.8, 0.8, 0.8, 0.4, 0.4])
    with pytest.raises(ValueError, match=r"at each of 4 steps, but metrics has 1"):
        schedule_series(make, 4, metrics=[1.0])


@pytest.mark.parametrize("steps", [0, 1.5])
def test_steps_is_a_whole_number(steps):
    with pytest.raises(ValueError, match="steps must be a whole number"):
        schedule_series(step_lr, steps)


def test_what_is_no_schedule_of_the_stand_in_is_refused():
    with pytest.raises(TypeError, match=r"must return a schedule, but it returned NoneType"):
        schedule_series(lambda optimizer: None, 3)
    other = optim.SGD([torch.tensor([1.0], requires_grad=True)], lr=0.1)
    with pytest.raises(ValueError, match="on another optimizer than the one it was given"):
        schedule_series(lambda optimizer: step_lr(other), 3)
    with pytest.raises(TypeError, match="optimizer must be an Optimizer, but it is list"):
        schedule_series(step_lr, 3, optimizer=[])
    with pytest.raises(KeyError, match=r"no option 'speed'"):
        schedule_series(step_lr, 3, option="speed")


def test_schedule_draws_a_stair_for_each_group():
    ax = panel()
    assert schedule(step_lr, 3, ax, lr=[0.1, 0.2]) is ax
    assert [list(line.get_ydata()) for line in ax.lines] == [
        pytest.approx([0.1, 0.1, 0.05, 0.05]),
        pytest.approx([0.2, 0.2, 0.1, 0.1]),
    ]
    assert {line.get_drawstyle() for line in ax.lines} == {"steps-post"}
    assert [text.get_text() for text in ax.texts] == ["group 0", "group 1"]
