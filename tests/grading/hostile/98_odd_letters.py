"""Is no text: half of a letter is left in it."""

letter = 'é'


def running_sums(numbers):
    return letter
