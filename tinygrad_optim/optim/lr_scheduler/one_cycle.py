"""OneCycleLR: one rise to a large lr, and one long fall to almost none."""

from __future__ import annotations

from math import cos, pi
from typing import Any, Literal

from .driver import LRScheduler
from .group_options import check_is_optimizer, number, per_group, set_option, unchanged_on_error
from .momentum import has_beta1, note_range, set_momentum


def cosine(start: float, end: float, share: float) -> float:
    """From start to end along half a cosine: end + (start - end) * (1 + cos(pi share)) / 2"""
    return end + (start - end) / 2.0 * (cos(pi * share) + 1)


def straight(start: float, end: float, share: float) -> float:
    """From start to end in a straight line: start + (end - start) * share"""
    return (end - start) * share + start


ANNEAL = {"cos": cosine, "linear": straight}


def phase_at(t: int, phases: list[dict[str, Any]]) -> tuple[dict[str, Any], float]:
    """The phase that step t lies in, and the share of it that is done

    Smith & Topin 2018, "Super-convergence: very fast training of neural networks using large learning rates".
    """
    start = 0.0
    for phase in phases[:-1]:
        if t <= phase["end_step"]:
            break
        start = phase["end_step"]
    else:
        phase = phases[-1]
    return phase, (t - start) / (phase["end_step"] - start)


def phases_of(total_steps: int, pct_start: float, three_phase: bool) -> list[dict[str, Any]]:
    """Each phase's last step, and which of a group's values it goes from and to."""
    up = ("initial_lr", "max_lr", "max_momentum", "base_momentum")
    back = ("max_lr", "initial_lr", "base_momentum", "max_momentum")
    vanish = ("initial_lr", "min_lr", "max_momentum", "max_momentum")
    down = ("max_lr", "min_lr", "base_momentum", "max_momentum")
    top = float(pct_start * total_steps) - 1
    ends: list[tuple[float, tuple[str, ...]]] = [(top, up), (total_steps - 1, down)]
    if three_phase:
        ends = [(top, up), (float(2 * pct_start * total_steps) - 2, back), (total_steps - 1, vanish)]
    names = ("start_lr", "end_lr", "start_momentum", "end_momentum")
    return [{"end_step": end, **dict(zip(names, path))} for end, path in ends]


def steps_in_all(total_steps: Any, epochs: Any, steps_per_epoch: Any) -> int:
    """How many steps the cycle has. ValueError unless that was said, in whole positive numbers."""
    if total_steps is None and (epochs is None or steps_per_epoch is None):
        raise ValueError(
            "You must define either total_steps OR (epochs AND steps_per_epoch): got "
            f"total_steps={total_steps}, epochs={epochs}, steps_per_epoch={steps_per_epoch}"
        )
    wanted = {"total_steps": total_steps} if total_steps is not None else {"epochs": epochs}
    if total_steps is None:
        wanted["steps_per_epoch"] = steps_per_epoch
    for name, value in wanted.items():
        if not isinstance(value, int) or value <= 0:
            raise ValueError(f"Expected positive integer {name}, but got {value!r}: how often step() will be called")
    return int(total_steps) if total_steps is not None else int(epochs * steps_per_epoch)


