"""How parameters start: bounds, sizes and shapes of what the rules of nn.init write."""

from __future__ import annotations

import math

import numpy as np
import pytest

import tinygrad_optim as torch
from tinygrad_optim.nn import init


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


def spread(tensor):
    return float(tensor.numpy().std())


def test_normal_numbers_have_the_spread_that_the_fans_ask_for():
    weight = torch.zeros(300, 200)
    assert spread(init.xavier_normal_(weight)) == pytest.approx(math.sqrt(2 / 500), rel=0.02)
    assert spread(init.kaiming_normal_(weight, nonlinearity="relu")) == pytest.approx(math.sqrt(2 / 200), rel=0.02)
    assert spread(init.kaiming_normal_(weight, mode="fan_out", nonlinearity="linear")) == pytest.approx(
        math.sqrt(1 / 300), rel=0.02
    )


def test_uniform_numbers_have_the_same_spread_as_normal_ones():
    weight = torch.zeros(30, 20, 3, 3)
    assert spread(init.xavier_uniform_(weight)) == pytest.approx(math.sqrt(2 / 450), rel=0.03)
    assert spread(init.kaiming_uniform_(weight, a=1.0)) == pytest.approx(math.sqrt(1 / 180), rel=0.03)


@pytest.mark.parametrize(("a", "b"), [(-2.0, 2.0), (-0.1, 0.1), (1.0, 3.0)])
def test_truncated_numbers_lie_between_the_bounds(a, b):
    numbers = init.trunc_normal_(torch.zeros(5000), a=a, b=b).numpy()
    assert a <= numbers.min() < a + 0.1
    assert numbers.max() <= b


def test_truncated_numbers_far_from_the_mean_thin_out_as_the_density_does():
    numbers = init.trunc_normal_(torch.zeros(20000), a=1.0, b=3.0).numpy()
    phi = [math.erf(v / math.sqrt(2)) for v in (1.0, 1.5, 3.0)]
    assert (numbers < 1.5).mean() == pytest.approx((phi[1] - phi[0]) / (phi[2] - phi[0]), abs=0.02)


@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (4, 4), (3, 2, 4)])
def test_rows_or_columns_are_orthogonal_whichever_are_fewer(shape):
    weight = init.orthogonal_(torch.zeros(*shape, dtype=torch.float64), gain=2.0).numpy().reshape(shape[0], -1)
    small = weight @ weight.T if weight.shape[0] <= weight.shape[1] else weight.T @ weight
    np.testing.assert_allclose(small, 4 * np.eye(len(small)), atol=1e-12)


def test_a_share_of_each_column_is_zero():
    numbers = init.sparse_(torch.zeros(10, 4), 0.25).numpy()
    assert (numbers == 0).sum(0).tolist() == [3, 3, 3, 3]


def test_fixed_numbers():
    assert init.eye_(torch.ones(2, 3)).tolist() == [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    assert init.constant_(torch.zeros(2), 3.5).tolist() == [3.5, 3.5]
    assert init.zeros_(init.ones_(torch.zeros(2))).tolist() == [0.0, 0.0]
    assert init.dirac_(torch.zeros(2, 1, 3), groups=2).tolist() == [[[0.0, 1.0, 0.0]], [[0.0, 1.0, 0.0]]]


def test_a_parameter_is_written_off_the_record_and_returned():
    weight = torch.nn.Parameter(torch.zeros(3, 2))
    assert init.xavier_uniform_(weight) is weight
    assert weight.is_leaf
    assert init.ones_(torch.zeros(2).double()).dtype == torch.float64


REFUSED = {
    "nonlinearity": (ValueError, lambda: init.calculate_gain("reul"), ["'reul'", "'relu'"]),
    "slope": (ValueError, lambda: init.calculate_gain("leaky_relu", "a"), ["'a'", "not a valid number"]),
    "row": (ValueError, lambda: init.kaiming_normal_(torch.zeros(3)), ["2 dimensions", "(3,)"]),
    "mode": (ValueError, lambda: init.kaiming_normal_(torch.zeros(3, 2), mode="in"), ["'in'", "'fan_in'"]),
    "bounds": (RuntimeError, lambda: init.uniform_(torch.zeros(3), 2, 1), ["from=2 > to=1"]),
    "std": (RuntimeError, lambda: init.normal_(torch.zeros(3), std=-1), ["-1"]),
    "ints": (NotImplementedError, lambda: init.normal_(torch.zeros(3).long()), ["normal_", "int64"]),
    "eye": (ValueError, lambda: init.eye_(torch.zeros(3)), ["(3,)"]),
    "groups": (ValueError, lambda: init.dirac_(torch.zeros(3, 2, 3), 2), ["3 channels, 2 groups"]),
}


@pytest.mark.parametrize(("exception", "act", "fragments"), REFUSED.values(), ids=list(REFUSED))
def test_what_makes_no_sense_is_refused(exception, act, fragments):
    with pytest.raises(exception) as caught:
        act()
    for fragment in fragments:
        assert fragment in str(caught.value)


def test_a_mean_far_outside_is_warned_of():
    with pytest.warns(UserWarning, match="more than 2 std") as caught:
        init.trunc_normal_(torch.zeros(3), mean=5.0, a=-2.0, b=2.5)
    assert caught[0].filename == __file__
