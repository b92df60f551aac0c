"""Returns a list that contains itself."""

def running_sums(numbers):
    numbers.append(numbers)
    return numbers
