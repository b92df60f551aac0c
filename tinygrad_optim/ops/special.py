"""The error function, and with it the normal distribution: numpy has neither."""

from __future__ import annotations

import math

import numpy as np
from numpy import exp

from ..dtypes import floating_type
from ..op import Op

FAR = 6  # from here on erf is 1
BLOCK = 1 << 17  # bytes: what fits into the cache is worked on several times faster


def taylor_series(steps, terms, dtype):
    """steps, and as row n the coefficients of d**n in erf(a + d) for each point a = -FAR, -FAR + 1 / steps, ... FAR

    erf'' = -2 * x * erf' gives each from the two before it. The slope is less 1, for d * (slope - 1) + d rounds
    d * slope better near 0, where that is all there is.
    """
    a = np.arange(-FAR * steps, FAR * steps + 1) / steps
    rows = [np.array([math.erf(point) for point in a]), exp(-a * a) * (2 / math.sqrt(math.pi))]
    for n in range(2, terms):
        rows.append((a * rows[-1] * (n - 1) + rows[-2] * (n - 2)) * (-2 / (n * (n - 1))))
    rows[0][FAR * steps] = -0.0  # erf(-0.0) is -0.0, and -0.0 + 0.0 would not be
    rows[1] -= 1
    return steps, *np.array(rows, dtype)


# What is left out is less than 2e-17 and 4e-9 of erf(x): a small part of what rounding to the type takes.
SERIES = {np.float64: taylor_series(256, 6, np.float64), np.float32: taylor_series(64, 4, np.float32)}


def erf_of_block(x):
    """erf(x) of a few numbers, to 1.5 units in the last place: by Taylor's series around the nearest point of a table

    P. T. P. Tang, "Table-lookup algorithms for elementary functions and their error analysis", ARITH 10, 1991.
    """
    steps, at_point, *middle, last = SERIES[x.dtype.type]
    d = x.clip(-FAR, FAR)
    point = np.rint(d * steps)
    point += FAR * steps
    with np.errstate(invalid="ignore"):  # nan is at no point: whichever is taken, d is nan
        index = point.astype(np.intp)
    point -= FAR * steps
    point /= steps
    d -= point
    out = last.take(index, mode="clip")
    coefficient = point  # its place is free
    for row in reversed(middle):
        out *= d
        out += row.take(index, mode="clip", out=coefficient)
    out *= d
    out += d
    out += at_point.take(index, mode="clip", out=coefficient)
    return out


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
