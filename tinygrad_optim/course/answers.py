"""What the learner's process may answer: whoever writes anything else in its name is found out here."""

from __future__ import annotations

from typing import Any

RAISED = {
    "type": str,
    "message": str,
    "lines": [(int, str, str)],
    "own": bool,
    "unwritten": bool,
    "ends": bool,
}
NO_PYTHON = {"type": str, "message": {str, None}, "line": int, "column": {int, None}, "text": {str, None}}
ODD = {"type": str, "module": str, "place": str, "shown": str}
TOO_MUCH = {"type": str, "place": str, "says": str, "shown": str}
ROW = "a row of a slice"
# A type stands for itself, [x] for a list of such, (x, y) for one of each; the alternatives of a key are in a list.
FORMS: dict[str, list[Any]] = {
    "started": [bool],
    "ready": [bool],
    "value": [object],
    "missing": [str],
    "broken": [RAISED, NO_PYTHON],
    "odd": [ODD, TOO_MUCH],
    "raised": [RAISED],
    "slice": [{}, {"lines": [ROW], "returned": str}],
}


def is_an_answer(answer: Any) -> bool:
    """Whether this has the form of one of child's answers."""
    if type(answer) is not dict or len(answer) != 1:
        return False
    ((key, held),) = answer.items()
    return any(fits(held, form) for form in (FORMS.get(key, []) if type(key) is str else []))


def fits(value: Any, form: Any) -> bool:
    """Whether a value has this form."""
    if form is ROW:
        if type(value) is not list or len(value) != 5:
            return False
        return all(fits(one, kind) for one, kind in zip(value, (int, int, str, [str], bool)))
    if isinstance(form, set):
        return any(value is None if kind is None else type(value) is kind for kind in form)
    if isinstance(form, list):
        return type(value) is list and all(fits(one, form[0]) for one in value)
    if isinstance(form, tuple):
        return type(value) is tuple and len(value) == len(form) and all(map(fits, value, form))
    if isinstance(form, dict):
        return type(value) is dict and value.keys() == form.keys() and all(fits(value[key], form[key]) for key in form)
    return form is object or type(value) is form
