"""Figures by group, by parameter, of state, of one weight: what they draw, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_optim as torch
from tinygrad_optim import optim
from tinygrad_optim.plot import (
    History,
    gradient_norms,
    group_by_group,
    learning_rates,
    loss_curves,
    state_norms,
    update_ratios,
    weight_life,
)
from tinygrad_optim.plot.style import COLOURS, ink, luminance, new_figure


def a_history(steps: int = 3, count: int = 2, **watching) -> History:
    """As many groups of one parameter each, called a, b, c ...; the gradients are the step's number."""
    named = [(name, torch.full((2,), 3.0, requires_grad=True)) for name in "abcdefghijkl"[:count]]
    groups = [{"params": [pair], "lr": 0.1 * (i + 1)} for i, pair in enumerate(named)]
    optimizer = optim.Adam(groups)
    with History(optimizer, **watching) as history:
        for step in range(1, steps + 1):
            for i, (_, p) in enumerate(named):
                p.grad = torch.full((2,), float(step * 10**i))
            optimizer.step()
            history.log("loss", 1 / step)
    return history


def drawn(ax):
    """The lines' heights, by the labels in their colours."""
    names = {text.get_color(): text.get_text() for text in ax.texts}
    return {names[ink(line.get_color())]: list(line.get_ydata()) for line in ax.lines if ink(line.get_color()) in names}


def panel():
    return new_figure(1, (6, 4))[1][0]


# ---- by parameter ----------------------------------------------------------------------------------------


def test_gradient_norms_has_a_line_for_each_parameter():
    ax = panel()
    assert gradient_norms(a_history(), ax) is ax
    root = 2**0.5
    assert drawn(ax) == {
        "a": pytest.approx([root, 2 * root, 3 * root]),
        "b": pytest.approx([10 * root, 20 * root, 30 * root]),
    }
    assert ax.get_yscale() == "log"


def test_only_the_parameters_that_are_named_are_drawn():
    ax = panel()
    gradient_norms(a_history(), ax, names=["b"])
    assert list(drawn(ax)) == ["b"]
    with pytest.raises(KeyError, match=r"no parameter 'z' was recorded, only \['a', 'b'\]"):
        gradient_norms(a_history(), names=["z"])


def test_update_ratios_shows_them_and_the_guide():
    history, ax = a_history(), panel()
    update_ratios(history, ax)
    shown = drawn(ax)
    assert shown["a"] == history.parameter("a").ratio.values
    assert shown["rule of thumb"] == [1e-3, 1e-3]


def test_of_very_many_parameters_the_outermost_are_labelled_and_the_others_are_grey():
    ax = panel()
    gradient_norms(a_history(count=12), ax)
    assert len(ax.lines) == 12
    assert sorted(text.get_text() for text in ax.texts) == ["a", "b", "c", "j", "k", "l"]
    assert ax.get_title(loc="left") == "grey: the 6 between"


def test_parameters_of_one_name_are_told_apart_by_their_groups():
    groups = [{"params": [torch.tensor([1.0], requires_grad=True)]} for _ in range(2)]
    optimizer, ax = optim.SGD(groups, lr=0.1), panel()
    for group in groups:
        group["params"][0].grad = torch.tensor([1.0])
    with History(optimizer) as history:
        optimizer.step()
    gradient_norms(history, ax)
    assert {text.get_text() for text in ax.texts} == {"group 0: params[0]", "group 1: params[0]"}


def test_state_norms_has_a_panel_for_the_gradient_and_one_for_each_buffer():
    history = a_history(state=True)
    _, axes = new_figure(3, (6, 8))
    assert state_norms(history, axes) is axes
    assert [ax.get_ylabel() for ax in axes] == ["norm of gradient", "norm of exp_avg", "norm of exp_avg_sq"]
    # Adam's first average of gradient 1 is 0.1 * 1, of its square 0.001 * 1; two numbers each.
    assert drawn(axes[1])["a"][0] == pytest.approx(0.1 * 2**0.5)
    assert drawn(axes[2])["a"][0] == pytest.approx(0.001 * 2**0.5)


def test_state_that_was_not_watched_is_refused_with_how_to_watch_it():
    with pytest.raises(ValueError, match=r"no state was watched. Record it with History\(optimizer, state=True\)"):
        state_norms(a_history())
    with pytest.raises(ValueError, match=r"state_norms draws 3 panels"):
        state_norms(a_history(state=True), new_figure(1, (4, 3))[1])


