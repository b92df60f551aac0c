"""Losses against PyTorch: values, first and second gradients, types, modules, and what is refused."""

from __future__ import annotations

import itertools
import warnings

import numpy as np
import pytest

import tinygrad_optim

torch = pytest.importorskip("torch", reason="parity needs PyTorch, which is not installed here")
BOTH = (tinygrad_optim, torch)
TOLERANCE = {"float64": 1e-11, "float32": 2e-5}


def array(tensor):
    tensor = tensor.detach()
    return np.asarray(tensor.numpy(force=True) if isinstance(tensor, torch.Tensor) else tensor.numpy())


def same(ours, theirs, scale=1.0):
    ours, theirs = array(ours), array(theirs)
    assert (ours.shape, ours.dtype) == (theirs.shape, theirs.dtype)
    tolerance = TOLERANCE[str(theirs.dtype)] * scale
    np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)


def derivatives(lib, loss, arrays, second):
    """[loss, gradients of a weighted sum, gradients of the gradients' weighted sum] in the float arrays."""
    given = [lib.tensor(a.tolist(), dtype=getattr(lib, str(a.dtype))).reshape(a.shape) for a in arrays]
    leaves = [t.requires_grad_() for t, a in zip(given, arrays) if a.dtype.kind == "f"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of shapes that broadcast, and of 'mean'
        out = loss(lib, *given)
    seeds = np.random.default_rng(5)
    seed = lib.tensor(seeds.uniform(0.5, 1, tuple(out.shape)).tolist(), dtype=out.dtype).reshape(tuple(out.shape))
    first = lib.autograd.grad(out, leaves, seed, create_graph=second, allow_unused=True)
    found = [out, *first]
    live = [g for g in first if g is not None and g.requires_grad]
    if second and live:
        total = sum((g * (i + 1)).sum() for i, g in enumerate(live))
        found += lib.autograd.grad(total, leaves, allow_unused=True)
    return found


def assert_parity(loss, *arrays, second=True, scale=1.0):
    ours, theirs = (derivatives(lib, loss, arrays, second) for lib in BOTH)
    for one, other in itertools.zip_longest(ours, theirs):
        if one is None or other is None:
            assert all(t is None or not array(t).any() for t in (one, other))
        else:
            same(one, other, scale)


def drawn(shape, low=-2.0, high=2.0, seed=0, dtype="float64"):
    return np.random.default_rng(seed).uniform(low, high, shape).astype(dtype)


REDUCTIONS = ["mean", "sum", "none"]
SHAPES = [((4,), (4,)), ((2, 3), (2, 3)), ((2, 3), (3,)), ((), ()), ((2, 1), (1, 4))]

NUMBERS = {
    "l1": lambda lib, x, y, r: lib.nn.functional.l1_loss(x, y, reduction=r),
    "mse": lambda lib, x, y, r: lib.nn.functional.mse_loss(x, y, reduction=r),
    "smooth_l1": lambda lib, x, y, r: lib.nn.functional.smooth_l1_loss(x, y, reduction=r),
    "smooth_l1 0.3": lambda lib, x, y, r: lib.nn.SmoothL1Loss(reduction=r, beta=0.3)(x, y),
    "smooth_l1 0": lambda lib, x, y, r: lib.nn.functional.smooth_l1_loss(x, y, reduction=r, beta=0),
    "huber": lambda lib, x, y, r: lib.nn.functional.huber_loss(x, y, reduction=r),
    "huber 0.3": lambda lib, x, y, r: lib.nn.HuberLoss(r, 0.3)(x, y),
    "L1Loss": lambda lib, x, y, r: lib.nn.L1Loss(reduction=r)(x, y),
    "poisson": lambda lib, x, y, r: lib.nn.functional.poisson_nll_loss(x, y * y + 0.5, reduction=r),
    "poisson full": lambda lib, x, y, r: lib.nn.PoissonNLLLoss(full=True, reduction=r)(x, y * y + 0.5),
    "poisson not log": lambda lib, x, y, r: lib.nn.PoissonNLLLoss(False, reduction=r)(x * x + 0.1, y * y),
}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("name", NUMBERS)
def test_a_loss_of_numbers_agrees(name, reduction, dtype):
    for shapes in SHAPES:
        x, y = drawn(shapes[0], seed=1, dtype=dtype), drawn(shapes[1], seed=2, dtype=dtype)
        assert_parity(lambda lib, x, y: NUMBERS[name](lib, x, y, reduction), x, y, scale=10)


@pytest.mark.parametrize("name", ["l1", "mse", "smooth_l1", "huber", "smooth_l1 0"])
def test_a_loss_of_numbers_agrees_at_its_kinks_and_far_out(name):
    x = np.array([0.0, 1.0, -1.0, 1e-300, 1e8, -1e8, 0.5])
    assert_parity(lambda lib, x: NUMBERS[name](lib, x, lib.zeros(7, dtype=lib.float64), "none"), x, second=False)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("name", ["mse_loss", "l1_loss", "huber_loss"])
def test_a_weighted_loss_of_numbers_agrees(name, reduction):
    assert_parity(
        lambda lib, x, y, w: getattr(lib.nn.functional, name)(x, y, reduction=reduction, weight=w),
        *(drawn((2, 3), seed=1), drawn((2, 3), seed=2), drawn((2, 3), 0.5, 2.0, seed=3)),
    )


def test_losses_of_unlike_types_take_pytorchs():
    for name in ("mse_loss", "l1_loss", "smooth_l1_loss"):
        assert_parity(
            lambda lib, x, y: getattr(lib.nn.functional, name)(x, y),  # noqa: B023
            *(drawn(3, dtype="float32"), np.array([1, 2, 3])),
        )


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("var_shape", [(3, 2), (3, 1), (3,)])
@pytest.mark.parametrize("full", [False, True])
def test_gaussian_nll_agrees(reduction, var_shape, full):
    var = drawn(var_shape, 0.0, 1.0, seed=3)
    var.flat[0] = 1e-9  # below eps
    assert_parity(
        lambda lib, x, y, v: lib.nn.GaussianNLLLoss(full=full, reduction=reduction, eps=1e-2)(x, y, v),
        *(drawn((3, 2), seed=1), drawn((3, 2), seed=2), var),
        scale=100,
    )


# ---- classes -------------------------------------------------------------------------------------------------------

LOGITS = {"C": (4,), "N, C": (5, 4), "N, C, d1": (3, 4, 2), "N, C, d1, d2": (2, 4, 2, 3)}


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("weight", [False, True])
@pytest.mark.parametrize("ignore", [-100, 1])
@pytest.mark.parametrize("shape", LOGITS)
def test_nll_loss_agrees(shape, ignore, weight, reduction):
    shape = LOGITS[shape]
    labels = np.random.default_rng(1).integers(0, 4, (shape[0], *shape[2:]) if len(shape) > 1 else ())
    labels = np.array(2) if len(shape) == 1 else labels
    w = np.array([0.5, 2.0, 1.0, 0.0])

    def loss(lib, x, y):
        weights = lib.tensor(w.tolist(), dtype=x.dtype) if weight else None
        return lib.nn.NLLLoss(weights, ignore_index=ignore, reduction=reduction)(x, y)

    assert_parity(loss, drawn(shape), labels)
    assert_parity(loss, drawn(shape, dtype="float32"), labels)


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_nll_loss_of_impossible_classes_agrees(reduction):
    x = np.array([[0.0, -np.inf, -np.inf], [-np.inf, -1.0, -2.0], [-np.inf, -1.0, -2.0]])
    assert_parity(
        lambda lib, x, y: lib.nn.functional.nll_loss(x, y, reduction=reduction, ignore_index=2),
        *(x, np.array([0, 1, 2])),
        second=False,
    )


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("weight", [False, True])
@pytest.mark.parametrize("shares", [False, True])
def test_second_gradients_of_cross_entropy_agree(reduction, smoothing, weight, shares):
    x = drawn((5, 4))
    y = drawn((5, 4), 0.1, 1.0, seed=2) if shares else np.array([0, 3, 1, 2, 1])

    def loss(lib, x, y):
        weights = lib.tensor([0.5, 2.0, 1.0, 0.3], dtype=x.dtype) if weight else None
        options = {} if shares else {"ignore_index": 1}
        return lib.nn.CrossEntropyLoss(weights, reduction=reduction, label_smoothing=smoothing, **options)(x, y)

    assert_parity(loss, x, y)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_cross_entropy_of_logits_of_minus_infinity_agrees(reduction, smoothing):
    x = np.array([[0.0, -np.inf, 1.0], [1.0, 2.0, -np.inf]])
    assert_parity(
        lambda lib, x, y: lib.nn.functional.cross_entropy(x, y, reduction=reduction, label_smoothing=smoothing),
        *(x, np.array([2, 0])),
        second=False,
    )


# ---- probabilities -------------------------------------------------------------------------------------------------

WEIGHTS = [None, (3, 2), (2,), (3, 1)]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("weight", WEIGHTS)
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_binary_cross_entropy_agrees(reduction, weight, dtype):
    def loss(lib, x, y, *w):
        return lib.nn.BCELoss(*w, reduction=reduction)(x, y)

    w = [] if weight is None else [drawn(weight, 0.5, 2.0, seed=3, dtype=dtype)]
    x, y = drawn((3, 2), 0.1, 0.9, seed=1, dtype=dtype), drawn((3, 2), 0.0, 1.0, seed=2, dtype=dtype)
    assert_parity(lambda lib, x, y: loss(lib, x, y, *[lib.tensor(a.tolist(), dtype=x.dtype) for a in w]), x, y, scale=9)


def test_binary_cross_entropy_agrees_at_certainty():
    assert_parity(
        lambda lib, x: lib.nn.functional.binary_cross_entropy(
            x, lib.tensor([0.0, 1.0, 1.0, 0.0, 0.5], dtype=lib.float64), reduction="none"
        ),
        np.array([0.0, 1.0, 0.0, 1.0, 0.0]),
        second=False,
        scale=1e4,  # PyTorch's smallest divisor is 1e-12 as a float32
    )


@pytest.mark.parametrize("pos_weight", WEIGHTS)
@pytest.mark.parametrize("weight", WEIGHTS)
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_binary_cross_entropy_with_logits_agrees(reduction, weight, pos_weight):
    def made(lib, shape, seed):
        return None if shape is None else lib.tensor(drawn(shape, 0.5, 2.0, seed).tolist(), dtype=lib.float64)

    def loss(lib, x, y):
        w, p = made(lib, weight, 3), made(lib, pos_weight, 4)
        return lib.nn.functional.binary_cross_entropy_with_logits(x, y, w, reduction=reduction, pos_weight=p)

    assert_parity(loss, drawn((3, 2), seed=1), drawn((3, 2), 0.0, 1.0, seed=2))


@pytest.mark.parametrize("dtypes", [("float32", "float64"), ("float64", "float32"), ("float32", "float32")])
def test_binary_cross_entropy_with_logits_of_types_and_far_out_agrees(dtypes):
    x = np.array([-500.0, -40.0, -1.0, 0.0, 1.0, 40.0, 500.0]).astype(dtypes[0])
    for target in (0.0, 1.0, 0.25):
        assert_parity(
            lambda lib, x, y: lib.nn.BCEWithLogitsLoss(reduction="none")(x, y),
            *(x, np.full(7, target).astype(dtypes[1])),
            second=False,
            scale=1e5 if len(set(dtypes)) > 1 else 1,  # PyTorch rounds a part to float32
        )


@pytest.mark.parametrize("log_target", [False, True])
@pytest.mark.parametrize("reduction", [*REDUCTIONS, "batchmean"])
@pytest.mark.parametrize("shapes", [((3, 2), (3, 2)), ((3, 2), (2,)), ((), ()), ((4,), (4,))])
def test_kl_div_agrees(reduction, log_target, shapes):
    assert_parity(
        lambda lib, x, y: lib.nn.KLDivLoss(reduction=reduction, log_target=log_target)(x, y),
        *(drawn(shapes[0]), drawn(shapes[1], 0.1, 1.0, seed=2)),
    )


def test_kl_div_of_a_share_of_0_agrees():
    assert_parity(
        lambda lib, x: lib.nn.functional.kl_div(x, lib.tensor([0.0, 1.0, 0.0], dtype=x.dtype), reduction="sum"),
        np.array([-1.0, -2.0, 0.0]),
    )


# ---- margins -------------------------------------------------------------------------------------------------------

SIGNS = np.array([[1.0, -1.0], [1.0, 1.0], [-1.0, -1.0]])


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_losses_with_a_margin_agree(reduction):
    x, y, z = (drawn((3, 2), seed=i) for i in range(3))

    def signs(lib, column=None):
        return lib.tensor((SIGNS if column is None else SIGNS[:, column]).tolist(), dtype=lib.float64)

    for loss in (
        lambda lib, x, y, z: lib.nn.HingeEmbeddingLoss(0.7, reduction=reduction)(x, signs(lib)),
        lambda lib, x, y, z: lib.nn.MarginRankingLoss(0.3, reduction=reduction)(x, y, signs(lib)),
        lambda lib, x, y, z: lib.nn.SoftMarginLoss(reduction=reduction)(x, signs(lib)),
        lambda lib, x, y, z: lib.nn.CosineEmbeddingLoss(0.1, reduction=reduction)(x, y, signs(lib, 0)),
        lambda lib, x, y, z: lib.nn.functional.cosine_embedding_loss(x[0], y[0], signs(lib)[0, 0], reduction=reduction),
        lambda lib, x, y, z: lib.nn.TripletMarginLoss(2.0, reduction=reduction)(x, y, z),
        lambda lib, x, y, z: lib.nn.TripletMarginLoss(2.0, p=3, swap=True, reduction=reduction)(x, y, z),
    ):
        assert_parity(loss, x, y, z, scale=10)


def test_hinge_embedding_of_other_targets_agrees():
    assert_parity(
        lambda lib, x: lib.nn.functional.hinge_embedding_loss(x, lib.tensor([0.0, 2.0, 1.0]), reduction="none"),
        drawn(3, 0.0, 0.9),
    )


# ---- modules and what is refused -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make",
    [
        *(lambda nn, lib: nn.L1Loss(), lambda nn, lib: nn.HuberLoss(delta=2.0), lambda nn, lib: nn.SmoothL1Loss()),
        *(lambda nn, lib: nn.NLLLoss(lib.ones(3)), lambda nn, lib: nn.CrossEntropyLoss(lib.ones(3))),
        *(lambda nn, lib: nn.BCELoss(), lambda nn, lib: nn.BCEWithLogitsLoss(lib.ones(2), pos_weight=lib.ones(2))),
        *(lambda nn, lib: nn.KLDivLoss(), lambda nn, lib: nn.TripletMarginLoss()),
        *(lambda nn, lib: nn.PoissonNLLLoss(), lambda nn, lib: nn.GaussianNLLLoss(), lambda nn, lib: nn.MSELoss()),
    ],
)
def test_a_loss_prints_and_keeps_its_weights_as_pytorchs(make):
    ours, theirs = (make(lib.nn, lib) for lib in BOTH)
    assert repr(ours) == repr(theirs)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    assert list(dict(ours.named_buffers())) == list(dict(theirs.named_buffers()))


