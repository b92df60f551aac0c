"""History records what an optimizer does; the figures show it; a file is written whole or not at all."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import pytest

import tinygrad_optim as torch
from tinygrad_optim import nn, optim
from tinygrad_optim.plot import History, Series, group_activity, loss_curves
from tinygrad_optim.plot.style import ink, new_figure, running_mean, spread
from tinygrad_optim.saving import ready_folder, save_figure, write_text

PNG = b"\x89PNG\r\n\x1a\n"


def two_groups() -> tuple[nn.Module, optim.SGD]:
    """A net of two layers, each in a group of its own, with gradients of ones."""
    net = nn.Sequential({"low": nn.Linear(3, 2), "high": nn.Linear(2, 1)})
    low, high = list(net)
    optimizer = optim.SGD([{"params": low.parameters()}, {"params": high.parameters(), "lr": 0.5}], lr=0.1)
    for p in net.parameters():
        p.grad = torch.ones_like(p)
    return net, optimizer


def a_history(steps: int = 3) -> History:
    optimizer = two_groups()[1]
    with History(optimizer) as history:
        for step in range(steps):
            optimizer.step()
            history.log("train loss", 1 / (step + 1))
            history.log("test loss", 2 / (step + 1))
    return history


# ---- History ---------------------------------------------------------------------------------------------


def test_each_groups_learning_rate_is_recorded_by_step():
    optimizer = two_groups()[1]
    with History(optimizer) as history:
        optimizer.step()
        optimizer.param_groups[1]["lr"] = 0.25
        optimizer.step()
    assert [group.lr for group in history.groups] == [Series([1, 2], [0.1, 0.1]), Series([1, 2], [0.5, 0.25])]


def test_update_weight_and_gradient_norms_are_those_of_a_step_worked_by_hand():
    # p = (3, 4), g = (0.6, 0.8), lr = 0.5: the update is (-0.3, -0.4). Norms 5, 1 and 0.5; the ratio is 0.1.
    p = torch.tensor([3.0, 4.0], dtype=torch.float64, requires_grad=True)
    optimizer = optim.SGD([p], lr=0.5)
    p.grad = torch.tensor([0.6, 0.8], dtype=torch.float64)
    with History(optimizer) as history:
        optimizer.step()
    (record,) = history.groups[0].parameters
    assert record.weight_norm.values == pytest.approx([5.0])
    assert record.gradient_norm.values == pytest.approx([1.0])
    assert record.update_norm.values == pytest.approx([0.5])
    assert record.ratio.values == pytest.approx([0.1])


def test_a_groups_ratio_is_that_of_its_parameters_laid_end_to_end():
    # Weights 3 and 4 have norm 5; updates 0.3 and 0.4 have norm 0.5.
    p, q = (torch.tensor([x], dtype=torch.float64, requires_grad=True) for x in (3.0, 4.0))
    optimizer = optim.SGD([p, q], lr=0.5)
    p.grad, q.grad = (torch.tensor([x], dtype=torch.float64) for x in (0.6, 0.8))
    with History(optimizer) as history:
        optimizer.step()
    assert history.groups[0].ratio.values == pytest.approx([0.1])


def test_norms_of_float32_numbers_are_found_even_where_their_squares_would_vanish():
    p = torch.tensor([0.0], requires_grad=True)
    optimizer = optim.SGD([p], lr=1.0)
    p.grad = torch.tensor([1e-30])
    with History(optimizer) as history:
        optimizer.step()
    (record,) = history.groups[0].parameters
    assert record.update_norm.values == pytest.approx([1e-30], rel=1e-6, abs=0)
    assert record.gradient_norm.values == pytest.approx([1e-30], rel=1e-6, abs=0)


def test_weights_that_were_all_zero_have_an_infinite_ratio_if_moved_and_none_if_not():
    p = torch.tensor([0.0], requires_grad=True)
    optimizer = optim.SGD([p], lr=1.0)
    with History(optimizer) as history:
        optimizer.step()
        p.grad = torch.tensor([1.0])
        optimizer.step()
    assert history.groups[0].ratio.values == [0.0, math.inf]


def test_a_parameter_without_a_gradient_has_no_norm_of_it_and_did_not_move():
    p = torch.tensor([1.0], requires_grad=True)
    optimizer = optim.SGD([p], lr=1.0)
    with History(optimizer) as history:
        optimizer.step()
    (record,) = history.groups[0].parameters
    assert record.gradient_norm == Series([], [])
    assert record.update_norm.values == [0.0]


def test_parameters_are_called_as_their_module_calls_them():
    net, optimizer = two_groups()
    with History(optimizer) as history:
        optimizer.step()
    names = [[p.name for p in group.parameters] for group in history.groups]
    assert names == [["low.weight", "low.bias"], ["high.weight", "high.bias"]]
    assert net is not None  # a net that is gone has no names to give


def test_a_parameter_given_as_a_pair_has_the_pairs_name_and_a_nameless_one_its_place():
    p, q = (torch.tensor([1.0], requires_grad=True) for _ in range(2))
    paired, nameless = optim.SGD([("p", p)], lr=1.0), optim.SGD([q], lr=1.0)
    for optimizer, name in ((paired, "p"), (nameless, "params[0]")):
        with History(optimizer) as history:
            optimizer.step()
        assert history.groups[0].parameters[0].name == name


def test_values_are_recorded_as_tensors_are():
    v = torch.Value(4.0, name="v")
    optimizer = optim.SGD([v], lr=0.1)
    (v * v).backward()
    with History(optimizer) as history:
        optimizer.step()
    (record,) = history.groups[0].parameters
    assert (record.name, record.shape) == ("v", ())
    assert record.ratio.values == pytest.approx([0.2])  # the update is 0.1 * 8, the weight 4


def test_an_optimizer_with_a_step_of_its_own_and_no_lr_is_recorded_too():
    class Halving(optim.Optimizer):
        def __init__(self, params):
            super().__init__(params, {})

        def step(self, closure=None):
            for group in self.param_groups:
                for p in group["params"]:
                    p.data.mul_(0.5)

    optimizer = Halving([torch.tensor([2.0], requires_grad=True)])
    with History(optimizer) as history:
        optimizer.step()
    assert history.groups[0].lr.values == []
    assert history.groups[0].ratio.values == [0.5]


def test_a_group_added_later_is_recorded_from_its_first_step_on():
    optimizer = two_groups()[1]
    with History(optimizer) as history:
        optimizer.step()
        optimizer.add_param_group({"params": [torch.tensor([1.0], requires_grad=True)]})
        optimizer.step()
    assert history.groups[2].ratio.steps == [2]


def test_what_is_logged_is_noted_at_the_present_step():
    optimizer = two_groups()[1]
    with History(optimizer) as history:
        history.log("loss", torch.tensor(3.0))
        optimizer.step()
        history.log("loss", 2)
    assert history.logged == {"loss": Series([0, 1], [3.0, 2.0])}


def test_only_one_number_can_be_logged():
    with pytest.raises(TypeError, match=r"takes one number, but got Tensor.*reduce it first"):
        History(two_groups()[1]).log("loss", torch.ones(2))


def test_recording_changes_no_number():
    results = []
    for watched in (True, False):
        torch.manual_seed(0)
        net, optimizer = two_groups()
        history = History(optimizer) if watched else None
        optimizer.step()
        results.append([p.tolist() for p in net.parameters()])
        assert (history is None) != watched
    assert results[0] == results[1]


def test_after_close_the_optimizer_has_no_hook_and_nothing_more_is_recorded():
    optimizer = two_groups()[1]
    with History(optimizer) as history:
        optimizer.step()
    optimizer.step()
    history.close()
    assert history.step == 1
    assert not optimizer.hooks


def test_a_history_of_what_is_no_optimizer_is_refused():
    with pytest.raises(TypeError, match=r"records the steps of an Optimizer, but got list"):
        History([])


# ---- figures ---------------------------------------------------------------------------------------------


def test_loss_curves_draws_on_the_axes_it_is_given_and_returns_them():
    _, (ax,) = new_figure(1, (4, 3))
    assert loss_curves(a_history(), ax) is ax
    assert [list(line.get_ydata()) for line in ax.lines] == [[1, 1 / 2, 1 / 3], [2, 1, 2 / 3]]


def test_loss_curves_makes_axes_if_it_is_given_none():
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    ax = loss_curves(a_history(), names=["test loss"], ylabel="cross-entropy (nats)")
    assert (ax.get_ylabel(), len(ax.lines)) == ("cross-entropy (nats)", 1)
    plt.close(ax.figure)


def test_every_line_is_labelled_in_its_own_colour():
    _, (ax,) = new_figure(1, (4, 3))
    loss_curves(a_history(), ax)
    assert [(text.get_text(), text.get_color()) for text in ax.texts] == [
        ("train loss", ink(ax.lines[0].get_color())),
        ("test loss", ink(ax.lines[1].get_color())),
    ]


def test_lines_differ_in_style_as_well_as_in_colour():
    _, axes = new_figure(2, (6, 6))
    group_activity(a_history(), axes)
    for ax in axes:
        low, high = ax.lines[:2]
        assert low.get_color() != high.get_color()
        assert low.get_linestyle() != high.get_linestyle()


def test_group_activity_shows_each_groups_rate_above_and_its_ratio_below():
    history = a_history()
    _, axes = new_figure(2, (6, 6))
    assert group_activity(history, axes) is axes
    assert [list(line.get_ydata()) for line in axes[0].lines] == [[0.1] * 3, [0.5] * 3]
    for line, group in zip(axes[1].lines, history.groups):
        assert list(line.get_ydata()) == group.ratio.values
    assert axes[1].get_yscale() == "log"
    assert list(axes[1].lines[2].get_ydata()) == [1e-3, 1e-3]  # the guide


def test_groups_are_labelled_by_number_and_by_their_parameters_names():
    net, optimizer = two_groups()
    with History(optimizer) as history:
        optimizer.step()
    _, axes = new_figure(2, (6, 6))
    group_activity(history, axes)
    assert [t.get_text() for t in axes[0].texts] == [
        "group 0\n  low.weight\n  low.bias",
        "group 1\n  high.weight\n  high.bias",
    ]
    assert net is not None


def test_a_group_of_many_parameters_names_some_and_counts_the_rest():
    optimizer = optim.SGD([(f"p{i}", torch.tensor([1.0], requires_grad=True)) for i in range(9)], lr=1.0)
    with History(optimizer) as history:
        optimizer.step()
    _, axes = new_figure(2, (6, 6))
    group_activity(history, axes)
    assert axes[0].texts[0].get_text() == "group 0\n  p0\n  p1\n  and 7 more"


def test_a_line_of_many_values_is_smoothed_over_the_values_themselves_and_says_so():
    _, (ax,) = new_figure(1, (4, 3))
    loss_curves(a_history(300), ax, names=["train loss"])
    raw, smooth = ax.lines
    assert list(raw.get_ydata()) == [1 / n for n in range(1, 301)]
    assert list(smooth.get_ydata()) == pytest.approx(list(running_mean(list(raw.get_ydata()), 7)))
    assert ax.get_title(loc="right") == "thick: running mean of 7 values"


def test_the_running_mean_is_over_the_neighbours_that_there_are():
    # Width 3: (1+2)/2, (1+2+6)/3, (2+6)/2 beside a nan, 6 alone, and nothing beside two of them.
    found = running_mean([1.0, 2.0, 6.0, math.nan, math.inf, math.nan], 3)
    assert list(found) == pytest.approx([1.5, 3.0, 4.0, 6.0, math.nan, math.nan], nan_ok=True)


def test_labels_that_would_collide_are_moved_apart_and_stay_in_order():
    # Two labels of height 0.2 that both want 0.5 stand at 0.4 and 0.6; one at the top edge is kept inside.
    assert spread([0.5, 0.5, 1.0], [0.2, 0.2, 0.2]) == pytest.approx([0.4, 0.6, 0.9])


def test_of_lines_that_end_at_one_height_the_first_is_labelled_on_top():
    first, second = (torch.tensor([1.0], requires_grad=True) for _ in range(2))
    optimizer = optim.SGD([{"params": [first]}, {"params": [second]}], lr=0.1)
    with History(optimizer) as history:
        optimizer.step()
    _, axes = new_figure(2, (6, 6))
    group_activity(history, axes)
    heights = {text.get_text().splitlines()[0]: text.xyann[1] for text in axes[0].texts}
    assert heights["group 0"] > heights["group 1"]


def test_a_run_that_diverged_can_still_be_drawn(tmp_path: Path):
    p = torch.tensor([1.0], requires_grad=True)
    optimizer = optim.SGD([p], lr=1.0)
    with History(optimizer) as history:
        for gradient in (1e30, math.inf, math.nan):
            p.grad = torch.tensor([gradient])
            optimizer.step()
            history.log("loss", p.item())
    figure, axes = new_figure(3, (6, 9))
    loss_curves(history, axes[0])
    group_activity(history, axes[1:])
    assert save_figure(figure, tmp_path / "diverged.png").read_bytes().startswith(PNG)


def test_a_figure_of_nothing_is_refused_with_what_to_do():
    history = History(two_groups()[1])
    with pytest.raises(ValueError, match=r"nothing was logged. Call history.log"):
        loss_curves(history)
    with pytest.raises(ValueError, match=r"the history has no step"):
        group_activity(history)


def test_a_name_that_was_not_logged_is_refused_with_those_that_were():
    with pytest.raises(KeyError, match=r"'tests' was not logged, only \['train loss', 'test loss'\]"):
        loss_curves(a_history(), names=["tests"])


def test_group_activity_wants_two_axes():
    with pytest.raises(ValueError, match=r"give 2 axes, not 1"):
        group_activity(a_history(), new_figure(1, (4, 3))[1])


def test_matplotlib_is_not_imported_before_a_figure_is_drawn():
    code = "import sys, tinygrad_optim.plot, tinygrad_optim.cli; print('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"


def test_without_matplotlib_a_figure_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"pip install matplotlib"):
        loss_curves(a_history())


# ---- files -----------------------------------------------------------------------------------------------


def test_a_text_is_written_in_utf_8(tmp_path: Path):
    assert write_text(tmp_path / "a.txt", "β1 = 0.9\n").read_bytes() == "β1 = 0.9\n".encode()
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_a_failure_while_writing_leaves_the_old_file_and_nothing_else(tmp_path: Path):
    class Broken:
        def savefig(self, file, **options):
            file.write(b"half")
            raise RuntimeError("out of ink")

    (tmp_path / "figure.png").write_text("the old one")
    with pytest.raises(RuntimeError, match="out of ink"):
        save_figure(Broken(), tmp_path / "figure.png")
    assert [path.name for path in tmp_path.iterdir()] == ["figure.png"]
    assert (tmp_path / "figure.png").read_text() == "the old one"


def test_a_folder_is_made_with_those_above_it_and_left_empty(tmp_path: Path):
    folder = ready_folder(tmp_path / "a" / "b", ("x.png",))
    assert folder.is_dir()
    assert list(folder.iterdir()) == []


def test_a_folder_where_a_file_is_to_be_written_is_found_before_anything_is(tmp_path: Path):
    (tmp_path / "x.png").mkdir()
    with pytest.raises(IsADirectoryError, match=r"a folder stands where a file is to be written.*x\.png"):
        ready_folder(tmp_path, ("a.png", "x.png"))
