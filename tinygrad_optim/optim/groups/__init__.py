"""Building parameter groups: which parameter gets which options, by what rule, and a table that shows it.

    plan = build(model, ByPattern({"head.*": {"lr": 1e-2}}, rest={}), NoDecay(0.05))
    print(plan)                                   # who went where, and why
    optimizer = AdamW(plan.groups, lr=1e-3)       # plain dicts: any optimizer takes them

Each criterion gives a parameter some options; those of several criteria are put together, and parameters with the
same become one group. Every parameter is accounted for exactly once: in a group, or left out for a stated reason.
"""

from .build import build
from .criteria import ByPattern, LayerDecay, NoDecay, Place
from .plan import Member, Plan

__all__ = ["ByPattern", "LayerDecay", "Member", "NoDecay", "Place", "Plan", "build"]
