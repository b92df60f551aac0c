"""Returns a text of a hundred million letters."""

def running_sums(numbers):
    return 'x' * 100_000_000
