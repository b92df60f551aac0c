"""The chapter on a step: group by group, parameter by parameter, line by line.

Any `step` can be told. Its lines are cut where a loop takes up a parameter group, and where one takes up a
parameter of that group. If a call of the optimizer's rule is among the lines, the rule's lines are the story;
a step without a rule is told by its own.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .chapters import Option, Step, StepGroup, Update
from .construct import told_options
from .lens import is_torch_optimizer
from .loops import loop_of
from .proof import prove, terms_of
from .reader import find_in_class
from .reading import Teller, first_argument, group_in, group_key, lines_of, parameters_in, story_lines
from .recording import Call, Line
from .snapshot import ABSENT, ContainerAt, ObjectAt, is_same, numbers_of


def is_step(call: Call) -> bool:
    """Whether this is an optimizer's step at work (not one that only hands on to another, for its hooks)."""
    if call.name != "step" or call.owner is None:
        return False
    return not any(one.name == "step" and one.owner is call.owner for one in call.all_calls() if one is not call)


def rule_of(call: Call) -> Any:
    """The rule that this optimizer's class has, as a function; None if it has none."""
    rule = find_in_class(call.owner, "rule")
    return getattr(rule, "__func__", rule)


def tell_step(teller: Teller, call: Call) -> Step:
    """One step: its groups, and in each the parameters' updates."""
    if is_torch_optimizer(call.owner):
        from .lens_steps import tell_torch_step

        told = tell_torch_step(teller, call)
        if told is not None:
            return told
    optimizer = first_argument(call)
    chapter = Step(optimizer.type, call.place(), [], token=optimizer.token, loop=loop_of(call, teller.recording.own))
    group: ContainerAt | None = None
    section: Section | None = None
    for line in call.lines:
        found = group_in(line) if line.plan.kind == "For" else None
        taken_up = found is not None and any(value is found for value in line.values("writes").values())
        if section is not None and (taken_up or line.plan is section.lines[0].plan):
            finish(teller, chapter, section, line)
            section = None
        if taken_up and found is not None:
            if not more(line):
                continue
            group = found
            number = teller.group_numbers.get(group_key(group), len(chapter.groups))
            if not chapter.groups or chapter.groups[-1].number != number:
                chapter.groups.append(StepGroup(number, told_options(teller, group, optimizer.token), [], []))
            continue
        p = parameter_in(line, group)
        if p is not None and group is not None:
            section = Section(call, group, p)
        if section is not None:
            section.lines.append(line)
    if section is not None:
        finish(teller, chapter, section, None)
    return chapter


def more(line: Line) -> bool:
    """Whether a loop's line took up something new, rather than coming to its end."""
    before, after = line.values("before"), line.values("writes")
    return any(not is_same(before.get(name, ABSENT), value) for name, value in after.items())


def parameter_in(line: Line, group: ContainerAt | None) -> tuple[str, ObjectAt] | None:
    """(variable, parameter) if this loop's line has just taken up a parameter of the group."""
    if line.plan.kind != "For" or group is None:
        return None
    tokens = [one.token for one in parameters_in(group)]
    for name, value in line.values("writes").items():
        if isinstance(value, ObjectAt) and value.token in tokens and "[" not in name:
            before = line.values("before").get(name)
            same = isinstance(before, ObjectAt) and before.token == value.token
            if not same or tokens.count(value.token) > 1:
                return name, value
    return None


class Section:
    """The lines of a step that are about one parameter."""

    def __init__(self, call: Call, group: ContainerAt, taken: tuple[str, ObjectAt]) -> None:
        self.call, self.group = call, group
        self.variable, self.p = taken
        self.lines: list[Line] = []

    def kept(self, line: Line, shelf: str) -> dict[str, Any]:
        """What the optimizer's state held for the parameter, as this loop's line saw it."""
        for name, value in line.values(shelf).items():
            if name.endswith(f".state[{self.variable}]") and isinstance(value, ContainerAt):
                return {str(key): one.array if isinstance(one, ObjectAt) else one for key, one in value.items}
        return {}

    def gradient(self) -> Any:
        """The parameter's gradient, from the first line that looked at it."""
        for line in self.lines:
            for ending in (".gradient", ".grad"):
                found = line.values("reads").get(self.variable + ending, ABSENT)
                if found is not ABSENT:
                    return found
        return ABSENT

    def rule_call(self) -> Call | None:
        rule = rule_of(self.call)
        return next((one for line in self.lines for one in line.calls if one.runs(rule)), None)

    def outcome(self, ending: Line | None) -> Any:
        """The parameter after its turn: as the loop last saw it, or as a line last wrote it."""
        if ending is not None:
            last = ending.values("before").get(self.variable)
            if isinstance(last, ObjectAt) and last.token == self.p.token:
                return last
        found: Any = self.p
        for line in self.lines:
            found = next(
                (
                    one
                    for one in line.values("writes").values()
                    if isinstance(one, ObjectAt) and one.token == self.p.token
                ),
                found,
            )
        return found

    def state_after(self, ending: Line | None) -> dict[str, Any]:
        if ending is not None and (kept := self.kept(ending, "before")):
            return kept
        for line in reversed(self.lines[1:]):
            if kept := self.kept(line, "writes"):
                return kept
        return self.kept(self.lines[0], "writes")


def finish(teller: Teller, chapter: Step, section: Section, ending: Line | None) -> None:
    """Write down what became of one parameter."""
    place = chapter.groups[-1]
    parameter, gradient = teller.param(section.p), section.gradient()
    if gradient is None:
        place.idle.append(parameter)
        return
    new = section.outcome(ending)
    update = Update(parameter, place.number, gradient, teller.arrivals.get(section.p.token, []))
    update.lines = story_lines(section.lines[1:], section.call.name, {section.variable: section.p})
    update.state_before, update.state_after = section.kept(section.lines[0], "writes"), section.state_after(ending)
    update.old, update.new = section.p.array, new.array if isinstance(new, ObjectAt) else new
    old_numbers, new_numbers = numbers_of(update.old), numbers_of(update.new)
    if old_numbers is not None and new_numbers is not None:
        update.change = np.asarray(new_numbers, np.float64) - np.asarray(old_numbers, np.float64)
    call = section.rule_call()
    if call is None:
        update.options = used_options(section, place.options)
    else:
        tell_rule(update, call, place.options, find_in_class(section.call.owner, "elementwise") is not False)
    place.updates.append(update)


def tell_rule(update: Update, call: Call, options: list[Option], elementwise: bool) -> None:
    """Where a rule made the new value: its lines, the options it used, the update as a sum, and the proof."""
    update.around, update.lines = update.lines, lines_of(call)
    update.rule, update.formula = call.name, call.formula()
    update.gradient = call.args.get("g", update.gradient)
    named = {option.name: option for option in options}
    numbers = [name for name in call.args if name in call.code.co_varnames[call.code.co_argcount :]]
    for name in numbers:
        origin = named[name].origin if name in named else "kept in the state"
        update.options.append(Option(name, call.args[name], origin))
    update.terms = terms_of(call, [name for name in numbers if name in named], elementwise)
    if update.terms and update.change is not None:
        total = sum(term.share for term in update.terms)
        update.adds_up = float(np.max(np.abs(total - update.change), initial=0.0))
    update.proof = prove(call, update.new, elementwise)


def used_options(section: Section, options: list[Option]) -> list[Option]:
    """The group's options that the lines of a step without a rule read, there or earlier in the call."""
    texts = {name for line in section.call.lines for name in line.values("reads")}
    return [one for one in options if any(text.endswith((f"['{one.name}']", f'["{one.name}"]')) for text in texts)]
