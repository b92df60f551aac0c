"""Embedding, one_hot, dropout and reshaping layers against PyTorch: numbers, random streams, gradients, errors."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

torch = pytest.importorskip("torch", reason="parity needs PyTorch, which is not installed here")

from test_ops_parity import array_of, assert_parity, assert_same, few, floats, layouts  # noqa: E402

import tinygrad_optim as tg  # noqa: E402

LIBRARIES = (tg, torch)
INDICES = [np.array(2), np.array([1, 1, 4, 0, 1]), np.array([[3, -0, 3], [2, 4, 3]]), np.zeros((0,), int)]


@pytest.mark.parametrize("indices", INDICES, ids=lambda i: str(i.shape))
@pytest.mark.parametrize("padding_idx", [None, 1, -2])
@pytest.mark.parametrize("kind", ["int64", "int32"])
def test_embedding_agrees_with_both_gradients_which_add_up_where_rows_repeat(indices, padding_idx, kind):
    def function(lib, weight):
        picked = lib.nn.functional.embedding(lib.tensor(indices.astype(kind)), weight, padding_idx)
        return picked * picked

    for dtype in ("float64", "float32"):
        assert_parity(function, array_of((5, 3), dtype), second=indices.size > 0)  # of none, PyTorch has no second


def test_the_gradient_of_an_embeddings_gradient_skips_the_padding_too():
    def function(lib, weight, seed):
        picked = lib.nn.functional.embedding(lib.tensor([0, 2, 2, 1]), weight, 2)
        (g,) = lib.autograd.grad(picked, weight, seed, create_graph=True)
        return g * g

    assert_parity(function, array_of((3, 2)), array_of((4, 2), seed=1), second=False)


EMBEDDINGS = [(3, 2), (50, 7), (5, 4, -1), (5, 4, 1), (1, 1)]


@pytest.mark.parametrize("options", EMBEDDINGS, ids=str)
def test_an_embedding_starts_prints_and_looks_up_as_pytorchs(options):
    found = []
    for lib in LIBRARIES:
        lib.manual_seed(4)
        layer = lib.nn.Embedding(*options)
        out = layer(lib.tensor([[0, options[0] - 1], [0, 0]]))
        out.sum().backward()
        found.append((repr(layer), layer.padding_idx, list(layer.state_dict()), [layer.weight, out, layer.weight.grad]))
        found[-1][3].append(lib.rand(3))
    assert found[0][:3] == found[1][:3]
    for ours, theirs in zip(found[0][3], found[1][3], strict=True):
        assert_same(ours, theirs)


@pytest.mark.parametrize("freeze", [True, False])
def test_an_embedding_from_a_table_shares_it_and_is_trained_only_if_told(freeze):
    for lib in LIBRARIES:
        table = lib.ones(3, 2)
        layer = lib.nn.Embedding.from_pretrained(table, freeze=freeze, padding_idx=1)
        assert layer.weight.requires_grad is not freeze
        assert repr(layer) == "Embedding(3, 2, padding_idx=1)"
        table[0] = 5.0
        assert layer(lib.tensor([0])).tolist() == [[5.0, 5.0]]


@pytest.mark.parametrize("indices", [[0, 2], [[1], [0]], 2], ids=str)
@pytest.mark.parametrize("classes", [-1, 3, 5])
def test_one_hot_agrees(indices, classes):
    assert_same(*(lib.nn.functional.one_hot(lib.tensor(indices), classes) for lib in LIBRARIES))


# ---- dropout -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["dropout", "dropout1d", "dropout2d"])
@few
@given(
    seed=st.integers(0, 99), p=st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0]), training=st.booleans(), layout=layouts,
    dtype=floats,
)  # fmt: skip
def test_dropout_draws_pytorchs_numbers_and_has_its_gradients(name, seed, p, training, layout, dtype):
    shape = (3, 4, 5) if name == "dropout1d" else (3, 4, 2, 3)

    def function(lib, x):
        lib.manual_seed(seed)
        out = getattr(lib.nn.functional, name)(x, p, training)
        return out * lib.rand(1, dtype=x.dtype)  # the stream goes on from the same place

    assert_parity(function, array_of(shape, dtype), layout=layout)


@pytest.mark.parametrize("shape", [(4, 5), (3, 4, 5)])
def test_dropout_of_channels_without_a_batch_agrees(shape):
    def function(lib, x):
        lib.manual_seed(1)
        return lib.nn.functional.dropout1d(x, 0.4)

    assert_parity(function, array_of(shape))


def test_dropout_of_all_numbers_of_a_permuted_tensor_agrees():
    def function(lib, x):
        lib.manual_seed(1)
        return lib.nn.functional.dropout(x.permute(2, 0, 1), 0.4)

    assert_parity(function, array_of((2, 3, 4)))


DROPOUTS = {"Dropout": [(), (0.2, True)], "Dropout1d": [(0.3,)], "Dropout2d": [(0.3,)]}


@pytest.mark.parametrize("name", DROPOUTS)
def test_a_dropout_layer_prints_and_drops_as_pytorchs_and_only_in_training(name):
    x = array_of((2, 3, 4) if name == "Dropout1d" else (2, 3, 4, 2), "float32")
    for options in DROPOUTS[name]:
        found = []
        for lib in LIBRARIES:
            lib.manual_seed(2)
            layer = getattr(lib.nn, name)(*options)
            found.append((repr(layer), [layer(lib.tensor(x)), layer.eval()(lib.tensor(x)), lib.rand(2)]))
        assert found[0][0] == found[1][0]
        for ours, theirs in zip(found[0][1], found[1][1]):
            assert_same(ours, theirs)


# ---- layers that reshape or compare ------------------------------------------------------------------------


@pytest.mark.parametrize(("dim", "sizes"), [(1, (2, 3)), (-1, (2, -1)), (0, [1, 2])], ids=str)
def test_unflatten_agrees(dim, sizes):
    ours, theirs = (lib.nn.Unflatten(dim, sizes) for lib in LIBRARIES)
    assert repr(ours) == repr(theirs)
    x = array_of((2, 6))
    assert_same(ours(tg.tensor(x)), theirs(torch.tensor(x)))


def test_a_layer_of_cosines_agrees():
    ours, theirs = (
        lib.nn.CosineSimilarity(0)(lib.tensor(array_of((3, 2))), lib.tensor(array_of((3, 2), seed=1)))
        for lib in LIBRARIES
    )
    assert_same(ours, theirs)


BAD = {
    "an index too large": lambda lib, f: f.embedding(lib.tensor([5]), lib.ones(5, 2)),
    "a negative index": lambda lib, f: f.embedding(lib.tensor([-1]), lib.ones(5, 2)),
    "float indices": lambda lib, f: f.embedding(lib.tensor([1.0]), lib.ones(5, 2)),
    "bool indices": lambda lib, f: f.embedding(lib.tensor([True]), lib.ones(5, 2)),
    "int16 indices": lambda lib, f: f.embedding(lib.tensor([1], dtype=lib.int16), lib.ones(5, 2)),
    "a list of indices": lambda lib, f: f.embedding([1], lib.ones(5, 2)),
    "a table of one dimension": lambda lib, f: f.embedding(lib.tensor(1), lib.ones(5)),
    "padding that is no row": lambda lib, f: f.embedding(lib.tensor(1), lib.ones(5, 2), padding_idx=5),
    "padding of a layer that is no row": lambda lib, f: lib.nn.Embedding(3, 2, padding_idx=-4),
    "a table of another shape": lambda lib, f: lib.nn.Embedding(3, 2, _weight=lib.ones(2, 2)),
    "a pretrained vector": lambda lib, f: lib.nn.Embedding.from_pretrained(lib.ones(2)),
    "half a row": lambda lib, f: lib.nn.Embedding(3.5, 2),
    "a class too large": lambda lib, f: f.one_hot(lib.tensor([0, 2]), 2),
    "a negative class": lambda lib, f: f.one_hot(lib.tensor([-1])),
    "float classes": lambda lib, f: f.one_hot(lib.tensor([1.0])),
    "int32 classes": lambda lib, f: f.one_hot(lib.tensor([1], dtype=lib.int32)),
    "no classes to count": lambda lib, f: f.one_hot(lib.zeros(0).long()),
    "a probability above 1": lambda lib, f: f.dropout(lib.ones(3), 1.5),
    "a negative probability": lambda lib, f: f.dropout(lib.ones(3), -0.1),
    "a layer's probability above 1": lambda lib, f: lib.nn.Dropout(1.5),
    "a channel's probability above 1": lambda lib, f: f.dropout2d(lib.ones(1, 3, 3, 3), 2.0),
    "dropout of integers": lambda lib, f: f.dropout(lib.ones(3).long(), 0.5),
    "dropout of no tensor": lambda lib, f: f.dropout([1.0], 0.5),
    "images for dropout1d": lambda lib, f: f.dropout1d(lib.ones(3, 3, 1, 1), 0.5),
    "sizes that do not multiply": lambda lib, f: lib.nn.Unflatten(1, (2, 2))(lib.ones(2, 6)),
    "sizes that are no ints": lambda lib, f: lib.nn.Unflatten(1, (2.0, 3)),
    "a dimension there is not": lambda lib, f: lib.nn.Unflatten(3, (2, 2))(lib.ones(2, 4)),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_argument_is_refused_with_pytorchs_type_of_exception(name):
    raised = []
    for lib in LIBRARIES:
        with pytest.raises(Exception) as caught:  # noqa: PT011
            BAD[name](lib, lib.nn.functional)
        raised.append(caught.type)
    assert raised[0] is raised[1]
