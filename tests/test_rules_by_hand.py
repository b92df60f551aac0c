"""Two steps of each rule worked by hand, in fractions where that can be (SGD's and Adam's stand in test_rules.py)."""

from __future__ import annotations

import math

import pytest

import tinygrad_optim as tg
from tinygrad_optim import optim


def after_two_steps(kind, start, gradients, **options):
    """The parameter's one number after each of two steps."""
    p = tg.tensor([start], dtype=tg.float64, requires_grad=True)
    optimizer, found = kind([p], **options), []
    for g in gradients:
        p.grad = tg.tensor([g], dtype=tg.float64)
        optimizer.step()
        found.append(p.item())
    return found, optimizer.state[p]


def near(*numbers, rel=1e-12):
    return pytest.approx(list(numbers), rel=rel)


def test_adamw_shrinks_by_lr_times_decay_and_then_steps():
    # Betas 0: m = g and v = g**2, so that each step is lr * sign(g). 2 * (1 - 1/8) - 1/4 = 3/2; then with g = -3:
    # 3/2 * 7/8 + 1/4 = 25/16.
    found, _ = after_two_steps(optim.AdamW, 2.0, (4.0, -3.0), lr=0.25, betas=(0, 0), eps=0, weight_decay=0.5)
    assert found == near(3 / 2, 25 / 16)


def test_adamax_divides_by_the_largest_gradient_so_far_which_fades():
    # t=1: m = 2, u = 4, m_hat = 2 / (1 - 1/2) = 4: 1 - 1/4 * 4/4 = 3/4.
    # t=2: g = 1: m = 3/2, u = max(3/4 * 4, 1) = 3, m_hat = 3/2 / (3/4) = 2: 3/4 - 1/4 * 2/3 = 7/12.
    found, _ = after_two_steps(optim.Adamax, 1.0, (4.0, 1.0), lr=0.25, betas=(0.5, 0.75), eps=0)
    assert found == near(3 / 4, 7 / 12)


def test_nadam_takes_the_next_steps_momentum_already_now():
    # With 0.96**decay = 1/2, mu_t = 1/2 * (1 - 1/2 * 1/2**t): 3/8, 7/16, 15/32. Beta2 = 0: the root is |g|.
    # t=1: g = 2, m = 1, product 3/8: step = (5/8) / (5/8) * 2/2 + (7/16) / (1 - 21/128) * 1/2 = 1 + 28/107.
    # t=2: g = 1, m = 1, product 21/128: step = (9/16) / (107/128) + (15/32) / (1 - 315/4096) = 72/107 + 1920/3781.
    decay = math.log(1 / 2) / math.log(0.96)
    options = {"lr": 0.5, "betas": (0.5, 0), "eps": 0, "momentum_decay": decay}
    found, state = after_two_steps(optim.NAdam, 1.0, (2.0, 1.0), **options)
    first, second = 1 + 28 / 107, 72 / 107 + 1920 / 3781
    assert found == near(1 - first / 2, 1 - (first + second) / 2, rel=1e-6)  # mu_product is kept in float32
    assert state["mu_product"].item() == pytest.approx(21 / 128, rel=1e-6)


def test_radam_begins_without_dividing():
    # While rho <= 5 (two steps with beta2 = 0.999), p - lr * m_hat. t=1: m_hat = 4. t=2: m = 1/2 * 2 + 1/2 * 1 = 3/2,
    # m_hat = 3/2 / (3/4) = 2. So 1 - 1 = 0, and 0 - 1/2.
    found, _ = after_two_steps(optim.RAdam, 1.0, (4.0, 1.0), lr=0.25, betas=(0.5, 0.999))
    assert found == near(0.0, -0.5)


def test_adagrad_divides_by_the_root_of_all_squares_so_far():
    # Sum 16 + 9 = 25: 1 - 1/2 * 3/5 = 7/10. Then lr = 1/2 / (1 + 1) and the sum 25 + 144 = 169: - 1/4 * 12/13.
    found, state = after_two_steps(
        optim.Adagrad, 1.0, (3.0, 12.0), lr=0.5, lr_decay=1, initial_accumulator_value=16, eps=0
    )
    assert found == near(7 / 10, 7 / 10 - 3 / 13)
    assert state["sum"].tolist() == [169.0]


def test_adadelta_measures_its_steps_by_the_steps_before():
    # rho = 1/2, eps = 1. t=1: g = 4: v = 8, d = sqrt(1) / sqrt(9) * 4 = 4/3, D = 1/2 * 16/9 = 8/9.
    # t=2: g = 2: v = 4 + 2 = 6, d = sqrt(17/9) / sqrt(7) * 2.
    found, _ = after_two_steps(optim.Adadelta, 2.0, (4.0, 2.0), lr=1.0, rho=0.5, eps=1.0)
    assert found == near(2 / 3, 2 / 3 - 2 * math.sqrt(17 / 63))


