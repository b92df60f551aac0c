"""Normalizations against PyTorch: values, both gradients, running estimates, modules, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

torch = pytest.importorskip("torch", reason="parity needs PyTorch, which is not installed here")

from test_ops_parity import array_of, assert_parity, assert_same, few, floats, layouts  # noqa: E402

import tinygrad_optim as tg  # noqa: E402

LIBRARIES = (tg, torch)
affine = st.sampled_from([0, 1, 2])  # how many of weight and bias there are


def with_affine(shape, parts, dtype="float64"):
    """Arrays for the weight and the bias, or for the first of them, or none."""
    return [array_of(shape, dtype, seed=i + 1) for i in range(parts)]


@few
@given(
    shape=st.lists(st.integers(2, 4), min_size=1, max_size=3), last=st.integers(1, 3), parts=affine, layout=layouts,
    dtype=floats,
)  # fmt: skip
def test_layer_norm_agrees_with_all_its_gradients(shape, last, parts, layout, dtype):
    normalized = tuple(shape[-last:])
    assert_parity(
        lambda lib, x, *rest: lib.nn.functional.layer_norm(x, normalized, *rest),
        array_of(tuple(shape), dtype),
        *with_affine(normalized, parts, dtype),
        layout=layout if last < len(shape) else "plain",
        scale=100,
    )


@few
@given(
    batch=st.integers(1, 3), channels=st.integers(1, 3), rest=st.lists(st.integers(2, 3), max_size=2), parts=affine,
    training=st.booleans(), layout=layouts, dtype=floats,
)  # fmt: skip
def test_batch_norm_agrees_with_all_its_gradients(batch, channels, rest, parts, training, layout, dtype):
    shape = (batch + (not rest), channels, *rest)
    running = [array_of((channels,), dtype, 0.5, 2.0, seed=9)] * 2

    def function(lib, x, *weights):
        estimates = [lib.tensor(array) for array in running]
        return lib.nn.functional.batch_norm(x, *estimates, *weights, training=training)

    assert_parity(function, array_of(shape, dtype), *with_affine((channels,), parts, dtype), layout=layout, scale=200)


@few
@given(
    batch=st.integers(1, 2), groups=st.integers(1, 3), size=st.integers(1, 2),
    rest=st.lists(st.integers(2, 3), min_size=1, max_size=2), parts=affine, layout=layouts,
)  # fmt: skip
def test_group_norm_agrees_with_all_its_gradients(batch, groups, size, rest, parts, layout):
    assert_parity(
        lambda lib, x, *weights: lib.nn.functional.group_norm(x, groups, *weights),
        array_of((batch, groups * size, *rest)),
        *with_affine((groups * size,), parts),
        layout=layout,
        scale=100,
    )


@few
@given(
    shape=st.lists(st.integers(1, 4), min_size=1, max_size=3), last=st.integers(1, 3), parts=st.integers(0, 1),
    eps=st.sampled_from([None, 1e-3]), dtype=floats,
)  # fmt: skip
def test_rms_norm_agrees_with_all_its_gradients(shape, last, parts, eps, dtype):
    normalized = tuple(shape[-last:])
    assert_parity(
        lambda lib, x, *weights: lib.nn.functional.rms_norm(x, normalized, *weights, eps=eps),
        array_of(tuple(shape), dtype),
        *with_affine(normalized, parts, dtype),
        scale=100,
    )


def test_normalization_of_large_offsets_in_float32_keeps_its_digits():
    x = array_of((8, 6), "float32") + np.float32(1000)
    ours, theirs = (lib.nn.functional.layer_norm(lib.tensor(x), (6,)) for lib in LIBRARIES)
    exact = torch.nn.functional.layer_norm(torch.tensor(x).double(), (6,)).numpy()
    last_digit = np.spacing(np.float32(1000))
    assert np.abs(theirs.numpy() - exact).max() < 3 * last_digit
    assert np.abs(ours.numpy() - exact).max() < 3 * last_digit


def test_normalizations_of_an_empty_batch_are_empty():
    for lib in LIBRARIES:
        assert tuple(lib.nn.functional.layer_norm(lib.zeros(0, 3), (3,)).shape) == (0, 3)
        assert tuple(lib.nn.functional.group_norm(lib.zeros(0, 6), 2).shape) == (0, 6)
        assert tuple(lib.nn.functional.batch_norm(lib.zeros(0, 3), lib.zeros(3), lib.ones(3)).shape) == (0, 3)


@pytest.mark.parametrize("p", [1.0, 1.5, 2.0, 3.0, np.inf])
@pytest.mark.parametrize("dim", [0, 1, -1])
def test_normalize_agrees_with_both_gradients(p, dim):
    assert_parity(lambda lib, x: lib.nn.functional.normalize(x, p, dim), array_of((3, 4, 2)), scale=100)


def test_normalize_agrees_where_there_is_nothing_to_normalize():
    x = np.array([[0.0, 0.0], [3.0, 4.0]])
    assert_parity(lambda lib, x: lib.nn.functional.normalize(x), x, second=False)
    assert_parity(lambda lib, x: lib.nn.functional.normalize(x, eps=10.0), x, second=False)


@pytest.mark.parametrize(("first", "second", "dim"), [((3, 4), (3, 4), 1), ((3, 4), (4,), -1), ((2, 1, 3), (4, 1), 0)])
def test_cosine_similarity_agrees_with_both_gradients(first, second, dim):
    assert_parity(
        lambda lib, x, y: lib.nn.functional.cosine_similarity(x, y, dim), array_of(first), array_of(second, seed=1),
        scale=100,
    )  # fmt: skip


# ---- modules -----------------------------------------------------------------------------------------------

MODULES = {
    "LayerNorm": [(4,), ((3, 4), 1e-3, False), ([4], 1e-5, True, False)],
    "RMSNorm": [(4,), ((3, 4), 1e-3, False)],
    "GroupNorm": [(1, 3), (3, 3, 1e-3), (3, 3, 1e-5, False)],
    "BatchNorm1d": [(3,), (3, 1e-3, 0.3, False), (3, 1e-5, None), (3, 1e-5, 0.1, True, False), (3, 1e-5, 0.0)],
    "BatchNorm2d": [(3,), (3, 1e-5, None, False), (3, 1e-5, None, True, False)],
}


@pytest.mark.parametrize("name", MODULES)
def test_a_layer_prints_holds_and_computes_as_pytorchs_in_training_and_in_evaluation(name):
    shape = (2, 3, 5, 4) if name == "BatchNorm2d" else (2, 3, 4)
    for options in MODULES[name]:
        layers = [getattr(lib.nn, name)(*options) for lib in LIBRARIES]
        assert repr(layers[0]) == repr(layers[1])
        for turn, training in enumerate([True, True, False, True, False]):
            results = []
            for lib, layer in zip(LIBRARIES, layers):
                layer.train(training)
                x = lib.tensor(array_of(shape, "float32", seed=turn) * 3 + 1, requires_grad=True)
                layer.zero_grad()
                out = layer(x)
                (out * out * out).sum().backward()
                grads = [p.grad for p in layer.parameters()]
                results.append([out, x.grad, *grads, *layer.state_dict().values()])
                names = list(layer.state_dict())
            assert names == list(layers[0].state_dict())
            for ours, theirs in zip(*results, strict=True):
                assert_same(ours, theirs, 20)


def test_a_batch_norms_estimates_can_be_reset():
    states = []
    for lib in LIBRARIES:
        layer = lib.nn.BatchNorm1d(3)
        layer(lib.tensor(array_of((4, 3), "float32")))
        layer.reset_running_stats()
        states.append(layer.state_dict())
    for name in states[0]:
        assert_same(states[0][name], states[1][name])


def test_a_batch_norms_estimates_load_from_pytorchs():
    theirs, ours = torch.nn.BatchNorm1d(3), tg.nn.BatchNorm1d(3)
    theirs(torch.tensor(array_of((4, 3), "float32")))
    ours.load_state_dict({name: tg.tensor(value.numpy()) for name, value in theirs.state_dict().items()})
    x = array_of((2, 3), "float32", seed=3)
    assert_same(ours.eval()(tg.tensor(x)), theirs.eval()(torch.tensor(x)), 10)


# ---- what is refused ---------------------------------------------------------------------------------------

BAD = {
    "another shape to normalize": lambda lib, f: f.layer_norm(lib.ones(2, 3), (4,)),
    "another shape for rms_norm": lambda lib, f: f.rms_norm(lib.ones(2, 3), (4,)),
    "rms_norm's weight too long": lambda lib, f: f.rms_norm(lib.ones(2, 3), (3,), lib.ones(4)),
    "a longer shape to normalize": lambda lib, f: f.layer_norm(lib.ones(3), (2, 3)),
    "no shape to normalize": lambda lib, f: f.layer_norm(lib.ones(2, 3), ()),
    "an int as the shape to normalize": lambda lib, f: f.layer_norm(lib.ones(2, 3), 3),
    "a weight too long": lambda lib, f: f.layer_norm(lib.ones(2, 3), (3,), lib.ones(4)),
    "a bias too long": lambda lib, f: f.layer_norm(lib.ones(2, 3), (3,), lib.ones(3), lib.ones(4)),
    "a weight of another type": lambda lib, f: f.layer_norm(lib.ones(2, 3), (3,), lib.ones(3).double()),
    "integers": lambda lib, f: f.layer_norm(lib.ones(2, 3).long(), (3,)),
    "no tensor": lambda lib, f: f.layer_norm([1.0], (1,)),
    "a batch of one": lambda lib, f: f.batch_norm(lib.ones(1, 3), None, None, training=True),
    "a batch of one with one place": lambda lib, f: f.batch_norm(lib.ones(1, 3, 1), None, None, training=True),
    "a layer given a batch of one": lambda lib, f: lib.nn.BatchNorm1d(3)(lib.ones(1, 3)),
    "evaluation without estimates": lambda lib, f: f.batch_norm(lib.ones(2, 3), None, None),
    "one estimate of two": lambda lib, f: f.batch_norm(lib.ones(2, 3), lib.ones(3), None, training=True),
    "estimates of another number": lambda lib, f: f.batch_norm(lib.ones(2, 3), lib.ones(4), lib.ones(4)),
    "estimates that want a gradient": lambda lib, f: f.batch_norm(
        lib.ones(2, 3), lib.ones(3, requires_grad=True), lib.ones(3), training=True
    ),
    "a batch norm's weight too short": lambda lib, f: f.batch_norm(
        lib.ones(2, 3), lib.ones(3), lib.ones(3), lib.ones(2)
    ),
    "a vector": lambda lib, f: f.batch_norm(lib.ones(3), lib.ones(3), lib.ones(3), training=True),
    "a batch of integers": lambda lib, f: f.batch_norm(lib.ones(2, 3).long(), lib.ones(3), lib.ones(3)),
    "an eps of 0 in training": lambda lib, f: f.batch_norm(lib.ones(2, 3), None, None, training=True, eps=0),
    "images for BatchNorm1d": lambda lib, f: lib.nn.BatchNorm1d(2)(lib.ones(2, 2, 2, 2)),
    "a vector for BatchNorm1d": lambda lib, f: lib.nn.BatchNorm1d(2)(lib.ones(2)),
    "sequences for BatchNorm2d": lambda lib, f: lib.nn.BatchNorm2d(2)(lib.ones(2, 2, 2)),
    "other channels for BatchNorm1d": lambda lib, f: lib.nn.BatchNorm1d(2)(lib.ones(2, 3)),
    "groups that do not divide": lambda lib, f: f.group_norm(lib.ones(2, 6, 3), 4),
    "no groups": lambda lib, f: f.group_norm(lib.ones(2, 6, 3), 0),
    "a group norm's weight too short": lambda lib, f: f.group_norm(lib.ones(2, 6, 3), 2, lib.ones(5)),
    "a group norm of a vector": lambda lib, f: f.group_norm(lib.ones(6), 2),
    "groups of one value": lambda lib, f: f.group_norm(lib.ones(1, 6), 6),
    "a layer whose groups do not divide": lambda lib, f: lib.nn.GroupNorm(2, 3),
    "a layer given other channels": lambda lib, f: lib.nn.GroupNorm(2, 4)(lib.ones(2, 6)),
    "negative features": lambda lib, f: lib.nn.BatchNorm1d(-1),
    "half a feature": lambda lib, f: lib.nn.BatchNorm1d(1.5),
    "integers to unit length": lambda lib, f: f.normalize(lib.ones(3).long(), dim=0),
    "integers for a cosine": lambda lib, f: f.cosine_similarity(lib.ones(2, 3).long(), lib.ones(3).long(), dim=-1),
    "shapes that do not broadcast": lambda lib, f: f.cosine_similarity(lib.ones(2, 3), lib.ones(2, 4)),
    "a dimension there is not": lambda lib, f: f.cosine_similarity(lib.ones(2, 3), lib.ones(2, 3), dim=2),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_argument_is_refused_with_pytorchs_type_of_exception(name):
    raised = []
    for lib in LIBRARIES:
        with pytest.raises(Exception) as caught:  # noqa: PT011
            BAD[name](lib, lib.nn.functional)
        raised.append(caught.type)
    assert raised[0] is raised[1]
