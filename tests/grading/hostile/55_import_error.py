"""Needs a package that there is not."""

import no_such_package_at_all


def running_sums(numbers):
    return numbers
