"""What a group and its options must be. Each check raises PyTorch's exception type and changes nothing."""

from __future__ import annotations

import difflib
import inspect
import math
import warnings
from typing import Any

import numpy as np

from .. import occasions
from .compiled import require_numba
from .param_group import required

# Options that are one number: the least and the most it may be, and the words PyTorch's message has for it.
NUMBERS = {
    "lr": (0.0, math.inf, "learning rate"),
    "momentum": (0.0, math.inf, "momentum value"),
    "dampening": (-math.inf, math.inf, "dampening value"),
    "weight_decay": (0.0, math.inf, "weight_decay value"),
    "eps": (0.0, math.inf, "epsilon value"),
    "alpha": (0.0, math.inf, "alpha value"),
    "rho": (0.0, 1.0, "rho value"),
    "lr_decay": (0.0, math.inf, "lr_decay value"),
    "initial_accumulator_value": (0.0, math.inf, "initial_accumulator_value value"),
    "momentum_decay": (0.0, math.inf, "momentum_decay value"),
    "lambd": (-math.inf, math.inf, "lambd value"),
    "t0": (-math.inf, math.inf, "t0 value"),
    "d": (1.0, math.inf, "clipping threshold d"),
    "beta2_decay": (-math.inf, 0.0, "beta2_decay value"),
}

SWITCHES = {
    *("nesterov", "maximize", "amsgrad", "centered", "decoupled_weight_decay", "foreach", "fused", "capturable"),
    "differentiable",
}


def check_keywords(cls: type, given: dict[str, Any]) -> None:
    """TypeError for a keyword the optimizer's __init__ does not have, with the name that was probably meant."""
    accepted = inspect.signature(cls.__init__).parameters  # type: ignore[misc]
    if any(p.kind is p.VAR_KEYWORD for p in accepted.values()):
        return
    for name in given:
        if name not in accepted:
            counterparts = getattr(cls, "counterparts", {})
            near = difflib.get_close_matches(name, [option for option in accepted if option != "self"], 1)
            advice = f"in {cls.__name__} its part is played by {counterparts[name]}" if name in counterparts else ""
            advice = advice or (f"did you mean {near[0]!r}?" if near else f"it takes {', '.join(list(accepted)[1:])}")
            raise TypeError(f"{cls.__name__}.__init__() got an unexpected keyword argument {name!r}: {advice}")


def check_is_group(group: Any, where: str) -> None:
    """TypeError for anything but a dict, KeyError for one without "params"."""
    if not isinstance(group, dict):
        raise TypeError(f"param_group must be a dict, but got {type(group)}: write {{'params': [...], ...}}")
    if "params" not in group:
        raise KeyError(f"params: {where} has no 'params', only {list(group)}; say which parameters it is for")


def check_parameters(group: Any, where: str) -> None:
    """ValueError for a parameter that was computed from others; a warning for one that is there twice."""
    for place, p in enumerate(group["params"]):
        if not p.is_leaf and not group.get("differentiable"):
            raise ValueError(
                f"can't optimize a non-leaf Tensor: {named(group, place)} in {where} was computed from others. Give "
                "the tensor that it was computed from, or detach() it and set requires_grad."
            )
    seen: dict[int, int] = {}
    for place, p in enumerate(group["params"]):
        if id(p) in seen:
            warnings.warn(
                f"optimizer contains a parameter group with duplicate parameters: {where} has {named(group, place)} at "
                f"places {seen[id(p)]} and {place}, and each step will move it twice; in future, this will be an error",
                stacklevel=5,
            )
        seen[id(p)] = place


def check_disjoint(groups: list[Any], group: Any, where: str) -> None:
    """ValueError if a parameter of this group is in an earlier one too; or named where the others are not."""
    owners = {id(p): number for number, other in enumerate(groups) for p in other["params"]}
    for place, p in enumerate(group["params"]):
        if id(p) in owners:
            raise ValueError(
                f"some parameters appear in more than one parameter group: {named(group, place)} is in group "
                f"{owners[id(p)]} and in {where}. Each parameter belongs to one group: take it out of one of them."
            )
    if any(("param_names" in other) != ("param_names" in group) for other in groups):
        raise ValueError(
            f"all optimizer param groups should be with/without names: {where} "
            f"{'has' if 'param_names' in group else 'has no'} names, the groups before it differ"
        )


def check_options(optimizer: Any, options: dict[str, Any], where: str) -> None:
    """TypeError or ValueError for an option of the wrong type, out of range or NaN; only those a rule reads."""
    if optimizer.rule is None:
        return
    kind = type(optimizer).__name__
    for name, value in options.items():
        if value is not required:
            check_option(optimizer, name, value, NUMBERS.get(name), f"{name!r} in {where} of {kind}")
    if options.get("capturable"):
        raise NotImplementedError(
            f"capturable=True in {where} of {kind} is for CUDA graphs, and there is no CUDA here: leave it out"
        )
    if options.get("fused") and (options.get("foreach") or options.get("differentiable")):
        other = "foreach" if options.get("foreach") else "differentiable"
        raise RuntimeError(f"`fused` and `{other}` cannot be `True` together, as they are in {where} of {kind}")
    if hasattr(optimizer, "check_together"):
        optimizer.check_together(options, where)


def check_option(optimizer: Any, name: str, value: Any, limits: Any, where: str) -> None:
    """One option: a number within its limits, a pair of betas, or a switch."""
    if name in optimizer.tuples:
        return
    if limits is not None:
        least, most, words = limits
        check_number(value, least, most, words, where)
    elif name == "betas":
        check_betas(value, where)
    elif name in SWITCHES and not isinstance(value, bool | int | np.bool_ | None):
        raise TypeError(f"{where} must be True or False, but it is a {type(value).__name__}: {value!r:.80}")