def test_weight_life_shows_gradient_update_and_value():
    history = a_history(watch=[("b", 1)])
    _, axes = new_figure(3, (6, 6))
    assert weight_life(history, "b", 1, axes) is axes
    life = history.weight("b", 1)
    assert list(axes[0].lines[-1].get_ydata()) == [10, 20, 30]
    assert list(axes[1].lines[-1].get_ydata()) == life.update.values
    assert list(axes[2].lines[-1].get_xdata()) == [0, 1, 2, 3]
    assert axes[0].get_title(loc="left") == "b[1]"
    low, high = axes[0].get_ylim()
    assert low <= 0 <= high
    assert high >= 30


# ---- by group --------------------------------------------------------------------------------------------


def test_learning_rates_draws_on_the_scale_that_is_asked_for():
    ax = panel()
    learning_rates(a_history(count=12), ax)
    assert ax.get_yscale() == "log"
    learning_rates(a_history(count=12), ax := panel(), yscale="linear")
    assert ax.get_yscale() == "linear"
    with pytest.raises(ValueError, match=r"yscale is 'linear' or 'log', not 'cubic'"):
        learning_rates(a_history(), yscale="cubic")


def test_group_by_group_gives_each_group_a_column_and_each_quantity_one_scale():
    history = a_history()
    axes = new_figure(4, (8, 8), columns=2)[1]
    assert group_by_group(history, axes) is axes
    assert [ax.get_ylabel() for ax in axes[:, 0]] == [
        "learning rate",
        "norm of gradient",
        "norm of update",
        "norm of weight",
    ]
    for row in axes:
        assert row[0].get_ylim() == row[1].get_ylim()
    assert list(axes[1, 1].lines[0].get_ydata()) == history.groups[1].parameters[0].gradient_norm.values


def test_group_by_group_makes_axes_of_the_right_shape_and_refuses_others():
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    axes = group_by_group(a_history(count=1))
    assert axes.shape == (4, 1)
    plt.close("all")
    with pytest.raises(ValueError, match=r"draws 4 rows of 2 panels"):
        group_by_group(a_history(), axes)


def test_a_history_without_a_step_is_refused_by_all():
    history = History(optim.SGD([torch.tensor([1.0], requires_grad=True)], lr=0.1))
    for figure in (gradient_norms, update_ratios, state_norms, learning_rates, group_by_group):
        with pytest.raises(ValueError, match="the history has no step"):
            figure(history)


# ---- losses of several runs ------------------------------------------------------------------------------


def test_several_runs_are_labelled_by_their_names():
    ax = panel()
    loss_curves({"first": a_history(), "second": a_history(2)}, ax)
    assert drawn(ax) == {"first": [1, 1 / 2, 1 / 3], "second": [1, 1 / 2]}


def test_several_runs_with_several_numbers_are_labelled_by_both():
    run, ax = a_history(), panel()
    run.log("error", 2.0)
    loss_curves({"run": run}, ax)
    assert [text.get_text() for text in ax.texts] == ["run: loss", "run: error"]


def test_a_number_that_one_run_did_not_log_is_refused_with_the_runs_name():
    with pytest.raises(KeyError, match=r"'error' was not logged in 'first', only \['loss'\]"):
        loss_curves({"first": a_history()}, names=["error"])


def test_smoothing_and_scales_are_as_asked():
    ax = panel()
    loss_curves(a_history(5), ax, smooth=3, xscale="log", yscale="linear")
    raw, smooth = ax.lines
    assert list(smooth.get_ydata())[1] == pytest.approx((1 + 1 / 2 + 1 / 3) / 3)
    assert (ax.get_xscale(), ax.get_yscale(), len(raw.get_ydata())) == ("log", "linear", 5)
    assert ax.get_title(loc="right") == "thick: running mean of 3 values"
    loss_curves(a_history(300), ax := panel(), smooth=1)
    assert len(ax.lines) == 1


@pytest.mark.parametrize("options", [{"smooth": 0}, {"smooth": 2.5}, {"xscale": "cubic"}, {"yscale": "cubic"}])
def test_what_cannot_be_drawn_so_is_refused(options):
    with pytest.raises(ValueError, match=r"smooth is|is 'linear' or 'log'"):
        loss_curves(a_history(), **options)


# ---- how they look ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("colour", COLOURS)
def test_letters_stand_out_from_the_paper_at_least_4_5_to_1(colour):
    from matplotlib.colors import to_rgb

    assert 1.05 / (luminance(np.array(to_rgb(ink(colour)))) + 0.05) >= 4.5


def test_the_paper_is_white_and_opaque_so_that_letters_show_on_a_dark_page(tmp_path):
    import matplotlib

    with matplotlib.rc_context({"savefig.facecolor": "auto"}):
        figure, (ax,) = new_figure(1, (4, 3))
        loss_curves(a_history(), ax)
        figure.savefig(tmp_path / "loss.png")
    from matplotlib.image import imread

    assert list(imread(tmp_path / "loss.png")[0, 0]) == [1, 1, 1, 1]
