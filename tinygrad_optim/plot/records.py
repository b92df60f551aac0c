"""What a History holds: series of numbers by step, of groups, of their parameters, and of single weights."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Series:
    """One quantity by step: `values[i]` is what it was at step `steps[i]`. What was not measured is not in it."""

    steps: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)

    def add(self, step: int, value: float) -> None:
        self.steps.append(step)
        self.values.append(value)


@dataclass
class WeightHistory:
    """The life of one number of a parameter: value[k] = value[k - 1] + update[k]."""

    index: tuple[int, ...]
    value: Series = field(default_factory=Series)  # after the step; the first one, before any
    update: Series = field(default_factory=Series)  # what the step added
    gradient: Series = field(default_factory=Series)  # what the step was given, if it was given any


@dataclass
class ParameterHistory:
    """One parameter's norms (root of the sum of squares), step by step."""

    name: str
    shape: tuple[int, ...]
    weight_norm: Series = field(default_factory=Series)  # before the step
    update_norm: Series = field(default_factory=Series)  # of (after - before)
    gradient_norm: Series = field(default_factory=Series)  # at the steps at which there was a gradient
    state: dict[str, Series] = field(default_factory=dict)  # of each buffer of state, after the step, if watched
    weights: list[WeightHistory] = field(default_factory=list)  # those watched

    @property
    def ratio(self) -> Series:
        """Norm of update over norm of weight: how far the step moved it, for its size."""
        return ratio_of([self])


@dataclass
class GroupHistory:
    """One group's options that are numbers, by step, and its parameters."""

    number: int
    options: dict[str, Series] = field(default_factory=dict)  # of several numbers each its own, as "betas[0]"
    parameters: list[ParameterHistory] = field(default_factory=list)

    @property
    def lr(self) -> Series:
        """The learning rate; an empty series for an optimizer that has none."""
        return self.options.get("lr", Series())

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
            squares[step] = (updates + update * update, weights + weight * weight)
    ratios = Series()
    for step, (updates, weights) in sorted(squares.items()):
        ratios.add(step, (updates / weights) ** 0.5 if weights else float("inf") if updates else 0.0)
    return ratios
