"""See it run: record what real source lines read and wrote, and tell it as a story.

with Recorder() as recorder:
    ...                     # build an optimizer, train a step
story = tell(recorder)
story.save_text("trace.txt")
story.save_html("trace.html")
"""

from __future__ import annotations

from .recorder import Recorder, record
from .recording import Recording
from .story import Story, tell

__all__ = ["Recorder", "Recording", "Story", "record", "tell"]
