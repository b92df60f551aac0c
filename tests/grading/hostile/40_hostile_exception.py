"""Raises what cannot be shown: its text never ends."""

class Hostile(BaseException):
    def __str__(self):
        while True:
            pass

    __repr__ = __str__


def running_sums(numbers):
    raise Hostile
