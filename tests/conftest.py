"""What each test leaves behind for the next: nothing."""

from __future__ import annotations

import pytest

from tinygrad_optim.mistakes import strict


@pytest.fixture(autouse=True)
def _what_a_mistake_is_ends_with_the_test():
    """strict() without `with` holds to the program's end, and this program goes on with other tests."""
    yield
    strict(False)
