"""Averaged models, SWALR, clipping and vectors of parameters against PyTorch's."""

from __future__ import annotations

import copy
import math

import numpy as np
import pytest
from schedules import STEPS, adam, assert_same_rows, parameter, seen, sgd, train

import tinygrad_optim as ours

theirs = pytest.importorskip("torch", reason="parity needs PyTorch, which is not installed here")
BOTH = (ours, theirs)

# ---- averages ------------------------------------------------------------------------------------------------


def swa(lib):
    return __import__(f"{lib.__name__}.optim.swa_utils", fromlist=["swa_utils"])


AVERAGES = {
    "mean": lambda lib: {},
    "mean by function": lambda lib: {"avg_fn": swa(lib).get_swa_avg_fn()},
    "mean of lists": lambda lib: {"multi_avg_fn": swa(lib).get_swa_multi_avg_fn()},
    "moving": lambda lib: {"avg_fn": swa(lib).get_ema_avg_fn()},
    "moving fast": lambda lib: {"avg_fn": swa(lib).get_ema_avg_fn(decay=0.4)},
    "moving lists": lambda lib: {"multi_avg_fn": swa(lib).get_ema_multi_avg_fn(0.9)},
    "moving lists fast": lambda lib: {"multi_avg_fn": swa(lib).get_ema_multi_avg_fn(0.4)},
    "own": lambda lib: {"avg_fn": lambda a, p, n: 0.75 * a + 0.25 * p / (n + 1)},
    "device said": lambda lib: {"device": "cpu", "use_buffers": True},
}


def net(lib, dtype):
    model = lib.nn.Sequential(lib.nn.Linear(3, 4), lib.nn.Tanh(), lib.nn.Linear(4, 2, bias=False))
    for k, p in enumerate(model.parameters()):
        p.data = lib.tensor(np.linspace(-1, 1 + k, p.numel()).reshape(p.shape).tolist(), dtype=getattr(lib, dtype))
    return model


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", AVERAGES)
def test_averages_of_200_updates_are_pytorchs(name, dtype):
    histories = []
    for lib in BOTH:
        model = net(lib, dtype)
        averaged = swa(lib).AveragedModel(model, **AVERAGES[name](lib))
        histories.append([])
        for t in range(STEPS):
            for k, p in enumerate(model.parameters()):
                p.data = p.data * 0.99 + math.sin(t + k)
            averaged.update_parameters(model)
            state = averaged.state_dict()
            histories[-1].append([*state["n_averaged"].detach().numpy().ravel()])
            for key, value in state.items():
                assert str(value.dtype).removeprefix("torch.") == ("int64" if key == "n_averaged" else dtype)
                histories[-1][-1] += value.detach().numpy().ravel().tolist()
    # PyTorch divides 1 by the count as a float32 tensor when it averages lists, whatever the parameters' type.
    tolerance = 1e-12 if dtype == "float64" and name != "mean of lists" else 1e-5
    np.testing.assert_allclose(histories[0], histories[1], rtol=tolerance, atol=tolerance)


def test_the_state_of_an_average_has_pytorchs_keys_and_goes_on_from_there():
    results = []
    for lib in BOTH:
        model = net(lib, "float64")
        first, second = (swa(lib).AveragedModel(model) for _ in range(2))
        for t in range(5):
            model[0].weight.data = model[0].weight.data + t
            first.update_parameters(model)
        second.load_state_dict(copy.deepcopy(first.state_dict()))
        model[0].weight.data = model[0].weight.data * 3
        second.update_parameters(model)
        results.append({key: value.tolist() for key, value in second.state_dict().items()})
    assert list(results[0]) == list(results[1])
    for key, value in results[1].items():
        np.testing.assert_allclose(results[0][key], value, rtol=1e-12)


def test_the_averaged_model_computes_what_pytorchs_does():
    outputs = []
    for lib in BOTH:
        model = net(lib, "float64")
        averaged = swa(lib).AveragedModel(model)
        averaged.update_parameters(model)
        model[0].weight.data = model[0].weight.data * 3
        averaged.update_parameters(model)
        outputs.append(averaged(lib.ones(5, 3, dtype=lib.float64)).detach().numpy())
    np.testing.assert_allclose(outputs[0], outputs[1], rtol=1e-12)


