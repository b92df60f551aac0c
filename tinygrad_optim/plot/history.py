"""History: what each group did at each step, recorded through the optimizer's own hooks."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from ..optim import Optimizer
from ..optim.param_group import as_number
from .history_file import read_history, write_history
from .records import GroupHistory, ParameterHistory, Series, WeightHistory
from .watched import Watch, as_watch


class History:
    """A record of each step that an optimizer takes, by group and by parameter.

        with History(optimizer) as history:
            ...
            optimizer.step()
            history.log("train loss", loss)
        history.save("run.json")

    It stands on the optimizer's step hooks, from the moment it is made until close(): a training loop without
    one pays nothing. The first step is step 1; what is logged before it is at step 0.

    watch: what to follow more closely: a parameter's name, for the norms of its state (momentum_buffer, exp_avg);
    a pair (name, index), for the life of that one weight.
    state: follow the state of all parameters, of which there may be at most 100.
    every: measure only each so-manieth step; others are only counted.
    live: show it while it grows: in a notebook, in a terminal, or else as a line now and then (plot/live.py).
    """

    step: int
    groups: list[GroupHistory]
    logged: dict[str, Series]
    _screen: Any  # where it shows itself while it grows

    def __init__(
        self,
        optimizer: Optimizer,
        *,
        watch: Iterable[str | tuple[str, int | tuple[int, ...]]] = (),
        state: bool = False,
        every: int = 1,
        live: Any = False,
    ) -> None:
        """Start recording.

        TypeError for what is no Optimizer; KeyError, IndexError, ValueError for what cannot be watched.
        """
        if not isinstance(optimizer, Optimizer):
            raise TypeError(
                f"History records the steps of an Optimizer, but got {type(optimizer).__name__}: "
                "give it the optimizer, as in History(optimizer)"
            )
        if not isinstance(every, int) or every < 1:
            raise ValueError(f"every must be a whole number from 1 on, but it is {every!r}: 1 measures each step")
        self._forget()
        named = [
            (name_of(group, place), p) for group in optimizer.param_groups for place, p in enumerate(group["params"])
        ]
        self._watch: Watch = as_watch(watch, state, named)
        self._every = every
        if live:
            from .live import as_screen  # which needs rich, or IPython

            self._screen = as_screen(live)
        self._handles += [
            optimizer.register_step_pre_hook(self._begin_step),
            optimizer.register_step_post_hook(self._end_step),
        ]

    def _forget(self) -> None:
        """Hold nothing, and record nothing."""
        self.step, self.groups, self.logged = 0, [], {}
        self._before: dict[Any, Any] = {}  # each parameter's numbers as the step began
        self._found: dict[Any, ParameterHistory] = {}
        self._screen = None
        self._handles: list[Any] = []

    # ---- recording -------------------------------------------------------------------------------------

    def log(self, name: str, value: Any) -> None:
        """Note a number, such as a loss, at the present step. TypeError for what is not one number."""
        if not isinstance(name, str):
            raise TypeError(f"log takes a name and a number, but the name is {type(name).__name__} {name!r:.80}")
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
        self._before, self._found = {}, {}
        if self._screen is not None:
            screen, self._screen = self._screen, None
            screen.close(self)

    def __enter__(self) -> History:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _begin_step(self, optimizer: Optimizer, args: Any, kwargs: Any) -> None:
        """Keep every parameter's numbers: the step overwrites them."""
        if (self.step + 1) % self._every == 0:
            self._before = {p: np.array(p.array) for group in optimizer.param_groups for p in group["params"]}

    def _end_step(self, optimizer: Optimizer, args: Any, kwargs: Any) -> None:
        """Record what the step did."""
        self.step += 1
        if self.step % self._every == 0:
            for number, group in enumerate(optimizer.param_groups):
                if number == len(self.groups):  # groups may be added at any time
                    self.groups.append(GroupHistory(number))
                self._record_group(self.groups[number], group, optimizer.state)
            self._before = {}
        if self._screen is not None:
            self._screen.show(self)

    def _record_group(self, record: GroupHistory, group: dict[str, Any], state: Any) -> None:
        for option, value in numbers_of(group):
            record.options.setdefault(option, Series()).add(self.step, value)
        for place, p in enumerate(group["params"]):
            if p not in self._found:
                self._found[p] = ParameterHistory(name_of(group, place), tuple(p.shape))
                record.parameters.append(self._found[p])
            before = self._before.get(p, p.array)  # the step itself may have brought a parameter in
            self._record(self._found[p], p, before)
            if p in self._watch.state or self._watch.all_state:
                for key, norm_now in norms_of(state.get(p, {})):
                    self._found[p].state.setdefault(key, Series()).add(self.step, norm_now)
            for index in self._watch.weights.get(p, ()):
                self._record_weight(self._found[p], p, before, index)

    def _record(self, record: ParameterHistory, p: Any, before: Any) -> None:
        record.weight_norm.add(self.step, norm(before))
        record.update_norm.add(self.step, norm(p.array - before))
        if p.gradient is not None:
            record.gradient_norm.add(self.step, norm(p.gradient))

    def _record_weight(self, record: ParameterHistory, p: Any, before: Any, index: tuple[int, ...]) -> None:
        found = [weight for weight in record.weights if weight.index == index]
        if not found:
            found = [WeightHistory(index, Series([self.step - 1], [number_at(before, index)]))]
            record.weights += found
        (weight,) = found
        after = number_at(p.array, index)
        weight.value.add(self.step, after)
        weight.update.add(self.step, after - number_at(before, index))
        if p.gradient is not None:
            weight.gradient.add(self.step, number_at(p.gradient, index))

    # ---- looking up ------------------------------------------------------------------------------------

    def parameter(self, name: str) -> ParameterHistory:
        """What is known of the parameter of this name. KeyError if no step moved one, or several have the name."""
        found = [(group.number, p) for group in self.groups for p in group.parameters if p.name == name]
        if len(found) == 1:
            return found[0][1]
        if found:
            raise KeyError(
                f"{len(found)} parameters are called {name!r}, in groups {[number for number, _ in found]}: give the "
                "optimizer (name, parameter) pairs to tell them apart"
            )
        names = [p.name for group in self.groups for p in group.parameters]
        raise KeyError(f"no parameter {name!r} was recorded, only {names}")

    def weight(self, name: str, index: int | tuple[int, ...] = ()) -> WeightHistory:
        """The life of one weight. KeyError if it was not watched."""
        wanted = index if isinstance(index, tuple) else (index,)
        watched = self.parameter(name).weights
        for weight in watched:
            if weight.index == wanted:
                return weight
        raise KeyError(
            f"the weight {wanted} of {name!r} was not watched, only {[weight.index for weight in watched]}: "
            f"record it with History(optimizer, watch=[({name!r}, {wanted})])"
        )

    # ---- files and faces -------------------------------------------------------------------------------

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write it to a .json or .csv file, whole or not at all. ValueError for another ending."""
        return write_history(self, path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> History:
        """The History that save() wrote to this file, to the last digit; it records nothing more.

        OSError if the file cannot be read, ValueError if it is no History's.
        """
        history = cls.__new__(cls)
        history._forget()
        history.step, history.groups, history.logged = read_history(path)
        return history

    def __repr__(self) -> str:
        parameters = sum(len(group.parameters) for group in self.groups)
        return f"<History of {self.step} steps: {len(self.groups)} groups, {parameters} parameters>"

    def _repr_html_(self) -> str:
        from ..notebook import history_html

        return history_html(self)


def name_of(group: dict[str, Any], place: int) -> str:
    """What the parameter at this place in a group is called: by its pair, by its module, or by the place."""
    names = group.get("param_names")
    return (names[place] if names else group["params"][place].name) or f"params[{place}]"


def numbers_of(group: dict[str, Any]) -> list[tuple[str, float]]:
    """A group's options that are numbers (switches are not), and what they are."""
    found: list[tuple[str, Any]] = []
    for option, value in group.items():
        if isinstance(value, tuple):
            found += [(f"{option}[{place}]", as_number(one)) for place, one in enumerate(value)]
        elif option not in ("params", "param_names"):
            found.append((option, as_number(value)))
    return [(option, float(n)) for option, n in found if isinstance(n, int | float) and not isinstance(n, bool)]


def norms_of(state: dict[str, Any]) -> list[tuple[str, float]]:
    """The norm of each of a parameter's buffers of state; of one that is a single number, that number."""
    found = []
    for key, value in state.items():
        array = getattr(value, "array", None)
        if array is not None and np.asarray(array).dtype.kind in "fiu":
            found.append((key, norm(array) if np.ndim(array) else float(array)))
    return found


def number_at(array: Any, index: tuple[int, ...]) -> float:
    return float(np.asarray(array)[index])


def norm(numbers: Any) -> float:
    """The root of the sum of squares, in double precision: float32 squares of small updates would vanish."""
    flat = np.asarray(numbers, dtype=np.float64).reshape(-1)
    return float(np.sqrt(flat @ flat))
