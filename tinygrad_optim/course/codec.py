"""Plain data as a line of text and back, exactly: what goes between the checker and the process of the learner's code.

Text is JSON. What JSON has no word for is an object with one key: {"t": [...]} a tuple, {"d": [[key, value], ...]} a
dict, {"f": "nan"} a float that is no number, {"i": "0x..."} a long int. Nothing but plain data can be written, and
nothing that is read is run.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

DEEPEST = 60  # lists in lists
MOST = 1_000_000  # values in one answer
LONGEST = 1_000_000  # letters of one value, as text
KEYS = 10_000  # in one dict, where they are no text: ints, floats and tuples can be made to collide
TEXTS = re.compile(rb'"(?:[^"\\]|\\.)*"')
NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
LONG = 1 << 62  # ints beyond are written in base 16: Python limits the digits of decimals


class NotPlain(TypeError):
    """Something that is not plain data: at `place`, such as "[0]['loss']", the `value`."""

    def __init__(self, place: str, value: Any) -> None:
        super().__init__(f"{type(value).__name__} at {place or 'the top'} is not plain data")
        self.place, self.value = place, value


class TooMuch(ValueError):
    """Plain data that is too long or too deep to be an answer."""


def to_text(value: Any) -> str:
    """Plain data in one line of ASCII. NotPlain or TooMuch if it cannot be."""
    return json.dumps(Writer().written(value, "", 0), allow_nan=False, separators=(",", ":"))


def value_to_text(value: Any) -> str:
    """The text of {"value": value}; places are told within the value. NotPlain or TooMuch if it cannot be an answer."""
    text = json.dumps(Writer().written(value, "", 1), allow_nan=False, separators=(",", ":"))
    if len(text) > LONGEST:
        raise TooMuch(f"data of more than {LONGEST:,} letters")
    return '{"d":[["value",' + text + "]]}"


def from_text(text: str | bytes) -> Any:
    """The data written by to_text. ValueError for any other text; how much there is in it is looked at first."""
    refuse_too_much(text.encode() if isinstance(text, str) else text)
    try:
        return read(json.loads(text), 0)
    except RecursionError:
        raise TooMuch("the answer is nested too deeply") from None


def refuse_too_much(text: bytes) -> None:
    """TooMuch if this holds more values, or deeper ones, than to_text writes; nothing is made of them to find out."""
    bare = TEXTS.sub(b"", text)
    opening, closing = bare.count(b"[") + bare.count(b"{"), bare.count(b"]") + bare.count(b"}")
    if opening != closing or opening + bare.count(b",") > 4 * MOST:  # a pair of a dict has two of these for its two
        raise TooMuch(f"the answer has more than {MOST:,} values")
    depth = 0
    for bracket in bare.translate(None, NO_BRACKETS):
        depth += 1 if bracket in b"[{" else -1
        if depth > 3 * DEEPEST:  # a dict in JSON's terms is three deep
            raise TooMuch("the answer is nested too deeply")


class Writer:
    """Writes one value, and counts what is in it."""

    def __init__(self) -> None:
        self.count = 0

    def written(self, value: Any, place: str, depth: int) -> Any:
        """The value in the terms of JSON. Types are compared exactly: a subclass of float is not plain."""
        self.count += 1
        if self.count + (len(value) if type(value) in (list, tuple, dict) else 0) > MOST:
            raise TooMuch(f"more than {MOST:,} values")
        if depth > DEEPEST:
            raise TooMuch(f"lists or dicts nested more than {DEEPEST} deep")
        kind = type(value)
        if value is None or kind is bool or kind is str:
            return value
        if kind is int:
            return value if -LONG < value < LONG else {"i": hex(value)}
        if kind is float:
            return value if math.isfinite(value) else {"f": repr(value)}
        if kind is list or kind is tuple:
            items = [self.written(one, f"{place}[{i}]", depth + 1) for i, one in enumerate(value)]
            return items if kind is list else {"t": items}
        if kind is dict:
            return {"d": [self.pair(key, one, place, depth + 1) for key, one in value.items()]}
        raise NotPlain(place, value)

    def pair(self, key: Any, value: Any, place: str, depth: int) -> list[Any]:
        """A key and its value."""
        name = repr(key) if type(key) in (str, int, float, bool) else "..."
        return [self.written(key, f"{place}, as a key", depth), self.written(value, f"{place}[{name}]", depth)]


def read(data: Any, depth: int) -> Any:
    """What JSON's terms stand for."""
    if depth > DEEPEST:
        raise TooMuch("the answer is nested too deeply")
    if isinstance(data, list):
        return [read(one, depth + 1) for one in data]
    if not isinstance(data, dict):
        return data
    if len(data) != 1:
        raise ValueError("not a tagged value")
    ((tag, held),) = data.items()
    if tag == "t" and isinstance(held, list):
        return tuple(read(one, depth + 1) for one in held)
    if tag == "d" and isinstance(held, list) and all(isinstance(pair, list) and len(pair) == 2 for pair in held):
        if len(held) > KEYS and not all(isinstance(key, str) for key, _ in held):
            raise TooMuch(f"a dict has more than {KEYS:,} keys that are no text")
        try:
            return {read(key, depth + 1): read(value, depth + 1) for key, value in held}
        except TypeError as error:  # a key that cannot be one
            raise ValueError(str(error)) from None
    if tag == "i" and isinstance(held, str):
        return int(held, 16)
    if tag == "f" and held in ("nan", "inf", "-inf"):
        return float(held)
    raise ValueError(f"no value is tagged {tag!r:.20}")
