"""ReduceLROnPlateau: a smaller lr whenever a metric has stopped getting better."""

from __future__ import annotations

import math
import warnings
from typing import Any, Literal

from ... import occasions
from .driver import EPOCH_IS_DEPRECATED, LRScheduler
from .group_options import check_is_optimizer, number, set_option, values


def is_better(metric: float, best: float, *, mode: str, threshold: float, threshold_mode: str) -> bool:
    """Whether a metric is strictly better than the best so far, by more than the threshold; NaN never is

    rel: metric < best * (1 - threshold), or > best * (1 + threshold) for mode "max"; abs: best -+ threshold.
    """
    if mode == "min":
        return metric < (best * (1.0 - threshold) if threshold_mode == "rel" else best - threshold)
    return metric > (best * (threshold + 1.0) if threshold_mode == "rel" else best + threshold)


def reduced(lr: float, *, factor: float, min_lr: float, eps: float) -> float:
    """max(lr * factor, min_lr); lr itself if that would be less than eps away"""
    smaller = max(lr * factor, min_lr)
    return smaller if lr - smaller > eps else lr


class ReduceLROnPlateau(LRScheduler):
    """The lr times factor once the metric given to step() has not got better for more than `patience` steps.

    mode: "min", smaller is better; "max", larger. factor: below 1 (ValueError).
    threshold: by how much it must be better; threshold_mode "rel": as a share of the best; "abs": as it is.
    cooldown: steps after a reduction in which bad metrics do not count.
    min_lr: a bound for all groups, or a list of one for each. eps: a smaller change than this is not made.
    A metric below 0 with "rel" and "min" counts as better even when a little worse: use "abs" there.
    """

    def __init__(
        self,
        optimizer: Any,
        mode: Literal["min", "max"] = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: Literal["rel", "abs"] = "rel",
        cooldown: int = 0,
        min_lr: list[float] | float = 0,
        eps: float = 1e-8,
    ) -> None:
        if factor >= 1.0:
            raise ValueError(
                f"Factor should be < 1.0, but it is {factor}: the lr is multiplied by it, to make it smaller"
            )
        check_is_optimizer(self, optimizer)
        check_modes(mode, threshold_mode)
        groups = len(optimizer.param_groups)
        if isinstance(min_lr, list | tuple) and len(min_lr) != groups:
            raise ValueError(
                f"expected {groups} min_lrs, got {len(min_lr)}: give one number for all groups, or a list of {groups}"
            )
        self.default_min_lr = None if isinstance(min_lr, list | tuple) else min_lr
        self.min_lrs = list(min_lr) if isinstance(min_lr, list | tuple) else [min_lr] * groups
        self.optimizer = optimizer
        self.factor, self.patience, self.cooldown, self.eps = factor, patience, cooldown, eps
        self.mode, self.threshold, self.threshold_mode = mode, threshold, threshold_mode
        self.mode_worse = math.inf if mode == "min" else -math.inf
        self.last_epoch = 0
        self._last_lr = values(optimizer, "lr")
        self._reset()
        for look in occasions.scheduler_built:
            look(self)

    def _reset(self) -> None:
        """Forget the best metric and all counts."""
        self.best = self.mode_worse
        self.cooldown_counter = 0
        self.num_bad_epochs = 0

    @property
    def in_cooldown(self) -> bool:
        """Whether bad metrics do not count just now."""
        return self.cooldown_counter > 0

    def step(self, metrics: Any, epoch: Any = None) -> None:  # type: ignore[override]
        """Say how good it is now, usually once an epoch: a validation loss, or anything float() takes.

        RuntimeError, with nothing changed, if min_lr was a list and groups were added since.
        """
        metric = float(metrics)
        if epoch is not None:
            warnings.warn(EPOCH_IS_DEPRECATED, UserWarning, stacklevel=2)
        for look in occasions.scheduler_step:
            look(self)
        self.take_in_new_groups()
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        if is_better(metric, self.best, mode=self.mode, threshold=self.threshold, threshold_mode=self.threshold_mode):
            self.best = metric
            self.num_bad_epochs = 0
        else:
            self.num_bad_epochs += 1
        if self.in_cooldown:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self.reduce()
            self.cooldown_counter = self.cooldown
            self.num_bad_epochs = 0
        self._last_lr = values(self.optimizer, "lr")

    def reduce(self) -> None:
        """Give every group its smaller lr."""
        for group, min_lr in zip(self.optimizer.param_groups, self.min_lrs):
            lr = reduced(float(number(group["lr"])), factor=self.factor, min_lr=min_lr, eps=self.eps)
            set_option(group, "lr", lr, type(self).__name__)

    def take_in_new_groups(self) -> None:
        """A group added since has the same min_lr as the others; RuntimeError if each has its own."""
        groups = len(self.optimizer.param_groups)
        if len(self.min_lrs) == groups:
            return
        if self.default_min_lr is None:
            raise RuntimeError(
                f"The number of param groups in the `optimizer` ({groups}) differs from when `ReduceLROnPlateau` was "
                f"initialized ({len(self.min_lrs)}), usually due to a new param group being added to the optimizer. "
                "Give scheduler.min_lrs one for each group."
            )
        self.min_lrs = [self.default_min_lr] * groups

    def take_over(self, state: dict[str, Any]) -> None:
        """ValueError, with nothing changed, for an unknown mode."""
        check_modes(state.get("mode", self.mode), state.get("threshold_mode", self.threshold_mode))
        super().take_over(state)
        self.mode_worse = math.inf if self.mode == "min" else -math.inf


def check_modes(mode: Any, threshold_mode: Any) -> None:
    """ValueError for a mode that there is not."""
    if mode not in ("min", "max"):
        raise ValueError(f"mode {mode} is unknown: give 'min' if a smaller metric is better, else 'max'")
    if threshold_mode not in ("rel", "abs"):
        raise ValueError(f"threshold mode {threshold_mode} is unknown: give 'rel' or 'abs'")
