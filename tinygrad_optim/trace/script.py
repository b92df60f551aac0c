"""Runs a person's script, unchanged, under a Recorder: as `python script.py args` would."""

from __future__ import annotations

import builtins
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath
from types import CodeType, ModuleType
from typing import Any

from .recorder import Recorder
from .recording import Recording


@dataclass
class ScriptRun:
    """What running a script left: its recording, and the exception that ended it (None: it came to its end)."""

    recording: Recording
    error: BaseException | None
    names: dict[str, Any]  # the script's own variables

    @property
    def exit_code(self) -> int:
        """What a shell would have got from the script by itself."""
        if isinstance(self.error, SystemExit):
            code = self.error.code
            return code if isinstance(code, int) else 0 if code is None else 1
        return 0 if self.error is None else 130 if isinstance(self.error, KeyboardInterrupt) else 1


def read_script(path: str | os.PathLike[str]) -> CodeType:
    """The script's code, which has not run. OSError if it cannot be read, SyntaxError if it is no Python."""
    whole = os.path.abspath(path)
    code: CodeType = compile(FilePath(whole).read_bytes(), whole, "exec", dont_inherit=True)
    return code


def run_script(
    path: str | os.PathLike[str], args: Sequence[str] = (), kind: type[Recorder] = Recorder, **options: Any
) -> ScriptRun:
    """Run a script with these arguments, its own lines recorded besides the library's, by this kind of Recorder.

    options: the Recorder's.

    The script finds itself as __main__, with its own sys.argv and its folder first in sys.path; afterwards these are
    as they were. What it raises ends the recording and is kept in `error`.
    OSError if it cannot be read, SyntaxError if it is no Python; then nothing has run.
    """
    whole = os.path.abspath(path)
    code = read_script(path)
    main = ModuleType("__main__")
    main.__dict__.update(__file__=whole, __builtins__=builtins, __cached__=None)
    before = sys.modules["__main__"], sys.argv, sys.path
    sys.modules["__main__"], sys.argv = main, [str(path), *args]
    sys.path = [os.path.dirname(os.path.realpath(whole)), *sys.path]
    also = options.pop("also", ())
    recorder = kind(also=[whole, *([also] if isinstance(also, str) else also)], **options)
    error: BaseException | None = None
    try:
        with recorder:
            exec(code, main.__dict__)
    except BaseException as raised:
        error = raised
        if raised.__traceback__ is not None:  # it begins with the script's frame, as it would have without us
            raised.__traceback__ = raised.__traceback__.tb_next
        if isinstance(raised, SystemExit):  # a script's own way to end
            recorder.recording.error = recorder.recording.error_place = None
    finally:
        sys.modules["__main__"], sys.argv, sys.path = before
    recorder.name_variables(main.__dict__)
    return ScriptRun(recorder.recording, error, main.__dict__)
