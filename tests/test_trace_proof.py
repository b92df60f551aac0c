"""The proof: the rule run again on what was recorded gives the new value bit for bit, and its terms add up."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import tinygrad_optim as torch
from tinygrad_optim import Value, optim
from tinygrad_optim.trace import Recorder, tell
from tinygrad_optim.trace.snapshot import WHOLE


def options_of(**choices):
    """Every combination of these choices."""
    return [dict(zip(choices, combination)) for combination in itertools.product(*choices.values())]


BOTH = (False, True)
SGD_OPTIONS = [
    one
    for one in options_of(
        lr=[0.1], momentum=[0, 0.9], dampening=[0, 0.3], weight_decay=[0, 0.01], nesterov=BOTH, maximize=BOTH
    )
    if not one["nesterov"] or (one["momentum"] and not one["dampening"])
]
ADAM_OPTIONS = options_of(
    lr=[0.1], betas=[(0.8, 0.99)], weight_decay=[0, 0.01], amsgrad=BOTH, maximize=BOTH, decoupled_weight_decay=BOTH
)
CASES = [(optim.SGD, options) for options in SGD_OPTIONS] + [(optim.Adam, options) for options in ADAM_OPTIONS]
SIZES = {"small": (3, 4), "large": (30, WHOLE // 10), "scalar": ()}


def told(make, steps=3, record_from=1):
    """The updates of the last steps of an optimizer, and its parameter."""
    p, optimizer, gradient = make()
    for _ in range(record_from):
        p.clear_gradient()
        gradient(p)
        optimizer.step()
    with Recorder() as recorder:
        for _ in range(steps - record_from):
            p.clear_gradient()
            gradient(p)
            optimizer.step()
    found = [one for one in tell(recorder).chapters if one.kind == "step"]
    return [group.updates[0] for chapter in found for group in chapter.groups], p


def tensor_case(cls, options, shape, dtype):
    def make():
        rng = np.random.default_rng(0)
        p = torch.tensor(rng.normal(size=shape), dtype=dtype, requires_grad=True)
        weights = torch.tensor(rng.normal(size=shape), dtype=dtype)
        return p, cls([p], **options), lambda p: (p * p * weights).sum().backward()

    return make


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("cls", "options"), CASES)
def test_the_rule_replays_bit_for_bit(cls, options, size, dtype):
    make = tensor_case(cls, options, SIZES[size], dtype)
    updates, p = told(make, steps=2)
    (update,) = updates
    assert update.proof.holds is True
    # The oracle: the same program, not recorded.
    twin, optimizer, gradient = make()
    for _ in range(2):
        twin.clear_gradient()
        gradient(twin)
        optimizer.step()
    assert p.array.tobytes() == twin.array.tobytes()
    kept = twin.array if size != "large" else twin.array.ravel()[np.linspace(0, twin.array.size - 1, 64).astype(int)]
    assert update.new.numbers.tobytes() == kept.tobytes()


@pytest.mark.parametrize(("cls", "options"), CASES)
def test_the_rule_replays_on_a_value(cls, options):
    updates, v = told(lambda: ((v := Value(1.5)), cls([v], **options), lambda v: (v * v).tanh().backward()))
    assert all(update.proof.holds for update in updates)
    assert updates[-1].new == v.data


@pytest.mark.parametrize(("cls", "options"), CASES)
def test_the_terms_add_up_to_the_change_within_rounding(cls, options):
    updates, _ = told(tensor_case(cls, options, (3, 4), torch.float64))
    for update in updates:
        total = sum(term.share for term in update.terms)
        assert np.allclose(total, update.new.numbers - update.old.numbers, rtol=0, atol=1e-15)
        assert update.adds_up < 1e-15


def test_the_terms_of_sgd_are_those_worked_out_by_hand():
    # p = 2, g = 1, lr = 0.1, decay 0.5, momentum 0.9, velocity 3: v = 0.9*3 + (1 + 0.5*2) = 4.7, change -0.47;
    # of which -0.1 is the gradient's (lr*g), -0.1 decay's (lr*0.5*2), -0.27 momentum's (lr*0.9*3).
    p = torch.tensor([2.0], dtype=torch.float64, requires_grad=True)
    optimizer = optim.SGD([p], lr=0.1, momentum=0.9, weight_decay=0.5)
    optimizer.state[p] = {"momentum_buffer": torch.tensor([3.0], dtype=torch.float64)}
    with Recorder() as recorder:
        p.sum().backward()
        optimizer.step()
    (update,) = tell(recorder).chapters[-1].groups[0].updates
    terms = {term.name: term for term in update.terms}
    assert update.change == pytest.approx([-0.47])
    assert {name: term.share[0] for name, term in terms.items()} == pytest.approx(
        {"the gradient alone": -0.1, "momentum": -0.27, "weight_decay": -0.1}
    )
    assert terms["weight_decay"].without == pytest.approx([-0.37])
    assert terms["momentum"].without == pytest.approx([-0.2])


def test_the_learning_rate_is_no_term():
    updates, _ = told(tensor_case(optim.SGD, {"lr": 0.5}, (2,), torch.float64))
    assert [[term.name for term in update.terms] for update in updates] == [["the gradient alone"]] * 2


def test_a_recording_that_was_tampered_with_does_not_prove():
    p, optimizer, gradient = tensor_case(optim.SGD, {"lr": 0.1}, (3,), torch.float32)()
    with Recorder() as recorder:
        gradient(p)
        optimizer.step()
    (rule,) = [call for call in recorder.recording.all_calls() if call.name == "sgd"]
    rule.args["lr"] = 0.1000001
    (update,) = tell(recorder).chapters[-1].groups[0].updates
    assert update.proof.holds is False


def test_a_new_value_that_the_rule_did_not_make_does_not_prove():
    class Meddling(optim.SGD):
        def write_back(self, p, state, p_new, after, numbers):
            super().write_back(p, state, p_new + 1, after, numbers)

    updates, _ = told(tensor_case(Meddling, {"lr": 0.1}, (3,), torch.float32))
    assert [update.proof.holds for update in updates] == [False, False]


def test_a_state_that_the_rule_did_not_make_does_not_prove():
    p, optimizer, gradient = tensor_case(optim.SGD, {"lr": 0.1, "momentum": 0.9}, (3,), torch.float32)()
    with Recorder() as recorder:
        gradient(p)
        optimizer.step()
    (rule,) = [call for call in recorder.recording.all_calls() if call.name == "sgd"]
    rule.result.items[1][1].numbers[0] += 1
    assert tell(recorder).chapters[-1].groups[0].updates[0].proof.holds is False


class Signed(optim.Optimizer):
    """A rule of the test's own, with a table and a helper: only the sign of the gradient counts."""

    steps = (0.5, 0.25)

    @staticmethod
    def rule(p, g, count, *, lr, which):
        size = lr * Signed.steps[which]
        seen = (0 * p if count is None else count) + 1
        return p - size * np.sign(g), seen

    def __init__(self, params, lr=0.1, which=0):
        super().__init__(params, {"lr": lr, "which": which})


