"""Recurrent nets against PyTorch: weights, outputs, states, first and second gradients, and what is refused."""

from __future__ import annotations

import itertools
import warnings

import numpy as np
import pytest

import tinygrad_optim

torch = pytest.importorskip("torch", reason="parity needs PyTorch, which is not installed here")
BOTH = (tinygrad_optim, torch)

OPTIONS = {
    "one layer": {},
    "no bias": {"bias": False},
    "two layers": {"num_layers": 2},
    "both ways": {"bidirectional": True},
    "two layers both ways, batch first": {"num_layers": 2, "bidirectional": True, "batch_first": True},
}
KINDS = ["LSTM", "GRU", "RNN", "RNN relu"]


def array(tensor):
    return np.asarray(tensor.detach().numpy())


def same(ours, theirs, tolerance=1e-11):
    if ours is None or theirs is None:
        assert all(t is None or not array(t).any() for t in (ours, theirs))
        return
    ours, theirs = array(ours), array(theirs)
    assert (ours.shape, ours.dtype) == (theirs.shape, theirs.dtype)
    np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)


def drawn(lib, shape, seed, dtype="float64", grad=True):
    numbers = np.random.default_rng(seed).uniform(-1, 1, shape)
    return lib.tensor(numbers.tolist(), dtype=getattr(lib, dtype)).requires_grad_(grad)


def net(lib, kind, **options):
    lib.manual_seed(3)
    if kind == "RNN relu":
        options["nonlinearity"] = "relu"
    return getattr(lib.nn, kind.split()[0])(3, 4, **options)


def flat(result):
    """(output, states) as a list of tensors."""
    output, states = result
    return [output, *(states if isinstance(states, tuple) else [states])]


def with_derivatives(lib, results, leaves, second):
    total = sum((r * drawn(lib, tuple(r.shape), 7 + i, grad=False)).sum() for i, r in enumerate(results))
    first = lib.autograd.grad(total, leaves, create_graph=second)
    found = [*results, *first]
    if second:
        found += lib.autograd.grad(sum((g * g).sum() for g in first), leaves, allow_unused=True)
    return found


@pytest.mark.parametrize("name", OPTIONS)
@pytest.mark.parametrize("kind", KINDS)
def test_the_weights_start_as_pytorchs_under_its_names(kind, name):
    ours, theirs = (net(lib, kind, **OPTIONS[name]).state_dict() for lib in BOTH)
    assert list(ours) == list(theirs)
    for key, tensor in ours.items():
        assert array(tensor).tobytes() == array(theirs[key]).tobytes()


def input_of(lib, options, batched=True):
    shape = (2, 5, 3) if options.get("batch_first") else (5, 2, 3)
    return drawn(lib, shape if batched else (5, 3), 1)


def states_of(lib, kind, options, batched=True):
    layers = options.get("num_layers", 1) * (2 if options.get("bidirectional") else 1)
    shape = (layers, 2, 4) if batched else (layers, 4)
    made = tuple(drawn(lib, shape, 2 + i) for i in range(2 if kind == "LSTM" else 1))
    return made, made if kind == "LSTM" else made[0]


