"""Which code is recorded, and what is known of it before it runs."""

from __future__ import annotations

from types import CodeType, FrameType
from typing import NamedTuple

from ..optim.optimizer import Optimizer
from .chosen import is_chosen, looks_on
from .lens import is_torch_optimizer
from .plans import Plan, plans_of
from .reader import find_in_class

NESTED = ("<listcomp>", "<genexpr>", "<setcomp>", "<dictcomp>")  # part of the line they stand on


class Known(NamedTuple):
    """What the calls of one function have in common."""

    plans: dict[int, Plan]
    arguments: tuple[str, ...]
    free: tuple[str, ...]  # names it shares with the function it is defined in


class Choice:
    """The chosen source, and whatever is an optimizer's: its methods, its rule and its numbers."""

    def __init__(self, places: list[str]) -> None:
        self.places = places
        self.codes: dict[int, tuple[CodeType, bool]] = {}  # by id: whether this code is recorded
        self.plans: dict[str, dict[int, Plan]] = {}  # by file
        self.known: dict[int, Known] = {}  # by id of the code
        self.seen: set[type] = set()  # classes of optimizers met

    def is_recorded(self, frame: FrameType) -> bool:
        """Whether this frame's code is: chosen, or an optimizer's."""
        code = frame.f_code
        known = self.codes.get(id(code))
        if known is None:
            chosen = is_chosen(code.co_filename, self.places) or (
                not looks_on(code.co_filename) and optimizer_in(frame) is not None
            )
            known = self.codes[id(code)] = code, chosen and code.co_name not in NESTED
        return known[1]

    def get_to_know(self, code: CodeType) -> Known:
        """What every call of this code has in common."""
        plans = self.plans.get(code.co_filename)
        if plans is None:
            plans = self.plans[code.co_filename] = dict(plans_of(code.co_filename))
        count = code.co_argcount + code.co_kwonlyargcount + bool(code.co_flags & 4) + bool(code.co_flags & 8)
        self.known[id(code)] = known = Known(plans, code.co_varnames[:count], code.co_freevars)
        return known

    def meet(self, frame: FrameType) -> type | None:
        """The class of the optimizer at work in the frame; when it is first met, its rule is recorded from now on."""
        kind = optimizer_in(frame)
        if kind is None or kind in self.seen or is_torch_optimizer(kind):
            return kind
        self.seen.add(kind)
        tables = (find_in_class(kind, "numbers"), find_in_class(kind, "numbers_after"))
        for function in [find_in_class(kind, "rule"), *(f for table in tables for f in dict.values(table))]:
            code = getattr(getattr(function, "__func__", function), "__code__", None)
            if code is not None:
                self.codes[id(code)] = code, True
        return kind


def optimizer_in(frame: FrameType) -> type | None:
    """The class of the frame's first argument, if that is an optimizer."""
    code = frame.f_code
    if not code.co_argcount:
        return None
    kind = type(frame.f_locals.get(code.co_varnames[0]))
    return kind if issubclass(kind, Optimizer) or is_torch_optimizer(kind) else None
