"""An optimizer's state and options, taken out and put back: all of it or nothing."""

from __future__ import annotations

import copy
from collections import defaultdict
from typing import Any

import numpy as np

from .. import occasions
from .group_checks import check_options, named
from .hooks import Hooked, Hooks
from .param_group import ParamGroup, is_parameter


def numbering(groups: list[Any]) -> dict[int, int]:
    """id(parameter) -> its number: counted on across the groups, in order."""
    parameters = [p for group in groups for p in group["params"]]
    numbers: dict[int, int] = {}
    for p in parameters:
        numbers.setdefault(id(p), len(numbers))
    return numbers


class Kept(Hooked):
    """The part of an optimizer that takes its state out and puts it back."""

    def state_dict(self) -> dict[str, Any]:
        """{"state": by parameter's number, "param_groups": options and numbers}: what save() should save."""
        for hook in list(self.hooks.before_saving.values()):
            hook(self)
        saved = state_dict(self)
        for hook in list(self.hooks.after_saving.values()):
            replaced = hook(self, saved)
            saved = saved if replaced is None else replaced
        return saved

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over state and options from a state_dict(). Where both sides have param_names, by these.

        TypeError, KeyError or ValueError, with nothing changed, if it is no state_dict or does not fit.
        """
        for hook in list(self.hooks.before_loading.values()):
            state_dict = dict(state_dict)  # the caller's stays as it is
            replaced = hook(self, state_dict)
            state_dict = state_dict if replaced is None else replaced
        load_state_dict(self, state_dict)
        for look in occasions.optimizer_loaded:
            look(self, state_dict)
        for hook in list(self.hooks.after_loading.values()):
            hook(self)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "hooks": Hooks()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take over what pickle, deepcopy or load_state_dict bring; a subclass may fill in options added since."""
        self.__dict__.update(state)

    def __repr__(self) -> str:
        return show(self)

    def _repr_html_(self) -> str:
        from ..notebook import optimizer_html

        return optimizer_html(self)  # type: ignore[arg-type]


def state_dict(optimizer: Any) -> dict[str, Any]:
    """{"state": {number: state}, "param_groups": [options and numbers]}, in PyTorch's structure."""
    numbers = numbering(optimizer.param_groups)
    groups = []
    for group in optimizer.param_groups:
        packed = {option: value for option, value in group.items() if option != "params"}
        packed["params"] = [numbers[id(p)] for p in group["params"]]
        groups.append(packed)
    state = {numbers.get(id(p), p): kept for p, kept in optimizer.state.items() if not gone(p, numbers)}
    return {"state": state, "param_groups": groups}


def gone(p: Any, numbers: dict[int, int]) -> bool:
    """Whether this key of the state is a parameter that is in no group any more. Keys of one's own are kept."""
    return is_parameter(p) and id(p) not in numbers


def load_state_dict(optimizer: Any, loaded: Any) -> None:
    """Take over a state_dict: options from it, state cast to each parameter's type, except step counts.

    TypeError, KeyError or ValueError, with nothing changed, if it is no state_dict or does not fit.
    """
    check_structure(optimizer.param_groups, loaded)
    saved = by_name(optimizer.param_groups, loaded["param_groups"])
    groups: list[ParamGroup] = []
    owners: dict[Any, tuple[Any, ParamGroup, int]] = {}
    for group, packed in zip(optimizer.param_groups, saved):
        new = unpacked(optimizer, group, packed, f"group {len(groups)} of the loaded state dict")
        for place, (number, p) in enumerate(zip(packed["params"], group["params"])):
            if owners.setdefault(number, (p, new, place))[0] is not p:
                raise ValueError(
                    f"loaded state dict has the number {number!r} for two parameters: the second is "
                    f"{named(new, place)} in group {len(groups)}"
                )
        groups.append(new)
    state: defaultdict[Any, dict[str, Any]] = defaultdict(dict)
    for number, kept in loaded["state"].items():
        if number in owners:
            state[owners[number][0]] = loaded_state(optimizer, *owners[number], kept)
        elif isinstance(number, int):
            raise ValueError(f"loaded state dict contains state for parameter {number}, which is in none of its groups")
        else:
            state[number] = copy.deepcopy(kept)
    before = dict(optimizer.__dict__)
    try:
        optimizer.__setstate__({"state": state, "param_groups": groups})
    except BaseException:
        optimizer.__dict__.update(before)
        raise