@pytest.mark.parametrize("given", [True, False])
@pytest.mark.parametrize("batched", [True, False])
@pytest.mark.parametrize("name", OPTIONS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_net_and_its_gradients_agree(kind, name, batched, given):
    options, found = OPTIONS[name], []
    for lib in BOTH:
        model = net(lib, kind, **options).double()
        x = input_of(lib, options, batched)
        made, hx = states_of(lib, kind, options, batched)
        results = flat(model(x, hx) if given else model(x))
        leaves = [x, *(made if given else ()), *model.parameters()]
        found.append(with_derivatives(lib, results, leaves, second=False))
    for ours, theirs in itertools.zip_longest(*found):
        same(ours, theirs)


@pytest.mark.parametrize("kind", KINDS)
def test_second_gradients_agree(kind):
    found = []
    for lib in BOTH:
        model, x = net(lib, kind, num_layers=2).double(), drawn(lib, (3, 2, 3), 1)
        found.append(with_derivatives(lib, flat(model(x)), [x, *model.parameters()], second=True))
    for ours, theirs in itertools.zip_longest(*found):
        same(ours, theirs)


@pytest.mark.parametrize("kind", KINDS)
def test_float32_agrees_to_rounding_and_stays_float32(kind):
    found = []
    for lib in BOTH:
        model = net(lib, kind, num_layers=2)
        x = drawn(lib, (20, 4, 3), 1, "float32")
        results = flat(model(x))
        results[0].sum().backward()
        found.append([*results, x.grad, *[p.grad for p in model.parameters()]])
    for ours, theirs in itertools.zip_longest(*found):
        same(ours, theirs, 1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_dropout_between_layers_is_pytorchs(kind):
    found = []
    for lib in BOTH:
        model, x = net(lib, kind, num_layers=3, dropout=0.4), drawn(lib, (6, 2, 3), 1, "float32")
        lib.manual_seed(11)
        found.append([*flat(model(x)), *flat(model.eval()(x)), lib.rand(2)])
    for ours, theirs in itertools.zip_longest(*found):
        same(ours, theirs, 1e-5)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("kind", ["LSTMCell", "GRUCell", "RNNCell", "RNNCell relu"])
@pytest.mark.parametrize("shape", [(2, 3), (3,)])
def test_a_cell_agrees(kind, shape, bias):
    found = []
    for lib in BOTH:
        lib.manual_seed(5)
        extra = {"nonlinearity": "relu"} if "relu" in kind else {}
        cell = getattr(lib.nn, kind.split()[0])(3, 4, bias=bias, **extra)
        weights = list(cell.state_dict().items())
        cell, x = cell.double(), drawn(lib, shape, 1)
        made = tuple(drawn(lib, (*shape[:-1], 4), 2 + i) for i in range(2 if kind == "LSTMCell" else 1))
        first = cell(x)
        second = cell(x, made if kind == "LSTMCell" else made[0])
        results = [*(first if isinstance(first, tuple) else [first])]
        results += second if isinstance(second, tuple) else [second]
        found.append([[key for key, _ in weights], [array(w).tobytes() for _, w in weights], repr(cell)])
        found[-1].append(with_derivatives(lib, results, [x, *made, *cell.parameters()], second=True))
    assert found[0][:3] == found[1][:3]
    for ours, theirs in itertools.zip_longest(found[0][3], found[1][3]):
        same(ours, theirs)


@pytest.mark.parametrize(
    "make",
    [
        *(lambda nn: nn.LSTM(3, 4), lambda nn: nn.LSTM(3, 4, 2, False, True, 0.5, True), lambda nn: nn.GRU(3, 4, 2)),
        *(lambda nn: nn.RNN(3, 4, nonlinearity="relu"), lambda nn: nn.LSTMCell(3, 4)),
        *(lambda nn: nn.RNNCell(3, 4, False, nonlinearity="relu"), lambda nn: nn.GRUCell(3, 4)),
    ],
)
def test_it_prints_as_pytorchs(make):
    assert repr(make(tinygrad_optim.nn)) == repr(make(torch.nn))


REFUSED = {
    "features": lambda nn, r: nn.LSTM(3, 4)(r(5, 2)),
    "one dimension": lambda nn, r: nn.LSTM(3, 4)(r(5)),
    "batch of h": lambda nn, r: nn.LSTM(3, 4)(r(5, 2, 3), (r(1, 3, 4), r(1, 2, 4))),
    "size of c": lambda nn, r: nn.LSTM(3, 4)(r(5, 2, 3), (r(1, 2, 4), r(1, 2, 5))),
    "states of a batch": lambda nn, r: nn.LSTM(3, 4)(r(5, 3), (r(1, 2, 4), r(1, 2, 4))),
    "states without batch": lambda nn, r: nn.LSTM(3, 4)(r(5, 2, 3), (r(1, 4), r(1, 4))),
    "states of one direction": lambda nn, r: nn.LSTM(3, 4, bidirectional=True)(r(5, 2, 3), (r(1, 2, 4), r(1, 2, 4))),
    "gru's state": lambda nn, r: nn.GRU(3, 4)(r(5, 2, 3), r(1, 3, 4)),
    "type": lambda nn, r: nn.LSTM(3, 4)(r(5, 2, 3).double()),
    "no steps": lambda nn, r: nn.LSTM(3, 4)(r(5, 2, 3)[:0]),
    "type of states": lambda nn, r: nn.LSTM(3, 4)(r(5, 2, 3), (r(1, 2, 4).double(), r(1, 2, 4).double())),
    "dropout": lambda nn, r: nn.LSTM(3, 4, dropout=1.5),
    "dropout True": lambda nn, r: nn.LSTM(3, 4, dropout=True),
    "no size": lambda nn, r: nn.LSTM(3, 0),
    "no layers": lambda nn, r: nn.LSTM(3, 4, 0),
    "no inputs": lambda nn, r: nn.LSTM(0, 4),
    "half a size": lambda nn, r: nn.LSTM(3.5, 4),
    "nonlinearity": lambda nn, r: nn.RNN(3, 4, nonlinearity="x"),
    "cell's features": lambda nn, r: nn.LSTMCell(3, 4)(r(2, 2)),
    "cell's dimensions": lambda nn, r: nn.LSTMCell(3, 4)(r(2, 3, 1)),
    "cell's batch": lambda nn, r: nn.LSTMCell(3, 4)(r(2, 3), (r(3, 4), r(3, 4))),
    "cell's size": lambda nn, r: nn.GRUCell(3, 4)(r(2, 3), r(2, 5)),
    "cell's pair": lambda nn, r: nn.LSTMCell(3, 4)(r(2, 3), r(2, 4)),
    "cell's nonlinearity": lambda nn, r: nn.RNNCell(3, 4, nonlinearity="x")(r(2, 3)),
}


def type_raised(act):
    try:
        act()
    except Exception as error:
        return type(error)
    return None


@pytest.mark.parametrize("name", REFUSED)
def test_what_pytorch_refuses_is_refused_with_its_type_of_exception(name):
    types = [type_raised(lambda: REFUSED[name](lib.nn, lambda *s: lib.ones(*s))) for lib in BOTH]  # noqa: B023
    assert types[0] is types[1] is not None


def test_dropout_in_one_layer_is_warned_of():
    for lib in BOTH:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            lib.nn.LSTM(3, 4, dropout=0.5)
        assert "num_layers" in str(caught[0].message)
