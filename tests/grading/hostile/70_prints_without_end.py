"""Prints without end."""

def running_sums(numbers):
    while True:
        print('x' * 10_000)
