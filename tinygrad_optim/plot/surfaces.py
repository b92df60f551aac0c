"""Losses of two numbers on which optimizers are compared: known landscapes, with known minima.

    x = torch.tensor(-1.2, requires_grad=True)
    y = torch.tensor(1.0, requires_grad=True)
    rosenbrock(x, y).backward()

Each is a plain function of x and y, which may be Tensors, Values, numpy arrays of one shape, or floats.
SURFACES tells of each where to look, where to start, and where its minima are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Point = tuple[float, float]


def rosenbrock(x: Any, y: Any) -> Any:
    """(1 - x)^2 + 100 (y - x^2)^2: a curved, flat-bottomed valley; its lowest point is far along it.

    Rosenbrock 1960, "An automatic method for finding the greatest or least value of a function".
    """
    a, b = 1 - x, y - x * x
    return a * a + 100 * (b * b)


def beale(x: Any, y: Any) -> Any:
    """(1.5 - x + xy)^2 + (2.25 - x + xy^2)^2 + (2.625 - x + xy^3)^2: flat in the middle, steep at the corners.

    Beale 1958, "On an iterative method for finding a local minimum of a function of more than one variable".
    """
    a, b, c = 1.5 - x + x * y, 2.25 - x + x * (y * y), 2.625 - x + x * (y * y * y)
    return a * a + b * b + c * c


def himmelblau(x: Any, y: Any) -> Any:
    """(x^2 + y - 11)^2 + (x + y^2 - 7)^2: four minima, equally low. Which one is found is chance.

    Himmelblau 1972, "Applied Nonlinear Programming".
    """
    a, b = x * x + y - 11, x + y * y - 7
    return a * a + b * b


def ravine(x: Any, y: Any) -> Any:
    """(x^2 + 40 y^2) / 2: forty times steeper across than along. An lr that is safe across is slow along.

    The picture of Polyak 1964, "Some methods of speeding up the convergence of iteration methods" (momentum).
    """
    return (x * x + 40 * (y * y)) / 2


def saddle(x: Any, y: Any) -> Any:
    """x^2 / 2 - y^2 / 2 + y^4 / 4: at (0, 0) the gradient is zero, but downhill leads on, to y = 1 and to y = -1.

    The normal form of a pitchfork; why saddles matter: Dauphin et al. 2014, "Identifying and attacking the
    saddle point problem in high-dimensional non-convex optimization".
    """
    u = y * y
    return (x * x - u) / 2 + u * u / 4


@dataclass(frozen=True)
class Surface:
    """A loss of two numbers, and what is known of it."""

    function: Callable[[Any, Any], Any]
    x_range: Point  # where to look: from, to
    y_range: Point
    start: Point  # where optimizers set out
    minima: tuple[Point, ...]  # all of them, each as low as the other
    saddles: tuple[Point, ...] = ()  # where the gradient vanishes but it is no minimum: those in sight of the start

    @property
    def name(self) -> str:
        """The function's name, which is its key in SURFACES."""
        return self.function.__name__

    @property
    def formula(self) -> str:
        """The function as a line of mathematics: what its docstring begins with."""
        return (self.function.__doc__ or "").partition(": ")[0]

    @property
    def lowest(self) -> float:
        """The value at the minima."""
        return float(self.function(*self.minima[0]))

    def __call__(self, x: Any, y: Any) -> Any:
        return self.function(x, y)


# Starts: those of the papers (Rosenbrock) and of Moré, Garbow & Hillstrom 1981, "Testing unconstrained
# optimization software" (Beale); the others stand where what the surface teaches is met.
SURFACES = {
    surface.name: surface
    for surface in (
        Surface(rosenbrock, (-1.6, 1.6), (-0.6, 1.8), start=(-1.2, 1.0), minima=((1.0, 1.0),)),
        Surface(beale, (-0.5, 4.0), (-1.5, 1.5), start=(1.0, 1.0), minima=((3.0, 0.5),), saddles=((0.0, 1.0),)),
        Surface(
            himmelblau,
            (-5.5, 5.5),
            (-5.5, 5.5),
            start=(0.0, -1.0),  # beside the hill, on the way to two of them
            minima=(
                (3.0, 2.0),
                (-2.805118086952745, 3.131312518250573),
                (-3.779310253377747, -3.283185991286170),
                (3.584428340330492, -1.848126526964404),
            ),
        ),
        Surface(ravine, (-11.0, 2.0), (-2.0, 2.0), start=(-10.0, 1.5), minima=((0.0, 0.0),)),
        Surface(
            saddle,
            (-1.6, 1.6),
            (-1.6, 1.6),
            start=(-1.4, 0.001),
            minima=((0.0, 1.0), (0.0, -1.0)),
            saddles=((0.0, 0.0),),
        ),
    )
}
