"""Learning-rate schedules: PyTorch's torch.optim.lr_scheduler.

Each schedule is a pure function, its *rule*: of the step number t, the group's initial lr (`base`), the lr it
has now, and the schedule's options. `driver.py` does the rest. There are two kinds:

- *chainable* rules multiply the lr that is there, so several schedules can work on one optimizer, and an lr
  edited by hand is respected. Most of them also have a closed form, used by `step(epoch)` alone;
- *closed forms* (LambdaLR, CosineAnnealingWarmRestarts, CyclicLR, OneCycleLR) compute the lr from t and the
  initial lr: an edit by hand lasts until the next step().

Building a schedule already makes its first step (t = 0) and notes each group's lr as its `initial_lr`.

A group that is added later is taken in by the next step(): the lr it has then becomes its `initial_lr`, and
from there on the rule is applied to it as to the others. What a schedule keeps for each group (functions, largest
lrs, momenta) the new one takes over if all the others have the same; if they differ, step() raises and says
where to put the new group's own.
"""

from .composition import ChainedScheduler, SequentialLR
from .cyclic import CyclicLR
from .decay import (
    ConstantLR,
    CosineAnnealingLR,
    ExponentialLR,
    LinearLR,
    MultiStepLR,
    PolynomialLR,
    StepLR,
)
from .driver import LRScheduler, _LRScheduler
from .functions import LambdaLR, MultiplicativeLR
from .one_cycle import OneCycleLR
from .plateau import ReduceLROnPlateau
from .restarts import CosineAnnealingWarmRestarts

__all__ = [
    "ChainedScheduler",
    "ConstantLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "CyclicLR",
    "ExponentialLR",
    "LRScheduler",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "MultiplicativeLR",
    "OneCycleLR",
    "PolynomialLR",
    "ReduceLROnPlateau",
    "SequentialLR",
    "StepLR",
    "_LRScheduler",
]
