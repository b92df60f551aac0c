"""Every optimizer against PyTorch's: 200 steps over every option, with groups, edits, gaps and a resumption."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest

import tinygrad_optim as tg

torch = pytest.importorskip("torch", reason="parity needs PyTorch, which is not installed here")

STEPS, EDIT, ADD, RESUME = 200, 60, 100, 140

# Each documented option with the values to try; those of LBFGS are below.
COMMON = {"maximize": [False, True], "weight_decay": [0, 0.1]}
ADAMS = {"lr": [0.01, 0.1], "betas": [(0.9, 0.999), (0.5, 0.9), (0.0, 0.99)], "eps": [1e-8, 1e-3], **COMMON}
OPTIONS = {
    "SGD": {
        **{"lr": [0.1, 0.01], "momentum": [0, 0.9, 0.5], "dampening": [0, 0.3], "nesterov": [False, True]},
        **COMMON,
    },
    "Adam": {**ADAMS, "amsgrad": [False, True], "decoupled_weight_decay": [False, True]},
    "AdamW": {**ADAMS, "amsgrad": [False, True]},
    "Adamax": ADAMS,
    "NAdam": {**ADAMS, "momentum_decay": [4e-3, 0.5, 0], "decoupled_weight_decay": [False, True]},
    "RAdam": {**ADAMS, "decoupled_weight_decay": [False, True]},
    "Adagrad": {
        **{"lr": [0.1, 0.01], "lr_decay": [0, 0.1], "initial_accumulator_value": [0, 0.5], "eps": [1e-10, 1e-3]},
        **COMMON,
    },
    "Adadelta": {"lr": [1.0, 0.3], "rho": [0.9, 0.5, 0.0], "eps": [1e-6, 1e-2], **COMMON},
    "RMSprop": {
        **{"lr": [0.01, 0.1], "alpha": [0.99, 0.5], "eps": [1e-8, 1e-3], "momentum": [0, 0.9]},
        **{"centered": [False, True], **COMMON},
    },
    "Rprop": {
        **{"lr": [0.01, 0.1], "etas": [(0.5, 1.2), (0.3, 2.0)], "step_sizes": [(1e-6, 50), (0.02, 0.15)]},
        **{"maximize": [False, True]},
    },
    "ASGD": {"lr": [0.01, 0.1], "lambd": [1e-4, 0.1], "alpha": [0.75, 1.0], "t0": [1e6, 50, 0], **COMMON},
    "Adafactor": {
        **{"lr": [0.01, 0.3], "beta2_decay": [-0.8, -0.3, 0.0], "eps": [(None, 1e-3), (1e-5, 0.1)]},
        **{"d": [1.0, 2.0], **COMMON},
    },
    "Muon": {
        **{"lr": [0.02, 0.1], "momentum": [0.95, 0.5, 0], "nesterov": [True, False], "weight_decay": [0.1, 0]},
        **{"ns_coefficients": [(3.4445, -4.7750, 2.0315), (2.0, -1.5, 0.5)], "eps": [1e-7, 1e-2], "ns_steps": [5, 1]},
        **{"adjust_lr_fn": [None, "original", "match_rms_adamw"]},
    },
}
EDITED = {"lr": 0.03, "weight_decay": 0.05, "maximize": True}  # where the optimizer has such an option

# The largest difference allowed, relative to the largest number in the array.
TOLERANCE = {"float64": 1e-12, "float32": 1e-4}
LOOSER = {
    # PyTorch's ASGD and NAdam keep eta, mu and mu_product as float32 numbers whatever the parameter's type, until
    # load_state_dict makes them of its type; so do we, with the same roundings, and 1e-12 holds for them too.
    # Centered RMSprop divides by the root of a difference that may nearly cancel.
    ("RMSprop", "float32"): 1e-3,
    # Muon multiplies bfloat16 matrices (8 significant bits); the order in which their products are added up is
    # the library's own, and a tie that rounds the other way moves an entry by 2**-8 of itself.
    ("Muon", "float64"): 3e-2,
    ("Muon", "float32"): 3e-2,
}


def covering(options):
    """Option sets in which every two values of different options meet, few sets and always the same ones."""
    rng = random.Random(0)
    names = list(options)
    pairs = {
        (a, i, b, j)
        for a, b in itertools.combinations(names, 2)
        for i in range(len(options[a]))
        for j in range(len(options[b]))
    }
    sets = []
    while pairs:
        tries = [{name: rng.randrange(len(options[name])) for name in names} for _ in range(60)]
        tries = [c for c in tries if is_allowed({name: options[name][c[name]] for name in names})]
        met = [{pair for pair in pairs if c[pair[0]] == pair[1] and c[pair[2]] == pair[3]} for c in tries]
        best = max(range(len(tries)), key=lambda k: len(met[k]))
        if not met[best]:
            break  # the pairs that are left exclude one another
        pairs -= met[best]
        sets.append({name: options[name][tries[best][name]] for name in names})
    return sets


def is_allowed(choice):
    return (
        not choice.get("nesterov") or "dampening" not in choice or bool(choice["momentum"] and not choice["dampening"])
    )


SETS = {kind: covering(options) for kind, options in OPTIONS.items()}
CASES = [(kind, first) for kind, sets in SETS.items() for first in range(0, len(sets), 2)]


class Side:
    """The same training in one of the two libraries."""

    def __init__(self, library, kind, sets, dtype, seed):
        self.library, self.kind, self.sets, self.dtype = library, kind, sets, dtype
        rng = np.random.default_rng(seed)
        matrices = [[(3, 4), (5, 2)], [(4, 4)], [(2, 6), (3, 3)], [(6, 2)]]
        mixed = [[(3, 4), (5,)], [(), (2, 3, 2)], [(1,), (4, 2)], [(7,), (2, 2)]]
        shapes = matrices if kind == "Muon" else mixed
        self.params = [
            [self.tensor(rng.standard_normal(shape)).requires_grad_() for shape in group] for group in shapes
        ]
        self.optimizer = self.fresh()

    def tensor(self, numbers):
        return self.library.tensor(numbers.tolist(), dtype=getattr(self.library, self.dtype))

    def group(self, i):
        return {"params": self.params[i], **self.sets[i]}

    def fresh(self, groups=3):
        return getattr(self.library.optim, self.kind)([self.group(i) for i in range(groups)], **self.sets[0])

    def set_gradients(self, step, noise):
        """Drawn numbers and a pull towards 0, which comes from the parameter; now and then none."""
        pull = 0 if self.kind in ("Rprop", "Muon") else 0.3  # theirs must not hang on how p was rounded
        for i, p in enumerate(p for group in self.params for p in group):
            g = self.tensor(noise[i]) + pull * p.detach()
            p.grad = None if (step + i) % 7 == 0 else g.clone()

    def step(self, step, noise):
        if step == EDIT:
            group = self.optimizer.param_groups[1]
            group.update({option: value for option, value in EDITED.items() if option in group})
        if step == ADD:
            self.optimizer.add_param_group(self.group(3))
        if step == RESUME:
            saved, self.optimizer = self.optimizer.state_dict(), self.fresh(4)
            self.optimizer.load_state_dict(saved)
        self.set_gradients(step, noise)
        self.optimizer.step()

    def numbers(self):
        """Everything that the training has left, by name, as arrays."""
        found = {}
        for i, p in enumerate(p for group in self.params for p in group):
            found[f"parameter {i}"] = p.detach().numpy()
            for key, value in self.optimizer.state.get(p, {}).items():
                found[f"{key} of {i}"] = value.detach().numpy() if hasattr(value, "detach") else np.array(value)
        return found


def assert_close(ours, theirs, tolerance):
    """The same names, shapes and types, and numbers that differ by no more than the tolerance of the largest."""
    assert sorted(ours) == sorted(theirs)
    for name, array in theirs.items():
        assert (name, ours[name].shape, ours[name].dtype) == (name, array.shape, array.dtype)
        np.testing.assert_allclose(
            ours[name], array, rtol=0, atol=tolerance * np.abs(array).max(initial=0), err_msg=name
        )


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("kind", "first"), CASES)
def test_two_hundred_steps_leave_pytorchs_parameters_and_state(kind, first, dtype):
    sets = [SETS[kind][(first + i) % len(SETS[kind])] for i in range(4)]
    ours, theirs = (Side(library, kind, sets, dtype, first) for library in (tg, torch))
    rng = np.random.default_rng(first + 1000)
    tolerance = LOOSER.get((kind, dtype), TOLERANCE[dtype])
    for step in range(STEPS):
        noise = [rng.standard_normal(tuple(p.shape)) + 0.3 for group in theirs.params for p in group]
        for side in (ours, theirs):
            side.step(step, noise)
        if step < 3 or step % 20 == 19:
            assert_close(ours.numbers(), theirs.numbers(), tolerance)
    assert [g.keys() for g in ours.optimizer.param_groups] == [g.keys() for g in theirs.optimizer.param_groups]


@pytest.mark.parametrize("kind", [kind for kind in OPTIONS if kind != "Muon"])
def test_an_lr_given_as_a_tensor_gives_pytorchs_numbers(kind):
    sides = []
    for library in (tg, torch):
        sets = [{**SETS[kind][0], "lr": library.tensor(0.05, dtype=library.float64)}] * 4
        sides.append(Side(library, kind, sets, "float64", 0))
    rng = np.random.default_rng(7)
    for step in range(30):
        noise = [rng.standard_normal(tuple(p.shape)) for group in sides[1].params for p in group]
        for side in sides:
            side.step(step, noise)
    assert_close(sides[0].numbers(), sides[1].numbers(), 1e-12)


@pytest.mark.parametrize("kind", OPTIONS)
def test_defaults_and_the_order_of_the_arguments_are_pytorchs(kind):
    groups = []
    for library in (tg, torch):
        p = library.zeros(2, 2).requires_grad_()
        groups.append(getattr(library.optim, kind)([p]).param_groups[0])
    ours, theirs = ({k: v for k, v in group.items() if k != "params"} for group in groups)
    assert list(ours.items()) == list(theirs.items())
