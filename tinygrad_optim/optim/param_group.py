"""One parameter group: a dict of options that also knows where each came from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .. import occasions


class Required:
    """As an option's default: every group must give the option itself."""

    def __repr__(self) -> str:
        return "<required parameter>"


required: Any = Required()


class ParamGroup(dict[str, Any]):
    """A group as PyTorch has it, {"params": [...], "lr": 0.1, ...}, and `origin`: option -> where it came from.

    "group": given in the group; "default": filled in; "assigned": set later; a scheduler sets its own name.
    """

    def __init__(self, given: dict[str, Any]) -> None:
        super().__init__(given)
        self.origin = dict.fromkeys(given, "group")
        self.checked = False  # since the last change
        self.packing: Any = None  # what packs.py knows of its parameters

    def loose(self, optimizer: Any) -> Iterable[tuple[int, Any]]:
        """(place, parameter) of those that are in no pack which the step being made can use: see packs.py."""
        if self.packing is not None and not self.packing.still_holds(self["params"]):
            self.packing = None
        if self.packing is None:
            return enumerate(self["params"])
        self.packing.sort_out(optimizer)
        found: list[tuple[int, Any]] = self.packing.loose
        return found

    def fill_in(self, option: str, default: Any) -> None:
        """Set an option that the group did not give."""
        self.set(option, default, "default")

    def set(self, option: str, value: Any, origin: str) -> None:
        """Set an option and say where the value comes from."""
        super().__setitem__(option, value)
        self.origin[option] = origin
        self.checked = False

    def __setitem__(self, option: str, value: Any) -> None:
        self.set(option, value, self.origin.get(option, "group") if option in ("params", "param_names") else "assigned")
        for look in occasions.option_set:
            look(self, option, value)

    def __delitem__(self, option: str) -> None:
        super().__delitem__(option)
        del self.origin[option]
        self.checked = False

    def pop(self, option: str, *default: Any) -> Any:
        value = super().pop(option, *default)
        if self.origin.pop(option, None):
            self.checked = False
        return value

    def update(self, *args: Any, **kwargs: Any) -> None:
        for option, value in dict(*args, **kwargs).items():
            self[option] = value

    def setdefault(self, option: str, default: Any = None) -> Any:
        if option not in self:
            self[option] = default
        return self[option]

    def __ior__(self, other: Any) -> ParamGroup:  # type: ignore[override,misc]
        self.update(other)
        return self

    def __reduce__(self) -> Any:
        return (ParamGroup, (dict(self),), {"origin": dict(self.origin)})


def as_number(value: Any) -> Any:
    """An option as a rule may compute with it: a tensor or numpy number as a Python one, which upcasts no array."""
    if value.__class__ in PLAIN:
        return value
    if isinstance(value, tuple | list):
        return tuple([as_number(one) for one in value])
    return value.item() if hasattr(value, "item") else value


PLAIN = {float, int, bool, type(None), str}


def is_parameter(p: Any) -> bool:
    """Whether an optimizer can hold it: a Tensor or a Value, by what they have in common."""
    return hasattr(p, "gradient") and hasattr(p, "state_like")


def as_groups(params: Any) -> list[dict[str, Any]]:
    """What an optimizer was given, as a list of groups: a list of parameters is one group.

    TypeError for a parameter, a module, a dict or a set in the place of a list; ValueError if it is empty.
    """
    wanted = "an iterable of Tensors or dicts"
    if is_parameter(params):
        raise TypeError(
            f"params argument given to the optimizer should be {wanted}, but got a {type(params).__name__}: "
            "write it in brackets, [parameter]"
        )
    if hasattr(params, "named_parameters"):
        raise TypeError(
            f"params argument given to the optimizer should be {wanted}, but got the module {type(params).__name__}: "
            "write module.parameters()"
        )
    if isinstance(params, dict):
        raise TypeError(
            f"params argument given to the optimizer should be {wanted}, but got a dict with the keys {list(params)}: "
            "write it in brackets, [{'params': ...}]"
        )
    if isinstance(params, set | frozenset):
        raise TypeError(f"params argument given to the optimizer should be {wanted}, but got a set, which has no order")
    if isinstance(params, str) or not isinstance(params, Iterable):
        raise TypeError(f"params argument given to the optimizer should be {wanted}, but got {type(params).__name__}")
    given = list(params)
    if not given:
        raise ValueError(
            "optimizer got an empty parameter list: either the list is empty, or it was a generator that had been "
            "used up before; call parameters() anew each time"
        )
    return given if isinstance(given[0], dict) else [{"params": given}]


def as_parameters(params: Any, where: str) -> tuple[list[Any], list[str]]:
    """A group's parameters as a list, and their names if pairs were given ([] if not).

    TypeError for a set or for what is no parameter; ValueError if only some have names.
    """
    if isinstance(params, set | frozenset):
        raise TypeError(
            "optimizer parameters need to be organized in ordered collections, but the ordering of tensors in sets "
            f"will change between runs. Please use a list instead of the set in {where}."
        )
    if hasattr(params, "named_parameters"):
        raise TypeError(f"'params' of {where} is the module {type(params).__name__}: write module.parameters()")
    if isinstance(params, str | dict) or not (is_parameter(params) or isinstance(params, Iterable)):
        raise TypeError(f"'params' of {where} must be Tensors, but it is a {type(params).__name__}: {params!r:.80}")
    given = [params] if is_parameter(params) else list(params)
    pairs = [one for one in given if isinstance(one, tuple) and len(one) == 2]
    if pairs and len(pairs) < len(given):
        raise ValueError(
            f"all optimizer params should be with/without names. Some param names are missing: in {where} "
            f"{len(pairs)} of {len(given)} have one"
        )
    found = [p for _, p in pairs] if pairs else given
    for place, p in enumerate(found):
        if not is_parameter(p):
            raise TypeError(
                f"optimizer can only optimize Tensors, but one of the params is {type(p).__name__}: params[{place}] of "
                f"{where} is {p!r:.80}"
            )
    names = [name for name, _ in pairs]
    for place, name in enumerate(names):
        if not isinstance(name, str):
            raise TypeError(
                f"a parameter's name must be a str, but that of params[{place}] of {where} is {type(name).__name__}: "
                "pairs are (name, parameter)"
            )
    return found, names