def x(lib, *shape, dtype="float32"):
    return (lib.arange(int(np.prod(shape))) / 10).reshape(*shape).to(getattr(lib, dtype))


REFUSED = {
    "target above 1": lambda lib, F: F.binary_cross_entropy(x(lib, 3), x(lib, 3) + 1),
    "input above 1": lambda lib, F: F.binary_cross_entropy(x(lib, 3) + 1, x(lib, 3)),
    "nan": lambda lib, F: F.binary_cross_entropy(x(lib, 3) * float("nan"), x(lib, 3)),
    "bce shapes": lambda lib, F: F.binary_cross_entropy(x(lib, 3, 2), x(lib, 2)),
    "bce ints": lambda lib, F: F.binary_cross_entropy(x(lib, 2), lib.tensor([0, 1])),
    "bce types": lambda lib, F: F.binary_cross_entropy(x(lib, 2), x(lib, 2).double()),
    "bce weight": lambda lib, F: F.binary_cross_entropy(x(lib, 3, 2), x(lib, 3, 2), lib.ones(3)),
    "logits shapes": lambda lib, F: F.binary_cross_entropy_with_logits(x(lib, 3, 2), x(lib, 2)),
    "logits ints": lambda lib, F: F.binary_cross_entropy_with_logits(x(lib, 2), lib.tensor([0, 1])),
    "pos_weight": lambda lib, F: F.binary_cross_entropy_with_logits(x(lib, 3, 2), x(lib, 3, 2), pos_weight=lib.ones(3)),
    "weight": lambda lib, F: F.binary_cross_entropy_with_logits(x(lib, 3, 2), x(lib, 3, 2), weight=lib.ones(3)),
    "class above": lambda lib, F: F.nll_loss(x(lib, 3, 2), lib.tensor([0, 1, 2])),
    "class below": lambda lib, F: F.nll_loss(x(lib, 3, 2), lib.tensor([0, 1, -1])),
    "float classes": lambda lib, F: F.nll_loss(x(lib, 3, 2), lib.tensor([0.0, 1.0, 1.0])),
    "int32 classes": lambda lib, F: F.nll_loss(x(lib, 3, 2), lib.tensor([0, 1, 1]).int()),
    "other batch": lambda lib, F: F.nll_loss(x(lib, 3, 2), lib.tensor([0, 1])),
    "other shape": lambda lib, F: F.nll_loss(x(lib, 2, 3, 4), lib.zeros(2, 5).long()),
    "no dimension": lambda lib, F: F.nll_loss(lib.tensor(1.0), lib.tensor(0)),
    "class weights": lambda lib, F: F.nll_loss(x(lib, 3, 2), lib.tensor([0, 1, 1]), lib.ones(3)),
    "double weights": lambda lib, F: F.nll_loss(x(lib, 3, 2), lib.tensor([0, 1, 1]), lib.ones(2).double()),
    "int log-probabilities": lambda lib, F: F.nll_loss(x(lib, 3, 2).long(), lib.tensor([0, 1, 1])),
    "list of classes": lambda lib, F: F.nll_loss(x(lib, 3, 2), [0, 1, 1]),
    "kl reduction": lambda lib, F: F.kl_div(x(lib, 3), x(lib, 3), reduction="mea"),
    "kl ints": lambda lib, F: F.kl_div(x(lib, 3), lib.tensor([0, 1, 0]), reduction="sum"),
    "ints": lambda lib, F: F.mse_loss(lib.tensor([1]), lib.tensor([2])),
    "smooth ints": lambda lib, F: F.smooth_l1_loss(lib.tensor([1]), lib.tensor([2])),
    "mean of ints": lambda lib, F: F.l1_loss(lib.tensor([1]), lib.tensor([2])),
    "delta 0": lambda lib, F: F.huber_loss(x(lib, 3), x(lib, 3), delta=0),
    "beta -1": lambda lib, F: F.smooth_l1_loss(x(lib, 3), x(lib, 3), beta=-1),
    "weights' size": lambda lib, F: F.mse_loss(x(lib, 3, 2), x(lib, 3, 2), weight=lib.ones(2)),
    "huber weights' size": lambda lib, F: F.huber_loss(x(lib, 3, 2), x(lib, 3, 2), weight=lib.ones(2)),
    "shapes": lambda lib, F: F.mse_loss(x(lib, 3, 2), x(lib, 3)),
    "ranking dimensions": lambda lib, F: F.margin_ranking_loss(x(lib, 3, 2), x(lib, 3, 2), lib.ones(3)),
    "negative variance": lambda lib, F: F.gaussian_nll_loss(x(lib, 3), x(lib, 3), -lib.ones(3)),
    "variance's size": lambda lib, F: F.gaussian_nll_loss(x(lib, 3, 2), x(lib, 3, 2), lib.ones(4)),
    "margin": lambda lib, F: F.triplet_margin_loss(x(lib, 3), x(lib, 3), x(lib, 3), margin=-1),
    "triplet dimensions": lambda lib, F: F.triplet_margin_loss(x(lib, 3), x(lib, 3, 1), x(lib, 3)),
    "cosine dimensions": lambda lib, F: F.cosine_embedding_loss(x(lib, 3), x(lib, 3), lib.ones(3)),
    "reduction": lambda lib, F: F.l1_loss(x(lib, 3), x(lib, 3), reduction="x"),
}


