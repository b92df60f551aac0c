"""A History as a file: JSON, which keeps its structure, or CSV, one number a row, for a spreadsheet or pandas.

Both give back exactly what was saved: Python writes a float so that reading it gives the same bits. JSON knows
no nan and no infinity; they are written as the strings "nan", "inf" and "-inf".
"""

from __future__ import annotations

import csv
import io
import json
import math
import os
from pathlib import Path
from typing import Any

from ..saving import written_whole
from .records import GroupHistory, ParameterHistory, Series, WeightHistory

FORMAT = "tinygrad_optim History 1"
NORMS = ("weight_norm", "update_norm", "gradient_norm")
LIFE = ("value", "update", "gradient")
COLUMNS = ["kind", "group", "place", "parameter", "index", "quantity", "step", "value"]
Content = tuple[int, list[GroupHistory], dict[str, Series]]  # the number of steps, the groups, what was logged


def write_history(history: Any, path: str | os.PathLike[str]) -> Path:
    """Save to a .json or .csv file, whole or not at all.

    ValueError for another ending, or for a name that cannot be written: half a surrogate pair, in CSV.
    """
    content = (history.step, history.groups, history.logged)
    if ending(path) == ".json":
        raw = as_json(*content).encode("utf-8", "backslashreplace")  # which writes it as JSON does: \ud800
    else:
        raw = as_csv(*content).encode("utf-8")
    with written_whole(path) as file:
        file.write(raw)
    return Path(path)


def read_history(path: str | os.PathLike[str]) -> Content:
    """What write_history wrote. OSError if it cannot be read, ValueError if it is something else."""
    parse = {".json": from_json, ".csv": from_csv}[ending(path)]
    raw = Path(path).read_bytes()
    try:
        return parse(raw.decode("utf-8"))
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise ValueError(
            f"{os.fspath(path)!r} is no History, or it is damaged ({type(error).__name__}: {error}): "
            "give a file that History.save wrote"
        ) from error


def ending(path: str | os.PathLike[str]) -> str:
    found = Path(path).suffix.lower()
    if found not in (".json", ".csv"):
        raise ValueError(f"a History is saved as .json or .csv, but the file is to be called {os.fspath(path)!r}")
    return found


# ---- JSON ------------------------------------------------------------------------------------------------


def as_json(step: int, groups: list[GroupHistory], logged: dict[str, Series]) -> str:
    """One JSON object."""
    told = {
        "format": FORMAT,
        "step": step,
        "logged": {name: series_out(series) for name, series in logged.items()},
        "groups": [
            {
                "number": group.number,
                "options": {name: series_out(series) for name, series in group.options.items()},
                "parameters": [parameter_out(p) for p in group.parameters],
            }
            for group in groups
        ],
    }
    return json.dumps(told, allow_nan=False, ensure_ascii=False, separators=(",", ":")) + "\n"


def parameter_out(p: ParameterHistory) -> dict[str, Any]:
    return {
        "name": p.name,
        "shape": list(p.shape),
        **{key: series_out(getattr(p, key)) for key in NORMS},
        "state": {key: series_out(series) for key, series in p.state.items()},
        "weights": [
            {"index": list(weight.index), **{key: series_out(getattr(weight, key)) for key in LIFE}}
            for weight in p.weights
        ],
    }


def series_out(series: Series) -> list[Any]:
    """[steps, values]; of steps that follow one another only the first."""
    steps: Any = series.steps
    if steps and steps == list(range(steps[0], steps[0] + len(steps))):
        steps = steps[0]
    return [steps, [value if math.isfinite(value) else str(value) for value in series.values]]


def from_json(text: str) -> Content:
    """The inverse of as_json."""
    told = json.loads(text)
    if told["format"] != FORMAT:
        raise ValueError(f"the format is {told['format']!r}, not {FORMAT!r}")
    groups = [
        GroupHistory(
            group["number"],
            {name: series_in(series) for name, series in group["options"].items()},
            [parameter_in(p) for p in group["parameters"]],
        )
        for group in told["groups"]
    ]
    return whole(told["step"]), groups, {name: series_in(series) for name, series in told["logged"].items()}


