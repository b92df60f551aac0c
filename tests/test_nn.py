"""Modules, layers and losses: registration, state, printing, and the losses' numbers worked by hand."""

from __future__ import annotations

import collections
import copy
import gc
import math
import weakref

import pytest

import tinygrad_optim as torch
from tinygrad_optim import nn
from tinygrad_optim.nn import functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(2, 3)
        self.scale = nn.Parameter(torch.ones(1))
        self.rest = nn.Sequential(nn.ReLU(), nn.Linear(3, 1, bias=False))

    def forward(self, x):
        return self.rest(self.first(x)) * self.scale


NAMES = ["scale", "first.weight", "first.bias", "rest.1.weight"]


def numbers(model):
    return {name: p.tolist() for name, p in model.named_parameters()}


# --- registration -----------------------------------------------------------------------------------------------------


def test_parameters_are_named_by_the_attributes_that_hold_them_a_modules_own_first():
    assert [name for name, _ in Net().named_parameters()] == NAMES


def test_parameters_are_the_tensors_the_attributes_hold():
    net = Net()
    assert [id(p) for p in net.parameters()] == [
        id(p) for p in (net.scale, net.first.weight, net.first.bias, net.rest[1].weight)
    ]


def test_a_prefix_stands_before_every_name():
    assert [name for name, _ in Net().named_parameters(prefix="net")] == [f"net.{name}" for name in NAMES]


def test_without_recursion_only_a_modules_own_parameters_come():
    assert [name for name, _ in Net().named_parameters(recurse=False)] == ["scale"]


def test_modules_are_named_by_their_path():
    assert [name for name, _ in Net().named_modules()] == ["", "first", "rest", "rest.0", "rest.1"]
    assert [name for name, _ in Net().named_children()] == ["first", "rest"]


def test_a_plain_tensor_is_no_parameter():
    net = Net()
    net.buffer = torch.ones(2, requires_grad=True)
    assert len(list(net.parameters())) == 4


def test_parameters_require_a_gradient_unless_told_otherwise():
    assert nn.Parameter(torch.ones(1)).requires_grad
    assert not nn.Parameter(torch.ones(1), requires_grad=False).requires_grad


def test_a_parameter_set_to_none_is_gone():
    layer = nn.Linear(1, 1)
    layer.bias = None
    assert [name for name, _ in layer.named_parameters()] == ["weight"]
    assert list(layer.state_dict()) == ["weight"]


def test_a_parameter_or_module_that_is_replaced_keeps_its_place():
    net = Net()
    net.first.weight = nn.Parameter(torch.zeros(3, 2))
    net.first = net.first
    assert [name for name, _ in net.named_parameters()] == NAMES
    assert net.first.weight.tolist() == [[0.0, 0.0]] * 3


def test_a_name_may_go_from_a_parameter_to_a_module_and_on_to_a_number():
    net = Net()
    net.scale = nn.ReLU()
    assert "scale" not in dict(net.named_parameters())
    assert [name for name, _ in net.named_children()] == ["first", "rest", "scale"]
    del net.scale
    net.scale = 3
    assert net.scale == 3


def test_a_deleted_parameter_is_gone():
    net = Net()
    del net.scale
    del net.rest
    assert [name for name, _ in net.named_parameters()] == ["first.weight", "first.bias"]
    assert not hasattr(net, "scale")


def test_a_parameter_may_be_registered_by_name():
    net = nn.Module()
    net.register_parameter("w", nn.Parameter(torch.ones(1)))
    net.register_parameter("absent", None)
    net.add_module("0", nn.ReLU())
    assert [name for name, _ in net.named_parameters()] == ["w"]
    assert net.absent is None
    assert [name for name, _ in net.named_children()] == ["0"]


def test_a_shared_module_counts_once_under_its_first_name():
    layer = nn.Linear(1, 1)
    net = nn.Sequential(layer, nn.ReLU(), layer)
    assert [name for name, _ in net.named_parameters()] == ["0.weight", "0.bias"]
    assert len(list(net.modules())) == 3


