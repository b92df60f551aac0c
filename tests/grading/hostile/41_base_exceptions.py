"""Raises what is no Exception, in one function and outside of the others."""

class Odd(BaseException):
    __module__ = None

    def __str__(self):
        raise self


def running_sums(numbers):
    raise Odd from Odd()


def next_weight(w, g):
    raise KeyboardInterrupt
