"""The course: what a lesson declares (`Exercise`, `Check`, `Wrong`), and what runs, checks and keeps track of it.

The lessons themselves lie in the folder `lessons`, one a folder.
"""

from __future__ import annotations

from .exercise import Check, Exercise, Wrong

__all__ = ["Check", "Exercise", "Wrong"]
