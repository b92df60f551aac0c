"""Draws the gallery: `python plots/draw.py` from the runs kept in plots/data, with --run from runs made anew.

Writes every figure of FIGURES beside this file, and README.md, which shows them.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from runs import RACERS, WEIGHT, Runs, keep, kept, run_all  # noqa: E402

from tinygrad_optim import plot  # noqa: E402
from tinygrad_optim.optim import lr_scheduler  # noqa: E402
from tinygrad_optim.plot.style import new_figure  # noqa: E402
from tinygrad_optim.saving import save_figure, write_text  # noqa: E402

# ---- the figures -----------------------------------------------------------------------------------------


def loss(runs: Runs) -> Any:
    figure, (ax,) = new_figure(1, (6.5, 3.6))
    plot.loss_curves(runs.demo, ax, ylabel="cross-entropy loss (nats per digit)")
    return figure


def groups(runs: Runs) -> Any:
    figure, axes = new_figure(2, (7.5, 6.0))
    plot.group_activity(runs.demo, axes)
    return figure


def compared(runs: Runs) -> Any:
    figure, (ax,) = new_figure(1, (7.5, 3.8))
    plot.loss_curves(runs.compared, ax, ylabel="cross-entropy loss (nats per digit)", smooth=25)
    return figure


def lr(runs: Runs) -> Any:
    figure, (ax,) = new_figure(1, (7.5, 3.4))
    plot.learning_rates(runs.digits, ax, yscale="linear")
    return figure


def gradients(runs: Runs) -> Any:
    figure, (ax,) = new_figure(1, (7.5, 4.2))
    plot.gradient_norms(runs.digits, ax)
    return figure


def ratios(runs: Runs) -> Any:
    figure, (ax,) = new_figure(1, (7.5, 4.2))
    plot.update_ratios(runs.digits, ax)
    return figure


def state(runs: Runs) -> Any:
    figure, axes = new_figure(3, (7.5, 7.5))
    plot.state_norms(runs.digits, axes, names=["first.weight", "second.weight", "third.weight"])
    return figure


def weight(runs: Runs) -> Any:
    figure, axes = new_figure(3, (7.0, 6.0))
    plot.weight_life(runs.digits, *WEIGHT, axes=axes)
    return figure


def group_by_group(runs: Runs) -> Any:
    figure, axes = new_figure(4, (9.0, 7.5), columns=3)
    plot.group_by_group(runs.digits, axes)
    return figure


def race(name: str, runs: Runs) -> Any:
    """The paths on the map, and beside it how far above the minimum each was at which step."""
    surface = plot.SURFACES[name]
    figure, axes = new_figure(1, (10.5, 4.0), columns=2)
    chart, values = axes[0]
    plot.trajectories(surface, runs.races[name], chart)
    chart.get_legend().remove()
    plot.height_curves(surface, labelled(runs, name), values)
    return figure


def labelled(runs: Runs, name: str) -> dict[str, Any]:
    """The races on one surface, by optimizer and lr."""
    tunings = runs.tunings[name]
    return {f"{racer}\n  lr {tunings[racer].best:g}": run for racer, run in runs.races[name].items()}


def tuning(runs: Runs) -> Any:
    figure, axes = new_figure(2, (10.5, 6.2), columns=3, sharex=False)
    panels = list(axes.ravel())
    for ax, (name, tunings) in zip(panels, runs.tunings.items()):
        plot.tuning_curves(tunings, ax, lowest=plot.SURFACES[name].lowest)
        ax.set_title(name, fontsize=10, loc="left")
    for ax in (*panels[1:3], panels[4]):
        ax.set_ylabel("")
    panels[-1].axis("off")
    panels[-1].legend(*panels[0].get_legend_handles_labels(), loc="center left", frameon=False)
    return figure


def line(runs: Runs) -> Any:
    figure, (ax,) = new_figure(1, (6.0, 3.6))
    plot.loss_slice(runs.slices["line"], ax, labels=["from the first weights (-1) to the trained ones (0), and beyond"])
    return figure


def plane(runs: Runs) -> Any:
    figure, (ax,) = new_figure(1, (5.6, 4.6))
    plot.loss_slice(runs.slices["plane"], ax, labels=["along one random direction", "along another"])
    return figure


def settling(step: int) -> float:
    """A loss that falls, and then no longer: what a plateau schedule waits for."""
    return max(1 - step / 30, 0.3)


SCHEDULES: dict[str, Callable[[Any], Any]] = {
    "StepLR": lambda o: lr_scheduler.StepLR(o, 30, gamma=0.3),
    "ExponentialLR": lambda o: lr_scheduler.ExponentialLR(o, gamma=0.97),
    "PolynomialLR": lambda o: lr_scheduler.PolynomialLR(o, total_iters=100, power=2),
    "CosineAnnealingLR": lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=100),
    "CosineAnnealingWarmRestarts": lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, T_0=15, T_mult=2),
    "CyclicLR": lambda o: lr_scheduler.CyclicLR(o, base_lr=0.02, max_lr=0.1, step_size_up=15, mode="triangular2"),
    "OneCycleLR": lambda o: lr_scheduler.OneCycleLR(o, max_lr=0.1, total_steps=101),
    "LinearLR, then CosineAnnealingLR": lambda o: lr_scheduler.SequentialLR(
        o,
        [lr_scheduler.LinearLR(o, start_factor=0.1, total_iters=20), lr_scheduler.CosineAnnealingLR(o, T_max=80)],
        milestones=[20],
    ),
    "ReduceLROnPlateau": lambda o: lr_scheduler.ReduceLROnPlateau(o, factor=0.3, patience=15),
}


def schedules(runs: Runs) -> Any:
    figure, axes = new_figure(3, (9.5, 6.0), columns=3)
    for ax, (name, make) in zip(axes.ravel(), SCHEDULES.items()):
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="The epoch parameter")  # SequentialLR's own use of it
            plot.schedule(make, 100, ax, lr=0.1, metrics=[settling(step) for step in range(100)])
        ax.set_title(name, fontsize=9, loc="left")
        ax.set_ylim(0, 0.108)
        ax.label_outer()
    return figure


@dataclass(frozen=True)
class Figure:
    """A picture of the gallery: its file, how it is drawn, what there is to see, and the line that draws it."""

    file: str
    draw: Callable[[Runs], Any]
    see: str
    code: str


FIGURES = (
    Figure(
        "loss.png", loss,
        "The demo's training loss goes on falling where its test loss has come to rest: from there on the net "
        "learns these digits by heart.",
        "loss_curves(history)",
    ),
    Figure(
        "groups.png", groups,
        "The demo's three groups: the first layer, at a hundredth of the learning rate, moves least for its "
        "size.",
        "group_activity(history)",
    ),
    Figure(
        "compared.png", compared,
        "At the same lr, SGD with momentum 0.9 comes below 0.6 in 54 steps where without it takes 204; Adam, "
        "at its own lr, keeps up.",
        'loss_curves({"SGD": first, "Adam": second})',
    ),
    Figure(
        "lr.png", lr,
        "One cycle for each group: up for the first third of the steps, then down to almost nothing, each to "
        "its own peak.",
        "learning_rates(history)",
    ),
    Figure(
        "gradients.png", gradients,
        "Gradients grow until the net leaves its first plateau, then shrink slowly; from one small batch to "
        "the next they differ up to sixfold.",
        "gradient_norms(history)",
    ),
    Figure(
        "ratios.png", ratios,
        "Adam moves all six about as far for their size, whatever their gradients; how far, the schedule "
        "says: up to thirty times the guide at first, far below it at the end.",
        "update_ratios(history)",
    ),
    Figure(
        "state.png", state,
        "Adam's exp_avg is a smoothed gradient, so smaller and calmer than it; exp_avg_sq, a square smoothed "
        "over a thousand steps, is still filling up after 360.",
        "state_norms(history)",
    ),
    Figure(
        "weight.png", weight,
        "One weight: its gradient changes sign every few steps, Adam's update a third as often, and the value "
        "comes to rest as the learning rate falls.",
        'weight_life(history, "first.weight", (5, 27))',
    ),
    Figure(
        "group_by_group.png", group_by_group,
        "The same run, a column a group: the later the layer, the higher its learning rate and the more its "
        "weights grow for what they were.",
        "group_by_group(history)",
    ),
    Figure(
        "rosenbrock.png", partial(race, "rosenbrock"),
        "All find the valley at once; along its flat floor plain SGD creeps, and momentum carries.",
        'trajectories(SURFACES["rosenbrock"], runs)',
    ),
    Figure(
        "beale.png", partial(race, "beale"),
        "Momentum and Adam overshoot and swing; along the flat valley to the minimum that carries them, and "
        "plain SGD ends thousands of times higher.",
        'trajectories(SURFACES["beale"], runs)',
    ),
    Figure(
        "himmelblau.png", partial(race, "himmelblau"),
        "Four minima, equally low: which one is found is settled by the first steps, here one by SGD with and "
        "without momentum, another by RMSprop and Adam.",
        'trajectories(SURFACES["himmelblau"], runs)',
    ),
    Figure(
        "ravine.png", partial(race, "ravine"),
        "Forty times steeper across than along: an lr that is safe across is slow along (SGD); momentum "
        "swings, but adds up along; RMSprop and Adam scale each axis by itself.",
        'trajectories(SURFACES["ravine"], runs)',
    ),
    Figure(
        "saddle.png", partial(race, "saddle"),
        "SGD makes for the saddle, where the gradient vanishes, and is slow there; what divides by the "
        "gradient's size passes it by.",
        'trajectories(SURFACES["saddle"], runs)',
    ),
    Figure(
        "tuning.png", tuning,
        "The lr that each was given above is ringed: of fifteen the one that ends lowest after 200 steps "
        "without having climbed above the start (hollow: those that did).",
        'tuning_curves({"SGD": tune(surface, optim.SGD, steps=200)})',
    ),
    Figure(
        "line.png", line,
        "Straight from the first weights to the trained ones the loss falls without a hill between "
        "(Goodfellow et al. 2015), and a little further on it would be lower still.",
        "loss_slice(measure_slice(loss, parameters, [way]))",
    ),
    Figure(
        "plane.png", plane,
        "Round the trained weights (the dot), in two random directions as long as each filter (Li et al. "
        "2018): one smooth bowl.",
        "loss_slice(measure_slice(loss, parameters, [random_direction(parameters), ...]))",
    ),
    Figure(
        "schedules.png", schedules,
        "Nine schedules from lr 0.1 before anything is trained with them.",
        "schedule(lambda optimizer: StepLR(optimizer, 30), steps=100)",
    ),
)  # fmt: skip


# ---- drawing them ----------------------------------------------------------------------------------------


def told(figure: Any) -> list[Any]:
    """What a figure says, apart from how matplotlib sets it: of each panel its words and its lines' numbers."""
    panels = []
    for ax in figure.axes:
        words = [ax.get_title(loc="left"), ax.get_title(loc="right"), ax.get_xlabel(), ax.get_ylabel()]
        numbers = [[brief(line.get_xdata()), brief(line.get_ydata())] for line in ax.lines]
        panels.append([*words, [text.get_text() for text in ax.texts], [ax.get_xscale(), ax.get_yscale()], numbers])
    return panels


