"""nn against PyTorch: the first weights, printing, the losses with their gradients, and what is refused."""

from __future__ import annotations

import itertools
import types
import warnings
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="parity needs PyTorch, which is not installed here")

import tinygrad_optim  # noqa: E402

TESTS = Path(__file__).parents[1]


def file_with(package: str, name: str) -> types.ModuleType:
    """The module tests/<name>.py with `package` in its import lines."""
    path = TESTS / f"{name}.py"
    lines = path.read_text(encoding="utf-8").splitlines()
    imports = ("import tinygrad_optim", "from tinygrad_optim")
    changed = [line.replace("tinygrad_optim", package) if line.startswith(imports) else line for line in lines]
    module = types.ModuleType(f"{name}_with_{package}")
    exec(compile("\n".join(changed), str(path), "exec"), module.__dict__)
    return module


OURS, THEIRS = file_with("tinygrad_optim", "test_nn"), file_with("torch", "test_nn")
BOTH = (tinygrad_optim, torch)


def array(tensor):
    return np.asarray(tensor.detach().numpy())


def same(ours, theirs, relative=1e-12):
    """Equal shape and type, and numbers within a relative tolerance of the largest."""
    ours, theirs = array(ours), array(theirs)
    assert (ours.shape, ours.dtype) == (theirs.shape, theirs.dtype)
    largest = np.abs(theirs[np.isfinite(theirs)]).max(initial=1e-30)
    np.testing.assert_allclose(ours, theirs, rtol=relative, atol=relative * largest)


# --- modules ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [0, 1, 42, 2**31, 2**63 - 1])
@pytest.mark.parametrize("sizes", [(1, 1), (2, 3), (7, 5), (64, 10), (100, 33), (784, 128)])
def test_linear_starts_from_bitwise_the_same_weights(seed, sizes):
    layers = []
    for package in BOTH:
        package.manual_seed(seed)
        layers.append([package.nn.Linear(*sizes), package.nn.Linear(*sizes[::-1], bias=False)])
    for ours, theirs in zip(*layers):
        for (name, p), (their_name, q) in zip(ours.named_parameters(), theirs.named_parameters(), strict=True):
            assert name == their_name
            assert array(p).dtype == np.float32
            assert array(p).tobytes() == array(q).tobytes()


def test_the_stream_goes_on_after_a_net_as_pytorchs_does():
    found = []
    for package in BOTH:
        package.manual_seed(5)
        package.nn.Sequential(package.nn.Linear(3, 4), package.nn.ReLU(), package.nn.Linear(4, 1))
        found.append(array(package.rand(7)).tobytes())
    assert found[0] == found[1]


@pytest.mark.parametrize(
    "make",
    [
        lambda nn: nn.Linear(2, 3),
        lambda nn: nn.Linear(2, 3, bias=False),
        lambda nn: nn.ReLU(),
        lambda nn: nn.ReLU(inplace=True),
        lambda nn: nn.Tanh(),
        lambda nn: nn.Sigmoid(),
        lambda nn: nn.MSELoss(),
        lambda nn: nn.CrossEntropyLoss(label_smoothing=0.1),
        lambda nn: nn.Sequential(),
        lambda nn: nn.Module(),
        lambda nn: nn.Sequential(nn.Linear(1, 1), nn.Sequential(nn.ReLU(), nn.Sequential(nn.Tanh()))),
        lambda nn: nn.Sequential(nn.Linear(1, 1), nn.ReLU())[:1],
    ],
)
def test_a_module_prints_as_pytorchs(make):
    assert repr(make(tinygrad_optim.nn)) == repr(make(torch.nn))


def test_a_net_of_ones_own_prints_and_names_its_parts_as_pytorchs():
    ours, theirs = OURS.Net(), THEIRS.Net()
    assert repr(ours) == repr(theirs)
    for listing in ("named_parameters", "named_modules", "named_children"):
        assert [n for n, _ in getattr(ours, listing)()] == [n for n, _ in getattr(theirs, listing)()]
    assert list(ours.state_dict()) == list(theirs.state_dict())


def test_a_replaced_parameter_stands_where_pytorchs_does():
    orders = []
    for package in BOTH:
        net = package.nn.Sequential(package.nn.Linear(1, 1), package.nn.Linear(1, 1))
        net[1].weight = net[0].weight
        net[0].weight = package.nn.Parameter(package.ones(1, 1))
        orders.append(([n for n, _ in net.named_parameters()], list(net.state_dict())))
    assert orders[0] == orders[1]


