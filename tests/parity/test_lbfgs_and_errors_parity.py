"""LBFGS against PyTorch's, and what PyTorch's constructors refuse: the same type of exception here."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest

import tinygrad_optim as tg

torch = pytest.importorskip("torch", reason="parity needs PyTorch, which is not installed here")

# --- LBFGS ------------------------------------------------------------------------------------------------------------

LBFGS_SETS = [
    {"max_iter": 1},
    {"max_iter": 4, "lr": 0.5, "history_size": 3},
    {"max_iter": 5, "max_eval": 7, "line_search_fn": "strong_wolfe"},
    {"max_iter": 20, "line_search_fn": "strong_wolfe", "history_size": 2, "tolerance_grad": 1e-3},
    {"max_iter": 3, "lr": 0.2, "tolerance_change": 1e-2, "line_search_fn": "strong_wolfe"},
]


class Fit:
    """Strongly convex losses over two parameters, a new one and a new optimizer every 20 steps."""

    def __init__(self, library, options, dtype):
        self.library, self.dtype, self.options = library, getattr(library, dtype), options
        rng = np.random.default_rng(3)
        self.a, self.b = (self.tensor(rng.standard_normal(s)).requires_grad_() for s in [(2, 3), (4,)])
        self.targets = [[self.tensor(rng.standard_normal(s)) for s in [(2, 3), (4,)]] for _ in range(10)]

    def tensor(self, numbers):
        return self.library.tensor(numbers.tolist(), dtype=self.dtype)

    def step(self, step):
        if step % 20 == 0:
            self.optimizer = self.library.optim.LBFGS([self.a, self.b], **self.options)
        if step % 40 == 23:
            self.optimizer.param_groups[0]["lr"] = 0.7
        if step % 20 == 6:
            saved = self.optimizer.state_dict()
            self.optimizer = self.library.optim.LBFGS([self.a, self.b])
            self.optimizer.load_state_dict(saved)
        to_a, to_b = self.targets[step // 20]

        def closure():
            self.optimizer.zero_grad()
            a, b = self.a - to_a, self.b - to_b
            loss = (a * a).sum() + 0.1 * (a * a * a * a).sum()
            if step // 20 != 3:  # b has no gradient there
                loss = loss + 2 * (b * b).sum() + 0.3 * (b * b).sum() * (a * a).sum()
            loss.backward()
            return loss

        return self.optimizer.step(closure).item()


@pytest.mark.parametrize(("dtype", "steps", "tolerance"), [("float64", 200, 1e-12), ("float32", 20, 1e-3)])
@pytest.mark.parametrize("options", LBFGS_SETS, ids=str)
def test_lbfgs_goes_where_pytorchs_goes(options, dtype, steps, tolerance):
    # Each step begins at the same point, and in float32 there are few: curvature comes from differences of
    # gradients, of which near the minimum little more than rounding is left.
    ours, theirs = Fit(tg, options, dtype), Fit(torch, options, dtype)
    for step in range(steps):
        losses = ours.step(step), theirs.step(step)
        assert losses[0] == pytest.approx(losses[1], rel=tolerance, abs=tolerance)
        for p, q in ((ours.a, theirs.a), (ours.b, theirs.b)):
            np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), rtol=0, atol=tolerance)
            p.detach().numpy()[...] = q.detach().numpy()


@pytest.mark.parametrize("options", LBFGS_SETS, ids=str)
def test_lbfgs_leaves_pytorchs_state(options):
    # After 3 steps, while gradients still differ from one another by more than rounding.
    ours, theirs = Fit(tg, options, "float64"), Fit(torch, options, "float64")
    for step in range(3):
        ours.step(step), theirs.step(step)
    mine, other = (side.optimizer.state_dict()["state"][0] for side in (ours, theirs))
    del other["al"]  # numbers of the last recursion, which PyTorch makes anew where they are missing
    assert sorted(mine) == sorted(other)
    for key in other:
        assert_alike(mine[key], other[key], key)


def assert_alike(mine, other, key):
    if isinstance(other, list):
        assert (key, type(mine), len(mine)) == (key, list, len(other))
        for one, its in zip(mine, other):
            assert_alike(one, its, key)
    elif isinstance(other, torch.Tensor) and other.ndim:
        assert (key, mine.shape, str(mine.dtype)) == (key, tuple(other.shape), str(other.dtype).split(".")[1])
        np.testing.assert_allclose(mine.numpy(), other.numpy(), rtol=1e-9, atol=1e-12, err_msg=key)
    else:  # PyTorch keeps some of these numbers as 0-d tensors
        assert (key, float(mine)) == (key, pytest.approx(float(other), rel=1e-9, abs=1e-12))


# --- errors -----------------------------------------------------------------------------------------------------------

NAN = math.nan
BAD_LR = [{"lr": -1.0}, {"lr": NAN}]
BAD_BETAS = [{"betas": b} for b in [(1.0, 0.9), (-0.1, 0.9), (0.9, 1.0), (0.9, -0.1), (NAN, 0.9)]]
BAD_DECAY, BAD_EPS = [{"weight_decay": -0.1}], [{"eps": -1e-8}, {"eps": NAN}]
BAD_ADAM = [*BAD_LR, *BAD_BETAS, *BAD_DECAY, *BAD_EPS]
FUSED = [{"fused": True, "foreach": True}, {"fused": True, "differentiable": True}]
BAD = {
    "SGD": [
        *[{"lr": -1.0}, {"momentum": -0.1}, *BAD_DECAY, {"nesterov": True}],
        *[{"nesterov": True, "momentum": 0.9, "dampening": 0.1}, *FUSED],
    ],
    "Adam": [*BAD_ADAM, *FUSED],
    "AdamW": [*BAD_ADAM, *FUSED],
    "Adamax": BAD_ADAM,
    "NAdam": [*BAD_ADAM, {"momentum_decay": -0.1}],
    "RAdam": BAD_ADAM,
    "Adagrad": [*BAD_LR, {"lr_decay": -0.1}, *BAD_DECAY, {"initial_accumulator_value": -1.0}, *BAD_EPS, *FUSED],
    "Adadelta": [*BAD_LR, {"rho": 1.1}, {"rho": -0.1}, *BAD_EPS, *BAD_DECAY],
    "RMSprop": [*BAD_LR, *BAD_EPS, {"momentum": -0.1}, *BAD_DECAY, {"alpha": -0.1}],
    "Rprop": [*BAD_LR, {"etas": (0.0, 1.2)}, {"etas": (0.5, 1.0)}, {"etas": (1.2, 0.5)}],
    "ASGD": [*BAD_LR, *BAD_DECAY],
    "LBFGS": [*BAD_LR],
    "Adafactor": [
        *[*BAD_LR, {"beta2_decay": 0.1}, {"eps": (-1.0, 1e-3)}, {"eps": (None, -1e-3)}, {"d": 0.5}],
        *BAD_DECAY,
    ],
    "Muon": [{"lr": -1.0}, {"momentum": -0.1}, *BAD_DECAY, {"adjust_lr_fn": "other"}],
}
CASES = [(kind, options) for kind, all_of in BAD.items() for options in all_of]


def refusal(library, kind, options):
    """The type of exception that the constructor raises."""
    p = library.zeros(2, 2).requires_grad_()
    with pytest.raises((TypeError, ValueError, RuntimeError)) as caught:
        getattr(library.optim, kind)([p], **options)
    return caught.type


@pytest.mark.parametrize(("kind", "options"), CASES, ids=str)
def test_a_constructor_refuses_what_pytorchs_refuses_with_its_type(kind, options):
    assert refusal(tg, kind, options) is refusal(torch, kind, options)


@pytest.mark.parametrize("kind", BAD)
def test_an_lr_of_two_numbers_is_refused_as_in_pytorch(kind):
    types = {refusal(library, kind, {"lr": library.tensor([0.1, 0.2])}) for library in (tg, torch)}
    assert types == {ValueError}


@pytest.mark.parametrize("kind", BAD)
def test_a_misspelt_option_is_a_type_error_as_in_pytorch(kind):
    assert {refusal(library, kind, {"learning_rate": 0.1}) for library in (tg, torch)} == {TypeError}


@pytest.mark.parametrize("shape", [(), (3,), (2, 2, 2)], ids=str)
def test_muon_refuses_what_is_no_matrix(shape):
    for library in (tg, torch):
        with pytest.raises(ValueError, match="2D"):
            library.optim.Muon([library.zeros(shape).requires_grad_()])


def test_lbfgs_refuses_a_second_group():
    for library in (tg, torch):
        a, b = library.zeros(1).requires_grad_(), library.zeros(1).requires_grad_()
        with pytest.raises(ValueError, match="parameter"):
            library.optim.LBFGS([{"params": [a]}, {"params": [b]}])


@pytest.mark.parametrize("options", [{"ns_steps": 100}, {"ns_coefficients": (1.0, 2.0)}], ids=str)
def test_muons_iteration_is_refused_in_the_constructor_where_pytorch_refuses_it_in_the_step(options):
    assert refusal(tg, "Muon", options) is ValueError
    p = torch.zeros(2, 2).requires_grad_()
    p.grad = torch.ones(2, 2)
    with pytest.raises(ValueError, match=r"steps|Coefficients"):
        torch.optim.Muon([p], **options).step()


@pytest.mark.parametrize("kind", [k for k in BAD if k not in ("SGD", "LBFGS", "Muon", "Adagrad", "Adafactor")])
def test_capturable_is_refused(kind):
    with pytest.raises(NotImplementedError, match="CUDA"):
        getattr(tg.optim, kind)([tg.zeros(1).requires_grad_()], capturable=True)


@pytest.mark.parametrize("kind", BAD)
def test_a_good_constructor_warns_of_nothing(kind):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        getattr(tg.optim, kind)([tg.zeros(2, 2).requires_grad_()])
