"""Who else is watching: a debugger is left alone, a coverage tool steps aside for a while."""

from __future__ import annotations

import sys
from typing import Any

DEBUGGERS = ("bdb", "pdb", "pydevd", "_pydevd", "debugpy", "ptvsd", "IPython.core.debugger")


def is_debugger(tracer: Any) -> bool:
    """Whether a trace function belongs to a debugger: pdb and others by bdb, VS Code and PyCharm by pydevd."""
    owner = getattr(tracer, "__self__", None)
    kinds = type(tracer).__mro__ + type(owner).__mro__
    modules = [getattr(tracer, "__module__", None), *(kind.__module__ for kind in kinds)]
    return any(str(module).split(".")[0].startswith(DEBUGGERS) for module in modules)


def watching_debugger() -> str | None:
    """The debugger at work in this thread, as a message names it; None if there is none."""
    tracer = sys.gettrace()
    if tracer is not None and is_debugger(tracer):
        return name_of(tracer)
    monitoring = getattr(sys, "monitoring", None)  # Python 3.12 and later
    return monitoring.get_tool(monitoring.DEBUGGER_ID) if monitoring else None


def name_of(tracer: Any) -> str:
    """How a note names a trace function: the module and the class or function it is."""
    owner = getattr(tracer, "__self__", tracer)
    kind = owner if hasattr(owner, "__name__") else type(owner)
    return f"{kind.__module__}.{kind.__name__}"


def refuse_beside_debugger() -> None:
    """RuntimeError beside a debugger: two cannot have the one trace function of a thread."""
    found = watching_debugger()
    if found:
        raise RuntimeError(
            "cannot record while a debugger is at work: both need this thread's trace function, and the debugger "
            f"would lose its breakpoints. Found: {found}. Run the program without the debugger to record it, or "
            "take the Recorder out to debug it."
        )
