"""Has the functions, but with other parameters."""

def running_sums():
    return []


def next_weight(w):
    return w


class Counter:
    def __init__(self, more):
        self.more = more
