"""Returns not a number, and infinities."""

def running_sums(numbers):
    return [float('nan')] * len(numbers)


def next_weight(w, g):
    return float('inf')
