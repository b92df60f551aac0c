"""Layers without PyTorch: derivatives against differences, examples worked by hand, and what is refused."""

from __future__ import annotations

import copy
import math

import numpy as np
import pytest

import tinygrad_optim as tg
from tinygrad_optim import nn
from tinygrad_optim.nn import functional as F
from tinygrad_optim.ops import convolution


def leaf(*shape, low=-2.0, high=2.0, seed=0):
    """A float64 leaf of distinct numbers, none near 0, where some functions have a kink."""
    count = math.prod(shape)
    numbers = np.linspace(low, high, count + count % 2)[:count] + 0.013
    return tg.tensor(np.random.default_rng(seed).permutation(numbers).reshape(shape), requires_grad=True)


def check_both(function, *inputs):
    """First and second derivatives agree with differences."""
    assert tg.gradcheck(function, inputs)
    assert tg.gradgradcheck(function, inputs)


# ---- derivatives -------------------------------------------------------------------------------------------

ACTIVATIONS = {
    "relu": F.relu,
    "leaky_relu": lambda x: F.leaky_relu(x, 0.2) * x,
    "elu": lambda x: F.elu(x, 1.5),
    "selu": F.selu,
    "gelu": F.gelu,
    "gelu tanh": lambda x: F.gelu(x, approximate="tanh"),
    "silu": F.silu,
    "mish": F.mish,
    "softplus": lambda x: F.softplus(x, beta=2.0, threshold=3.0) * x,
    "logsigmoid": F.logsigmoid,
    "hardtanh": lambda x: F.hardtanh(x, -1.1, 1.2) * x,
    "relu6": lambda x: F.relu6(4 * x) * x,
    "softsign": F.softsign,
    "tanhshrink": F.tanhshrink,
    "softmin": lambda x: F.softmin(x, -1),
}


@pytest.mark.parametrize("shape", [(), (2, 3), (0,)], ids=str)
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_both_derivatives_of_an_activation_are_right(name, shape):
    check_both(ACTIVATIONS[name], leaf(*shape))


def test_both_derivatives_of_prelu_are_right_in_the_weight_too():
    check_both(F.prelu, leaf(2, 3, 2), leaf(3, seed=1))
    check_both(F.prelu, leaf(2, 3), leaf(1, low=0.2, seed=1))


CONVOLUTIONS = {
    "plain": ((1, 2, 3, 3), (2, 2, 2, 2), {}),
    "strided, padded, dilated": ((1, 1, 4, 3), (1, 1, 2, 2), {"stride": (2, 1), "padding": (1, 0), "dilation": (2, 1)}),
    "windows that leave a rest": ((1, 1, 4, 4), (1, 1, 2, 2), {"stride": 3}),
    "groups": ((2, 4, 2, 2), (2, 2, 1, 2), {"groups": 2}),
    "few places": ((2, 2, 3, 4), (4, 1, 3, 3), {"groups": 2}),
    "same": ((1, 1, 3, 2), (1, 1, 2, 3), {"padding": "same"}),
    "unbatched": ((2, 3, 3), (1, 2, 2, 3), {}),
    "no images": ((0, 1, 3, 3), (1, 1, 2, 2), {}),
}


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_both_derivatives_of_a_convolution_are_right_in_all_arguments(name):
    image, weight, options = CONVOLUTIONS[name]
    inputs = leaf(*image), leaf(*weight, seed=1), leaf(weight[0], seed=2)
    check_both(lambda x, w, b: F.conv2d(x, w, b, **options), *inputs)


def test_both_derivatives_of_a_convolution_of_sequences_are_right():
    check_both(lambda x, w: F.conv1d(x, w, stride=2, padding=1), leaf(2, 2, 4), leaf(1, 2, 3, seed=1))


