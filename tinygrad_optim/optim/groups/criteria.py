"""What decides where a parameter belongs: its name, its shape, or how deep it lies."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

Pattern = str | re.Pattern[str]


@dataclass(frozen=True)
class Place:
    """What one criterion says of one parameter: its label, the options it gives, and why."""

    label: str
    options: dict[str, Any]
    why: str


class Criterion(Protocol):
    """Anything with these two methods can be given to build()."""

    def prepare(self, names: list[str]) -> None:
        """Look at all names at once, before the first place() is asked for."""

    def place(self, name: str, p: Any) -> Place | None:
        """Where this parameter belongs; None: this criterion has nothing to say of it."""


@dataclass
class ByPattern:
    """By the parameter's name: the first pattern that matches gives its options.

    options: {pattern: options}; a pattern is a glob over the whole dotted name ("encoder.*.bias"), or a compiled
    regular expression, which may match anywhere in it.
    rest: the options of those that no pattern matches; None: there must be none (ValueError names them).
    allow_unused: whether a pattern may match nothing; else ValueError, for it is most often a slip of the pen.
    """

    options: Mapping[Pattern, dict[str, Any]]
    rest: dict[str, Any] | None = None
    allow_unused: bool = False

    def prepare(self, names: list[str]) -> None:
        taken: dict[str, Pattern] = {}
        for pattern in self.options:
            matched = [name for name in names if matches(pattern, name)]
            if not self.allow_unused and not [name for name in matched if name not in taken]:
                earlier = sorted({shown(taken[name]) for name in matched})
                found = f"what it matches was taken before by {', '.join(earlier)}" if matched else "it matches nothing"
                raise ValueError(
                    f"pattern {shown(pattern)} has no parameter: {found}. The names are {listed(names)}; correct it, "
                    "put it first, or say allow_unused=True"
                )
            for name in matched:
                taken.setdefault(name, pattern)
        left = [name for name in names if name not in taken]
        if left and self.rest is None:
            raise ValueError(
                f"no pattern matches {listed(left)}: add a pattern, or say rest={{}} to give the others the defaults"
            )

    def place(self, name: str, p: Any) -> Place | None:
        for pattern, options in self.options.items():
            if matches(pattern, name):
                return Place(shown(pattern), options, f"name matches {shown(pattern)}")
        return Place("rest", self.rest or {}, "no pattern matches the name")


@dataclass
class NoDecay:
    """Weight decay for matrices only: parameters of at most one dimension (biases, gains of norms) get none.

    weight_decay: that of all others. also: patterns of more names without decay, such as "embedding.*".
    He et al. 2019, "Bag of tricks for image classification", section 3.1.
    """

    weight_decay: float
    also: Sequence[Pattern] = ()

    def prepare(self, names: list[str]) -> None:
        for pattern in self.also:
            if not any(matches(pattern, name) for name in names):
                raise ValueError(
                    f"pattern {shown(pattern)} of NoDecay(also=...) matches nothing: the names are {listed(names)}"
                )

    def place(self, name: str, p: Any) -> Place | None:
        for pattern in self.also:
            if matches(pattern, name):
                return Place("no decay", {"weight_decay": 0.0}, f"name matches {shown(pattern)}")
        if len(p.shape) <= 1:
            return Place("no decay", {"weight_decay": 0.0}, f"{len(p.shape)}-d: a bias or a norm")
        return Place("decay", {"weight_decay": self.weight_decay}, f"{len(p.shape)}-d: a matrix or a kernel")


@dataclass
class LayerDecay:
    """A smaller lr the further from the output: lr * decay**(layers above it).

    layers: patterns from the first layer to the last; None: the outermost modules in order, by the names' first part.
    ValueError for names that are in no layer. Howard & Ruder 2018, "Universal language model fine-tuning",
    section 3.2 (discriminative fine-tuning); Clark et al. 2020, "ELECTRA", section 3.1.
    """

    lr: float
    decay: float
    layers: Sequence[Pattern] | None = None
    found: list[Pattern] = field(default_factory=list, init=False, repr=False)

    def prepare(self, names: list[str]) -> None:
        if self.layers is None:
            # "0.weight" is of layer "0", and so is a parameter of the model's own named "0".
            heads = dict.fromkeys(name.split(".")[0] for name in names)
            self.found = [re.compile(rf"^{re.escape(head)}(\.|$)") for head in heads]
            return
        self.found = list(self.layers)
        for layer in self.found:
            if not any(matches(layer, name) for name in names):
                raise ValueError(f"pattern {shown(layer)} of LayerDecay matches nothing: the names are {listed(names)}")
        left = [name for name in names if not any(matches(layer, name) for layer in self.found)]
        if left:
            raise ValueError(
                f"{listed(left)} is in no layer of LayerDecay: add a pattern where it belongs, first to last"
            )

    def place(self, name: str, p: Any) -> Place | None:
        for depth, layer in enumerate(self.found):
            if matches(layer, name):
                above = len(self.found) - 1 - depth
                reason = f"{above} layer{'s' * (above != 1)} above it"
                return Place(f"layer {depth}", {"lr": self.lr * self.decay**above}, reason)
        return None


def matches(pattern: Pattern, name: str) -> bool:
    """Whether a glob matches the whole name, or a regular expression a part of it."""
    return fnmatch.fnmatchcase(name, pattern) if isinstance(pattern, str) else pattern.search(name) is not None


def shown(pattern: Pattern) -> str:
    """A pattern as a message shows it: 'a.*', or '/a/' for a regular expression."""
    return repr(pattern if isinstance(pattern, str) else f"/{pattern.pattern}/")


def listed(names: Sequence[str]) -> str:
    """A few names, and how many more."""
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    return ", ".join(names[:8]) + more
