"""Calls: which was made from which line, and what generators and iterators look like."""

from __future__ import annotations

import tinygrad_optim as torch
from tinygrad_optim.trace import record


def names(recording):
    return [call.name for call in recording.all_calls()]


def test_calls_hang_on_the_lines_that_made_them():
    recording = record(lambda: torch.ones(2) * 2)
    (multiply,) = [call for call in recording.all_calls() if call.name == "__mul__"]
    assert [call.name for call in multiply.lines[0].calls] == ["apply"]
    assert "mul_forward" in [call.name for call in multiply.all_calls()]
    assert "lambda: torch.ones(2) * 2" in multiply.place().text


def test_generators_and_recursion_are_recorded():
    def count(n):
        yield n
        if n:
            yield from count(n - 1)

    def program():
        total = 0
        for n in count(3):
            total += n
        return total

    recording = record(program, also=__file__)
    assert recording.result == 6
    assert recording.error is None
    assert recording.notes == []
    assert names(recording).count("count") >= 4
    assert not any(line.raised for call in recording.all_calls() for line in call.lines)


def test_the_end_of_an_iterator_is_no_exception_of_the_loop():
    class Two:
        left = 2

        def __iter__(self):
            return self

        def __next__(self):
            self.left -= 1
            if self.left < 0:
                raise StopIteration
            return self.left

    def program():
        for n in Two():
            last = n
        return last

    (call,) = [one for one in record(program, also=__file__).all_calls() if one.name == "program"]
    assert not any(line.raised for line in call.lines)
