"""Schedules whose factor is a function of the user's own."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

from .driver import LRScheduler
from .group_options import check_is_optimizer, grown


def times_function(t: int, base: float, lr: float, *, lr_lambda: Callable[[int], float]) -> float:
    """lr_t = base * f(t)"""
    return base * lr_lambda(t)


def times_each_function(t: int, base: float, lr: float, *, lr_lambda: Callable[[int], float]) -> float:
    """lr_t = lr_(t-1) * f(t)"""
    return lr * lr_lambda(t)


class LambdaLR(LRScheduler):
    """The initial lr times a function of the step number.

    lr_lambda: the function, or a list of one for each group (ValueError for another number).
    """

    rule = staticmethod(times_function)

    def __init__(
        self,
        optimizer: Any,
        lr_lambda: Callable[[int], float] | list[Callable[[int], float]],
        last_epoch: int = -1,
    ) -> None:
        check_is_optimizer(self, optimizer)
        groups = len(optimizer.param_groups)
        self.lr_lambdas = list(lr_lambda) if isinstance(lr_lambda, list | tuple) else [lr_lambda] * groups
        if len(self.lr_lambdas) != groups:
            raise ValueError(
                f"Expected {groups} lr_lambdas, but got {len(self.lr_lambdas)}: give one function for all groups, or "
                "a list of one for each"
            )
        for function in self.lr_lambdas:
            if not callable(function):
                raise TypeError(
                    f"lr_lambda should be a function, but got {type(function).__name__}: {function!r:.80}. Give a "
                    "function of the step number, such as `lambda t: 0.95 ** t`"
                )
        super().__init__(optimizer, last_epoch)

    def options_of(self, place: int) -> dict[str, Any]:
        return {"lr_lambda": self.lr_lambdas[place]}

    def take_in_new_groups(self) -> None:
        self.lr_lambdas = grown("lr_lambdas", self.lr_lambdas, self.optimizer, self)
        super().take_in_new_groups()

    def state_dict(self) -> dict[str, Any]:
        """As every schedule's; of a function only what a callable object keeps, of a plain function None."""
        return {**super().state_dict(), "lr_lambdas": [kept_by(function) for function in self.lr_lambdas]}

    def take_over(self, state: dict[str, Any]) -> None:
        """The functions stay; callable objects take over what they had kept."""
        for function, kept in zip(self.lr_lambdas, state.get("lr_lambdas", ())):
            if kept is not None:
                function.__dict__.update(kept)
        super().take_over({**state, "lr_lambdas": self.lr_lambdas})


class MultiplicativeLR(LambdaLR):
    """The present lr times a function of the step number, at every step.

    lr_lambda: the function, or a list of one for each group (ValueError for another number).
    """

    rule = staticmethod(times_each_function)
    acts_when_built = False


def kept_by(function: Any) -> dict[str, Any] | None:
    """What a callable object keeps; None for a plain function, which is not saved."""
    if isinstance(function, types.FunctionType):
        return None
    return dict(getattr(function, "__dict__", {}))
