"""Losses: examples worked by hand, gradients by differences, what is refused."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest

import tinygrad_optim as torch
from tinygrad_optim import nn
from tinygrad_optim.nn import functional as F


def t(*numbers, dtype=torch.float64):
    return torch.tensor(list(numbers), dtype=dtype)


def drawn(*shape, low=-2.0, high=2.0, seed=0):
    return torch.tensor(np.random.default_rng(seed).uniform(low, high, shape), requires_grad=True)


# ---- by hand -------------------------------------------------------------------------------------------------------


def test_losses_of_numbers_by_hand():
    x, y = t(1.0, 5.0, -2.0), t(1.5, 2.0, -2.0)  # differences -0.5, 3 and 0
    assert F.l1_loss(x, y, reduction="none").tolist() == [0.5, 3.0, 0.0]
    assert F.mse_loss(x, y, reduction="sum").item() == 9.25
    assert F.huber_loss(x, y, reduction="none").tolist() == [0.125, 2.5, 0.0]
    assert F.huber_loss(x, y, reduction="none", delta=2.0).tolist() == [0.125, 4.0, 0.0]
    assert F.smooth_l1_loss(x, y, reduction="none", beta=2.0).tolist() == [0.0625, 2.0, 0.0]
    assert F.smooth_l1_loss(x, y, reduction="none", beta=0.0).tolist() == [0.5, 3.0, 0.0]


def test_a_weighted_mean_is_divided_by_the_sum_of_the_weights_but_hubers_by_their_number():
    x, y, w = t(1.0, 3.0), t(0.0, 0.0), t(3.0, 1.0)
    assert F.mse_loss(x, y, weight=w).item() == (3 * 1 + 9) / 4
    assert F.l1_loss(x, y, weight=w).item() == (3 * 1 + 3) / 4
    assert F.huber_loss(x, y, weight=w).item() == (3 * 0.5 + 2.5) / 2


def test_nll_loss_picks_the_right_class_and_divides_by_the_weights_that_counted():
    x = torch.tensor([[-1.0, -2.0], [-3.0, -4.0], [-5.0, -6.0]])
    y = torch.tensor([0, 1, 1])
    assert F.nll_loss(x, y, reduction="none").tolist() == [1.0, 4.0, 6.0]
    assert F.nll_loss(x, y, torch.tensor([1.0, 3.0])).item() == pytest.approx((1 + 3 * 4 + 3 * 6) / 7)
    assert F.nll_loss(x, y, ignore_index=1, reduction="none").tolist() == [1.0, 0.0, 0.0]
    assert F.nll_loss(x, y, ignore_index=0).item() == 5.0
    assert math.isnan(F.nll_loss(x, torch.tensor([-100] * 3)).item())


def test_cross_entropy_is_nll_loss_of_log_softmax():
    x, y = drawn(4, 3, 2), torch.tensor([[0, 1], [2, 2], [1, 0], [0, 0]])
    for options in ({}, {"weight": t(1.0, 2.0, 0.5)}, {"ignore_index": 2}, {"reduction": "none"}):
        found = F.nll_loss(F.log_softmax(x, 1), y, **options).detach().numpy()
        np.testing.assert_allclose(found, F.cross_entropy(x, y, **options).detach().numpy(), rtol=1e-12)


def test_an_impossible_class_costs_nothing_unless_it_is_the_right_one():
    x = torch.tensor([[0.0, -math.inf, 0.0]], requires_grad=True)
    loss = F.cross_entropy(x, torch.tensor([0]))
    loss.backward()
    assert loss.item() == pytest.approx(math.log(2))
    assert x.grad.tolist() == [[-0.5, 0.0, 0.5]]
    assert F.cross_entropy(x, torch.tensor([1])).item() == math.inf


def test_binary_cross_entropy_by_hand():
    p, y = t(0.5, 0.25, 1.0), t(1.0, 0.0, 0.0)
    assert F.binary_cross_entropy(p, y, reduction="none").tolist() == pytest.approx([math.log(2), math.log(4 / 3), 100])
    assert nn.BCELoss(t(2.0, 0.0, 0.0), reduction="sum")(p, y).item() == pytest.approx(2 * math.log(2))


def test_with_logits_it_is_the_same_of_a_sigmoid_and_does_not_overflow():
    x, y = t(-1.0, 0.0, 2.0), t(1.0, 0.5, 0.0)
    same = F.binary_cross_entropy(torch.sigmoid(x), y).item()
    assert F.binary_cross_entropy_with_logits(x, y).item() == pytest.approx(same, rel=1e-14)
    assert F.binary_cross_entropy_with_logits(t(1000.0, -1000.0), t(0.0, 1.0), reduction="none").tolist() == [1000] * 2


def test_the_gradient_of_a_sure_answer_is_small_and_not_zero():
    # p - y, where p is 1e-13 from y: PyTorch's is 0 for y = 1, where 1 - p is rounded.
    x = t(30.0, -30.0).requires_grad_()
    F.binary_cross_entropy_with_logits(x, t(1.0, 0.0), reduction="sum").backward()
    assert x.grad.tolist() == pytest.approx([-math.exp(-30), math.exp(-30)], rel=1e-9, abs=0)


def test_pos_weight_is_how_much_more_a_yes_counts():
    x, y = t(0.3, 0.3), t(1.0, 0.0)
    plain = F.binary_cross_entropy_with_logits(x, y, reduction="none").tolist()
    found = nn.BCEWithLogitsLoss(reduction="none", pos_weight=t(3.0))(x, y).tolist()
    assert found == pytest.approx([3 * plain[0], plain[1]])


def test_kl_div_by_hand():
    p, q = torch.tensor([[0.5, 0.5], [1.0, 0.0]]), torch.tensor([[0.25, 0.75], [0.5, 0.5]])
    rows = [0.5 * math.log(2) + 0.5 * math.log(2 / 3), math.log(2)]
    assert F.kl_div(q.log(), p, reduction="batchmean").item() == pytest.approx(sum(rows) / 2)
    assert F.kl_div(q.log(), p, reduction="none").sum(1).tolist() == pytest.approx(rows)
    with pytest.warns(UserWarning, match="batchmean"):
        assert nn.KLDivLoss()(q[:1].log(), p[:1]).item() == pytest.approx(rows[0] / 2)


def test_kl_div_warns_of_its_mean_at_the_programs_line():
    for act in (lambda: F.kl_div(t(0.0), t(1.0)), lambda: nn.KLDivLoss()(t(0.0), t(1.0))):
        with pytest.warns(UserWarning, match="batchmean") as caught:
            act()
        assert caught[0].filename == __file__


def test_likelihoods_by_hand():
    assert F.poisson_nll_loss(t(0.0), t(3.0)).item() == 1.0
    assert F.poisson_nll_loss(t(2.0), t(3.0), log_input=False, eps=0.0).item() == pytest.approx(2 - 3 * math.log(2))
    found = F.gaussian_nll_loss(t(1.0), t(3.0), t(4.0), full=True).item()
    assert found == pytest.approx(0.5 * (math.log(4.0) + 1.0) + 0.5 * math.log(2 * math.pi))


def test_margins_by_hand():
    assert F.hinge_embedding_loss(t(0.3, 0.3, 2.0), t(1.0, -1.0, -1.0), reduction="none").tolist() == [0.3, 0.7, 0.0]
    assert F.margin_ranking_loss(t(1.0, 1.0), t(0.0, 3.0), t(1.0, 1.0), 0.5, reduction="none").tolist() == [0.0, 2.5]
    assert F.soft_margin_loss(t(0.0), t(1.0)).item() == pytest.approx(math.log(2))
    x, y = torch.tensor([[3.0, 4.0], [1.0, 0.0]]), torch.tensor([[4.0, 3.0], [0.0, 1.0]])
    assert F.cosine_embedding_loss(x, y, t(1.0, 1.0), reduction="none").tolist() == pytest.approx([0.04, 1.0])
    assert F.cosine_embedding_loss(x, y, t(-1.0, -1.0), 0.5, reduction="none").tolist() == pytest.approx([0.46, 0.0])
    a, p, n = (torch.tensor([[v, 0.0]]) for v in (0.0, 3.0, 1.0))
    assert F.triplet_margin_loss(a, p, n).item() == pytest.approx(3.0, abs=1e-5)
    assert F.triplet_margin_loss(a, n, p, swap=True).item() == pytest.approx(0.0, abs=1e-5)


# ---- gradients by differences --------------------------------------------------------------------------------------

SIGNS = [1.0, -1.0, 1.0]
SMOOTH = {
    "mse": lambda x, y: F.mse_loss(x, y),
    "mse weighted": lambda x, y: F.mse_loss(x, y, weight=y * y + 1),
    "smooth_l1": lambda x, y: F.smooth_l1_loss(x, y, reduction="sum"),
    "huber": lambda x, y: F.huber_loss(x, y, reduction="none", delta=0.7),
    "poisson": lambda x, y: F.poisson_nll_loss(x, y * y),
    "gaussian": lambda x, y: F.gaussian_nll_loss(x, y, x * x + 0.5),
    "nll": lambda x, y: F.nll_loss(x, torch.tensor([0, 1, 1]), t(1.0, 2.0), reduction="none"),
    "cross_entropy": lambda x, y: F.cross_entropy(x, torch.tensor([0, 1, 1]), label_smoothing=0.2, ignore_index=0),
    "cross_entropy of shares": lambda x, y: F.cross_entropy(x, y.softmax(1)),
    "bce": lambda x, y: F.binary_cross_entropy(x.sigmoid(), y.sigmoid()),
    "bce with logits": lambda x, y: F.binary_cross_entropy_with_logits(x, y, pos_weight=t(2.0, 0.5)),
    "kl_div": lambda x, y: F.kl_div(x, y.sigmoid(), reduction="batchmean"),
    "kl_div of logarithms": lambda x, y: F.kl_div(x, y, reduction="sum", log_target=True),
    "soft margin": lambda x, y: F.soft_margin_loss(x, y),
    "cosine": lambda x, y: F.cosine_embedding_loss(x, y, t(*SIGNS)),
    "triplet": lambda x, y: F.triplet_margin_loss(x, y, y * y, margin=9.0),
    "ranking": lambda x, y: F.margin_ranking_loss(x, y, t(*SIGNS).unsqueeze(1), 9.0),
}


@pytest.mark.parametrize("name", SMOOTH)
def test_gradients_and_second_gradients_are_those_found_by_differences(name):
    x, y = drawn(3, 2), drawn(3, 2, seed=1)
    assert torch.gradcheck(SMOOTH[name], [x, y])
    assert torch.gradgradcheck(SMOOTH[name], [x, y])


@pytest.mark.parametrize(
    "loss", [lambda x, y: F.l1_loss(x, y), lambda x, y: F.hinge_embedding_loss(x, t(*SIGNS).unsqueeze(1))]
)
def test_gradients_of_losses_of_straight_lines_are_those_found_by_differences(loss):
    assert torch.gradcheck(loss, [drawn(3, 2), drawn(3, 2, seed=1)])


MODULES = {
    "L1Loss": lambda x, y: (nn.L1Loss(reduction="sum")(x, y), F.l1_loss(x, y, reduction="sum")),
    "SmoothL1Loss": lambda x, y: (nn.SmoothL1Loss(beta=0.5)(x, y), F.smooth_l1_loss(x, y, beta=0.5)),
    "HuberLoss": lambda x, y: (nn.HuberLoss(delta=0.5)(x, y), F.huber_loss(x, y, delta=0.5)),
    "PoissonNLLLoss": lambda x, y: (nn.PoissonNLLLoss(full=True)(x, y * y), F.poisson_nll_loss(x, y * y, full=True)),
    "TripletMarginLoss": lambda x, y: (nn.TripletMarginLoss(p=1.0)(x, y, x), F.triplet_margin_loss(x, y, x, p=1.0)),
}


@pytest.mark.parametrize("name", MODULES)
def test_a_module_is_its_function(name):
    module, function = MODULES[name](drawn(3, 2), drawn(3, 2, seed=1))
    assert module.tolist() == function.tolist()


@pytest.mark.parametrize("name", SMOOTH)
def test_float32_stays_float32(name):
    x, y = (drawn(3, 2, seed=i).detach().float() for i in range(2))
    if name in ("nll", "bce with logits", "cosine", "ranking"):
        return  # these have weights or signs of float64
    assert SMOOTH[name](x, y).dtype == torch.float32


def test_a_losss_weight_goes_where_the_loss_goes():
    loss = nn.CrossEntropyLoss(torch.ones(3))
    assert loss.double().weight.dtype == torch.float64
    assert list(loss.state_dict()) == ["weight"]
    assert list(nn.CrossEntropyLoss().state_dict()) == []


# ---- bad input -----------------------------------------------------------------------------------------------------

X = torch.zeros(3, 2)
REFUSED = {
    "target above 1": (RuntimeError, lambda: F.binary_cross_entropy(X, X + 2), ["target", "between 0 and 1", "2.0"]),
    "logits for p": (RuntimeError, lambda: F.binary_cross_entropy(X - 3, X), ["input", "-3.0", "with_logits"]),
    "bce shapes": (ValueError, lambda: F.binary_cross_entropy(X, X[0]), ["(2,)", "(3, 2)"]),
    "bce types": (RuntimeError, lambda: F.binary_cross_entropy(X, X.long()), ["int64", "float32"]),
    "bce weight": (RuntimeError, lambda: F.binary_cross_entropy(X, X, torch.ones(3)), ["weight", "(3,)", "(3, 2)"]),
    "logits shapes": (ValueError, lambda: F.binary_cross_entropy_with_logits(X, X[0]), ["(2,)", "(3, 2)"]),
    "logits ints": (RuntimeError, lambda: F.binary_cross_entropy_with_logits(X, X.long()), ["int64", "float()"]),
    "a class there is not": (IndexError, lambda: F.nll_loss(X, torch.tensor([0, 1, 2])), ["2", "2 classes, 0 to 1"]),
    "classes in floats": (RuntimeError, lambda: F.nll_loss(X, torch.zeros(3)), ["float32", "long()"]),
    "other batch": (ValueError, lambda: F.nll_loss(X, torch.tensor([0, 1])), ["(3, 2)", "(2,)"]),
    "class weights": (RuntimeError, lambda: F.nll_loss(X, torch.tensor([0] * 3), torch.ones(3)), ["2 classes", "(3,)"]),
    "no tensor": (TypeError, lambda: F.nll_loss(X, [0, 1, 1]), ["target", "list"]),
    "no number": (TypeError, lambda: F.mse_loss(X, 3), ["target", "int"]),
    "ints": (NotImplementedError, lambda: F.mse_loss(X.long(), X.long()), ["mse_loss", "int64", "float()"]),
    "delta": (RuntimeError, lambda: F.huber_loss(X, X, delta=0), ["delta", "0"]),
    "beta": (RuntimeError, lambda: nn.SmoothL1Loss(beta=-1.0)(X, X), ["beta", "-1"]),
    "weights' shape": (ValueError, lambda: F.mse_loss(X, X, weight=torch.ones(2)), ["(2,)", "(3, 2)"]),
    "kl reduction": (ValueError, lambda: nn.KLDivLoss(reduction="x"), ["'x'", "'batchmean'"]),
    "batchmean": (ValueError, lambda: nn.MSELoss(reduction="batchmean"), ["'batchmean'", "'mean', 'sum' or 'none'"]),
    "kl ints": (RuntimeError, lambda: F.kl_div(X, X.long(), reduction="sum"), ["int64"]),
    "variance": (ValueError, lambda: F.gaussian_nll_loss(X, X, X - 1), ["negative", "-1.0"]),
    "variance's shape": (ValueError, lambda: F.gaussian_nll_loss(X, X, torch.ones(4)), ["(4,)", "(3, 2)"]),
    "margin": (ValueError, lambda: nn.TripletMarginLoss(margin=0), ["margin", "0"]),
    "ranking": (RuntimeError, lambda: F.margin_ranking_loss(X, X, torch.ones(3)), ["(3, 2)", "(3,)"]),
    "cosine": (RuntimeError, lambda: F.cosine_embedding_loss(X, X, X), ["(3, 2)"]),
}


@pytest.mark.parametrize(("exception", "act", "fragments"), REFUSED.values(), ids=list(REFUSED))
def test_what_makes_no_sense_is_refused_with_what_was_found(exception, act, fragments):
    with pytest.raises(exception) as caught:
        act()
    for fragment in fragments:
        assert fragment in str(caught.value)


@pytest.mark.parametrize("loss", [F.l1_loss, F.smooth_l1_loss, nn.HuberLoss(), nn.MSELoss(), F.mse_loss])
def test_shapes_that_broadcast_are_warned_of_at_the_programs_line(loss):
    with pytest.warns(UserWarning, match=r"target size \(2,\).*input size \(3, 2\)") as caught:
        loss(X, X[0])
    assert caught[0].filename == __file__


def test_the_old_arguments_still_say_how_to_reduce():
    with pytest.warns(UserWarning, match="reduction='sum'"):
        assert F.l1_loss(t(1.0, 2.0), t(0.0, 0.0), size_average=False).item() == 3.0
    with pytest.warns(UserWarning, match="reduction='none'") as caught:
        loss = nn.L1Loss(reduce=False)
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert loss(t(1.0, 2.0), t(0.0, 0.0)).tolist() == [1.0, 2.0]
