"""An optimizer's state and options, taken out and put back: all of it or nothing."""

from __future__ import annotations

import copy
from collections import defaultdict
from typing import Any

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
    new_groups = [unpacked(optimizer, group, packed, i) for i, (group, packed) in enumerate(zip(groups, saved))]
    state: defaultdict[Any, dict[str, Any]] = defaultdict(dict)
    for number, values in loaded["state"].items():
        if number not in by_number:
            raise ValueError(
                f"loaded state dict contains state for parameter {number!r}, which is in none of its groups"
            )
        p, group, place = by_number[number]
        check_shapes(optimizer, p, new_groups[groups.index(group)], values, named(group, place))
        state[p] = {key: as_state(optimizer, p, key, value) for key, value in values.items()}
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


def check_shapes(optimizer: Any, p: Any, group: Any, values: Any, name: str) -> None:
    """ValueError if the state a rule asks for has not the shape it would start with, or is no tensor."""
    expected = optimizer.start_state(p, group)
    for key in (key for key in optimizer.state_keys if key in values):
        wanted = expected[key].shape if key in expected else p.shape
        found = getattr(values[key], "shape", type(values[key]).__name__)
        if found != wanted:
            raise ValueError(
                f"loaded state dict does not fit: {key} of {name} should have shape {wanted} and is {found} there. Is "
                "it of another model, or are its parameters in another order?"
            )


def as_state(optimizer: Any, p: Any, key: str, value: Any) -> Any:
    """One value of a parameter's state, copied: tensors of floats in the parameter's type, a count as it was."""
    if key == "step" or key in optimizer.numbers or key in optimizer.numbers_after:
        return p.state_number(float(getattr(value, "array", value)))
    return copy.deepcopy(value) if not hasattr(value, "array") else p.loaded_state(value)


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