def test_a_shared_parameter_counts_once_but_is_saved_under_both_names():
    net = nn.Sequential(nn.Linear(1, 1), nn.Linear(1, 1))
    net[1].weight = net[0].weight
    assert [name for name, _ in net.named_parameters()] == ["0.weight", "0.bias", "1.bias"]
    assert list(net.state_dict()) == ["0.weight", "0.bias", "1.weight", "1.bias"]


def test_a_parameter_shared_within_a_module_is_called_as_named_parameters_calls_it():
    layer = nn.Linear(1, 1)
    net = nn.Sequential(layer, nn.ReLU(), layer)
    assert [p.name for p in net.parameters()] == [name for name, _ in net.named_parameters()]


def test_gradients_of_a_shared_layer_add_up():
    layer = nn.Linear(1, 1, bias=False)
    nn.init.constant_(layer.weight, 3.0)
    nn.Sequential(layer, layer)(torch.tensor([[2.0]])).sum().backward()
    # d(w * w * 2)/dw = 4w = 12.
    assert layer.weight.grad.item() == 12.0


def test_a_model_is_freed_without_the_garbage_collector():
    gc.disable()
    try:
        net = Net()
        gone = weakref.ref(net)
        kept = net.first
        assert kept.weight.name == "first.weight"
        del net
        assert gone() is None
        assert kept.weight.name == "weight"
    finally:
        gc.enable()


# --- modes, gradients, types ------------------------------------------------------------------------------------------


def test_train_and_eval_reach_every_module_and_return_the_first():
    net = Net()
    assert net.training
    assert net.eval() is net
    assert not any(module.training for module in net.modules())
    assert net.train() is net
    assert all(module.training for module in net.modules())


def test_zero_grad_takes_all_gradients_away_or_fills_them_with_zeros():
    net = Net()
    net(torch.ones(1, 2)).sum().backward()
    net.zero_grad(set_to_none=False)
    assert {p.grad.abs().sum().item() for p in net.parameters()} == {0.0}
    net.zero_grad()
    assert {p.grad for p in net.parameters()} == {None}


def test_requires_grad_freezes_and_thaws():
    net = Net()
    assert net.first.requires_grad_(False) is net.first
    assert [name for name, p in net.named_parameters() if p.requires_grad] == ["scale", "rest.1.weight"]


def test_double_gives_every_parameter_the_other_type_and_keeps_it_the_same_object():
    net = Net()
    before = list(net.parameters())
    assert net.double() is net
    assert [id(p) for p in net.parameters()] == [id(p) for p in before]
    assert {p.dtype for p in net.parameters()} == {torch.float64}
    assert net(torch.ones(1, 2, dtype=torch.float64)).dtype == torch.float64


def test_a_model_may_be_sent_to_the_cpu_where_it_is():
    net = Net()
    assert net.to("cpu") is net
    assert {p.dtype for p in net.to("cpu", torch.float64).parameters()} == {torch.float64}


def test_double_takes_the_gradients_along():
    net = Net()
    net(torch.ones(1, 2)).sum().backward()
    gradient = net.scale.grad.tolist()
    net.double()
    assert (net.scale.grad.dtype, net.scale.grad.tolist()) == (torch.float64, gradient)


def test_apply_reaches_inner_modules_first():
    seen = []
    Net().apply(lambda module: seen.append(type(module).__name__))
    assert seen == ["Linear", "ReLU", "Linear", "Sequential", "Net"]


# --- state dicts ------------------------------------------------------------------------------------------------------


def test_a_state_dict_holds_the_parameters_by_name_without_history_and_in_their_own_memory():
    net = Net()
    saved = net.state_dict()
    assert list(saved) == NAMES
    assert not any(t.requires_grad for t in saved.values())
    with torch.no_grad():
        net.scale.fill_(5.0)
    assert saved["scale"].item() == 5.0


def test_loading_copies_the_numbers_into_the_parameters_that_are_there():
    net, other = Net(), Net()
    before = list(net.parameters())
    result = net.load_state_dict(other.state_dict())
    assert numbers(net) == numbers(other)
    assert [id(p) for p in net.parameters()] == [id(p) for p in before]
    assert repr(result) == "<All keys matched successfully>"
    with torch.no_grad():
        other.scale.fill_(5.0)
    assert net.scale.item() == 1.0


