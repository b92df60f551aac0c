"""The chapter on a step of a PyTorch optimizer, told by PyTorch's own lines.

Its `step` collects each group's parameters, gradients and state in lists (`_init_group`), and hands these to a
function that loops over them (`_single_tensor_sgd` and its like). The lines of that loop are cut where it takes up
the next parameter. A function that updates all parameters at once (`foreach`) is told once for the group.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .chapters import Option, Proof, Step, StepGroup, Update
from .construct import told_options
from .loops import loop_of
from .reading import Teller, first_argument, group_in, group_key, parameters_in, story_lines
from .recording import Call, Line, Place, place_of
from .snapshot import ABSENT, ContainerAt, ObjectAt, is_same, numbers_of

NO_PROOF = Proof(
    None, "not run again: this is PyTorch's step, which writes in place; the values are those of its lines"
)
TOGETHER = (
    "some lines update several parameters at once (foreach or fused): make the optimizer with foreach=False to see "
    "each parameter's own lines"
)

Happened = list[tuple[Call, Line]]


@dataclass
class Turn:
    """One group's turn: what ran in it, and the last that was seen of each tensor and of each parameter's state."""

    group: ContainerAt
    happened: Happened = field(default_factory=list)


def tell_torch_step(teller: Teller, call: Call) -> Step | None:
    """One step of a PyTorch optimizer; None if its own loops over the parameters tell it better."""
    turns = turns_of(call)
    optimizer = first_argument(call)
    chapter = Step(
        optimizer.type, program_place(call), [], token=optimizer.token, loop=loop_of(call, teller.recording.own)
    )
    for turn in turns:
        found = updating_call(turn)
        if found is None or found is call:
            return None
        number = teller.group_numbers.get(group_key(turn.group), len(chapter.groups))
        options = options_of(teller, turn.group, optimizer.token, number)
        chapter.groups.append(StepGroup(number, options, [], []))
        tell_turn(teller, chapter.groups[-1], turn, found, everything(call))
    return chapter


def options_of(teller: Teller, group: ContainerAt, optimizer: int, number: int) -> list[Option]:
    """The group's options; where each is from, if the making was recorded: PyTorch's groups do not keep that."""
    made = teller.constructs.get(optimizer)
    groups = [one for one in made.groups if one.number == number] if made else []
    known = {option.name: option for one in groups for option in one.options}
    options = told_options(teller, group, optimizer)
    for option in options:
        if option.name in known:
            same = is_same(option.value, known[option.name].value)
            option.origin = known[option.name].origin if same else "changed since"
    return options


def everything(call: Call) -> Happened:
    """Every line of a call and of those made from it, in the order in which they began."""
    found: Happened = []
    stack: list[tuple[Call, Line | None]] = [(call, None)]
    while stack:
        at, line = stack.pop()
        if line is None:
            stack.extend((at, one) for one in reversed(at.lines))
        else:
            found.append((at, line))
            stack.extend((inner, None) for inner in reversed(line.calls))
    return found


def turns_of(call: Call) -> list[Turn]:
    """The step cut where its loop takes up a group."""
    turns: list[Turn] = []
    loop, count = None, 0
    for at, line in everything(call):
        group = group_in(line) if line.plan.kind == "For" and at is call else None
        if group is not None and any(value is group for value in line.values("writes").values()):
            loop, count = loop or line.plan, count + 1
            if line.plan is loop and not (turns and group_key(turns[-1].group) == group_key(group)):
                turns.append(Turn(group))
                continue
        if turns:
            turns[-1].happened.append((at, line))
    return turns


def updating_call(turn: Turn) -> Call | None:
    """The call whose own lines change the group's parameters, or do what may change them; None if there is none."""
    tokens = {one.token for one in parameters_in(turn.group)}
    seen: dict[int, Any] = {}
    may: Call | None = None
    for at, line in turn.happened:
        if may is None and not line.calls and line.plan.kind != "For":
            may = at if any(is_one_of(value, list(tokens)) for value in line.values("writes").values()) else None
        for shelf in ("before", "reads", "writes"):
            for value in line.values(shelf).values():
                for one in tensors_in(value):
                    if one.token not in tokens or numbers_of(one) is None:
                        continue
                    if not line.calls and not is_same(seen.setdefault(one.token, one.array), one.array):
                        return at
    return may


def tensors_in(value: Any) -> Iterator[ObjectAt]:
    """The tensor that a value is, or those in a list."""
    for one in [held for _, held in value.items] if isinstance(value, ContainerAt) else [value]:
        if isinstance(one, ObjectAt) and one.kind in ("tensor", "parameter"):
            yield one


