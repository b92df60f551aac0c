"""Products of vectors and matrices against PyTorch, and all forms of einsum."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_optim as tg

torch = pytest.importorskip("torch", reason="parity needs PyTorch, which is not installed here")

from test_ops_parity import array_of, assert_parity, assert_same, assert_same_outcome, outcome  # noqa: E402

PRODUCTS = {
    "dot": (lambda lib, x, y: lib.dot(x, y), [(3,), (3,)]),
    "dot of nothing": (lambda lib, x, y: x.dot(y), [(0,), (0,)]),
    "mv": (lambda lib, x, y: x.mv(y), [(2, 3), (3,)]),
    "mm": (lambda lib, x, y: lib.mm(x, y), [(2, 3), (3, 4)]),
    "bmm": (lambda lib, x, y: x.bmm(y), [(2, 2, 3), (2, 3, 4)]),
    "bmm of no matrices": (lambda lib, x, y: lib.bmm(x, y), [(0, 2, 3), (0, 3, 4)]),
    "outer": (lambda lib, x, y: lib.outer(x, y), [(2,), (3,)]),
    "addmm": (lambda lib, b, x, y: lib.addmm(b, x, y, beta=0.5, alpha=2), [(4,), (2, 3), (3, 4)]),
    "addmm of a column": (lambda lib, b, x, y: b.addmm(x, y), [(2, 1), (2, 3), (3, 4)]),
    "addmm without the first": (lambda lib, b, x, y: b.addmm(x, y, beta=0) + b, [(4,), (2, 3), (3, 4)]),
    "addmv": (lambda lib, b, x, y: lib.addmv(b, x, y, alpha=-1), [(2,), (2, 3), (3,)]),
    "baddbmm": (lambda lib, b, x, y: lib.baddbmm(b, x, y, beta=3, alpha=2), [(2, 1), (2, 2, 3), (2, 3, 4)]),
    "trace": (lambda lib, x: x.trace() * x, [(3, 3)]),
    "trace of a wide one": (lambda lib, x: lib.trace(x * x), [(2, 5)]),
    "trace of a tall one": (lambda lib, x: lib.trace(x * x), [(5, 2)]),
    "trace of nothing": (lambda lib, x: x.trace(), [(0, 3)]),
    "tensordot": (lambda lib, x, y: lib.tensordot(x, y), [(2, 3, 4), (3, 4, 2)]),
    "tensordot over one": (lambda lib, x, y: lib.tensordot(x, y, 1), [(2, 3), (3, 4)]),
    "tensordot over none": (lambda lib, x, y: lib.tensordot(x, y, dims=0), [(2, 3), (2,)]),
    "tensordot crossed": (lambda lib, x, y: lib.tensordot(x, y, ([0, 2], [-1, 0])), [(2, 3, 4), (4, 5, 2)]),
}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("layout", ["plain", "transposed"])
@pytest.mark.parametrize("name", PRODUCTS)
def test_a_product_agrees(name, layout, dtype):
    function, shapes = PRODUCTS[name]
    assert_parity(
        function, *(array_of(shape, dtype, seed=i) for i, shape in enumerate(shapes)), layout=layout, scale=50
    )


EQUATIONS = {
    "ij,jk->ik": [(2, 3), (3, 4)],
    "ij,jk": [(2, 3), (3, 4)],
    " i j , k j -> k i ": [(2, 3), (4, 3)],
    "ba": [(2, 3)],
    "ij->ji": [(2, 3)],
    "ij->": [(2, 3)],
    "ij->j": [(2, 3)],
    "i,i": [(3,), (3,)],
    "i,i->i": [(3,), (3,)],
    "i,j->ij": [(3,), (2,)],
    "i,j": [(3,), (2,)],
    "ii": [(3, 3)],
    "ii->i": [(3, 3)],
    "iij->ij": [(3, 3, 2)],
    "iji->ij": [(3, 2, 3)],
    "iijj->ji": [(2, 2, 3, 3)],
    "iii->i": [(3, 3, 3)],
    "ii,i->i": [(3, 3), (3,)],
    "ij,ij->": [(2, 3), (2, 3)],
    "ij,ij->ij": [(2, 3), (2, 3)],
    "bij,bjk->bik": [(2, 2, 3), (2, 3, 4)],
    "bhqd,bhkd->bhqk": [(2, 2, 3, 4), (2, 2, 5, 4)],
    "bhqk,bkhd->bqhd": [(2, 2, 3, 5), (2, 5, 2, 4)],
    "i,ij,j->": [(2,), (2, 3), (3,)],
    "ij,jk,kl->il": [(2, 3), (3, 4), (4, 2)],
    "ab,ac,ad->bcd": [(2, 3), (2, 2), (2, 4)],
    "bn,anm,bm->ba": [(2, 3), (5, 3, 4), (2, 4)],
    "...ij,...jk->...ik": [(2, 2, 3), (2, 3, 4)],
    "...ij,jk": [(2, 2, 3), (3, 4)],
    "...i,...i": [(2, 3), (3,)],
    "i...->...i": [(2, 3, 4)],
    "i...->i": [(2, 3)],
    "...->...": [(2, 3)],
    "...": [(2, 3)],
    "...,...->...": [(2, 1), (3,)],
    "...ii->...i": [(2, 3, 3)],
    "a...b,b...->a...": [(2, 5, 3), (3, 5)],
    "...a,a...->...": [(2, 3), (3, 2)],
    "Ba,aC": [(2, 3), (3, 4)],
    "ij,j": [(2, 3), (1,)],
    "ij,ij->i": [(1, 3), (2, 1)],
    "": [()],
    ",->": [(), ()],
    "i,->i": [(3,), ()],
    "ik,kj->ij": [(2, 0), (0, 4)],
    "i->": [(0,)],
}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("equation", EQUATIONS)
def test_einsum_agrees(equation, dtype):
    arrays = [array_of(shape, dtype, seed=i) for i, shape in enumerate(EQUATIONS[equation])]
    assert_parity(lambda lib, *tensors: lib.einsum(equation, *tensors), *arrays, scale=50)


def test_einsum_takes_a_list_and_integers():
    x = np.arange(6).reshape(2, 3)
    assert_same(tg.einsum("ij,kj", [tg.tensor(x)] * 2), torch.einsum("ij,kj", [torch.tensor(x)] * 2))


def test_einsum_of_strided_views_agrees():
    x, y = array_of((3, 4, 2)), array_of((2, 4, 5), seed=1)
    assert_parity(lambda lib, x, y: lib.einsum("abc,cbd->ad", x, y), x, y, layout="transposed")


REFUSED = {
    "too few subscripts": ("ij,jk", [(3,), (3,)]),
    "too many dimensions": ("i", [(3, 3)]),
    "more subscripts than dimensions beside ...": ("ij...", [(3,)]),
    "a result from nowhere": ("ij->ik", [(2, 2)]),
    "a letter twice in the result": ("ij->ii", [(2, 2)]),
    "sizes that differ": ("i,i", [(3,), (2,)]),
    "a diagonal that is none": ("ii", [(2, 3)]),
    "a digit": ("i1", [(2, 3)]),
    "more operands than told": ("i", [(3,), (3,)]),
    "fewer operands than told": ("i,j", [(3,)]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_an_equation_that_does_not_fit_is_refused_as_in_pytorch(name):
    equation, shapes = REFUSED[name]
    ours, theirs = (outcome(lambda lib=lib: lib.einsum(equation, *map(lib.ones, shapes))) for lib in (tg, torch))
    assert ours == theirs == "RuntimeError"


BAD = {
    "matmul of a list": lambda lib: lib.matmul([1.0], lib.ones(1)),
    "matmul with a list": lambda lib: lib.ones(1) @ [1.0],
    "mm of a list": lambda lib: lib.mm([1.0], lib.ones(1, 1)),
    "mm of vectors": lambda lib: lib.mm(lib.ones(3), lib.ones(3)),
    "dot with a list": lambda lib: lib.dot(lib.ones(1), [1.0]),
    "dot of matrices": lambda lib: lib.dot(lib.ones(1, 1), lib.ones(1, 1)),
    "dot of unequal lengths": lambda lib: lib.dot(lib.ones(3), lib.ones(1)),
    "dot of unlike types": lambda lib: lib.dot(lib.ones(1), lib.tensor([1])),
    "mv of two vectors": lambda lib: lib.mv(lib.ones(2), lib.ones(2)),
    "mv of sizes that differ": lambda lib: lib.mv(lib.ones(2, 2), lib.ones(3)),
    "mv of unlike types": lambda lib: lib.mv(lib.ones(2, 2), lib.ones(2).double()),
    "bmm of matrices": lambda lib: lib.bmm(lib.ones(2, 2), lib.ones(2, 2)),
    "bmm of unequal stacks": lambda lib: lib.bmm(lib.ones(2, 3, 4), lib.ones(1, 4, 1)),
    "bmm of sizes that differ": lambda lib: lib.bmm(lib.ones(2, 3, 4), lib.ones(2, 5, 1)),
    "outer of a matrix": lambda lib: lib.outer(lib.ones(2, 2), lib.ones(2)),
    "addmm of unlike types": lambda lib: lib.addmm(lib.tensor([1, 2]), lib.ones(2, 2), lib.ones(2, 2)),
    "addmm that does not broadcast": lambda lib: lib.addmm(lib.ones(3), lib.ones(2, 2), lib.ones(2, 2)),
    "addmm that is too large": lambda lib: lib.addmm(lib.ones(3, 2, 2), lib.ones(2, 2), lib.ones(2, 2)),
    "trace of a vector": lambda lib: lib.trace(lib.ones(2)),
    "tensordot of sizes that differ": lambda lib: lib.tensordot(lib.ones(2, 3), lib.ones(2, 3), 1),
    "einsum of a list": lambda lib: lib.einsum("i,i", lib.ones(1), [1.0]),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_raises_pytorch_s_exception(name):
    theirs = outcome(lambda: BAD[name](torch))
    assert isinstance(theirs, str)
    assert_same_outcome(outcome(lambda: BAD[name](tg)), theirs, name)