def test_an_optimizer_of_the_users_own_rule_is_told_and_proved():
    updates, _ = told(tensor_case(Signed, {"which": 1}, (4,), torch.float32))
    assert [update.rule for update in updates] == ["rule", "rule"]
    assert all(update.proof.holds for update in updates)
    assert updates[-1].state_after["count"].numbers.tolist() == [3.0] * 4


def test_a_rule_that_is_not_elementwise_is_not_replayed_from_a_sample():
    class Centred(optim.Optimizer):
        elementwise = False
        rule = staticmethod(lambda p, g, *, lr: (p - lr * (g - g.mean()),))

        def __init__(self, params, lr=0.1):
            super().__init__(params, {"lr": lr})

    (large,), _ = told(tensor_case(Centred, {}, SIZES["large"], torch.float32), steps=2)
    (small,), _ = told(tensor_case(Centred, {}, SIZES["small"], torch.float32), steps=2)
    assert large.proof.holds is None
    assert "not elementwise" in large.proof.words
    assert large.terms == []
    assert small.proof.holds is True


OTHERS = ["AdamW", "RMSprop", "Adagrad", "Adadelta", "Adamax", "NAdam", "RAdam", "Rprop", "ASGD"]


@pytest.mark.parametrize("name", OTHERS)
def test_every_elementwise_optimizer_replays(name):
    updates, _ = told(tensor_case(getattr(optim, name), {}, SIZES["large"], torch.float32))
    assert [update.proof.holds for update in updates] == [True, True]


LAYOUTS = {
    "transposed": lambda numbers: np.ascontiguousarray(numbers.T).T,
    "a part": lambda numbers: np.repeat(np.repeat(numbers, 2, axis=0), 3, axis=1)[::2, ::3],
    "transposed part": lambda numbers: np.repeat(numbers.T, 2, axis=0)[::2].T,
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", [*OTHERS, "SGD", "Adam", "Adafactor", "Muon"])
def test_parameters_that_do_not_lie_in_order_replay_too(name, layout):
    """Where a rule takes sums (Adafactor, Muon), their last bits depend on the order in memory."""

    def make():
        rng = np.random.default_rng(0)
        p, weights = (torch.from_numpy(LAYOUTS[layout](rng.normal(size=(12, 15)).astype(np.float32))) for _ in range(2))
        return p.requires_grad_(), getattr(optim, name)([p]), lambda p: (p * p * weights).sum().backward()

    updates, _ = told(make)
    assert [update.proof.holds for update in updates] == [True, True]
