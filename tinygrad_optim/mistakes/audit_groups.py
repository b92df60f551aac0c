"""What `audit` asks of an optimizer's groups, and of the model whose parameters they hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..nn.parameter import Parameter
from ..tensor import Tensor
from .groups import KEPT_THERE, RANGES, in_range, tell_range, tell_unread
from .places import calling_place
from .registration_attributes import look_at_attributes
from .registration_facts import KNOWN, joined, known_of, roots_of, walk
from .speaking import collecting

Row = tuple[str, str, str]  # (what, what was found and what to do, where)
MOST_NAMES = 6


def decay_on_biases(optimizer: Any, model: Any) -> Iterator[Row]:
    """Weight decay on biases and on the scales of norms, which many recipes leave out."""
    for number, group in enumerate(optimizer.param_groups):
        if not group.get("weight_decay"):
            continue
        flat = [p for p in group["params"] if len(getattr(p, "shape", (1, 1))) < 2 and getattr(p, "needs_grad", False)]
        if flat and len(flat) < sum(len(other["params"]) for other in optimizer.param_groups):
            yield (
                "decay on biases and norms",
                f"weight_decay={group['weight_decay']:g} also draws {counted(flat)} to 0. Most recipes decay matrices "
                "alone: give these a group with weight_decay=0.",
                f"group {number}",
            )


def parameters_in_no_group(optimizer: Any, model: Any) -> Iterator[Row]:
    """Parameters of the model that no optimizer moves."""
    owned = {id(p) for known in list(KNOWN.values()) for p in known.parameters}
    owned |= {id(p) for group in optimizer.param_groups for p in group["params"]}
    for root in models_of(optimizer, model):
        left = []
        for path, module, hidden in sorted(walk(root), key=lambda found: found[0]):
            shelf = [(joined(path, name), p) for name, p in module._parameters.items() if p is not None]
            lost = [(name, p) for name, p in shelf if p.needs_grad and id(p) not in owned]
            if lost and hidden is not None:
                yield (
                    "layers-in-plain-list",
                    f"{named(lost)}: a plain list or dict, self.{hidden[1]}, in which parameters() finds nothing. Use "
                    "nn.ModuleList or nn.ModuleDict.",
                    type(hidden[0]).__name__,
                )
            elif lost:
                left += lost
            yield from plain_tensors(path or type(root).__name__, module, owned)
        if left:
            yield (
                "parameter-in-no-group",
                f"{named(left)}: in no group of any optimizer. Add a group, or say requires_grad_(False).",
                type(root).__name__,
            )


def plain_tensors(path: str, module: Any, owned: set[int]) -> Iterator[Row]:
    """Attributes that require a gradient and are no Parameters."""
    for name, value in module.__dict__.items():
        plain = isinstance(value, Tensor) and not isinstance(value, Parameter)
        if plain and value.needs_grad and value.is_leaf and id(value) not in owned:
            yield (
                "tensor-not-parameter",
                f"self.{name} {value.shape} requires a gradient, and parameters() does not find it. Write "
                f"self.{name} = nn.Parameter(...).",
                path,
            )


def groups_as_they_stand(optimizer: Any, model: Any) -> Iterator[Row]:
    """Groups without parameters, frozen ones, options out of range or read by nobody, misspelt attributes."""
    for number, group in enumerate(optimizer.param_groups):
        where = f"group {number}"
        if not group["params"]:
            yield "empty group", "it has no parameters: its options act on nothing.", where
        frozen = [(name_of(p), p) for p in group["params"] if not getattr(p, "needs_grad", True)]
        if frozen and any(p.gradient is not None for _, p in frozen):
            yield (
                "frozen-parameter-moves",
                f"{named(frozen)}: requires_grad is False, and a gradient is still there, so that steps move it. Set "
                "p.grad = None.",
                where,
            )
        with collecting() as told:
            for option, value in group.items():
                if option in RANGES and not in_range(option, value):
                    tell_range(optimizer, option, value, where, calling_place())
                elif option not in optimizer.defaults and option not in KEPT_THERE:
                    tell_unread(optimizer, option, value, where, calling_place())
        yield from ((code, said, where) for code, said, _ in told)
    with collecting() as told:
        look_at_attributes(known_of(optimizer))
    yield from ((code, said, place.describe()) for code, said, place in told)


def models_of(optimizer: Any, model: Any) -> list[Any]:
    """The model that was given, or those with which the optimizer's parameters are registered."""
    return roots_of(known_of(optimizer)) if model is None else [model]


def name_of(p: Any) -> str:
    """A parameter's name, as short as it is known."""
    return getattr(p, "name", None) or (p.described() if hasattr(p, "described") else "a Value")


def named(pairs: list[tuple[str, Any]]) -> str:
    """`fc.weight (10, 32), fc.bias (10,)`, and how many more."""
    shown = ", ".join(f"{name} {p.shape}" for name, p in pairs[:MOST_NAMES])
    return shown + (f" and {len(pairs) - MOST_NAMES} more" if len(pairs) > MOST_NAMES else "")


def counted(parameters: list[Any]) -> str:
    """`2 parameters that are no matrices (fc.bias, norm.weight)`"""
    names = ", ".join(map(name_of, parameters[:MOST_NAMES])) + (", ..." if len(parameters) > MOST_NAMES else "")
    many = (
        "1 parameter that is no matrix"
        if len(parameters) == 1
        else f"{len(parameters)} parameters that are no matrices"
    )
    return f"{many} ({names})"


STANDING = [decay_on_biases, parameters_in_no_group, groups_as_they_stand]
