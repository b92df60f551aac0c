"""Convolutions, padding, windows and pooling against PyTorch: values, types, both gradients, modules, errors."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

torch = pytest.importorskip("torch", reason="parity needs PyTorch, which is not installed here")

from test_ops_parity import array_of, assert_parity, assert_same, few, floats, layouts  # noqa: E402

import tinygrad_optim as tg  # noqa: E402

LIBRARIES = (tg, torch)
pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")  # PyTorch makes a copy

# ---- convolution -------------------------------------------------------------------------------------------


@st.composite
def convolution(draw, dims):
    """Shapes of input, weight and bias, and options, that go together; sometimes a kernel that just fits."""
    groups = draw(st.sampled_from([1, 1, 2, 3]))
    channels_in, channels_out = groups * draw(st.integers(1, 2)), groups * draw(st.integers(1, 2))
    kernel, stride, padding, dilation = (
        [draw(st.integers(low, high)) for _ in range(dims)] for low, high in ((1, 3), (1, 3), (0, 2), (1, 2))
    )
    sizes = [max(1, d * (k - 1) + 1 - 2 * p + draw(st.integers(0, 3))) for k, p, d in zip(kernel, padding, dilation)]
    batch = draw(st.sampled_from([(), (0,), (1,), (2,)]))
    if draw(st.booleans()):
        padding, stride = draw(st.sampled_from(["same", "valid"])), 1
        sizes = [n + d * (k - 1) for n, k, d in zip(sizes, kernel, dilation)]
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    return (*batch, channels_in, *sizes), (channels_out, channels_in // groups, *kernel), (channels_out,), options


@pytest.mark.parametrize("dims", [1, 2])
@few
@given(data=st.data(), layout=layouts, dtype=floats, bias=st.booleans())
def test_a_convolution_agrees_with_all_its_gradients(dims, data, layout, dtype, bias):
    x, weight, bias_shape, options = data.draw(convolution(dims))

    def function(lib, *tensors):
        return getattr(lib.nn.functional, f"conv{dims}d")(*tensors, **options)

    arrays = [array_of(s, dtype, seed=i) for i, s in enumerate((x, weight, bias_shape)[: 2 + bias])]
    layout = "plain" if 0 in x else layout
    assert_parity(function, *arrays, layout=layout, scale=50)


def test_a_convolution_of_integers_agrees():
    ours, theirs = (
        lib.nn.functional.conv2d(lib.arange(32).reshape(1, 2, 4, 4), lib.arange(36).reshape(2, 2, 3, 3))
        for lib in LIBRARIES
    )
    assert_same(ours, theirs)


CONVOLUTIONS = {
    "plain": (1, (2, 3, 3)),
    "sequence": (1, (2, 3, 3), {"padding": 1}, "Conv1d"),
    "everything": (4, (4, 6, (3, 2)), {"stride": 2, "padding": (1, 2), "dilation": 2, "groups": 2, "bias": False}),
    "same": (2, (2, 3, 4), {"padding": "same"}),
    "valid": (2, (2, 3, 2), {"padding": "valid"}),
    "reflect": (2, (2, 3, 3), {"padding": (2, 1), "padding_mode": "reflect"}),
    "replicate": (2, (2, 3, 3), {"padding": 2, "padding_mode": "replicate"}),
    "circular": (2, (2, 3, 3), {"padding": (1, 3), "padding_mode": "circular"}),
    "same and circular": (2, (2, 3, (2, 4)), {"padding": "same", "padding_mode": "circular"}),
    "depthwise": (4, (4, 4, 3), {"groups": 4}),
}


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_a_convolutional_layer_starts_prints_and_computes_as_pytorchs(name):
    _, sizes, *rest = CONVOLUTIONS[name]
    options, kind = (rest[0] if rest else {}), (rest[1] if len(rest) > 1 else "Conv2d")
    shape = (2, sizes[0], 7) if kind == "Conv1d" else (2, sizes[0], 7, 6)
    found = []
    for lib in LIBRARIES:
        lib.manual_seed(3)
        layer = getattr(lib.nn, kind)(*sizes, **options)
        x = lib.tensor(array_of(shape, "float32"), requires_grad=True)
        out = layer(x)
        out.backward(lib.tensor(array_of(tuple(out.shape), "float32", seed=1)))
        parts = [layer.kernel_size, layer.stride, layer.padding, layer.dilation, layer.groups, layer.padding_mode]
        found.append((repr(layer), parts, list(layer.named_parameters()), [out, x.grad, *layer.parameters()]))
    ours, theirs = found
    assert ours[:2] == theirs[:2]
    for (n, p), (m, q) in zip(ours[2], theirs[2], strict=True):
        assert n == m
        assert p.detach().numpy().tobytes() == q.detach().numpy().tobytes()
        assert_same(p.grad, q.grad, 10)
    for a, b in zip(ours[3], theirs[3]):
        assert_same(a, b, 10)


# ---- padding and windows -----------------------------------------------------------------------------------


@few
@given(data=st.data(), layout=layouts, dtype=floats)
def test_padding_with_a_constant_agrees_also_where_it_cuts_off(data, layout, dtype):
    shape = data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=3))
    count = data.draw(st.integers(0, len(shape)))
    margins = [data.draw(st.integers(-(n // 2), 2)) for n in shape[::-1][:count] for _ in range(2)]
    value = data.draw(st.sampled_from([None, 0.0, 1.5]))
    assert_parity(
        lambda lib, x: lib.nn.functional.pad(x, margins, value=value) ** 2, array_of(tuple(shape), dtype), layout=layout
    )


@pytest.mark.parametrize("mode", ["reflect", "replicate", "circular"])
@few
@given(data=st.data(), layout=layouts)
def test_padding_that_continues_the_input_agrees(mode, data, layout):
    count = data.draw(st.integers(1, 2))
    sizes = [data.draw(st.integers(3, 4)) for _ in range(count)]
    lead = data.draw(st.sampled_from([(1,), (2, 2)]))
    margins = [data.draw(st.integers(-1, 2)) for _ in range(2 * count)]
    assert_parity(
        lambda lib, x: lib.nn.functional.pad(x, margins, mode=mode) ** 2, array_of((*lead, *sizes)), layout=layout
    )


@few
@given(data=st.data(), layout=layouts)
def test_unfold_and_fold_agree(data, layout):
    shape, weight, _, options = data.draw(convolution(2).filter(lambda c: c[0][0] > 0))
    options = {**options, "kernel_size": weight[2:]}
    del options["groups"]
    options["padding"] = 0 if isinstance(options["padding"], str) else options["padding"]

    def there_and_back(lib, x):
        columns = lib.nn.functional.unfold(x, **options)
        return lib.nn.functional.fold(columns * columns, shape[-2:], **options)

    assert_parity(lambda lib, x: lib.nn.functional.unfold(x, **options) ** 2, array_of(shape), layout=layout)
    assert_parity(there_and_back, array_of(shape), layout=layout)


# ---- pooling -----------------------------------------------------------------------------------------------


@st.composite
def pooling(draw, dims, dilated):
    """A shape and options that go together."""
    kernel, stride = ([draw(st.integers(1, 3)) for _ in range(dims)] for _ in range(2))
    dilation = [draw(st.integers(1, 2)) if dilated else 1 for _ in range(dims)]
    padding = [draw(st.integers(0, k // 2)) for k in kernel]
    sizes = [d * (k - 1) + 1 + draw(st.integers(0, 4)) for k, d in zip(kernel, dilation)]
    shape = (*draw(st.sampled_from([(), (0,), (1,), (2,)])), draw(st.integers(1, 2)), *sizes)
    options = {"kernel_size": kernel, "padding": padding, "ceil_mode": draw(st.booleans())}
    if draw(st.booleans()):
        options["stride"] = stride
    if dilated:
        options["dilation"] = dilation
    return shape, options


def squares_of(name, **options):
    return lambda lib, x: getattr(lib.nn.functional, name)(x, **options) ** 2


@pytest.mark.parametrize("dims", [1, 2])
@few
@given(drawn=pooling(dims=1, dilated=True), other=pooling(dims=2, dilated=True), layout=layouts, dtype=floats)
def test_max_pooling_agrees_with_both_gradients(dims, drawn, other, layout, dtype):
    shape, options = drawn if dims == 1 else other
    layout = "plain" if 0 in shape else layout
    assert_parity(squares_of(f"max_pool{dims}d", **options), array_of(shape, dtype), layout=layout, scale=10)


@few
@given(drawn=pooling(dims=2, dilated=True), seed=st.integers(0, 9))
def test_max_pooling_takes_the_first_of_equals_and_tells_where(drawn, seed):
    shape, options = drawn
    x = np.random.default_rng(seed).integers(-1, 2, shape).astype("float32")
    x[x < 0] = -np.inf
    found = [lib.nn.functional.max_pool2d(lib.tensor(x), return_indices=True, **options) for lib in LIBRARIES]
    for ours, theirs in zip(*found, strict=True):
        assert_same(ours, theirs)
    assert_parity(lambda lib, x: lib.nn.functional.max_pool2d(x, **options), x, second=False)


def test_max_pooling_of_what_is_no_number_gives_no_number_and_the_last_of_them_the_gradient():
    nan = np.nan
    x = np.array([[[1, nan, 2, np.inf], [3, nan, np.inf, 4], [nan, 0, 0, 0]]], "float32")
    for options in ({"kernel_size": 2, "stride": 1}, {"kernel_size": 3, "padding": 1}):
        leaves = [lib.tensor(x, requires_grad=True) for lib in LIBRARIES]
        found = [
            lib.nn.functional.max_pool2d(leaf, return_indices=True, **options) for lib, leaf in zip(LIBRARIES, leaves)
        ]
        for (values, _), lib in zip(found, LIBRARIES):
            values.backward(lib.arange(values.numel()).reshape(values.shape).float() + 1)
        for ours, theirs in (*zip(*found, strict=True), [leaf.grad for leaf in leaves]):
            assert_same(ours, theirs)


def test_max_pooling_of_integers_agrees():
    x = array_of((2, 1, 5, 4), low=-9, high=9).astype("int64")
    assert_same(*(lib.nn.functional.max_pool2d(lib.tensor(x), 3, 2, 1) for lib in LIBRARIES))


@pytest.mark.parametrize("dims", [1, 2])
@few
@given(
    drawn=pooling(dims=1, dilated=False),
    other=pooling(dims=2, dilated=False),
    with_padding=st.booleans(),
    divisor=st.sampled_from([None, 3, -2]),
    dtype=floats,
)
def test_mean_pooling_agrees_with_both_gradients(dims, drawn, other, with_padding, divisor, dtype):
    shape, options = drawn if dims == 1 else other
    options = {**options, "count_include_pad": with_padding}
    if dims == 2:
        options["divisor_override"] = divisor
    assert_parity(squares_of(f"avg_pool{dims}d", **options), array_of(shape, dtype), scale=10)


@pytest.mark.parametrize("size", [1, (1, 1), (3, None), (None, 2), (5, 7), (2, 3), (9, 8), (4, 1)], ids=str)
@pytest.mark.parametrize("shape", [(2, 3, 5, 7), (3, 5, 7), (1, 2, 6, 6)], ids=str)
@pytest.mark.parametrize("name", ["adaptive_avg_pool2d", "adaptive_max_pool2d"])
def test_adaptive_pooling_agrees_with_both_gradients(name, shape, size):
    assert_parity(squares_of(name, output_size=size), array_of(shape), scale=10)


@pytest.mark.parametrize("size", [1, 3, 7, 9])
def test_adaptive_pooling_of_sequences_agrees(size):
    assert_parity(squares_of("adaptive_avg_pool1d", output_size=size), array_of((2, 3, 7)), scale=10)


def test_adaptive_max_pooling_tells_where():
    x = array_of((2, 2, 5, 7), "float32")
    found = [lib.nn.functional.adaptive_max_pool2d(lib.tensor(x), (3, 4), return_indices=True) for lib in LIBRARIES]
    for ours, theirs in zip(*found, strict=True):
        assert_same(ours, theirs)


POOLS = {
    "MaxPool2d": [(2,), ((3, 2), 2, 1, 1, False, True), (2, 1)],
    "MaxPool1d": [(2,), (3, 2, 1, 1)],
    "AvgPool2d": [(2,), ((3, 2), 2, 1, True, False, 3), (3, None, 1)],
    "AvgPool1d": [(2,), (3, 1, 1, True, False)],
    "AdaptiveAvgPool1d": [(2,)],
    "AdaptiveAvgPool2d": [(1,), ((3, None),)],
    "AdaptiveMaxPool2d": [((2, 3),)],
}


@pytest.mark.parametrize("name", POOLS)
def test_a_pooling_layer_prints_and_computes_as_pytorchs(name):
    x = array_of((2, 3, 6) if name.endswith("1d") else (2, 3, 6, 7), "float32")
    for options in POOLS[name]:
        ours, theirs = (getattr(lib.nn, name)(*options) for lib in LIBRARIES)
        assert repr(ours) == repr(theirs)
        assert_same(ours(tg.tensor(x)), theirs(torch.tensor(x)))


# ---- what is refused ---------------------------------------------------------------------------------------

BAD = {
    "another number of channels": lambda lib, f: f.conv2d(lib.ones(1, 2, 5, 5), lib.ones(3, 4, 3, 3)),
    "a kernel larger than the image": lambda lib, f: f.conv2d(lib.ones(1, 2, 2, 2), lib.ones(3, 2, 3, 3)),
    "a dilated kernel larger than the image": lambda lib, f: f.conv1d(lib.ones(1, 4), lib.ones(1, 1, 3), dilation=2),
    "too few dimensions": lambda lib, f: f.conv2d(lib.ones(2, 2), lib.ones(3, 2, 3, 3)),
    "too many dimensions": lambda lib, f: f.conv2d(lib.ones(1, 1, 2, 2, 2), lib.ones(3, 2, 3, 3)),
    "a weight of too few dimensions": lambda lib, f: f.conv2d(lib.ones(1, 2, 5, 5), lib.ones(3, 2, 3)),
    "channels out that groups do not divide": lambda lib, f: f.conv2d(
        lib.ones(1, 4, 5, 5), lib.ones(3, 2, 3, 3), groups=2
    ),
    "channels in that groups do not fit": lambda lib, f: f.conv2d(lib.ones(1, 3, 5, 5), lib.ones(4, 2, 3, 3), groups=2),
    "no groups": lambda lib, f: f.conv2d(lib.ones(1, 3, 5, 5), lib.ones(4, 3, 3, 3), groups=0),
    "a bias too long": lambda lib, f: f.conv2d(lib.ones(1, 2, 5, 5), lib.ones(3, 2, 3, 3), lib.ones(4)),
    "a bias of two dimensions": lambda lib, f: f.conv2d(lib.ones(1, 2, 5, 5), lib.ones(3, 2, 3, 3), lib.ones(3, 1)),
    "an input of another type": lambda lib, f: f.conv2d(lib.ones(1, 2, 5, 5).double(), lib.ones(3, 2, 3, 3)),
    "an input of integers": lambda lib, f: f.conv2d(lib.ones(1, 2, 5, 5).long(), lib.ones(3, 2, 3, 3)),
    "a bias of another type": lambda lib, f: f.conv2d(lib.ones(1, 2, 5, 5), lib.ones(3, 2, 3, 3), lib.ones(3).double()),
    "a stride that is no int": lambda lib, f: f.conv2d(lib.ones(1, 2, 5, 5), lib.ones(3, 2, 3, 3), stride=1.5),
    "a stride of 0": lambda lib, f: f.conv2d(lib.ones(1, 2, 5, 5), lib.ones(3, 2, 3, 3), stride=0),
    "three strides": lambda lib, f: f.conv2d(lib.ones(1, 2, 5, 5), lib.ones(3, 2, 3, 3), stride=(1, 1, 1)),
    "a dilation of 0": lambda lib, f: f.conv2d(lib.ones(1, 2, 5, 5), lib.ones(3, 2, 3, 3), dilation=0),
    "a negative padding": lambda lib, f: f.conv2d(lib.ones(1, 2, 5, 5), lib.ones(3, 2, 3, 3), padding=-1),
    "same padding with a stride": lambda lib, f: f.conv2d(
        lib.ones(1, 2, 5, 5), lib.ones(3, 2, 3, 3), stride=2, padding="same"
    ),
    "an unknown padding": lambda lib, f: f.conv2d(lib.ones(1, 2, 5, 5), lib.ones(3, 2, 3, 3), padding="full"),
    "no tensor": lambda lib, f: f.conv2d([1.0], lib.ones(3, 2, 3, 3)),
    "a layer whose groups do not divide the channels in": lambda lib, f: lib.nn.Conv2d(3, 4, 3, groups=2),
    "a layer whose groups do not divide the channels out": lambda lib, f: lib.nn.Conv2d(4, 3, 3, groups=2),
    "a layer without groups": lambda lib, f: lib.nn.Conv2d(4, 3, 3, groups=0),
    "a layer with an unknown padding": lambda lib, f: lib.nn.Conv2d(4, 3, 3, padding="full"),
    "a layer with same padding and a stride": lambda lib, f: lib.nn.Conv2d(4, 3, 3, padding="same", stride=2),
    "a layer with an unknown padding mode": lambda lib, f: lib.nn.Conv2d(4, 3, 3, padding_mode="constant"),
    "a layer with a kernel of floats": lambda lib, f: lib.nn.Conv2d(4, 3, 1.5),
    "a layer of float channels": lambda lib, f: lib.nn.Conv2d(4.0, 3, 3),
    "a layer of negative channels": lambda lib, f: lib.nn.Conv2d(-4, 3, 3),
    "an odd number of margins": lambda lib, f: f.pad(lib.ones(1, 1, 3), (3,)),
    "more margins than dimensions": lambda lib, f: f.pad(lib.ones(3), (1, 1, 1, 1)),
    "margins that cut off too much": lambda lib, f: f.pad(lib.ones(3), (-2, -2)),
    "margins that are no ints": lambda lib, f: f.pad(lib.ones(3), (1.5, 1)),
    "a margin alone": lambda lib, f: f.pad(lib.ones(3), 1),
    "an unknown mode of padding": lambda lib, f: f.pad(lib.ones(3), (1, 1), mode="mirror"),
    "a value that is not used": lambda lib, f: f.pad(lib.ones(1, 1, 3), (1, 1), mode="reflect", value=3),
    "a mirror of all dimensions": lambda lib, f: f.pad(lib.ones(3), (1, 1), mode="reflect"),
    "a mirror of one dimension of four": lambda lib, f: f.pad(lib.ones(1, 1, 2, 3), (1, 1), mode="reflect"),
    "a mirror larger than the image": lambda lib, f: f.pad(lib.ones(1, 1, 3), (3, 0), mode="reflect"),
    "more than once around": lambda lib, f: f.pad(lib.ones(1, 1, 3), (4, 0), mode="circular"),
    "windows of a matrix": lambda lib, f: f.unfold(lib.ones(5, 5), 3),
    "windows larger than the image": lambda lib, f: f.unfold(lib.ones(1, 1, 2, 2), 3),
    "windows of integers": lambda lib, f: f.unfold(lib.ones(1, 1, 5, 5).long(), 3),
    "columns of another number": lambda lib, f: f.fold(lib.ones(1, 9, 8), (5, 5), 3),
    "columns of another length": lambda lib, f: f.fold(lib.ones(1, 8, 9), (5, 5), 3),
    "pooling over more than there is": lambda lib, f: f.max_pool2d(lib.ones(1, 1, 4, 4), 5),
    "mean pooling over more than there is": lambda lib, f: f.avg_pool2d(lib.ones(1, 1, 4, 4), 5),
    "pooling a sequence over more than there is": lambda lib, f: f.max_pool1d(lib.ones(1, 4), 5),
    "pooling of a matrix": lambda lib, f: f.max_pool2d(lib.ones(4, 4), 2),
    "pooling of a vector": lambda lib, f: f.max_pool1d(lib.ones(4), 2),
    "mean pooling of a vector": lambda lib, f: f.avg_pool1d(lib.ones(4), 2),
    "pooling of no rows": lambda lib, f: f.max_pool2d(lib.ones(1, 1, 0, 4), 2),
    "pooling of no channels": lambda lib, f: f.avg_pool2d(lib.ones(1, 0, 4, 4), 2),
    "more padding than half a window": lambda lib, f: f.max_pool2d(lib.ones(1, 1, 4, 4), 2, padding=2),
    "more padding than half a window's mean": lambda lib, f: f.avg_pool2d(lib.ones(1, 1, 4, 4), 2, padding=2),
    "pooling with negative padding": lambda lib, f: f.max_pool2d(lib.ones(1, 1, 4, 4), 2, padding=-1),
    "pooling with a stride of 0": lambda lib, f: f.max_pool2d(lib.ones(1, 1, 4, 4), 2, 0),
    "pooling with a window of 0": lambda lib, f: f.avg_pool2d(lib.ones(1, 1, 4, 4), 0),
    "pooling with a window of three sizes": lambda lib, f: f.max_pool2d(lib.ones(1, 1, 4, 4), (1, 2, 3)),
    "pooling with a window of half an element": lambda lib, f: f.max_pool2d(lib.ones(1, 1, 4, 4), 1.5),
    "pooling no tensor": lambda lib, f: f.max_pool2d([[[1.0]]], 1),
    "pooling bools": lambda lib, f: f.max_pool2d(lib.ones(1, 1, 4, 4) > 0, 2),
    "a divisor of 0": lambda lib, f: f.avg_pool2d(lib.ones(1, 1, 4, 4), 2, divisor_override=0),
    "fewer than no windows": lambda lib, f: f.adaptive_avg_pool2d(lib.ones(1, 5, 7), -1),
    "half a window": lambda lib, f: f.adaptive_avg_pool2d(lib.ones(1, 5, 7), 1.5),
    "adaptive pooling of integers": lambda lib, f: f.adaptive_avg_pool2d(lib.ones(1, 5, 7).long(), 2),
    "columns of four dimensions": lambda lib, f: f.fold(lib.ones(8, 9, 1, 1), (5, 5), 3),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_argument_is_refused_with_pytorchs_type_of_exception(name):
    raised = []
    for lib in LIBRARIES:
        with pytest.raises(Exception) as caught:  # noqa: PT011
            BAD[name](lib, lib.nn.functional)
        raised.append(caught.type)
    assert raised[0] is raised[1]