def brief(numbers: Any) -> list[str]:
    """To four digits: what two machines agree on."""
    return [f"{float(number):.4g}" for number in np.asarray(numbers, dtype=float)]


def fingerprint(figure: Any) -> str:
    """A short word that changes with anything the figure says."""
    return hashlib.sha256(json.dumps(told(figure)).encode()).hexdigest()[:16]


def readme() -> str:
    """README.md: every figure, what to see in it, and the line that draws it."""
    parts = [
        "# The gallery",
        "Each figure is drawn from recorded runs of this package, kept in `data/`, by `python plots/draw.py`; with "
        "`--run` the runs are made anew, in about a minute. This page is written by the same script. The functions "
        "stand in `tinygrad_optim.plot`; `history` is a `History` that was recorded while training, or loaded.",
        f"The races are run by {'; '.join(RACERS)}: each with the lr that a search found for it on that surface. A "
        "small dot is ten steps, a large one the end; a square is the start, a star a minimum, a cross a saddle point. "
        "Heights less than 1e-10 above the minimum are drawn as 1e-10.",
    ]
    for figure in FIGURES:
        parts += [f"## {Path(figure.file).stem}", figure.see, f"![{figure.see}]({figure.file})", f"    {figure.code}"]
    return "\n\n".join(parts) + "\n"


def draw_gallery(runs: Runs, folder: Path) -> list[Path]:
    """Every figure as a file, with its fingerprint written into it, and README.md. Returns the files."""
    written = []
    for figure in FIGURES:
        drawn = figure.draw(runs)
        metadata = {"Title": figure.see, "Comment": fingerprint(drawn)}
        written.append(save_figure(drawn, folder / figure.file, dpi=150, metadata=metadata))
    return [*written, write_text(folder / "README.md", readme())]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", action="store_true", help="make the runs anew, and keep them in plots/data")
    if parser.parse_args().run:
        keep(run_all(), HERE / "data")
    for path in draw_gallery(kept(HERE / "data"), HERE):
        print("wrote", path)


if __name__ == "__main__":
    main()
