"""Whether the optimizer has stepped since it got its first schedule: a hook that takes itself off again."""

from __future__ import annotations

import warnings
from typing import Any

SCHEDULER_FIRST = (
    "Detected call of `lr_scheduler.step()` before `optimizer.step()`. "
    "In PyTorch 1.1.0 and later, you should call them in the opposite order: "
    "`optimizer.step()` before `lr_scheduler.step()`.  Failure to do this "
    "will result in PyTorch skipping the first value of the learning rate schedule. "
    "See more details at "
    "https://pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate"
)
STEP_OVERRIDDEN = (
    "Seems like `optimizer.step()` has been overridden after learning rate scheduler initialization. "
    "Its replacement has not called the optimizer's own step() so far; "
    "please call `optimizer.step()` before `lr_scheduler.step()`."
)


def watch_first_step(optimizer: Any) -> None:
    """Wait for the optimizer's next step; only once in its life, whatever schedules it gets later."""
    if not getattr(optimizer, "scheduled", False):
        optimizer.scheduled = True
        optimizer.register_step_pre_hook(note_first_step)


def note_first_step(optimizer: Any, args: Any, kwargs: Any) -> None:
    """The hook: it has run once it is gone, and a step costs nothing from then on."""
    shelf = optimizer.hooks.before
    for key in [key for key, hook in shelf.items() if hook is note_first_step]:
        del shelf[key]


def warn_if_not_stepped(optimizer: Any) -> None:
    """PyTorch's warning if the hook is still waiting: a schedule's second step() came before the optimizer's first."""
    if note_first_step in optimizer.hooks.before.values():
        overridden = "step" in vars(optimizer)
        warnings.warn(STEP_OVERRIDDEN if overridden else SCHEDULER_FIRST, UserWarning, stacklevel=3)
