"""What a name held at a moment, as far as it was recorded: in the call looked at, or of a parameter by its name."""

from __future__ import annotations

import ast
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from .navigation import Moment
from .paths import ATTRIBUTE, KEY, Path, path_of
from .reader import is_plain_index
from .snapshot import ABSENT, ArrayAt, ContainerAt, ObjectAt, is_same
from .stepper_marks import Marks

TENSORS_OWN = ("array", "data", "gradient", "grad")


@dataclass
class Found:
    """A name's value when the moment's line began, and as the line left it if it changed it."""

    name: str
    value: Any
    seen: Moment | None = None  # the line that looked at it last; None: it is what the call was given, or is kept up
    after: Any = ABSENT


def find(marks: Marks, moment: Moment, name: str) -> Found | None:
    """What this name, or path such as group["lr"], held; None if nothing of it was recorded."""
    path = parsed(name)
    if path is None:  # 0.weight, as Sequential has it, is no expression of Python's
        return find_tensor(marks, moment, name.strip())
    value, seen = value_of(moment, path)
    after = moment.line.values("writes").get(path.text, ABSENT)
    if value is ABSENT and after is ABSENT:
        return find_tensor(marks, moment, name)
    changed = after is not ABSENT and not is_same(value, after)
    return Found(path.text, value, seen, after if changed else ABSENT)


def find_tensor(marks: Marks, moment: Moment, name: str) -> Found | None:
    """A parameter by its name, such as fc.bias, or its gradient as fc.bias.grad: followed through all changes."""
    tensor = name.removesuffix(".grad")
    if tensor not in marks.tensors:
        return None
    value = marks.numbers_of(name, moment.number)
    after = next((one.after for one in marks.changes.get(name, ()) if one.moment == moment.number), ABSENT)
    if value is ABSENT and after is ABSENT:
        return None
    return Found(name, value, None, after)


def parsed(name: str) -> Path | None:
    """A name as a path; None for what is more than a name with attributes and items."""
    try:
        return path_of(ast.parse(name.strip(), mode="eval").body)
    except (SyntaxError, ValueError):
        return None


def value_of(moment: Moment, path: Path) -> tuple[Any, Moment | None]:
    """The path's value when the moment's line began, and the line that saw it last."""
    for place in range(moment.place, -1, -1):
        line = moment.call.lines[place]
        seen = Moment(moment.number if place == moment.place else -1, moment.call, place)
        shelves = ("reads", "before") if place == moment.place else ("writes", "reads", "before")
        for shelf in shelves:
            values = line.values(shelf)
            if path.text in values:
                return values[path.text], seen
            begun = followed(moment, path, values)
            if begun is not ABSENT:
                return begun, seen
            if shelf == "writes" and path.root in values:  # bound anew: what was known of it before is over
                return ABSENT, None
    if path.text in moment.call.args:
        return moment.call.args[path.text], None
    return followed(moment, path, moment.call.args), None


def followed(moment: Moment, path: Path, values: dict[str, Any]) -> Any:
    """The rest of a path, followed into the recorded value of its beginning; ABSENT if that does not lead there."""
    text = path.root
    for count, step in enumerate(path.steps):
        if text in values:
            value = values[text]
            for one in path.steps[count:]:
                value = into(moment, value, one)
            if value is not ABSENT:
                return value
        text += (
            f".{step[1]}" if step[0] == ATTRIBUTE else f"[{step[1].text if isinstance(step[1], Path) else step[1]!r}]"
        )
    return ABSENT


def into(moment: Moment, value: Any, step: tuple[int, Any]) -> Any:
    """An attribute or item of a recorded value."""
    kind, key = step
    if kind == ATTRIBUTE:
        if isinstance(value, ObjectAt) and key in ("array", "data"):
            return ABSENT if value.array is None else value.array
        if isinstance(value, ObjectAt | ArrayAt) and key in ("shape", "name", "dtype"):
            held = value.array if isinstance(value, ObjectAt) and key == "dtype" else value
            return getattr(held, key, ABSENT)
        return ABSENT
    if kind != KEY:
        wanted, _ = value_of(moment, key)
        key = wanted.token if isinstance(wanted, ObjectAt) else wanted
    if isinstance(value, ContainerAt):
        tokens = {one.token: held for one, held in value.items if isinstance(one, ObjectAt)}
        return tokens[key] if kind != KEY and key in tokens else value.get(key, ABSENT)
    if isinstance(value, ObjectAt):
        value = value.array
    if isinstance(value, ArrayAt) and value.numbers is not None and not value.sampled and is_plain_index(key):
        with suppress(IndexError):
            return value.numbers[key]
    return ABSENT


def names_in(marks: Marks, moment: Moment) -> list[str]:
    """Every name of which something is known at this moment: those of the call, then the parameters'."""
    names = dict.fromkeys(moment.call.args)
    for line in moment.call.lines[: moment.place + 1]:
        for shelf in ("reads", "before", "writes"):
            names.update(dict.fromkeys(line.values(shelf)))
    gradients = [name for name in marks.changes if name.endswith(".grad")]
    return [*names, *(one for one in [*marks.tensors, *gradients] if one not in names)]
