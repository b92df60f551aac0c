"""Cosine annealing that begins anew, in ever longer cycles."""

from __future__ import annotations

import math
import warnings
from typing import Any

from ... import occasions
from .driver import LRScheduler


def warm_restarts(t: int, base: float, lr: float, *, T_cur: float, T_i: int, eta_min: float) -> float:
    """lr = eta_min + (base - eta_min) * (1 + cos(pi T_cur / T_i)) / 2, T_cur steps into a cycle of T_i

    Loshchilov & Hutter 2017, "SGDR: stochastic gradient descent with warm restarts", equation 5.
    """
    return eta_min + (base - eta_min) * (1 + math.cos(math.pi * T_cur / T_i)) / 2


def place_in_cycle(t: Any, T_0: int, T_mult: int) -> tuple[Any, int]:
    """Where step t lies: (steps since its cycle began, its cycle's length); each is T_mult times the one before."""
    if T_mult == 1:
        return t % T_0, T_0
    length = T_0
    while t >= length:
        t -= length
        length *= T_mult
    return t, length


class CosineAnnealingWarmRestarts(LRScheduler):
    """From the initial lr down to eta_min along half a cosine in T_0 steps; then anew, T_mult times as long.

    `step(epoch)` is not deprecated here, and epoch may be a fraction: `step(epoch + batch / batches)`.
    ValueError unless T_0 and T_mult are whole and at least 1, and eta_min is a number.
    """

    rule = staticmethod(warm_restarts)

    def __init__(self, optimizer: Any, T_0: int, T_mult: int = 1, eta_min: float = 0.0, last_epoch: int = -1) -> None:
        if not isinstance(T_0, int) or T_0 <= 0:
            raise ValueError(f"Expected positive integer T_0, but got {T_0!r}: the steps of the first cycle")
        if not isinstance(T_mult, int) or T_mult < 1:
            raise ValueError(f"Expected integer T_mult >= 1, but got {T_mult!r}: 1 makes all cycles equally long")
        if not isinstance(eta_min, float | int):
            raise ValueError(
                f"Expected float or int eta_min, but got {eta_min!r} of type {type(eta_min)}: the lr at a cycle's end"
            )
        self.T_0, self.T_i, self.T_mult, self.eta_min = T_0, T_0, T_mult, eta_min
        self.T_cur: Any = last_epoch
        super().__init__(optimizer, last_epoch)
        if (self.T_cur, self.T_i) != place_in_cycle(self.last_epoch, T_0, T_mult):
            warnings.warn(
                f"resumed by last_epoch={last_epoch} alone, with cycles of growing length (T_mult={T_mult}), the "
                f"cycle is taken to be {self.T_cur} steps old, as PyTorch does. Load the scheduler's state_dict to go "
                "on as before.",
                UserWarning,
                stacklevel=2,
            )

    def _restart(self) -> None:
        self.T_cur, self.T_i = 0, self.T_0
        super()._restart()

    def step(self, epoch: Any = None) -> None:
        """Go to the next step, or to this epoch (which may be a fraction), and set every group's lr.

        ValueError for a negative epoch.
        """
        for look in occasions.scheduler_step if not self._is_initial else ():
            look(self)
        before = self.T_cur, self.T_i
        if epoch is None and self.last_epoch >= 0:
            epoch = self.last_epoch + 1
            self.T_cur += 1
            if self.T_cur >= self.T_i:
                self.T_cur, self.T_i = self.T_cur % self.T_i, self.T_i * self.T_mult
        else:
            epoch = 0 if epoch is None else epoch
            if epoch < 0:
                raise ValueError(f"Expected non-negative epoch, but got {epoch}: step() without it goes to the next")
            self.T_cur, self.T_i = place_in_cycle(epoch, self.T_0, self.T_mult)
        try:
            self._update_lr(math.floor(epoch))
        except BaseException:
            self.T_cur, self.T_i = before
            raise
