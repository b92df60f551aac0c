"""The surfaces on which optimizers are compared are what they say: values, gradients, minima, saddles."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_optim as torch
from tinygrad_optim.plot.surfaces import SURFACES, Surface

EACH = pytest.mark.parametrize("surface", SURFACES.values(), ids=list(SURFACES))

# By hand, from the formulas: at (2, 3), and for the minima the value there.
AT_2_3 = {
    "rosenbrock": (1 - 2) ** 2 + 100 * (3 - 4) ** 2,
    "beale": (1.5 - 2 + 6) ** 2 + (2.25 - 2 + 18) ** 2 + (2.625 - 2 + 54) ** 2,
    "himmelblau": (4 + 3 - 11) ** 2 + (2 + 9 - 7) ** 2,
    "ravine": (4 + 40 * 9) / 2,
    "saddle": 2 - 4.5 + 81 / 4,
}


def gradient_at(surface: Surface, point: tuple[float, float]) -> list[float]:
    x, y = (torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in point)
    return [float(g) for g in torch.autograd.grad(surface(x, y), (x, y))]


def curvatures_at(surface: Surface, point: tuple[float, float]) -> np.ndarray:
    """The Hessian's eigenvalues, from differences of gradients."""
    h = 1e-5
    columns = [
        np.subtract(gradient_at(surface, (point[0] + dx, point[1] + dy)), gradient_at(surface, point)) / h
        for dx, dy in ((h, 0), (0, h))
    ]
    return np.linalg.eigvalsh(np.array(columns))


@EACH
def test_the_value_is_the_formulas(surface: Surface):
    assert surface(2.0, 3.0) == pytest.approx(AT_2_3[surface.name])


@EACH
def test_floats_arrays_values_and_tensors_give_the_same(surface: Surface):
    expected = surface(0.5, -0.25)
    assert surface(np.full(3, 0.5), np.full(3, -0.25)) == pytest.approx([expected] * 3)
    assert float(surface(torch.Value(0.5), torch.Value(-0.25)).data) == pytest.approx(expected)
    tensor = surface(torch.tensor(0.5, dtype=torch.float64), torch.tensor(-0.25, dtype=torch.float64))
    assert tensor.item() == pytest.approx(expected)


@EACH
def test_at_every_minimum_the_gradient_vanishes_and_all_curvatures_are_positive(surface: Surface):
    for point in surface.minima:
        assert gradient_at(surface, point) == pytest.approx([0, 0], abs=1e-8)
        assert (curvatures_at(surface, point) > 0.1).all()
        assert surface(*point) == pytest.approx(surface.lowest, abs=1e-12)


@EACH
def test_no_point_in_sight_is_lower_than_the_minima(surface: Surface):
    x, y = np.meshgrid(np.linspace(*surface.x_range, 300), np.linspace(*surface.y_range, 300))
    assert surface(x, y).min() >= surface.lowest


@EACH
def test_at_a_saddle_the_gradient_vanishes_and_one_curvature_is_negative(surface: Surface):
    for point in surface.saddles:
        assert gradient_at(surface, point) == pytest.approx([0, 0], abs=1e-12)
        assert curvatures_at(surface, point).min() < -0.01


@EACH
def test_the_start_and_the_minima_are_in_sight(surface: Surface):
    for x, y in (surface.start, *surface.minima, *surface.saddles):
        assert surface.x_range[0] < x < surface.x_range[1]
        assert surface.y_range[0] < y < surface.y_range[1]


@EACH
def test_the_gradient_is_that_of_finite_differences(surface: Surface):
    x, y = (torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in surface.start)
    assert torch.gradcheck(surface, (x, y))


@EACH
def test_it_tells_its_formula_its_source_and_its_name(surface: Surface):
    assert SURFACES[surface.name] is surface
    assert "y" in surface.formula
    assert "\n" not in surface.formula
    assert any(year in surface.function.__doc__ for year in ("1958", "1960", "1964", "1972", "2014"))
