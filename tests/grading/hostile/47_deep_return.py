"""Returns a list in a list in a list, a hundred thousand deep."""

def running_sums(numbers):
    nested = []
    for _ in range(100_000):
        nested = [nested]
    return nested
