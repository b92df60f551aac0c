"""Attention against PyTorch: values, first and second gradients, masks, and what is refused."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import tinygrad_optim

torch = pytest.importorskip("torch", reason="parity needs PyTorch, which is not installed here")
BOTH = (tinygrad_optim, torch)
INF = float("inf")


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


def with_derivatives(out, leaves, second=True):
    """[out, gradients, gradients of the gradients' sum]"""
    lib = tinygrad_optim if isinstance(out, tinygrad_optim.Tensor) else torch
    weights = drawn(lib, tuple(out.shape), 9, str(out.dtype).removeprefix("torch."), grad=False)
    first = lib.autograd.grad((out * weights).sum(), leaves, create_graph=second)
    found = [out, *first]
    if second:
        found += lib.autograd.grad(sum((g * g).sum() for g in first), leaves, allow_unused=True)
    return found


def masks(lib, name, dtype="float64"):
    numbers = np.random.default_rng(3).uniform(-1, 1, (3, 5))
    bools = numbers > -0.3
    return {
        "none": {},
        "bools": {"attn_mask": lib.tensor(bools.tolist())},
        "numbers": {"attn_mask": lib.tensor(numbers.tolist(), dtype=getattr(lib, dtype))},
        "for each head": {"attn_mask": lib.tensor(np.stack([bools, ~bools]).tolist())},
        "a row that looks at nothing": {"attn_mask": lib.tensor([[True] * 5, [False] * 5, [True] * 5])},
        "causal": {"is_causal": True},
        "scale": {"scale": 0.3},
    }[name]


MASKS = ["none", "bools", "numbers", "for each head", "a row that looks at nothing", "causal", "scale"]


@pytest.mark.parametrize("name", MASKS)
def test_attention_and_its_derivatives_agree(name):
    found = []
    for lib in BOTH:
        given = [drawn(lib, shape, seed) for seed, shape in enumerate([(2, 2, 3, 4), (2, 2, 5, 4), (2, 2, 5, 6)])]
        out = lib.nn.functional.scaled_dot_product_attention(*given, **masks(lib, name))
        found.append(with_derivatives(out, given))
    for ours, theirs in itertools.zip_longest(*found):
        same(ours, theirs)


@pytest.mark.parametrize("shapes", [((3, 4), (5, 4), (5, 2)), ((1, 2, 3, 4), (7, 2, 5, 4), (7, 1, 5, 6))])
def test_attention_without_heads_and_with_broadcasting_agrees(shapes):
    found = []
    for lib in BOTH:
        given = [drawn(lib, shape, seed, "float32") for seed, shape in enumerate(shapes)]
        found.append(with_derivatives(lib.nn.functional.scaled_dot_product_attention(*given), given, second=False))
    for ours, theirs in itertools.zip_longest(*found):
        same(ours, theirs, 1e-5)


def test_a_mask_of_numbers_gets_pytorchs_gradient():
    found = []
    for lib in BOTH:
        given = [drawn(lib, shape, seed) for seed, shape in enumerate([(2, 3, 4), (2, 5, 4), (2, 5, 6), (3, 5)])]
        out = lib.nn.functional.scaled_dot_product_attention(*given)
        found.append(with_derivatives(out, given))
    for ours, theirs in itertools.zip_longest(*found):
        same(ours, theirs)


def test_heads_that_serve_several_queries_agree():
    found = []
    for lib in BOTH:
        given = [drawn(lib, shape, seed) for seed, shape in enumerate([(2, 4, 3, 4), (2, 2, 5, 4), (2, 2, 5, 6)])]
        out = lib.nn.functional.scaled_dot_product_attention(*given, enable_gqa=True)
        found.append(with_derivatives(out, given, second=False))
    for ours, theirs in itertools.zip_longest(*found):
        same(ours, theirs)


@pytest.mark.parametrize("name", ["none", "bools", "causal"])
def test_dropped_weights_are_pytorchs(name):
    found = []
    for lib in BOTH:
        given = [drawn(lib, s, i, "float32") for i, s in enumerate([(2, 2, 3, 4), (2, 2, 5, 4), (2, 2, 5, 6)])]
        lib.manual_seed(0)
        out = lib.nn.functional.scaled_dot_product_attention(*given, **masks(lib, name, "float32"), dropout_p=0.4)
        found.append(with_derivatives(out, given, second=False))
    for ours, theirs in itertools.zip_longest(*found):
        same(ours, theirs, 1e-5)


def rand(lib, *shape):
    return lib.ones(*shape) / 2


REFUSED = {
    "causal and mask": lambda lib, f: f(*qkv(lib), attn_mask=lib.zeros(3, 5), is_causal=True),
    "mask of ints": lambda lib, f: f(*qkv(lib), attn_mask=lib.zeros(3, 5).long()),
    "mask of doubles": lambda lib, f: f(*qkv(lib), attn_mask=lib.zeros(3, 5).double()),
    "mask's shape": lambda lib, f: f(*qkv(lib), attn_mask=lib.zeros(3, 4)),
    "features": lambda lib, f: f(rand(lib, 2, 3, 4), rand(lib, 2, 5, 3), rand(lib, 2, 5, 6)),
    "values": lambda lib, f: f(rand(lib, 2, 3, 4), rand(lib, 2, 5, 4), rand(lib, 2, 4, 6)),
    "types": lambda lib, f: f(rand(lib, 2, 3, 4), rand(lib, 2, 5, 4).double(), rand(lib, 2, 5, 6)),
    "one dimension": lambda lib, f: f(rand(lib, 4), rand(lib, 4), rand(lib, 4)),
    "ints": lambda lib, f: f(*[t.long() for t in qkv(lib)]),
    "heads": lambda lib, f: f(rand(lib, 1, 3, 3, 4), rand(lib, 1, 2, 5, 4), rand(lib, 1, 2, 5, 4), enable_gqa=True),
    "heads without gqa": lambda lib, f: f(rand(lib, 1, 3, 3, 4), rand(lib, 1, 2, 5, 4), rand(lib, 1, 2, 5, 4)),
}


def qkv(lib):
    return rand(lib, 2, 3, 4), rand(lib, 2, 5, 4), rand(lib, 2, 5, 6)


def type_raised(act):
    try:
        act()
    except Exception as error:
        return type(error)
    return None


@pytest.mark.parametrize("name", REFUSED)
def test_attention_refuses_what_pytorch_refuses_with_its_type(name):
    wanted = type_raised(lambda: REFUSED[name](torch, torch.nn.functional.scaled_dot_product_attention))
    assert wanted is not None
    ours = tinygrad_optim.nn.functional.scaled_dot_product_attention
    assert type_raised(lambda: REFUSED[name](tinygrad_optim, ours)) is wanted


# ---- several heads -------------------------------------------------------------------------------------------------


def module(lib, **options):
    lib.manual_seed(4)
    return lib.nn.MultiheadAttention(6, 3, **options)


@pytest.mark.parametrize("options", [{}, {"bias": False}, {"kdim": 4, "vdim": 5}, {"kdim": 4, "bias": False}])
def test_the_weights_start_as_pytorchs_under_its_names(options):
    ours, theirs = (module(lib, **options).state_dict() for lib in BOTH)
    assert list(ours) == list(theirs)
    for name, tensor in ours.items():
        assert array(tensor).tobytes() == array(theirs[name]).tobytes()


def mha_masks(lib, name):
    bools = np.random.default_rng(3).uniform(-1, 1, (5, 5)) > 0.3
    np.fill_diagonal(bools, False)
    each = np.stack([bools, bools.T] * 3)
    padding = [[False, False, True, False, True], [False, True, False, False, False]]
    return {
        "none": {},
        "bools": {"attn_mask": lib.tensor(bools.tolist())},
        "numbers": {"attn_mask": lib.tensor((bools * 0.5).tolist(), dtype=lib.float64)},
        "for each head": {"attn_mask": lib.tensor(each.tolist())},
        "padding": {"key_padding_mask": lib.tensor(padding)},
        "both": {
            "attn_mask": lib.tensor(np.where(bools, -0.5, 0.0).tolist(), dtype=lib.float64),
            "key_padding_mask": lib.tensor(np.where(padding, -INF, 0.0).tolist(), dtype=lib.float64),
        },
        "causal": {"attn_mask": lib.tensor((np.tri(5) == 0).tolist()), "is_causal": True},
        "each head's weights": {"average_attn_weights": False},
    }[name]


@pytest.mark.parametrize("need_weights", [True, False])
@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize(
    "name", ["none", "bools", "numbers", "for each head", "padding", "both", "causal", "each head's weights"]
)
def test_self_attention_agrees(name, batch_first, need_weights):
    found = []
    for lib in BOTH:
        attention = module(lib, batch_first=batch_first).double()
        x = drawn(lib, (2, 5, 6) if batch_first else (5, 2, 6), 1)
        out, weights = attention(x, x, x, need_weights=need_weights, **mha_masks(lib, name))
        leaves = [x, *attention.parameters()]
        # Without weights PyTorch takes a kernel that has no second derivatives.
        found.append([weights, *with_derivatives(out, leaves, second=need_weights)])
    for ours, theirs in itertools.zip_longest(*found):
        same(ours, theirs)


@pytest.mark.parametrize("options", [{}, {"bias": False}, {"kdim": 4, "vdim": 5}])
@pytest.mark.parametrize("batch", [True, False])
def test_attention_to_something_else_agrees(options, batch):
    found = []
    for lib in BOTH:
        attention = module(lib, **options).double()
        sizes = [(3, 6), (4, options.get("kdim", 6)), (4, options.get("vdim", 6))]
        given = [drawn(lib, (n, 2, size) if batch else (n, size), i) for i, (n, size) in enumerate(sizes)]
        out, weights = attention(*given)
        found.append([weights, *with_derivatives(out, [*given, *attention.parameters()], second=False)])
    for ours, theirs in itertools.zip_longest(*found):
        same(ours, theirs)


@pytest.mark.parametrize("need_weights", [True, False])
def test_dropout_in_training_agrees(need_weights):
    found = []
    for lib in BOTH:
        attention = module(lib, dropout=0.4, batch_first=True)
        x = drawn(lib, (2, 5, 6), 1, "float32")
        lib.manual_seed(7)
        found.append([*attention(x, x, x, need_weights=need_weights), attention.eval()(x, x, x)[0]])
    for ours, theirs in itertools.zip_longest(*found):
        same(ours, theirs, 1e-5)


MHA_REFUSED = {
    "divisible": lambda lib, m, r: m(5, 2),
    "no size": lambda lib, m, r: m(0, 1),
    "no heads": lambda lib, m, r: m(4, 0),
    "features": lambda lib, m, r: m(4, 2)(r(3, 1, 5), r(3, 1, 4), r(3, 1, 4)),
    "values": lambda lib, m, r: m(4, 2)(r(3, 1, 4), r(5, 1, 4), r(4, 1, 4)),
    "one dimension": lambda lib, m, r: m(4, 2)(r(3), r(3), r(3)),
    "unlike dimensions": lambda lib, m, r: m(4, 2)(r(3, 1, 4), r(3, 4), r(3, 4)),
    "mask's shape": lambda lib, m, r: m(4, 2)(r(3, 1, 4), r(5, 1, 4), r(5, 1, 4), attn_mask=r(3, 4)),
    "mask's heads": lambda lib, m, r: m(4, 2)(r(3, 2, 4), r(5, 2, 4), r(5, 2, 4), attn_mask=r(3, 3, 5)),
    "mask of ints": lambda lib, m, r: m(4, 2)(r(3, 1, 4), r(5, 1, 4), r(5, 1, 4), attn_mask=r(3, 5).long()),
    "padding": lambda lib, m, r: m(4, 2)(r(3, 1, 4), r(5, 1, 4), r(5, 1, 4), key_padding_mask=r(1, 4) > 1),
    "padding's dimensions": lambda lib, m, r: m(4, 2)(r(3, 1, 4), r(5, 1, 4), r(5, 1, 4), key_padding_mask=r(5) > 1),
    "hint alone": lambda lib, m, r: m(4, 2)(r(3, 1, 4), r(5, 1, 4), r(5, 1, 4), is_causal=True),
    "batch": lambda lib, m, r: m(4, 2)(r(3, 2, 4), r(5, 1, 4), r(5, 1, 4)),
    "type": lambda lib, m, r: m(4, 2)(r(3, 1, 4).double(), r(5, 1, 4), r(5, 1, 4)),
}


@pytest.mark.parametrize("name", MHA_REFUSED)
def test_several_heads_refuse_what_pytorch_refuses_with_its_type(name):
    act = MHA_REFUSED[name]
    types = [
        type_raised(lambda: act(lib, lib.nn.MultiheadAttention, lambda *s: rand(lib, *s)))  # noqa: B023
        for lib in BOTH
    ]
    assert types[0] is types[1] is not None


# ---- an encoder ----------------------------------------------------------------------------------------------------


def encoder(lib, **options):
    lib.manual_seed(2)
    options = {"activation": "gelu" if options.get("norm_first") else "relu", **options}
    layer = lib.nn.TransformerEncoderLayer(6, 3, 8, **options)
    return lib.nn.TransformerEncoder(layer, 2, lib.nn.LayerNorm(6), **EXTRA[lib])


EXTRA = {tinygrad_optim: {}, torch: {"enable_nested_tensor": False}}


@pytest.mark.parametrize("options", [{}, {"norm_first": True}, {"bias": False}, {"batch_first": True}])
def test_an_encoder_and_its_gradients_agree(options):
    found = []
    for lib in BOTH:
        model = encoder(lib, dropout=0.0, **options).double()
        x = drawn(lib, (2, 5, 6) if options.get("batch_first") else (5, 2, 6), 1)
        for name in ("none", "bools", "padding"):
            given = mha_masks(lib, name)
            out = model(x, given.get("attn_mask"), given.get("key_padding_mask"))
            found.append(with_derivatives(out, [x, *model.parameters()], second=False))
        names = [*model.state_dict(), *[name for name, _ in model.named_modules()]]
        found.append(names)
    assert found[3] == found[7]
    for ours, theirs in zip(found[:3], found[4:7]):
        for one, other in itertools.zip_longest(ours, theirs):
            same(one, other, 1e-10)


def test_an_encoder_in_training_drops_what_pytorchs_drops():
    found = []
    for lib in BOTH:
        model, x = encoder(lib, dropout=0.3, batch_first=True), drawn(lib, (2, 5, 6), 1, "float32")
        lib.manual_seed(6)
        found.append([model(x), model.eval()(x)])
    for ours, theirs in zip(*found):
        same(ours, theirs, 1e-4)


def test_an_unknown_activation_is_refused():
    for lib in BOTH:
        with pytest.raises(RuntimeError, match="relu/gelu"):
            lib.nn.TransformerEncoderLayer(4, 2, activation="x")


def test_an_encoder_takes_the_arguments_of_pytorch_s_faster_ways():
    for lib in (tinygrad_optim, torch):
        layer = lib.nn.TransformerEncoderLayer(4, 2, 8, batch_first=True)
        net = lib.nn.TransformerEncoder(layer, 2, enable_nested_tensor=False, mask_check=False)
        assert tuple(net(lib.ones(1, 3, 4)).shape) == (1, 3, 4)
