"""Spends its time where no Python runs: in a regular expression."""

import re


def running_sums(numbers):
    return bool(re.match(r'(a+)+$', 'a' * 60 + 'b'))
