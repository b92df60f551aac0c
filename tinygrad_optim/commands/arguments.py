"""Readers of arguments that say what is wrong with one."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable


class Refused(Exception):
    """Why a command does not do what was asked, in one line; and the exit code that says so (2: bad input)."""

    def __init__(self, message: str, code: int = 2) -> None:
        super().__init__(message)
        self.code = code


def whole_number(least: int) -> Callable[[str], int]:
    """A reader of whole numbers, at least this one."""

    def read(text: str) -> int:
        if not text.strip().lstrip("+-").isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(f"must be a whole number, at least {least}, not {text!r}")
        return int(text)

    return read


def number(least: float) -> Callable[[str], float]:
    """A reader of finite numbers, at least this one."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not least <= value < math.inf:
            raise argparse.ArgumentTypeError(f"must be a finite number, at least {least:g}, not {text!r}")
        return value

    return read
