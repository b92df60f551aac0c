"""Module: a part of a net that knows its parameters, its buffers and the modules inside it.

What it holds under which name, how that is walked, converted and saved, and what is called round a forward are the
classes it is made of: module_parts.py, module_walks.py, module_conversion.py, module_state.py and module_hooks.py.
"""

from __future__ import annotations

from typing import Any

from .module_conversion import Conversion
from .module_hooks import Hookable, call_between_hooks
from .module_parts import Parts
from .module_state import State
from .module_walks import Walks


class Module(Parts, Walks, Conversion, State, Hookable):
    """The base of all layers and nets: write `__init__` and `forward` in a subclass, then call it.

    Parameters and modules assigned to attributes are registered under the attribute's name; tensors that are
    part of its state without being trained, by register_buffer().
    """

    training: bool

    def __init__(self) -> None:
        self.__dict__.update(_parameters={}, _buffers={}, _non_persistent_buffers_set=set(), _modules={}, training=True)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self._hooks:
            return call_between_hooks(self, args, kwargs)
        return self.forward(*args, **kwargs)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(
            f'Module [{type(self).__name__}] is missing the required "forward" function: define forward(self, ...) in '
            "the class, beside __init__ and so spelled"
        )

    def train(self, mode: bool = True) -> Module:
        """Put this module and all inside it into training mode, or (False) into evaluation mode."""
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Module:
        """Put this module and all inside it into evaluation mode."""
        return self.train(False)

    def extra_repr(self) -> str:
        """What a subclass wants shown between the brackets."""
        return ""

    def __repr__(self) -> str:
        extra = self.extra_repr()
        inner = [f"({name}): " + repr(module).replace("\n", "\n  ") for name, module in self._modules.items()]
        lines = [*extra.split("\n"), *inner] if extra else inner
        if not inner and len(lines) < 2:
            return f"{type(self).__name__}({extra})"
        return f"{type(self).__name__}(\n  " + "\n  ".join(lines) + "\n)"
