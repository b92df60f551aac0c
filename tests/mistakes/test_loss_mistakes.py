"""What losses are given by mistake: shapes that make a table, results of the wrong kind, labels of the wrong kind."""

from __future__ import annotations

import warnings

import pytest
from speaking import said_once, spoken

import tinygrad_optim as torch
from tinygrad_optim import mistakes, nn
from tinygrad_optim.nn import functional as F

BEGINNING = """
import tinygrad_optim as torch
from tinygrad_optim import nn, optim
from tinygrad_optim.nn import functional as F

torch.manual_seed(0)
x, y = torch.randn(8, 3), torch.randn(8)
labels = torch.arange(8) % 4
net, classes = nn.Linear(3, 1), nn.Linear(3, 4)
"""


def said(line, code):
    """The message of the one mistake in a line that follows the beginning."""
    return said_once(BEGINNING + line.replace("$", "# <- here") + "\n", code)


# ---- shapes ------------------------------------------------------------------------------------------------------

TABLES = {
    "squared": "loss = ((net(x) - y) ** 2).mean()  $\nloss.backward()",
    "squared by a product": "d = net(x) - y  $\nloss = (d * d).sum()\nloss.backward()",
    "absolute": "loss = (y - net(x)).abs().mean()  $\nloss.backward()",
    "with a factor and a penalty": "d = y - net(x)  $\n(0.5 * d.pow(2).mean() + net.weight.pow(2).sum()).backward()",
    "the other way round": "loss = ((net(x).squeeze(1) - y.unsqueeze(1)) ** 2).mean()  $\nloss.backward()",
    "in a function": "def mse(a, b):\n    return ((a - b) ** 2).mean()  $\nmse(net(x), y).backward()",
    "both with gradients": "loss = ((net(x) - net(x).squeeze(1)) ** 2).mean()  $\nloss.backward()",
    "a cross-entropy": "p = net(x).sigmoid()\nloss = -(y.abs() * torch.log(p)).mean()  $\nloss.backward()",
}


@pytest.mark.parametrize("program", TABLES.values(), ids=list(TABLES))
def test_a_loss_by_hand_that_makes_a_table_is_told_of_at_the_line_that_makes_it(program):
    message = said(program, "broadcast-in-loss")
    assert "(8, 1)" in message
    assert "(8,)" in message
    assert "(8, 8)" in message


def test_it_is_told_once_in_a_loop():
    program = (
        "for step in range(20):\n    loss = ((net(x) - y) ** 2).mean()  $\n    loss.backward()\n    net.zero_grad()"
    )
    assert "every prediction against every label" in said(program, "broadcast-in-loss")


@pytest.mark.parametrize(
    "loss", ["nn.MSELoss()", "F.l1_loss", "F.smooth_l1_loss", "nn.HuberLoss()", "F.poisson_nll_loss"]
)
def test_a_loss_of_nn_that_makes_a_table_is_told_of_by_one_warning(loss):
    message = said(f"for step in range(3):\n    {loss}(net(x), y.abs())  $", "broadcast-in-loss")
    assert "(8, 1)" in message
    assert "(8,)" in message


def test_off_leaves_pytorchs_own_warning_of_shapes():
    mistakes.off()
    try:
        with pytest.warns(UserWarning, match="Using a target size") as told:
            nn.MSELoss()(torch.ones(3, 1), torch.ones(3))
        assert [one.category for one in told] == [UserWarning]
    finally:
        mistakes.on()


def test_shapes_that_make_no_table_are_left_to_pytorchs_warning():
    mistakes.on()
    with pytest.warns(UserWarning, match="Using a target size") as told:
        F.mse_loss(torch.ones(3, 2), torch.ones(2))
    assert [one.category for one in told] == [UserWarning]


RIGHT_SHAPES = {
    "alike": "((net(x) - y[:, None]) ** 2).mean().backward()",
    "alike without a second axis": "((net(x).squeeze(1) - y) ** 2).mean().backward()",
    "a table on purpose": "p = net(x)[:, 0]\n((p[:, None] - y[None, :]) ** 2).mean().backward()",
    "a table on purpose of labels": "(net(x).squeeze(1) - y[:, None]).square().mean().backward()",
    "a table on purpose, in a function": (
        "def spread(a, b):\n    return ((a.unsqueeze(1) - b) ** 2).mean()\nspread(net(x).squeeze(1), y).backward()"
    ),
    "against its transpose": "p = net(x)\n((p - p.T) ** 2).sum().backward()",
    "labels that are a table": "table = torch.randn(8, 8)\n((net(x) - table) ** 2).mean().backward()",
    "centred rows": "h = nn.Linear(3, 8)(x)\n((h - h.mean(1, keepdim=True)) ** 2).mean().backward()",
    "gates": "(net(x).sigmoid() * torch.randn(8, 8)).sum().backward()",
    "one row": "((net(x[:1]) - y[:1]) ** 2).mean().backward()",
    "a bias": "layer = nn.Linear(3, 8)\n(layer(x) + layer.bias).square().mean().backward()",
    "a product of matrices": "p = net(x)\n(p @ p.T).square().mean().backward()",
    "no walk at all": "((net(x) - y) ** 2).mean()",
}


@pytest.mark.parametrize("program", RIGHT_SHAPES.values(), ids=list(RIGHT_SHAPES))
def test_other_shapes_are_quiet(program):
    assert spoken(BEGINNING + program) == []


# ---- results of the wrong kind -----------------------------------------------------------------------------------

