"""Rules on Tensors, on Python floats and on symbols: gradients through steps, and the same numbers."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_optim as tg
from tinygrad_optim import Value, optim
from tinygrad_optim.optim.symbols import formula_of

ADAM = {"lr": 0.1, "betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": 0.1}
# The options, and which of them may be tensors that take a gradient.
KINDS = {
    "SGD": (optim.SGD, {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.1}, ["lr", "momentum", "weight_decay"]),
    "SGD nesterov": (optim.SGD, {"lr": 0.1, "momentum": 0.9, "nesterov": True, "maximize": True}, ["lr", "momentum"]),
    "SGD dampening": (optim.SGD, {"lr": 0.1, "momentum": 0.9, "dampening": 0.3}, ["lr", "momentum", "dampening"]),
    "Adam": (optim.Adam, ADAM, ["lr", "betas", "eps", "weight_decay"]),
    "Adam amsgrad": (optim.Adam, {**ADAM, "amsgrad": True}, ["lr", "betas", "eps", "weight_decay"]),
    "AdamW": (optim.AdamW, ADAM, ["lr", "betas", "eps", "weight_decay"]),
    "Adamax": (optim.Adamax, ADAM, ["lr", "betas", "eps", "weight_decay"]),
    "NAdam": (optim.NAdam, ADAM, ["lr", "eps", "weight_decay"]),
    "RAdam": (optim.RAdam, {**ADAM, "betas": (0.8, 0.9)}, ["lr", "eps", "weight_decay"]),
    "Adagrad": (optim.Adagrad, {"lr": 0.1, "lr_decay": 0.1, "weight_decay": 0.1}, ["lr", "lr_decay", "weight_decay"]),
    "Adadelta": (optim.Adadelta, {"eps": 1e-2, "weight_decay": 0.1}, ["lr", "rho", "eps", "weight_decay"]),
    "RMSprop": (
        *(optim.RMSprop, {"lr": 0.1, "alpha": 0.9, "momentum": 0.5, "centered": True, "weight_decay": 0.1}),
        ["lr", "alpha", "momentum", "weight_decay"],
    ),
    "Rprop": (optim.Rprop, {"lr": 0.1}, []),
    "ASGD": (optim.ASGD, {"lr": 0.1, "lambd": 0.1, "t0": 1, "weight_decay": 0.1}, ["weight_decay"]),
}
every_kind = pytest.mark.parametrize("kind", KINDS)
START = np.array([0.7, -1.1, 0.4])
NOISE = np.random.default_rng(5).standard_normal((8, 3))
WEIGHTS = np.array([1.0, -2.0, 0.5])


def loss_after_steps(kind, start, options):
    """The loss after eight steps, one by one on arrays, without any graph; gradients are p**2 / 2 and noise."""
    p = tg.from_numpy(start.copy()).requires_grad_()
    optimizer = KINDS[kind][0]([p], foreach=False, **options)
    for noise in NOISE:
        p.grad = tg.from_numpy(0.5 * p.detach().numpy() ** 2 + noise)
        optimizer.step()
    return float((WEIGHTS * p.detach().numpy() ** 2).sum())


def graph_of_steps(kind, start, options):
    """The same loss through differentiable=True, as a Tensor."""
    p = start.clone()
    optimizer = KINDS[kind][0]([{"params": [p], "differentiable": True, **options}])
    for noise in NOISE:
        p.grad = 0.5 * p * p + tg.from_numpy(noise)
        optimizer.step()
    return (tg.from_numpy(WEIGHTS) * p * p).sum()


def slope(f, x, h=1e-5):
    """f'(x) by central differences."""
    return (f(x + h) - f(x - h)) / (2 * h)


@every_kind
def test_the_first_parameters_gradient_through_eight_steps_is_that_of_finite_differences(kind):
    start = tg.from_numpy(START.copy()).requires_grad_()
    options = KINDS[kind][1]
    graph_of_steps(kind, start, options).backward()
    for i, direction in enumerate(np.eye(3)):
        expected = slope(lambda t, e=direction: loss_after_steps(kind, START + t * e, options), 0.0)
        assert start.grad.tolist()[i] == pytest.approx(expected, rel=1e-6, abs=1e-8)


@pytest.mark.parametrize(
    ("kind", "option"), [(k, o) for k, (_, _, names) in KINDS.items() for o in names if o != "betas"]
)
def test_an_options_gradient_through_eight_steps_is_that_of_finite_differences(kind, option):
    options = {**KINDS[kind][1]}
    number = options.setdefault(option, KINDS[kind][0]([tg.ones(1)]).defaults[option])
    tensor = tg.tensor(number, dtype=tg.float64, requires_grad=True)
    start = tg.from_numpy(START.copy()).requires_grad_()
    graph_of_steps(kind, start, {**options, option: tensor}).backward()
    expected = slope(lambda x: loss_after_steps(kind, START, {**options, option: x}), number)
    assert tensor.grad.item() == pytest.approx(expected, rel=1e-6, abs=1e-8)
    assert expected != 0


@pytest.mark.parametrize("kind", [k for k, (_, _, names) in KINDS.items() if "betas" in names])
@pytest.mark.parametrize("index", [0, 1])
def test_each_betas_gradient_is_that_of_finite_differences(kind, index):
    numbers = KINDS[kind][1]["betas"]
    tensor = tg.tensor(numbers[index], dtype=tg.float64, requires_grad=True)

    def betas(beta):
        return {**KINDS[kind][1], "betas": (beta, numbers[1]) if index == 0 else (numbers[0], beta)}

    start = tg.from_numpy(START.copy()).requires_grad_()
    graph_of_steps(kind, start, betas(tensor)).backward()
    expected = slope(lambda x: loss_after_steps(kind, START, betas(x)), numbers[index])
    assert tensor.grad.item() == pytest.approx(expected, rel=1e-6, abs=1e-8)


