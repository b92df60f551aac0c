"""Groups that end empty: of a generator that had been used up, or of a name filter that matched nothing."""

from __future__ import annotations

import ast
import linecache
import sys
import weakref
from difflib import get_close_matches
from typing import Any

from .places import Place, calling_place
from .registration_facts import known_of, roots_of
from .source_search import SourceLine, dotted, found_in_program, running_files
from .speaking import speak

EMPTY: list[tuple[weakref.ref[Any], int, Place, list[str]]] = []  # (optimizer, which group, line, files then running)


def look_at_group(optimizer: Any, group: Any) -> None:
    """A group without parameters has been added."""
    if group["params"]:
        return
    number = len(optimizer.param_groups) - 1
    if was_used_up(optimizer):
        speak(
            "generator-used-twice",
            f"group {number} has no parameters: the generator it was given had been used up before, as a generator can "
            "be gone through once. What this group should hold is not trained with its options. Call parameters() "
            "anew for each use, or keep list(net.parameters()).",
        )
    else:
        EMPTY.append((weakref.ref(optimizer), number, calling_place(), running_files()))


def was_used_up(optimizer: Any) -> bool:
    """Whether the empty group's params were an iterator that something else holds too: so it was used before."""
    frame: Any = sys._getframe(1)
    while frame is not None and not (frame.f_code.co_name == "add_param_group" and "param_group" in frame.f_locals):
        frame = frame.f_back
    if frame is None or sys.gettrace() is not None:  # a debugger holds on to what it has shown
        return False
    given = frame.f_locals["param_group"].get("params")
    if not hasattr(given, "__next__") or has_filter_for_nothing(given, optimizer):
        return False
    return sys.getrefcount(given) > 3  # the group's dict, `given`, and the call's argument hold it in any case


def has_filter_for_nothing(given: Any, optimizer: Any) -> bool:
    """Whether a generator expression asks for a string that no name has, of those that are known yet."""
    code = getattr(given, "gi_code", None)
    if code is None or code.co_name != "<genexpr>":
        return False
    names = names_of(optimizer)
    asked = [text for line, text, _ in filters_in(code.co_filename) if line == code.co_firstlineno]
    return any(not any(text in name for name in names) for text in asked)


def names_of(optimizer: Any) -> list[str]:
    """The names of all parameters of the models that an optimizer has parts of."""
    return [name for root in roots_of(known_of(optimizer)) for name, _ in root.named_parameters()]


def look_at_filters(optimizer: Any) -> None:
    """A step is about to be made: by now all of the model's names are known, and what a filter asked for."""
    for entry in list(EMPTY):
        reference, number, place, files = entry
        if reference() is optimizer or reference() is None:
            EMPTY.remove(entry)
        if reference() is optimizer:
            look_for_filter(number, place, files, names_of(optimizer))


def look_for_filter(number: int, place: Place, files: list[str], names: list[str]) -> None:
    """Which filter of the running files asks for a name that no parameter has."""
    for file in files if names else ():
        for line, asked, path in filters_in(file):
            if any(asked in name for name in names) or is_of_another(path, file, names):
                continue
            so = f"group {number} (made at {place.describe()}) has no parameters, and its options act on nothing"
            tell(asked, names, so, SourceLine(file, line))
            return


def tell(asked: str, names: list[str], so: str, place: SourceLine) -> None:
    """Say that no name has the string that was asked for, what follows, and which names there are."""
    near = get_close_matches(asked, {part for name in names for part in (name, *name.split("."))}, 1, 0.5)
    hint = f" Was {near[0]!r} meant?" if near else ""
    speak(
        "filter-matched-nothing",
        f"no parameter has {asked!r} in its name: {so}. The names are {', '.join(names[:4])}"
        f"{', ...' if len(names) > 4 else ''}.{hint}",
        place,
    )


def is_of_another(path: list[str], file: str, names: list[str]) -> bool:
    """Whether what a filter goes over is known, and has none of these names: it is of another model."""
    module: Any = found_in_program(path, file) if path else None
    return hasattr(module, "named_parameters") and not any(name in names for name, _ in module.named_parameters())


def filters_in(file: str) -> list[tuple[int, str, list[str]]]:
    """(line, string, what is gone over) of each condition in a file that asks for a string in a parameter's name."""
    try:
        tree = ast.parse("".join(linecache.getlines(file)))
    except (SyntaxError, ValueError):
        return []
    found: list[tuple[int, str, list[str]]] = []
    for part in ast.walk(tree):
        if isinstance(part, ast.comprehension):
            conditions = part.ifs
        elif isinstance(part, ast.For):
            conditions = [inner.test for inner in ast.walk(part) if isinstance(inner, ast.If)]
        else:
            continue
        for condition in conditions:
            found += [(*asked, looped_over(part.iter)) for asked in asked_of(name_in(part.target), condition)]
    return found


def looped_over(source: ast.expr) -> list[str]:
    """The dotted name of whose named_parameters() are gone over; [] if it cannot be known."""
    call = source.func if isinstance(source, ast.Call) else None
    return dotted(call.value) if isinstance(call, ast.Attribute) and call.attr == "named_parameters" else []


def name_in(target: Any) -> str | None:
    """Of `for name, p in ...`, what the name is called."""
    if isinstance(target, ast.Tuple) and len(target.elts) == 2 and isinstance(target.elts[0], ast.Name):
        return target.elts[0].id
    return None


def asked_of(name: str | None, condition: Any) -> list[tuple[int, str]]:
    """The strings that must be in a name: `"bias" in name`, name.startswith("fc"), name == "fc.bias"."""
    if isinstance(condition, ast.BoolOp) and isinstance(condition.op, ast.And):
        return [one for part in condition.values for one in asked_of(name, part)]
    text: Any = None
    if isinstance(condition, ast.Compare) and len(condition.ops) == 1:
        left, right = condition.left, condition.comparators[0]
        if isinstance(condition.ops[0], ast.In) and is_name(right, name):
            text = left
        elif isinstance(condition.ops[0], ast.Eq) and is_name(left, name):
            text = right
    elif isinstance(condition, ast.Call) and isinstance(condition.func, ast.Attribute) and condition.args:
        asks = condition.func.attr in ("startswith", "endswith") and is_name(condition.func.value, name)
        text = condition.args[0] if asks else None
    if isinstance(text, ast.Constant) and isinstance(text.value, str):
        return [(condition.lineno, text.value)]
    return []


def is_name(part: Any, name: str | None) -> bool:
    """Whether a part of an expression is this name alone."""
    return name is not None and isinstance(part, ast.Name) and part.id == name


LOOKS: dict[str, list[Any]] = {"group_added": [look_at_group]}
