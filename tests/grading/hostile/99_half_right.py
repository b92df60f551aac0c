"""Has one function right, and one that never ends: it gets the points for the one.

Earns: the points of next_weight and Counter.
"""

def running_sums(numbers):
    while True:
        pass


def next_weight(w, g):
    return w - 0.5 * g


class Counter:
    def __init__(self):
        self.count = 0

    def add(self, n):
        self.count += n
        return self.count
