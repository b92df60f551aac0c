"""The README's table, from the JSON that a run wrote: python benchmarks --markdown FILE.json"""

from __future__ import annotations

from typing import Any

from timing import OURS

HEAD = "| what | ours | against | ratio | goal | |\n| --- | ---: | --- | ---: | ---: | --- |\n"
SHOWN_FIRST = ("processor", "system", "python")


def rendered(told: dict[str, Any]) -> str:
    """The table: a line for each ratio, with its goal and whether that was reached; then what it was measured on."""
    lines = [line for row in told["rows"] for line in lines_of(row)]
    without = "".join(f" Without {who}: {why}." for who, why in told.get("without", {}).items())
    return HEAD + "".join(lines) + f"\nMeasured on {told['date']}, {measured_on(told['machine'])}.{without}\n"


def lines_of(row: dict[str, Any]) -> list[str]:
    """A row's lines: its name and our time in the first, its note in the last."""
    ours = time_shown(row["seconds"][OURS])
    name, lines = row["name"], []
    for who, ratio in row["ratios"].items() or [("", None)]:
        goal = row["goals"].get(who)
        reached = "" if goal is None or ratio is None else "reached" if ratio <= goal else "**not reached**"
        lines.append(f"| {name} | {ours} | {who} | {number(ratio)} | {number(goal)} | {reached} |\n")
        name = ours = ""
    if row["note"]:
        lines.append(f"| *{row['note']}* | | | | | |\n")
    return lines


def number(ratio: float | None) -> str:
    """A ratio in three digits: 0.0125, 0.9, 12.3; nothing for none."""
    return "" if ratio is None else f"{ratio:.3g}"


def time_shown(seconds: float) -> str:
    """A time in a unit that leaves one to three digits before the point."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e6:.3g} µs"


def measured_on(machine: dict[str, str]) -> str:
    """The processor, the system, Python, and each package's version."""
    first = [machine["processor"], machine["system"], f"Python {machine['python']}"]
    return ", ".join(first + [f"{name} {one}" for name, one in machine.items() if name not in SHOWN_FIRST])
