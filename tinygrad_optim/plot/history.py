"""History: what each group did at each step, recorded through the optimizer's own hooks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..optim import Optimizer


@dataclass
class Series:
    """One quantity by step: `values[i]` is what it was at step `steps[i]`."""

    steps: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)

    def add(self, step: int, value: float) -> None:
        self.steps.append(step)
        self.values.append(value)


@dataclass
class ParameterHistory:
    """One parameter's norms (root of the sum of squares), step by step."""

    name: str
    shape: tuple[int, ...]
    weight_norm: Series = field(default_factory=Series)  # before the step
    update_norm: Series = field(default_factory=Series)  # of (after - before)
    gradient_norm: Series = field(default_factory=Series)  # nan where there was no gradient

    @property
    def ratio(self) -> Series:
        """Norm of update over norm of weight: how far the step moved it, for its size."""
        return ratio_of([self])


@dataclass
class GroupHistory:
    """One group's learning rate by step, and its parameters."""

    number: int
    lr: Series = field(default_factory=Series)
    parameters: list[ParameterHistory] = field(default_factory=list)

    @property
    def ratio(self) -> Series:
        """Norm of update over norm of weight, of all the group's numbers laid end to end."""
        return ratio_of(self.parameters)


def ratio_of(parameters: list[ParameterHistory]) -> Series:
    """Norm of update over norm of weight, by step; where all weights were 0: 0 if they stayed so, else inf."""
    squares: dict[int, tuple[float, float]] = {}
    for p in parameters:
        for step, update, weight in zip(p.update_norm.steps, p.update_norm.values, p.weight_norm.values):
            updates, weights = squares.get(step, (0.0, 0.0))
            squares[step] = (updates + update**2, weights + weight**2)
    ratios = Series()
    for step, (updates, weights) in sorted(squares.items()):
        ratios.add(step, (updates / weights) ** 0.5 if weights else float("inf") if updates else 0.0)
    return ratios


class History:
    """A record of each step that an optimizer takes, by group and by parameter.

        with History(optimizer) as history:
            ...
            optimizer.step()
            history.log("train loss", loss)

    It stands on the optimizer's step hooks, from the moment it is made until close(): a training loop without
    one pays nothing. The first step is step 1; what is logged before it is at step 0.
    """

    def __init__(self, optimizer: Optimizer) -> None:
        """Start recording. TypeError for what is no Optimizer."""
        if not isinstance(optimizer, Optimizer):
            raise TypeError(
                f"History records the steps of an Optimizer, but got {type(optimizer).__name__}: "
                "give it the optimizer, as in History(optimizer)"
            )
        self.step = 0
        self.groups: list[GroupHistory] = []
        self.logged: dict[str, Series] = {}
        self._before: dict[Any, Any] = {}  # each parameter's numbers as the step began
        self._found: dict[Any, ParameterHistory] = {}
        self._handles = [
            optimizer.register_step_pre_hook(self._begin_step),
            optimizer.register_step_post_hook(self._end_step),
        ]

    def log(self, name: str, value: Any) -> None:
        """Note a number, such as a loss, at the present step. TypeError for what is not one number."""
        try:
            number = float(value)
        except (TypeError, ValueError, RuntimeError):
            raise TypeError(
                f"log({name!r}, ...) takes one number, but got {type(value).__name__} {value!r:.80}: "
                "reduce it first, with .mean() or .item()"
            ) from None
        self.logged.setdefault(name, Series()).add(self.step, number)

    def close(self) -> None:
        """Take the hooks off the optimizer; what was recorded stays. Closing twice does no harm."""
        for handle in self._handles:
            handle.remove()
        self._before = {}

    def __enter__(self) -> History:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _repr_html_(self) -> str:
        from ..notebook import history_html

        return history_html(self)

    def _begin_step(self, optimizer: Optimizer, args: Any, kwargs: Any) -> None:
        """Keep every parameter's numbers: the step overwrites them."""
        self._before = {p: np.array(p.array) for group in optimizer.param_groups for p in group["params"]}

    def _end_step(self, optimizer: Optimizer, args: Any, kwargs: Any) -> None:
        """Record what the step did."""
        self.step += 1
        for number, group in enumerate(optimizer.param_groups):
            if number == len(self.groups):  # groups may be added at any time
                self.groups.append(GroupHistory(number))
            record = self.groups[number]
            if group.get("lr") is not None:
                record.lr.add(self.step, float(group["lr"]))
            for place, p in enumerate(group["params"]):
                if p not in self._found:
                    self._found[p] = ParameterHistory(name_of(group, place), p.shape)
                    record.parameters.append(self._found[p])
                self._record(self._found[p], p)
        self._before = {}

    def _record(self, record: ParameterHistory, p: Any) -> None:
        before = self._before.get(p, p.array)  # the step itself may have brought a parameter in
        record.weight_norm.add(self.step, norm(before))
        record.update_norm.add(self.step, norm(p.array - before))
        record.gradient_norm.add(self.step, float("nan") if p.gradient is None else norm(p.gradient))


def name_of(group: dict[str, Any], place: int) -> str:
    """What the parameter at this place in a group is called: by its pair, by its module, or by the place."""
    names = group.get("param_names")
    return (names[place] if names else group["params"][place].name) or f"params[{place}]"


def norm(numbers: Any) -> float:
    """The root of the sum of squares, in double precision: float32 squares of small updates would vanish."""
    flat = np.asarray(numbers, dtype=np.float64).reshape(-1)
    return float(np.sqrt(flat @ flat))
