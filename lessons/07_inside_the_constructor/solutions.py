"""Solutions of lesson 7: inside the constructor."""

from __future__ import annotations

from typing import Any

from tinygrad_optim import nn, optim


def final_options(lr: float, momentum: float, own: float, later: float) -> list[list[float]]:
    """Predict: which lr and which momentum has each group when this program has ended?

        a, b, c = (torch.zeros(1, requires_grad=True) for _ in range(3))
        optimizer = optim.SGD([{"params": [a]}, {"params": [b], "momentum": own}], lr=lr, momentum=momentum)
        optimizer.defaults["momentum"] = later
        optimizer.param_groups[0]["lr"] = 2 * lr
        optimizer.add_param_group({"params": [c]})

    `tinygrad-optim check 7` shows you your own numbers. Work it out before you run anything, and return [[lr, momentum]
    of group 0, [lr, momentum] of group 1, [lr, momentum] of group 2].
    """
    return [[2 * lr, momentum], [lr, own], [lr, later]]


def complete(params: list[Any], defaults: dict[str, Any]) -> list[dict[str, Any]]:
    """Make an optimizer's groups, as Optimizer.__init__ does, in plain Python. Parameters are just names here.

    params: a list of names, or a list of dicts {"params": [names], option: value, ...}.
    defaults: each option's value for the groups that do not give it.
    Returns: a new list of new dicts, each with "params" (a new list) and every option of the defaults.
    Raises ValueError if a name is in more than one group.

    What was given must be as it was afterwards: neither the list nor any dict in it is changed.

        complete([{"params": ["w"], "lr": 0.5}, {"params": ["b"]}], {"lr": 0.1, "momentum": 0.9})

    is [{"params": ["w"], "lr": 0.5, "momentum": 0.9}, {"params": ["b"], "lr": 0.1, "momentum": 0.9}], and

        complete(["w", "b"], {"lr": 0.1})

    is [{"params": ["w", "b"], "lr": 0.1}].
    """
    given = params if isinstance(params[0], dict) else [{"params": params}]
    groups: list[dict[str, Any]] = []
    for group in given:
        # Later keys win, so the group's own options stand last.
        complete_group = {**defaults, **group, "params": list(group["params"])}
        for other in groups:
            if set(other["params"]) & set(complete_group["params"]):
                raise ValueError("some parameters appear in more than one group")
        groups.append(complete_group)
    return groups


def given_options(trace: list[tuple[str, dict[str, Any]]]) -> list[list[str]]:
    """Read: which options did each group give itself? All you have is the trace of add_param_group.

    trace: the lines that ran while an optimizer was made, in order, each as (the line's text, what it wrote or read).
    Only four of add_param_group's lines are in it, and they look like this:

        ('where = f"group {len(self.param_groups)}"', {"where": "group 0"})                      a group begins
        ("for option, default in self.defaults.items():", {"option": "lr", "default": 0.1})      its next option
        ("group.fill_in(option, default)", {"option": "lr", "default": 0.1})                     it was missing
        ("self.param_groups.append(group)", {})                                                  the group is in

    Returns: for each group the options that it gave itself, in the order of the defaults. A trace of two groups, of
    which the first gave lr and the second nothing, leads to [["lr"], []].

    A group may be refused by the checks: its lines are there, but no append. It is in no optimizer, so leave it out.
    """
    groups = []
    for text, values in trace:
        if text.startswith("where"):
            given: list[str] = []
        elif text.startswith("for"):
            given.append(values["option"])
        elif text.startswith("group.fill_in"):
            given.remove(values["option"])
        else:
            groups.append(given)
    return groups


def lost(net: nn.Module, optimizer: optim.Optimizer) -> list[str]:
    """Find: which parameters of the net does the optimizer not hold?

    Returns: their names as net.named_parameters() gives them, in that order; [] if it holds all.

    Parameters get lost when a layer is replaced after the optimizer was made, or was forgotten when the groups were
    written. A new layer may have just the same numbers and shapes as the old one: they are different parameters.
    """
    held = {id(p) for group in optimizer.param_groups for p in group["params"]}
    return [name for name, p in net.named_parameters() if id(p) not in held]