def test_loading_answers_as_pytorchs():
    answers = []
    for package in BOTH:
        layer = package.nn.Linear(1, 1)
        part = {"weight": package.ones(1, 1), "extra": package.ones(1)}
        answers.append(
            (repr(layer.load_state_dict(part, strict=False)), repr(layer.load_state_dict(layer.state_dict())))
        )
    assert answers[0] == answers[1]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_net_and_its_gradients_agree(dtype):
    found = []
    for package in BOTH:
        package.manual_seed(0)
        net = package.nn.Sequential(
            *(package.nn.Linear(4, 5), package.nn.ReLU(), package.nn.Linear(5, 5), package.nn.Tanh()),
            *(package.nn.Linear(5, 5), package.nn.Sigmoid(), package.nn.Linear(5, 3)),
        ).to(getattr(package, dtype))
        x = package.rand(6, 4).to(getattr(package, dtype))
        loss = package.nn.CrossEntropyLoss()(net(x), package.tensor([0, 1, 2, 2, 1, 0]))
        loss.backward()
        found.append([loss, *(p.grad for p in net.parameters())])
    for ours, theirs in zip(*found, strict=True):
        same(ours, theirs, 1e-12 if dtype == "float64" else 2e-6)


# --- losses -----------------------------------------------------------------------------------------------------------

NUMBERS = np.random.default_rng(0)


def tensors(value, dtype="float64", grad=True):
    """One array as our tensor and PyTorch's."""
    made = [package.tensor(value.tolist(), dtype=getattr(package, dtype)) for package in BOTH]
    made = [m.reshape(value.shape) for m in made]
    return [m.requires_grad_() for m in made] if grad else made


def compare(make, *inputs, relative=1e-12):
    """make(package's nn, *inputs): value, and the gradients of a weighted sum of it, in both."""
    losses = [make(package.nn, *[pair[i] for pair in inputs]) for i, package in enumerate(BOTH)]
    same(*losses, relative)
    weights = tensors(NUMBERS.normal(size=losses[1].shape), str(array(losses[1]).dtype), grad=False)
    for loss, weight in zip(losses, weights):
        (loss * weight).sum().backward()
    for ours, theirs in inputs:
        if ours.requires_grad:
            same(ours.grad, theirs.grad, relative)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize(
    "shapes", [((), ()), ((3,), (3,)), ((2, 3), (2, 3)), ((2, 3), (3,)), ((2, 1), (1, 4)), ((0,), (0,))]
)
def test_mse_loss_agrees(shapes, reduction, dtype):
    pairs = [tensors(NUMBERS.normal(size=shape), dtype) for shape in shapes]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of shapes that broadcast, which is wanted here
        for make in (
            lambda nn, x, y: nn.MSELoss(reduction=reduction)(x, y),
            lambda nn, x, y: nn.functional.mse_loss(x, y, reduction=reduction),
        ):
            compare(make, *pairs, relative=1e-12 if dtype == "float64" else 1e-6)
            for pair in pairs:
                for one in pair:
                    one.grad = None


CLASSES = 4
LOGITS = {
    "C": (CLASSES,),
    "N, C": (5, CLASSES),
    "N, C, d1": (3, CLASSES, 2),
    "N, C, d1, d2": (2, CLASSES, 2, 3),
    "0, C": (0, 4),
}
OPTIONS = [["mean", "sum", "none"], [None, "weight"], [0.0, 0.1], ["indices", "ignored", "shares"]]


@pytest.mark.parametrize(
    ("shape", "reduction", "weight", "smoothing", "target"), [*itertools.product(LOGITS, *OPTIONS)]
)
def test_cross_entropy_agrees(shape, reduction, weight, smoothing, target):
    shape = LOGITS[shape]
    x = tensors(NUMBERS.normal(size=shape) * 3)
    options = dict(reduction=reduction, label_smoothing=smoothing)
    if target == "shares":
        shares = NUMBERS.random(shape)
        y = tensors(shares / shares.sum(axis=min(len(shape) - 1, 1), keepdims=True))
    else:
        y = tensors(NUMBERS.integers(0, CLASSES, (shape[0], *shape[2:]) if len(shape) > 1 else ()), "int64", grad=False)
        if shape == (CLASSES,):  # one row alone must count: PyTorch's gradient of a mean over none is now 0, now NaN
            y = tensors(np.array(2), "int64", grad=False)
        options["ignore_index"] = 1 if target == "ignored" else -100
    w = tensors(NUMBERS.random(CLASSES) + 0.5, grad=False)

    def make(nn, x, y, w):
        return nn.CrossEntropyLoss(weight=w if weight else None, **options)(x, y)

    def by_function(nn, x, y, w):
        return nn.functional.cross_entropy(x, y, weight=w if weight else None, **options)

    compare(make, x, y, w)
    same(*[by_function(package.nn, x[i], y[i], w[i]) for i, package in enumerate(BOTH)])


