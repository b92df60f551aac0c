"""Layers, losses, and the Module that holds them: PyTorch's torch.nn."""

from . import activations, convolution, functional, init, layers, pooling, utils
from .activations import *  # noqa: F403
from .containers import ModuleDict, ModuleList, Sequential
from .convolution import *  # noqa: F403
from .layers import *  # noqa: F403
from .losses import CrossEntropyLoss, MSELoss
from .module import Module
from .parameter import Parameter
from .parameter_containers import ParameterDict, ParameterList
from .pooling import *  # noqa: F403

__all__ = [
    "CrossEntropyLoss",
    "MSELoss",
    "Module",
    "ModuleDict",
    "ModuleList",
    "Parameter",
    "ParameterDict",
    "ParameterList",
    "Sequential",
    "functional",
    "init",
    "utils",
]
__all__ += activations.__all__
__all__ += convolution.__all__
__all__ += layers.__all__
__all__ += pooling.__all__
