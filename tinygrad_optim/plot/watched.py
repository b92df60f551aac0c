"""What a History is asked to follow more closely than by norms: buffers of state, and single weights."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

MOST = 100  # parameters whose state, and weights whose life, one History follows


@dataclass
class Watch:
    """Which parameters' state to follow, and which weights of which parameter."""

    all_state: bool
    state: set[Any] = field(default_factory=set)
    weights: dict[Any, list[tuple[int, ...]]] = field(default_factory=dict)


def as_watch(watch: Any, state: bool, named: list[tuple[str, Any]]) -> Watch:
    """What is to be watched, found among the (name, parameter) pairs.

    TypeError, KeyError, IndexError or ValueError, naming what there is, for what cannot be.
    """
    if isinstance(watch, str) or not isinstance(watch, Iterable):
        raise TypeError(f"watch is a list of names and (name, index) pairs, but it is {type(watch).__name__} {watch!r}")
    found = Watch(bool(state))
    for one in watch:
        if isinstance(one, str):
            found.state.add(parameter_called(one, named))
        elif isinstance(one, tuple) and len(one) == 2 and isinstance(one[0], str):
            p = parameter_called(one[0], named)
            index = index_in(one[0], p, one[1])
            if index not in found.weights.setdefault(p, []):
                found.weights[p].append(index)
        else:
            raise TypeError(f"watch holds names and (name, index) pairs, but one is {type(one).__name__} {one!r:.80}")
    if state and len(named) > MOST:
        raise ValueError(
            f"state=True would follow the state of {len(named)} parameters, more than {MOST}: name the ones to follow "
            "in watch=[...]"
        )
    weights = sum(map(len, found.weights.values()))
    if weights > MOST:
        raise ValueError(f"watch follows at most {MOST} single weights, but {weights} were given")
    return found


def parameter_called(name: str, named: list[tuple[str, Any]]) -> Any:
    """The one parameter of this name. KeyError if there is none, or more than one."""
    found = [p for known, p in named if known == name]
    if not found:
        raise KeyError(f"no parameter is called {name!r}; there are {[known for known, _ in named]}")
    if len(found) > 1:
        raise KeyError(
            f"{len(found)} parameters are called {name!r}: give the optimizer (name, parameter) pairs to tell them "
            "apart"
        )
    return found[0]


def index_in(name: str, p: Any, index: Any) -> tuple[int, ...]:
    """The index of one element, as a tuple of numbers from 0 on. TypeError or IndexError if it is not one."""
    numbers = index if isinstance(index, tuple) else (index,)
    if not all(isinstance(one, int | np.integer) and not isinstance(one, bool) for one in numbers):
        raise TypeError(
            f"the index of one weight of {name!r} is a whole number or a tuple of them, but it is {index!r}"
        )
    shape = tuple(p.shape)
    if len(numbers) != len(shape):
        raise IndexError(f"{name!r} has shape {shape}: one weight takes {len(shape)} indices, but got {index!r}")
    for place, size in zip(numbers, shape):
        if not -size <= place < size:
            raise IndexError(f"index {index!r} is out of range for {name!r} of shape {shape}")
    return tuple(int(place) % size for place, size in zip(numbers, shape))
