"""Activations against PyTorch: functions and modules, at kinks and far out, with both gradients."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

torch = pytest.importorskip("torch", reason="parity needs PyTorch, which is not installed here")

from test_ops_parity import array_of, assert_parity, assert_same, few, floats, layouts, shapes  # noqa: E402

import tinygrad_optim as tg  # noqa: E402

FUNCTIONS = {
    "relu": {},
    "leaky_relu": {"negative_slope": 0.2},
    "elu": {"alpha": 1.5},
    "selu": {},
    "gelu": {},
    "gelu tanh": {"approximate": "tanh"},
    "silu": {},
    "mish": {},
    "softplus": {},
    "softplus sharp": {"beta": 3.0, "threshold": 2.0},
    "logsigmoid": {},
    "hardtanh": {"min_val": -0.5, "max_val": 1.25},
    "relu6": {},
    "softsign": {},
    "tanhshrink": {},
    "softmin": {"dim": -1},
}


def called(name):
    def function(lib, x):
        return getattr(lib.nn.functional, name.split()[0])(x, **FUNCTIONS[name])

    return function


@pytest.mark.parametrize("name", FUNCTIONS)
@few
@given(shape=shapes, layout=layouts, dtype=floats)
def test_an_activation_agrees_with_both_gradients(name, shape, layout, dtype):
    assert_parity(called(name), array_of(shape, dtype, -3.0, 3.0), layout=layout, scale=10)


CORNERS = np.array([-np.inf, -1000.0, -6.0, -1.0, -0.5, -0.0, 0.0, 1e-300, 1.0, 1.25, 6.0, 21.0, 1000.0, np.inf])


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name != "softmin"])
def test_an_activation_agrees_at_its_kinks_and_far_out(name):
    assert_parity(called(name), CORNERS, second=False)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ["elu", "selu", "softplus", "softplus sharp", "logsigmoid", "mish"])
def test_an_activation_keeps_all_its_digits_where_its_result_is_tiny(name, dtype):
    sizes = np.logspace(-12, 1.4, 100)
    x = np.concatenate([-sizes, sizes]).astype(dtype)
    ours = called(name)(tg, tg.tensor(x)).numpy()
    exact = called(name)(torch, torch.tensor(x).double()).numpy()
    np.testing.assert_allclose(ours, exact, rtol=2e-6 if dtype == "float32" else 1e-14)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_gelu_is_pytorchs_to_the_last_digits_of_x(dtype):
    """Of x, not of the result: far below 0 both take 1 - 1, as PyTorch's formula has it."""
    x = np.linspace(-12, 12, 20001).astype(dtype)
    ours, theirs = (lib.nn.functional.gelu(lib.tensor(x)).numpy() for lib in (tg, torch))
    assert (np.abs(ours - theirs) <= 3 * np.finfo(dtype).eps * np.abs(x)).all()


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name != "softmin"])
def test_what_is_no_number_comes_through_an_activation(name):
    assert np.isnan(called(name)(tg, tg.tensor([np.nan])).item())


def test_relu_hands_a_gradient_on_where_its_result_is_nan():
    assert_parity(called("relu"), np.array([np.nan, -1.0, 0.0, 2.0]), second=False)


@pytest.mark.parametrize("name", ["relu", "relu6", "hardtanh", "softsign", "tanhshrink"])
def test_an_activation_of_integers_has_pytorchs_type(name):
    ours, theirs = (getattr(lib.nn.functional, name)(lib.tensor([-7, -1, 0, 1, 7])) for lib in (tg, torch))
    assert_same(ours, theirs, 1e5)


@pytest.mark.parametrize("shape", [(), (3,), (4, 3), (2, 3, 4), (2, 3, 2, 2)])
@pytest.mark.parametrize("several", [False, True])
def test_prelu_agrees_with_a_weight_for_all_and_with_one_a_channel(shape, several):
    channels = shape[1] if len(shape) > 1 else 1
    weight = array_of((channels if several else 1,), low=-0.5, high=0.5, seed=1)
    assert_parity(lambda lib, x, w: lib.nn.functional.prelu(x, w), array_of(shape), weight)


