"""Making tensors, random numbers with PyTorch's as constants, conversions, devices, settings and display."""

from __future__ import annotations

import math

import numpy as np
import pytest

import tinygrad_optim as tg


def close(tensor, wanted):
    return np.allclose(tensor.numpy(), wanted, rtol=2e-6, atol=1e-7)


def test_a_seed_gives_the_numbers_it_gives_in_pytorch_however_the_calls_are_mixed():
    tg.manual_seed(0)
    assert tg.rand(3).tolist() == [0.49625658988952637, 0.7682217955589294, 0.08847743272781372]
    assert close(tg.randn(3), [0.3643381893634796, 0.13439632952213287, 0.16421625018119812])
    assert close(tg.randn(2), [0.3057610094547272, 0.20998091995716095])  # the first of them was left over
    many = tg.randn(18)
    assert close(many[:3], [0.8503773808479309, -1.3526537418365479, 0.03159274160861969])
    assert close(many[-2:], [-1.586688756942749, 1.203223705291748])
    assert tg.randint(100, (5,)).tolist() == [71, 40, 69, 73, 41]
    assert tg.randint(0, 2**40, (2,)).tolist() == [548719075872, 133598855882]
    assert tg.randperm(6).tolist() == [2, 3, 5, 4, 0, 1]
    assert tg.empty(6).bernoulli_(0.5).tolist() == [1.0, 1.0, 0.0, 0.0, 0.0, 1.0]
    assert close(tg.empty(2).exponential_(), [0.7538052201271057, 0.737453818321228])
    assert tg.multinomial(tg.tensor([0.1, 0.2, 0.7]), 2).tolist() == [2, 1]
    assert tg.multinomial(tg.tensor([0.1, 0.2, 0.7]), 6, True).tolist() == [2, 1, 2, 0, 2, 2]
    assert tg.empty(3, dtype=tg.int64).random_().tolist() == [
        1989124713550194229, 5996063021006875257, 708823992618201172]  # fmt: skip


def test_a_generator_of_one_s_own_draws_pytorch_s_numbers_and_leaves_the_common_stream_alone():
    tg.manual_seed(1)
    before = tg.get_rng_state()
    own = tg.Generator().manual_seed(2147483647)
    assert tg.randint(5, (4,), generator=own).tolist() == [1, 4, 4, 2]
    assert close(tg.randn(2, dtype=tg.float64, generator=own), [-0.057166228101822945, -0.34085409685984724])
    assert tg.get_rng_state().equal(before)


def test_a_stream_goes_on_from_a_saved_state_with_the_number_that_was_left_over():
    tg.manual_seed(3)
    tg.randn(3)
    state = tg.get_rng_state()
    after = tg.randn(3).tolist()
    tg.set_rng_state(state)
    assert tg.randn(3).tolist() == after


def test_fork_rng_lets_the_stream_go_on_as_if_nothing_had_been_drawn():
    tg.manual_seed(3)
    with tg.random.fork_rng():
        inside = tg.rand(2).tolist()
    assert tg.rand(2).tolist() == inside


def test_seed_chooses_a_seed_and_tells_it():
    chosen = tg.seed()
    assert tg.initial_seed() == chosen
    drawn = tg.rand(3).tolist()
    tg.manual_seed(chosen)
    assert tg.rand(3).tolist() == drawn
    tg.manual_seed(0)


@pytest.mark.parametrize("count", [15, 16, 17, 100_000])
def test_normal_numbers_have_the_mean_and_deviation_asked_for(count):
    tg.manual_seed(0)
    drawn = tg.normal(3.0, 2.0, (count,)).numpy()
    assert abs(drawn.mean() - 3) < 8 / math.sqrt(count)
    assert abs(drawn.std() - 2) < 8 / math.sqrt(count)


def test_a_permutation_names_each_number_once():
    for n in (0, 1, 2, 100):
        assert sorted(tg.randperm(n).tolist()) == list(range(n))


def test_random_filling_is_recorded_as_a_write():
    x = tg.ones(3, requires_grad=True)
    with pytest.raises(RuntimeError, match="leaf"):
        x.normal_()
    y = x * 2
    y.uniform_()
    y.sum().backward()
    assert x.grad.tolist() == [0.0, 0.0, 0.0]


def test_linspace_meets_both_ends_and_logspace_their_powers():
    assert tg.linspace(0, 1, 5).tolist() == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert tg.linspace(0, 0.1, 7)[-1].item() == np.float32(0.1)
    assert tg.linspace(0, 10, 4, dtype=tg.int64).tolist() == [0, 3, 6, 10]
    assert tg.logspace(0, 2, 3).tolist() == [1.0, 10.0, 100.0]


def test_new_tensors_take_the_type_of_the_one_they_come_from():
    x = tg.zeros(2, dtype=tg.int32)
    made = (
        x.new_zeros(2, 3),
        x.new_ones((2, 3)),
        x.new_full((2, 3), 7),
        x.new_empty(2, 3),
        x.new_tensor([[1] * 3] * 2),
    )
    assert {(t.shape, str(t.dtype)) for t in made} == {((2, 3), "int32")}
    assert x.new_ones(1, dtype=tg.float64).dtype == tg.float64


def test_converting_to_the_same_type_gives_the_tensor_itself_unless_a_copy_is_asked_for():
    x = tg.ones(2)
    assert x.to("cpu") is x.to(tg.float32) is x.float() is x.cpu() is x.to(tg.zeros(1)) is x
    assert x.to(tg.float32, copy=True) is not x
    assert x.to("cpu", tg.float64).dtype == x.to(dtype=tg.float64).dtype == tg.float64


