"""Names and arguments that older courses use, beside PyTorch's: the same types, shapes, numbers and errors."""

from __future__ import annotations

import pytest

import tinygrad_optim as tg

torch = pytest.importorskip("torch", reason="parity needs PyTorch, which is not installed here")

TYPES = ["Bool", "Byte", "Char", "Double", "Float", "Half", "Int", "Long", "Short"]


def described(found):
    """Type, shape and numbers, as text."""
    return str(found.dtype).replace("torch.", ""), tuple(found.shape), found.tolist(), found.requires_grad


@pytest.mark.parametrize("name", [f"{kind}Tensor" for kind in TYPES])
def test_a_typed_tensor_holds_the_numbers_of_a_list(name):
    ours, theirs = (getattr(lib, name)([[1, 0], [0, 1]]) for lib in (tg, torch))
    assert described(ours) == described(theirs)


@pytest.mark.parametrize("name", ["Tensor", *[f"{kind}Tensor" for kind in TYPES]])
@pytest.mark.parametrize("sizes", [(3,), (2, 3), (0, 2)], ids=str)
def test_ints_alone_are_a_shape(name, sizes):
    ours, theirs = (getattr(lib, name)(*sizes) for lib in (tg, torch))
    assert described(ours)[:2] == described(theirs)[:2]


@pytest.mark.parametrize("data", [[], [1, 2], [[1.5], [2.0]]], ids=str)
def test_a_tensor_holds_the_numbers_of_a_list(data):
    assert described(tg.Tensor(data)) == described(torch.Tensor(data))


@pytest.mark.parametrize("dtype", ["float64", "int64"])
def test_new_makes_a_tensor_of_the_same_type(dtype):
    ours, theirs = (lib.zeros(2, dtype=getattr(lib, dtype)) for lib in (tg, torch))
    assert described(ours.new([1, 2])) == described(theirs.new([1, 2]))
    assert described(ours.new(2, 3).zero_()) == described(theirs.new(2, 3).zero_())
    assert described(ours.new()) == described(theirs.new())


@pytest.mark.parametrize(
    "wrong", [lambda lib: lib.Tensor(2, 1.5), lambda lib: lib.LongTensor(-1), lambda lib: lib.ones(2).new(2, 1.5)]
)
def test_a_wrong_size_raises_pytorchs_exception(wrong):
    with pytest.raises((TypeError, RuntimeError)) as theirs:
        wrong(torch)
    with pytest.raises(theirs.type):
        wrong(tg)


@pytest.mark.parametrize("requires_grad", [False, True])
def test_a_variable_is_a_leaf_on_the_same_memory(requires_grad):
    found = []
    for lib in (tg, torch):
        source = lib.ones(2, requires_grad=True) * 2
        made = lib.autograd.Variable(source, requires_grad=requires_grad)
        assert made.data_ptr() == source.data_ptr()
        assert made.is_leaf
        found.append(described(made))
    assert found[0] == found[1]
    assert described(tg.autograd.Variable(tg.arange(3))) == described(torch.autograd.Variable(torch.arange(3)))
    for lib in (tg, torch):
        with pytest.raises(TypeError, match="has to be a tensor"):
            lib.autograd.Variable([1.0])


def test_only_inputs_stands_where_pytorch_has_it_and_false_warns():
    for lib in (tg, torch):
        x = lib.ones(2, requires_grad=True)
        other = lib.ones(2, requires_grad=True)
        (gradient,) = lib.autograd.grad((x * x).sum(), x, None, None, True, True)
        assert gradient.tolist() == [2.0, 2.0]
        assert gradient.requires_grad
        with pytest.raises(RuntimeError, match="not have been used"):  # the seventh argument is allow_unused
            lib.autograd.grad(x.sum(), other, None, None, False, True, False)
        with pytest.warns(FutureWarning, match="only_inputs"):
            lib.autograd.grad(x.sum(), x, only_inputs=False)


@pytest.mark.parametrize("dims", [[1], (0, 1), (-1,)], ids=str)
def test_flip_takes_dims_by_name(dims):
    for found in (lambda lib, x: lib.flip(x, dims=dims), lambda lib, x: x.flip(dims=dims)):
        ours, theirs = (found(lib, lib.arange(6).view(2, 3)) for lib in (tg, torch))
        assert ours.tolist() == theirs.tolist()


@pytest.mark.parametrize("dtype", ["float64", "float32", "int32", "bool"])
def test_a_tensor_tells_how_many_elements_of_how_many_bytes_it_has(dtype):
    sizes = []
    for lib in (tg, torch):
        x = lib.ones(2, 3, dtype=getattr(lib, dtype))
        assert x[1].data_ptr() - x.data_ptr() == 3 * x.itemsize
        sizes.append((x.nelement(), x.element_size(), x.itemsize))
    assert sizes[0] == sizes[1]


def test_size_is_a_type_of_shapes():
    for lib in (tg, torch):
        assert lib.ones(2, 3).shape == lib.Size([2, 3])
        assert isinstance(lib.ones(2).size(), lib.Size)


@pytest.mark.parametrize("p", [1.0, 2.0, 3.0, float("inf")])
@pytest.mark.parametrize("keepdim", [False, True])
def test_pairwise_distance(p, keepdim):
    found = []
    for lib in (tg, torch):
        x = lib.tensor([[1.0, -2.0, 0.5], [0.0, 0.0, 3.0]], requires_grad=True)
        y = lib.tensor([1.0, 1.0, 1.0], requires_grad=True)
        distances = lib.nn.PairwiseDistance(p, keepdim=keepdim)(x, y)
        distances.square().sum().backward()
        found.append([distances.tolist(), x.grad.tolist(), y.grad.tolist(), lib.nn.PairwiseDistance().eps])
    for ours, theirs in zip(*found, strict=True):
        torch.testing.assert_close(torch.tensor(ours), torch.tensor(theirs), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("loss", ["MSELoss", "CrossEntropyLoss", "BCELoss"])
def test_a_loss_given_tensors_when_it_is_made_is_refused(loss):
    for lib in (tg, torch):
        make, given = getattr(lib.nn, loss), (lib.ones(4, 3), lib.ones(4))
        with pytest.raises(RuntimeError):
            make(*given)
