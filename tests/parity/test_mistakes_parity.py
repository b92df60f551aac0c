"""Both programs of each mistake's page print in PyTorch, with the import changed, what they print here.

PyTorch's numbers stay PyTorch's: the page tells what PyTorch does too.
"""

from __future__ import annotations

import contextlib
import io
import re
import warnings

import pytest

from tinygrad_optim.mistakes import pages

torch = pytest.importorskip("torch", reason="parity needs PyTorch, which is not installed here")

IMPORTS = (
    (r"\bimport tinygrad_optim as torch\b", "import torch"),
    (r"\bfrom tinygrad_optim\b", "from torch"),
    (r"\bimport tinygrad_optim\.", "import torch."),
)
NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?")


def printed(program, name):
    """What a program prints; what it is warned of is not asked here."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(compile(program, name, "exec"), {"__name__": "__main__"})
    return out.getvalue()


def with_pytorch(program):
    """The program with its imports changed, and no other line."""
    for ours, theirs in IMPORTS:
        program = re.sub(ours, theirs, program)
    return program


@pytest.mark.parametrize("which", ["wrong", "right"])
@pytest.mark.parametrize("code", pages.codes())
def test_a_pages_program_prints_the_same_numbers(code, which):
    program = getattr(pages.page(code), which)
    ours, theirs = printed(program, f"{which}.py"), printed(with_pytorch(program), f"{which}_torch.py")
    assert NUMBER.sub("#", ours) == NUMBER.sub("#", theirs)
    found = [[float(number) for number in NUMBER.findall(text)] for text in (ours, theirs)]
    assert found[0] == pytest.approx(found[1], rel=2e-3, abs=1e-6)
