"""Every name in the table of what is supported is one of PyTorch's, with its arguments and their defaults."""

from __future__ import annotations

import importlib
import inspect
import runpy
from pathlib import Path

import pytest

from tinygrad_optim.tensor import Tensor

torch = pytest.importorskip("torch", reason="parity needs PyTorch, which is not installed here")

SCRIPT = runpy.run_path(str(Path(__file__).parents[2] / "docs" / "supported.py"))
ROOMS = {prefix: module for _, prefix, module in SCRIPT["ROOMS"]}
OURS = {"torch.": {"getitem"}}  # what x[i] calls
PLAIN = bool | int | float | str | tuple | None | type


def theirs_of(prefix):
    path = prefix.rstrip(".")
    return torch if path == "torch" else importlib.import_module(path if path.startswith("torch.") else f"torch.{path}")


PAIRS = [
    (prefix, name)
    for prefix, module in ROOMS.items()
    for name in SCRIPT["names_in"](module)
    if name not in OURS.get(prefix, ())
]


@pytest.mark.parametrize("prefix", ROOMS)
def test_each_name_is_pytorchs(prefix):
    theirs = theirs_of(prefix)
    assert [name for where, name in PAIRS if where == prefix and not hasattr(theirs, name)] == []


def test_each_method_is_pytorchs():
    ours = {
        "clear_gradient", "described", "loaded_state", "one_number", "own_hooks", "stamp", "state_like", "state_number",
        "write",
    }  # what an optimizer asks of a parameter, and what a message says of one  # fmt: skip
    methods = {name for name in dir(Tensor) if not name.startswith("_") and callable(getattr(Tensor, name))}
    assert sorted(name for name in methods - ours if not hasattr(torch.Tensor, name)) == []


def parameters_of(thing):
    """{name: default} of what can be inspected, a class by its __init__; None for PyTorch's built-in functions."""
    try:
        found = inspect.signature(thing.__init__ if inspect.isclass(thing) else thing)
    except (TypeError, ValueError):
        return None
    return {
        name: one.default
        for name, one in found.parameters.items()
        if name != "self" and one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)
    }


@pytest.mark.parametrize(("prefix", "name"), PAIRS)
def test_the_arguments_have_pytorchs_names_order_and_defaults(prefix, name):
    theirs = parameters_of(getattr(theirs_of(prefix), name))
    ours = parameters_of(getattr(ROOMS[prefix], name))
    if not theirs or ours is None:
        return  # PyTorch's own has no signature to compare with
    known = [argument for argument in ours if argument in theirs]
    assert known == [argument for argument in theirs if argument in ours], "in another order"
    for argument in known:
        if not isinstance(theirs[argument], PLAIN):
            continue  # PyTorch's own function or generator
        assert repr(ours[argument]) == repr(theirs[argument]), argument
