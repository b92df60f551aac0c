"""Schedules that multiply the lr step by step, each with its closed form beside it.

A rule is (t, base, lr, *, options) -> lr of step t from the lr before it; a closed form is
(t, base, *, options) -> the same from the initial lr alone. Unless someone edits an lr, both give the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from math import cos, pi
from typing import Any, ClassVar

from .driver import LRScheduler
from .group_options import number


class ChainableLR(LRScheduler):
    """A schedule whose rule multiplies the lr that is there; step(epoch) goes by its closed form."""

    closed_form: ClassVar[Callable[..., float]]

    def _get_closed_form_lr(self) -> list[float]:
        """Each group's lr at step `last_epoch`, from its initial lr."""
        lrs = []
        for place, base in enumerate(self.base_lrs):
            lrs.append(self.closed_form(self.last_epoch, number(base), **self.options_of(place)))
        return lrs


# ---- in steps ----------------------------------------------------------------------------------------------


def step_decay(t: int, base: float, lr: float, *, step_size: int, gamma: float) -> float:
    """lr_t = lr_(t-1) * gamma at every multiple of step_size, else lr_(t-1)"""
    return lr if t == 0 or t % step_size else lr * gamma


def step_decay_closed(t: int, base: float, *, step_size: int, gamma: float) -> float:
    """lr_t = base * gamma**floor(t / step_size)"""
    return base * gamma ** (t // step_size)


class StepLR(ChainableLR):
    """The lr times gamma every step_size steps. ValueError for a step_size of 0."""

    rule = staticmethod(step_decay)
    closed_form = staticmethod(step_decay_closed)

    def __init__(self, optimizer: Any, step_size: int, gamma: float = 0.1, last_epoch: int = -1) -> None:
        if step_size == 0:
            raise ValueError("step_size of StepLR must not be 0: give the number of steps between two decays")
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer, last_epoch)


def multi_step_decay(t: int, base: float, lr: float, *, milestones: dict[int, int], gamma: float) -> float:
    """lr_t = lr_(t-1) * gamma for each time that t is among the milestones"""
    return lr * gamma ** milestones[t] if t in milestones else lr


def multi_step_decay_closed(t: int, base: float, *, milestones: dict[int, int], gamma: float) -> float:
    """lr_t = base * gamma**(number of milestones up to t)"""
    return base * gamma ** sum(count for milestone, count in milestones.items() if milestone <= t)


class MultiStepLR(ChainableLR):
    """The lr times gamma at each milestone; a milestone given twice counts twice."""

    rule = staticmethod(multi_step_decay)
    closed_form = staticmethod(multi_step_decay_closed)

    def __init__(self, optimizer: Any, milestones: Iterable[int], gamma: float = 0.1, last_epoch: int = -1) -> None:
        self.milestones, self.gamma = Counter(milestones), gamma
        super().__init__(optimizer, last_epoch)


# ---- warm-up -----------------------------------------------------------------------------------------------


def constant(t: int, base: float, lr: float, *, factor: float, total_iters: int) -> float:
    """lr_0 = lr * factor; from step total_iters on that is undone"""
    if t == 0:
        return lr * factor
    if t != total_iters:
        return lr
    return lr * (1.0 / factor) if factor else base  # 0 cannot be undone by dividing


def constant_closed(t: int, base: float, *, factor: float, total_iters: int) -> float:
    """lr_t = base * factor for t < total_iters, else base"""
    return base * (factor + (t >= total_iters) * (1 - factor))


class ConstantLR(ChainableLR):
    """The lr times factor for the first total_iters steps. ValueError unless 0 <= factor <= 1."""

    rule = staticmethod(constant)
    closed_form = staticmethod(constant_closed)

    def __init__(self, optimizer: Any, factor: float = 1.0 / 3, total_iters: int = 5, last_epoch: int = -1) -> None:
        if not 0 <= factor <= 1:
            raise ValueError(
                f"Constant multiplicative factor expected to be between 0 and 1, but factor is {factor}: to raise the "
                "lr, use LambdaLR"
            )
        self.factor, self.total_iters = factor, total_iters
        super().__init__(optimizer, last_epoch)


def linear(t: int, base: float, lr: float, *, start_factor: float, end_factor: float, total_iters: int) -> float:
    """lr_t = lr_(t-1) * f(t) / f(t-1), with f a line from start_factor at 0 to end_factor at total_iters

    As warm-up: Goyal et al. 2017, "Accurate, large minibatch SGD", section 2.2.
    """
    if t == 0:
        return lr * start_factor
    if t > total_iters:
        return lr
    rise = end_factor - start_factor
    return lr * (1.0 + rise / (total_iters * start_factor + (t - 1) * rise))


def linear_closed(t: int, base: float, *, start_factor: float, end_factor: float, total_iters: int) -> float:
    """lr_t = base * (start_factor + (end_factor - start_factor) * min(t / total_iters, 1))"""
    share = 1.0 if t >= total_iters else t / total_iters
    return base * (start_factor + (end_factor - start_factor) * share)


