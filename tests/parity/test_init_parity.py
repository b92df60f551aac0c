"""How parameters start, against PyTorch: the same numbers from the same seed, and what is refused."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import tinygrad_optim

torch = pytest.importorskip("torch", reason="parity needs PyTorch, which is not installed here")
BOTH = (tinygrad_optim, torch)

RANDOM = {
    "uniform_": lambda init, t: init.uniform_(t, -2.0, 3.0),
    "normal_": lambda init, t: init.normal_(t, 1.0, 0.5),
    "trunc_normal_": lambda init, t: init.trunc_normal_(t),
    "trunc_normal_ narrow": lambda init, t: init.trunc_normal_(t, 1.0, 2.0, 0.5, 1.5),
    "trunc_normal_ far": lambda init, t: init.trunc_normal_(t, 0.0, 1.0, 1.5, 9.0),
    "trunc_normal_ one side": lambda init, t: init.trunc_normal_(t, 0.0, 0.02, 0.0, 0.04),
    "xavier_uniform_": lambda init, t: init.xavier_uniform_(t, gain=2.0),
    "xavier_normal_": lambda init, t: init.xavier_normal_(t),
    "kaiming_uniform_": lambda init, t: init.kaiming_uniform_(t, a=0.3, mode="fan_out"),
    "kaiming_uniform_ relu": lambda init, t: init.kaiming_uniform_(t, nonlinearity="relu"),
    "kaiming_normal_": lambda init, t: init.kaiming_normal_(t, nonlinearity="tanh"),
    "orthogonal_": lambda init, t: init.orthogonal_(t, gain=1.5),
    "sparse_": lambda init, t: init.sparse_(t.reshape(t.shape[0], -1), 0.4),
}
FIXED = {
    "constant_": lambda init, t: init.constant_(t, 2.5),
    "ones_": lambda init, t: init.ones_(t),
    "zeros_": lambda init, t: init.zeros_(t),
    "eye_": lambda init, t: init.eye_(t.reshape(t.shape[0], -1)),
    "dirac_": lambda init, t: init.dirac_(t.reshape(t.shape[0], t.shape[1], -1)),
    "dirac_ in groups": lambda init, t: init.dirac_(t.reshape(t.shape[0], 1, 1, -1), groups=2),
}


def filled(lib, act, shape, dtype, seed):
    """The numbers, and the random ones drawn after them."""
    lib.manual_seed(seed)
    tensor = lib.zeros(*shape, dtype=getattr(lib, dtype))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        found = act(lib.nn.init, tensor)
    return np.asarray(found.numpy()), np.asarray(lib.rand(3).numpy())


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", [*RANDOM, *FIXED])
def test_the_same_seed_gives_the_same_numbers_and_leaves_the_stream_where_pytorch_does(name, dtype):
    for seed, shape in enumerate([(4, 3), (2, 3, 5), (6, 4, 3, 3)]):
        ours, theirs = (filled(lib, {**RANDOM, **FIXED}[name], shape, dtype, seed) for lib in BOTH)
        assert (ours[0].shape, ours[0].dtype) == (theirs[0].shape, theirs[0].dtype)
        tolerance = 1e-5 if dtype == "float32" else 1e-12
        np.testing.assert_allclose(ours[0], theirs[0], rtol=tolerance, atol=tolerance)
        assert ours[1].tobytes() == theirs[1].tobytes()


@pytest.mark.parametrize("name", ["linear", "conv2d", "sigmoid", "tanh", "relu", "selu", "leaky_relu"])
def test_gains_are_pytorchs(name):
    assert tinygrad_optim.nn.init.calculate_gain(name) == torch.nn.init.calculate_gain(name)
    assert tinygrad_optim.nn.init.calculate_gain(name, 0.2) == torch.nn.init.calculate_gain(name, 0.2)


def test_a_generator_of_ones_own_is_drawn_from():
    found = []
    for lib in BOTH:
        generator = lib.Generator().manual_seed(3)
        found.append(lib.nn.init.uniform_(lib.zeros(5), generator=generator).tolist())
    assert found[0] == found[1]


REFUSED = {
    "gain": lambda lib, init: init.calculate_gain("x"),
    "slope": lambda lib, init: init.calculate_gain("leaky_relu", "a"),
    "slope of True": lambda lib, init: init.calculate_gain("leaky_relu", True),
    "fan of a row": lambda lib, init: init.xavier_uniform_(lib.zeros(3)),
    "mode": lambda lib, init: init.kaiming_normal_(lib.zeros(3, 2), mode="x"),
    "nonlinearity": lambda lib, init: init.kaiming_uniform_(lib.zeros(3, 2), nonlinearity="x"),
    "eye": lambda lib, init: init.eye_(lib.zeros(3)),
    "dirac": lambda lib, init: init.dirac_(lib.zeros(3, 2)),
    "groups": lambda lib, init: init.dirac_(lib.zeros(3, 2, 3), 2),
    "orthogonal": lambda lib, init: init.orthogonal_(lib.zeros(3)),
    "sparse": lambda lib, init: init.sparse_(lib.zeros(3, 3, 3), 0.5),
    "negative std": lambda lib, init: init.normal_(lib.zeros(3), std=-1),
    "bounds": lambda lib, init: init.uniform_(lib.zeros(3), 2, 1),
    "truncated bounds": lambda lib, init: init.trunc_normal_(lib.zeros(3), a=3, b=2),
    "truncated std": lambda lib, init: init.trunc_normal_(lib.zeros(3), std=0),
    "ints": lambda lib, init: init.normal_(lib.zeros(3).long()),
    "uniform ints": lambda lib, init: init.uniform_(lib.zeros(3).long()),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_pytorch_refuses_is_refused_with_its_type_of_exception(name):
    types = []
    for lib in BOTH:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            with pytest.raises(Exception) as caught:  # noqa: PT011
                REFUSED[name](lib, lib.nn.init)
        types.append(caught.type)
    assert types[0] is types[1]


@pytest.mark.parametrize("name", ["kaiming_uniform_", "kaiming_normal_"])
def test_nothing_is_done_to_no_elements_with_a_warning(name):
    for lib in BOTH:
        with pytest.warns(UserWarning, match="zero-element"):
            assert getattr(lib.nn.init, name)(lib.zeros(0, 2)).shape == (0, 2)


def test_zero_fans_are_as_in_pytorch():
    for lib in BOTH:
        assert lib.nn.init.xavier_uniform_(lib.zeros(3, 0)).tolist() == [[], [], []]
