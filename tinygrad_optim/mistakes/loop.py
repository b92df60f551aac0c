"""Mistakes in the order of the loop: zero_grad, backward, clip, step."""

from __future__ import annotations

import math
import weakref
from bisect import bisect_left
from typing import Any

import numpy as np

from ..value import Value
from .facts import FACTS, Facts, facts_of
from .names import described
from .places import calling_place
from .speaking import speak

LOGGING = 1e6  # a most this large clips nothing: the gradients' length is wanted


def added_to_used(arrived: dict[Any, Any]) -> None:
    """A walk adds to gradients that a step has used. The next step tells whether they count again."""
    for facts in list(FACTS.values()):
        witness = facts.witness
        if witness is None or witness.array is None or witness.parameter not in arrived:
            continue
        more = arrived[witness.parameter]
        if isinstance(more, np.ndarray | np.generic) and witness.holds():
            g = witness.parameter.gradient
            witness.added = witness.added or calling_place()
            witness.number = (g.flat[witness.index] + more.flat[witness.index]).item()
        else:
            facts.witness = None  # it was cleared, or is another by now


def added_to_used_values(order: list[Any]) -> None:
    """The same of Values, whose gradients are added to in the walk itself."""
    if not isinstance(order[0], Value):
        return
    for facts in list(FACTS.values()):
        witness, values = facts.witness, [p for p in facts.parameters if isinstance(p, Value)]
        if witness is not None and witness.array is None and stands_in(order, witness.parameter):
            if witness.added is None and witness.holds():
                witness.added = calling_place()
            elif witness.added is None or not witness.parameter.grad:
                facts.witness = None
        if any(stands_in(order, p) for p in values):
            facts.deliveries += 1
            facts.delivery_place = calling_place()


def stands_in(order: list[Any], value: Any) -> bool:
    """Whether a Value is among these, the youngest of which is the first."""
    place = bisect_left(order, -value.number, key=lambda other: -other.number) if value is not None else len(order)
    return place < len(order) and order[place] is value


def no_zero_grad(optimizer: Any) -> None:
    """A step uses gradients a second time: they were added to, and not cleared, since an earlier step used them."""
    facts = facts_of(optimizer)
    witness = facts.witness
    if witness is None or witness.added is None or facts.step_place is None:
        return
    if witness.array is None or witness.holds():
        speak(
            "no-zero-grad",
            f"backward() adds to gradients that have been used already: those of {described(witness.parameter)} among "
            f"them went into the step at {facts.step_place.describe()}, and count again in this one. Write "
            "optimizer.zero_grad() between the two.",
            witness.added,
        )


def clip_after_step(parameters: list[Any], most: float) -> None:
    """Gradients are clipped that a step has used already: it used them unclipped."""
    clipped = {id(p) for p in parameters if p.gradient is not None}
    used: Facts | None = None
    for facts in list(FACTS.values()):
        witness = facts.witness
        if witness is not None and witness.added is not None and witness.holds():
            witness.sure = True  # clipping is about to change the number
        own = [p for p in facts.parameters if id(p) in clipped]
        if own and (facts.deliveries or witness is None or not witness.holds()):
            return  # some wait for their step
        used = facts if own else used
    if used is not None and used.step_place is not None and float(most) < LOGGING:
        speak(
            "clip-after-step",
            f"the gradients clipped here were used already, by the step at {used.step_place.describe()}, as large as "
            "they were: clipping them now changes nothing. Write it between loss.backward() and optimizer.step().",
        )


def nonfinite_gradient(optimizer: Any) -> None:
    """A gradient that is NaN or infinite is about to be written into a weight, which will not recover.

    One dot product a parameter tells; it also tells which is the first gradient that is not all 0.
    """
    facts = facts_of(optimizer)
    facts.using = None
    for p in facts.parameters:
        g = p.gradient
        if g is None:
            continue
        size = squared(g) if isinstance(g, np.ndarray) else g * g
        if facts.using is None and size != 0:
            facts.using = weakref.ref(p)
        if not size < math.inf and not np.isfinite(g).all():  # the square may be infinite where the gradient is not
            tell_nonfinite(facts, p, np.asarray(g))
            return


def squared(g: Any) -> Any:
    """The squared length of a gradient, or something that is 0 and finite when that is."""
    if g.dtype.char not in "fd":
        return float(abs(g).max()) if g.size else 0.0
    flat = g if g.ndim == 1 else g.ravel()
    return flat.dot(flat)


def tell_nonfinite(facts: Facts, p: Any, g: Any) -> None:
    """Which parameter's gradient it is, how much of it, and who brought it."""
    wrong, kind = int(g.size - np.isfinite(g).sum()), "NaN" if np.isnan(g).any() else "infinite"
    share = f"{wrong} of the {g.size} numbers in the gradient" if g.size > 1 else "the gradient"
    brought = f", brought by backward() at {facts.delivery_place.describe()}," if facts.delivery_place else ""
    speak(
        "nonfinite-gradient",
        f"{share} of {described(p)}{brought} {'are' if wrong > 1 else 'is'} {kind}: this step writes them into the "
        "weights, and what is computed from those is lost from then on. Find the line that makes the first one with "
        "torch.autograd.set_detect_anomaly(True), or skip such a step.",
    )


LOOKS: dict[str, list[Any]] = {
    "walk": [added_to_used_values],
    "delivery": [added_to_used],
    "clip": [clip_after_step],
    "step": [nonfinite_gradient, no_zero_grad],
}
