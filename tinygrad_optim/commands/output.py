"""Where what a command prints goes: a stream that cannot show every letter, a reader who leaves early."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from ..saving import ready_folder
from .arguments import Refused


def check_files(script: Path, *files: Path | None) -> None:
    """Refused, before the script runs, if what is asked for cannot be written, or would take the place of another."""
    taken = {os.path.realpath(script): "the script"}
    for path in files:
        if path is None:
            continue
        whole = os.path.realpath(path)
        if whole in taken:
            raise Refused(f"cannot write to {path}: that is {taken[whole]}. Choose another file")
        taken[whole] = "where another file is to be written"
        try:
            ready_folder(path.parent, (path.name,))
        except OSError as error:
            raise Refused(f"cannot write to {path}: {error.strerror}. Choose another file") from None


def show_any_letter() -> None:
    r"""From here on, a letter that standard output cannot show is printed as \xe9, and does not end the command."""
    reconfigure = getattr(sys.stdout, "reconfigure", None)  # a stream put in its place may have none
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")


def reader_has_gone() -> None:
    """Send what is still to be printed nowhere: whoever was to read it has closed the pipe, and that is no error."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
