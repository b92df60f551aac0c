"""See it run: record what real source lines read and wrote, and tell it as a story."""

from __future__ import annotations

from .recorder import Recorder, record
from .recording import Recording

__all__ = ["Recorder", "Recording", "record"]
