"""Parameters that two optimizers move, and frozen ones that still move."""

from __future__ import annotations

import weakref
from typing import Any, NamedTuple

import numpy as np

from .places import Place, calling_place
from .registration_facts import KNOWN, Known
from .speaking import MANNER, speak


class Turn(NamedTuple):
    """A step of one of two: whose, at which line, by which gradient (weakly, and one number of it)."""

    who: int
    place: Place
    gradient: Any
    number: float
    again: bool  # whether the other has stepped by that very gradient before


class Pair:
    """Two optimizers that have a parameter in common, and their last steps, in order."""

    def __init__(self, one: Any, other: Any, shared: Any) -> None:
        self.optimizers = weakref.ref(one), weakref.ref(other)
        self.shared = weakref.ref(shared)
        self.turns: list[Turn] = []
        self.told = False

    def is_of(self, one: Any, other: Any) -> bool:
        """Whether the pair is of these two."""
        return self.optimizers[0]() is one and self.optimizers[1]() is other


PAIRS: list[Pair] = []


def look_for_sharing(optimizer: Any, group: Any) -> None:
    """A group was added: has another living optimizer a parameter of it?"""
    PAIRS[:] = [pair for pair in PAIRS if all(reference() is not None for reference in pair.optimizers)]
    mine = {id(p): p for p in group["params"]}
    for known in list(KNOWN.values()):
        other = known.optimizer()
        shared = [p for p in known.parameters if id(p) in mine] if other is not optimizer else []
        if shared and not any(pair.is_of(other, optimizer) for pair in PAIRS):
            PAIRS.append(Pair(other, optimizer, shared[0]))


def look_at_turns(optimizer: Any) -> None:
    """Two optimizers that step in turn on one parameter, by one gradient, move it twice.

    One that takes over from another, for a second phase, does not step in turn with it; and two losses, each with
    an optimizer of its own, bring gradients of their own.
    """
    for pair in PAIRS:
        first, second = pair.optimizers[0](), pair.optimizers[1]()
        if pair.told or (optimizer is not first and optimizer is not second):
            continue
        p = pair.shared()
        if p is None or not isinstance(p.gradient, np.ndarray) or not p.gradient.size:
            continue
        turn = turn_of(int(optimizer is second), p.gradient, pair.turns)
        pair.turns = [*pair.turns[-3:], turn]
        in_turn = [one.who for one in pair.turns] in ([0, 1, 0, 1], [1, 0, 1, 0])
        if in_turn and turn.again and pair.turns[1].again:
            kinds = [type(one).__name__ for one in (first, second)]
            pair.told = not MANNER.strict
            speak(
                "parameter-in-two-optimizers",
                f"{p.described()} is in two optimizers that step in turn: {kinds[1 - turn.who]} (at "
                f"{pair.turns[2].place.describe()}) and {kinds[turn.who]} here, by the same gradient. It is moved "
                "twice, and each goes by its own memory of the gradients. Give each parameter to one optimizer; for "
                "options of its own, to a group of its own.",
            )


def turn_of(who: int, gradient: Any, turns: list[Turn]) -> Turn:
    """A step that is about to be made by this gradient."""
    number = gradient.flat[0].item()
    again = bool(turns) and turns[-1].who != who and turns[-1].gradient() is gradient and turns[-1].number == number
    return Turn(who, calling_place(), weakref.ref(gradient), number, again)


def look_at_frozen(optimizer: Any, known: Known, p: Any) -> None:
    """requires_grad=False stops new gradients; a step moves whatever has a gradient, be it old or 0.

    One that is frozen between backward() and step() moves once more, which is no mistake: the next step tells.
    """
    before = known.frozen.get(id(p))
    known.frozen[id(p)] = known.steps
    if before != known.steps - 1 or id(p) not in known.trainable:
        return
    reasons = why_it_moves(optimizer, p)
    if reasons:
        speak(
            "frozen-parameter-moves",
            f"{p.described()} has requires_grad=False, and this step moves it all the same: {' and '.join(reasons)}. A "
            "step passes over a parameter only if its gradient is None. Set p.grad = None when you freeze it, or take "
            "it out of the group.",
        )


def why_it_moves(optimizer: Any, p: Any) -> list[str]:
    """What moves a parameter of which no new gradient comes."""
    for group in optimizer.param_groups:
        if any(one is p for one in group["params"]):
            break
    else:
        return []
    reasons = []
    if np.any(p.gradient):
        reasons.append("it still has the gradient of an earlier backward()")
    if group.get("weight_decay"):
        reasons.append(f"weight_decay={group['weight_decay']} draws it to 0")
    state = optimizer.state.get(p, {})
    for key in ("momentum_buffer", "exp_avg"):
        if key in state and np.any(state[key].array):
            reasons.append(f"its {key} goes on")
    return reasons


LOOKS: dict[str, list[Any]] = {"group_added": [look_for_sharing]}
