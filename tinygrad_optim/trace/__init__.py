"""See it run: record what real source lines read and wrote, and tell it as a story.

with Recorder() as recorder:
    ...                     # build an optimizer, train a step
story = tell(recorder)
story.save_text("trace.txt")
story.save_html("trace.html")

print(explain(optimizer, "fc.bias"))            # what the next step will do with it, and why
with watch(optimizer, "fc.bias") as watched:    # keep what the next steps do
    ...
print(watched.explain(-1))
"""

from __future__ import annotations

import sys
from types import ModuleType

from .. import Tensor  # of the package: what it loads when first used is loaded before anything is watched
from ..functions import trace as matrix_trace
from .explanation import Explanation, explain
from .recorder import Recorder, record
from .recording import Recording
from .story import Story, tell
from .watching import Watch, watch

__all__ = [
    "Explanation",
    "Recorder",
    "Recording",
    "Story",
    "Watch",
    "explain",
    "record",
    "tell",
    "watch",
]


class TraceRoom(ModuleType):
    """This room. Its name is also PyTorch's for the sum of a matrix's diagonal: called, that is what it gives."""

    def __call__(self, input: Tensor) -> Tensor:
        return matrix_trace(input)


sys.modules[__name__].__class__ = TraceRoom
