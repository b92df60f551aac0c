"""Raises SystemExit outside of its functions."""

import sys

sys.exit(0)
