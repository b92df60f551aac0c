"""Returns an int of ten million digits."""

def running_sums(numbers):
    return 1 << 33_000_000


def next_weight(w, g):
    return 10**400