def check_number(value: Any, least: float, most: float, words: str, where: str) -> None:
    """One number from least to most, and not NaN."""
    number = getattr(value, "array", value)
    if isinstance(number, np.ndarray):
        if number.size != 1:
            raise ValueError(f"Tensor {words} must be 1-element: {where} has shape {number.shape}")
        number = number.item()
    if not isinstance(number, int | float | np.number):
        raise TypeError(f"{where} must be a number, but it is a {type(value).__name__}: {value!r:.80}")
    if not least <= number <= most:
        raise ValueError(f"Invalid {words}: {number} ({where}; it must be a number from {least} to {most})")


def check_betas(betas: Any, where: str) -> None:
    """A pair of numbers from [0, 1)."""
    if not isinstance(betas, tuple | list) or len(betas) != 2:
        raise TypeError(f"{where} must be a pair of numbers such as (0.9, 0.999), but it is {betas!r:.80}")
    for index, beta in enumerate(betas):
        check_number(beta, 0.0, math.nextafter(1.0, 0.0), f"beta parameter at index {index}", where)


def check_step(optimizer: Any) -> None:
    """Whether step() can go through: each gradient and the state fit their parameter, edited options are numbers.

    RuntimeError for a shape or type; KeyError, TypeError or ValueError for an option.
    """
    for number, group in enumerate(optimizer.param_groups):
        if not group.checked:
            check_edited(optimizer, group, f"group {number}")
            group.checked = True
        if group.get("differentiable"):
            check_differentiable(optimizer, group, number)
        for place, p in group.loose(optimizer):
            g, array, state = p.gradient, p.array, optimizer.state.get(p)
            if g is None:
                continue
            if state and optimizer.elementwise:
                for key in optimizer.state_keys:
                    if key in state and state[key].shape != p.shape:
                        raise other_state(key, state[key], group, number, place)
            if g.__class__ is not np.ndarray:
                if not isinstance(g, int | float | np.number):
                    raise RuntimeError(
                        f"the gradient of {named(group, place)} in group {number} is {g!r:.80}, not a number"
                    )
            elif g.shape != array.shape or g.dtype != array.dtype:
                raise RuntimeError(
                    f"the gradient of {named(group, place)} in group {number} has shape {g.shape} and type {g.dtype}, "
                    f"and the parameter {array.shape} and {array.dtype}. Was the parameter's data replaced after "
                    "backward()? Nothing was changed by this step."
                )
    for look in occasions.step:
        look(optimizer)


def check_differentiable(optimizer: Any, group: Any, number: int) -> None:
    """RuntimeError if a gradient through the step would be lost, or would end at a leaf that the step replaces."""
    for key in optimizer.through_numbers:
        values = group[key] if isinstance(group[key], tuple | list) else [group[key]]
        if any(getattr(value, "needs_grad", False) for value in values):
            raise RuntimeError(
                f"{key} of {type(optimizer).__name__} acts through numbers kept from step to step, and no gradient goes"
                f" through those: give {key} of group {number} as a number, or detach() it"
            )
    for place, p in enumerate(group["params"]):
        if p.needs_grad and p.is_leaf:
            raise RuntimeError(
                "a leaf Variable that requires grad is being used in an in-place operation: with differentiable=True "
                f"{named(group, place)} in group {number} becomes the result of the step. Give the optimizer its "
                "clone(). Nothing was changed by this step."
            )


def other_state(key: str, found: Any, group: Any, number: int, place: int) -> RuntimeError:
    """A parameter's state no longer has its shape."""
    return RuntimeError(
        f"the {key} of {named(group, place)} in group {number} has shape {found.shape}. Was the parameter's data "
        "replaced? Make a new optimizer for it. Nothing was changed by this step."
    )


def check_returned(optimizer: Any, p: Any, p_new: Any, after: list[Any]) -> None:
    """TypeError if a rule did not return (new p, *new state): without the comma of `(new,)` an array comes apart."""
    shape = getattr(p_new, "shape", ())
    if shape == p.shape and len(after) == len(optimizer.state_keys):
        return
    wanted = " ".join(f"new {key}," for key in ("p", *optimizer.state_keys))
    raise TypeError(
        f"the rule of {type(optimizer).__name__} must return a tuple, ({wanted}), with arrays of the parameter's "
        f"shape, {tuple(p.shape)}; it returned {1 + len(after)} things, the first of shape {tuple(shape)}. "
        "This parameter was not changed."
    )


def check_edited(optimizer: Any, group: Any, where: str) -> None:
    """KeyError for an option that was taken out, TypeError or ValueError for one set to no number or NaN.

    As in PyTorch the range is no longer asked: a schedule may pass below 0 by a rounding error.
    """
    kind = type(optimizer).__name__
    if group.get("fused"):
        require_numba()
    for name in optimizer.option_keys:
        if name not in group:
            raise KeyError(f"{name}: {where} of {kind} has no {name!r} any more. Nothing was changed by this step.")
        limits = (-math.inf, math.inf, NUMBERS[name][2]) if name in NUMBERS else None
        check_option(optimizer, name, group[name], limits, f"{name!r} in {where} of {kind}")


def named(group: Any, place: int) -> str:
    """How a message names the parameter at this place in a group: by name if it has one, and its shape."""
    p = group["params"][place]
    names = group.get("param_names")
    name = names[place] if names else p.name
    return f"{name or f'params[{place}]'} (shape {p.shape})"
