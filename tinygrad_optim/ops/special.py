"""The error function, and with it the normal distribution: numpy has neither."""

from __future__ import annotations

import math

import numpy as np
from numpy import exp

from ..dtypes import floating_type
from ..op import Op

# erf(x) = x * top(x**2) / bottom(x**2) for x up to a bound, from which on it is 1: coefficients from the highest power
# down. Fitted to erf(x) / x by least squares, reweighted until the greatest relative error is least (Lawson 1961).
# DOUBLE: to 3e-14. SINGLE: to 2e-8, less than the rounding of float32, which adds up to 4e-7.
DOUBLE_BOUND = 5.9
DOUBLE_TOP = (
    3.09695481307783186e-14, 3.22834433515688904e-11, 3.28963293277305308e-9, 1.08144880266399514e-7,
    3.02286169944749186e-6, 4.84478789750297054e-5, 7.83196367891736363e-4, 6.53953106632531275e-3,
    6.47013772906256365e-2, 0.217614727813248069, 1.12837916709548137,
)  # fmt: skip
DOUBLE_BOTTOM = (
    1.50609687641089987e-12, 4.02156640465630377e-10, 1.99514109204183779e-8, 5.9620070532785501e-7,
    1.26499318504074486e-5, 2.00458155612557429e-4, 2.3963276505349006e-3, 2.1231614980213691e-2,
    0.132736557516788078, 0.526189364494840856, 1.0,
)  # fmt: skip
SINGLE_BOUND = 4.0
SINGLE_TOP = (
    2.02572123858926081e-6, 2.84602149831374492e-4, 3.80609727340463125e-3, 5.28689074724460365e-2,
    0.191507671514115047, 1.12837914445433512,
)  # fmt: skip
SINGLE_BOTTOM = (
    3.78253853472445269e-5, 1.1701528035483049e-3, 1.50509729788860177e-2, 0.114541186094402048,
    0.503051943291500695, 1.0,
)  # fmt: skip
BLOCK = 1 << 17  # bytes: what fits into the cache is worked on several times faster


def polynomial(coefficients, x):
    """c[0] * x**n + ... + c[n], by Horner's rule, in one array"""
    total = x * coefficients[0]
    total += coefficients[1]
    for c in coefficients[2:]:
        total *= x
        total += c
    return total


def erf_of_block(x):
    """erf(x) of a few numbers; at the bounds the fraction is 1 or a little more, so that it ends at 1 exactly"""
    double = x.dtype == np.float64
    bound = DOUBLE_BOUND if double else SINGLE_BOUND
    near = x.clip(-bound, bound)
    squares = near * near
    out = polynomial(DOUBLE_TOP if double else SINGLE_TOP, squares)
    out /= polynomial(DOUBLE_BOTTOM if double else SINGLE_BOTTOM, squares)
    out *= near
    return out.clip(-1, 1, out=out)


def ndtr_of_block(x):
    """(1 + erf(x / sqrt(2))) / 2 of a few numbers"""
    out = erf_of_block(x * math.sqrt(0.5))
    out += 1
    out *= 0.5
    return out


def in_blocks(of_block, x):
    """A function of x, element by element: a block after the other, at least in float32"""
    numbers = x.reshape(-1)
    out = np.empty_like(numbers)
    wide = np.result_type(x.dtype, np.float32)
    size = BLOCK // wide.itemsize
    for start in range(0, numbers.size, size):
        out[start : start + size] = of_block(numbers[start : start + size].astype(wide, copy=False))
    return out.reshape(x.shape)


def erf_forward(x):
    """2 / sqrt(pi) * the integral of e**(-t**2) from 0 to x"""
    return in_blocks(erf_of_block, x)


def erf_vjp_x(g, x):
    """dL/dx = g * 2 / sqrt(pi) * e**(-x**2)"""
    return g * (exp(-x * x) * (2 / math.sqrt(math.pi)))


def ndtr_forward(x):
    """The normal distribution: 1 / sqrt(2 pi) * the integral of e**(-t**2 / 2) up to x"""
    return in_blocks(ndtr_of_block, x)


def ndtr_vjp_x(g, x):
    """dL/dx = g / sqrt(2 pi) * e**(-x**2 / 2)"""
    return g * (exp(x * x * -0.5) * (1 / math.sqrt(2 * math.pi)))


ERF = Op(erf_forward, erf_vjp_x, promotes=floating_type)
NDTR = Op(ndtr_forward, ndtr_vjp_x)
