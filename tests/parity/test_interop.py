"""State that travels: five steps here, five in PyTorch, five here are fifteen in either, and the other way round."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_optim as tg
from tinygrad_optim import Value, interop

torch = pytest.importorskip("torch", reason="parity needs PyTorch, which is not installed here")

KINDS = {
    "SGD": {"lr": 0.1, "momentum": 0.9, "nesterov": True},
    "Adam": {"lr": 0.05, "amsgrad": True},
    "AdamW": {"lr": 0.05},
    "NAdam": {"lr": 0.05},
    "RAdam": {"lr": 0.05},
    "Adamax": {"lr": 0.05},
    "Adagrad": {"lr": 0.1},
    "Adadelta": {},
    "RMSprop": {"lr": 0.01, "momentum": 0.5, "centered": True},
    "Rprop": {"lr": 0.01},
    "ASGD": {"lr": 0.05, "t0": 3},
    "Adafactor": {"lr": 0.05},
    "LBFGS": {"lr": 0.5, "max_iter": 2, "history_size": 3},
}
X = np.random.default_rng(0).standard_normal((6, 2))
Y = np.sin(X.sum(1, keepdims=True))


class Training:
    """A small net and its optimizer in one of the libraries, from the same start."""

    def __init__(self, library, kind):
        self.library = library
        self.net = library.nn.Sequential(library.nn.Linear(2, 4), library.nn.Tanh(), library.nn.Linear(4, 1)).double()
        rng = np.random.default_rng(1)
        start = {name: rng.standard_normal(tuple(p.shape)) for name, p in self.net.named_parameters()}
        self.net.load_state_dict({name: library.from_numpy(array) for name, array in start.items()})
        groups = [list(self.net[0].parameters()), list(self.net[2].parameters())]
        one = [{"params": groups[0] + groups[1]}]
        two = [{"params": groups[0]}, {"params": groups[1], "lr": 0.02}]
        self.optimizer = getattr(library.optim, kind)(one if kind == "LBFGS" else two, **KINDS[kind])

    def steps(self, count):
        x, y = self.library.from_numpy(X), self.library.from_numpy(Y)

        def closure():
            self.optimizer.zero_grad()
            loss = ((self.net(x) - y) ** 2).mean()
            loss.backward()
            return loss

        for _ in range(count):
            self.optimizer.step(closure)
        return self

    def go_on_in(self, other, convert):
        """Hand the state over to a training in the other library."""
        other.net.load_state_dict(convert(self.net.state_dict()))
        other.optimizer.load_state_dict(convert(self.optimizer.state_dict()))
        return other

    def numbers(self):
        return np.concatenate([p.detach().numpy().reshape(-1) for p in self.net.parameters()])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("home", [tg, torch], ids=["from here", "from PyTorch"])
def test_five_steps_here_five_there_and_five_here_are_fifteen_in_either(home, kind):
    abroad = torch if home is tg else tg
    out, back = interop.to_torch_state_dict, interop.from_torch_state_dict
    if home is torch:
        out, back = back, out
    first = Training(home, kind).steps(5)
    second = first.go_on_in(Training(abroad, kind), out).steps(5)
    third = second.go_on_in(Training(home, kind), back).steps(5)
    # NAdam and ASGD: loading puts their float32 numbers into the parameter's type, and they go on unrounded.
    tolerance = 1e-6 if kind in ("NAdam", "ASGD") else 1e-11
    for library in (home, abroad):
        np.testing.assert_allclose(third.numbers(), Training(library, kind).steps(15).numbers(), rtol=tolerance)


def described(value):
    """Types, shapes and numbers of everything in a state dict of either library."""
    if isinstance(value, dict):
        return {key: described(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [type(value), [described(one) for one in value]]
    if isinstance(value, tg.Tensor | torch.Tensor):
        return str(value.dtype).removeprefix("torch."), tuple(value.shape), value.tolist()
    return type(value), value


@pytest.mark.parametrize("kind", KINDS)
def test_there_and_back_everything_keeps_its_type_shape_and_numbers(kind):
    training = Training(tg, kind).steps(3)
    for saved in (training.net.state_dict(), training.optimizer.state_dict()):
        there = interop.to_torch_state_dict(saved)
        assert described(there) == described(saved)
        assert described(interop.from_torch_state_dict(there)) == described(saved)


def normed(library):
    """A net with buffers: running statistics, a count, and one that is not saved."""
    library.manual_seed(0)
    net = library.nn.Sequential(library.nn.Linear(2, 3), library.nn.BatchNorm1d(3), library.nn.Linear(3, 1))
    net.register_buffer("scratch", library.zeros(2), persistent=False)
    return net


@pytest.mark.parametrize("home", [tg, torch], ids=["from here", "from PyTorch"])
def test_a_state_with_buffers_goes_there_and_back(home):
    abroad = torch if home is tg else tg
    out, back = interop.to_torch_state_dict, interop.from_torch_state_dict
    if home is torch:
        out, back = back, out
    here, there = normed(home), normed(abroad)
    for k in range(3):
        here(home.from_numpy(X.astype("float32") * (k + 1)))
    answer = there.load_state_dict(out(here.state_dict()))
    assert (list(answer.missing_keys), list(answer.unexpected_keys)) == ([], [])
    assert described(dict(there.state_dict())) == described(dict(here.state_dict()))
    results = [net.eval()(lib.from_numpy(X.astype("float32"))) for net, lib in ((here, home), (there, abroad))]
    np.testing.assert_allclose(*[r.detach().numpy() for r in results], rtol=1e-5, atol=1e-6)
    assert described(dict(back(there.state_dict()))) == described(dict(here.state_dict()))


@pytest.mark.parametrize("make", ["LSTM", "MultiheadAttention"])
def test_the_weights_of_larger_modules_fit_there(make):
    ours, theirs = (getattr(library.nn, make)(4, 2) for library in (tg, torch))
    theirs.load_state_dict(interop.to_torch_state_dict(ours.state_dict()))
    ours.load_state_dict(interop.from_torch_state_dict(theirs.state_dict()))


def test_what_was_converted_is_a_copy():
    saved = {"a": tg.zeros(2)}
    interop.to_torch_state_dict(saved)["a"].fill_(7)
    assert saved["a"].tolist() == [0.0, 0.0]
    there = {"a": torch.zeros(2)}
    interop.from_torch_state_dict(there)["a"].fill_(7)
    assert there["a"].tolist() == [0.0, 0.0]


def test_a_values_number_becomes_a_float64_tensor():
    there = interop.to_torch_state_dict({"step": Value(3.0)})["step"]
    assert (there.dtype, there.item()) == (torch.float64, 3.0)


def test_a_type_that_numpy_does_not_have_is_refused():
    with pytest.raises(TypeError, match=r"bfloat16 has no counterpart here.*float\(\)"):
        interop.from_torch_state_dict({"a": torch.zeros(2, dtype=torch.bfloat16)})