def test_loading_casts_to_the_parameters_type():
    layer = nn.Linear(1, 1)
    layer.load_state_dict({"weight": torch.ones(1, 1, dtype=torch.float64), "bias": torch.tensor([2])})
    assert (layer.weight.dtype, layer.weight.item(), layer.bias.item()) == (torch.float32, 1.0, 2.0)


def test_loading_may_leave_out_and_pass_over_names_if_not_strict():
    layer = nn.Linear(1, 1)
    bias = layer.bias.item()
    result = layer.load_state_dict({"weight": torch.ones(1, 1), "extra": torch.ones(1)}, strict=False)
    assert (layer.weight.item(), layer.bias.item()) == (1.0, bias)
    assert (result.missing_keys, result.unexpected_keys) == (["bias"], ["extra"])
    missing, unexpected = result
    assert (missing, unexpected) == (["bias"], ["extra"])


def test_a_graph_that_read_a_parameter_notices_that_it_was_loaded_over():
    layer = nn.Linear(1, 1)
    x = torch.ones(1, 1, requires_grad=True)
    loss = layer(x).sum()
    layer.load_state_dict(nn.Linear(1, 1).state_dict())
    with pytest.raises(RuntimeError, match=r"modified|overwritten"):
        loss.backward()


LOADS = {
    "missing": ({"weight": torch.ones(1, 2)}, True, ["Missing key(s)", "bias"]),
    "unexpected": (
        {"weight": torch.ones(1, 2), "bias": torch.ones(1), "c": torch.ones(1)},
        True,
        ["Unexpected key(s)", "c"],
    ),
    "size": (
        {"weight": torch.ones(1, 2), "bias": torch.ones(3)},
        True,
        ["size mismatch for bias", "(3,)", "(1,)"],
    ),
    "size, not strict": ({"weight": torch.ones(1, 2), "bias": torch.ones(3)}, False, ["size mismatch for bias"]),
    "no tensor": ({"weight": torch.ones(1, 2), "bias": [1.0]}, True, ["bias", "list"]),
    "all at once": ({"weight": torch.ones(2, 2), "c": 1}, True, ["Missing", "Unexpected", "size mismatch"]),
}


@pytest.mark.parametrize(("saved", "strict", "fragments"), LOADS.values(), ids=list(LOADS))
def test_a_state_dict_that_does_not_fit_is_refused_and_nothing_is_copied(saved, strict, fragments):
    layer = nn.Linear(2, 1)
    before = numbers(layer)
    with pytest.raises(RuntimeError) as caught:
        layer.load_state_dict(saved, strict=strict)
    for fragment in ("Error(s) in loading state_dict for Linear", *fragments):
        assert fragment in str(caught.value)
    assert numbers(layer) == before


def test_what_is_no_dict_is_refused():
    with pytest.raises(TypeError, match="dict-like, got"):
        nn.Linear(1, 1).load_state_dict([1])


# --- printing ---------------------------------------------------------------------------------------------------------


def test_a_net_prints_as_pytorch_prints_it():
    assert repr(Net()) == (
        "Net(\n"
        "  (first): Linear(in_features=2, out_features=3, bias=True)\n"
        "  (rest): Sequential(\n"
        "    (0): ReLU()\n"
        "    (1): Linear(in_features=3, out_features=1, bias=False)\n"
        "  )\n"
        ")"
    )


def test_a_relu_says_if_it_was_asked_to_work_in_place():
    assert (repr(nn.ReLU()), repr(nn.ReLU(inplace=True))) == ("ReLU()", "ReLU(inplace=True)")


# --- Sequential -------------------------------------------------------------------------------------------------------


def test_a_sequential_can_be_indexed_sliced_counted_and_walked():
    net = nn.Sequential(nn.Linear(1, 2), nn.ReLU(), nn.Linear(2, 1))
    assert net[-1] is net[2]
    assert [type(m).__name__ for m in net] == ["Linear", "ReLU", "Linear"]
    assert len(net) == 3
    assert list(net[:2]) == [net[0], net[1]]
    with pytest.raises(IndexError):
        net[3]


def test_a_sequential_of_a_dict_takes_its_names():
    net = nn.Sequential(collections.OrderedDict(a=nn.Linear(1, 1), b=nn.ReLU()))
    assert [name for name, _ in net.named_parameters()] == ["a.weight", "a.bias"]
    assert net.a is net[0]


