"""Module: a part of a net that knows its parameters and the modules inside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ..dtypes import float32, float64
from ..naming import register
from ..tensor import Tensor
from .module_state import load_state_dict, state_dict
from .parameter import Parameter


class Module:
    """The base of all layers and nets: write `__init__` and `forward` in a subclass, then call it.

    Parameters and modules assigned to attributes are registered under the attribute's name.
    """

    training: bool
    _parameters: dict[str, Any]  # name -> Parameter, or None where one could be
    _modules: dict[str, Any]
    registered: Any = None  # (the module that holds this one, under which name)

    def __init__(self) -> None:
        self.__dict__.update(_parameters={}, _modules={}, training=True)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.forward(*args, **kwargs)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')

    # ---- registration --------------------------------------------------------------------------------

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, Parameter | Module):
            self._register(name, value)
            return
        for shelf in (self.__dict__.get("_parameters", {}), self.__dict__.get("_modules", {})):
            if name in shelf:
                if value is not None:
                    raise TypeError(
                        f"cannot assign a {type(value).__name__} to {name!r}: it is registered as a "
                        f"{type(shelf[name]).__name__}. Assign one of those, or None"
                    )
                shelf[name] = None
        self.__dict__[name] = value

    def _register(self, name: str, value: Parameter | Module) -> None:
        if "_parameters" not in self.__dict__:
            raise AttributeError(
                f"cannot assign {type(value).__name__} {name!r} before Module.__init__() call: "
                "write super().__init__() first in your __init__"
            )
        shelf, other = self._parameters, self._modules
        if isinstance(value, Module):
            shelf, other = other, shelf
        other.pop(name, None)
        shelf[name] = self.__dict__[name] = value  # in the place of what had the name before
        register(self, name, value)

    def __delattr__(self, name: str) -> None:
        self._parameters.pop(name, None)
        self._modules.pop(name, None)
        object.__delattr__(self, name)

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in self.__dict__.items() if key != "registered"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take over what pickle or deepcopy bring; the parts are this copy's own, and are named by it."""
        self.__dict__.update(state)
        for name, held in {**self._parameters, **self._modules}.items():
            if held is not None:
                register(self, name, held)

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Register a parameter under a name; None keeps the name free (a Linear without bias has one).

        TypeError for what is no Parameter; TypeError or KeyError for a name that cannot be one.
        """
        self._check_name("parameter", name, self._parameters)
        if not isinstance(param, Parameter | None):
            raise TypeError(
                f"cannot assign a {type(param).__name__} to parameter {name!r}: it must be a Parameter or None. "
                "Wrap a tensor as Parameter(tensor)"
            )
        if param is None:
            self._parameters[name] = self.__dict__[name] = None
        else:
            setattr(self, name, param)

    def add_module(self, name: str, module: Module) -> None:
        """Register a module under a name that need not be an identifier, such as "0"."""
        if not isinstance(module, Module):
            raise TypeError(f"{type(module).__name__} is not a Module subclass: {module!r:.80}")
        self._check_name("module", name, self._modules)
        self._register(name, module)

    def _check_name(self, kind: str, name: Any, shelf: dict[str, Any]) -> None:
        """TypeError for a name that is no str, KeyError for one that is empty, dotted or taken by another thing."""
        if not isinstance(name, str):
            raise TypeError(f"{kind} name should be a string. Got {type(name).__name__}: {name!r:.80}")
        if not name or "." in name:
            raise KeyError(
                f'{kind} name can\'t be "" or contain ".", which parts the names of nested modules: {name!r}'
            )
        if hasattr(self, name) and name not in shelf:
            raise KeyError(f"attribute {name!r} already exists in {type(self).__name__}: take another name")

    # ---- what it holds -------------------------------------------------------------------------------

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """(name, module) for this module and all inside it, each once."""
        seen: set[int] = set()
        stack: list[tuple[str, Module]] = [(prefix, self)]
        while stack:
            path, module = stack.pop()
            if id(module) in seen:
                continue
            seen.add(id(module))
            yield path, module
            inner = [(f"{path}.{name}" if path else name, m) for name, m in module._modules.items() if m is not None]
            stack.extend(reversed(inner))

    def modules(self) -> Iterator[Module]:
        for _, module in self.named_modules():
            yield module

    def named_children(self) -> Iterator[tuple[str, Module]]:
        for name, module in self._modules.items():
            if module is not None:
                yield name, module

    def children(self) -> Iterator[Module]:
        for _, module in self.named_children():
            yield module

    def named_parameters(self, prefix: str = "", recurse: bool = True) -> Iterator[tuple[str, Parameter]]:
        """(dotted name, parameter) for each parameter of this module and, with recurse, of those inside it."""
        seen: set[int] = set()
        for path, module in self.named_modules(prefix) if recurse else [(prefix, self)]:
            for name, parameter in module._parameters.items():
                if parameter is not None and id(parameter) not in seen:
                    seen.add(id(parameter))
                    yield (f"{path}.{name}" if path else name), parameter

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """The parameters, each once: what to hand to an optimizer."""
        for _, parameter in self.named_parameters(recurse=recurse):
            yield parameter

    # ---- what is done to all of them -----------------------------------------------------------------

    def train(self, mode: bool = True) -> Module:
        """Put this module and all inside it into training mode (or out of it)."""
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Module:
        """Put this module and all inside it into evaluation mode."""
        return self.train(False)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters, or fill them with zeros."""
        for parameter in self.parameters():
            parameter.clear_gradient(set_to_none)

    def requires_grad_(self, requires_grad: bool = True) -> Module:
        """Freeze (False) or thaw (True) all parameters."""
        for parameter in self.parameters():
            parameter.requires_grad = requires_grad
        return self

    def apply(self, fn: Callable[[Module], Any]) -> Module:
        """Call fn on every module inside this one, then on this one."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def to(self, dtype: Any = None, *rest: Any, device: Any = None) -> Module:
        """Give every parameter another floating type; the only device is 'cpu'. TypeError for another type."""
        parameters = list(self.parameters())
        moved = [parameter.data.to(dtype, *rest, device=device) for parameter in parameters]
        for parameter, data in zip(parameters, moved):
            if not data.is_floating_point():
                raise TypeError(f"Module.to() only accepts floating point dtypes, such as float64, not {data.dtype}")
            parameter.data = data
            if parameter.grad is not None:
                parameter.grad = parameter.grad.detach().to(parameter.dtype)
        return self

    def float(self) -> Module:
        return self.to(float32)

    def double(self) -> Module:
        return self.to(float64)

    def state_dict(self, *, prefix: str = "") -> dict[str, Tensor]:
        """{dotted name: parameter as a tensor without history, sharing its memory}."""
        return state_dict(self, prefix)

    def load_state_dict(self, state_dict: dict[str, Any], strict: bool = True) -> Any:
        """Copy the numbers of a state_dict into the parameters, by name.

        RuntimeError if a shape differs, or (strict) if a name is missing or unexpected; then none is copied.
        """
        return load_state_dict(self, state_dict, strict)

    # ---- how it shows itself -------------------------------------------------------------------------

    def extra_repr(self) -> str:
        """What a subclass wants shown between the brackets."""
        return ""

    def __repr__(self) -> str:
        lines = [f"({name}): " + repr(module).replace("\n", "\n  ") for name, module in self._modules.items()]
        if not lines:
            return f"{type(self).__name__}({self.extra_repr()})"
        return f"{type(self).__name__}(\n  " + "\n  ".join(lines) + "\n)"
