"""Autograd's public face: gradients asked for, a learner's own functions, and looking for what went wrong."""

from __future__ import annotations

from ..grad_mode import enable_grad, inference_mode, no_grad, set_grad_enabled
from ..gradcheck import gradcheck, gradgradcheck
from . import function, functional
from .anomaly import detect_anomaly, set_detect_anomaly
from .function import Function
from .gradients import backward, grad
from .variable import Variable

__all__ = [
    "Function",
    "Variable",
    "backward",
    "detect_anomaly",
    "enable_grad",
    "function",
    "functional",
    "grad",
    "gradcheck",
    "gradgradcheck",
    "inference_mode",
    "no_grad",
    "set_detect_anomaly",
    "set_grad_enabled",
]
