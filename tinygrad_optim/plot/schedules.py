"""A schedule, seen before anything is trained with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ..creation import tensor
from ..optim import Optimizer
from ..optim.lr_scheduler import LRScheduler, ReduceLROnPlateau
from ..optim.param_group import as_number
from .lines import Label
from .records import Series
from .style import label_lines, look, new_axes, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Make = Callable[[Any], Any]  # from an optimizer its schedule, as lambda optimizer: StepLR(optimizer, 30)


class StandIn(Optimizer):
    """In the place of an optimizer, for a schedule to act on: its groups with their options, and one number each."""

    def __init__(self, groups: Sequence[dict[str, Any]], defaults: dict[str, Any]) -> None:
        held = [tensor(0.0, requires_grad=True) for _ in groups]
        options = [{key: value for key, value in group.items() if key not in UNLIKE} for group in groups]
        super().__init__([{**given, "params": [p]} for given, p in zip(options, held)], dict(defaults))

    def step(self, closure: Any = None) -> None:
        """Nothing moves; a schedule only wants to see that a step was taken."""


UNLIKE = ("params", "param_names", "initial_lr")  # what a stand-in's group does not take over
SGD_LIKE = {"lr": 0.1, "momentum": 0.9}


def schedule_series(
    make: Make,
    steps: int,
    *,
    optimizer: Optimizer | None = None,
    lr: float | Sequence[float] = 0.1,
    option: str = "lr",
    metrics: Sequence[float] = (),
) -> list[Series]:
    """Each group's lr by step, as a schedule sets it: at step 0 that of the first update. Nothing is trained.

    make: builds the schedule on the optimizer it is given, such as `lambda optimizer: StepLR(optimizer, 30)`.
    optimizer: whose groups to take the options from; it is only read. Without it, one group with this lr, or
    several if lr is a list. option: another option that the schedule sets, such as "momentum".
    metrics: for ReduceLROnPlateau, what its step() is given, one number a step.
    TypeError or ValueError for what is no schedule of the stand-in it was given, KeyError for an unknown option.
    """
    if not isinstance(steps, int) or steps < 1:
        raise ValueError(f"steps must be a whole number from 1 on, but it is {steps!r}")
    stand_in = made_stand_in(optimizer, lr)
    schedule = make(stand_in)
    check_schedule(schedule, stand_in, steps, metrics)
    found = [Series() for _ in stand_in.param_groups]
    for step in range(steps + 1):
        for series, group in zip(found, stand_in.param_groups):
            if option not in group:
                raise KeyError(f"the groups have no option {option!r}, only {[k for k in group if k not in UNLIKE]}")
            series.add(step, float(as_number(group[option])))
        if step < steps:
            stand_in.step()
            schedule.step(*metrics[step : step + 1] if isinstance(schedule, ReduceLROnPlateau) else ())
    return found


def made_stand_in(optimizer: Optimizer | None, lr: float | Sequence[float]) -> StandIn:
    if optimizer is None:
        rates = list(lr) if isinstance(lr, Sequence) else [lr]
        return StandIn([{"lr": rate} for rate in rates], SGD_LIKE)
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"optimizer must be an Optimizer, but it is {type(optimizer).__name__}")
    return StandIn(optimizer.param_groups, optimizer.defaults)


def check_schedule(schedule: Any, stand_in: StandIn, steps: int, metrics: Sequence[float]) -> None:
    """TypeError for what is no schedule; ValueError for one of another optimizer, or for too few metrics."""
    if not isinstance(schedule, LRScheduler):
        raise TypeError(f"make must return a schedule, but it returned {type(schedule).__name__} {schedule!r:.80}")
    if schedule.optimizer is not stand_in:
        raise ValueError(
            "make built the schedule on another optimizer than the one it was given: write it as "
            "lambda optimizer: StepLR(optimizer, 30), and give yours as schedule(..., optimizer=yours)"
        )
    if isinstance(schedule, ReduceLROnPlateau) and len(metrics) < steps:
        raise ValueError(
            f"ReduceLROnPlateau is given a number at each of {steps} steps, but metrics has {len(metrics)}"
        )


def schedule(
    make: Make,
    steps: int,
    ax: Axes | None = None,
    *,
    optimizer: Optimizer | None = None,
    lr: float | Sequence[float] = 0.1,
    option: str = "lr",
    metrics: Sequence[float] = (),
) -> Axes:
    """Draw what a schedule will do: each group's lr by step. The arguments are those of schedule_series.

    Returns the axes.
    """
    found = schedule_series(make, steps, optimizer=optimizer, lr=lr, option=option, metrics=metrics)
    ax = new_axes(1, (6.5, 3.2)) if ax is None else ax
    plain(ax)
    ends: list[Label] = []
    for number, series in enumerate(found):
        # A value holds from its step to the next: a schedule jumps, it does not glide.
        ax.step(series.steps, series.values, where="post", linewidth=1.8, **look(number))
        ends.append((series.values[-1], f"group {number}", str(look(number)["color"])))
    ax.set(xlabel="step of the schedule", ylabel=option)
    ax.set_ylim(bottom=min(0.0, *[value for series in found for value in series.values]))
    if len(found) > 1:
        label_lines(ax, ends)
    return ax