def test_a_kernel_as_large_as_the_image_is_a_linear_layer():
    x, w, b = leaf(3, 2, 4, 5), leaf(6, 2, 4, 5, seed=1), leaf(6, seed=2)
    out, linear = F.conv2d(x, w, b, stride=2), F.linear(x.flatten(1), w.flatten(1), b)
    np.testing.assert_allclose(out.squeeze((2, 3)).detach().numpy(), linear.detach().numpy(), rtol=1e-12)
    gradients = zip(*(tg.autograd.grad((y**2).sum(), (x, w, b)) for y in (out, linear)))
    for ours, plain in gradients:
        np.testing.assert_allclose(ours.numpy(), plain.numpy(), rtol=1e-12)


@pytest.mark.parametrize("block", [1, 100, 200])
def test_a_convolution_of_a_few_images_at_a_time_is_that_of_all_at_once(block, monkeypatch):
    x, w, b = leaf(5, 2, 4, 3), leaf(4, 1, 2, 2, seed=1), leaf(4, seed=2)  # an image has columns of 48 numbers
    found = []
    for most in (10**6, block):
        monkeypatch.setattr(convolution, "BLOCK", most)
        out = F.conv2d(x, w, b, stride=(1, 2), padding=(0, 1), groups=2)
        found.append([out, *tg.autograd.grad((out * out).sum(), (x, w, b))])
    for at_once, in_blocks in zip(*found):
        np.testing.assert_allclose(in_blocks.detach().numpy(), at_once.detach().numpy(), rtol=1e-13)


@pytest.mark.parametrize("stride", [1, 2, 3, 4, (3, 2)])
@pytest.mark.parametrize("dilation", [1, 2, 3])
@pytest.mark.parametrize("kernel", [1, 2, 4, (3, 5)])
def test_folding_is_the_adjoint_of_unfolding(kernel, dilation, stride):
    x, options = leaf(2, 3, 14, 13), {"dilation": dilation, "padding": 1, "stride": stride}
    unfolded = F.unfold(x, kernel, **options)
    columns = leaf(*unfolded.shape, seed=1)
    folded = F.fold(columns, x.shape[2:], kernel, **options)
    assert (unfolded * columns).sum().item() == pytest.approx((x * folded).sum().item(), rel=1e-12)
    assert tg.equal(tg.autograd.grad((unfolded * columns).sum(), x)[0], folded)


SPATIAL = {
    "unfold": lambda x: F.unfold(x, 2, padding=1, stride=2) ** 2,
    "fold": lambda x: F.fold(x.reshape(1, 4, 3), (4, 2), (2, 2)) ** 2,
    "pad": lambda x: F.pad(x, (1, -1, 2, 0), value=3.0) ** 2,
    "pad reflect": lambda x: F.pad(x, (2, 1), mode="reflect") ** 2,
    "pad replicate": lambda x: F.pad(x, (2, 1), mode="replicate") ** 2,
    "pad circular": lambda x: F.pad(x, (2, 3), mode="circular") ** 2,
    "max_pool2d": lambda x: F.max_pool2d(x, 2, 1, 1) ** 2,
    "max_pool1d": lambda x: F.max_pool1d(x, 2, 1, dilation=2) ** 2,
    "avg_pool2d": lambda x: F.avg_pool2d(x, 2, padding=1, count_include_pad=False) ** 2,
    "avg_pool1d": lambda x: F.avg_pool1d(x, 3, 2, 1, ceil_mode=True) ** 2,
    "adaptive_avg_pool2d": lambda x: F.adaptive_avg_pool2d(x, (2, 3)) ** 2,
    "adaptive_max_pool2d": lambda x: F.adaptive_max_pool2d(x, (2, 3)) ** 2,
}


@pytest.mark.parametrize("name", SPATIAL)
def test_both_derivatives_of_a_function_of_windows_are_right(name):
    shape = (2, 2, 3) if name in ("max_pool1d", "avg_pool1d") or name.startswith("pad ") else (1, 1, 3, 4)
    check_both(SPATIAL[name], leaf(*shape))


