"""PyTorch's autograd and torch.optim, small enough to read, with every update visible line by line.

Importing this package loads numpy and takes no longer than that. A room (`nn`, `optim`) is loaded when its name is
first used, and names.py, which has the other names, when one of those is. From then on a name stands here as in any
module. numpy keeps some of its rooms in the same way.
"""

from __future__ import annotations

import sys as _sys
import warnings as _warnings
from importlib import import_module as _import_module
from types import ModuleType as _ModuleType
from typing import TYPE_CHECKING, Any as _Any

import numpy as _numpy  # noqa: F401  # where numpy is missing, this is the line to say so

if TYPE_CHECKING:  # what type checkers and editors see
    from . import (
        autograd as autograd,
        backends as backends,
        cuda as cuda,
        linalg as linalg,
        nn as nn,
        optim as optim,
        random as random,
        return_types as return_types,
        utils as utils,
    )
    from .display import set_printoptions as set_printoptions
    from .names import *  # noqa: F403
    from .serialization import load as load, save as save

__version__ = "0.1.0"

# 1/0 is inf and 0/0 is nan, silently, as in PyTorch; numpy would warn from inside this package.
_warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"tinygrad_optim\.")

_ROOMS = ("autograd", "backends", "cuda", "linalg", "nn", "optim", "random", "return_types", "utils")
_FILES = {"load": "serialization", "save": "serialization", "set_printoptions": "display"}  # loaded for these alone
_FUNCTIONS = ("gradcheck", "tensor", "trace")  # there are files of these names too


def __getattr__(name: str) -> _Any:
    """Called for a name that is not here yet: puts it here, from its file, as a module, or with all of names.py."""
    if name in _FILES:
        globals()[name] = getattr(_import_module(f"{__name__}.{_FILES[name]}"), name)
    elif name in _FUNCTIONS or name == "__all__" or not (name.startswith("__") or _module(name)):
        _load_names()
    if name not in globals():
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name, obj=_sys.modules[__name__])
    return globals()[name]


def __dir__() -> list[str]:
    """All names, loaded or not."""
    _load_names()
    return sorted({*globals(), *globals()["__all__"]})


def _module(name: str) -> _ModuleType | None:
    """The module of this name, if there is one. Importing it has put it here."""
    wanted = f"{__name__}.{name}"
    try:
        return _import_module(wanted)
    except ModuleNotFoundError as error:
        if error.name != wanted:
            raise
        return None


def _load_names() -> None:
    """Put the names of names.py here; what is here already stays."""
    names = vars(_import_module(f"{__name__}.names"))
    for name in names:
        if not name.startswith("_"):
            globals().setdefault(name, names[name])
    globals()["__all__"] = sorted([*names["__all__"], *_ROOMS, *_FILES])
    _sys.modules[__name__].__class__ = _ModuleType


class _WithoutNames(_ModuleType):
    """This module until its names are loaded: the file tensor.py is not to stand where tensor() will."""

    def __setattr__(self, name: str, value: object) -> None:
        if name not in ("gradcheck", "tensor") or not isinstance(value, _ModuleType):
            super().__setattr__(name, value)


_sys.modules[__name__].__class__ = _WithoutNames

_monitoring = getattr(_sys, "monitoring", None)  # from Python 3.12 on
if _sys.gettrace() is not None or (_monitoring and _monitoring.get_tool(_monitoring.DEBUGGER_ID)):
    # Under a debugger all is loaded now: it is not to be led through this file later.
    _load_names()
    from . import nn as nn, optim as optim
