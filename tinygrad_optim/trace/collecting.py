"""Python's garbage collector while a recording is made: it looks at what is new, and leaves the rest for later.

A recording holds many small things and no cycles. A full collection would look through all of them, again and
again: that was nearly half of a recording's time.
"""

from __future__ import annotations

import gc

SELDOM = (10_000, 50, 1_000)  # gc.set_threshold's: new things before a young collection, and so on


class Collecting:
    """Makes full collections rare, and then puts things back as they were; unless the program has set them itself."""

    def __init__(self) -> None:
        self.before: tuple[int, int, int] | None = None

    def rest(self) -> None:
        if self.before is None:
            self.before = gc.get_threshold()
            gc.set_threshold(*SELDOM)

    def go_on(self) -> None:
        if self.before is not None and gc.get_threshold() == SELDOM:
            gc.set_threshold(*self.before)
        self.before = None
