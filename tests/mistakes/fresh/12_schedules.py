# The same regression under many schedules; some go on per step, some per epoch, one by the validation loss.
import math

import tinygrad_optim as torch
from tinygrad_optim import nn, optim
from tinygrad_optim.optim import lr_scheduler as sched

torch.manual_seed(0)
x = torch.linspace(-3, 3, 90).view(-1, 1)
y = torch.sin(x) + 0.05 * torch.randn(90, 1)
x_val, y_val = x[1::5], y[1::5]
keep = torch.ones(90, dtype=torch.bool)
keep[1::5] = False
x_tr, y_tr = x[keep], y[keep]

EPOCHS, STEPS = 8, 4


def warmup(opt):
    """From exactly 0 at first, as transformers have it."""
    return sched.LambdaLR(opt, lambda s: min(1.0, s / 5) * 0.5 * (1 + math.cos(math.pi * s / (EPOCHS * STEPS))))


def warm_then_cosine(opt):
    first = sched.LinearLR(opt, start_factor=0.1, total_iters=6)
    then = sched.CosineAnnealingLR(opt, T_max=EPOCHS * STEPS - 6)
    return sched.SequentialLR(opt, [first, then], milestones=[6])


def chained(opt):
    return sched.ChainedScheduler([sched.ConstantLR(opt, 0.3, 4), sched.ExponentialLR(opt, 0.97)])


table = {
    "none": (None, None),
    "warm-up from 0": (warmup, "step"),
    "sequential": (warm_then_cosine, "step"),
    "chained": (chained, "step"),
    "cyclic": (lambda o: sched.CyclicLR(o, 1e-3, 5e-2, step_size_up=6, cycle_momentum=False), "step"),
    "restarts": (lambda o: sched.CosineAnnealingWarmRestarts(o, T_0=4, T_mult=2), "step"),
    "milestones": (lambda o: sched.MultiStepLR(o, milestones=[3, 6], gamma=0.3), "epoch"),
    "polynomial": (lambda o: sched.PolynomialLR(o, total_iters=EPOCHS), "epoch"),
    "plateau": (lambda o: sched.ReduceLROnPlateau(o, "min", patience=0, threshold=1e-2), "val"),
}

results, rates = {}, {}
for name, (factory, when) in table.items():
    torch.manual_seed(1)
    net = nn.Sequential(nn.Linear(1, 20), nn.Tanh(), nn.Linear(20, 1))
    opt = optim.Adam(net.parameters(), lr=3e-2)
    scheduler = factory(opt) if factory else None
    rates[name] = []
    for epoch in range(EPOCHS):
        order = torch.randperm(len(x_tr))
        for idx in order.chunk(STEPS):
            opt.zero_grad()
            nn.functional.mse_loss(net(x_tr[idx]), y_tr[idx]).backward()
            opt.step()
            rates[name].append(opt.param_groups[0]["lr"])
            if when == "step":
                scheduler.step()
        with torch.no_grad():
            val = nn.functional.mse_loss(net(x_val), y_val).item()
        if when == "epoch":
            scheduler.step()
        elif when == "val":
            scheduler.step(val)
    results[name] = val

assert rates["warm-up from 0"][0] == 0.0
best = min(results, key=results.get)
print(best, " ".join(f"{v:.4f}" for v in results.values()))
