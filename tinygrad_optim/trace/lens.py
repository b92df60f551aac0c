"""The same lens on PyTorch: what a Recorder must know to read its tensors and optimizers.

PyTorch is never imported here: its classes are known by their names when the program brings them along. Its tensors
are read through detached copies, so that no graph, no version and no storage of the program's is touched.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import numpy as np

from ..optim import hooks
from .snapshot import SAMPLE, WHOLE, ArrayAt, ObjectAt, places_in

TENSORS = {("torch", "Tensor"): "tensor", ("torch.nn.parameter", "Parameter"): "parameter"}
READABLE = ("grad", "data", "requires_grad", "is_leaf", "ndim")  # a tensor's attributes that are no code of Python's
DTYPES: dict[Any, np.dtype[Any]] = {}  # by PyTorch's
mro_of, name_of = type.__dict__["__mro__"].__get__, type.__dict__["__name__"].__get__
class_dict = type.__dict__["__dict__"].__get__


def full_name(kind: Any) -> tuple[Any, str]:
    """The module and the name of a class, read without running any code of its metaclass."""
    return class_dict(kind).get("__module__"), name_of(kind)


def once(look: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Remember what was found of each class."""
    return lru_cache(maxsize=4096)(look)


@once
def is_torch_optimizer(kind: Any) -> bool:
    """Whether this class is PyTorch's Optimizer, or made from it."""
    return ("torch.optim.optimizer", "Optimizer") in map(full_name, mro_of(kind))


@once
def is_torch_module(kind: Any) -> bool:
    """Whether this class is PyTorch's Module, or made from it."""
    return ("torch.nn.modules.module", "Module") in map(full_name, mro_of(kind))


@once
def torch_tensor_kind(kind: Any) -> str | None:
    """tensor or parameter, if this class is PyTorch's own; None for others, subclasses with ways of their own too."""
    return TENSORS.get(full_name(kind))


def take_torch_tensor(camera: Any, tensor: Any, depth: int) -> ObjectAt:
    """A snapshot of a tensor, as Camera.take makes them. Numbers numpy has no type for are shown as float32."""
    kind, shape = torch_tensor_kind(type(tensor)) or "tensor", tuple(tensor.shape)
    try:
        with sys.modules["torch"]._C.DisableTorchFunction():
            array = looked_at(tensor, shape) if depth > 1 else array_at(tensor, shape, stats=depth == 0)
    except (RuntimeError, TypeError, NotImplementedError):  # sparse, meta, inside vmap: it has no numbers to show
        array = ArrayAt(shape, np.dtype(object))
    return ObjectAt(kind, type(tensor).__name__, camera.token(tensor), None, array, 0, shape)


def looked_at(tensor: Any, shape: tuple[int, ...]) -> ArrayAt:
    """Shape and type alone."""
    dtype = tensor.dtype
    if dtype not in DTYPES:
        DTYPES[dtype] = as_numpy(tensor.detach().reshape(-1)[:0]).dtype
    return ArrayAt(shape, DTYPES[dtype])


def array_at(tensor: Any, shape: tuple[int, ...], stats: bool) -> ArrayAt:
    """A copy of a small tensor; of a large one a sample, and its range and norm."""
    held = tensor.detach()
    if held.numel() <= WHOLE:
        numbers = as_numpy(held)
        return ArrayAt(shape, numbers.dtype, numbers)
    flat = held.reshape(-1)
    numbers = as_numpy(flat[places_in(held.numel()).tolist()])
    assert numbers.size == SAMPLE
    if not stats or numbers.dtype.kind not in "fiu":
        return ArrayAt(shape, numbers.dtype, numbers)
    low, high = as_numpy(flat.min())[()], as_numpy(flat.max())[()]
    norm = float(flat.float().norm()) if numbers.dtype.kind == "f" else None
    return ArrayAt(shape, numbers.dtype, numbers, low, high, norm)


def as_numpy(tensor: Any) -> np.ndarray[Any, Any]:
    """A copy as an array: asking the tensor itself would fix the size of its storage for good."""
    copied = tensor.clone().cpu()
    try:
        found: np.ndarray[Any, Any] = copied.numpy()
    except TypeError:  # bfloat16 and its like
        found = copied.float().numpy()
    return found


def read_torch(descriptor: Any, name: str) -> Any:
    """How to read this attribute of PyTorch's tensors: straight from the slot. Of a result, .grad would warn."""

    def read_slot(tensor: Any) -> Any:
        if name == "grad" and not (tensor.is_leaf or tensor.retains_grad):
            return None
        return descriptor.__get__(tensor)

    return read_slot


def names_in_module(module: Any) -> Iterator[tuple[Any, str]]:
    """(parameter, dotted name) in a module of PyTorch's, read from the modules' own dicts."""
    stack, seen = [("", module)], set()
    while stack:
        path, one = stack.pop()
        held = one.__dict__
        if id(one) in seen:
            continue
        seen.add(id(one))
        for name, p in (held.get("_parameters") or {}).items():
            if p is not None:
                yield p, path + name
        inner = (held.get("_modules") or {}).items()
        stack.extend((f"{path}{name}.", child) for name, child in reversed(list(inner)) if child is not None)


class StepCount:
    """A hook on every optimizer's step, on PyTorch's too as soon as the program has brought them along."""

    def __init__(self, hook: Any) -> None:
        self.hook, self.handles = hook, [hooks.register_optimizer_step_post_hook(hook)]
        self.look_for_torch()

    def look_for_torch(self) -> None:
        """Register with PyTorch, if it is there and was not there before."""
        register = getattr(sys.modules.get("torch.optim.optimizer"), "register_optimizer_step_post_hook", None)
        if register is not None and len(self.handles) == 1:
            self.handles.append(register(self.hook))

    def remove(self) -> None:
        for handle in self.handles:
            handle.remove()
