"""Figures of a training run. Recording needs numpy alone; matplotlib is imported by the first figure drawn."""

from .groups import group_activity, group_by_group, learning_rates
from .history import History
from .landscape import Slice, loss_slice, measure_slice, random_direction
from .losses import loss_curves
from .parameters import gradient_norms, state_norms, update_ratios, weight_life
from .paths import Tuning, descend, height_curves, trajectories, tune, tuning_curves
from .records import GroupHistory, ParameterHistory, Series, WeightHistory
from .schedules import schedule, schedule_series
from .surfaces import SURFACES, Surface

__all__ = [
    "GroupHistory",
    "History",
    "ParameterHistory",
    "SURFACES",
    "Series",
    "Slice",
    "Surface",
    "Tuning",
    "WeightHistory",
    "descend",
    "gradient_norms",
    "group_activity",
    "group_by_group",
    "height_curves",
    "learning_rates",
    "loss_curves",
    "loss_slice",
    "measure_slice",
    "random_direction",
    "schedule",
    "schedule_series",
    "state_norms",
    "trajectories",
    "tune",
    "tuning_curves",
    "update_ratios",
    "weight_life",
]