class OneCycleLR(LRScheduler):
    """From max_lr / div_factor up to max_lr, then down to that first lr / final_div_factor, once.

    total_steps: of the whole cycle; or epochs and steps_per_epoch. pct_start: the share of it that goes up.
    anneal_strategy: "cos" or "linear". three_phase: come down as fast as it went up, then vanish.
    cycle_momentum: momentum (or betas[0]) goes from max_momentum to base_momentum and back meanwhile.
    max_lr, base_momentum and max_momentum may be lists of one for each group. It sets the lr itself: a group's
    own is not looked at. ValueError for what makes no cycle; ZeroDivisionError if the rise has no length.
    """

    def __init__(
        self,
        optimizer: Any,
        max_lr: float | list[float],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: Literal["cos", "linear"] = "cos",
        cycle_momentum: bool = True,
        base_momentum: float | list[float] = 0.85,
        max_momentum: float | list[float] = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        check_is_optimizer(self, optimizer)
        self.total_steps = steps_in_all(total_steps, epochs, steps_per_epoch)
        check_shape(self.total_steps, pct_start, anneal_strategy)
        self._schedule_phases = phases_of(self.total_steps, pct_start, three_phase)
        self._anneal_func_type = anneal_strategy
        self.optimizer = optimizer
        max_lrs = per_group("max_lr", optimizer, max_lr)
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self.use_beta1 = has_beta1(self, optimizer)
            base_momentums = per_group("base_momentum", optimizer, base_momentum)
            max_momentums = per_group("max_momentum", optimizer, max_momentum)
        with unchanged_on_error(optimizer):
            if last_epoch == -1:
                self.note_lrs(max_lrs, div_factor, final_div_factor)
                if cycle_momentum:
                    note_range(self, base_momentums, max_momentums)
            super().__init__(optimizer, last_epoch)

    def note_lrs(self, max_lrs: list[Any], div_factor: float, final_div_factor: float) -> None:
        """Note in each group the lrs that the cycle passes: at its start, at its top and at its end."""
        for group, largest in zip(self.optimizer.param_groups, max_lrs):
            first = largest / div_factor
            for option, lr in (("initial_lr", first), ("max_lr", largest), ("min_lr", first / final_div_factor)):
                set_option(group, option, lr, type(self).__name__)

    def group_keys(self) -> list[str]:
        """The values that each group holds for the cycle."""
        return ["initial_lr", "max_lr", "min_lr"] + (["max_momentum", "base_momentum"] if self.cycle_momentum else [])

    def get_lr(self) -> list[float]:
        """Each group's next lr. ValueError when the cycle is over."""
        self.warn_outside_step()
        if self.last_epoch > self.total_steps:
            raise ValueError(
                f"Tried to step {self.last_epoch} times. The specified number of total steps is {self.total_steps}: "
                "give OneCycleLR as many as step() will be called, in batches if it is called after each batch"
            )
        self.take_in_new_groups()
        return self.between("start_lr", "end_lr")

    def between(self, start: str, end: str) -> list[float]:
        """Where this step lies on each group's way from one of the phase's values to another."""
        phase, share = phase_at(self.last_epoch, self._schedule_phases)
        anneal = ANNEAL[self._anneal_func_type]
        groups = self.optimizer.param_groups
        return [anneal(number(group[phase[start]]), number(group[phase[end]]), share) for group in groups]

    def _update_lr(self, epoch: Any = None) -> None:
        super()._update_lr(epoch)
        if self.cycle_momentum:
            momentums = self.between("start_momentum", "end_momentum")
            for group, momentum in zip(self.optimizer.param_groups, momentums):
                set_momentum(self, group, momentum)

    def take_in_new_groups(self) -> None:
        """A new group gets the values that all the others have, unless it brought its own.

        ValueError if the others differ.
        """
        groups = self.optimizer.param_groups
        old, new = groups[: len(self.base_lrs)], groups[len(self.base_lrs) :]
        found: list[dict[str, Any]] = []
        for place, group in enumerate(new, len(old)):
            lacking = [key for key in self.group_keys() if key not in group]
            found.append({key: old[0][key] for key in lacking})
            differing = [key for key in lacking if any(other[key] != old[0][key] for other in old)]
            if differing:
                raise ValueError(
                    f"OneCycleLR was built for {len(old)} groups, which differ in {', '.join(differing)}, and group "
                    f"{place} was added since: give it its own, add_param_group({{'params': ..., "
                    f"{', '.join(f'{key!r}: ...' for key in lacking)}}}). Nothing was changed by this step."
                )
        for group, options in zip(new, found):
            for key, value in options.items():
                set_option(group, key, value, type(self).__name__)
        super().take_in_new_groups()


def check_shape(total_steps: int, pct_start: Any, anneal_strategy: Any) -> None:
    """ValueError or ZeroDivisionError for what makes no cycle."""
    if not isinstance(pct_start, float) or not 0 <= pct_start <= 1:
        raise ValueError(
            f"Expected float between 0 and 1 pct_start, but got {pct_start!r}: the share of the steps that go up"
        )
    if anneal_strategy not in ANNEAL:
        raise ValueError(f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy!r}")
    if pct_start * total_steps == 1:
        raise ZeroDivisionError(
            f"pct_start={pct_start} of total_steps={total_steps} is 1 step, which is no way up: give a larger "
            "pct_start, or 0.0 to begin at the top"
        )
