"""Schedules made of schedules: one after the other, or all at once."""

from __future__ import annotations

import warnings
from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from ... import occasions
from .driver import LRScheduler
from .group_options import set_option, values
from .plateau import ReduceLROnPlateau


class Composition(LRScheduler):
    """What SequentialLR and ChainedScheduler have in common: they hold schedules, and set no lr themselves."""

    _schedulers: Any

    def lrs_to_initial(self) -> None:
        """Give each group its initial lr back."""
        for group in self.optimizer.param_groups:
            self.note_initial_lr(group)
            set_option(group, "lr", group["initial_lr"], type(self).__name__)

    def state_dict(self) -> dict[str, Any]:
        """As every schedule's, with the state of each schedule inside."""
        return {**super().state_dict(), "_schedulers": [scheduler.state_dict() for scheduler in self._schedulers]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what state_dict() returned. KeyError or ValueError if it is not of as many schedules."""
        if not isinstance(state_dict, dict):
            raise TypeError(f"a scheduler's state_dict is a dict, not a {type(state_dict).__name__}")
        if "_schedulers" not in state_dict:
            raise KeyError(
                f"_schedulers: the loaded state has none, only {list(state_dict)}; it is not of a {type(self).__name__}"
            )
        inner = state_dict["_schedulers"]
        if len(inner) != len(self._schedulers):
            raise ValueError(
                f"the loaded state of {type(self).__name__} is of {len(inner)} schedules, and this one has "
                f"{len(self._schedulers)}: build it as it was when the state was saved"
            )
        before = [scheduler.state_dict() for scheduler in self._schedulers]
        try:
            for scheduler, state in zip(self._schedulers, inner):
                scheduler.load_state_dict(state)
        except BaseException:
            for scheduler, state in zip(self._schedulers, before):
                scheduler.load_state_dict(state)
            raise
        self.take_over({**state_dict, "_schedulers": self._schedulers})


class SequentialLR(Composition):
    """The first schedule up to the first milestone, from there the second, from its own step 0; and so on.

    milestones: the steps at which the next schedule takes over; one fewer than schedules.
    ValueError for another number, a schedule of another optimizer or a ReduceLROnPlateau.
    """

    def __init__(self, optimizer: Any, schedulers: list[Any], milestones: list[int], last_epoch: int = -1) -> None:
        check_schedulers(self, schedulers, optimizer)
        if len(milestones) != len(schedulers) - 1:
            raise ValueError(
                "Sequential Schedulers expects number of schedulers provided to be one more than the number of "
                f"milestone points, but got number of schedulers {len(schedulers)} and the number of milestones to be "
                f"equal to {len(milestones)}: a milestone is where the next schedule takes over"
            )
        if list(milestones) != sorted(milestones):
            warnings.warn(
                f"the milestones of SequentialLR, {list(milestones)}, do not go up: some schedules will be skipped or "
                "never begin. Sort them.",
                UserWarning,
                stacklevel=2,
            )
        self._schedulers, self._milestones = schedulers, milestones
        self.last_epoch = last_epoch + 1
        self.optimizer = optimizer
        for look in occasions.scheduler_built:
            look(self)
        self.lrs_to_initial()
        take_back_first_step(schedulers)  # each made one when it was built
        first = self.scheduler_at(0)
        first._initial_step()
        self._last_lr = first.get_last_lr()

    def scheduler_at(self, t: int) -> Any:
        """The schedule whose turn it is at step t."""
        return self._schedulers[bisect_right(self._milestones, t)]

    def step(self, epoch: Any = None) -> None:
        """Make a step of the schedule whose turn it is; at its milestone it begins. TypeError for an epoch."""
        refuse_epoch(self, epoch)
        for look in occasions.scheduler_step:
            look(self)
        scheduler = self.scheduler_at(self.last_epoch + 1)
        if self.last_epoch + 1 in self._milestones:
            scheduler._restart()
        else:
            scheduler.step()
        self.last_epoch += 1
        self._last_lr = scheduler.get_last_lr()

    def _initial_step(self) -> None:
        """As the first part of another SequentialLR: begin with its own first part."""
        self.last_epoch = 0
        self.scheduler_at(0)._initial_step()
        self._last_lr = self.scheduler_at(0).get_last_lr()

    def _restart(self) -> None:
        """As a later part of another SequentialLR: its own first part begins."""
        self.last_epoch = 0
        self.scheduler_at(0)._restart()
        self._last_lr = self.scheduler_at(0).get_last_lr()


class ChainedScheduler(Composition):
    """All schedules at every step, in this order: each multiplies what the one before left.

    ValueError for none, for schedules of different optimizers, or for a ReduceLROnPlateau.
    """

    def __init__(self, schedulers: Sequence[Any], optimizer: Any = None) -> None:
        if optimizer is None and schedulers:
            optimizer = getattr(schedulers[0], "optimizer", None)
        check_schedulers(self, schedulers, optimizer)
        self._schedulers, self.optimizer = schedulers, optimizer
        self._last_lr = values(optimizer, "lr")
        for look in occasions.scheduler_built:
            look(self)

    def step(self, epoch: Any = None) -> None:
        """Make a step of each schedule. TypeError for an epoch."""
        refuse_epoch(self, epoch)
        for look in occasions.scheduler_step:
            look(self)
        for scheduler in self._schedulers:
            scheduler.step()
        self._last_lr = values(self.optimizer, "lr")

    def _initial_step(self) -> None:
        """As the first part of a SequentialLR: all begin."""
        for scheduler in self._schedulers:
            scheduler._initial_step()
        self._last_lr = values(self.optimizer, "lr")

    def _restart(self) -> None:
        """As a later part of a SequentialLR: from the initial lr, all begin. Their closed forms would not multiply."""
        self.lrs_to_initial()
        for scheduler in self._schedulers:
            scheduler.last_epoch = -1
        self._initial_step()


def check_schedulers(composition: Any, schedulers: Any, optimizer: Any) -> None:
    """ValueError or TypeError for schedules that cannot work together."""
    kind = type(composition).__name__
    if len(schedulers) < 1:
        raise ValueError(f"{kind} expects at least one scheduler, but got no scheduler: give a list of them")
    for place, scheduler in enumerate(schedulers):
        if not hasattr(scheduler, "optimizer"):
            raise TypeError(
                f"{kind} at index {place} should have `optimizer` as its attribute, but it is a "
                f"{type(scheduler).__name__}: give schedules only"
            )
        if isinstance(scheduler, ReduceLROnPlateau):
            raise ValueError(
                f"{kind} does not support `ReduceLROnPlateau` scheduler, whose step() needs the metric, but got one at "
                f"index {place}: call its step(metric) yourself"
            )
        if scheduler.optimizer is not optimizer:
            raise ValueError(
                f"{kind} expects all schedulers to belong to the same optimizer, but got scheduler "
                f"{type(scheduler).__name__} at index {place} of another {type(scheduler.optimizer).__name__}: build "
                "it on this one"
            )


def take_back_first_step(schedulers: Any) -> None:
    """Set every schedule, also those inside others, one step back."""
    for scheduler in schedulers:
        if hasattr(scheduler, "_schedulers"):
            take_back_first_step(scheduler._schedulers)
        elif hasattr(scheduler, "last_epoch"):
            scheduler.last_epoch -= 1


def refuse_epoch(scheduler: Any, epoch: Any) -> None:
    """TypeError: what is made of several schedules cannot go to a step by number."""
    if epoch is not None:
        raise TypeError(f"{type(scheduler).__name__}.step() takes no epoch, but got {epoch!r}: call it without")
