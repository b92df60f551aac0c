"""Which line of the learner's program did it: kept as (code object, instruction offset), read when asked."""

from __future__ import annotations

import linecache
import os
import sys
from types import CodeType

# Code in these files is never "the line that did it": messages name the line that called into them.
HERE = os.path.dirname(__file__)
FILES = ("engine", "delivery", "in_place", "views", "value", "grad_mode", "gradient_hooks", "gradcheck")
ROOMS = ("autograd", "creation", "functions", "nn", "ops", "optim")
LIBRARY = {os.path.join(HERE, f"{name}.py") for name in FILES}
LIBRARY |= {os.path.join(HERE, name) for name in os.listdir(HERE) if name.startswith("tensor")}
for _room in ROOMS:
    for _folder, _, _names in os.walk(os.path.join(HERE, _room)):
        LIBRARY |= {os.path.join(_folder, name) for name in _names if name.endswith(".py")}


def calling_line() -> tuple[CodeType, int]:
    """The innermost line outside the library that is now running, as (code object, instruction offset)."""
    frame = sys._getframe(1)
    while frame.f_code.co_filename in LIBRARY and frame.f_back is not None:
        frame = frame.f_back
    return frame.f_code, frame.f_lasti


def line_number(code: CodeType, lasti: int) -> int:
    """The number of the source line that an instruction belongs to."""
    for start, end, line in code.co_lines():
        if start <= lasti < end and line is not None:
            return line
    return code.co_firstlineno


def describe_line(code: CodeType, lasti: int) -> str:
    """`file.py:12, in train: loss = ...`, as far as the source can be found."""
    number = line_number(code, lasti)
    text = linecache.getline(code.co_filename, number).strip()
    place = f"{os.path.basename(code.co_filename)}:{number}, in {code.co_name}"
    return f"{place}: {text}" if text else place
