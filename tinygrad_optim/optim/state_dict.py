"""An optimizer's state and options, taken out and put back: all of it or nothing."""

from __future__ import annotations

import copy
from collections import defaultdict
from typing import Any

import numpy as np

from .group_checks import check_options, named
from .param_group import ParamGroup


def numbering(groups: list[Any]) -> dict[int, int]:
    """id(parameter) -> its number: counted on across the groups, in order."""
    parameters = [p for group in groups for p in group["params"]]
    numbers: dict[int, int] = {}
    for p in parameters:
        numbers.setdefault(id(p), len(numbers))
    return numbers


def state_dict(optimizer: Any) -> dict[str, Any]:
    """{"state": {number: state}, "param_groups": [options and numbers]}, in PyTorch's structure."""
    numbers = numbering(optimizer.param_groups)
    groups = []
    for group in optimizer.param_groups:
        packed = {option: value for option, value in group.items() if option != "params"}
        packed["params"] = [numbers[id(p)] for p in group["params"]]
        groups.append(packed)
    return {
        "state": {numbers[id(p)]: state for p, state in optimizer.state.items() if id(p) in numbers},
        "param_groups": groups,
    }


def load_state_dict(optimizer: Any, loaded: Any) -> None:
    """Take over a state_dict: options from it, state cast to each parameter's type, except step counts.

    TypeError, KeyError or ValueError, with nothing changed, if it is no state_dict or does not fit.
    """
    if not isinstance(loaded, dict):
        raise TypeError(f"a state_dict is a dict with 'state' and 'param_groups', not a {type(loaded).__name__}")
    for key in ("param_groups", "state"):
        if key not in loaded:
            raise KeyError(f"{key}: the loaded state dict has no {key!r}, only {list(loaded)}")
    groups, saved = optimizer.param_groups, loaded["param_groups"]
    check_sizes(groups, saved)
    by_number = {
        number: (p, group, place)
        for group, packed in zip(groups, saved)
        for place, (number, p) in enumerate(zip(packed["params"], group["params"]))
    }
    state: defaultdict[Any, dict[str, Any]] = defaultdict(dict)
    for number, values in loaded["state"].items():
        if number not in by_number:
            raise ValueError(
                f"loaded state dict contains state for parameter {number!r}, which is in none of its groups"
            )
        p, group, place = by_number[number]
        state[p] = {key: as_state(p, key, value, named(group, place)) for key, value in values.items()}
    new_groups = [unpacked(optimizer, group, packed, i) for i, (group, packed) in enumerate(zip(groups, saved))]
    optimizer.state, optimizer.param_groups = state, new_groups


def check_sizes(groups: list[Any], saved: Any) -> None:
    """ValueError if the saved groups are not as many, or not as large, as the optimizer's."""
    if len(groups) != len(saved):
        raise ValueError(
            f"loaded state dict has a different number of parameter groups: {len(saved)}, where this has {len(groups)}"
        )
    for number, (group, packed) in enumerate(zip(groups, saved)):
        if not isinstance(packed, dict) or "params" not in packed:
            raise KeyError(f"params: group {number} of the loaded state dict has no 'params'")
        if len(group["params"]) != len(packed["params"]):
            raise ValueError(
                "loaded state dict contains a parameter group that doesn't match the size of optimizer's group: group "
                f"{number} has {len(packed['params'])} parameters there and {len(group['params'])} here"
            )


def as_state(p: Any, key: str, value: Any, name: str) -> Any:
    """One value of a parameter's state, copied: arrays in the parameter's type, a count as it was."""
    if not hasattr(value, "array"):
        return copy.deepcopy(value)
    shape = np.shape(value.array)
    if key == "step" or (shape == () and p.shape != ()):
        return p.state_number(float(value.array))
    if shape != p.shape:
        raise ValueError(
            f"loaded state dict does not fit: {key} of {name} has shape {shape} there. Is it of another model, or are "
            "its parameters in another order?"
        )
    return p.state_like(value.array)


def unpacked(optimizer: Any, group: ParamGroup, packed: dict[str, Any], number: int) -> ParamGroup:
    """A group with the loaded options and the optimizer's own parameters."""
    new = ParamGroup({"params": group["params"]})
    for option, value in packed.items():
        if option != "params":
            new.set(option, copy.deepcopy(value), "loaded")
    check_options(optimizer, new, f"group {number} of the loaded state dict")
    return new


def show(optimizer: Any) -> str:
    """`SGD (\\nParameter Group 0\\n    dampening: 0 ...)`: every group's options, as PyTorch shows them."""
    lines = [f"{type(optimizer).__name__} ("]
    for number, group in enumerate(optimizer.param_groups):
        lines.append(f"Parameter Group {number}")
        lines += [f"    {option}: {group[option]}" for option in sorted(group) if option != "params"]
    return "\n".join([*lines, ")"])
