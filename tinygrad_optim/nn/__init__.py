"""Layers, losses, and the Module that holds them: PyTorch's torch.nn."""

from . import (
    activations,
    attention,
    convolution,
    dropouts,
    embedding,
    functional,
    init,
    layers,
    losses,
    more_losses,
    normalization,
    pooling,
    recurrent,
    recurrent_cells,
    transformer,
    utils,
)
from .activations import *  # noqa: F403
from .attention import *  # noqa: F403
from .containers import ModuleDict, ModuleList, Sequential
from .convolution import *  # noqa: F403
from .dropouts import *  # noqa: F403
from .embedding import *  # noqa: F403
from .layers import *  # noqa: F403
from .losses import *  # noqa: F403
from .module import Module
from .more_losses import *  # noqa: F403
from .normalization import *  # noqa: F403
from .parameter import Parameter
from .parameter_containers import ParameterDict, ParameterList
from .pooling import *  # noqa: F403
from .recurrent import *  # noqa: F403
from .recurrent_cells import *  # noqa: F403
from .transformer import *  # noqa: F403

__all__ = [
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
__all__ += attention.__all__
__all__ += convolution.__all__
__all__ += dropouts.__all__
__all__ += embedding.__all__
__all__ += layers.__all__
__all__ += losses.__all__
__all__ += more_losses.__all__
__all__ += normalization.__all__
__all__ += pooling.__all__
__all__ += recurrent.__all__
__all__ += recurrent_cells.__all__
__all__ += transformer.__all__