def test_prelu_agrees_at_zero_and_at_infinity():
    assert_parity(lambda lib, x, w: lib.nn.functional.prelu(x, w), CORNERS[1:-1], np.array([0.25]), second=False)


MODULES = {
    "GELU": [(), ("tanh",)],
    "SiLU": [(), (True,)],
    "Mish": [(), (True,)],
    "Softplus": [(), (2, 5)],
    "LeakyReLU": [(), (0.2, True)],
    "ELU": [(), (2.0, True)],
    "SELU": [(), (True,)],
    "LogSigmoid": [()],
    "Hardtanh": [(), (-2, 2, True)],
    "ReLU": [(), (True,)],
    "ReLU6": [(), (True,)],
    "PReLU": [(), (3, 0.1)],
    "Softsign": [()],
    "Tanhshrink": [()],
    "Softmax": [(1,)],
    "LogSoftmax": [(-1,)],
    "Softmin": [(0,)],
    "Tanh": [()],
    "Sigmoid": [()],
    "Identity": [(), (3, 4)],
    "Flatten": [(), (0, 1)],
}


@pytest.mark.parametrize("name", MODULES)
def test_a_module_prints_and_computes_as_pytorchs(name):
    x = array_of((2, 3, 4), low=-3.0, high=3.0).astype("float32")
    for options in MODULES[name]:
        ours, theirs = (getattr(lib.nn, name)(*options) for lib in (tg, torch))
        assert repr(ours) == repr(theirs)
        parts = [[(n, tuple(p.shape)) for n, p in m.named_parameters()] for m in (ours, theirs)]
        assert parts[0] == parts[1]
        assert_same(ours(tg.tensor(x)), theirs(torch.tensor(x)))


BAD = {
    "no tensor": lambda lib, f: f.gelu(1.0),
    "no tensor for relu": lambda lib, f: f.relu([1.0]),
    "gelu of integers": lambda lib, f: f.gelu(lib.tensor([1])),
    "elu of integers": lambda lib, f: f.elu(lib.tensor([1])),
    "mish of bools": lambda lib, f: f.mish(lib.tensor([True])),
    "an unknown approximation": lambda lib, f: f.gelu(lib.ones(1), approximate="erf"),
    "bounds in the wrong order": lambda lib, f: f.hardtanh(lib.ones(1), 2.0, 1.0),
    "equal bounds of a module": lambda lib, f: lib.nn.Hardtanh(1.0, 1.0),
    "prelu of two channels with three weights": lambda lib, f: f.prelu(lib.ones(4, 2), lib.ones(3)),
    "prelu of a vector with three weights": lambda lib, f: f.prelu(lib.ones(3), lib.ones(3)),
    "prelu with a matrix of weights": lambda lib, f: f.prelu(lib.ones(2, 3), lib.ones(1, 3)),
    "prelu with weights of another type": lambda lib, f: f.prelu(lib.ones(2, 3).double(), lib.ones(3)),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_argument_is_refused_with_pytorchs_type_of_exception(name):
    raised = []
    for lib in (tg, torch):
        with pytest.raises(Exception) as caught:  # noqa: PT011
            BAD[name](lib, lib.nn.functional)
        raised.append(caught.type)
    assert raised[0] is raised[1]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int64"])
def test_relu_treats_zeros_infinities_and_nan_as_pytorch_does_to_the_last_bit(dtype):
    odd = np.array([-0.0, 0.0, np.nan, -np.inf, np.inf, -1.0, 2.0, 1e-7] * 5)
    numbers = (odd if dtype != "int64" else np.arange(-3, 4)).astype(dtype)
    ours, theirs = tg.relu(tg.tensor(numbers)).numpy(), torch.relu(torch.from_numpy(numbers)).numpy()
    assert ours.tobytes() == theirs.tobytes()