def normed(lib):
    """A net with batch norm, and some batches to normalize."""
    model = lib.nn.Sequential(lib.nn.Linear(3, 4), lib.nn.BatchNorm1d(4), lib.nn.Tanh(), lib.nn.Linear(4, 2)).double()
    for k, p in enumerate(model.parameters()):
        p.data = lib.tensor(np.linspace(-1, 1 + k, p.numel()).reshape(p.shape).tolist(), dtype=lib.float64)
    batches = np.random.default_rng(0).normal(size=(5, 8, 3))
    return model, [lib.tensor(batch.tolist(), dtype=lib.float64) for batch in batches]


def told(state):
    return {key: (str(value.dtype).removeprefix("torch."), value.tolist()) for key, value in state.items()}


def assert_same_state(ours, theirs):
    assert [(key, dtype) for key, (dtype, _) in ours.items()] == [(key, dtype) for key, (dtype, _) in theirs.items()]
    for key, (_, numbers) in theirs.items():
        np.testing.assert_allclose(ours[key][1], numbers, rtol=1e-11, atol=1e-13, err_msg=key)


@pytest.mark.parametrize("name", ["mean", "mean by function", "moving fast", "moving lists fast"])
@pytest.mark.parametrize("use_buffers", [True, False])
def test_averages_of_a_model_with_buffers_are_pytorchs(use_buffers, name):
    states = []
    for lib in BOTH:
        model, batches = normed(lib)
        averaged = swa(lib).AveragedModel(model, use_buffers=use_buffers, **AVERAGES[name](lib))
        for batch in batches:
            model(batch)
            model[0].weight.data = model[0].weight.data * 0.9
            averaged.update_parameters(model)
        states.append(told(averaged.state_dict()))
    assert_same_state(*states)


@pytest.mark.parametrize("training", [True, False])
def test_update_bn_computes_pytorchs_statistics(training):
    states = []
    for lib in BOTH:
        model, batches = normed(lib)
        model.train(training)
        model(batches[0] * 3)  # stale statistics
        swa(lib).update_bn([(batch, "label") for batch in batches], model)
        states.append(told(model.state_dict()))
        states[-1]["mode"] = ("", [model.training, model[1].training, model[1].momentum])
        states[-1]["output"] = ("", model.eval()(batches[1]).tolist())
    assert_same_state(*states)


def test_an_averaged_model_lists_its_count_among_its_buffers_as_pytorchs():
    listings = []
    for lib in BOTH:
        averaged = swa(lib).AveragedModel(normed(lib)[0]).float()
        copied = copy.deepcopy(averaged)
        names = [name for name, _ in copied.named_buffers()]
        listings.append((names, str(copied.n_averaged.dtype).removeprefix("torch."), list(copied.state_dict())))
    assert listings[0] == listings[1]


# ---- SWALR ---------------------------------------------------------------------------------------------------

ANNEALS = {
    "cosine": (sgd, lambda u, o: u.SWALR(o, 0.05)),
    "straight": (adam, lambda u, o: u.SWALR(o, swa_lr=0.05, anneal_epochs=30, anneal_strategy="linear")),
    "lists": (sgd, lambda u, o: u.SWALR(o, [0.05, 0.2, 0.01], 25)),
    "at once": (sgd, lambda u, o: u.SWALR(o, 0.05, anneal_epochs=0)),
}


@pytest.mark.parametrize("edited", [False, True])
@pytest.mark.parametrize("name", ANNEALS)
def test_swalr_is_pytorchs_also_when_edited_and_resumed(name, edited):
    rows = []
    for lib in BOTH:
        optimizer = ANNEALS[name][0](lib)
        scheduler = ANNEALS[name][1](swa(lib), optimizer)
        rows.append([seen(optimizer, scheduler)])
        for t in range(STEPS):
            train(optimizer, t)
            scheduler.step()
            if edited and t in (3, 100):
                optimizer.param_groups[1]["lr"] *= 2
            if edited and t == 8:
                state = copy.deepcopy((optimizer.state_dict(), scheduler.state_dict()))
                scheduler = ANNEALS[name][1](swa(lib), optimizer)
                optimizer.load_state_dict(state[0])
                scheduler.load_state_dict(state[1])
            rows[-1].append(seen(optimizer, scheduler))
    assert_same_rows(*rows)