def test_an_empty_sequential_hands_on_its_input():
    x = torch.ones(2)
    assert nn.Sequential()(x) is x


# --- Linear -----------------------------------------------------------------------------------------------------------


def test_linear_is_x_times_the_weight_transposed_plus_the_bias():
    layer = nn.Linear(2, 2)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
        layer.bias.copy_(torch.tensor([10.0, 20.0]))
    # (5, 6): 5 + 12 + 10, 15 + 24 + 20.
    assert layer(torch.tensor([5.0, 6.0])).tolist() == [27.0, 59.0]
    assert layer(torch.tensor([[[5.0, 6.0]]])).tolist() == [[[27.0, 59.0]]]
    assert F.linear(torch.tensor([5.0, 6.0]), layer.weight).tolist() == [17.0, 39.0]


def test_linear_starts_within_one_over_the_root_of_its_inputs():
    layer = nn.Linear(16, 1000)
    for p in layer.parameters():
        assert 0.24 < p.abs().max().item() <= 0.25
        assert abs(p.mean().item()) < 0.02


def test_the_same_seed_gives_the_same_layer():
    torch.manual_seed(3)
    first = numbers(nn.Linear(3, 2))
    torch.manual_seed(3)
    assert numbers(nn.Linear(3, 2)) == first
    assert numbers(nn.Linear(3, 2)) != first


def test_linear_may_be_made_in_float64():
    assert {p.dtype for p in nn.Linear(2, 1, dtype=torch.float64).parameters()} == {torch.float64}


@pytest.mark.parametrize(
    ("x", "exception", "fragments"),
    [
        (
            lambda: torch.ones(4, 3),
            RuntimeError,
            ["mat1 and mat2 shapes cannot be multiplied", "(4, 3)", "2", "fc.weight"],
        ),
        (lambda: torch.tensor(1.0), RuntimeError, ["()", "fc.weight"]),
        (lambda: [1.0, 2.0], TypeError, ["'input'", "list"]),
        (lambda: torch.ones(1, 2, dtype=torch.float64), RuntimeError, ["dtype", "float64", "float32", "fc.weight"]),
        (lambda: torch.tensor([[1, 2]]), RuntimeError, ["dtype", "int64", "float32"]),
    ],
    ids=["features", "0-d", "list", "float64", "int64"],
)
def test_linear_refuses_an_input_it_cannot_take_naming_its_weight(x, exception, fragments):
    net = nn.Sequential(collections.OrderedDict(fc=nn.Linear(2, 1)))
    with pytest.raises(exception) as caught:
        net(x())
    for fragment in fragments:
        assert fragment in str(caught.value)


# --- MSELoss: inputs 1, 2, targets 3, 5 -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reduction", "loss", "gradient"),
    # Errors -2 and -3, squares 4 and 9; d/dx is 2 * error, halved for the mean.
    [("mean", 6.5, [-2.0, -3.0]), ("sum", 13.0, [-4.0, -6.0]), ("none", [4.0, 9.0], [-4.0, -6.0])],
)
def test_mse_loss_and_its_gradient(reduction, loss, gradient):
    for criterion in (nn.MSELoss(reduction=reduction), lambda x, y: F.mse_loss(x, y, reduction=reduction)):
        x, y = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([3.0, 5.0], requires_grad=True)
        found = criterion(x, y)
        assert found.tolist() == loss
        found.sum().backward()
        assert x.grad.tolist() == gradient
        assert y.grad.tolist() == [-g for g in gradient]


def test_mse_loss_warns_where_broadcasting_would_hide_a_mistake_at_the_callers_line():
    for act in (
        lambda: nn.MSELoss()(torch.ones(3), torch.ones(3, 1)),
        lambda: F.mse_loss(torch.ones(3), torch.ones(1)),
    ):
        with pytest.warns(UserWarning, match="Using a target size") as caught:
            act()
        assert "(3,)" in str(caught[0].message)
        assert caught[0].filename == __file__


# --- CrossEntropyLoss: logits log 1, log 2, log 5, so the softmax is 1/8, 2/8, 5/8 -----------------------------------