def parameter_in(told: dict[str, Any]) -> ParameterHistory:
    return ParameterHistory(
        told["name"],
        tuple(told["shape"]),
        **{key: series_in(told[key]) for key in NORMS},
        state={key: series_in(series) for key, series in told["state"].items()},
        weights=[
            WeightHistory(tuple(weight["index"]), **{key: series_in(weight[key]) for key in LIFE})
            for weight in told["weights"]
        ],
    )


def series_in(told: list[Any]) -> Series:
    steps, values = told
    if isinstance(steps, int):
        steps = range(steps, steps + len(values))
    if len(steps) != len(values):
        raise ValueError(f"a series has {len(steps)} steps and {len(values)} values")
    return Series([whole(step) for step in steps], [float(value) for value in values])


def whole(number: Any) -> int:
    """A step's number. ValueError for what is not a whole number."""
    if not isinstance(number, int):
        raise ValueError(f"a step is a whole number, not {number!r}")
    return number


# ---- CSV -------------------------------------------------------------------------------------------------
# kind says what a row tells: "history" (format, steps, rows), "logged", "group", "option", "parameter" (its shape
# stands in the column index), "norm", "state" or "weight" (index: which). A series' rows are in the order of steps.


def as_csv(step: int, groups: list[GroupHistory], logged: dict[str, Series]) -> str:
    """One row a number, under the names of COLUMNS."""
    rows: list[list[Any]] = [COLUMNS, ["history", "", "", "", "", FORMAT, step, ""]]
    for name, series in logged.items():
        rows += series_rows(["logged", "", "", "", "", name], series)
    for group in groups:
        rows.append(["group", group.number, "", "", "", "", "", ""])
        for option, series in group.options.items():
            rows += series_rows(["option", group.number, "", "", "", option], series)
        for place, p in enumerate(group.parameters):
            where = [group.number, place, p.name]
            rows.append(["parameter", *where, spaced(p.shape), "", "", ""])
            for key in NORMS:
                rows += series_rows(["norm", *where, "", key], getattr(p, key))
            for key, series in p.state.items():
                rows += series_rows(["state", *where, "", key], series)
            for weight in p.weights:
                for key in LIFE:
                    rows += series_rows(["weight", *where, spaced(weight.index), key], getattr(weight, key))
    rows[1][-1] = len(rows)  # so that a file that was cut short is noticed
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def series_rows(start: list[Any], series: Series) -> list[list[Any]]:
    return [[*start, step, value] for step, value in zip(series.steps, series.values)]


def spaced(numbers: tuple[int, ...]) -> str:
    return " ".join(map(str, numbers))


def from_csv(text: str) -> Content:
    """The inverse of as_csv."""
    columns, (*_, kind_of_file, steps, count), *rows = csv.reader(io.StringIO(text, newline=""))
    if columns != COLUMNS or kind_of_file != FORMAT:
        raise ValueError(f"it does not begin with the columns {COLUMNS} and the format {FORMAT!r}")
    if int(count) != 2 + len(rows) or not text.endswith("\n"):
        raise ValueError(f"it was written with {count} rows, but has {2 + len(rows)} or ends within one")
    groups: list[GroupHistory] = []
    logged: dict[str, Series] = {}
    for kind, group, place, name, index, quantity, step, value in rows:
        if kind == "group":
            groups.append(GroupHistory(int(group)))
        elif kind == "parameter":
            groups[int(group)].parameters.append(ParameterHistory(name, tuple(map(int, index.split()))))
        else:
            home = logged if kind == "logged" else groups[int(group)]
            series_called(kind, home, place, index, quantity).add(int(step), float(value))
    return int(steps), groups, logged


def series_called(kind: str, home: Any, place: str, index: str, quantity: str) -> Series:
    """The series that a row belongs to, made if it is the first of it. KeyError for an unknown kind."""
    if kind == "logged":
        return home.setdefault(quantity, Series())
    if kind == "option":
        return home.options.setdefault(quantity, Series())
    p = home.parameters[int(place)]
    if kind == "state":
        return p.state.setdefault(quantity, Series())
    if kind == "norm" and quantity in NORMS:
        return getattr(p, quantity)
    if kind != "weight" or quantity not in LIFE:
        raise KeyError(f"{kind} {quantity}")
    wanted = tuple(map(int, index.split()))
    if not p.weights or p.weights[-1].index != wanted:
        p.weights.append(WeightHistory(wanted))
    return getattr(p.weights[-1], quantity)