def test_a_gradient_goes_back_through_a_conversion():
    x = tg.ones(2, requires_grad=True)
    x.double().sum().backward()
    assert x.grad.dtype == tg.float32


def test_a_script_that_asks_for_devices_runs_on_the_cpu():
    device = tg.device("cuda" if tg.cuda.is_available() else "mps" if tg.backends.mps.is_available() else "cpu")
    tg.cuda.manual_seed_all(0)
    tg.backends.cudnn.deterministic, tg.backends.cudnn.benchmark = True, False
    tg.use_deterministic_algorithms(True)
    tg.set_num_threads(1)
    x = tg.zeros(2, device=device).to(device, non_blocking=True)
    assert x.device == device == tg.device("cpu")
    assert (x.is_cuda, x.get_device(), tg.cuda.device_count()) == (False, -1, 0)


@pytest.mark.parametrize("call", [
    lambda: tg.zeros(1).cuda(), lambda: tg.zeros(1).to("cuda"), lambda: tg.rand(1, device="cuda:0"),
    lambda: tg.Generator("cuda"), lambda: tg.cuda.synchronize(),
])  # fmt: skip
def test_what_asks_for_cuda_learns_that_there_is_none(call):
    before = tg.get_rng_state()
    with pytest.raises(RuntimeError, match=r"'cuda.*not available.*is_available"):
        call()
    assert tg.get_rng_state().equal(before)


def test_an_array_of_a_tensor_that_needs_a_gradient_is_refused_with_the_remedy():
    x = tg.ones(2, requires_grad=True)
    for call in (lambda: x.numpy(), lambda: np.asarray(x), lambda: np.add(np.ones(2), x), lambda: np.stack([x, x])):
        with pytest.raises(RuntimeError, match=r"detach\(\)"):
            call()
    assert x.numpy(force=True).tolist() == [1.0, 1.0]


def test_options_change_how_a_tensor_shows_itself_until_they_are_set_back():
    try:
        tg.set_printoptions(precision=2, sci_mode=False)
        assert repr(tg.tensor([1.23456, 1e-6])) == "tensor([1.23, 0.00])"
        tg.set_printoptions(threshold=5, edgeitems=1)
        assert repr(tg.arange(6)) == "tensor([0,  ..., 5])"
        with pytest.raises(ValueError, match="'loud'"):
            tg.set_printoptions(profile="loud")
    finally:
        tg.set_printoptions(profile="default")
    assert repr(tg.tensor([1.23456, 1e-6])) == "tensor([1.2346e+00, 1.0000e-06])"


# What is called, the error's type, and what its message must name.
REFUSED = {
    "zeros of a negative size": (lambda: tg.zeros(2, -1), RuntimeError, ["zeros", "(2, -1)"]),
    "full of text": (lambda: tg.full((2,), "a"), TypeError, ["fill_value", "str"]),
    "ones_like of a list": (lambda: tg.ones_like([1]), TypeError, ["ones_like", "list", "tensor(...)"]),
    "eye of a float": (lambda: tg.eye(2.5), TypeError, ["eye", "'n'", "float"]),
    "linspace of half a step": (lambda: tg.linspace(0, 1, 2.5), TypeError, ["linspace", "'steps'", "float"]),
    "arange of text": (lambda: tg.arange("a"), TypeError, ["arange", "'end'", "str"]),
    "tensors in a list": (lambda: tg.tensor([tg.ones(2)]), ValueError, ["(2,)", "stack()"]),
    "randn of integers": (lambda: tg.randn(2, dtype=tg.int64), NotImplementedError, ["randn", "int64"]),
    "randint of nothing": (lambda: tg.randint(3, 3, (2,)), RuntimeError, ["from=3", "to=3"]),
    "randint without a size": (lambda: tg.randint(3), TypeError, ["size", "randint(10, (3,))"]),
    "randperm of a float": (lambda: tg.randperm(2.0), TypeError, ["randperm", "'n'", "float"]),
    "bernoulli_ of more than 1": (lambda: tg.zeros(2).bernoulli_(2), RuntimeError, ["[0, 1]", "p=2"]),
    "multinomial of too many": (lambda: tg.multinomial(tg.ones(2), 3), RuntimeError, ["3", "2", "replacement"]),
    "a state of floats": (lambda: tg.set_rng_state(tg.zeros(5)), TypeError, ["uint8", "float32"]),
    "a state too short": (lambda: tg.set_rng_state(tg.zeros(5, dtype=tg.uint8)), RuntimeError, ["5056", "5"]),
    "bytes that are no state": (
        lambda: tg.set_rng_state(tg.zeros(5056, dtype=tg.uint8)), RuntimeError, ["get_state()"]),
    "a device of no name": (lambda: tg.device("nowhere"), RuntimeError, ["'nowhere'", "cpu"]),
    "finfo of integers": (lambda: tg.finfo(tg.int64), TypeError, ["int64", "iinfo()"]),
    "numpy's other byte order": (lambda: tg.from_numpy(np.ones(2, ">f4")), ValueError, ["astype"]),
    "memory walked backwards": (lambda: tg.from_numpy(np.ones(2)[::-1]), ValueError, ["copy()"]),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_bad_input_is_refused_with_what_was_found(name):
    call, kind, words = REFUSED[name]
    before = tg.get_rng_state()
    with pytest.raises(kind) as refused:
        call()
    assert refused.type is kind
    assert [word for word in words if word not in str(refused.value)] == []
    assert tg.get_rng_state().equal(before)
