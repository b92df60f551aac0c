"""Momentum that goes down while the lr goes up: of SGD's kind `momentum`, of Adam's `betas[0]`."""

from __future__ import annotations

from typing import Any

from .group_options import set_option


def has_beta1(scheduler: Any, optimizer: Any) -> bool:
    """Whether the optimizer's momentum is its betas[0]. ValueError if it has none at all."""
    if "momentum" not in optimizer.defaults and "betas" not in optimizer.defaults:
        raise ValueError(
            "optimizer must support momentum or beta1 with `cycle_momentum` option enabled: "
            f"{type(optimizer).__name__} has neither; give {type(scheduler).__name__} cycle_momentum=False"
        )
    return "betas" in optimizer.defaults


def set_momentum(scheduler: Any, group: Any, momentum: float) -> None:
    """Set a group's momentum, or the first of its betas."""
    origin = type(scheduler).__name__
    if scheduler.use_beta1:
        set_option(group, "betas", (momentum, *group["betas"][1:]), origin)
    else:
        set_option(group, "momentum", momentum, origin)


def note_range(scheduler: Any, base_momentums: list[Any], max_momentums: list[Any]) -> None:
    """Note each group's least and largest momentum in the group."""
    origin = type(scheduler).__name__
    for group, base, largest in zip(scheduler.optimizer.param_groups, base_momentums, max_momentums):
        set_option(group, "max_momentum", largest, origin)
        set_option(group, "base_momentum", base, origin)
