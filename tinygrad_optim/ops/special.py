"""The error function, by rational approximations: numpy has none."""

from __future__ import annotations

import math

import numpy as np
from numpy import exp

from ..dtypes import floating_type
from ..op import Op

# W. J. Cody, "Rational Chebyshev approximations for the error function", Mathematics of Computation 23, 1969:
# coefficients from the highest power down. NEAR 0: erf(x) = x * top(x**2) / bottom(x**2).
NEAR = 0.46875
NEAR_TOP = (0.185777706184603153, 3.16112374387056560, 113.864154151050156, 377.485237685302021, 3209.37758913846947)
NEAR_BOTTOM = (1.0, 23.6012909523441209, 244.024637934444173, 1282.61652607737228, 2844.23683343917062)
# Beyond: 1 - erf(x) = e**(-x**2) * top(x) / bottom(x). Made for x to 4, and further on, where 1 - erf(x) is below
# 2e-8, still good enough for all digits of erf(x); from 6 on that is 1.
FAR_TOP = (
    2.15311535474403846e-8, 0.564188496988670089, 8.88314979438837594, 66.1191906371416295, 298.635138197400131,
    881.952221241769090, 1712.04761263407058, 2051.07837782607147, 1230.33935479799725,
)  # fmt: skip
FAR_BOTTOM = (
    1.0, 15.7449261107098347, 117.693950891312499, 537.181101862009858, 1621.38957456669019,
    3290.79923573345963, 4362.61909014324716, 3439.36767414372164, 1230.33935480374942,
)  # fmt: skip
BLOCK = 32768  # elements: what fits into the cache is worked on several times faster


def polynomial(coefficients, x):
    """c[0] * x**n + ... + c[n], by Horner's rule, in one array"""
    total = np.full_like(x, coefficients[0])
    for c in coefficients[1:]:
        total *= x
        total += c
    return total


def erf_of_block(x):
    """erf(x) of a few numbers, in float64: both approximations, and of each element the one made for it"""
    size = np.minimum(np.abs(x), 6)
    squares = size * size
    near = x * (polynomial(NEAR_TOP, squares) / polynomial(NEAR_BOTTOM, squares))
    rest = exp(-squares) * (polynomial(FAR_TOP, size) / polynomial(FAR_BOTTOM, size))
    return np.where(size <= NEAR, near, np.copysign(1 - rest, x))


def erf_forward(x):
    """2 / sqrt(pi) * the integral of e**(-t**2) from 0 to x"""
    numbers = x.reshape(-1)
    out = np.empty_like(numbers)
    for start in range(0, numbers.size, BLOCK):
        out[start : start + BLOCK] = erf_of_block(numbers[start : start + BLOCK].astype(np.float64))
    return out.reshape(x.shape)


def erf_vjp_x(g, x):
    """dL/dx = g * 2 / sqrt(pi) * e**(-x**2)"""
    return g * (exp(-x * x) * (2 / math.sqrt(math.pi)))


ERF = Op(erf_forward, erf_vjp_x, promotes=floating_type)
