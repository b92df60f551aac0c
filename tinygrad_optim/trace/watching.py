"""watch(optimizer, "fc.bias"): keeps what the last steps did with a parameter, so that it can be told afterwards."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import Any

import numpy as np

from ..optim.optimizer import Optimizer
from .explain_finding import Spot, find_spot
from .explain_gradient import gradient_path, why_no_gradient
from .explain_twin import set_gradient, unrecorded
from .explanation import Capture, Explanation, captured, change_at, explained, numbers_at


class Watch:
    """What watch() returns: `explain(-1)` tells the last step. A context manager; remove() ends the watching."""

    def __init__(self, optimizer: Optimizer, spot: Spot, last: int) -> None:
        self.optimizer, self.spot = optimizer, spot
        self.kept: deque[tuple[int, Capture]] = deque(maxlen=last)
        self.steps = 0  # seen
        self.waiting: Capture | None = None
        self.handles = [
            optimizer.register_step_pre_hook(self.before),
            optimizer.register_step_post_hook(self.after),
        ]

    def before(self, optimizer: Any, args: Any, kwargs: Any) -> None:
        """A step is about to be taken: copy what it will read."""
        with unrecorded():
            here = find_spot(self.optimizer, self.spot.p)  # it may have been added to a group since
            self.waiting = captured(self.optimizer, replace(here, name=self.spot.name))

    def after(self, optimizer: Any, args: Any, kwargs: Any) -> None:
        """The step is over: copy what it made."""
        capture, self.waiting = self.waiting, None
        if capture is None:
            return
        if [one for one in (*args[1:], *kwargs.values()) if one is not None]:
            self.take_gradient(capture)
        capture.new = np.array(self.spot.p.array)
        capture.explanation.happened = True
        self.steps += 1
        self.kept.append((self.steps, capture))

    def take_gradient(self, capture: Capture) -> None:
        """The gradient that the step used is the one that its closure brought."""
        p, told = self.spot.p, capture.explanation
        path = gradient_path(p)
        told.gradient, told.walked = numbers_at(p.gradient), path.walked
        told.passages, told.more_passages = path.passages, path.more
        told.gradient_notes = ["the step's closure brought it"]
        if told.group is not None:
            told.moves, told.reasons = None, []
            if p.gradient is None:
                told.moves, told.reasons = False, [why_no_gradient(self.optimizer, p, path)]
        if capture.twin is not None:
            set_gradient(capture.twin.p, p.gradient)

    # ---- what was kept -------------------------------------------------------------------------------

    def __len__(self) -> int:
        """How many steps are kept."""
        return len(self.kept)

    def explain(self, which: int = -1, *, element: tuple[int, ...] | None = None) -> Explanation:
        """What a kept step did: -1 the last, -2 the one before it; as explain() tells the next one.

        IndexError if so many steps are not kept, and why.
        """
        if not -len(self.kept) <= which < len(self.kept):
            if not self.steps:
                raise IndexError(
                    f"no step was taken since {self.spot.name} is watched: step() was not called, or not this "
                    f"{type(self.optimizer).__name__}'s"
                )
            raise IndexError(f"step {which} is not kept: of {self.steps} steps seen the last {len(self.kept)} are")
        number, capture = self.kept[which]
        with unrecorded():
            told = explained(capture, element)
        told.notes.insert(0, f"this is step {number} of the {self.steps} taken since it is watched")
        return compared(told, capture)

    def remove(self) -> None:
        """Watch no more; what was kept stays."""
        for handle in self.handles:
            handle.remove()

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, *error: object) -> None:
        self.remove()

    def __repr__(self) -> str:
        return f"<Watch of {self.spot.name}: {len(self.kept)} of {self.steps} steps kept>"


def watch(optimizer: Optimizer, parameter: Any, last: int = 10) -> Watch:
    """Keep, at each of this optimizer's steps, what it read and made of one parameter: of the last `last` steps.

    parameter: its name, itself, or (group, place). Memory: `last` copies of the parameter, its gradient and state.
    Time: each step looks once through all living objects for the gradient's graph, some 20 ms; numbers stay the same.
    UnknownParameter (a KeyError) if there is none; ValueError if `last` is no whole number from 1 on.
    """
    if type(last) is not int or last < 1:
        raise ValueError(f"last must be a whole number of steps, at least 1, but it is {last!r:.80}")
    return Watch(optimizer, find_spot(optimizer, parameter), last)


def compared(told: Explanation, capture: Capture) -> Explanation:
    """Set what was found on copies beside what the step itself wrote; where nothing was tried, tell the latter."""
    old, new = np.asarray(capture.old), np.asarray(capture.new)
    told.moves, told.change = old.tobytes() != new.tobytes(), change_at(old, new)
    if capture.tried is not None:
        told.confirmed = capture.tried.tobytes() == new.tobytes()
    if told.confirmed is False:
        told.notes.append(
            "the step itself wrote other numbers than these lines do on copies: something besides the rule had a hand "
            "in it, such as a hook, a closure that changes parameters, or a step of another kind"
        )
    if told.moves:
        told.reasons = []
    elif not told.reasons:
        told.reasons = ["the step left it as it was"]
    return told
