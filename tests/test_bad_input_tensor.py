"""What tensors refuse: PyTorch's exception types, messages that say what to do, and nothing changed.

Each case gives the exception that PyTorch 2.13 raises for the same program, and parts of our message: what is
wrong, what was found, what to do.
"""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_optim as tg


def leaf():
    return tg.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)


def plain():
    return tg.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


def ints():
    return tg.tensor([[1, 2, 3], [4, 5, 6]])


def mask():
    return tg.tensor([[True, False, True], [False, True, False]])


def set_grad(x, value):
    x.grad = value


def set_item(x, index, value):
    x[index] = value


CASES = {
    # backward
    "backward of many elements": (
        leaf, lambda x: (x * 2).backward(), RuntimeError, ["only for scalar outputs", "(2, 3)", ".sum()"]),
    "backward of what needs no gradient": (
        plain, lambda x: x.sum().backward(), RuntimeError, ["does not require grad", "requires_grad=True"]),
    "backward of what was computed in no_grad": (
        leaf, lambda x: tg.no_grad(lambda: x.sum())().backward(), RuntimeError, ["does not require grad", "no_grad"]),
    "backward with a gradient of another shape": (
        leaf, lambda x: (x * 2).backward(tg.ones(3)), RuntimeError, ["Mismatch in shape", "(3,)", "(2, 3)"]),
    "backward with a number for a gradient": (
        leaf, lambda x: x.sum().backward(1.0), TypeError, ["Tensors or None", "float"]),
    "grad of what needs no gradient": (
        plain, lambda x: tg.autograd.grad((x * leaf()).sum(), x), RuntimeError, ["input 0", "does not require grad"]),
    "grad with too few weights": (
        leaf, lambda x: tg.autograd.grad([x * 2, x * 3], x, [tg.ones(2, 3)]), RuntimeError, ["2 tensors and 1 grad"]),
    # gradients
    "a gradient that is no tensor": (
        leaf, lambda x: set_grad(x, np.ones((2, 3))), TypeError, ["assigned grad", "ndarray", "Tensor or None"]),
    "a gradient of another shape": (
        leaf, lambda x: set_grad(x, tg.ones(3)), RuntimeError, ["(3,)", "(2, 3)", "must be the same"]),
    "a gradient of another type": (
        leaf, lambda x: set_grad(x, tg.ones(2, 3, dtype=tg.float64)), RuntimeError, ["float64", "float32"]),
    "integers that require a gradient": (
        ints, lambda x: x.requires_grad_(), RuntimeError, ["floating point", "int64", ".float()"]),
    "a tensor made of integers with requires_grad": (
        ints, lambda x: tg.tensor([1, 2], requires_grad=True), RuntimeError, ["floating point", "int64", "1.0"]),
    "a computed tensor told to need no gradient": (
        leaf, lambda x: (x * 2).requires_grad_(False), RuntimeError, ["leaf variables", "MulBackward0", "detach()"]),
    "numpy of what requires a gradient": (
        leaf, lambda x: x.numpy(), RuntimeError, ["requires grad", "detach().numpy()"]),
    "an array made of what requires a gradient": (
        leaf, lambda x: np.asarray(x), RuntimeError, ["requires grad", "detach().numpy()"]),
    # operands
    "a string as an operand": (leaf, lambda x: x + "a", TypeError, ["str", "'a'"]),
    "None as an operand": (leaf, lambda x: x * None, TypeError, ["NoneType", "None"]),
    "a list as an operand": (leaf, lambda x: x * [1, 2, 3], TypeError, ["list", "[1, 2, 3]", "tensor("]),
    "a string on the left": (leaf, lambda x: "a" - x, TypeError, ["str", "'a'"]),
    "None compared by size": (leaf, lambda x: x < None, TypeError, ["NoneType"]),
    "shapes that do not broadcast": (
        leaf, lambda x: x + tg.ones(2), RuntimeError, ["add", "(2, 3)", "(2,)", "unsqueeze"]),
    "shapes that do not broadcast in where": (
        leaf, lambda x: tg.where(x > 0, x, tg.ones(2)), RuntimeError, ["where", "(2, 3)", "(2,)"]),
    "where with numbers for a condition": (
        leaf, lambda x: tg.where(x, x, x), RuntimeError, ["boolean tensor", "x > 0"]),
    "a difference of masks": (mask, lambda x: x - x, RuntimeError, ["Subtraction", "bool", ".long()"]),
    "a number minus a mask": (mask, lambda x: 1 - x, RuntimeError, ["Subtraction", "bool", "mask == False"]),
    "minus a mask": (mask, lambda x: -x, RuntimeError, ["Negation", "bool", "mask == False"]),
    "a mask to the power of a mask": (mask, lambda x: x**x, NotImplementedError, ["pow", "bools", ".long()"]),
    "a negative power of integers": (
        ints, lambda x: x**-1, RuntimeError, ["negative integer powers", "-1", ".float()"]),
    "exp of a number": (leaf, lambda x: tg.exp(1.0), TypeError, ["expected a Tensor", "float", "tensor("]),
    # products
    "matrices whose sizes differ": (
        leaf, lambda x: x @ tg.ones(2, 3), RuntimeError, ["cannot be multiplied", "(2, 3) and (2, 3)", "last size"]),
    "vectors whose sizes differ": (leaf, lambda x: x[0] @ tg.ones(2), RuntimeError, ["3", "2", "(3,) and (2,)"]),
    "matrices of two types": (
        leaf, lambda x: x @ tg.ones(3, 2, dtype=tg.float64), RuntimeError, ["float32 != float64", ".to()"]),
    "a matrix and integers": (leaf, lambda x: x @ ints().t(), RuntimeError, ["same dtype", "int64"]),
    "a matrix and a number": (leaf, lambda x: x @ 2, TypeError, ["expected a Tensor", "int"]),
    "a matrix and a 0-d tensor": (leaf, lambda x: x @ tg.tensor(2.0), RuntimeError, ["at least 1D", "2D and 0D"]),
    "mm of a vector": (leaf, lambda x: x.mm(tg.ones(3)), RuntimeError, ["must be a matrix", "(3,)", "matmul()"]),
    # in place
    "a leaf written in place": (
        leaf, lambda x: x.add_(1), RuntimeError, ["leaf Variable", "in-place", "(2, 3)", "no_grad"]),
    "a leaf written by +=": (leaf, lambda x: x.__iadd__(1), RuntimeError, ["leaf Variable", "no_grad"]),
    "a leaf written at an index": (leaf, lambda x: set_item(x, 0, 1.0), RuntimeError, ["leaf Variable", "no_grad"]),
    "a write that would change the shape": (
        plain, lambda x: x.add_(tg.ones(4, 2, 3)), RuntimeError, ["(4, 2, 3)", "(2, 3)", "does not fit"]),
    "integers written with floats": (
        ints, lambda x: x.mul_(1.5), RuntimeError, ["float32 can't be cast to int64", ".to("]),
    "integers divided in place": (ints, lambda x: x.div_(2), RuntimeError, ["can't be cast to int64"]),
    "bools written with integers": (mask, lambda x: x.add_(1), RuntimeError, ["int64 can't be cast to bool"]),
    "copy_ of an array": (plain, lambda x: x.copy_(np.ones((2, 3))), TypeError, ["Tensor", "ndarray", "from_numpy"]),
    "copy_ of another shape": (plain, lambda x: x.copy_(tg.ones(2)), RuntimeError, ["(2, 3)", "(2,)"]),
    "fill_ with a string": (plain, lambda x: x.fill_("a"), TypeError, ["number", "str", "'a'"]),
    "data that is no tensor": (plain, lambda x: setattr(x, "data", [1.0]), TypeError, ["Tensor", "list"]),
    # numbers out of tensors
    "item of many": (plain, lambda x: x.item(), RuntimeError, ["6 elements", "Scalar", "(2, 3)"]),
    "float of many": (plain, lambda x: float(x), ValueError, ["only one element", "(2, 3)", ".sum()"]),
    "int of many": (plain, lambda x: int(x), ValueError, ["only one element", "(2, 3)"]),
    "truth of many": (plain, lambda x: bool(x), RuntimeError, ["ambiguous", "6 elements", "(2, 3)"]),
    "a float as an index": (plain, lambda x: [1, 2][x[0, 0]], TypeError, ["only integer tensors"]),
    "len of a number": (plain, lambda x: len(x.sum()), TypeError, ["0-d tensor", "item()"]),
    "iteration over a number": (plain, lambda x: list(x.sum()), TypeError, ["0-d tensor", "item()"]),
    # indices
    "an index out of range": (leaf, lambda x: x[5], IndexError, ["index 5", "size 2"]),
    "a second index out of range": (leaf, lambda x: x[0, -4], IndexError, ["-4", "size 3"]),
    "a tensor index out of range": (leaf, lambda x: x[tg.tensor([0, 7])], IndexError, ["index 7", "size 2"]),
    "too many indices": (leaf, lambda x: x[0, 0, 0], IndexError, ["too many indices"]),
    "a float index": (leaf, lambda x: x[1.5], IndexError, ["integers or bools", "float64"]),
    "a tensor of floats as an index": (leaf, lambda x: x[tg.ones(2)], IndexError, ["integers or bools", "float32"]),
    "a string as an index": (leaf, lambda x: x["a"], TypeError, ["ints, slices", "str", "'a'"]),
    "a mask of another shape": (leaf, lambda x: x[tg.tensor([True])], IndexError, ["boolean index", "2", "1"]),
    "a slice backwards": (leaf, lambda x: x[::-1], ValueError, ["step must be", "-1"]),
    "a write out of range": (plain, lambda x: set_item(x, 5, 1.0), IndexError, ["index 5", "size 2"]),
    "gather out of range": (
        leaf, lambda x: x.gather(1, tg.tensor([[3]])), RuntimeError, ["index 3", "dimension 1", "size 3"]),
    "gather with floats": (leaf, lambda x: x.gather(1, tg.ones(1, 1)), RuntimeError, ["int64 for index", "float32"]),
    "gather with another number of dimensions": (
        leaf, lambda x: x.gather(1, tg.tensor([0])), RuntimeError, ["same number of dimensions", "1 and 2"]),
    "gather with an index too large": (
        leaf, lambda x: x.gather(1, tg.zeros(3, 1, dtype=tg.int64)), RuntimeError, ["(3, 1)", "(2, 3)"]),
    # dimensions and shapes
    "a dim out of range": (leaf, lambda x: x.sum(2), IndexError, ["Dimension out of range", "[-2, 1]", "2 dimensions"]),
    "a dim out of range in a tuple": (leaf, lambda x: x.mean((0, -3)), IndexError, ["[-2, 1]", "-3"]),
    "a dim twice": (leaf, lambda x: x.sum((0, -2)), RuntimeError, ["more than once", "(0, -2)"]),
    "a dim that is no int": (leaf, lambda x: x.sum("a"), TypeError, ["dim must be an int", "str"]),
    "softmax without a dim": (leaf, lambda x: x.softmax(), TypeError, ["needs dim", "dim=-1"]),
    "softmax along a dim out of range": (leaf, lambda x: x.softmax(2), IndexError, ["[-2, 1]"]),
    "softmax of integers": (ints, lambda x: x.softmax(0), NotImplementedError, ["int64", ".float()"]),
    "mean of integers": (ints, lambda x: x.mean(), RuntimeError, ["mean()", "int64", ".float()"]),
    "max of nothing": (leaf, lambda x: x[:0].max(), RuntimeError, ["no maximum of no elements", "(0, 3)"]),
    "max of nothing along a dim": (leaf, lambda x: x[:0].max(0), IndexError, ["no maximum of no elements", "dim=0"]),
    "argmax of nothing": (leaf, lambda x: x[:0].argmax(), IndexError, ["no maximum of no elements", "(0, 3)"]),
    "transpose of a dim out of range": (leaf, lambda x: x.transpose(0, 2), IndexError, ["[-2, 1]", "2"]),
    "t of three dimensions": (leaf, lambda x: x.unsqueeze(0).t(), RuntimeError, ["<= 2", "3D", "transpose()"]),
    "permute with too few dims": (leaf, lambda x: x.permute(0), RuntimeError, ["(0,)", "each of the 2 dimensions"]),
    "permute with a dim twice": (leaf, lambda x: x.permute(0, 0), RuntimeError, ["(0, 0)", "once"]),
    "unsqueeze out of range": (leaf, lambda x: x.unsqueeze(4), IndexError, ["[-3, 2]", "4"]),
    "squeeze out of range": (leaf, lambda x: x.squeeze(2), IndexError, ["[-2, 1]", "2"]),
    "flatten backwards": (leaf, lambda x: x.flatten(1, 0), RuntimeError, ["start_dim 1", "end_dim 0"]),
    "reshape to a wrong count": (leaf, lambda x: x.reshape(4), RuntimeError, ["(4,)", "6 elements", "multiply to 6"]),
    "reshape with two unknowns": (leaf, lambda x: x.reshape(-1, -1), RuntimeError, ["(-1, -1)", "6 elements"]),
    "reshape to a string": (leaf, lambda x: x.reshape("a"), TypeError, ["integers", "str"]),
    "view of what lies otherwise": (leaf, lambda x: x.t().view(6), RuntimeError, ["(6,)", "(3, 2)", ".reshape"]),
    "expand to another size": (leaf, lambda x: x.expand(2, 4), RuntimeError, ["(2, 3)", "(2, 4)"]),
    "expand to fewer dimensions": (leaf, lambda x: x.expand(3), RuntimeError, ["(3,)", "(2, 3)", "at least 2"]),
    "cat of sizes that differ": (
        leaf, lambda x: tg.cat([x, tg.ones(2, 2)]), RuntimeError, ["cat", "(2, 3)", "(2, 2)"]),
    "cat of dimensions that differ": (leaf, lambda x: tg.cat([x, tg.ones(3)]), RuntimeError, ["(2, 3)", "(3,)"]),
    "cat of nothing": (leaf, lambda x: tg.cat([]), ValueError, ["non-empty list"]),
    "cat of one tensor": (leaf, lambda x: tg.cat(x), TypeError, ["list or tuple of Tensors", "one Tensor"]),
    "cat with a number": (leaf, lambda x: tg.cat([x, 1]), TypeError, ["expected Tensors", "int"]),
    "cat along a dim out of range": (leaf, lambda x: tg.cat([x, x], 2), IndexError, ["[-2, 1]"]),
    "stack of shapes that differ": (
        leaf, lambda x: tg.stack([x, tg.ones(3)]), RuntimeError, ["equal size", "(2, 3)", "(3,)"]),
    "stack of nothing": (leaf, lambda x: tg.stack([]), RuntimeError, ["non-empty list"]),
    # making tensors
    "a tensor of text": (plain, lambda x: tg.tensor("a"), TypeError, ["numbers", "str", "'a'"]),
    "a tensor of a list with text": (plain, lambda x: tg.tensor([1, "a"]), TypeError, ["numbers", "[1, 'a']"]),
    "a tensor of None": (plain, lambda x: tg.tensor(None), RuntimeError, ["could not infer", "NoneType"]),
    "a tensor of a dict": (plain, lambda x: tg.tensor({}), RuntimeError, ["could not infer", "dict"]),
    "a tensor of unequal rows": (plain, lambda x: tg.tensor([[1], [1, 2]]), ValueError, ["equal lengths"]),
    "a tensor of an unknown type": (plain, lambda x: tg.tensor([1], dtype="text"), TypeError, ["dtype", "'text'"]),
    "from_numpy of a list": (plain, lambda x: tg.from_numpy([1]), TypeError, ["np.ndarray", "list"]),
    "zeros of a negative size": (plain, lambda x: tg.zeros(2, -1), RuntimeError, ["negative", "(2, -1)"]),
    "zeros of half a size": (plain, lambda x: tg.zeros(2.5), TypeError, ["integers", "float", "2.5"]),
    "full of text": (plain, lambda x: tg.full((2,), "a"), TypeError, ["number", "str"]),
    "arange without a step": (plain, lambda x: tg.arange(0, 5, 0), RuntimeError, ["arange(0, 5, 0)", "not 0"]),
    "arange the wrong way": (plain, lambda x: tg.arange(5, 0), RuntimeError, ["arange(5, 0, 1)", "direction"]),
    "another device": (plain, lambda x: x.to("mps"), RuntimeError, ["device 'mps'", "cpu"]),
    "random integers by rand": (plain, lambda x: tg.rand(2, dtype=tg.int64), NotImplementedError, ["int64", "float"]),
    "a seed of text": (plain, lambda x: tg.manual_seed("x"), ValueError, ["int", "str", "'x'"]),
    "no seed": (plain, lambda x: tg.manual_seed(None), TypeError, ["int", "NoneType"]),
    "a seed of too many bits": (plain, lambda x: tg.manual_seed(2**64), ValueError, ["64 bits", "65"]),
    "a default type of integers": (plain, lambda x: tg.set_default_dtype(tg.int64), TypeError, ["floating", "int64"]),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_bad_input_is_refused_with_a_message_and_changes_nothing(name):
    make, run, error, parts = CASES[name]
    x = make()
    if x.requires_grad:
        x.grad = tg.full((2, 3), 7.0)
    numbers, history = x.tolist(), x.grad_fn
    tg.manual_seed(5)
    expected_next = tg.rand(1).item()
    tg.manual_seed(5)
    with pytest.raises(error) as caught:
        run(x)
    assert caught.type is error
    for part in parts:
        assert part in str(caught.value)
    assert x.tolist() == numbers
    assert (x.grad_fn, x.requires_grad) == (history, make().requires_grad)
    assert not x.requires_grad or x.grad.tolist() == [[7.0] * 3] * 2
    assert x.dtype == make().dtype
    assert tg.is_grad_enabled()
    assert tg.get_default_dtype() == tg.float32
    assert tg.rand(1).item() == expected_next


def test_a_second_backward_is_refused_and_leaves_the_gradients():
    x = leaf()
    loss = (x * x).sum()
    loss.backward()
    before = x.grad.tolist()
    with pytest.raises(RuntimeError, match="second time") as caught:
        loss.backward()
    assert "retain_graph=True" in str(caught.value)
    assert x.grad.tolist() == before


def test_a_failed_write_leaves_a_computed_tensor_and_its_history():
    y = leaf() * 2
    history = y.grad_fn
    for failing in (lambda: y.add_(tg.ones(4, 2, 3)), lambda: set_item(y, 5, 1.0), lambda: y.copy_(tg.ones(2))):
        with pytest.raises((RuntimeError, IndexError)):
            failing()
    assert y.grad_fn is history
    assert y.tolist() == [[2.0, 4.0, 6.0], [8.0, 10.0, 12.0]]
    y.sum().backward()


def test_a_failed_write_is_not_stamped():
    x, c = leaf(), plain()
    y = (x * c).sum()
    with pytest.raises(RuntimeError):
        c.add_(tg.ones(4, 2, 3))
    with pytest.raises(IndexError):
        c[5] = 1.0
    y.backward()
    assert x.grad.tolist() == c.tolist()


@pytest.mark.parametrize("other", [None, "a", [1.0], object()])
def test_a_tensor_is_never_equal_to_what_is_no_number(other):
    x = plain()
    assert (x == other) is False
    assert (x != other) is True


def test_an_error_about_a_parameter_gives_its_name():
    model = tg.nn.Linear(2, 1)
    with pytest.raises(RuntimeError, match="weight"):
        model.weight.add_(1)
