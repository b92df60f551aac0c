"""A child process that hears Ctrl-C, even where the tests do not: the background jobs of a shell ignore it."""

from __future__ import annotations

import os
import signal
import subprocess
from typing import Any


def hear() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


# What Popen is to be given.
HEARS: dict[str, Any] = (
    {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP} if os.name == "nt" else {"preexec_fn": hear}
)


def interrupt(process: subprocess.Popen[Any]) -> None:
    """Ctrl-C, for this process."""
    process.send_signal(signal.CTRL_BREAK_EVENT if os.name == "nt" else signal.SIGINT)
