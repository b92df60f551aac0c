"""Derivatives of functions: whole Jacobians and Hessians, and their products with vectors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from ..decorated import decorated
from ..engine import new_tensor
from ..functions import stack
from ..grad_mode import enable_grad
from ..tensor import Tensor
from .gradients import grad

F = TypeVar("F", bound=Callable[..., Any])

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]

Function = Callable[..., Any]
Tensors = Any  # a Tensor or a tuple of them


def recorded(function: F) -> F:
    """The function, run where ops are remembered."""
    return decorated(function, enable_grad)


@recorded
def vjp(func: Function, inputs: Tensors, v: Tensors = None, create_graph: bool = False, strict: bool = False) -> Any:
    """(func's outputs, v^T J): the products of v, one for each output, with the Jacobian. v may be left out for one
    output of one element.

    create_graph: the results can be differentiated too. strict: RuntimeError where an output depends on no input.
    """
    xs, single = fresh(inputs, create_graph, "vjp")
    ys, one = called(func, xs, "vjp")
    vs = vectors(v, ys, one, "vjp", "outputs")
    found = gradients(ys, xs, vs, create_graph, strict, "vjp")
    return finished(ys, one, create_graph), finished(found, single, create_graph)


@recorded
def jvp(func: Function, inputs: Tensors, v: Tensors = None, create_graph: bool = False, strict: bool = False) -> Any:
    """(func's outputs, J v): the products of the Jacobian with v, one for each input.

    u^T J is linear in u, and its derivative with respect to u is J: so two walks back make one forward.
    """
    xs, single = fresh(inputs, create_graph, "jvp")
    vs = vectors(v, xs, single, "jvp", "inputs")
    ys, one = called(func, xs, "jvp")
    us = [new_tensor(np.zeros_like(y.array)).requires_grad_() for y in ys]
    products = gradients(ys, xs, us, True, strict, "jvp")
    found = gradients(products, us, vs, create_graph, strict, "jvp", "the Jacobian does not depend on the outputs")
    return finished(ys, one, create_graph), finished(found, one, create_graph)


@recorded
def vhp(func: Function, inputs: Tensors, v: Tensors = None, create_graph: bool = False, strict: bool = False) -> Any:
    """(func's output, v^T H): the product of v, one for each input, with the Hessian. func returns one number."""
    return hessian_product("vhp", func, inputs, v, create_graph, strict)


@recorded
def hvp(func: Function, inputs: Tensors, v: Tensors = None, create_graph: bool = False, strict: bool = False) -> Any:
    """(func's output, H v): as vhp, for a Hessian is symmetric where second derivatives are continuous."""
    return hessian_product("hvp", func, inputs, v, create_graph, strict)


def hessian_product(name: str, func: Function, inputs: Tensors, v: Tensors, create_graph: bool, strict: bool) -> Any:
    """Its product with v: the gradient of (the gradient times v)."""
    xs, single = fresh(inputs, create_graph, name)
    vs = vectors(v, xs, single, name, "inputs")
    ys, one = called(func, xs, name)
    check_number(ys, one, name)
    first = gradients(ys, xs, [None], True, strict, name)
    found = gradients(first, xs, vs, create_graph, strict, name, "the gradient of the output does not depend on input")
    return finished(ys, one, create_graph), finished(found, single, create_graph)


@recorded
def jacobian(
    func: Function,
    inputs: Tensors,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """d(output) / d(input), of shape output.shape + input.shape; nested tuples, outputs first, if there are several.

    One walk back for each element of the outputs. vectorize and strategy are accepted, and change no number.
    """
    if strategy not in ("reverse-mode", "forward-mode"):
        raise ValueError(f"strategy is 'reverse-mode' or 'forward-mode', not {strategy!r}")
    xs, single = fresh(inputs, create_graph, "jacobian")
    ys, one = called(func, xs, "jacobian")
    rows = tuple(jacobian_of(y, xs, create_graph, strict) for y in ys)
    rows = tuple(finished(row, single, create_graph) for row in rows)
    return rows[0] if one else rows


def jacobian_of(y: Tensor, xs: list[Tensor], create_graph: bool, strict: bool) -> list[Tensor]:
    """The derivatives of every element of one output by each input."""
    rows = []
    for i in range(y.array.size):
        seed = np.zeros_like(y.array, order="C")
        seed.reshape(-1)[i] = 1
        rows.append(gradients([y], xs, [new_tensor(seed)], create_graph, strict, "jacobian"))
    if not rows:
        return [new_tensor(np.zeros(y.shape + x.shape, x.dtype)) for x in xs]
    return [stack([row[j] for row in rows]).reshape(y.shape + x.shape) for j, x in enumerate(xs)]


def hessian(
    func: Function,
    inputs: Tensors,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """The second derivatives of a function of one number, input.shape twice; nested tuples for several inputs."""
    single = not isinstance(inputs, tuple | list)

    def slope(*xs: Tensor) -> Any:
        ys = func(*xs)
        check_number([ys] if isinstance(ys, Tensor) else list(ys), isinstance(ys, Tensor), "hessian")
        found = jacobian(lambda *_: ys, AsGiven(xs), create_graph=True, strict=strict)
        return found[0] if single else found

    return jacobian(slope, inputs, create_graph, strict, vectorize, outer_jacobian_strategy)


class AsGiven(tuple[Any, ...]):
    """Inputs that already stand in a graph, and are to be differentiated by as they are."""


def fresh(inputs: Any, create_graph: bool, name: str) -> tuple[list[Tensor], bool]:
    """The inputs as tensors to differentiate by, part of the caller's graph if it goes on; whether it was one."""
    xs = list(inputs) if isinstance(inputs, tuple | list) else [inputs]
    for i, x in enumerate(xs):
        if not isinstance(x, Tensor):
            raise TypeError(
                f"The inputs given to {name} must be either a Tensor or a tuple of Tensors, but the value at index {i} "
                f"has type {type(x).__name__}"
            )
    if not isinstance(inputs, AsGiven):
        xs = [x.reshape(x.shape) if create_graph and x.requires_grad else x.detach().requires_grad_() for x in xs]
    return xs, not isinstance(inputs, tuple | list)


def called(func: Function, xs: list[Tensor], name: str) -> tuple[list[Tensor], bool]:
    """What func returns as a list of Tensors, and whether it was one."""
    out = func(*xs)
    one = not isinstance(out, tuple | list)
    ys = [out] if one else list(out)
    for i, y in enumerate(ys):
        if not isinstance(y, Tensor):
            raise TypeError(
                f"The outputs of the function given to {name} must be either a Tensor or a tuple of Tensors, but the "
                f"value at index {i} has type {type(y).__name__}"
            )
    return ys, one


def check_number(ys: list[Any], one: bool, name: str) -> None:
    """Refuse outputs other than one number. RuntimeError."""
    if not one or ys[0].array.size != 1:
        found = f"{len(ys)} Tensors" if not one else f"one of shape {ys[0].shape}"
        raise RuntimeError(
            f"The function given to {name} should return a single Tensor of one element, but it returned {found}: "
            "reduce it with .sum() or .mean()"
        )


def vectors(v: Any, like: list[Tensor], one: bool, name: str, of: str) -> list[Any]:
    """v as a list of Tensors of these shapes. RuntimeError where it is missing, or does not fit."""
    if v is None:
        if len(like) != 1 or like[0].array.size != 1:
            raise RuntimeError(
                f"The vector v can only be None if the user-provided function of {name} has {of} of a single element: "
                f"their shapes are {[x.shape for x in like]}. Give v, of the same shapes."
            )
        return [new_tensor(np.ones_like(like[0].array))]
    vs = list(v) if isinstance(v, tuple | list) else [v]
    if len(vs) != len(like):
        raise RuntimeError(f"v for {name} holds {len(vs)} Tensors, and there are {len(like)} {of}: give one for each")
    for i, (vector, x) in enumerate(zip(vs, like)):
        if not isinstance(vector, Tensor):
            raise TypeError(f"v for {name} must hold Tensors, but at index {i} it has {type(vector).__name__}")
        if vector.shape != x.shape:
            raise RuntimeError(
                f"v has invalid size at index {i}: {name} needs that of the {of}, {x.shape}, but got {vector.shape}"
            )
    return vs


def gradients(
    ys: Any, xs: Any, vs: Any, create_graph: bool, strict: bool, name: str, unused: str = "no output depends on input"
) -> list[Tensor]:
    """The gradients of ys, weighted by vs, by each of xs; zeros where there is none, or RuntimeError if strict."""
    pairs = [(y, v) for y, v in zip(ys, vs) if y.requires_grad]
    if strict and len(pairs) < len(ys):
        raise RuntimeError(
            f"An output of the function given to {name} does not depend on any input, which strict mode refuses: its "
            "derivatives are all 0"
        )
    found: Any = [None] * len(xs)
    if pairs:
        found = grad([y for y, _ in pairs], xs, [v for _, v in pairs], True, create_graph, allow_unused=True)
    for i, g in enumerate(found):
        if strict and g is None:
            raise RuntimeError(f"{name} in strict mode: {unused} {i}. The derivative is 0 and nothing says so.")
        if strict and create_graph and not g.requires_grad:
            raise RuntimeError(f"{name} in strict mode: the derivative by input {i} is independent of the inputs")
    return [new_tensor(np.zeros_like(x.array)) if g is None else g for g, x in zip(found, xs)]


def finished(tensors: Any, single: bool, create_graph: bool) -> Any:
    """The results, in a tuple unless it is one; without a history unless that was asked for."""
    done = tuple(t if create_graph else t.detach() for t in tensors)
    return done[0] if single else done