def tell_turn(teller: Teller, place: StepGroup, turn: Turn, updating: Call, whole: Happened) -> None:
    """The group's parameters: who moved, by which lines, and who stayed."""
    tokens = [one.token for one in parameters_in(turn.group)]
    sections = cut(updating.lines, tokens)
    gradients = gradients_in(turn, tokens)
    if not sections:
        add_note(teller, TOGETHER)
    for one in parameters_in(turn.group):
        gradient = gradients.get(one.token, ABSENT)
        parameter = teller.param(one)
        if gradient is None or gradient is ABSENT:
            place.idle.append(parameter)
            continue
        update = Update(parameter, place.number, gradient, [], updating.name, where(updating), proof=NO_PROOF)
        update.options = used(updating, place.options)
        lines = sections.get(one.token, [] if sections or place.updates else updating.lines)
        known = {name: value for line in lines[:1] for name, value in line.values("writes").items()}
        update.lines = story_lines(lines[1:] if sections else lines, updating.name, known)
        add_values(update, one.token, turn, whole)
        place.updates.append(update)


def add_note(teller: Teller, note: str) -> None:
    if note not in teller.recording.notes:
        teller.recording.notes.append(note)


def where(call: Call) -> str:
    """What stands in the place of a formula: whose lines these are."""
    if is_torch_file(call.code.co_filename):
        return f"PyTorch's own lines, in torch/{call.code.co_filename.replace(os.sep, '/').split('/torch/')[-1]}"
    return call.formula()


def is_torch_file(file: str) -> bool:
    return f"{os.sep}torch{os.sep}" in file


def program_place(call: Call) -> Place | None:
    """The program's own line that led to the step: outside PyTorch, whose wrappers stand round it."""
    for one in (call, *call.ancestors()):
        if one.outside is not None and not is_torch_file(one.outside[0].co_filename):
            return place_of(*one.outside)
        above = one.parent
        if above is not None and one.line is not None and not is_torch_file(above.code.co_filename):
            return Place(one.line.plan.file, one.line.plan.first, above.name, one.line.plan.text)
    return call.place()


def used(call: Call, options: list[Option]) -> list[Option]:
    """The group's options that were handed to the call."""
    names = {"beta1": "betas", "beta2": "betas"}
    handed = {names.get(name, name) for name in call.args}
    return [option for option in options if option.name in handed]


def cut(lines: list[Line], tokens: list[int]) -> dict[int, list[Line]]:
    """{parameter's token: the lines about it}, from the one by which a loop takes it up."""
    sections: dict[int, list[Line]] = {}
    current, loop = None, None
    for line in lines:
        if line.plan.kind == "For" and loop in (None, line.plan):
            taken = [value for value in line.values("writes").values() if is_one_of(value, tokens)]
            if taken:
                loop = line.plan
                if current == taken[0].token:  # the loop has come to its end: its variable is what it was
                    current = None
                    continue
                current = taken[0].token
                sections[current] = []
        if current is not None:
            sections[current].append(line)
    return sections


def is_one_of(value: Any, tokens: list[int]) -> bool:
    return isinstance(value, ObjectAt) and value.token in tokens


def gradients_in(turn: Turn, tokens: list[int]) -> dict[int, Any]:
    """{parameter's token: its gradient, None if it has none}, as the first line that looked saw it."""
    found: dict[int, Any] = {}
    at_work: dict[tuple[int, str], int] = {}  # (call, variable) -> the parameter in it
    for at, line in turn.happened:
        for name, value in line.values("reads").items():
            variable = name.removesuffix(".grad")
            if variable != name and (id(at), variable) in at_work:
                found.setdefault(at_work[id(at), variable], value.array if isinstance(value, ObjectAt) else value)
        for name, value in line.values("writes").items():
            if is_one_of(value, tokens):
                at_work[id(at), name] = value.token
    return found


def add_values(update: Update, token: int, turn: Turn, whole: Happened) -> None:
    """The parameter and its state, before and after: as the first lines saw them, and as the last ones left them."""
    first: dict[int, Any] = {}
    last: dict[int, Any] = {}
    kept_first: ContainerAt | None = None
    kept_last: ContainerAt | None = None
    in_turn = {id(line) for _, line in turn.happened}
    at_work: dict[tuple[int, str], int] = {}
    for at, line in whole:
        for shelf in ("before", "reads", "writes"):
            for name, value in line.values(shelf).items():
                if id(line) in in_turn:
                    for one in tensors_in(value):
                        if numbers_of(one) is not None:
                            first.setdefault(one.token, one.array)
                            last[one.token] = one.array
                if is_one_of(value, [token]):
                    at_work[id(at), name] = token
                elif isinstance(value, ObjectAt):
                    at_work.pop((id(at), name), None)
            for name, value in line.values(shelf).items():
                variable = name.partition(".state[")[2].removesuffix("]")
                if isinstance(value, ContainerAt) and at_work.get((id(at), variable)) == token:
                    kept_first, kept_last = kept_first or value, value
    update.old, update.new = first.get(token), last.get(token)
    update.state_before = state_of(kept_first, first)
    update.state_after = state_of(kept_last, last)
    old, new = numbers_of(update.old), numbers_of(update.new)
    if old is not None and new is not None:
        update.change = np.asarray(new, np.float64) - np.asarray(old, np.float64)


def state_of(kept: ContainerAt | None, seen: dict[int, Any]) -> dict[str, Any]:
    """A parameter's state by key, each tensor as it was seen."""
    found: dict[str, Any] = {}
    for key, one in kept.items if kept is not None else ():
        found[str(key)] = seen.get(one.token, one.array) if isinstance(one, ObjectAt) else one
    return found