def check_structure(groups: list[Any], loaded: Any) -> None:
    """TypeError or KeyError for what is no state_dict; ValueError if it has not as many groups and parameters."""
    if not isinstance(loaded, dict):
        raise TypeError(f"a state_dict is a dict with 'state' and 'param_groups', not a {type(loaded).__name__}")
    for key, kind in (("param_groups", list | tuple), ("state", dict)):
        if key not in loaded:
            raise KeyError(f"{key}: the loaded state dict has no {key!r}, only {list(loaded)}")
        if not isinstance(loaded[key], kind):
            raise TypeError(f"{key!r} of the loaded state dict must not be a {type(loaded[key]).__name__}")
    saved = loaded["param_groups"]
    if len(groups) != len(saved):
        raise ValueError(
            f"loaded state dict has a different number of parameter groups: {len(saved)}, where this has {len(groups)}"
        )
    for number, (group, packed) in enumerate(zip(groups, saved)):
        if not isinstance(packed, dict) or "params" not in packed:
            raise KeyError(f"params: group {number} of the loaded state dict has no 'params'")
        if not isinstance(packed["params"], list | tuple):
            raise TypeError(f"'params' of group {number} of the loaded state dict must be a list of numbers")
        if len(group["params"]) != len(packed["params"]):
            raise ValueError(
                "loaded state dict contains a parameter group that doesn't match the size of optimizer's group: group "
                f"{number} has {len(packed['params'])} parameters there and {len(group['params'])} here"
            )


def by_name(groups: list[Any], saved: list[Any]) -> list[Any]:
    """The saved groups, each with its parameters in the optimizer's order: by name, if both sides have names.

    Where no name is the same on both sides, or names are not unique, they say nothing: then by order, as PyTorch
    does it always. ValueError if some names fit and others do not.
    """
    if not all("param_names" in group for group in (*groups, *saved)):
        return saved
    for number, group in enumerate(saved):
        names = group["param_names"]
        if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
            raise TypeError(f"'param_names' of group {number} of the loaded state dict must be strings: {names!r:.80}")
        if len(names) != len(group["params"]):
            raise ValueError(
                f"group {number} of the loaded state dict has {len(names)} 'param_names' for {len(group['params'])} "
                "parameters"
            )
    here, there = ([(i, name) for i, g in enumerate(side) for name in g["param_names"]] for side in (groups, saved))
    if len({*here}) < len(here) or len({*there}) < len(there) or not {n for _, n in here} & {n for _, n in there}:
        return saved
    check_names(here, there)
    ordered = []
    for group, packed in zip(groups, saved):
        number_of = dict(zip(packed["param_names"], packed["params"]))
        names = list(group["param_names"])
        ordered.append({**packed, "params": [number_of[name] for name in names], "param_names": names})
    return ordered


def check_names(here: list[tuple[int, str]], there: list[tuple[int, str]]) -> None:
    """ValueError if not every name is in the same group on both sides, with what does not fit."""
    missing = [f"{name} (group {i})" for i, name in here if (i, name) not in there]
    unexpected = [f"{name} (group {i})" for i, name in there if (i, name) not in here]
    if missing or unexpected:
        raise ValueError(
            "loaded state dict does not fit by its parameters' names: it lacks "
            f"{', '.join(missing) or 'none'}, and has beside {', '.join(unexpected) or 'none'}. Load it into an "
            "optimizer with the same groups, or take 'param_names' out of its groups to load it by order."
        )


# Options that came to PyTorch's optimizers late: what a dict saved before means by not having them.
ADDED_LATER = {
    "nesterov": False, "amsgrad": False, "maximize": False, "foreach": None, "capturable": False,
    "differentiable": False, "fused": None, "decoupled_weight_decay": False,
}  # fmt: skip


