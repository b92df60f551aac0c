"""PyTorch's state dicts, where PyTorch is not installed."""

from __future__ import annotations

import sys

import pytest

from tinygrad_optim import interop


@pytest.mark.parametrize("convert", [interop.to_torch_state_dict, interop.from_torch_state_dict])
def test_without_pytorch_the_conversion_says_what_to_install(convert, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ImportError, match="pip install torch"):
        convert({})