ROW = [0.0, math.log(2), math.log(5)]


def logits(*shape):
    """Rows of ROW, as float64 (N, C), or (C,) without arguments."""
    return torch.tensor([ROW] * shape[0] if shape else ROW, dtype=torch.float64, requires_grad=True)


def test_cross_entropy_is_minus_the_log_of_the_right_classs_share():
    x = logits(2)
    loss = nn.CrossEntropyLoss()(x, torch.tensor([1, 2]))
    # (log 4 + log 8/5) / 2; d/dx = (softmax - one-hot) / 2.
    assert loss.item() == pytest.approx((math.log(4) + math.log(1.6)) / 2, rel=1e-14)
    loss.backward()
    expected = [[1 / 16, -6 / 16, 5 / 16], [1 / 16, 2 / 16, -3 / 16]]
    assert x.grad.tolist() == [pytest.approx(row, rel=1e-12) for row in expected]


def test_cross_entropy_of_one_row_without_a_batch():
    loss = nn.CrossEntropyLoss()(logits(), torch.tensor(0))
    assert loss.item() == pytest.approx(math.log(8), rel=1e-14)
    assert loss.shape == ()


def test_cross_entropy_with_weights_divides_by_the_weights_that_counted():
    weight = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)
    loss = nn.CrossEntropyLoss(weight=weight)(logits(2), torch.tensor([1, 2]))
    assert loss.item() == pytest.approx((2 * math.log(4) + 3 * math.log(1.6)) / 5, rel=1e-14)


def test_cross_entropy_passes_over_the_ignored_index():
    x = logits(3)
    loss = nn.CrossEntropyLoss(ignore_index=1)(x, torch.tensor([1, 2, 0]))
    assert loss.item() == pytest.approx((math.log(1.6) + math.log(8)) / 2, rel=1e-14)
    loss.backward()
    assert x.grad.tolist()[0] == [0.0, 0.0, 0.0]


def test_cross_entropy_ignores_minus_100_unless_told_otherwise():
    losses = nn.CrossEntropyLoss(reduction="none")(logits(2), torch.tensor([-100, 0]))
    assert losses.tolist() == [0.0, pytest.approx(math.log(8), rel=1e-14)]


def test_cross_entropy_of_nothing_but_ignored_rows_is_nan_as_in_pytorch():
    assert math.isnan(nn.CrossEntropyLoss()(logits(1), torch.tensor([-100])).item())


def test_cross_entropy_with_label_smoothing_spreads_a_share_over_all_classes():
    # Target 0.7 + 0.1 at class 0, 0.1 at the others.
    loss = nn.CrossEntropyLoss(label_smoothing=0.3)(logits(1), torch.tensor([0]))
    assert loss.item() == pytest.approx(0.8 * math.log(8) + 0.1 * math.log(4) + 0.1 * math.log(1.6), rel=1e-14)


def test_cross_entropy_of_probabilities():
    x = logits(1)
    target = torch.tensor([[0.5, 0.25, 0.25]], dtype=torch.float64)
    loss = nn.CrossEntropyLoss()(x, target)
    assert loss.item() == pytest.approx(0.5 * math.log(8) + 0.25 * math.log(4) + 0.25 * math.log(1.6), rel=1e-14)
    loss.backward()
    assert x.grad.tolist()[0] == pytest.approx([1 / 8 - 4 / 8, 0, 3 / 8], abs=1e-15)


def test_cross_entropy_of_probabilities_with_weights_divides_by_the_rows():
    weight = torch.tensor([1.0, 2.0, 4.0], dtype=torch.float64)
    target = torch.tensor([[0.5, 0.25, 0.25]] * 2, dtype=torch.float64)
    loss = nn.CrossEntropyLoss(weight=weight)(logits(2), target)
    assert loss.item() == pytest.approx(0.5 * math.log(8) + 0.5 * math.log(4) + math.log(1.6), rel=1e-14)


@pytest.mark.parametrize(("reduction", "expected"), [("sum", math.log(4) + math.log(1.6)), ("none", None)])
def test_cross_entropy_by_reduction(reduction, expected):
    loss = F.cross_entropy(logits(2), torch.tensor([1, 2]), reduction=reduction)
    expected = [math.log(4), math.log(1.6)] if expected is None else expected
    assert loss.tolist() == pytest.approx(expected, rel=1e-14)


