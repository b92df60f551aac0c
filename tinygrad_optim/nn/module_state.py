"""A module's parameters by name, taken out and put back: all of them or none."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..engine import new_tensor
from ..tensor import Tensor


class IncompatibleKeys(NamedTuple):
    """What load_state_dict(strict=False) could not match."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return f"_IncompatibleKeys(missing_keys={self.missing_keys}, unexpected_keys={self.unexpected_keys})"


def state_dict(module: Any, prefix: str = "") -> dict[str, Tensor]:
    """{dotted name: the parameter, detached}; one that is held under two names stands under both."""
    found: dict[str, Tensor] = {}
    for name, parameter in module._parameters.items():
        if parameter is not None:
            found[prefix + name] = parameter.detach()
    for name, inner in module._modules.items():
        if inner is not None:
            found.update(state_dict(inner, f"{prefix}{name}."))
    return found


def load_state_dict(module: Any, loaded: Any, strict: bool) -> IncompatibleKeys:
    """Copy the loaded numbers into the module's parameters; everything is checked before the first is copied."""
    if not isinstance(loaded, dict):
        raise TypeError(f"Expected state_dict to be dict-like, got {type(loaded).__name__}")
    own = state_dict(module)
    missing = [name for name in own if name not in loaded]
    unexpected = [name for name in loaded if name not in own]
    problems = []
    if strict and missing:
        problems.append(f"Missing key(s) in state_dict: {', '.join(missing)}")
    if strict and unexpected:
        problems.append(f"Unexpected key(s) in state_dict: {', '.join(map(str, unexpected))}")
    for name, tensor in own.items():
        found = loaded.get(name, tensor)
        if not isinstance(found, Tensor):
            problems.append(f"{name} must be a Tensor, but is a {type(found).__name__}")
        elif found.shape != tensor.shape:
            problems.append(f"size mismatch for {name}: the loaded shape is {found.shape}, the model's {tensor.shape}")
    if problems:
        raise RuntimeError(f"Error(s) in loading state_dict for {type(module).__name__}:\n\t" + "\n\t".join(problems))
    for name, tensor in own.items():
        if name in loaded:
            tensor.write(new_tensor(loaded[name].array).array)
    return IncompatibleKeys(missing, unexpected)