class LinearLR(ChainableLR):
    """The lr times a factor that goes from start_factor to end_factor in total_iters steps, in a straight line.

    ValueError unless 0 < start_factor <= 1 and 0 <= end_factor <= 1.
    """

    rule = staticmethod(linear)
    closed_form = staticmethod(linear_closed)

    def __init__(
        self,
        optimizer: Any,
        start_factor: float = 1.0 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        if not 0 < start_factor <= 1:
            raise ValueError(
                "Starting multiplicative factor expected to be greater than 0 and less or equal to 1, but "
                f"start_factor is {start_factor}: from 0, no factor leads back"
            )
        if not 0 <= end_factor <= 1:
            raise ValueError(
                f"Ending multiplicative factor expected to be between 0 and 1, but end_factor is {end_factor}: "
                "give the optimizer the larger lr, and the line smaller factors"
            )
        self.start_factor, self.end_factor, self.total_iters = start_factor, end_factor, total_iters
        super().__init__(optimizer, last_epoch)

    @property
    def acts_when_built(self) -> bool:
        """Built anew, the line begins; resumed, it has begun."""
        return self.last_epoch == 0


# ---- at every step -----------------------------------------------------------------------------------------


def exponential(t: int, base: float, lr: float, *, gamma: float) -> float:
    """lr_t = lr_(t-1) * gamma"""
    return lr * gamma


def exponential_closed(t: int, base: float, *, gamma: float) -> float:
    """lr_t = base * gamma**t"""
    return base * gamma**t


class ExponentialLR(ChainableLR):
    """The lr times gamma at every step."""

    rule = staticmethod(exponential)
    closed_form = staticmethod(exponential_closed)
    acts_when_built = False

    def __init__(self, optimizer: Any, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)


def polynomial(t: int, base: float, lr: float, *, total_iters: int, power: float) -> float:
    """lr_t = lr_(t-1) * ((1 - t/T) / (1 - (t-1)/T))**power up to t = T = total_iters, then lr_(t-1)

    The "poly" policy of Liu et al. 2015, "ParseNet", and Chen et al. 2017, "DeepLab", section 4.1.
    """
    if t > total_iters:
        return lr
    factor: float = ((1.0 - t / total_iters) / (1.0 - (t - 1) / total_iters)) ** power
    return lr * factor


def polynomial_closed(t: int, base: float, *, total_iters: int, power: float) -> float:
    """lr_t = base * (1 - min(t / total_iters, 1))**power"""
    share = 1.0 if t >= total_iters else t / total_iters
    factor: float = (1.0 - share) ** power
    return base * factor


class PolynomialLR(ChainableLR):
    """The lr goes to 0 in total_iters steps, as the given power of the way that is left."""

    rule = staticmethod(polynomial)
    closed_form = staticmethod(polynomial_closed)
    acts_when_built = False

    def __init__(self, optimizer: Any, total_iters: int = 5, power: float = 1.0, last_epoch: int = -1) -> None:
        self.total_iters, self.power = total_iters, power
        super().__init__(optimizer, last_epoch)


def cosine_annealing(t: int, base: float, lr: float, *, T_max: int, eta_min: float) -> float:
    """lr_t - eta_min = (lr_(t-1) - eta_min) * (1 + cos(pi t / T_max)) / (1 + cos(pi (t-1) / T_max))"""
    if (t - 1 - T_max) % (2 * T_max) == 0:  # at the valley there is nothing left to multiply
        return lr + (base - eta_min) * (1 - cos(pi / T_max)) / 2
    return (1 + cos(pi * t / T_max)) / (1 + cos(pi * (t - 1) / T_max)) * (lr - eta_min) + eta_min


def cosine_annealing_closed(t: int, base: float, *, T_max: int, eta_min: float) -> float:
    """lr_t = eta_min + (base - eta_min) * (1 + cos(pi t / T_max)) / 2

    Loshchilov & Hutter 2017, "SGDR: stochastic gradient descent with warm restarts", equation 5, without restarts.
    """
    return eta_min + (base - eta_min) * (1 + cos(pi * t / T_max)) / 2


class CosineAnnealingLR(ChainableLR):
    """The lr goes down to eta_min in T_max steps along half a cosine, and up again. ValueError for a T_max of 0."""

    rule = staticmethod(cosine_annealing)
    closed_form = staticmethod(cosine_annealing_closed)
    acts_when_built = False

    def __init__(self, optimizer: Any, T_max: int, eta_min: float = 0.0, last_epoch: int = -1) -> None:
        if T_max == 0:
            raise ValueError("T_max of CosineAnnealingLR must not be 0: give the number of steps down to eta_min")
        self.T_max, self.eta_min = T_max, eta_min
        super().__init__(optimizer, last_epoch)