def test_both_derivatives_of_the_normalizations_are_right_in_all_arguments():
    check_both(lambda x, w, b: F.layer_norm(x, (3,), w, b), leaf(2, 3), leaf(3, seed=1), leaf(3, seed=2))
    check_both(lambda x: F.layer_norm(x, (2, 2)), leaf(2, 2, 2))
    check_both(
        lambda x, w, b: F.batch_norm(x, None, None, w, b, training=True), leaf(3, 2), leaf(2, seed=1), leaf(2, seed=2)
    )
    check_both(lambda x, w: F.batch_norm(x, tg.zeros(2).double(), tg.ones(2).double() * 3, w), leaf(3, 2), leaf(2))
    check_both(lambda x, w, b: F.group_norm(x, 2, w, b), leaf(1, 4, 2), leaf(4, seed=1), leaf(4, seed=2))


@pytest.mark.parametrize("name", ["layer_norm", "rms_norm"])
def test_third_derivatives_of_a_normalization_are_right(name):
    """Its rule takes what the forward found as known: derivatives of any order must see that it depends on x."""

    def first(x, weight):
        y = getattr(F, name)(x, (3,), weight)
        return tg.autograd.grad((y**3).sum(), (x, weight), create_graph=True)

    check_both(first, leaf(2, 3), leaf(3, seed=1))


@pytest.mark.parametrize("weight", [None, tg.tensor([1.0, 2.0, 3.0])], ids=["plain", "weighted"])
@pytest.mark.parametrize("name", ["layer_norm", "rms_norm"])
def test_what_was_normalized_may_be_written_to(name, weight):
    x = tg.tensor([[1.0, 2.0, 4.0]], requires_grad=True)
    y = getattr(F, name)(x, (3,), weight)
    y.mul_(tg.tensor([1.0, 0.0, 0.0]))
    y.sum().backward()
    z = tg.tensor([[1.0, 2.0, 4.0]], requires_grad=True)
    getattr(F, name)(z, (3,), weight)[0, 0].backward()
    assert x.grad.tolist() == z.grad.tolist()


def test_both_derivatives_of_normalize_and_of_cosines_are_right():
    check_both(lambda x: F.normalize(x), leaf(2, 3))
    check_both(lambda x, y: F.cosine_similarity(x, y), leaf(2, 3), leaf(2, 3, seed=1))


@pytest.mark.parametrize("padding_idx", [None, 1])
def test_both_derivatives_of_an_embedding_are_right(padding_idx):
    # Differences see the padding's row move: so it is not picked here.
    check_both(lambda w: F.embedding(tg.tensor([[0, 2], [2, 2]]), w, padding_idx) ** 2, leaf(3, 2))


def test_both_derivatives_of_dropout_are_right_for_the_elements_drawn():
    def dropped(x):
        tg.manual_seed(0)
        return F.dropout(x, 0.5) * x

    check_both(dropped, leaf(3, 2))


# ---- worked by hand ----------------------------------------------------------------------------------------


def test_a_convolution_of_a_row_by_hand():
    # 1*1 + 2*10 + 3*100 = 321, and so on.
    out = F.conv1d(tg.tensor([[1.0, 2, 3, 4]]), tg.tensor([[[1.0, 10, 100]]]), tg.tensor([0.5]))
    assert out.tolist() == [[321.5, 432.5]]


def test_a_convolutions_gradients_by_hand():
    x = tg.tensor([[[1.0, 2], [3, 4]]], requires_grad=True)
    w = tg.tensor([[[[5.0, 6]]]], requires_grad=True)
    b = tg.zeros(1, requires_grad=True)
    out = F.conv2d(x, w, b)
    assert out.tolist() == [[[17.0], [39.0]]]  # 1*5 + 2*6, 3*5 + 4*6
    out.backward(tg.tensor([[[1.0], [10.0]]]))
    assert x.grad.tolist() == [[[5.0, 6.0], [50.0, 60.0]]]
    assert w.grad.tolist() == [[[[31.0, 42.0]]]]  # 1*1 + 10*3, 1*2 + 10*4
    assert b.grad.tolist() == [11.0]


def test_same_padding_adds_one_more_after_where_it_cannot_be_even():
    assert F.conv1d(tg.tensor([[1.0, 2, 3]]), tg.tensor([[[1.0, 10]]]), padding="same").tolist() == [[21.0, 32.0, 3.0]]


