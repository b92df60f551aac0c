"""Four known nets, the scripts in examples/, trained here and by PyTorch with only the import changed.

Both start from the same seed, so from the same weights and the same batches, and train in float64.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest

import tinygrad_optim as tg
from tinygrad_optim import data as small_data

torch = pytest.importorskip("torch", reason="parity needs PyTorch, which is not installed here")

EXAMPLES = Path(__file__).parents[2] / "examples"


def moons_of_their_own(*args, **options):
    """Points whose random numbers come from a stream apart: the same for both."""
    return small_data.two_moons(*args, generator=tg.Generator().manual_seed(1), **options)


LOADERS = {
    "load_digits": small_data.load_digits,
    "load_text": small_data.load_text,
    "two_moons": moons_of_their_own,
}


def in_float64(lib, given):
    """The data, tensors as lib's and floats as float64."""
    if isinstance(given, tg.Tensor):
        array = given.numpy()
        return lib.tensor(array.astype(np.float64) if array.dtype == np.float32 else array)
    if isinstance(given, tuple):
        parts = [in_float64(lib, part) for part in given]
        return type(given)(*parts) if hasattr(given, "_fields") else tuple(parts)
    return given


def loaded(lib, load, *args, **options):
    """What one of the package's loaders gives, as in_float64 has it."""
    return in_float64(lib, load(*args, **options))


def source_of(name):
    return EXAMPLES.joinpath(f"{name}.py").read_text(encoding="utf-8")


def names_of(name, lib):
    """What the example defines, run with tinygrad_optim or (every import of it changed) with PyTorch."""
    source = source_of(name)
    if lib is torch:
        source = source.replace("import tinygrad_optim as torch", "import torch").replace(
            "from tinygrad_optim", "from torch"
        )
        source = "\n".join(line for line in source.splitlines() if not line.startswith("from torch.data "))
    names = {"__name__": name}
    exec(compile(source, f"{name}.py", "exec"), names)
    for loader in LOADERS:
        if loader in source_of(name):
            names[loader] = partial(loaded, lib, LOADERS[loader])
    return names


def started(name, lib):
    """(what the example defines, its net in float64, its data), from seed 0."""
    names = names_of(name, lib)
    lib.manual_seed(0)
    if "load_text" in names:
        data = names["load_text"]()
        return names, names["make_net"](data).double(), data
    net = names["make_net"]().double()
    return names, net, names["make_data"]()[0]


def weights_of(net):
    return {key: np.array(value.detach().numpy()) for key, value in net.state_dict().items()}


@pytest.mark.parametrize(
    ("name", "amount", "steps"), [("mlp", 4, 52), ("cnn", 2, 90), ("lstm", 50, 50), ("gpt", 50, 50)]
)
def test_a_known_net_has_pytorchs_losses_and_weights(name, amount, steps):
    (names, net, data), (their_names, their_net, their_data) = started(name, tg), started(name, torch)
    at_first, theirs_at_first = weights_of(net), weights_of(their_net)
    assert at_first.keys() == theirs_at_first.keys()
    for key in at_first:  # the same but for the last bits of normal numbers: from here on quite the same
        np.testing.assert_allclose(at_first[key], theirs_at_first[key], rtol=1e-6, atol=1e-6, err_msg=key)
    net.load_state_dict({key: tg.tensor(value) for key, value in theirs_at_first.items()})
    losses, their_losses = names["train"](net, data, amount), their_names["train"](their_net, their_data, amount)
    assert len(losses) == steps
    np.testing.assert_allclose(losses, their_losses, rtol=0, atol=1e-9)
    at_last, theirs_at_last = weights_of(net), weights_of(their_net)
    for key in at_last:
        np.testing.assert_allclose(at_last[key], theirs_at_last[key], rtol=1e-6, atol=1e-7, err_msg=key)
