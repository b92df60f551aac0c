"""The layers and losses as functions: what a module computes, given its parameters as arguments."""

from ...functions import log_softmax, sigmoid, softmax, tanh
from . import (
    activations,
    attention,
    class_losses,
    convolution,
    dropouts,
    linear_layer,
    lookup,
    losses,
    margin_losses,
    normalization,
    padding,
    pooling,
    probability_losses,
)
from .activations import *  # noqa: F403
from .attention import *  # noqa: F403
from .class_losses import *  # noqa: F403
from .convolution import *  # noqa: F403
from .dropouts import *  # noqa: F403
from .linear_layer import *  # noqa: F403
from .lookup import *  # noqa: F403
from .losses import *  # noqa: F403
from .margin_losses import *  # noqa: F403
from .normalization import *  # noqa: F403
from .padding import *  # noqa: F403
from .pooling import *  # noqa: F403
from .probability_losses import *  # noqa: F403

__all__ = ["log_softmax", "sigmoid", "softmax", "tanh"]
__all__ += activations.__all__
__all__ += attention.__all__
__all__ += class_losses.__all__
__all__ += convolution.__all__
__all__ += dropouts.__all__
__all__ += linear_layer.__all__
__all__ += lookup.__all__
__all__ += losses.__all__
__all__ += margin_losses.__all__
__all__ += normalization.__all__
__all__ += padding.__all__
__all__ += pooling.__all__
__all__ += probability_losses.__all__