def unpacked(optimizer: Any, group: ParamGroup, packed: dict[str, Any], where: str) -> ParamGroup:
    """A group with the loaded options and the optimizer's own parameters."""
    new = ParamGroup({"params": group["params"]})
    if "param_names" in group:
        new.set("param_names", group["param_names"], "group")
    for option, value in packed.items():
        if option != "params":
            new.set(option, copy.deepcopy(value), "loaded")
    if "param_names" in new and len(new["param_names"]) != len(new["params"]):
        raise ValueError(f"{where} has {len(new['param_names'])} 'param_names' for {len(new['params'])} parameters")
    for option in optimizer.option_keys:
        if option not in new:
            if option not in ADDED_LATER:
                raise KeyError(f"{option}: {where} has no {option!r}. Is it of another kind of optimizer?")
            new.fill_in(option, ADDED_LATER[option])
    check_options(optimizer, new, where)
    return new


def loaded_state(optimizer: Any, p: Any, group: ParamGroup, place: int, kept: Any) -> dict[str, Any]:
    """A parameter's state, copied: tensors of floats in the parameter's type, counts as they were.

    TypeError, KeyError or ValueError if it is not what the rule could have left.
    """
    name = f"of {named(group, place)}"
    if not isinstance(kept, dict):
        raise TypeError(f"loaded state dict does not fit: the state {name} is a {type(kept).__name__}, not a dict")
    expected = optimizer.start_state(p, group) if kept else {}
    for key in expected:
        if key not in kept:
            raise KeyError(f"{key}: loaded state dict has no {key!r} in the state {name}, only {list(kept)}")
    state = {}
    for key, value in kept.items():
        if key == "step":
            state[key] = p.state_number(count_of(value, f"{key} {name}"))
        elif key in optimizer.numbers or key in optimizer.numbers_after:
            number = one_number(value, f"{key} {name}")
            state[key] = p.state_like(number, ()) if p.shape else p.state_like(number)  # in the parameter's type
        elif key in optimizer.state_keys:
            if value is not None or key in expected:  # None is how older versions saved a momentum not yet there
                check_shape(value, expected[key].shape if key in expected else p.shape, f"{key} {name}")
                state[key] = p.loaded_state(value)
        else:
            state[key] = p.loaded_state(value) if hasattr(value, "array") else copy.deepcopy(value)
    return state


def one_number(value: Any, name: str) -> float:
    """A tensor's only element, or a plain number, as a float."""
    number = np.asarray(getattr(value, "array", value))
    if number.size != 1 or number.dtype.kind not in "biuf":
        raise TypeError(f"loaded state dict does not fit: {name} must be one number, not {value!r:.80}")
    return float(number.reshape(()))


def count_of(value: Any, name: str) -> float:
    """A count of steps. ValueError for what cannot be one."""
    number = one_number(value, name)
    if not 0 <= number < float("inf"):
        raise ValueError(f"loaded state dict does not fit: {name} must be a count of steps, from 0, not {number}")
    return number


def check_shape(value: Any, wanted: tuple[int, ...], name: str) -> None:
    """TypeError for what is no tensor, ValueError for another shape."""
    if not hasattr(value, "array"):
        raise TypeError(f"loaded state dict does not fit: {name} must be a tensor, not a {type(value).__name__}")
    if value.shape != wanted:
        raise ValueError(
            f"loaded state dict does not fit: {name} should have shape {wanted} and is {value.shape} there. Is it of "
            "another model, or are its parameters in another order?"
        )


def show(optimizer: Any) -> str:
    """`SGD (\\nParameter Group 0\\n    dampening: 0 ...)`: every group's options, as PyTorch shows them."""
    text = f"{type(optimizer).__name__} ("
    for number, group in enumerate(optimizer.param_groups):
        options = [f"    {option}: {group[option]}\n" for option in sorted(group) if option != "params"]
        text += f"\nParameter Group {number}\n" + "".join(options)
    return text + ")"
