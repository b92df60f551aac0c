"""Autograd's public face against PyTorch: the same programs give the same numbers, and the same types of errors."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import tinygrad_optim as tg

torch = pytest.importorskip("torch", reason="parity needs PyTorch, which is not installed here")


def leaf(lib, *numbers):
    return lib.tensor(list(numbers), dtype=lib.float64, requires_grad=True)


def plain(value):
    """Tensors as lists, wherever they stand."""
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    return np.round(value.tolist(), 10).tolist() if hasattr(value, "tolist") else value


def cube(lib):
    class Cube(lib.autograd.Function):
        @staticmethod
        def forward(ctx, x, back=None):
            ctx.back = back
            ctx.save_for_backward(x)
            return x * x * x

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return ctx.back(lib, g) if ctx.back else (g * 3 * x * x, None)

    return Cube


def double(lib):
    class Double(lib.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.mark_dirty(x)
            return x.mul_(2)

        @staticmethod
        def backward(ctx, g):
            return g * 2

    return Double


def gradients_of(lib, loss, *inputs):
    return lib.autograd.grad(loss, inputs, allow_unused=True)


def retained(lib):
    x = leaf(lib, 1.0, 2.0)
    y = x * 2
    y.retain_grad()
    y.mul_(3)
    (y * 5).sum().backward(retain_graph=True)
    first = y.grad.clone()
    (y * 5).sum().backward()
    return first, y.grad, x.grad, y.retains_grad, x.retains_grad


def hooked(lib):
    x, seen = leaf(lib, 1.0, 2.0), []
    x.register_hook(lambda g: g + 1)
    x.register_post_accumulate_grad_hook(lambda p: seen.append(p.grad.tolist()))
    y = x * 2
    y.register_hook(lambda g: seen.append(g.tolist()))
    y.mul_(x.detach())
    y.register_hook(lambda g: g * 3)
    y.grad_fn.register_prehook(lambda outputs: (outputs[0] * 2,))
    y.grad_fn.register_hook(lambda inputs, outputs: (inputs[0] * 5, *inputs[1:]))
    y.sum().backward()
    return x.grad, seen


def function(lib):
    x = leaf(lib, 1.0, -2.0)
    y = cube(lib).apply(x * 2)
    (first,) = lib.autograd.grad(y.sum(), x, create_graph=True)
    return y, first, lib.autograd.grad(first.sum(), x)[0], y.grad_fn.name()


def dirty_view(lib):
    x = leaf(lib, 1.0, 2.0, 3.0)
    y = x * x
    z = double(lib).apply(y[1:])
    return z, y, gradients_of(lib, (y * y).sum(), x)


def view_writes(lib):
    x, v = leaf(lib, *range(1, 13)), leaf(lib, 2.0, -1.0, 3.0)
    y = (x * 1).view(4, 3)
    taken = y[2]
    y[1] += v
    y[:, 1] *= v[0]
    y.t()[2, 1:3].copy_(v[:2])
    y.view(-1)[3] = v[2]
    taken.sub_(v)
    return y, taken, gradients_of(lib, (y * y).sum() + (taken**3).sum(), x, v)


def base_written(lib):
    x, v = leaf(lib, 1.0, 2.0, 3.0, 4.0), leaf(lib, 5.0)
    y = x * 1
    first, second = y.view(2, 2), y[1:3]
    chained = first[1]
    y.mul_(v)
    second.add_(v)
    return first, chained, gradients_of(lib, (first**2).sum() + (chained * 7).sum(), x, v)


def detached_write(lib):
    x, w = leaf(lib, 1.0, 2.0), leaf(lib, 3.0, 4.0)
    y = x * 1
    d = y.detach()
    d.mul_(w)
    return y, gradients_of(lib, y.sum(), x, w), gradients_of(lib, d.sum(), x, w) if d.requires_grad else None


def inputs_given(lib):
    x, w = leaf(lib, 1.0), leaf(lib, 2.0)
    a = x * 3
    (a * w).sum().backward(inputs=[x, a])
    return x.grad, a.grad, w.grad


def second_order_functional(lib):
    def f(x, y):
        return (x**3 * y).sum()

    x, y, v = leaf(lib, 1.0, 2.0), leaf(lib, 3.0, -1.0), leaf(lib, 1.0, 10.0).detach()
    F = lib.autograd.functional
    return (
        F.hessian(f, (x, y)), F.hvp(f, (x, y), (v, v * 2)), F.vhp(f, (x, y), (v, v * 2)), F.jvp(f, (x, y), (v, v)),
        F.jacobian(lambda x, y: (x * y, x.sum()), (x, y)), F.vjp(lambda x: x**2, x, v),
        F.hessian(lambda x: (x**4).sum(), x),
    )  # fmt: skip


def modes(lib):
    seen = []
    x = leaf(lib, 1.0)
    with lib.inference_mode():
        t = lib.ones(2, dtype=lib.float64)
        seen += [t.is_inference(), (x * 2).is_inference(), lib.is_grad_enabled(), lib.is_inference_mode_enabled()]
        with lib.inference_mode(False):
            seen += [(x * 2).requires_grad, lib.is_grad_enabled()]
    seen += [(x + t[:1]).requires_grad, t.clone().is_inference(), t[0].is_inference(), t.detach().is_inference()]
    return seen


def versions(lib):
    x = lib.ones(3)
    x.add_(1)
    x[0] = 3.0
    x[1:].mul_(2)
    return x._version, x[0]._version, x.detach()._version, x.data._version


def unneeded_is_not_freed(lib):
    x, w = leaf(lib, 1.0, 2.0), leaf(lib, 3.0, 4.0)
    a, b = (x * x).sum(), (w * w).sum()
    total = a + b
    return lib.autograd.grad(total, x)[0], lib.autograd.grad(total, w)[0]


PROGRAMS = [
    retained, hooked, function, dirty_view, view_writes, base_written, detached_write, inputs_given,
    second_order_functional, modes, versions, unneeded_is_not_freed,
]  # fmt: skip


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_the_program_gives_pytorchs_numbers(program):
    assert plain(program(tg)) == plain(program(torch))


def inferred(lib):
    with lib.inference_mode():
        return lib.ones(2, dtype=lib.float64)


def no_grad_view(lib, y):
    with lib.no_grad():
        return y[0]


def nan(lib):
    with lib.autograd.detect_anomaly():
        (leaf(lib, 0.0, 1.0).sqrt() * 0).sum().backward()


def wrong_return(back):
    return lambda lib: cube(lib).apply(leaf(lib, 1.0, 2.0), back).sum().backward()


def hook_returning(make):
    def run(lib):
        y = leaf(lib, 1.0, 2.0) * 2
        y.register_hook(lambda g: make(lib))
        y.sum().backward()

    return run


def twice(lib):
    y = cube(lib).apply(leaf(lib, 1.0)).sum()
    y.backward()
    y.backward()


def overwritten(lib):
    y = leaf(lib, 1.0) * 1
    z = cube(lib).apply(y)
    y.mul_(2)
    z.backward()


def dirty_leaf(lib):
    double(lib).apply(leaf(lib, 1.0))


G = {
    "grad of integers": lambda lib: lib.autograd.grad(lib.tensor([1]), leaf(lib, 1.0)),
    "grad of no scalar": lambda lib: lib.autograd.grad(leaf(lib, 1.0, 2.0) * 2, leaf(lib, 1.0)),
    "grad of a string": lambda lib: lib.autograd.grad("a", leaf(lib, 1.0)),
    "grad by a string": lambda lib: lib.autograd.grad(leaf(lib, 1.0).sum(), "a"),
    "grad by None": lambda lib: lib.autograd.grad(leaf(lib, 1.0).sum(), None),
    "grad by nothing": lambda lib: lib.autograd.grad(leaf(lib, 1.0).sum(), []),
    "grad of nothing": lambda lib: lib.autograd.grad([], leaf(lib, 1.0)),
    "grad by what needs none": lambda lib: lib.autograd.grad(leaf(lib, 1.0).sum(), lib.ones(1)),
    "grad by an unused input": lambda lib: lib.autograd.grad(leaf(lib, 1.0).sum(), leaf(lib, 1.0)),
    "grad_outputs of another shape": lambda lib: (x := leaf(lib, 1.0), lib.autograd.grad(x * 2, x, lib.ones(3))),
    "grad_outputs a number": lambda lib: (x := leaf(lib, 1.0), lib.autograd.grad(x * 2, x, 3.0)),
    "zeros and no zeros": lambda lib: lib.autograd.grad(
        leaf(lib, 1.0).sum(), leaf(lib, 1.0), materialize_grads=True, allow_unused=False
    ),
    "backward of a string": lambda lib: lib.autograd.backward("a"),
    "backward of what needs none": lambda lib: lib.autograd.backward(lib.ones(1)),
    "backward with a string": lambda lib: leaf(lib, 1.0).backward("a"),
    "backward with a number": lambda lib: leaf(lib, 1.0).sum().backward(2.0),
    "backward with another shape": lambda lib: leaf(lib, 1.0).backward(lib.ones(3)),
    "backward to no inputs": lambda lib: leaf(lib, 1.0).sum().backward(inputs=[]),
    "backward to what needs none": lambda lib: leaf(lib, 1.0).sum().backward(inputs=[lib.ones(1)]),
    "backward twice": twice,
    "a saved tensor overwritten": overwritten,
    "too few gradients": wrong_return(lambda lib, g: g),
    "too many gradients": wrong_return(lambda lib, g: (g, None, g)),
    "a gradient of another shape": wrong_return(lambda lib, g: (lib.ones(3), None)),
    "a gradient that is no tensor": wrong_return(lambda lib, g: (3.0, None)),
    "a gradient for no tensor": wrong_return(lambda lib, g: (g, g)),
    "a Function without forward": lambda lib: type("F", (lib.autograd.Function,), {}).apply(leaf(lib, 1.0)),
    "a dirty leaf": dirty_leaf,
    "a hook's string": hook_returning(lambda lib: "a"),
    "a hook's shape": hook_returning(lambda lib: lib.ones(3)),
    "a hook's type": hook_returning(lambda lib: lib.ones(2, dtype=lib.float32)),
    "a hook where no gradient comes": lambda lib: lib.ones(1).register_hook(print),
    "a leaf's hook on no leaf": lambda lib: (leaf(lib, 1.0) * 1).register_post_accumulate_grad_hook(print),
    "retain_grad where none comes": lambda lib: lib.ones(1).retain_grad(),
    "requires_grad of integers": lambda lib: lib.tensor([1]).requires_grad_(),
    "a write to a leaf": lambda lib: leaf(lib, 1.0).mul_(2),
    "a write to a leaf's view": lambda lib: leaf(lib, 1.0)[0].mul_(2),
    "a write to a no_grad view": lambda lib: no_grad_view(lib, leaf(lib, 1.0) * 1).mul_(2),
    "a write to an expanded view": lambda lib: (leaf(lib, 1.0) * 1).expand(3).mul_(2),
    "inference kept": lambda lib: leaf(lib, 1.0, 2.0) * inferred(lib),
    "inference written": lambda lib: inferred(lib).add_(1),
    "inference's version": lambda lib: inferred(lib)._version,
    "inference's gradient": lambda lib: inferred(lib).requires_grad_(),
    "nan": nan,
    "a mode that is none": lambda lib: lib.set_grad_enabled("a"),
    "jacobian by a number": lambda lib: lib.autograd.functional.jacobian(lambda x: x, 3.0),
    "hessian of no scalar": lambda lib: lib.autograd.functional.hessian(lambda x: x, leaf(lib, 1.0, 2.0)),
    "vjp without v": lambda lib: lib.autograd.functional.vjp(lambda x: x, leaf(lib, 1.0, 2.0)),
    "vjp with another v": lambda lib: lib.autograd.functional.vjp(lambda x: x, leaf(lib, 1.0), leaf(lib, 1.0, 2.0)),
    "strict jacobian": lambda lib: lib.autograd.functional.jacobian(lambda x: lib.ones(1), leaf(lib, 1.0), strict=True),
}


@pytest.mark.parametrize("name", G)
def test_the_wrong_program_raises_pytorchs_type(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(Exception) as theirs:  # noqa: PT011
            G[name](torch)
    with pytest.raises(theirs.type) as ours:
        G[name](tg)
    assert ours.type is theirs.type
    assert str(ours.value)
