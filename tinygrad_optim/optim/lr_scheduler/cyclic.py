"""CyclicLR: the lr goes up and down between two bounds, and momentum the other way."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal

from .driver import LRScheduler
from .functions import kept_by
from .group_options import check_is_optimizer, grown, number, per_group, set_option
from .momentum import has_beta1, note_range, set_momentum


def cyclic(
    t: int,
    low: float,
    high: float,
    *,
    total_size: float,
    step_ratio: float,
    scale_fn: Callable[[float], float],
    scale_mode: str,
) -> float:
    """low + (high - low) * height * scale: height goes 0 to 1 in step_ratio of a cycle, and back in the rest

    cycle = floor(1 + t / total_size) counts from 1; scale_fn is asked for the cycle, or (scale_mode "iterations")
    for t. Smith 2017, "Cyclical learning rates for training neural networks", section 3.2.
    """
    cycle = math.floor(1 + t / total_size)
    x = 1.0 + t / total_size - cycle
    height = x / step_ratio if x <= step_ratio else (x - 1) / (step_ratio - 1)
    return low + (high - low) * height * scale_fn(cycle if scale_mode == "cycle" else t)


# How far up each mode goes, and what its function is asked for.
SCALE_MODES = {"triangular": "cycle", "triangular2": "cycle", "exp_range": "iterations"}


class CyclicLR(LRScheduler):
    """From base_lr to max_lr in step_size_up steps and back in step_size_down, over and over.

    mode: "triangular", every cycle as high; "triangular2", each half as high as the last; "exp_range", by gamma**t.
    scale_fn: a function of your own instead, of the cycle's number or (scale_mode "iterations") of t.
    cycle_momentum: momentum (or betas[0]) goes from max_momentum to base_momentum while the lr goes up.
    base_lr, max_lr, base_momentum and max_momentum may be lists of one for each group. It sets the lr itself:
    a group's own is not looked at. ValueError for lists of another length, an unknown mode, or no momentum.
    """

    def __init__(
        self,
        optimizer: Any,
        base_lr: float | list[float],
        max_lr: float | list[float],
        step_size_up: int = 2000,
        step_size_down: int | None = None,
        mode: Literal["triangular", "triangular2", "exp_range"] = "triangular",
        gamma: float = 1.0,
        scale_fn: Callable[[float], float] | None = None,
        scale_mode: Literal["cycle", "iterations"] = "cycle",
        cycle_momentum: bool = True,
        base_momentum: float | list[float] = 0.8,
        max_momentum: float | list[float] = 0.9,
        last_epoch: int = -1,
    ) -> None:
        check_is_optimizer(self, optimizer)
        if mode not in SCALE_MODES and scale_fn is None:
            raise ValueError(
                f"mode is invalid and scale_fn is None: mode is {mode!r}; give {', '.join(SCALE_MODES)}, or a scale_fn"
            )
        base_lrs = per_group("base_lr", optimizer, base_lr)
        self.max_lrs = per_group("max_lr", optimizer, max_lr)
        up = float(step_size_up)
        self.total_size = up + (up if step_size_down is None else float(step_size_down))
        self.step_ratio = up / self.total_size
        self.mode, self.gamma, self._scale_fn_custom = mode, gamma, scale_fn
        self.scale_mode = scale_mode if scale_fn is not None else SCALE_MODES[mode]
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self.use_beta1 = has_beta1(self, optimizer)
            self.base_momentums = per_group("base_momentum", optimizer, base_momentum)
            self.max_momentums = per_group("max_momentum", optimizer, max_momentum)
        self.base_lrs = base_lrs
        super().__init__(optimizer, last_epoch)
        self.base_lrs = base_lrs  # not what an earlier schedule may have noted in the groups

    def prepare_groups(self, last_epoch: int) -> None:
        if last_epoch == -1:
            for group, lr in zip(self.optimizer.param_groups, self.base_lrs):
                set_option(group, "lr", lr, type(self).__name__)
            if self.cycle_momentum:
                note_range(self, self.base_momentums, self.max_momentums)

    def scale_fn(self, x: float) -> float:
        """How far towards max_lr this cycle (or, for exp_range, this step) goes, as a share."""
        if self._scale_fn_custom is not None:
            return float(self._scale_fn_custom(x))
        if self.mode == "triangular":
            return 1.0
        return float(0.5 ** (x - 1) if self.mode == "triangular2" else self.gamma**x)

    def get_lr(self) -> list[float]:
        """Each group's next lr."""
        self.warn_outside_step()
        self.take_in_new_groups()
        return self.between(self.base_lrs, self.max_lrs)

    def between(self, lows: list[Any], highs: list[Any]) -> list[float]:
        """Where this step lies between each group's two bounds."""
        options = {name: getattr(self, name) for name in ("total_size", "step_ratio", "scale_fn", "scale_mode")}
        return [cyclic(self.last_epoch, number(low), number(high), **options) for low, high in zip(lows, highs)]

    def _update_lr(self, epoch: Any = None) -> None:
        super()._update_lr(epoch)
        if self.cycle_momentum:
            momentums = self.between(self.max_momentums, self.base_momentums)
            for group, momentum in zip(self.optimizer.param_groups, momentums):
                set_momentum(self, group, momentum)

    def take_in_new_groups(self) -> None:
        """A new group gets the bounds that all the others have; ValueError if they differ."""
        names = ["base_lrs", "max_lrs"] + (["base_momentums", "max_momentums"] if self.cycle_momentum else [])
        longer = {name: grown(name, getattr(self, name), self.optimizer, self) for name in names}
        super().take_in_new_groups()
        self.__dict__.update(longer)

    def state_dict(self) -> dict[str, Any]:
        """As every schedule's; of scale_fn only what a callable object keeps."""
        custom = self._scale_fn_custom
        return {**super().state_dict(), "_scale_fn_custom": None if custom is None else kept_by(custom)}

    def take_over(self, state: dict[str, Any]) -> None:
        """scale_fn stays; a callable object takes over what it had kept."""
        custom, kept = self._scale_fn_custom, state.get("_scale_fn_custom")
        if custom is not None and kept is not None:
            custom.__dict__.update(kept)
        super().take_over({**state, "_scale_fn_custom": custom})
