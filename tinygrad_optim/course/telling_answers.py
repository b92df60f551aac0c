"""What is said of an answer that is no value: an exception, a thing that is no plain data, a file that does not run."""

from __future__ import annotations

from typing import Any

from ..trace.text_page import Page


def odd_words(odd: dict[str, Any], expected: Any) -> str:
    """A thing that is not plain data, what was expected in its place, and how to get that from it."""
    if "says" in odd:
        return str(odd["says"])
    there = part_of(expected, odd["place"])
    at = f" at {odd['place']}" if odd["place"] else ""
    wanted = article(type(there).__name__) if there is not None else "plain data: numbers, text, lists, dicts"
    shown = f" ({odd['shown']})" if odd["shown"] else ""
    return f"returned {article(odd['type'])}{at}{shown}; expected {wanted}{remedy(odd, there)}"


def article(name: str) -> str:
    return f"{'an' if name[:1] in 'aeiouAEIOU' or name == 'ndarray' else 'a'} {name}"


def part_of(expected: Any, place: str) -> Any:
    """What is expected at a place such as "[0]['loss']"; None where there is nothing."""
    for step in place.split("[")[1:]:
        key = step.partition("]")[0]
        try:
            expected = expected[int(key)] if isinstance(expected, list | tuple) else expected[key.strip("'\"")]
        except (LookupError, ValueError, TypeError):
            return None
    return expected


def remedy(odd: dict[str, Any], wanted: Any) -> str:
    """How to get what is wanted."""
    room = odd["module"].split(".")[0]
    if odd["module"] == "tinygrad_optim.value":
        return ": a Value's number is its .data"
    if room in ("tinygrad_optim", "numpy", "torch"):
        if isinstance(wanted, list | tuple):
            return ": use .tolist()"
        return ": use .item()" if wanted is None or isinstance(wanted, bool | int | float) else ""
    if odd["type"] in ("generator", "map", "filter", "zip", "range", "dict_keys", "dict_values", "set"):
        return ": use list(...)"
    return ""


def raised_words(raised: dict[str, Any], returned: str) -> list[tuple[str, str]]:
    """An exception, as rows: its own words, and the learner's lines that it came through."""
    words = f"{raised['type']}: {raised['message']}" if raised["message"] else raised["type"]
    if raised["ends"]:
        words = f"{raised['type']}: a function gives its value with return, and does not end the program"
    rows = [("raised", words)]
    places = [f"line {line}, in {name}: {text}" for line, name, text in raised["lines"]]
    rows += [("", place) for number, place in enumerate(places) if place != places[number - 1] or not number][-6:]
    if not raised["lines"]:
        what = f" ({returned})" if returned else ""
        rows.append(("", f"raised where the check used what your function returned{what}, or called it"))
    return rows


def tell_broken(page: Page, answer: dict[str, Any], file: str) -> None:
    """A file that cannot be run at all: where, the line itself, and what Python says."""
    broken = answer.get("broken")
    if broken is None:
        page.say(0, ("FAIL  ", "bold red"), f"{file} could not be run: {unfinished(answer)}")
        return
    if "line" in broken:
        page.say(0, ("FAIL  ", "bold red"), (f"{file}:{broken['line']}", "cyan"), "  this is not Python yet:")
        text = (broken["text"] or "").rstrip("\n")
        shift = len(text) - len(text.lstrip())
        page.say(3, text.lstrip())
        if broken["column"]:
            page.say(3, (" " * max(0, broken["column"] - 1 - shift) + "^", "bold red"))
    else:
        for line, _, text in broken["lines"][-1:]:
            page.say(0, ("FAIL  ", "bold red"), (f"{file}:{line}", "cyan"), "  the file stops here when it is run:")
            page.say(3, text)
            page.say(3, ("^" * len(text), "bold red"))
        if not broken["lines"]:
            page.say(0, ("FAIL  ", "bold red"), f"{file} cannot be run:")
    page.say(3, f"{broken['type']}: {broken['message']}" if broken["message"] else str(broken["type"]))


def unfinished(answer: dict[str, Any]) -> str:
    """What came in the way of running a file."""
    if "late" in answer:
        return f"it took longer than {answer['late']:g} s. Is there an endless loop outside of the functions?"
    if "noisy" in answer:
        return "it printed without end. Is there an endless loop outside of the functions?"
    return "it ended the whole process. Is there an exit() outside of the functions?"
