"""The bad input of tests/test_bad_input_tensor.py given to PyTorch: it raises the same types of exception."""

from __future__ import annotations

import types
import warnings
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="parity needs PyTorch, which is not installed here")

SOURCE = Path(__file__).parents[1] / "test_bad_input_tensor.py"


def cases_on_torch() -> dict:
    """CASES, with PyTorch under the name of the package."""
    text = SOURCE.read_text(encoding="utf-8").replace("import tinygrad_optim as tg", "import torch as tg")
    module = types.ModuleType("bad_input_on_torch")
    exec(compile(text, str(SOURCE), "exec"), module.__dict__)
    return module.CASES


CASES = cases_on_torch()


@pytest.mark.parametrize("name", CASES)
def test_pytorch_raises_the_same_type_of_exception(name):
    make, run, error, _ = CASES[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(error) as caught:
            run(make())
    assert caught.type is error
