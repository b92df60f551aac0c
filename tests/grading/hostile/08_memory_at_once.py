"""Asks for a terabyte."""

import numpy as np


def running_sums(numbers):
    return np.ones(1 << 37).tolist()
