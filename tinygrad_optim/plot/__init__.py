"""Figures of a training run. Recording needs numpy alone; matplotlib is imported by the first figure drawn."""

from .figures import group_activity, loss_curves
from .history import GroupHistory, History, ParameterHistory, Series

__all__ = ["GroupHistory", "History", "ParameterHistory", "Series", "group_activity", "loss_curves"]
