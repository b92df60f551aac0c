"""What PyTorch's schedules refuse or warn of is refused or warned of here, with the same type."""

from __future__ import annotations

import copy

import pytest
from schedules import SCHEDULES, parameter, sgd, train

import tinygrad_optim as ours

theirs = pytest.importorskip("torch", reason="parity needs PyTorch, which is not installed here")

REFUSED = {
    "no optimizer": lambda s, o: s.StepLR([], 3),
    "no optimizer for a plateau": lambda s, o: s.ReduceLROnPlateau(None),
    "no optimizer for a cycle": lambda s, o: s.CyclicLR(None, 0.1, 1.0),
    "no optimizer for one cycle": lambda s, o: s.OneCycleLR(None, 0.1, 10),
    "nothing to resume from": lambda s, o: s.StepLR(o, 3, last_epoch=4),
    "too few functions": lambda s, o: s.LambdaLR(o, [lambda t: 1.0]),
    "too many functions": lambda s, o: s.MultiplicativeLR(o, [lambda t: 1.0] * 4),
    "a number as function": lambda s, o: s.LambdaLR(o, 0.9),
    "a number as factor function": lambda s, o: s.MultiplicativeLR(o, 0.9),
    "constant factor above 1": lambda s, o: s.ConstantLR(o, 1.5),
    "constant factor below 0": lambda s, o: s.ConstantLR(o, -0.1),
    "linear from 0": lambda s, o: s.LinearLR(o, 0.0),
    "linear from above 1": lambda s, o: s.LinearLR(o, 1.1),
    "linear to above 1": lambda s, o: s.LinearLR(o, 0.5, 1.1),
    "linear to below 0": lambda s, o: s.LinearLR(o, 0.5, -0.1),
    "T_0 of 0": lambda s, o: s.CosineAnnealingWarmRestarts(o, 0),
    "T_0 of a half": lambda s, o: s.CosineAnnealingWarmRestarts(o, 0.5),
    "T_mult of 0": lambda s, o: s.CosineAnnealingWarmRestarts(o, 3, 0),
    "T_mult of a half": lambda s, o: s.CosineAnnealingWarmRestarts(o, 3, 1.5),
    "eta_min as text": lambda s, o: s.CosineAnnealingWarmRestarts(o, 3, 1, "0"),
    "an epoch before the first": lambda s, o: s.CosineAnnealingWarmRestarts(o, 3).step(-1),
    "factor of 1": lambda s, o: s.ReduceLROnPlateau(o, factor=1.0),
    "unknown mode": lambda s, o: s.ReduceLROnPlateau(o, mode="least"),
    "unknown threshold mode": lambda s, o: s.ReduceLROnPlateau(o, threshold_mode="both"),
    "too few min_lrs": lambda s, o: s.ReduceLROnPlateau(o, min_lr=[0.1]),
    "a metric of text": lambda s, o: s.ReduceLROnPlateau(o).step("better"),
    "no metric": lambda s, o: s.ReduceLROnPlateau(o).step(),
    "too few base_lrs": lambda s, o: s.CyclicLR(o, [0.1], 1.0),
    "too few max_lrs": lambda s, o: s.CyclicLR(o, 0.1, [1.0, 1.0]),
    "unknown cycle": lambda s, o: s.CyclicLR(o, 0.1, 1.0, mode="square"),
    "too few momenta": lambda s, o: s.CyclicLR(o, 0.1, 1.0, base_momentum=[0.8]),
    "no length": lambda s, o: s.OneCycleLR(o, 0.1),
    "half a length": lambda s, o: s.OneCycleLR(o, 0.1, epochs=3),
    "length 0": lambda s, o: s.OneCycleLR(o, 0.1, 0),
    "length not whole": lambda s, o: s.OneCycleLR(o, 0.1, 10.5),
    "epochs below 0": lambda s, o: s.OneCycleLR(o, 0.1, epochs=-1, steps_per_epoch=3),
    "no steps an epoch": lambda s, o: s.OneCycleLR(o, 0.1, epochs=1, steps_per_epoch=0),
    "pct_start above 1": lambda s, o: s.OneCycleLR(o, 0.1, 10, pct_start=1.1),
    "pct_start whole": lambda s, o: s.OneCycleLR(o, 0.1, 10, pct_start=1),
    "a rise of no length": lambda s, o: s.OneCycleLR(o, 0.1, 10, pct_start=0.1),
    "unknown way": lambda s, o: s.OneCycleLR(o, 0.1, 10, anneal_strategy="sin"),
    "too many max_lrs": lambda s, o: s.OneCycleLR(o, [0.1] * 4, 10),
    "a step too many": lambda s, o: several(s.OneCycleLR(o, 0.1, 2), o, 3),
    "nothing in sequence": lambda s, o: s.SequentialLR(o, [], []),
    "too few milestones": lambda s, o: s.SequentialLR(o, [s.StepLR(o, 3), s.StepLR(o, 3)], []),
    "no schedule in sequence": lambda s, o: s.SequentialLR(o, [3], []),
    "a plateau in sequence": lambda s, o: s.SequentialLR(o, [s.ReduceLROnPlateau(o)], []),
    "another optimizer in sequence": lambda s, o: s.SequentialLR(copy.deepcopy(o), [s.StepLR(o, 3)], []),
    "nothing chained": lambda s, o: s.ChainedScheduler([]),
    "no schedule chained": lambda s, o: s.ChainedScheduler([3], o),
    "a plateau chained": lambda s, o: s.ChainedScheduler([s.ReduceLROnPlateau(o)]),
    "another optimizer chained": lambda s, o: s.ChainedScheduler([s.StepLR(o, 3)], copy.deepcopy(o)),
    "no get_lr": lambda s, o: s.LRScheduler(o),
}