def test_swalr_takes_over_from_another_schedule_as_in_pytorch():
    rows = []
    for lib in BOTH:
        optimizer = sgd(lib)
        cosine = lib.optim.lr_scheduler.CosineAnnealingLR(optimizer, 100)
        rows.append([])
        for t in range(STEPS):
            train(optimizer, t)
            if t < 75:
                cosine.step()
                continue
            if t == 75:
                scheduler = swa(lib).SWALR(optimizer, 0.03)
            scheduler.step()
            rows[-1].append(seen(optimizer, scheduler))
    assert_same_rows(*rows)


# ---- clipping ------------------------------------------------------------------------------------------------

NORMS = [2.0, 1, 0, 3, 0.5, -1, math.inf, -math.inf, "inf"]
GRADIENTS = {
    "ordinary": [[[1.0, -2.0], [3.0, 0.5]], [0.0, -4.0], None, 2.5],
    "small": [[1e-4, -2e-5], [3e-6], None],
    "zero": [[0.0, 0.0], [0.0]],
    "with NaN": [[1.0, math.nan], [2.0]],
    "with infinity": [[1.0, math.inf], [-2.0]],
    "large": [[1e30, 1e30], [3.0]],
    "none": [None, None],
    "nothing at all": [],
}


def parameters(lib, which, dtype):
    found = []
    for numbers in GRADIENTS[which]:
        p = lib.nn.Parameter(lib.zeros(np.shape(1.0 if numbers is None else numbers), dtype=getattr(lib, dtype)))
        p.grad = None if numbers is None else lib.tensor(numbers, dtype=getattr(lib, dtype))
        found.append(p)
    return found


def gradients(found):
    return [number for p in found if p.grad is not None for number in p.grad.numpy().ravel().tolist()]


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
@pytest.mark.parametrize("norm_type", NORMS)
@pytest.mark.parametrize("which", GRADIENTS)
def test_clipping_by_norm_gives_pytorchs_norm_and_gradients(which, norm_type, dtype):
    results = []
    for lib in BOTH:
        found = parameters(lib, which, dtype)
        total = lib.nn.utils.clip_grad_norm_(found, 1.5, norm_type)
        results.append([total.item(), *gradients(found), str(total.dtype).removeprefix("torch."), total.shape == ()])
    tolerance = {"float64": 1e-12, "float32": 1e-6, "float16": 2e-3}[dtype]
    np.testing.assert_allclose(results[0][:-2], results[1][:-2], rtol=tolerance, atol=0)
    assert results[0][-2:] == results[1][-2:]


@pytest.mark.parametrize("max_norm", [0.0, 1e-3, 1.0, 1e9, math.inf])
def test_clipping_to_other_lengths_is_pytorchs(max_norm):
    results = []
    for lib in BOTH:
        found = parameters(lib, "ordinary", "float64")
        total = lib.nn.utils.clip_grad_norm_(found, max_norm, foreach=True)
        results.append([total.item(), *gradients(found)])
    np.testing.assert_allclose(*results, rtol=1e-12)


# With no gradient at all PyTorch fails on an internal assertion; here there is nothing to do.
@pytest.mark.parametrize("which", [which for which in GRADIENTS if which not in ("none", "nothing at all")])
def test_clipping_by_value_is_pytorchs(which):
    results = []
    for lib in BOTH:
        found = parameters(lib, which, "float64")
        lib.nn.utils.clip_grad_value_(found, 0.7)
        results.append(gradients(found))
    assert np.array_equal(*results, equal_nan=True)


def test_types_mixed_are_clipped_as_by_pytorch():
    results = []
    for lib in BOTH:
        found = parameters(lib, "ordinary", "float32") + parameters(lib, "ordinary", "float64")
        total = lib.nn.utils.clip_grad_norm_(found, 1.5)
        assert str(total.dtype).removeprefix("torch.") == "float64"
        results.append([total.item(), *gradients(found)])
    np.testing.assert_allclose(*results, rtol=1e-6)


