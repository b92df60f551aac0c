"""Optimizers with parameter groups: PyTorch's torch.optim."""

from . import optimizer
from .adam import Adam
from .optimizer import Optimizer
from .sgd import SGD

__all__ = ["SGD", "Adam", "Optimizer", "optimizer"]
