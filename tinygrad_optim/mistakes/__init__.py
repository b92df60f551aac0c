"""The mistakes that PyTorch makes in silence, noticed as they happen: each a `TeachingWarning` that says what to write.

The numbers stay PyTorch's: a check looks on and changes nothing. `off()` takes all checks off, `on()` puts them back,
`strict()` makes each mistake an error, `audit(optimizer, model)` looks at what stands still. What a code such as
no-zero-grad means is told by `tinygrad-optim why no-zero-grad`.
"""

from __future__ import annotations

from .. import occasions
from . import (
    attention,
    audit_losses,
    bare_steps,
    cuts,
    graph,
    groups,
    groups_assigned,
    groups_moving,
    growth,
    loop,
    losses,
    losses_broadcast,
    notes,
    registration,
    registration_empty,
    registration_facts,
    registration_steps,
    schedulers,
    schedulers_facts,
    schedulers_lr,
    state,
    walks,
)
from .audit_table import audit
from .speaking import TeachingWarning, strict

__all__ = ["TeachingWarning", "audit", "off", "on", "strict"]

# The files of checks. Each says in LOOKS what it looks at: {occasion: [functions]}. The first notes which line walks,
# the last what is to be known at the next occasion: the checks see how things stood before.
TOPICS = (
    walks,
    registration_facts,
    registration,
    registration_empty,
    groups,
    groups_moving,
    registration_steps,
    cuts,
    loop,
    bare_steps,
    growth,
    graph,
    losses,
    losses_broadcast,
    schedulers,
    schedulers_lr,
    schedulers_facts,
    state,
    audit_losses,
    notes,
)


def on() -> None:
    """Have every check look on. They do from the start: this is for after off()."""
    off()
    occasions.walk.append(attention.count_walk)
    for topic in (*TOPICS, attention):
        for name, looks in topic.LOOKS.items():
            getattr(occasions, name).extend(looks)
    attention.begin([topic.LOOKS for topic in TOPICS])
    groups_assigned.on()


def off() -> None:
    """Take all checks off. They cost nothing then."""
    for occasion in occasions.ALL:
        occasion.clear()
    groups_assigned.off()
