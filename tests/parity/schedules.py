"""The schedules that are compared with PyTorch's, and how both are run."""

from __future__ import annotations

import numpy as np

STEPS = 220


class Grows:
    """A callable object, whose attributes a state_dict keeps."""

    def __init__(self):
        self.calls = 0

    def __call__(self, t):
        self.calls += 1
        return 1 / (1 + 0.1 * t)


def sgd(lib, groups=3):
    """Three groups of float64 parameters with lrs, momenta and decays of their own."""
    rows = [{"params": [parameter(lib, k)], "lr": 0.1 / (k + 1), "momentum": 0.9 - 0.2 * k} for k in range(groups)]
    return lib.optim.SGD(rows, lr=0.05, weight_decay=0.01)


def adam(lib, groups=3):
    rows = [{"params": [parameter(lib, k)], "lr": 0.01 * (k + 1)} for k in range(groups)]
    return lib.optim.Adam(rows, betas=(0.8, 0.99))


def parameter(lib, k):
    start = np.linspace(-1.0, 1.0 + k, 4).reshape(2, 2)
    return lib.tensor(start.tolist(), dtype=lib.float64, requires_grad=True)


def train(optimizer, t):
    """One step with made-up gradients, the same on both sides."""
    for k, group in enumerate(optimizer.param_groups):
        for p in group["params"]:
            p.grad = (p * 0.3 + np.sin(t + k)).detach()
    optimizer.step()


def seen(optimizer, scheduler):
    """All that a schedule may have changed."""
    row = [float(lr) for lr in scheduler.get_last_lr()]
    for group in optimizer.param_groups:
        row += [group["lr"], group.get("momentum", 0.0), *group.get("betas", ())]
        row += [group.get(key, -1.0) for key in ("initial_lr", "max_lr", "min_lr", "base_momentum", "max_momentum")]
    return [*row, getattr(scheduler, "last_epoch", 0)], [
        group["params"][0].tolist() for group in optimizer.param_groups
    ]


def advance(scheduler, t):
    """step(), with a metric for the one that needs it: falling, then level, then noisy, and NaN now and then."""
    if type(scheduler).__name__ == "ReduceLROnPlateau":
        scheduler.step(float("nan") if t % 41 == 40 else max(3.0 - 0.05 * t, 0.7) + 0.2 * np.sin(t) * (t > 100))
    else:
        scheduler.step()