def test_the_modes_of_padding_by_hand():
    x = tg.tensor([[1, 2, 3]])
    assert F.pad(x, (2, 1)).tolist() == [[0, 0, 1, 2, 3, 0]]
    assert F.pad(x, (2, 1), mode="reflect").tolist() == [[3, 2, 1, 2, 3, 2]]
    assert F.pad(x, (2, 1), mode="replicate").tolist() == [[1, 1, 1, 2, 3, 3]]
    assert F.pad(x, (2, 1), mode="circular").tolist() == [[2, 3, 1, 2, 3, 1]]


def test_padding_goes_from_the_last_dimension_backwards():
    assert F.pad(tg.ones(2, 3, 4), (1, 2, 10, 20)).shape == (2, 33, 7)


def test_pooling_by_hand():
    x = tg.tensor([[1.0, 5, 2, 4, 3]])
    values, places = F.max_pool1d(x, 2, return_indices=True)
    assert (values.tolist(), places.tolist()) == ([[5.0, 4.0]], [[1, 3]])
    assert F.max_pool1d(x, 2, ceil_mode=True).tolist() == [[5.0, 4.0, 3.0]]
    assert F.avg_pool1d(x, 2, ceil_mode=True).tolist() == [[3.0, 3.0, 3.0]]
    # Padded 0 1 5 2 4 3 0: 6 / 3, 11 / 3, 7 / 3; not counting the padding, 6 / 2 and 7 / 2.
    assert F.avg_pool1d(x, 3, 2, 1)[0].tolist() == pytest.approx([2.0, 11 / 3, 7 / 3])
    assert F.avg_pool1d(x, 3, 2, 1, count_include_pad=False)[0].tolist() == pytest.approx([3.0, 11 / 3, 3.5])


def test_the_gradient_of_equals_in_a_window_goes_to_the_first():
    x = tg.ones(1, 2, 2, requires_grad=True)
    F.max_pool2d(x, 2).backward(tg.tensor([[[7.0]]]))
    assert x.grad.tolist() == [[[7.0, 0.0], [0.0, 0.0]]]


def test_the_gradients_of_windows_that_share_their_largest_add_up():
    x = tg.tensor([[0.0, 9.0, 1.0]], requires_grad=True)
    F.max_pool1d(x, 2, 1).backward(tg.tensor([[1.0, 10.0]]))
    assert x.grad.tolist() == [[0.0, 11.0, 0.0]]


def test_layer_norm_by_hand():
    # mean 2, variance 1: (1 - 2) / 1 and (3 - 2) / 1.
    assert F.layer_norm(tg.tensor([[1.0, 3.0]]), (2,), eps=0.0).tolist() == [[-1.0, 1.0]]


def test_a_batch_norms_estimates_by_hand():
    layer = nn.BatchNorm1d(1)
    layer(tg.tensor([[1.0], [3.0]]))  # mean 2, unbiased variance 2
    assert layer.running_mean.item() == pytest.approx(0.9 * 0 + 0.1 * 2)
    assert layer.running_var.item() == pytest.approx(0.9 * 1 + 0.1 * 2)
    assert layer.num_batches_tracked.tolist() == 1
    before = layer.running_mean.item()
    out = layer.eval()(tg.tensor([[1.2]]))
    assert out.item() == pytest.approx((1.2 - 0.2) / math.sqrt(1.1 + 1e-5))
    assert layer.running_mean.item() == before


def test_a_batch_norm_without_momentum_keeps_the_mean_over_all_batches():
    layer = nn.BatchNorm1d(1, momentum=None)
    for numbers in ([[1.0], [3.0]], [[10.0], [12.0]]):
        layer(tg.tensor(numbers))
    assert layer.running_mean.item() == pytest.approx((2 + 11) / 2)


def test_a_batch_that_is_refused_leaves_the_estimates_as_they_were():
    layer = nn.BatchNorm1d(2)
    layer(tg.tensor([[1.0, 2.0], [3.0, 5.0]]))
    before = {name: value.tolist() for name, value in copy.deepcopy(layer.state_dict()).items()}
    with pytest.raises(ValueError, match="more than 1 value per channel"):
        layer(tg.ones(1, 2))
    with pytest.raises(RuntimeError, match="running_mean should contain 3 elements"):
        layer(tg.ones(4, 3))
    assert {name: value.tolist() for name, value in layer.state_dict().items()} == before


