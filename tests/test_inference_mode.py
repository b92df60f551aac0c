"""inference_mode, and the modes as decorators of generators."""

from __future__ import annotations

import threading

import pytest

import tinygrad_optim as tg


def leaf(*numbers):
    return tg.tensor(list(numbers), requires_grad=True)


def made_inside():
    with tg.inference_mode():
        return tg.ones(2)


def test_what_is_made_inside_is_marked_and_has_no_history():
    x = leaf(1.0, 2.0)
    with tg.inference_mode():
        y = x * 2
        assert tg.is_inference_mode_enabled()
        assert not tg.is_grad_enabled()
    assert y.is_inference()
    assert not y.requires_grad
    assert not tg.is_inference_mode_enabled()
    assert not (y * 2).is_inference()
    assert y[0].is_inference()
    assert not x.is_inference()


def test_a_view_of_an_ordinary_tensor_is_ordinary():
    x = tg.ones(2)
    with tg.inference_mode():
        assert not x[0].is_inference()


def test_it_may_be_used_where_no_derivative_reads_it():
    assert (leaf(1.0, 2.0) + made_inside()).requires_grad


REFUSED = {
    "kept by a derivative": (lambda t: leaf(1.0, 2.0) * t, "Inference tensors cannot be saved for backward"),
    "kept by a recorded write": (lambda t: (leaf(1.0, 2.0) * 1).mul_(t), "cannot be saved for backward"),
    "written to": (lambda t: t.add_(1), "Inplace update to inference tensor outside InferenceMode"),
    "written at an index": (lambda t: t.__setitem__(0, 3.0), "Inplace update to inference tensor outside"),
    "made a leaf that requires grad": (lambda t: t.requires_grad_(), "Setting requires_grad=True on inference tensor"),
    "asked for its version": (lambda t: t._version, "Inference tensors do not track version counter"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_outside_it_may_not_be(name):
    run, message = REFUSED[name]
    t = made_inside()
    with pytest.raises(RuntimeError, match=message):
        run(t)
    assert t.tolist() == [1.0, 1.0]


def test_inside_it_may_be_written_to():
    with tg.inference_mode():
        t = tg.ones(2)
        t += 1
    assert t.tolist() == [2.0, 2.0]


def test_it_can_be_left_for_a_while_and_is_restored_after_an_error():
    x = leaf(1.0)

    @tg.inference_mode()
    def fails():
        with tg.inference_mode(False):
            assert (x * 2).requires_grad
        assert tg.is_inference_mode_enabled()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert not tg.is_inference_mode_enabled()
    assert tg.is_grad_enabled()


def test_inside_nothing_is_recorded_even_with_enable_grad():
    x = leaf(1.0)
    with tg.inference_mode(), tg.enable_grad():
        assert not (x * 2).requires_grad


def test_other_threads_are_not_in_it():
    seen = []
    with tg.inference_mode():
        thread = threading.Thread(target=lambda: seen.append(tg.ones(1).is_inference()))
        thread.start()
        thread.join()
    assert seen == [False]


@pytest.mark.parametrize("decorate", [tg.inference_mode, tg.inference_mode(), tg.inference_mode(mode=True)])
def test_as_a_decorator(decorate):
    @decorate
    def inside():
        return tg.is_inference_mode_enabled()

    assert inside()
    assert not tg.is_inference_mode_enabled()


def test_a_decorated_generator_runs_in_the_mode_and_its_user_outside():
    events = []

    @tg.no_grad()
    def numbers():
        try:
            got = yield tg.is_grad_enabled()
            events.append((got, tg.is_grad_enabled()))
            try:
                yield 2
            except ValueError:
                events.append(("thrown", tg.is_grad_enabled()))
                yield 3
        finally:
            events.append(("closed", tg.is_grad_enabled()))

    generator = numbers()
    assert next(generator) is False
    assert tg.is_grad_enabled()
    assert generator.send("sent") == 2
    assert generator.throw(ValueError()) == 3
    generator.close()
    assert events == [("sent", False), ("thrown", False), ("closed", False)]
    assert tg.is_grad_enabled()


def test_a_decorated_generator_returns_its_value():
    @tg.enable_grad()
    def one():
        yield 1
        return "end"

    def all_of_it():
        return (yield from one())

    generator = all_of_it()
    next(generator)
    with pytest.raises(StopIteration) as end:
        next(generator)
    assert end.value.value == "end"