def outcome(act):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        try:
            act()
        except Exception as error:
            return type(error)
    return None


@pytest.mark.parametrize("name", REFUSED)
def test_what_pytorch_refuses_is_refused_with_its_type_of_exception(name):
    wanted = outcome(lambda: REFUSED[name](torch, torch.nn.functional))
    assert wanted is not None
    assert outcome(lambda: REFUSED[name](tinygrad_optim, tinygrad_optim.nn.functional)) is wanted


KINKS = {
    "margin ranking of equal scores": lambda lib, F, x: F.margin_ranking_loss(x, x.detach(), lib.ones(3)),
    "hinge embedding at its margin": lambda lib, F, x: F.hinge_embedding_loss(x, -lib.ones(3), margin=2.0),
    "triplet of equal distances and no margin left": lambda lib, F, x: F.triplet_margin_loss(x, x * 0, x * 0 + 5, 3.0),
}


@pytest.mark.parametrize("name", KINKS)
def test_the_gradient_passes_where_a_margin_is_met_exactly(name):
    found = []
    for lib in BOTH:
        x = lib.tensor([2.0, 2.0, 1.0], requires_grad=True)
        KINKS[name](lib, lib.nn.functional, x).backward()
        found.append(x.grad)
    same(*found)


def test_soft_margin_loss_of_small_integer_targets_does_not_wrap_around():
    x = [1.5, -0.5, 0.25]
    same(*(lib.nn.functional.soft_margin_loss(lib.tensor(x), lib.tensor([1, 1, 0]).byte()) for lib in BOTH))
