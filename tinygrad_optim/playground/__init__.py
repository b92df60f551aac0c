"""The playground: a page on which optimizers are let loose on known landscapes.

grid.py      what can be chosen, as one table
paths.py     every path, by this package's own optimizers
contours.py  the landscapes, as outlines to draw
encode.py    paths as text, rounded to less than a pixel
tries.py     experiments to begin with
page.py      the page, which only draws what was computed here
"""

from .grid import FULL, Algorithm, Grid, Setting
from .page import save_playground

__all__ = ["FULL", "Algorithm", "Grid", "Setting", "save_playground"]