SCHEDULES = {
    "lambda": (sgd, lambda s, o: s.LambdaLR(o, lambda t: 0.95**t)),
    "lambdas": (sgd, lambda s, o: s.LambdaLR(o, [lambda t: 0.95**t, lambda t: 1 / (t + 1), Grows()])),
    "multiplicative": (sgd, lambda s, o: s.MultiplicativeLR(o, lambda t: 0.99 if t % 3 else 1.01)),
    "multiplicatives": (sgd, lambda s, o: s.MultiplicativeLR(o, [lambda t: 0.98, Grows(), lambda t: 1.001])),
    "step": (sgd, lambda s, o: s.StepLR(o, 30)),
    "step often": (adam, lambda s, o: s.StepLR(o, step_size=7, gamma=0.8)),
    "multi step": (sgd, lambda s, o: s.MultiStepLR(o, [0, 5, 100, 60, 60], gamma=0.3)),
    "constant": (sgd, lambda s, o: s.ConstantLR(o)),
    "constant long": (sgd, lambda s, o: s.ConstantLR(o, factor=0.25, total_iters=90)),
    "constant no steps": (sgd, lambda s, o: s.ConstantLR(o, factor=0.25, total_iters=0)),
    "linear": (sgd, lambda s, o: s.LinearLR(o)),
    "linear long": (sgd, lambda s, o: s.LinearLR(o, start_factor=0.1, end_factor=0.9, total_iters=90)),
    "linear to nothing": (sgd, lambda s, o: s.LinearLR(o, start_factor=1.0, end_factor=0.0, total_iters=90)),
    "linear no steps": (sgd, lambda s, o: s.LinearLR(o, total_iters=0)),
    "exponential": (adam, lambda s, o: s.ExponentialLR(o, 0.97)),
    "exponential up": (sgd, lambda s, o: s.ExponentialLR(o, gamma=1.001)),
    "polynomial": (sgd, lambda s, o: s.PolynomialLR(o)),
    "polynomial long": (sgd, lambda s, o: s.PolynomialLR(o, total_iters=180, power=1.7)),
    "cosine": (sgd, lambda s, o: s.CosineAnnealingLR(o, T_max=250, eta_min=1e-3)),
    "cosine up and down": (adam, lambda s, o: s.CosineAnnealingLR(o, 20)),
    "warm restarts": (sgd, lambda s, o: s.CosineAnnealingWarmRestarts(o, 10)),
    "warm restarts longer": (adam, lambda s, o: s.CosineAnnealingWarmRestarts(o, T_0=7, T_mult=2, eta_min=1e-4)),
    "cyclic": (sgd, lambda s, o: s.CyclicLR(o, 0.01, 0.1, step_size_up=15)),
    "cyclic halving": (adam, lambda s, o: s.CyclicLR(o, 0.01, 0.1, 15, 25, mode="triangular2", base_momentum=0.7)),
    "cyclic shrinking": (sgd, lambda s, o: s.CyclicLR(o, 0.01, 0.1, 15, 5, mode="exp_range", gamma=0.99)),
    "cyclic lists": (
        sgd,
        lambda s, o: s.CyclicLR(
            o, [0.01, 0.02, 0.03], [0.1, 0.3, 0.2], 10, base_momentum=[0.5, 0.6, 0.7], max_momentum=[0.9, 0.8, 0.95]
        ),
    ),
    "cyclic by cycle": (sgd, lambda s, o: s.CyclicLR(o, 0.01, 0.1, 15, scale_fn=lambda x: 1 / x, cycle_momentum=False)),
    "cyclic by step": (
        sgd,
        lambda s, o: s.CyclicLR(o, 0.01, 0.1, 15, scale_fn=Grows(), scale_mode="iterations", mode="own"),
    ),
    "one cycle": (sgd, lambda s, o: s.OneCycleLR(o, 0.3, total_steps=STEPS)),
    "one cycle straight": (
        adam,
        lambda s, o: s.OneCycleLR(o, 0.3, epochs=24, steps_per_epoch=10, anneal_strategy="linear", pct_start=0.5),
    ),
    "one cycle in three": (
        sgd,
        lambda s, o: s.OneCycleLR(o, [0.3, 0.1, 0.2], 260, three_phase=True, div_factor=10.0, final_div_factor=100.0),
    ),
    "one cycle momenta": (
        adam,
        lambda s, o: s.OneCycleLR(o, 0.3, 260, base_momentum=[0.5, 0.6, 0.7], max_momentum=[0.9, 0.8, 0.95]),
    ),
    "one cycle from the top": (sgd, lambda s, o: s.OneCycleLR(o, 0.3, 260, pct_start=0.0, cycle_momentum=False)),
    "sequential": (
        sgd,
        lambda s, o: s.SequentialLR(
            o,
            [s.LinearLR(o, 0.1, total_iters=20), s.CosineAnnealingLR(o, 100), s.ExponentialLR(o, 0.99)],
            milestones=[20, 120],
        ),
    ),
    "sequential of closed forms": (
        sgd,
        lambda s, o: s.SequentialLR(
            o,
            [s.ConstantLR(o, 0.1, 20), s.CosineAnnealingWarmRestarts(o, 9), s.MultiplicativeLR(o, lambda t: 0.9)],
            milestones=[20, 120],
        ),
    ),
    "sequential of cycles": (
        sgd,
        lambda s, o: s.SequentialLR(o, [s.LinearLR(o), s.CyclicLR(o, 0.01, 0.1, 9), s.StepLR(o, 9)], [20, 100]),
    ),
    "chained": (
        sgd,
        lambda s, o: s.ChainedScheduler([s.ConstantLR(o, 0.1, 20), s.ExponentialLR(o, 0.98), s.StepLR(o, 50)]),
    ),
    "chained sequence": (
        sgd,
        lambda s, o: s.ChainedScheduler(
            [s.SequentialLR(o, [s.LinearLR(o), s.ExponentialLR(o, 0.98)], [9]), s.StepLR(o, 50)], optimizer=o
        ),
    ),
    "plateau": (sgd, lambda s, o: s.ReduceLROnPlateau(o)),
    "plateau max": (sgd, lambda s, o: s.ReduceLROnPlateau(o, "max", 0.5, 3, 0.01, "rel", 4, [1e-3, 1e-4, 0.02], 1e-5)),
    "plateau abs": (
        adam,
        lambda s, o: s.ReduceLROnPlateau(o, factor=0.7, patience=0, threshold=0.1, threshold_mode="abs", min_lr=1e-4),
    ),
    "plateau max abs": (sgd, lambda s, o: s.ReduceLROnPlateau(o, mode="max", threshold_mode="abs", cooldown=7)),
}


def run(lib, name, steps=STEPS, meanwhile=None):
    """`steps` steps of one schedule; meanwhile(lib, t, optimizer, scheduler) may change or replace the two."""
    make_optimizer, make = SCHEDULES[name]
    optimizer = make_optimizer(lib)
    scheduler = make(lib.optim.lr_scheduler, optimizer)
    rows = [seen(optimizer, scheduler)]
    for t in range(1, steps + 1):
        train(optimizer, t)
        advance(scheduler, t)
        if meanwhile is not None:
            optimizer, scheduler = meanwhile(lib, t, optimizer, scheduler) or (optimizer, scheduler)
        rows.append(seen(optimizer, scheduler))
    return rows


def assert_same_rows(mine, other, name="", rtol=1e-12):
    """The options to 1e-12 relative; the parameters too, but where they pass 0, to that of their usual size."""
    for t, ((a, p), (b, q)) in enumerate(zip(mine, other, strict=True)):
        np.testing.assert_allclose(a, b, rtol=rtol, atol=1e-300, err_msg=f"{name}, options of step {t}")
        np.testing.assert_allclose(p, q, rtol=rtol, atol=rtol, err_msg=f"{name}, parameters of step {t}")