def test_rmsprop_divides_by_the_recent_root_mean_square():
    # alpha = 3/4. t=1: v = 1/4 * 16 = 4: step = 1/2 * 4/2 = 1. t=2: g = 2: v = 3 + 1 = 4: step = 1/2 * 2/2 = 1/2.
    found, _ = after_two_steps(optim.RMSprop, 1.0, (4.0, 2.0), lr=0.5, alpha=0.75, eps=0)
    assert found == near(0.0, -0.5)


def test_rmsprop_centered_subtracts_the_square_of_the_mean_and_momentum_adds_up():
    # alpha = 1/2. t=1: g = 4: v = 8, mean = 2: 4 / sqrt(8 - 4) = 2, velocity 2: 1 - 1/2 * 2 = 0.
    # t=2: g = 0: v = 4, mean = 1: 0; velocity 1/2 * 2 = 1: 0 - 1/2.
    found, _ = after_two_steps(optim.RMSprop, 1.0, (4.0, 0.0), lr=0.5, alpha=0.5, eps=0, centered=True, momentum=0.5)
    assert found == near(0.0, -0.5)


def test_rprop_lengthens_its_step_while_the_sign_stays():
    # First step 1/4; the sign stays: 1/4 * 2 = 1/2.
    found, _ = after_two_steps(optim.Rprop, 1.0, (3.0, 0.1), lr=0.25, etas=(0.5, 2.0))
    assert found == near(3 / 4, 1 / 4)


def test_rprop_stands_still_and_shortens_its_step_where_the_sign_flips():
    found, state = after_two_steps(optim.Rprop, 1.0, (3.0, -0.1), lr=0.25, etas=(0.5, 2.0))
    assert found == near(3 / 4, 3 / 4)
    assert (state["step_size"].tolist(), state["prev"].tolist()) == ([1 / 8], [0.0])


def test_asgd_shortens_its_step_and_averages_from_t0_on():
    # lambd 1, lr 1/2, alpha 1, t0 -1. t=1: p = 2 * (1 - 1/2) - 1/2 * 1 = 1/2, ax = p (mu = 1); then
    # eta = 1/2 / (1 + 1/2) = 1/3 and mu = 1/2. t=2: p = 1/2 * 2/3 - 1/3 * 1 = 0, ax = 1/2 + 1/2 * (0 - 1/2) = 1/4.
    found, state = after_two_steps(optim.ASGD, 2.0, (1.0, 1.0), lr=0.5, lambd=1, alpha=1, t0=-1)
    assert found == pytest.approx([1 / 2, 0], abs=1e-7)  # eta is kept in float32
    assert state["ax"].item() == pytest.approx(1 / 4, abs=1e-7)
    assert state["mu"].item() == pytest.approx(1 / 3, rel=1e-6)


def test_lbfgs_goes_down_the_gradient_and_then_knows_the_curvature():
    # f = 2 * p**2 from 2: gradient 8, and the first step is min(1, 1/8) * 8 = 1, to 1. There the gradient is 4:
    # y = -4, s = -1, curvature 4, and Newton's step 4 / 4 = 1 leads to the minimum.
    p = tg.tensor([2.0], dtype=tg.float64, requires_grad=True)
    optimizer, found = optim.LBFGS([p], max_iter=1), []

    def closure():
        optimizer.zero_grad()
        loss = (2 * p * p).sum()
        loss.backward()
        return loss

    for _ in range(2):
        optimizer.step(closure)
        found.append(p.item())
    assert found == near(1.0, 0.0)


def test_adafactor_steps_in_proportion_to_the_parameter():
    # A vector of one: v = g**2 at the first step, update 1, times rms(p) * min(lr, 1) = 2 * 1/4: 2 - 1/2 = 3/2.
    # t=2 with beta2_decay -1: share 1/2: v = 1/2 * 16 + 1/2 * 0 = 8, g = 0: no step.
    found, state = after_two_steps(optim.Adafactor, 2.0, (4.0, 0.0), lr=0.25, beta2_decay=-1.0)
    assert found == near(3 / 2, 3 / 2)
    assert state["variance"].tolist() == [8.0]


def test_muon_moves_along_the_orthogonalized_momentum():
    # A 1x1 matrix has one singular value, 1 once it is divided by its norm; with coefficients (1/2, 0, 0) one round
    # leaves 1/2. p: 1 * (1 - 1/4 * 1/2) - 1/4 * 1/2 = 3/4; then the momentum is 1/10, but one
    # look ahead it is 1/2 * -4/5 + 1/2 * 1/10 < 0: 3/4 * 7/8 + 1/8.
    p = tg.tensor([[1.0]], dtype=tg.float64, requires_grad=True)
    optimizer = optim.Muon([p], lr=0.25, weight_decay=0.5, momentum=0.5, ns_coefficients=(0.5, 0, 0), ns_steps=1)
    found = []
    for g in (2.0, -0.8):
        p.grad = tg.tensor([[g]], dtype=tg.float64)
        optimizer.step()
        found.append(p.item())
    assert found == near(3 / 4, 3 / 4 * 7 / 8 + 1 / 8)
    assert optimizer.state[p]["momentum_buffer"].item() == pytest.approx(1 / 10)  # 1/2 * (1/2 * 2) + 1/2 * -4/5
