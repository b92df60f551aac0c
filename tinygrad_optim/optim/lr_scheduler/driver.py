"""LRScheduler: it counts steps, asks a rule for each group's lr, and sets it."""

from __future__ import annotations

import copy
import inspect
import warnings
from collections.abc import Callable
from typing import Any, ClassVar

from ... import occasions
from .first_step import warn_if_not_stepped, watch_first_step
from .group_options import check_is_optimizer, copied, number, set_option, unchanged_on_error, values

EPOCH_IS_DEPRECATED = (
    "The epoch parameter in `scheduler.step()` was not necessary and is being deprecated where possible. "
    "With it, the lr is computed by the closed form, where the schedule has one, and an lr edited by hand is lost. "
    "Please use `scheduler.step()`."
)


class LRScheduler:
    """The base of all schedules: in a subclass write `get_lr`, which returns one lr for each group.

    optimizer: whose groups' lr it sets, at once and at every step().
    last_epoch: the number of the last step made before; -1: none. Resuming needs `initial_lr` in every group.
    base_lrs: each group's lr at the start.
    TypeError for what is no Optimizer, KeyError if there is nothing to resume from; then no group has changed.
    """

    rule: ClassVar[Callable[..., float] | None] = None  # (t, base, lr, *, options) -> the group's next lr
    option_names: ClassVar[tuple[str, ...]] = ()  # the options the rule asks for: attributes of the schedule
    acts_when_built: Any = True  # whether the step that building makes applies the rule, or leaves each lr
    _get_lr_called_within_step = False
    _is_initial = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.rule is not None:
            parameters = inspect.signature(cls.rule).parameters.values()
            cls.option_names = tuple(p.name for p in parameters if p.kind is p.KEYWORD_ONLY)

    def __init__(self, optimizer: Any, last_epoch: int = -1) -> None:
        check_is_optimizer(self, optimizer)
        self.optimizer = optimizer
        with unchanged_on_error(optimizer):
            self.prepare_groups(last_epoch)
            for place, group in enumerate(optimizer.param_groups):
                if last_epoch != -1 and "initial_lr" not in group:
                    raise KeyError(
                        f"param 'initial_lr' is not specified in param_groups[{place}] when resuming scheduler with "
                        f"last_epoch={last_epoch}: load the optimizer's state_dict first, or start with last_epoch=-1"
                    )
                self.note_initial_lr(group)
            self.base_lrs = values(optimizer, "initial_lr")
            self.last_epoch = last_epoch
            watch_first_step(optimizer)
            for look in occasions.scheduler_built:
                look(self)
            self._initial_step()

    def prepare_groups(self, last_epoch: int) -> None:
        """What a schedule wants set in the groups before its first step."""

    def note_initial_lr(self, group: Any) -> None:
        """Note the lr that a group has now as its initial one, unless an earlier schedule has."""
        if "initial_lr" not in group:
            set_option(group, "initial_lr", copied(group["lr"]), type(self).__name__)

    def _initial_step(self) -> None:
        """The step that building a schedule makes."""
        self._step_count = 0
        self._is_initial = True
        try:
            self.step()
        finally:
            self._is_initial = False

    def step(self, epoch: Any = None) -> None:
        """Go to the next step and set every group's lr: once after optimizer.step(), or once an epoch.

        epoch: deprecated; go to this step instead, by the closed form if there is one.
        If it raises, no lr has changed and the step has not been counted.
        """
        told = False
        for look in occasions.scheduler_step if not self._is_initial else ():
            told = look(self) or told
        if self._step_count == 1 and not told:
            warn_if_not_stepped(self.optimizer)
        if epoch is not None:
            warnings.warn(EPOCH_IS_DEPRECATED, UserWarning, stacklevel=2)
        self._step_count += 1
        try:
            self._update_lr(epoch)
        except BaseException:
            self._step_count -= 1
            raise

    def _update_lr(self, epoch: Any = None) -> None:
        """Set each group's lr for the next step, or for this one; does not count it."""
        self.take_in_new_groups()
        before = self.last_epoch
        self.last_epoch = before + 1 if epoch is None else epoch
        self._get_lr_called_within_step = True
        try:
            closed_form = None if epoch is None else getattr(self, "_get_closed_form_lr", None)
            lrs = self.get_lr() if closed_form is None else closed_form()
            self.check_length(lrs)
        except BaseException:
            self.last_epoch = before
            raise
        finally:
            self._get_lr_called_within_step = False
        for group, lr in zip(self.optimizer.param_groups, lrs):
            set_option(group, "lr", lr, type(self).__name__)
        self._last_lr = values(self.optimizer, "lr")

    def _restart(self) -> None:
        """Begin anew at step 0: what SequentialLR does when this schedule's turn comes."""
        self._update_lr(0)

    def get_lr(self) -> list[Any]:
        """Each group's next lr, as the rule says. NotImplementedError in a schedule without a rule."""
        if self.rule is None:
            raise NotImplementedError(
                f"{type(self).__name__} has no get_lr(): write one that returns a lr for each group"
            )
        self.warn_outside_step()
        self.take_in_new_groups()
        if self._is_initial and not self.acts_when_built:
            return values(self.optimizer, "lr")
        lrs = []
        for place, group in enumerate(self.optimizer.param_groups):
            base, lr = number(self.base_lrs[place]), number(group["lr"])
            lrs.append(self.rule(self.last_epoch, base, lr, **self.options_of(place)))
        return lrs

    def options_of(self, place: int) -> dict[str, Any]:
        """The options that the rule asks for, for the group at this place."""
        return {name: getattr(self, name) for name in self.option_names}

    def get_last_lr(self) -> list[Any]:
        """Each group's lr as the last step set it."""
        return self._last_lr

    def take_in_new_groups(self) -> None:
        """Groups added since the last step: the lr each has now is its initial one, unless it brought another.

        ValueError if the optimizer has fewer groups than before.
        """
        groups = self.optimizer.param_groups
        if len(groups) < len(self.base_lrs):
            raise ValueError(
                f"{type(self).__name__} has initial values for {len(self.base_lrs)} groups, and the optimizer has only "
                f"{len(groups)}: build the schedule anew after taking a group away"
            )
        for group in groups[len(self.base_lrs) :]:
            self.note_initial_lr(group)
            self.base_lrs = [*self.base_lrs, copied(group["initial_lr"])]

    def check_length(self, lrs: Any) -> None:
        """ValueError unless there is one lr for each group."""
        if len(lrs) != len(self.optimizer.param_groups):
            raise ValueError(
                f"{type(self).__name__}.get_lr() returned {len(lrs)} values for {len(self.optimizer.param_groups)} "
                "groups: it must return one for each. No lr was changed."
            )

    def warn_outside_step(self) -> None:
        """A UserWarning if get_lr() is called by hand: it computes the next lr, not the present one."""
        if not self._get_lr_called_within_step:
            warnings.warn(
                "To get the last learning rate computed by the scheduler, please use `get_last_lr()`.",
                UserWarning,
                stacklevel=3,
            )

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimizer, by attribute name: what save() should save beside the optimizer's."""
        return {name: shallow(value) for name, value in self.__dict__.items() if name != "optimizer"}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what state_dict() returned; the groups' lr is in the optimizer's own state_dict.

        TypeError or ValueError, with nothing changed, if it is no state_dict or has more groups than the optimizer.
        """
        check_state(self, state_dict)
        self.take_over(state_dict)

    def take_over(self, state: dict[str, Any]) -> None:
        """Set what the state says, once it has been checked."""
        self.__dict__.update({name: shallow(value) for name, value in state.items()})


class _LRScheduler(LRScheduler):
    """The base's name in old code."""


def shallow(value: Any) -> Any:
    """A list or dict copied, so that a saved state stays as it is; anything else itself."""
    return copy.copy(value) if isinstance(value, list | dict) else value


def check_state(scheduler: Any, state: Any) -> None:
    """TypeError for what is no dict; ValueError for more groups than there are; a warning for another schedule's."""
    kind = type(scheduler).__name__
    if not isinstance(state, dict):
        raise TypeError(f"a scheduler's state_dict is a dict, not a {type(state).__name__}")
    groups = len(scheduler.optimizer.param_groups)
    if len(state.get("base_lrs", ())) > groups:
        raise ValueError(
            f"the loaded state of {kind} is for {len(state['base_lrs'])} groups, and the optimizer has {groups}: add "
            "its other groups first"
        )
    missing = [name for name in scheduler.__dict__ if name not in state and name[0] != "_" and name != "optimizer"]
    if missing:
        warnings.warn(
            f"the loaded state has no {', '.join(missing)}, which {kind} keeps as they are. Is it of another schedule?",
            UserWarning,
            stacklevel=3,
        )