def test_a_batch_norm_given_to_double_computes_in_float64_and_keeps_counting_in_int64():
    layer = nn.BatchNorm1d(2).double()
    assert layer(tg.rand(3, 2, dtype=tg.float64)).dtype == tg.float64
    assert layer.running_var.dtype == tg.float64
    assert layer.num_batches_tracked.dtype == tg.int64


@pytest.mark.parametrize(
    "make",
    [
        lambda: nn.Conv2d(1, 2, 3, padding=1),
        lambda: nn.Conv2d(1, 2, 3, padding=1, padding_mode="reflect"),
        lambda: nn.BatchNorm2d(1),
        lambda: nn.BatchNorm2d(1).eval(),
        lambda: nn.GroupNorm(1, 1),
        lambda: nn.LayerNorm(4),
        lambda: nn.MaxPool2d(2),
        lambda: nn.AvgPool2d(2, padding=1),
        lambda: nn.AdaptiveAvgPool2d((3, 1)),
        lambda: nn.Dropout(0.5),
        lambda: nn.GELU(),
        lambda: nn.GELU("tanh"),
        lambda: nn.Softplus(),
        lambda: nn.ELU(),
        lambda: nn.PReLU(),
        lambda: nn.SELU(),
    ],
)
def test_a_layer_keeps_float32_forwards_and_backwards(make):
    layer = make()
    x = tg.tensor(np.random.default_rng(0).normal(size=(2, 1, 4, 4)).astype("float32"), requires_grad=True)
    out = layer(x)
    out.backward(tg.ones(out.shape))
    assert [out.dtype, x.grad.dtype, *(p.grad.dtype for p in layer.parameters())] == [tg.float32] * (
        2 + len(list(layer.parameters()))
    )


def test_dropout_keeps_the_mean_and_leaves_evaluation_alone():
    tg.manual_seed(0)
    layer = nn.Dropout(0.25)
    out = layer(tg.ones(10000))
    assert sorted(set(out.tolist())) == pytest.approx([0.0, 1 / 0.75])
    assert out.mean().item() == pytest.approx(1.0, abs=0.02)
    x = tg.ones(3)
    assert layer.eval()(x) is x


def test_whole_channels_are_dropped():
    tg.manual_seed(0)
    out = F.dropout2d(tg.ones(20, 10, 2, 2), 0.5)
    per_channel = out.reshape(200, 4)
    assert all(len(set(row)) == 1 for row in per_channel.tolist())
    assert sorted(set(out.reshape(-1).tolist())) == [0.0, 2.0]


def test_the_rows_of_an_embedding_that_were_not_looked_up_get_no_gradient():
    layer = nn.Embedding(4, 2, padding_idx=0)
    assert layer.weight[0].tolist() == [0.0, 0.0]
    layer(tg.tensor([[0, 2], [2, 1]])).sum().backward()
    assert layer.weight.grad.tolist() == [[0.0, 0.0], [1.0, 1.0], [2.0, 2.0], [0.0, 0.0]]


def test_one_hot_by_hand():
    assert F.one_hot(tg.tensor([2, 0])).tolist() == [[0, 0, 1], [1, 0, 0]]


def test_a_column_of_windows_by_hand():
    x = tg.tensor([[[1.0, 2, 3], [4, 5, 6]]])
    columns = F.unfold(x, 2)
    assert columns.tolist() == [[1.0, 2.0], [2.0, 3.0], [4.0, 5.0], [5.0, 6.0]]
    assert F.fold(columns, (2, 3), 2).tolist() == [[[1.0, 4.0, 3.0], [4.0, 10.0, 6.0]]]


def test_a_convolution_notices_that_its_weight_was_overwritten():
    x, w = leaf(1, 3, 3), leaf(1, 1, 2, 2)
    out = F.conv2d(x, w).sum()
    with tg.no_grad():
        w.mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        out.backward()