def several(scheduler, optimizer, steps):
    for t in range(steps):
        train(optimizer, t)
        scheduler.step()


@pytest.mark.parametrize("what", REFUSED)
def test_what_pytorch_refuses_is_refused_with_the_same_type(what):
    kinds = []
    for lib in (ours, theirs):
        with pytest.raises(Exception) as caught:  # noqa: PT011  (compared below)
            REFUSED[what](lib.optim.lr_scheduler, sgd(lib))
        kinds.append(caught.type)
    assert kinds[0] is kinds[1]


def test_no_momentum_to_cycle_is_refused_with_the_same_type():
    for lib in (ours, theirs):
        optimizer = lib.optim.Rprop([parameter(lib, 0)])
        for build in (
            lambda s, o: s.CyclicLR(o, 0.1, 1.0),
            lambda s, o: s.OneCycleLR(o, 0.1, 10),
        ):
            with pytest.raises(ValueError, match="must support momentum or beta1 with `cycle_momentum`"):
                build(lib.optim.lr_scheduler, optimizer)


# ---- warnings ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in SCHEDULES if not name.startswith(("warm", "plateau"))])
def test_stepping_the_schedule_first_warns_in_pytorchs_words(name):
    messages = []
    for lib in (ours, theirs):
        optimizer = SCHEDULES[name][0](lib)
        scheduler = SCHEDULES[name][1](lib.optim.lr_scheduler, optimizer)
        with pytest.warns(UserWarning, match="before `optimizer.step") as caught:
            scheduler.step()
        messages.append([str(warning.message) for warning in caught])
    assert messages[0] == messages[1]


@pytest.mark.parametrize("call", ["step", "get_lr"])
def test_pytorch_warns_of_the_same_calls(call):
    for lib in (ours, theirs):
        optimizer = sgd(lib)
        scheduler = lib.optim.lr_scheduler.StepLR(optimizer, 3)
        train(optimizer, 0)
        with pytest.warns(UserWarning, match="epoch parameter in `scheduler|please use `get_last_lr"):
            scheduler.step(3) if call == "step" else scheduler.get_lr()