def test_cross_entropy_with_a_class_for_every_pixel():
    # (N, C, d1): the two columns of one sample, classes along dimension 1.
    x = torch.tensor([[[a, b] for a, b in zip(ROW, reversed(ROW))]], dtype=torch.float64)
    losses = F.cross_entropy(x, torch.tensor([[0, 0]]), reduction="none")
    assert losses.tolist() == [[pytest.approx(math.log(8)), pytest.approx(math.log(1.6))]]


def test_cross_entropy_of_huge_logits_does_not_overflow():
    x = torch.tensor([[1000.0, 0.0]], requires_grad=True)
    loss = F.cross_entropy(x, torch.tensor([1]))
    loss.backward()
    assert loss.item() == 1000.0
    assert x.grad.tolist() == [[1.0, -1.0]]


X = torch.ones(2, 3)
CROSS_ENTROPY = {
    "out of range": (IndexError, {}, lambda: (X, torch.tensor([0, 3])), ["Target 3 is out of bounds", "3 classes"]),
    "negative": (IndexError, {}, lambda: (X, torch.tensor([0, -1])), ["Target -1 is out of bounds"]),
    "batch": (ValueError, {}, lambda: (X, torch.tensor([0])), ["batch_size (2)", "(1,)"]),
    "float indices": (RuntimeError, {}, lambda: (X, torch.ones(2)), ["Long", "float32", ".long()"]),
    "int32 indices": (RuntimeError, {}, lambda: (X, torch.tensor([0, 1], dtype=torch.int32)), ["Long", "int32"]),
    "column": (RuntimeError, {}, lambda: (X, torch.tensor([[0], [1]])), ["(2, 1)", "(2,)"]),
    "other classes": (RuntimeError, {}, lambda: (X, torch.ones(2, 4)), ["(2, 4)", "(2, 3)"]),
    "int probabilities": (RuntimeError, {}, lambda: (X, torch.tensor([[0, 1, 0]] * 2)), ["floating point", "int64"]),
    "ignored probabilities": (RuntimeError, {"ignore_index": 1}, lambda: (X, X), ["ignore_index", "1"]),
    "int logits": (NotImplementedError, {}, lambda: (torch.tensor([[1, 2]]), torch.tensor([0])), ["int64", ".float()"]),
    "0-d": (RuntimeError, {}, lambda: (torch.tensor(1.0), torch.tensor(0)), ["0-d"]),
    "list target": (TypeError, {}, lambda: (X, [0, 1]), ["'target'", "list"]),
    "no input": (TypeError, {}, lambda: (None, torch.tensor([0, 1])), ["'input'", "NoneType"]),
    "weight size": (RuntimeError, {"weight": torch.ones(2)}, lambda: (X, torch.tensor([0, 1])), ["3 classes", "(2,)"]),
    "weight size for probabilities": (RuntimeError, {"weight": torch.ones(2)}, lambda: (X, X), ["3 classes"]),
    "weight list": (TypeError, {"weight": [1.0, 2.0, 3.0]}, lambda: (X, torch.tensor([0, 1])), ["'weight'", "list"]),
    "weight float64": (
        RuntimeError,
        {"weight": torch.ones(3, dtype=torch.float64)},
        lambda: (X, torch.tensor([0, 1])),
        ["weight", "float32", "float64"],
    ),
    "ignore_index": (TypeError, {"ignore_index": 1.5}, lambda: (X, torch.tensor([0, 1])), ["'ignore_index'", "float"]),
    "smoothing": (RuntimeError, {"label_smoothing": 2.0}, lambda: (X, torch.tensor([0, 1])), ["label_smoothing", "2"]),
}


@pytest.mark.parametrize(
    ("exception", "options", "given", "fragments"), CROSS_ENTROPY.values(), ids=list(CROSS_ENTROPY)
)
def test_cross_entropy_refuses_what_makes_no_sense(exception, options, given, fragments):
    for criterion in (lambda x, y: nn.CrossEntropyLoss(**options)(x, y), lambda x, y: F.cross_entropy(x, y, **options)):
        with pytest.raises(exception) as caught:
            criterion(*given())
        for fragment in fragments:
            assert fragment in str(caught.value)


