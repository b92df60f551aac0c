"""autograd.functional, against derivatives worked out by hand, and gradcheck's arguments."""

from __future__ import annotations

import pytest

import tinygrad_optim as tg
from tinygrad_optim.autograd import functional, grad


def vector(*numbers):
    return tg.tensor(list(numbers), dtype=tg.float64)


def product(x, y):
    """x_i * y, and the sum of x squared."""
    return x * y, (x * x).sum()


def test_the_jacobian_of_a_square():
    assert functional.jacobian(lambda x: x * x, vector(1.0, 2.0)).tolist() == [[2.0, 0.0], [0.0, 4.0]]


def test_the_jacobian_of_several_by_several_is_nested_outputs_first():
    found = functional.jacobian(product, (vector(1.0, 2.0), vector(3.0)))
    assert [[part.tolist() for part in row] for row in found] == [
        [[[3.0, 0.0], [0.0, 3.0]], [[1.0], [2.0]]],
        [[2.0, 4.0], [0.0]],
    ]


def test_the_hessian_of_a_cubic():
    assert functional.hessian(lambda x: (x**3).sum(), vector(1.0, 2.0)).tolist() == [[6.0, 0.0], [0.0, 12.0]]


def test_the_hessian_by_two_inputs():
    found = functional.hessian(lambda x, y: (x * y * y).sum(), (vector(3.0), vector(5.0)))
    assert [[part.tolist() for part in row] for row in found] == [[[[0.0]], [[10.0]]], [[[10.0]], [[6.0]]]]


def test_products_with_vectors():
    x, v = vector(1.0, 2.0), vector(10.0, 100.0)
    assert functional.vjp(lambda x: x**3, x, v)[1].tolist() == [30.0, 1200.0]
    assert functional.jvp(lambda x: (x**3).sum(), x, v)[1].item() == 30.0 + 1200.0
    out, found = functional.hvp(lambda x: (x**3).sum(), x, v)
    assert (out.item(), found.tolist()) == (9.0, [60.0, 1200.0])
    assert functional.vhp(lambda x: (x**3).sum(), x, v)[1].tolist() == [60.0, 1200.0]


def test_the_results_can_be_differentiated_if_asked_for():
    x = vector(1.0, 2.0).requires_grad_()
    found = functional.jacobian(lambda x: x**3, x, create_graph=True)
    assert grad(found.sum(), x)[0].tolist() == [6.0, 12.0]
    assert not functional.jacobian(lambda x: x**3, x).requires_grad
    assert x.grad is None


def test_it_works_inside_no_grad():
    with tg.no_grad():
        assert functional.jacobian(lambda x: x * 2, vector(1.0)).tolist() == [[2.0]]


def test_where_nothing_depends_there_are_zeros_and_strict_refuses():
    assert functional.jacobian(lambda x, y: x * 2, (vector(1.0), vector(1.0)))[1].tolist() == [[0.0]]
    assert functional.jacobian(lambda x: tg.ones(1), vector(1.0)).tolist() == [[0.0]]
    with pytest.raises(RuntimeError, match="strict"):
        functional.jacobian(lambda x, y: x * 2, (vector(1.0), vector(1.0)), strict=True)
    with pytest.raises(RuntimeError, match="strict"):
        functional.vjp(lambda x: tg.ones(1), vector(1.0), strict=True)


@pytest.mark.parametrize(
    ("run", "error", "message"),
    [
        (lambda: functional.jacobian(lambda x: x, 3.0), TypeError, "inputs given to jacobian"),
        (lambda: functional.jacobian(lambda x: 3.0, vector(1.0)), TypeError, "outputs of the function"),
        (lambda: functional.hessian(lambda x: x, vector(1.0, 2.0)), RuntimeError, "single Tensor of one element"),
        (lambda: functional.vjp(lambda x: x, vector(1.0, 2.0)), RuntimeError, "vector v can only be None"),
        (lambda: functional.vjp(lambda x: x, vector(1.0), vector(1.0, 2.0)), RuntimeError, "invalid size"),
        (lambda: functional.hvp(lambda x: x, vector(1.0), (vector(1.0),) * 2), RuntimeError, "one for each"),
    ],
)
def test_bad_input_is_refused(run, error, message):
    with pytest.raises(error, match=message):
        run()


def test_gradcheck_is_there_under_autograd_with_pytorchs_arguments():
    x = vector(1.0, 2.0).requires_grad_()
    options = {"check_undefined_grad": True, "check_grad_dtypes": True, "fast_mode": False, "nondet_tol": 0.0}
    assert tg.autograd.gradcheck(lambda x: x * x, (x,), eps=1e-6, atol=1e-5, rtol=1e-3, **options)
    assert tg.autograd.gradgradcheck(lambda x: x**3, (x,), **options, gen_non_contig_grad_outputs=False)
