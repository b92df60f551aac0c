"""Raises an exception that is its own cause, with a traceback of great depth."""

def deep(n):
    if n:
        return deep(n - 1)
    error = ValueError('x' * 1_000_000)
    error.__cause__ = error
    raise error


def running_sums(numbers):
    return deep(900)
