"""Attributes that are misspelt, or set where nothing reads them: Python takes any name.

Looked for on an optimizer's parameters and on the modules they are registered with, at its first steps.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from ..source_line import LIBRARY
from ..tensor import Tensor
from .registration_facts import Known, roots_of, walk
from .source_search import find_assignment
from .speaking import speak

# What a Tensor's __dict__ holds of its own.
OWN = {"gradient", "grad_tensor", "made_from", "hooks", "registered"}


def look_at_attributes(known: Known) -> None:
    """Of an optimizer's parameters, and of all modules at hand."""
    for p in known.parameters:
        if not p.__dict__.keys() <= OWN:
            misspelt_on_parameter(p)
    for root in roots_of(known):
        for path, module, _ in walk(root):
            misspelt_on_module(path or type(root).__name__, module)


def misspelt_on_parameter(p: Any) -> None:
    """A name that is nearly requires_grad or grad, set on a parameter: it does nothing."""
    for name, value in list(p.__dict__.items()):
        if name in OWN:
            continue
        meant = None
        if isinstance(value, bool) and get_close_matches(name, ["requires_grad"], 1, 0.8):
            meant = "requires_grad"
        elif value is None and get_close_matches(name, ["grad"], 1, 0.7):
            meant = "grad"
        if meant is not None:
            tell(f"{p.described()} has an attribute {name!r}", name, value, meant)


def tell(what: str, name: str, value: Any, meant: str) -> None:
    """Say what an attribute of this name does, which is nothing, and what was meant."""
    speak(
        "misspelt-attribute",
        f"{what}, which nothing reads: setting it to {value!r:.40} has no effect. Was {meant!r} meant? Write "
        f".{meant} = {value!r:.40}.",
        find_assignment(name),
    )


def misspelt_on_module(path: str, module: Any) -> None:
    """requires_grad, or a name that is nearly that or training, on a module; nearly weight or bias on a layer."""
    for name, value in list(module.__dict__.items()):
        if isinstance(value, bool):
            if name == "requires_grad":
                requires_grad_on_module(path, module, value)
            elif name != "training" and not hasattr(type(module), name) and (meant := near_switch(name)):
                tell(f"module {path} has an attribute {name!r}", name, value, meant)
        elif isinstance(value, Tensor) and is_layer_of_ours(module):
            near = [other for other in ("weight", "bias") if name != other and not name.startswith(other + "_")]
            meant_one = get_close_matches(
                name, [one for one in near if module._parameters.get(one) is not None], 1, 0.75
            )
            if meant_one and name not in ("weight", "bias"):
                tell(f"{path} ({type(module).__name__}) has an attribute {name!r}", name, Shown(value), meant_one[0])


def near_switch(name: str) -> str | None:
    """Which of a module's switches a name is nearly."""
    for meant, nearness in (("requires_grad", 0.8), ("training", 0.87)):
        if get_close_matches(name, [meant], 1, nearness) and name.rstrip("_") != meant:
            return meant
    return None


def is_layer_of_ours(module: Any) -> bool:
    """Whether a module's class is one of nn's, whose attributes are known."""
    code = getattr(type(module).forward, "__code__", None)
    return code is not None and code.co_filename in LIBRARY


class Shown:
    """A tensor as a message shows it."""

    def __init__(self, tensor: Any) -> None:
        self.kind = type(tensor).__name__

    def __repr__(self) -> str:
        return f"{self.kind}(...)"


def requires_grad_on_module(path: str, module: Any, value: bool) -> None:
    """module.requires_grad = False is an attribute like any other: its parameters go on being trained."""
    others = [name for name, p in module.named_parameters() if p.needs_grad != value]
    if others:
        speak(
            "requires-grad-on-module",
            f"module {path} ({type(module).__name__}) has got an attribute requires_grad = {value}, which nothing "
            f"reads: its {others[0]} still has requires_grad={not value}. Write .requires_grad_({value}), with an "
            "underscore, which sets it for all its parameters.",
            find_assignment("requires_grad", None),
        )
