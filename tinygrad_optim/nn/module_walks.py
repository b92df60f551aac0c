"""Walking over what a module holds: its parameters, buffers and inner modules, with their dotted names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from ..tensor import Tensor
from .parameter import Parameter

if TYPE_CHECKING:
    from .module import Module


class Walks:
    """The part of a module that names and finds what is inside it."""

    if TYPE_CHECKING:  # what Parts brings
        _parameters: dict[str, Any]
        _buffers: dict[str, Any]
        _modules: dict[str, Any]

    # ---- modules -------------------------------------------------------------------------------------

    def named_modules(
        self, memo: set[Any] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Module]]:
        """(dotted name, module) for this module and all inside it; each once, unless told otherwise.

        memo: modules to pass over; those found are added to it.
        """
        seen: set[Any] = set() if memo is None else memo
        stack: list[tuple[str, Any]] = [(prefix, self)]
        while stack:
            path, module = stack.pop()
            if module in seen:
                continue
            if remove_duplicate:
                seen.add(module)
            yield path, module
            inner = [(dotted(path, name), m) for name, m in module._modules.items() if m is not None]
            stack.extend(reversed(inner))

    def modules(self) -> Iterator[Module]:
        """This module and all inside it, each once."""
        for _, module in self.named_modules():
            yield module

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """(name, module) for each module directly inside this one, each once."""
        seen: set[Any] = set()
        for name, module in self._modules.items():
            if module is not None and module not in seen:
                seen.add(module)
                yield name, module

    def children(self) -> Iterator[Module]:
        """The modules directly inside this one, each once."""
        for _, module in self.named_children():
            yield module

    def apply(self, fn: Callable[[Module], Any]) -> Any:
        """Call fn on every module inside this one, then on this one, which is returned: `net.apply(init_weights)`."""
        for module in self.children():
            module.apply(fn)
        fn(self)  # type: ignore[arg-type]
        return self

    # ---- parameters and buffers ----------------------------------------------------------------------

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """(dotted name, parameter) for each parameter of this module and, with recurse, of those inside it."""
        return named_on_shelf(self, "_parameters", prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """Each parameter once, in the order of named_parameters()."""
        for _, parameter in self.named_parameters(recurse=recurse):
            yield parameter

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """(dotted name, buffer) for each buffer of this module and, with recurse, of those inside it."""
        return named_on_shelf(self, "_buffers", prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """Each buffer once, in the order of named_buffers()."""
        for _, buffer in self.named_buffers(recurse=recurse):
            yield buffer

    # ---- one, by its name ----------------------------------------------------------------------------

    def get_submodule(self, target: str) -> Module:
        """The module of this dotted name; "" is this one. AttributeError if there is none."""
        module: Any = self
        for name in target.split(".") if target else ():
            if not hasattr(module, name):
                inner = list(module._modules)
                raise AttributeError(
                    f"{type(module).__name__} has no attribute {name!r}: the modules in it are {inner}"
                )
            module = getattr(module, name)
            if not isinstance(module, Walks):
                raise AttributeError(f"{name!r} is not a Module, but a {type(module).__name__}")
        return module

    def get_parameter(self, target: str) -> Parameter:
        """The parameter of this dotted name. AttributeError if there is none."""
        return find(self, target, "_parameters", "parameter")

    def get_buffer(self, target: str) -> Tensor:
        """The buffer of this dotted name. AttributeError if there is none."""
        return find(self, target, "_buffers", "buffer")


def dotted(prefix: str, name: str) -> str:
    """The name of what stands inside another thing: `first` and `weight` are `first.weight`."""
    return f"{prefix}.{name}" if prefix else name


def named_on_shelf(module: Any, shelf: str, prefix: str, recurse: bool, remove_duplicate: bool) -> Iterator[Any]:
    """(dotted name, tensor) of what stands on this shelf of a module and, with recurse, of all modules inside it."""
    seen: set[int] = set()
    modules = module.named_modules(prefix=prefix, remove_duplicate=remove_duplicate) if recurse else [(prefix, module)]
    for path, inner in modules:
        for name, tensor in getattr(inner, shelf).items():
            if tensor is None or id(tensor) in seen:
                continue
            if remove_duplicate:
                seen.add(id(tensor))
            yield dotted(path, name), tensor


def find(module: Any, target: str, shelf: str, kind: str) -> Any:
    """What stands under a dotted name on a shelf. AttributeError, with the names there are, for another."""
    path, _, name = target.rpartition(".")
    holder = module.get_submodule(path)
    if getattr(holder, shelf).get(name) is None:
        there = [name for name, tensor in getattr(holder, shelf).items() if tensor is not None]
        raise AttributeError(f"{type(holder).__name__} has no {kind} {name!r}: it has {there or 'none'}")
    return getattr(holder, shelf)[name]
