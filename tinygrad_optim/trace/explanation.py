"""explain(optimizer, "fc.bias"): what the next step will do with a parameter, and why, before it does it.

The step is tried on a copy of the optimizer that holds copies alone, under a Recorder: what is told is what the
optimizer's own lines do. The equation is the rule run on symbols. Nothing of the optimizer, the model, the graph
or the random numbers changes.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..optim.optimizer import Optimizer
from ..value import Value
from .chapters import Option, Param, Update, plain
from .construct import default_in_words, in_words
from .explain_equation import Equation, equation_of
from .explain_finding import Spot, find_spot, name_in
from .explain_gradient import GradientPath, Passage, gradient_path, told_of_gradient, why_no_gradient
from .explain_twin import CannotTry, Twin, unrecorded
from .snapshot import ArrayAt, array_at

# What switches a part of a rule off. Momentum in Adam's kin is betas[0].
OFF: dict[str, Any] = {
    "weight_decay": 0.0, "momentum": 0.0, "dampening": 0.0, "nesterov": False, "amsgrad": False, "centered": False,
    "maximize": False, "lr_decay": 0.0, "lambd": 0.0,
}  # fmt: skip


@dataclass
class Without:
    """What the step would have been with one option off."""

    option: str
    off: Any
    change: ArrayAt | None  # None: with this option off the step cannot be taken
    differs: bool = True


@dataclass
class Explanation:
    """What a step does with one parameter. `str()` tells it; `to_dict()` gives it as JSON has it."""

    optimizer: str
    parameter: Param
    group: int | None  # None: it is in none
    place: int | None
    groups: int
    beside: list[str]  # the others of its group
    named_by: str
    options: list[Option] = field(default_factory=list)
    gradient: ArrayAt | float | None = None
    passages: list[Passage] = field(default_factory=list)
    more_passages: int = 0
    walked: bool | None = None  # whether backward() has been through the passages; None: that cannot be known
    gradient_notes: list[str] = field(default_factory=list)
    update: Update | None = None  # the rule's own lines, state, old and new, terms, proof
    change: ArrayAt | None = None  # in float64
    equation: Equation | None = None
    without: list[Without] = field(default_factory=list)
    moves: bool | None = None  # None: that cannot be told
    reasons: list[str] = field(default_factory=list)  # why it does not move
    notes: list[str] = field(default_factory=list)
    happened: bool = False  # whether this tells a step that was taken (see watch)
    confirmed: bool | None = None  # whether that step wrote what was found on copies, bit for bit

    def to_dict(self) -> dict[str, Any]:
        """In dicts, lists, texts and numbers."""
        found: dict[str, Any] = plain(self)
        return found

    def __str__(self) -> str:
        from .explain_text import page_of

        return page_of(self).plain()

    def _repr_html_(self) -> str:
        from .explain_text import as_html

        return as_html(self)


@dataclass
class Capture:
    """All that is needed to explain a step later: copies, and what only the moment knew."""

    explanation: Explanation
    twin: Twin | None
    path: GradientPath
    old: Any
    tried: Any = None  # after the step on copies
    new: Any = None  # after the step that was watched


def explain(
    optimizer: Optimizer, parameter: Any, *, loss: Any = None, element: tuple[int, ...] | None = None
) -> Explanation:
    """What the optimizer's next step will do with this parameter, with the gradient it has now; nothing changes.

    parameter: its name, itself, or (group, place). loss: where the gradient comes from, if nothing else tells.
    element: whose numbers the equation is shown with; if not given, the one that moves most.
    UnknownParameter (a KeyError) if the optimizer and its model have none of this name.
    """
    with unrecorded():
        return explained(captured(optimizer, find_spot(optimizer, parameter), loss), element)


def captured(optimizer: Optimizer, spot: Spot, loss: Any = None) -> Capture:
    """What a step will read, copied; and what is known of it now."""
    p, path = spot.p, gradient_path(spot.p, loss)
    shape, dtype = tuple(p.shape), "float" if isinstance(p, Value) else str(p.dtype)
    told = Explanation(
        type(optimizer).__name__, Param(spot.name, shape, dtype), spot.group, spot.place,
        len(optimizer.param_groups), [], "",
    )  # fmt: skip
    told.gradient = numbers_at(p.gradient)
    told.passages, told.more_passages, told.walked = path.passages, path.more, path.walked
    told.gradient_notes = told_of_gradient(optimizer, p, path)
    if spot.group is None or spot.place is None:
        told.moves, told.reasons = False, ["it is in no group of this optimizer: no step of it moves it"]
        return Capture(told, None, path, np.array(p.array))
    group = optimizer.param_groups[spot.group]
    same = [place for place, q in enumerate(group["params"]) if q is p]
    told.beside = [name_in(group, spot.group, i) for i in range(len(group["params"])) if i not in same]
    told.named_by = "as the optimizer was given it" if group.get("param_names") else "by its module" if p.name else ""
    told.options = options_of(optimizer, group)
    if len(same) > 1:
        told.notes.append(f"it is in this group {len(same)} times: each step moves it as often. Told is the first move")
    if p.gradient is None:
        told.moves, told.reasons = False, [why_no_gradient(optimizer, p, path)]
        if needs_closure(optimizer):
            told.moves = None
    try:
        return Capture(told, Twin(optimizer, p, group), path, np.array(p.array))
    except CannotTry as why:
        told.notes.append(str(why))
        return Capture(told, None, path, np.array(p.array))


def explained(capture: Capture, element: tuple[int, ...] | None = None) -> Explanation:
    """Try the captured step on copies, and tell it."""
    told, twin = capture.explanation, capture.twin
    told = replace(told, notes=list(told.notes), reasons=list(told.reasons))
    if twin is None or (twin.p.gradient is None and not needs_closure(twin.optimizer)):
        return told
    try:
        twin.check()
        tried = twin.again()
        told.update = tried.recorded_step()
        if told.update is None:
            told.notes.append("a debugger has this thread: the step was tried, but its lines could not be recorded")
        else:
            told.update.parameter, told.update.group = told.parameter, told.group or 0
    except CannotTry as why:
        told.moves = None
        told.notes.append(str(why))
        return told
    old, new = np.asarray(twin.p.array), np.asarray(tried.p.array)
    capture.tried, told.change = new, change_at(old, new)
    told.moves = old.tobytes() != new.tobytes()
    told.reasons = [] if told.moves else [why_unmoved(twin)]
    told.without = [one for one in map(twin_without(twin, new), offs_of(twin)) if one is not None]
    add_equation(told, twin, old, new, element)
    return told


def needs_closure(optimizer: Optimizer) -> bool:
    """Whether its step cannot do without a closure."""
    parameters = list(inspect.signature(type(optimizer).step).parameters.values())[1:]
    return any(one.default is one.empty and one.kind is one.POSITIONAL_OR_KEYWORD for one in parameters)


def numbers_at(numbers: Any) -> Any:
    """An array as a snapshot; a number as it is."""
    return array_at(numbers) if isinstance(numbers, np.ndarray) else numbers


def change_at(old: Any, new: Any) -> ArrayAt:
    with np.errstate(all="ignore"):
        return array_at(np.asarray(np.asarray(new, np.float64) - np.asarray(old, np.float64)))


def options_of(optimizer: Optimizer, group: Any) -> list[Option]:
    """The group's options, and in words where each came from."""
    kind = type(optimizer).__name__
    own = inspect.signature(type(optimizer).__init__).parameters
    found = []
    for name, value in group.items():
        if name in ("params", "param_names"):
            continue
        default = own[name].default if name in own else None
        is_own = type(default) in (int, float, bool, str, tuple, type(None)) and default == value and name in own
        array = getattr(value, "array", None)
        kept = array_at(array) if isinstance(array, np.ndarray) else value
        words = in_words(group.origin.get(name, "group"), default_in_words(kind, name, kept, is_own))
        found.append(Option(name, kept, words))
    return found