def test_one_tensor_a_generator_and_the_two_halves_are_taken_as_by_pytorch():
    results = []
    for lib in BOTH:
        found = parameters(lib, "ordinary", "float64")
        totals = [lib.nn.utils.clip_grad_norm_(found[0], 2.0), lib.nn.utils.clip_grad_norm_(iter(found), 2.0)]
        totals.append(lib.nn.utils.get_total_norm([p.grad for p in found if p.grad is not None], 3.0))
        lib.nn.utils.clip_grads_with_norm_(found, 0.5, totals[-1])
        results.append([*(total.item() for total in totals), *gradients(found)])
    np.testing.assert_allclose(*results, rtol=1e-12)


# ---- vectors -------------------------------------------------------------------------------------------------


def test_parameters_go_into_a_vector_and_back_as_in_pytorch():
    results = []
    for lib in BOTH:
        model = net(lib, "float64")
        vector = lib.nn.utils.parameters_to_vector(model.parameters())
        (vector * vector).sum().backward()
        lib.nn.utils.vector_to_parameters(vector.detach() * 2 + 1, model.parameters())
        results.append([*vector.tolist(), *gradients(list(model.parameters()))])
        results[-1] += [number for p in model.parameters() for number in p.detach().numpy().ravel().tolist()]
    assert results[0] == results[1]


# ---- what is refused -----------------------------------------------------------------------------------------

REFUSED = {
    "decay above 1": lambda lib: swa(lib).get_ema_avg_fn(1.1),
    "decay below 0": lambda lib: swa(lib).get_ema_multi_avg_fn(-0.1),
    "two functions": lambda lib: swa(lib).AveragedModel(lib.nn.Linear(1, 1), avg_fn=max, multi_avg_fn=max),
    "another shape": lambda lib: updated_twice(lib),
    "too few swa_lrs": lambda lib: swa(lib).SWALR(sgd(lib), [0.1]),
    "unknown way": lambda lib: swa(lib).SWALR(sgd(lib), 0.1, anneal_strategy="sin"),
    "epochs below 0": lambda lib: swa(lib).SWALR(sgd(lib), 0.1, anneal_epochs=-1),
    "half an epoch": lambda lib: swa(lib).SWALR(sgd(lib), 0.1, anneal_epochs=0.5),
    "a module": lambda lib: lib.nn.utils.clip_grad_norm_(lib.nn.Linear(1, 1), 1.0),
    "a number": lambda lib: lib.nn.utils.clip_grad_norm_([1.0], 1.0),
    "text": lambda lib: lib.nn.utils.clip_grad_norm_(parameters(lib, "ordinary", "float64"), "one"),
    "NaN": lambda lib: lib.nn.utils.clip_grad_norm_(parameters(lib, "with NaN", "float64"), 1.0, 2, True),
    "infinity": lambda lib: lib.nn.utils.clip_grad_norm_(
        parameters(lib, "with infinity", "float64"), 1.0, error_if_nonfinite=True
    ),
    "the largest of none": lambda lib: lib.nn.utils.get_total_norm([lib.zeros(0)], math.inf),
    "no vector": lambda lib: lib.nn.utils.vector_to_parameters([1.0], [parameter(lib, 0)]),
    "a vector too short": lambda lib: lib.nn.utils.vector_to_parameters(lib.zeros(2), [parameter(lib, 0)]),
    "a vector of nothing": lambda lib: lib.nn.utils.parameters_to_vector([]),
}


def updated_twice(lib):
    averaged = swa(lib).AveragedModel(lib.nn.Linear(2, 2))
    averaged.update_parameters(lib.nn.Linear(3, 2))


@pytest.mark.parametrize("what", REFUSED)
def test_what_pytorch_refuses_is_refused_with_the_same_type(what):
    kinds = []
    for lib in BOTH:
        with pytest.raises(Exception) as caught:  # noqa: PT011  (compared below)
            REFUSED[what](lib)
        kinds.append(caught.type)
    assert kinds[0] is kinds[1]


def test_an_empty_generator_warns_in_both():
    for lib in BOTH:
        with pytest.warns(UserWarning, match="`parameters` is an empty generator, no gradient clipping will occur."):
            lib.nn.utils.clip_grad_norm_((p for p in []), 1.0)
