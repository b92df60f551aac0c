"""The playground's program, with PyTorch in the place of this package, ends at the same place."""

from __future__ import annotations

import contextlib
import io

import numpy as np
import pytest

from tinygrad_optim.playground.grid import ALGORITHMS, Setting, program
from tinygrad_optim.plot.surfaces import SURFACES

torch = pytest.importorskip("torch", reason="the oracle is PyTorch")


def printed(code):
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        exec(code, {})
    return [float(word) for word in shown.getvalue().split()]


@pytest.mark.parametrize("algorithm", ALGORITHMS, ids=lambda algorithm: algorithm.name)
@pytest.mark.parametrize("surface", SURFACES.values(), ids=SURFACES)
def test_the_program_ends_in_pytorch_where_it_ends_here(surface, algorithm):
    code = program(surface, Setting(algorithm, max(algorithm.momenta[:3]), 0.1, 0.001, 0.1).code, 40)
    theirs = code.replace("import tinygrad_optim as torch", "import torch")
    theirs = theirs.replace("from tinygrad_optim import optim", "from torch import optim")
    assert theirs.count("tinygrad_optim") == 1  # where the surfaces are
    assert np.allclose(printed(code), printed(theirs), rtol=1e-4, atol=1e-6)
