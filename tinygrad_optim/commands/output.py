"""Where what a command prints goes: a stream that cannot show every letter, a reader who leaves early."""

from __future__ import annotations

import os
import sys


def show_any_letter() -> None:
    r"""From here on, a letter that standard output cannot show is printed as \xe9, and does not end the command."""
    reconfigure = getattr(sys.stdout, "reconfigure", None)  # a stream put in its place may have none
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")


def reader_has_gone() -> None:
    """Send what is still to be printed nowhere: whoever was to read it has closed the pipe, and that is no error."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