def test_a_graph_names_its_convolution_as_pytorch_does():
    assert F.conv2d(leaf(1, 1, 3, 3), leaf(1, 1, 2, 2)).grad_fn.name() == "ConvolutionBackward0"


def test_a_small_convolutional_net_learns():
    tg.manual_seed(0)
    net = nn.Sequential(
        *(nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Dropout(0.1), nn.Linear(16, 2)),
    )
    images = tg.tensor(np.random.default_rng(0).normal(size=(16, 1, 4, 4)).astype("float32"))
    labels = tg.tensor([0, 1] * 8)
    with tg.no_grad():
        images[1::2] += 2.0
    optimizer = tg.optim.Adam(net.parameters(), lr=0.02)
    for _ in range(30):
        optimizer.zero_grad()
        F.cross_entropy(net(images), labels).backward()
        optimizer.step()
    assert (net.eval()(images).argmax(1).numpy() == labels.numpy()).all()


def test_the_gradients_of_halves_are_added_up_as_floats_for_of_halves_a_sum_of_ones_ends_at_2048():
    norm, batch = nn.LayerNorm(2).half(), nn.BatchNorm1d(2).half()
    rows = tg.tensor([[1.0, -1.0]] * 4096, dtype=tg.float16)
    norm(rows).sum().backward()
    assert norm.bias.grad.tolist() == [4096.0, 4096.0]
    np.testing.assert_allclose(norm.weight.grad.tolist(), [4096.0, -4096.0], rtol=1e-3)
    batch(rows.reshape(1024, 4, 2).transpose(1, 2)).sum().backward()
    assert batch.bias.grad.tolist() == [4096.0, 4096.0]


# ---- what is refused, and what is said ---------------------------------------------------------------------

REFUSED = {
    "channels": (RuntimeError, "4 channels, but input of shape", lambda: nn.Conv2d(4, 2, 3)(tg.ones(1, 2, 5, 5))),
    "dimensions": (RuntimeError, r"Expected 3D \(unbatched\) or 4D", lambda: nn.Conv2d(2, 2, 3)(tg.ones(5, 5))),
    "a kernel too large": (RuntimeError, "can't be greater", lambda: nn.Conv2d(1, 2, 5)(tg.ones(1, 1, 3, 3))),
    "a parameter is named": (RuntimeError, "weight", lambda: nn.Conv2d(1, 2, 3)(tg.ones(1, 1, 3, 3).double())),
    "groups": (ValueError, "3 channels, 2 groups", lambda: nn.Conv2d(3, 4, 3, groups=2)),
    "padding": (RuntimeError, "at most half", lambda: F.max_pool2d(tg.ones(1, 4, 4), 2, padding=2)),
    "windows of padding alone": (RuntimeError, "padding only", lambda: F.max_pool1d(tg.ones(1, 1), 2, 1, 2, 4)),
    "one value": (ValueError, "drop the last", lambda: nn.BatchNorm1d(2)(tg.ones(1, 2))),
    "an index": (IndexError, "7 is no row", lambda: nn.Embedding(5, 2)(tg.tensor([1, 7]))),
    "max_norm": (NotImplementedError, "max_norm", lambda: nn.Embedding(5, 2, max_norm=1.0)),
    "probability": (ValueError, "between 0 and 1, but got 2", lambda: nn.Dropout(2)),
    "integers": (NotImplementedError, r"\.float\(\)", lambda: F.gelu(tg.tensor([1]))),
    "a list": (TypeError, r"use tensor\(", lambda: F.silu([1.0])),
    "a stride": (TypeError, "stride", lambda: F.conv2d(tg.ones(1, 3, 3), tg.ones(1, 1, 2, 2), stride=1.5)),
    "sizes": (RuntimeError, "single integer value or a list of 2", lambda: nn.Conv2d(1, 1, (1, 2, 3))),
    "softmax without dim": (TypeError, "dim", lambda: nn.Softmax()(tg.ones(2, 2))),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_says_what_was_found(name):
    kind, message, act = REFUSED[name]
    with pytest.raises(kind, match=message):
        act()
