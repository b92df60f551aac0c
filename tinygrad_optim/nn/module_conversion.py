"""A module's parameters and buffers in another type of numbers, frozen, or rid of their gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import occasions
from ..dtypes import as_dtype, float16, float32, float64
from ..engine import new_tensor
from ..tensor import Tensor

if TYPE_CHECKING:
    from .module import Module


class Conversion:
    """The part of a module that treats all its tensors alike. Each method returns the module."""

    if TYPE_CHECKING:  # what Walks brings
        parameters: Callable[..., Any]
        modules: Callable[..., Any]

    def to(self, dtype: Any = None, *rest: Any, device: Any = None, non_blocking: bool = False) -> Module:
        """Give all that holds floats another floating type: to(float64), or to(tensor) for that tensor's type.

        Buffers of integers stay. The only device is 'cpu'. TypeError for a type that is not floating.
        """
        probe = new_tensor(np.zeros(0, np.float32)).to(dtype, *rest, device=device)
        if not probe.is_floating_point():
            raise TypeError(f"Module.to() only accepts floating point dtypes, such as float64, not {probe.dtype}")
        return convert(self, lambda t: t.to(dtype, *rest, device=device) if t.is_floating_point() else t)

    def type(self, dst_type: Any) -> Module:
        """Give every parameter and buffer this type. RuntimeError for parameters that would not hold floats."""
        wanted = as_dtype(dst_type)
        if wanted.kind != "f" and next(self.parameters(), None) is not None:
            raise RuntimeError(f"parameters must be floating point, to have gradients, and {wanted} is not")
        return convert(self, lambda tensor: tensor.to(wanted))

    def float(self) -> Module:
        """All floats as float32."""
        return self.to(float32)

    def double(self) -> Module:
        """All floats as float64."""
        return self.to(float64)

    def half(self) -> Module:
        """All floats as float16."""
        return self.to(float16)

    def cpu(self) -> Module:
        """Where everything is."""
        return self.to(device="cpu")

    def cuda(self, device: Any = None) -> Module:
        """RuntimeError: there is only the 'cpu'."""
        return self.to(device="cuda")

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters, or fill them with zeros."""
        for look in occasions.zero_grad:
            look(self)
        for parameter in self.parameters():
            parameter.clear_gradient(set_to_none)

    def requires_grad_(self, requires_grad: bool = True) -> Module:
        """Freeze (False) or thaw (True) all parameters."""
        for parameter in self.parameters():
            parameter.requires_grad = requires_grad
        return self  # type: ignore[return-value]


def convert(module: Any, converted: Callable[[Tensor], Tensor]) -> Any:
    """Give a module's parameters and their gradients other numbers in place, and its buffers other tensors.

    All are made before the first is given. A buffer that several modules share stays shared.
    """
    parameters = list(module.parameters())
    moved = [(converted(p.data), None if p.grad is None else converted(p.grad.detach())) for p in parameters]
    buffers = {id(buffer): converted(buffer) for buffer in module.buffers()}
    for parameter, (data, grad) in zip(parameters, moved):
        parameter.data = data
        if grad is not None and grad.dtype != parameter.grad.dtype:
            parameter.grad = grad
    for inner in module.modules():
        for name, buffer in inner._buffers.items():
            if buffer is not None:
                setattr(inner, name, buffers[id(buffer)])
    return module
