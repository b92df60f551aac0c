"""Returns a generator, which has no end."""

import itertools


def running_sums(numbers):
    return itertools.count()


def next_weight(w, g):
    yield w - 0.5 * g
