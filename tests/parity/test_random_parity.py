"""Random numbers against PyTorch: one stream, however the calls are mixed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import tinygrad_optim as tg

torch = pytest.importorskip("torch", reason="parity needs PyTorch, which is not installed here")

few = settings(derandomize=True, deadline=None, max_examples=25)
FLOATS = ["float32", "float64", "float16"]
TYPES = [*FLOATS, "int64", "int32", "int16", "int8", "uint8", "bool"]
# PyTorch's logarithms, sines and cosines round in their own way.
ROUNDING = {"float32": 3e-6, "float64": 1e-13, "float16": 2e-3}


def weights(lib, n):
    return lib.tensor(np.random.default_rng(n).uniform(size=(2, n + 3)).astype("float32"))


DRAWN = {
    "rand": lambda lib, n, f, t, g: lib.rand(n, dtype=f, generator=g),
    "randn": lambda lib, n, f, t, g: lib.randn(n, dtype=f, generator=g),
    "randint": lambda lib, n, f, t, g: lib.randint(7, (n,), generator=g),
    "randint of a type": lambda lib, n, f, t, g: lib.randint(2, (n,), dtype=t, generator=g),
    "randint up to 2**28": lambda lib, n, f, t, g: lib.randint(-3, 2**28 - 3, (n,), generator=g),
    "randint of a wide range": lambda lib, n, f, t, g: lib.randint(-5, 2**40, (n,), generator=g),
    "randperm": lambda lib, n, f, t, g: lib.randperm(n, generator=g),
    "normal_": lambda lib, n, f, t, g: lib.empty(n, dtype=f).normal_(3, 2.5, generator=g),
    "uniform_": lambda lib, n, f, t, g: lib.empty(n, dtype=f).uniform_(-3, 2.5, generator=g),
    "random_": lambda lib, n, f, t, g: lib.empty(n, dtype=t).random_(generator=g),
    "random_ to": lambda lib, n, f, t, g: lib.empty(n, dtype=f).random_(9, generator=g),
    "random_ from to": lambda lib, n, f, t, g: lib.empty(n, dtype=f).random_(-3, 9, generator=g),
    "exponential_": lambda lib, n, f, t, g: lib.empty(n, dtype=f).exponential_(2.0, generator=g),
    "bernoulli_": lambda lib, n, f, t, g: lib.empty(n, dtype=t).bernoulli_(0.3, generator=g),
    "bernoulli_ of tensors": lambda lib, n, f, t, g: lib.empty(2, n + 3).bernoulli_(weights(lib, n), generator=g),
    "bernoulli": lambda lib, n, f, t, g: lib.bernoulli(weights(lib, n).to(f), generator=g),
    "bernoulli by a number": lambda lib, n, f, t, g: lib.bernoulli(weights(lib, n), 0.4, generator=g),
    "multinomial": lambda lib, n, f, t, g: lib.multinomial(weights(lib, n), 2, generator=g),
    "multinomial again": lambda lib, n, f, t, g: lib.multinomial(weights(lib, n), 7, True, generator=g),
    "multinomial of one": lambda lib, n, f, t, g: lib.multinomial(weights(lib, n)[0], 1, True, generator=g),
    "normal": lambda lib, n, f, t, g: lib.normal(2.0, 3.0, (n,), generator=g),
    "normal of means": lambda lib, n, f, t, g: lib.normal(weights(lib, n), 2.0, generator=g),
    "normal of deviations": lambda lib, n, f, t, g: lib.normal(1.0, weights(lib, n), generator=g),
}

calls = st.tuples(
    st.sampled_from(sorted(DRAWN)), st.sampled_from([0, 1, 2, 5, 15, 16, 17, 31, 32, 50]), st.sampled_from(FLOATS),
    st.sampled_from(TYPES), st.booleans(),
)  # fmt: skip


def drawn_by(lib, seed, program):
    """What each call of a program gives, and where both streams are at its end."""
    lib.manual_seed(seed)
    own, out = lib.Generator().manual_seed(seed + 1), []
    for name, n, floating, dtype, use_own in program:
        out.append(DRAWN[name](lib, n, getattr(lib, floating), getattr(lib, dtype), own if use_own else None))
    return [*out, lib.get_rng_state(), own.get_state()]


@few
@given(st.integers(-1, 2**40), st.lists(calls, min_size=5, max_size=40))
def test_calls_in_any_order_draw_pytorch_s_numbers(seed, program):
    for ours, theirs in zip(drawn_by(tg, seed, program), drawn_by(torch, seed, program), strict=True):
        dtype = str(theirs.dtype).removeprefix("torch.")
        assert str(ours.dtype) == dtype
        assert ours.shape == tuple(theirs.shape)
        rounding = ROUNDING.get(dtype, 0)
        np.testing.assert_allclose(ours.numpy().astype(float), theirs.numpy().astype(float), rounding, rounding)


def test_what_needs_no_logarithm_is_pytorch_s_bit_for_bit():
    for lib in (tg, torch):
        lib.manual_seed(5)
    for name in ("rand", "randint", "randperm", "uniform_", "random_", "bernoulli_", "multinomial again"):
        ours, theirs = (DRAWN[name](lib, 1000, lib.float32, lib.int64, None) for lib in (tg, torch))
        assert np.array_equal(ours.numpy(), theirs.numpy())


def test_a_stream_s_state_saved_by_pytorch_goes_on_here_and_the_other_way_round():
    torch.manual_seed(11)
    torch.randn(3)  # leaves a normal number over
    tg.set_rng_state(tg.tensor(torch.get_rng_state().numpy()))
    assert np.allclose(tg.randn(5).numpy(), torch.randn(5).numpy(), rtol=1e-6)
    tg.rand(1000)
    torch.set_rng_state(torch.tensor(tg.get_rng_state().numpy()))
    assert np.array_equal(tg.rand(7).numpy(), torch.rand(7).numpy())
    assert tg.initial_seed() == torch.initial_seed() == 11


def test_tensors_like_others_agree():
    for lib in (tg, torch):
        lib.manual_seed(2)
    for name, more in [("rand_like", ()), ("randn_like", ()), ("randint_like", (5,)), ("randint_like", (-3, 5))]:
        ours, theirs = (getattr(lib, name)(lib.zeros(2, 3), *more) for lib in (tg, torch))
        assert str(ours.dtype) == str(theirs.dtype).removeprefix("torch.")
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), 1e-6)


WRONG = {
    "randn of integers": lambda lib: lib.randn(2, dtype=lib.int64),
    "randn of half a size": lambda lib: lib.randn(2.5),
    "rand of a negative size": lambda lib: lib.rand(-1),
    "randint of nothing": lambda lib: lib.randint(3, 3, (2,)),
    "randint too large for its type": lambda lib: lib.randint(0, 300, (2,), dtype=lib.uint8),
    "randint without a size": lambda lib: lib.randint(10),
    "randint of floats": lambda lib: lib.randint(0.5, 10, (2,)),
    "randint of a size that is no tuple": lambda lib: lib.randint(0, 10, 2),
    "randperm below 0": lambda lib: lib.randperm(-1),
    "randperm too large for its type": lambda lib: lib.randperm(300, dtype=lib.uint8),
    "randperm of a float": lambda lib: lib.randperm(2.0),
    "normal of a negative deviation": lambda lib: lib.normal(0.0, -1.0, (2,)),
    "normal of negative deviations": lambda lib: lib.normal(0.0, -lib.ones(2)),
    "normal_ of integers": lambda lib: lib.zeros(2, dtype=lib.int64).normal_(),
    "normal_ of a negative deviation": lambda lib: lib.zeros(2).normal_(0, -1),
    "uniform_ backwards": lambda lib: lib.zeros(2).uniform_(2, 1),
    "uniform_ of integers": lambda lib: lib.zeros(2, dtype=lib.int64).uniform_(),
    "bernoulli_ of more than 1": lambda lib: lib.zeros(2).bernoulli_(2),
    "bernoulli_ of another shape": lambda lib: lib.zeros(3).bernoulli_(lib.zeros(2)),
    "bernoulli of integers": lambda lib: lib.bernoulli(lib.tensor([1])),
    "bernoulli of more than 1": lambda lib: lib.bernoulli(lib.tensor([2.0])),
    "exponential_ below 0": lambda lib: lib.zeros(2).exponential_(-1),
    "exponential_ of integers": lambda lib: lib.zeros(2, dtype=lib.int64).exponential_(),
    "random_ backwards": lambda lib: lib.zeros(2).random_(5, 2),
    "random_ too large": lambda lib: lib.zeros(2, dtype=lib.uint8).random_(5, 300),
    "multinomial of too many": lambda lib: lib.multinomial(lib.ones(2), 3),
    "multinomial of none": lambda lib: lib.multinomial(lib.ones(2), 0),
    "multinomial of zeros": lambda lib: lib.multinomial(lib.zeros(2), 1),
    "multinomial of negative numbers": lambda lib: lib.multinomial(-lib.ones(2), 1),
    "multinomial of integers": lambda lib: lib.multinomial(lib.tensor([1, 2]), 1),
    "multinomial of three dimensions": lambda lib: lib.multinomial(lib.ones(2, 2, 2), 1),
    "a state too short": lambda lib: lib.set_rng_state(lib.zeros(3, dtype=lib.uint8)),
    "a state of floats": lambda lib: lib.set_rng_state(lib.zeros(5056)),
    "rand on no device": lambda lib: lib.rand(2, device="nowhere"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_pytorch_refuses_is_refused_by_an_error_of_its_type_and_draws_nothing(name):
    before = tg.get_rng_state().tolist()
    with pytest.raises(Exception) as theirs:  # noqa: PT011
        WRONG[name](torch)
    with pytest.raises(theirs.type):
        WRONG[name](tg)
    assert tg.get_rng_state().tolist() == before