# ---- with parts of it off ----------------------------------------------------------------------------------


def offs_of(twin: Twin) -> list[tuple[str, dict[str, Any]]]:
    """(option, what to set) for each option of the group that is on and can be off."""
    group, found = twin.group, []
    for option, off in OFF.items():
        if is_on(group.get(option)):
            found.append((option, {option: off}))
    counterpart = getattr(type(twin.optimizer), "counterparts", {}).get("momentum", "")
    if counterpart.startswith("betas[0]") and group["betas"][0]:
        found.append(("betas[0]", {"betas": (0.0, *group["betas"][1:])}))
    return found


def is_on(value: Any) -> bool:
    number = getattr(value, "array", value)
    return isinstance(number, bool | int | float | np.ndarray) and bool(number)


def twin_without(twin: Twin, new: Any) -> Any:
    """A function that tries the step with an option off."""

    def tried(off: tuple[str, dict[str, Any]]) -> Without | None:
        option, options = off
        other = twin.again()
        for name, value in options.items():
            other.group.set(name, value, "off")
        shown = options.get(option, 0.0)
        try:
            other.step()
        except CannotTry:
            return Without(option, shown, None)
        numbers = np.asarray(other.p.array)
        return Without(option, shown, change_at(twin.p.array, numbers), numbers.tobytes() != new.tobytes())

    return tried


# ---- the equation, and why nothing moves -------------------------------------------------------------------


def add_equation(told: Explanation, twin: Twin, old: Any, new: Any, element: tuple[int, ...] | None) -> None:
    """The rule as an equation; or why there is none."""
    if twin.optimizer.rule is None:
        told.notes.append("it has no pure rule: the lines of its own step() are told, and there is no equation")
        return
    if not twin.optimizer.elementwise:
        told.notes.append("its rule is not elementwise: every element depends on all, so there is no equation of one")
        return
    place = element
    if place is None:
        with np.errstate(all="ignore"):
            far = np.abs(np.asarray(new, np.float64) - np.asarray(old, np.float64))
        place = tuple(int(i) for i in np.unravel_index(np.argmax(far), far.shape)) if far.size else None
    if place is None:
        told.notes.append("it has no elements")
        return
    try:
        fresh = twin.again()
        numbers = fresh.optimizer.options_of(fresh.group)
        _, before = fresh.optimizer.prepare(fresh.p, fresh.group, numbers)
        names = fresh.optimizer.rule.__code__.co_varnames
        arrays = dict(zip(names, [fresh.p.array, fresh.p.gradient, *before]))
        equation = equation_of(fresh.optimizer.rule, arrays, numbers, place)
    except IndexError:
        raise
    except Exception as error:
        told.notes.append(f"the rule could not be written as an equation ({type(error).__name__}: {error})")
        return
    told.equation = equation


def why_unmoved(twin: Twin) -> str:
    """Why a parameter with a gradient stays where it is."""
    lr = twin.group.get("lr")
    if lr is not None and not is_on(lr):
        return "its group's lr is 0"
    if not np.any(np.asarray(twin.p.gradient)):
        return "its gradient is zero, and nothing else in the rule moves it"
    return f"the update is so small that {np.asarray(twin.p.array).dtype} numbers of this size do not change by it"