WRONG_INPUT = {
    "softmax": ("F.cross_entropy(classes(x).softmax(1), labels)", "softmax-before-cross-entropy", "logits"),
    "softmax, reshaped": ("F.cross_entropy(classes(x).softmax(1).view(8, 4), labels)",
                          "softmax-before-cross-entropy", "logits"),
    "sigmoid": ("F.binary_cross_entropy_with_logits(net(x).sigmoid().squeeze(1), labels % 2 * 1.0)",
                "sigmoid-before-logits", "0.73"),
    "probabilities": ("F.nll_loss(classes(x).softmax(1), labels)", "probabilities-to-nll-loss", "log_softmax"),
    "probabilities by hand": ("e = classes(x).exp(); F.nll_loss(e / e.sum(1, keepdim=True), labels)",
                              "probabilities-to-nll-loss", "each row sums to 1"),
    "logits": ("F.nll_loss(classes(x), labels)", "logits-to-nll-loss", "cross_entropy()"),
    "logits between 0 and 1": ("nn.init.constant_(net.bias, 0.5); F.binary_cross_entropy(net(x / 9), torch.ones(8, 1))",
                               "logits-to-binary-cross-entropy", "binary_cross_entropy_with_logits()"),
    "one class": ("F.cross_entropy(net(x), torch.zeros(8).long())", "cross-entropy-of-one-class", "(8, 1)"),
    "one class, floats": ("nn.CrossEntropyLoss()(net(x), torch.ones(8, 1))", "cross-entropy-of-one-class", "(8, 1)"),
    "several answers": ("F.cross_entropy(classes(x), torch.ones(8, 4))", "labels-not-probabilities", "sums to 4"),
    "scores": ("F.cross_entropy(classes(x), classes(x).detach())", "labels-not-probabilities", "the first row is"),
    "floats of one row": ("F.cross_entropy(net(x).squeeze(1), labels * 1.0)", "labels-not-probabilities", "8 classes"),
    "-1 and 1": ("F.binary_cross_entropy_with_logits(net(x).squeeze(1), torch.sign(y))",
                 "labels-not-zero-or-one", "-1"),
    "1 and 2": ("nn.BCEWithLogitsLoss()(net(x).squeeze(1), labels % 2 + 1.0)", "labels-not-zero-or-one", "from 1 to 2"),
    "0 and 1": ("F.soft_margin_loss(net(x).squeeze(1), labels % 2 * 1.0)",
                "labels-not-plus-or-minus-one", "2 * labels - 1"),
    "0 and 1 of distances": ("F.hinge_embedding_loss(net(x).squeeze(1), labels % 2)",
                             "labels-not-plus-or-minus-one", "-1"),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG_INPUT.values(), ids=list(WRONG_INPUT))
def test_what_a_loss_takes_in_silence_is_told_of(wrong):
    line, code, fragment = wrong
    assert fragment in said(line + "  $", code)


def test_where_the_softmax_was_taken_is_told():
    message = said("p = classes(x).softmax(1)\nF.cross_entropy(p, labels)  $", "softmax-before-cross-entropy")
    assert "p = classes(x).softmax(1)" in message


RIGHT_INPUT = {
    "logits": "F.cross_entropy(classes(x), labels)",
    "log_softmax, which is the same twice": "F.cross_entropy(F.log_softmax(classes(x), 1), labels)",
    "shares": "F.cross_entropy(classes(x), classes(x).softmax(1).detach())",
    "one-hot": "F.cross_entropy(classes(x), F.one_hot(labels, 4).float())",
    "rows left out": "F.cross_entropy(classes(x), F.one_hot(labels, 4).float() * (labels > 1)[:, None])",
    "smoothed": "F.cross_entropy(classes(x), labels, label_smoothing=0.1)",
    "logarithms": "F.nll_loss(F.log_softmax(classes(x), 1), labels)",
    "logarithms by hand": "F.nll_loss((classes(x).softmax(1) + 1e-9).log(), labels)",
    "sigmoid": "F.binary_cross_entropy(net(x).sigmoid(), torch.ones(8, 1))",
    "clamped": "F.binary_cross_entropy(net(x).clamp(0.01, 0.99), torch.ones(8, 1))",
    "labels between": "F.binary_cross_entropy_with_logits(net(x), torch.rand(8, 1))",
    "labels left out by hand": (
        "each = F.binary_cross_entropy_with_logits(net(x)[:, 0], torch.sign(y), reduction='none')\n"
        "(each * (y > 0)).mean().backward()"
    ),
    "labels left out by weight": (
        "F.binary_cross_entropy_with_logits(net(x)[:, 0], torch.sign(y), weight=(y > 0).float())"
    ),
    "-1 and 1": "F.soft_margin_loss(net(x)[:, 0], torch.sign(y))",
    "softmax of attention": "a = classes(x).softmax(1)\nF.cross_entropy(a @ torch.randn(4, 4), labels)",
}


@pytest.mark.parametrize("program", RIGHT_INPUT.values(), ids=list(RIGHT_INPUT))
def test_what_a_loss_should_be_given_is_quiet(program):
    assert spoken(BEGINNING + program) == []


@pytest.mark.parametrize(("wrong_at", "times"), [(0, 1), (1, 1), (2, 0), (3, 1), (6, 0), (7, 1)])
def test_numbers_are_looked_at_ever_more_rarely(wrong_at, times):
    program = f"""
for step in range(9):
    answers = torch.full((8, 1), -1.0 if step == {wrong_at} else 1.0)
    F.binary_cross_entropy_with_logits(net(x), answers)
"""
    assert len(spoken(BEGINNING + program)) == times


def test_strict_makes_it_an_error():
    with mistakes.strict(), pytest.raises(mistakes.TeachingWarning, match="broadcast-in-loss"):
        nn.MSELoss()(torch.ones(3, 1), torch.ones(3))
    with warnings.catch_warnings():
        warnings.simplefilter("error", mistakes.TeachingWarning)
        assert nn.MSELoss()(torch.ones(3), torch.ones(3)).item() == 0
