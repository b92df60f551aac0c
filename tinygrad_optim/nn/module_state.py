"""A module's parameters and buffers by name, taken out and put back: all of them or none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from .. import occasions
from ..tensor import Tensor
from .parameter import Parameter


class IncompatibleKeys(NamedTuple):
    """What load_state_dict(strict=False) could not match."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return f"_IncompatibleKeys(missing_keys={self.missing_keys}, unexpected_keys={self.unexpected_keys})"


class State:
    """The part of a module that saves and loads what it has learned."""

    def state_dict(
        self, *, destination: dict[str, Any] | None = None, prefix: str = "", keep_vars: bool = False
    ) -> dict[str, Tensor]:
        """{dotted name: parameter or buffer as a tensor without history, sharing its memory}.

        Buffers registered with persistent=False are left out; what is held under two names stands under both.
        destination: a dict to add to. keep_vars: the tensors themselves.
        """
        found = {} if destination is None else destination
        for name, _, _, tensor in saved_parts(self, prefix):
            found[name] = tensor if keep_vars else tensor.detach()
        for look in occasions.module_saved:
            look(self, found)
        return found

    def load_state_dict(self, state_dict: dict[str, Any], strict: bool = True, assign: bool = False) -> Any:
        """Copy the numbers of a state_dict into the parameters and buffers, by name. Returns the names left over.

        RuntimeError if a shape differs, or (strict) if a name is missing or unexpected; then none is copied.
        assign: put the loaded tensors themselves in the place of those that are there, types and all.
        """
        if not isinstance(state_dict, dict):
            raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict).__name__}")
        own = list(saved_parts(self, ""))
        matched = [(*part, state_dict[part[0]]) for part in own if part[0] in state_dict]
        names = {name for name, *_ in own}
        missing = [name for name, *_ in own if name not in state_dict]
        unexpected = [name for name in state_dict if name not in names]
        check_loaded(type(self).__name__, matched, missing * strict, unexpected * strict)
        for look in occasions.module_loaded:
            look(self, state_dict)
        assigned = [in_place_of(tensor, loaded) if assign else tensor for *_, tensor, loaded in matched]
        for (_, holder, name, tensor, loaded), new in zip(matched, assigned):
            if assign:
                setattr(holder, name, new)
            else:
                tensor.write(loaded.array)
        return IncompatibleKeys(missing, unexpected)


def in_place_of(tensor: Tensor, loaded: Tensor) -> Tensor:
    """A loaded tensor as what a module holds there: a Parameter if that was one, and as much in need of a gradient."""
    if isinstance(tensor, Parameter) and not isinstance(loaded, Parameter):
        return Parameter(loaded, tensor.requires_grad)
    return loaded.requires_grad_(tensor.requires_grad)


def saved_parts(module: Any, prefix: str) -> Iterator[tuple[str, Any, str, Tensor]]:
    """(dotted name, module, name in it, tensor) for all that is saved: a module's own first, parameters first."""
    for shelf in (module._parameters, module._buffers):
        for name, tensor in shelf.items():
            if tensor is not None and not (shelf is module._buffers and name in module._non_persistent_buffers_set):
                yield prefix + name, module, name, tensor
    for name, inner in module._modules.items():
        if inner is not None:
            yield from saved_parts(inner, f"{prefix}{name}.")


def check_loaded(kind: str, matched: list[Any], missing: list[str], unexpected: list[Any]) -> None:
    """RuntimeError with all that does not fit, if anything does not."""
    problems = []
    if missing:
        problems.append(f"Missing key(s) in state_dict: {', '.join(missing)}")
    if unexpected:
        problems.append(f"Unexpected key(s) in state_dict: {', '.join(map(str, unexpected))}")
    for name, _, _, tensor, loaded in matched:
        if not isinstance(loaded, Tensor):
            problems.append(f"{name} must be a Tensor, but is a {type(loaded).__name__}")
        elif loaded.shape != tensor.shape:
            problems.append(f"size mismatch for {name}: the loaded shape is {loaded.shape}, the model's {tensor.shape}")
    if problems:
        raise RuntimeError(f"Error(s) in loading state_dict for {kind}:\n\t" + "\n\t".join(problems))
