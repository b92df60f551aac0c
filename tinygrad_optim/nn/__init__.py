"""Layers, losses, and the Module that holds them: PyTorch's torch.nn."""

from . import activations, functional, init, layers, utils
from .activations import *  # noqa: F403
from .containers import Sequential
from .layers import *  # noqa: F403
from .losses import CrossEntropyLoss, MSELoss
from .module import Module
from .parameter import Parameter

__all__ = [
    "CrossEntropyLoss",
    "MSELoss",
    "Module",
    "Parameter",
    "Sequential",
    "functional",
    "init",
    "utils",
]
__all__ += activations.__all__
__all__ += layers.__all__
