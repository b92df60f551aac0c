"""The mistakes that PyTorch makes in silence, noticed as they happen: each a `TeachingWarning` that says what to write.

The numbers stay PyTorch's: a check looks on and changes nothing. `off()` takes all checks off, `on()` puts them back,
`strict()` makes each mistake an error, `audit(optimizer, model)` looks at what stands still. What a code such as
no-zero-grad means is told by `tinygrad-optim why no-zero-grad`.
"""

from __future__ import annotations

from .. import occasions
from . import loop, losses, losses_broadcast
from .speaking import TeachingWarning, strict

__all__ = ["TeachingWarning", "off", "on", "strict"]

# The files of checks. Each says in LOOKS what it looks at: {occasion: [functions]}.
TOPICS = (loop, losses, losses_broadcast)


def on() -> None:
    """Have every check look on. They do from the start: this is for after off()."""
    off()
    for topic in TOPICS:
        for name, looks in topic.LOOKS.items():
            getattr(occasions, name).extend(looks)


def off() -> None:
    """Take all checks off. They cost nothing then."""
    for occasion in occasions.ALL:
        occasion.clear()