@pytest.mark.parametrize("weight", [None, "weight"])
@pytest.mark.parametrize("target", ["indices", "shares"])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_cross_entropy_agrees_in_float32_to_rounding_and_stays_float32(target, weight, smoothing):
    x = tensors(NUMBERS.normal(size=(50, 10)) * 3, "float32")
    w = tensors(NUMBERS.random(10) + 0.5, "float32", grad=False)
    if target == "indices":
        y = tensors(NUMBERS.integers(0, 10, 50), "int64", grad=False)
    else:
        y = tensors(NUMBERS.random((50, 10)), "float32")
    compare(
        lambda nn, x, y, w: nn.CrossEntropyLoss(weight=w if weight else None, label_smoothing=smoothing)(x, y),
        *(x, y, w),
        relative=2e-6,
    )


@pytest.mark.parametrize("scale", [1e2, 1e4, 1e30])
def test_cross_entropy_of_large_logits_agrees(scale):
    compare(
        lambda nn, x, y: nn.CrossEntropyLoss()(x, y),
        tensors(NUMBERS.normal(size=(6, 5)) * scale),
        tensors(NUMBERS.integers(0, 5, 6), "int64", grad=False),
    )


def test_cross_entropy_takes_uint8_indices_as_pytorch_does():
    y = [package.tensor([0, 2], dtype=package.uint8) for package in BOTH]
    compare(lambda nn, x, y: nn.CrossEntropyLoss()(x, y), tensors(NUMBERS.normal(size=(2, 3))), y)


@pytest.mark.parametrize("shape", [(3,), (2, 3), (4, 2, 3), (0, 3)])
@pytest.mark.parametrize("bias", [True, False])
def test_functional_linear_agrees(shape, bias):
    x, w, b = (tensors(NUMBERS.normal(size=s)) for s in (shape, (2, 3), (2,)))
    if bias:
        compare(lambda nn, x, w, b: nn.functional.linear(x, w, b), x, w, b)
    else:
        compare(lambda nn, x, w: nn.functional.linear(x, w), x, w)


# --- what is refused --------------------------------------------------------------------------------------------------

# Refused by PyTorch too, but by an attribute error from inside, or by where it was built for.
OTHERWISE = {"no data", "another device"}


def type_raised(act):
    """The type of the exception that act() raises; None if it does not."""
    try:
        act()
    except Exception as error:
        return type(error)
    return None


@pytest.mark.parametrize("name", list(OURS.CROSS_ENTROPY))
def test_pytorch_refuses_the_same_targets_with_the_same_type_of_exception(name):
    exception, options, given, _ = THEIRS.CROSS_ENTROPY[name]
    assert type_raised(lambda: THEIRS.F.cross_entropy(*given(), **options)) is exception


@pytest.mark.parametrize("name", [name for name in OURS.MODULES if name not in OTHERWISE])
def test_pytorch_refuses_the_same_use_of_modules_with_the_same_type_of_exception(name):
    exception, act, _ = THEIRS.MODULES[name]
    assert type_raised(lambda: act(torch.nn.Linear(1, 1))) is exception


@pytest.mark.parametrize("name", list(OURS.LOADS))
def test_pytorch_refuses_the_same_state_dicts_with_the_same_type_of_exception(name):
    saved, strict, _ = THEIRS.LOADS[name]
    assert type_raised(lambda: torch.nn.Linear(2, 1).load_state_dict(saved, strict=strict)) is RuntimeError


@pytest.mark.parametrize("bias", [(4,), (2,), (1, 2, 1)])
def test_a_bias_that_does_not_fit_onto_the_features_is_refused(bias):
    for lib in (tinygrad_optim, torch):
        with pytest.raises(RuntimeError):
            lib.nn.functional.linear(lib.ones(2, 3), lib.ones(1, 3), lib.ones(bias))
