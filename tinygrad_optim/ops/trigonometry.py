"""Sines, cosines, tangents and their inverses, of angles in radians; and the hyperbolic ones."""

from __future__ import annotations

import numpy as np
from numpy import cos, cosh, sin, sinh, sqrt

from ..dtypes import division_type, floating_type
from ..op import Op


def sin_forward(x):
    """The sine of x"""
    return np.sin(x)


def sin_vjp_x(g, x):
    """dL/dx = g * cos(x)"""
    return g * cos(x)


def cos_forward(x):
    """The cosine of x"""
    return np.cos(x)


def cos_vjp_x(g, x):
    """dL/dx = -g * sin(x)"""
    return -g * sin(x)


def tan_forward(x):
    """The tangent of x"""
    return np.tan(x)


def tan_vjp_x(g, out):
    """dL/dx = g * (1 + tan(x)**2)"""
    return g * (1 + out * out)


def asin_forward(x):
    """The angle in [-pi/2, pi/2] whose sine is x"""
    return np.arcsin(x)


def asin_vjp_x(g, x):
    """dL/dx = g / sqrt(1 - x**2)"""
    return g / sqrt(1 - x * x)


def acos_forward(x):
    """The angle in [0, pi] whose cosine is x"""
    return np.arccos(x)


def acos_vjp_x(g, x):
    """dL/dx = -g / sqrt(1 - x**2)"""
    return -g / sqrt(1 - x * x)


def atan_forward(x):
    """The angle in (-pi/2, pi/2) whose tangent is x"""
    return np.arctan(x)


def atan_vjp_x(g, x):
    """dL/dx = g / (1 + x**2)"""
    return g / (1 + x * x)


def atan2_forward(y, x):
    """The angle from the x axis to the point (x, y), in (-pi, pi]"""
    return np.arctan2(y, x)


def atan2_vjp_y(g, y, x):
    """dL/dy = g * x / (x**2 + y**2), and 0 at the origin"""
    squares = x * x + y * y
    return g * x / (squares + (squares == 0))


def atan2_vjp_x(g, y, x):
    """dL/dx = -g * y / (x**2 + y**2), and 0 at the origin"""
    squares = x * x + y * y
    return -g * y / (squares + (squares == 0))


def sinh_forward(x):
    """The hyperbolic sine of x, (e**x - e**-x) / 2"""
    return np.sinh(x)


def sinh_vjp_x(g, x):
    """dL/dx = g * cosh(x)"""
    return g * cosh(x)


def cosh_forward(x):
    """The hyperbolic cosine of x, (e**x + e**-x) / 2"""
    return np.cosh(x)


def cosh_vjp_x(g, x):
    """dL/dx = g * sinh(x)"""
    return g * sinh(x)


SIN = Op(sin_forward, sin_vjp_x, promotes=floating_type, stands_for=[np.sin])
COS = Op(cos_forward, cos_vjp_x, promotes=floating_type, stands_for=[np.cos])
TAN = Op(tan_forward, tan_vjp_x, promotes=floating_type)
ASIN = Op(asin_forward, asin_vjp_x, promotes=floating_type)
ACOS = Op(acos_forward, acos_vjp_x, promotes=floating_type)
ATAN = Op(atan_forward, atan_vjp_x, promotes=floating_type)
ATAN2 = Op(atan2_forward, atan2_vjp_y, atan2_vjp_x, promotes=division_type)
SINH = Op(sinh_forward, sinh_vjp_x, promotes=floating_type, stands_for=[np.sinh])
COSH = Op(cosh_forward, cosh_vjp_x, promotes=floating_type, stands_for=[np.cosh])