@every_kind
def test_a_differentiable_step_moves_as_an_ordinary_one(kind):
    start = tg.from_numpy(START.copy()).requires_grad_()
    loss = graph_of_steps(kind, start, KINDS[kind][1]).item()
    assert loss == pytest.approx(loss_after_steps(kind, START, KINDS[kind][1]), rel=1e-12)


def test_the_lr_of_one_group_gets_the_gradient_of_that_group_alone():
    # One step: a = 1 - lr1 * 3, b = 2 - lr2 * 5, loss = a + b; dloss/dlr1 = -3, dloss/dlr2 = -5.
    lrs = [tg.tensor(0.1, requires_grad=True), tg.tensor(0.2, requires_grad=True)]
    params = [tg.tensor(float(n), requires_grad=True).clone() for n in (1, 2)]
    groups = [{"params": [p], "lr": lr, "differentiable": True} for p, lr in zip(params, lrs)]
    optimizer = optim.SGD(groups)
    for p, g in zip(params, (3.0, 5.0)):
        p.grad = tg.tensor(g)
    optimizer.step()
    (params[0] + params[1]).backward()
    assert [lr.grad.item() for lr in lrs] == [-3.0, -5.0]


def test_a_leaf_that_requires_grad_is_refused_before_any_group_has_moved():
    a, b = tg.ones(1), tg.ones(1).requires_grad_()
    a.grad, b.grad = tg.ones(1), tg.ones(1)
    optimizer = optim.SGD([{"params": [a]}, {"params": [b], "differentiable": True}], lr=0.5)
    with pytest.raises(RuntimeError, match=r"clone\(\)"):
        optimizer.step()
    assert (a.tolist(), b.tolist()) == ([1.0], [1.0])


THROUGH = [(optim.ASGD, o) for o in ("lr", "lambd", "alpha", "t0")] + [(optim.Rprop, "lr"), (optim.NAdam, "betas")]


@pytest.mark.parametrize(("kind", "option"), [*THROUGH, (optim.NAdam, "momentum_decay")])
def test_an_option_whose_gradient_would_be_lost_is_refused_and_nothing_moves(kind, option):
    a, p = tg.ones(1), tg.ones(1).requires_grad_().clone()
    a.grad, p.grad = tg.ones(1), tg.ones(1)
    tensor = tg.tensor(0.5, requires_grad=True)
    value = (tensor, tensor) if option == "betas" else tensor
    optimizer = kind([{"params": [a]}, {"params": [p], "differentiable": True, option: value}])
    with pytest.raises(RuntimeError, match=f"{option} of {kind.__name__} acts through numbers"):
        optimizer.step()
    assert (a.tolist(), p.tolist()) == ([1.0], [1.0])


# --- Python floats ----------------------------------------------------------------------------------------------------


@every_kind
def test_values_move_as_float64_tensors_do(kind):
    # Of Tensors, PyTorch keeps NAdam's mu_product and ASGD's eta and mu in float32; Values have Python's floats.
    tolerance = 1e-6 if kind in ("NAdam", "ASGD") else 0
    tensors = [tg.tensor(float(x), dtype=tg.float64, requires_grad=True) for x in START]
    values = [Value(float(x)) for x in START]
    for params in (tensors, values):
        optimizer = KINDS[kind][0](params, **KINDS[kind][1])
        for noise in NOISE:
            for p, g in zip(params, noise):
                p.grad = float(g) if isinstance(p, Value) else tg.tensor(float(g), dtype=tg.float64)
            optimizer.step()
    assert [v.data for v in values] == pytest.approx([t.item() for t in tensors], rel=tolerance, abs=tolerance)
    assert {type(v.data) for v in values} == {float}


# --- symbols ----------------------------------------------------------------------------------------------------------

MEANING = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
    "neg": lambda a: -a,
    "sqrt": lambda a: a**0.5,
    "maximum": max,
    "minimum": min,
    "abs": abs,
    "sign": lambda a: (a > 0) - (a < 0),
    "where": lambda condition, a, b: a if condition else b,
}


def evaluated(formula, results, given):
    """The results of a formula for one element, in Python's floats."""
    known = {**given, **{f"c{i}": number for i, number in enumerate(formula.constants)}}
    for name, operation, arguments in formula.lines:
        known[name] = MEANING[operation](*(known[argument] for argument in arguments))
    return [None if result is None else known[result.name] for result in results]


@every_kind
def test_the_formula_of_a_rule_has_the_rules_values(kind):
    make, options, _ = KINDS[kind]
    rule = make.rule
    names = rule.__code__.co_varnames[: rule.__code__.co_argcount]
    numbers = {"step": 7, "mu_product": 0.3, "eta": 0.05, "mu": 0.25}
    group = make([tg.ones(1)], **options).param_groups[0]
    numbers = {key: group.get(key, numbers.get(key)) for key in (*make.option_keys, *make.numbers, *make.numbers_after)}
    given = dict(zip(names, (0.7, -0.4, 0.9, 0.2, 0.3)))
    formula, results = formula_of(rule, dict.fromkeys(names, True), numbers)
    expected = rule(*(np.array([given[name]]) for name in names), **numbers)
    for found, wanted in zip(evaluated(formula, results, given), expected, strict=True):
        assert (found is None) == (wanted is None)
        assert found is None or found == pytest.approx(wanted.item(), rel=1e-14)


def test_a_rule_that_asks_about_an_element_cannot_become_a_formula():
    with pytest.raises(TypeError, match=r"where\(condition"):
        formula_of(lambda p, g: (p if g > 0 else -p,), {"p": True, "g": True}, {})
