"""The page: one file that needs nothing else. It draws what was computed here, and computes no path itself."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from html import escape
from pathlib import Path as File
from typing import Any

import numpy as np

from ..plot.surfaces import Surface
from ..saving import write_text
from .contours import HEIGHT, WIDTH, outlines
from .encode import FINEST, FLOOR, HEIGHTS, as_text, cut, range_of
from .grid import FULL, Algorithm, Grid, program
from .paths import go
from .tries import TRIES, Try

HERE = File(__file__).parent
MARK = "OPTIMIZER_STANDS_HERE"


def save_playground(path: str | os.PathLike[str], grid: Grid = FULL, tick: Callable[[], object] = lambda: None) -> File:
    """Compute the grid's paths and write the page, whole or not at all; returns the path.

    tick is called after each step of each algorithm. OSError if the file cannot be written.
    """
    return write_text(path, as_html(page_data(grid, tick)))


def as_html(data: dict[str, Any]) -> str:
    """The whole page."""
    page = read("playground.html")
    page = page.replace("/* style */", read("playground.css"))
    page = page.replace("/* script */", read("playground.js") + read("drawing.js"))
    return page.replace("<!-- rounding -->", escape(rounding())).replace("<!-- data -->", as_json(data))


def read(name: str) -> str:
    """A file that goes into the page."""
    return (HERE / name).read_text(encoding="utf-8")


def as_json(data: dict[str, Any]) -> str:
    """The data in a form that can stand in a script element: no tag can begin or end in it."""
    found = json.dumps(data, separators=(",", ":"), allow_nan=False)
    return found.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def rounding() -> str:
    """How exact the page is, in words."""
    return (
        f"What is drawn is rounded to 1/{FINEST // 3 // WIDTH} of a pixel, and the loss on the way to 2 parts in a "
        "thousand; where a path ends is told with every digit of float32."
    )


def page_data(grid: Grid, tick: Callable[[], object] = lambda: None) -> dict[str, Any]:
    """All that the page shows, as JSON knows it. Paths are under "surface/algorithm", in the order of the settings."""
    texts: dict[str, str] = {}
    ends: dict[str, list[list[float]]] = {}
    for algorithm in grid.algorithms:
        points = go(grid, algorithm, tick)
        for i, surface in enumerate(grid.surfaces):
            paths = [cut(points[n, i], surface) for n in range(len(points))]
            key = f"{surface.name}/{slug(algorithm.name)}"
            texts[key] = as_text(paths, surface)
            ends[key] = [[*path.end, path.down(surface.lowest)] for path in paths]
    return {
        "steps": grid.steps, "finest": FINEST, "heights": HEIGHTS, "floor": FLOOR, "size": [WIDTH, HEIGHT],
        "surfaces": [surface_data(surface, grid.steps) for surface in grid.surfaces],
        "algorithms": [algorithm_data(grid, algorithm) for algorithm in grid.algorithms],
        "decays": said(grid.weight_decays), "lrs": said(grid.lrs), "factors": said(grid.factors),
        "tries": [try_data(one) for one in TRIES if there(one, grid)], "decades": decades(),
        "paths": texts, "ends": ends,
    }  # fmt: skip


def surface_data(surface: Surface, steps: int) -> dict[str, Any]:
    """One surface: its picture, what is to be known of it, and the program round the optimizer's line."""
    low, high = range_of(surface)
    unit = float(max(high - low)) / FINEST
    return {
        "name": surface.name, "formula": surface.formula, "about": about(surface),
        "low": low.tolist(), "high": high.tolist(), "box": [*surface.x_range, *surface.y_range],
        "start": surface.start, "minima": surface.minima, "saddles": surface.saddles, "lowest": surface.lowest,
        "decimals": int(-np.log10(unit)), "bands": outlines(surface),
        "ticks": [ticks(*surface.x_range), ticks(*surface.y_range)],
        "program": program(surface, MARK, steps).split(MARK),
    }  # fmt: skip


def about(surface: Surface) -> str:
    """What its docstring says of it, after the formula."""
    first = (surface.function.__doc__ or "").split("\n")[0].partition(": ")[2]
    return first[:1].upper() + first[1:]


def ticks(low: float, high: float) -> list[list[Any]]:
    """About five round numbers for an axis: (text, place)."""
    wide = (high - low) / 5
    step = min((m * 10.0**e for e in range(-3, 4) for m in (1, 2, 5)), key=lambda step: abs(np.log(step / wide)))
    return [[f"{i * step:g}", i * step] for i in range(int(np.ceil(low / step)), int(high / step + 1e-9) + 1)]


def decades() -> list[list[Any]]:
    """Powers of ten for the axis of the loss: (text, height)."""
    return [[f"{10.0**e:g}".replace("e-0", "e-"), float(HEIGHTS * np.arcsinh(10.0**e / FLOOR))] for e in range(-6, 8)]


def algorithm_data(grid: Grid, algorithm: Algorithm) -> dict[str, Any]:
    """One algorithm: its momenta, and of each setting the lr of y's group and the code that makes the optimizer."""
    settings = grid.settings(algorithm)
    return {
        "name": algorithm.name, "slug": slug(algorithm.name), "about": algorithm.about, "memory": algorithm.memory,
        "momenta": said(algorithm.momenta), "codes": [setting.code for setting in settings],
        "yLrs": said([setting.y_lr for setting in settings]),
    }  # fmt: skip


def said(numbers: Any) -> list[str]:
    """Numbers as the page writes them."""
    return [f"{number:g}" for number in numbers]


def slug(name: str) -> str:
    """An algorithm's name as it stands in an address."""
    return "-".join(name.lower().replace(",", "").split())


def there(one: Try, grid: Grid) -> bool:
    """Whether the grid has all that the experiment asks for."""
    settings = [setting for algorithm in grid.algorithms for setting in grid.settings(algorithm)]
    known = {(s.algorithm.name, s.lr, s.momentum, s.weight_decay, s.factor) for s in settings}
    return one.surface in [surface.name for surface in grid.surfaces] and known.issuperset(one.choices)


def try_data(one: Try) -> dict[str, str]:
    """One experiment, and the address that sets the page to it."""
    choices = ["/" + ",".join([slug(name), *said(numbers)]) for name, *numbers in one.choices]
    return {"title": one.title, "says": one.says, "address": f"#{one.surface}{''.join(choices)}"}