@pytest.mark.parametrize("reduction", ["average", None, 3])
def test_an_unknown_reduction_is_refused_with_those_that_there_are(reduction):
    for act in (
        lambda: nn.CrossEntropyLoss(reduction=reduction),
        lambda: nn.MSELoss(reduction=reduction),
        lambda: F.mse_loss(X, X, reduction=reduction),
        lambda: F.cross_entropy(X, X, reduction=reduction),
    ):
        with pytest.raises(ValueError, match="is not a valid value for reduction: use 'mean', 'sum' or 'none'"):
            act()


# --- bad input to modules ---------------------------------------------------------------------------------------------

MODULES = {
    "tensor for a parameter": (TypeError, lambda n: setattr(n, "weight", torch.ones(1, 1)), ["weight", "Parameter"]),
    "tensor for a module": (TypeError, lambda n: setattr(nn.Sequential(n), "0", torch.ones(1)), ["'0'", "Linear"]),
    "registered tensor": (TypeError, lambda n: n.register_parameter("x", torch.ones(1)), ["'x'", "Parameter"]),
    "dotted name": (KeyError, lambda n: n.register_parameter("a.b", None), ["a.b", "."]),
    "empty name": (KeyError, lambda n: n.register_parameter("", None), ["name"]),
    "taken name": (KeyError, lambda n: n.register_parameter("forward", None), ["forward", "already exists"]),
    "number as a name": (TypeError, lambda n: n.register_parameter(3, None), ["string", "int"]),
    "module's number": (TypeError, lambda n: n.add_module(3, nn.ReLU()), ["string", "int"]),
    "no module": (TypeError, lambda n: n.add_module("x", 3), ["int is not a Module subclass"]),
    "no module in a row": (TypeError, lambda n: nn.Sequential(n, 3), ["int is not a Module subclass"]),
    "mode": (ValueError, lambda n: n.train("yes"), ["boolean"]),
    "no such attribute": (AttributeError, lambda n: n.wieght, ["Linear", "wieght"]),
    "no data": (TypeError, lambda n: nn.Parameter([1.0]), ["Parameter", "list"]),
    "ints": (RuntimeError, lambda n: nn.Parameter(torch.tensor([1])), ["floating point", "int64"]),
    "no forward": (NotImplementedError, lambda n: nn.Module()(1), ["forward"]),
    "negative size": (RuntimeError, lambda n: nn.Linear(-1, 2), ["negative", "-1"]),
    "ints for parameters": (TypeError, lambda n: n.to(torch.int64), ["floating point", "int64"]),
    "another device": (RuntimeError, lambda n: n.to("cuda"), ["cuda", "cpu"]),
    "size of half": (TypeError, lambda n: nn.Linear(1.5, 2), ["1.5"]),
}


@pytest.mark.parametrize(("exception", "act", "fragments"), MODULES.values(), ids=list(MODULES))
def test_modules_refuse_what_makes_no_sense_and_stay_as_they_were(exception, act, fragments):
    layer = nn.Linear(1, 1)
    before = numbers(layer), repr(layer), list(layer.state_dict())
    with pytest.raises(exception) as caught:
        act(layer)
    for fragment in fragments:
        assert fragment in str(caught.value)
    assert (numbers(layer), repr(layer), list(layer.state_dict())) == before


@pytest.mark.parametrize("part", [lambda: nn.Linear(1, 1), lambda: nn.Parameter(torch.ones(1))])
def test_parts_assigned_before_init_are_refused_with_the_remedy(part):
    class Forgetful(nn.Module):
        def __init__(self):
            self.part = part()

    with pytest.raises(AttributeError, match=r"before Module.__init__\(\) call.*super\(\).__init__\(\)"):
        Forgetful()


def test_a_copied_module_is_independent():
    net = Net()
    other = copy.deepcopy(net)
    with torch.no_grad():
        other.scale.fill_(5.0)
    assert net.scale.item() == 1.0
    assert other.first.weight is not net.first.weight
    assert [name for name, _ in other.named_parameters()] == NAMES
