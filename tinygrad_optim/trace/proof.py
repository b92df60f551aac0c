"""The rule run again: the proof that the lines shown make the new value, and what each option adds to it."""

from __future__ import annotations

import warnings
from types import CellType, FunctionType
from typing import Any

import numpy as np

from .chapters import Proof, Term
from .recording import Call
from .snapshot import ABSENT, ArrayAt, ContainerAt, ObjectAt, numbers_of, same_bits


class CannotReplay(Exception):
    """Why a call cannot be run again from what was recorded of it."""


def revived(value: Any) -> Any:
    """A recorded value as a rule takes it; of a large array, the sample."""
    if isinstance(value, ArrayAt) and value.numbers is not None:
        return value.numbers.copy("K")
    if isinstance(value, ContainerAt) and value.type in ("tuple", "list") and value.length == len(value.items):
        kept = [revived(one) for _, one in value.items]
        return tuple(kept) if value.type == "tuple" else kept
    if isinstance(value, ArrayAt | ContainerAt | ObjectAt) or value is ABSENT:
        raise CannotReplay(f"of a {getattr(value, 'type', 'value')} it was given, too little was kept")
    return value


def replay(call: Call, changes: dict[str, Any] | None = None) -> Any:
    """What the called function returns for the recorded arguments (some of them changed), on copies."""
    code = call.code
    positional, count = [], code.co_argcount
    keywords = {}
    for name, value in call.args.items():
        given = changes[name] if changes and name in changes else revived(value)
        if name in code.co_varnames[:count]:
            positional.append(given)
        else:
            keywords[name] = given
    closure = tuple(CellType(revived(value)) for value in call.cells) or None
    function = FunctionType(code, call.globals, call.name, None, closure)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function(*positional, **keywords)


def is_sampled(call: Call) -> bool:
    """Whether some array the function was given was kept as a sample only."""
    return any(isinstance(value, ArrayAt) and value.sampled for value in call.args.values())


def prove(call: Call, new: Any, elementwise: bool = True) -> Proof:
    """Run the rule again on what it was given, and compare with what it returned and with the new value."""
    sampled = is_sampled(call)
    if sampled and not elementwise:
        return Proof(None, "not run again: this rule is not elementwise, and of a large parameter a sample was kept")
    try:
        again = replay(call)
    except CannotReplay as why:
        return Proof(None, f"not run again: {why}")
    except Exception as error:
        return Proof(False, f"run again on the recorded inputs, the rule raised {error!r:.200}")
    returned, again = outcomes(call.result), again if isinstance(again, tuple) else (again,)
    matches = len(returned) == len(again) and all(same_outcome(a, b) for a, b in zip(returned, again))
    written = numbers_of(new)
    if written is not None:
        cast = np.asarray(again[0]).astype(np.asarray(written).dtype)
        matches = matches and same_bits(np.asarray(written), cast)
    what = f"{np.size(again[0])} sampled elements" if sampled else "every element"
    if matches:
        return Proof(True, f"run again on the recorded inputs, these lines give the new value bit for bit ({what})")
    return Proof(False, f"run again on the recorded inputs, these lines do not give the new value ({what})")


def outcomes(result: Any) -> list[Any]:
    """What a rule returned, one after the other."""
    if isinstance(result, ContainerAt) and result.type == "tuple":
        return [one for _, one in result.items]
    return list(result) if isinstance(result, tuple) else [result]


def same_outcome(recorded: Any, again: Any) -> bool:
    """Whether a recorded result is what came out again, bit for bit; None is None."""
    numbers = numbers_of(recorded)
    if numbers is None or again is None:
        return recorded is None and again is None
    return same_bits(np.asarray(numbers), np.asarray(again))


def change_of(call: Call, changes: dict[str, Any] | None = None, p: Any = None) -> np.ndarray[Any, Any] | None:
    """How far the rule moves the parameter with these changes to its arguments; None if that is not finite."""
    try:
        result = replay(call, changes)
        old = revived(call.args["p"]) if p is None else p
        new = result[0] if isinstance(result, tuple) else result
        moved = np.asarray(new, np.float64) - np.asarray(old, np.float64)
    except Exception:  # with an option at 0 a rule may not be able to run: then it has no such term
        return None
    return moved if np.isfinite(moved).all() else None


def terms_of(call: Call, options: list[str], elementwise: bool = True) -> list[Term]:
    """The update as a sum: what each option adds, found by running the rule with it at 0; the rest is the gradient's.

    One option after the other is taken out, so the shares add up to the change. An option that scales the
    whole step (a learning rate) is a factor, not a term.
    """
    whole = None if is_sampled(call) and not elementwise else change_of(call)
    if whole is None:
        return []
    terms: list[Term] = []
    taken_out: dict[str, Any] = {}
    left = whole
    for name, label, zeroed in reversed(zeros(call, options)):
        out = {**taken_out, name: zeroed(taken_out.get(name, revived(call.args[name])))}
        moved = change_of(call, out)
        if moved is None or scales(call, name, out[name]) or same_bits(moved, left):
            continue
        alone = change_of(call, {name: zeroed(revived(call.args[name]))})
        terms.append(Term(label, left - moved, alone))
        taken_out, left = out, moved
    return [Term("the gradient alone", left), *reversed(terms)]


def zeros(call: Call, options: list[str]) -> list[tuple[str, str, Any]]:
    """(argument, label, how to take it out) for each option that is a number other than 0, or holds such."""
    found: list[tuple[str, str, Any]] = []
    for name in options:
        value = call.args.get(name)
        if isinstance(value, tuple):
            places = [i for i, one in enumerate(value) if type(one) is float and one]
            found += [(name, f"{name}[{i}]", lambda old, i=i: (*old[:i], 0.0, *old[i + 1 :])) for i in places]
        elif type(value) in (int, float) and value:
            found.append((name, name, lambda old: 0.0))
    return found


def scales(call: Call, name: str, zeroed: Any) -> bool:
    """Whether nothing moves at all once this is 0, not even a parameter of ones by a gradient of ones."""
    ones = {key: np.ones_like(revived(call.args[key])) for key in ("p", "g")}
    moved = change_of(call, {**ones, name: zeroed}, p=ones["p"])
    return moved is not None and not moved.any()
