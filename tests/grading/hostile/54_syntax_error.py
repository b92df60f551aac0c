"""Is no Python."""

def running_sums(numbers)
    return ]
