"""Schedules as they are used: per batch, per epoch, chained, set by hand, resumed, and edited where edits are kept."""

import tinygrad_optim as torch
from tinygrad_optim import optim
from tinygrad_optim.optim import lr_scheduler


def parameter():
    return torch.tensor([1.0], requires_grad=True)


def one_step(optimizer, w):
    optimizer.zero_grad()
    (w**2).sum().backward()
    optimizer.step()


def by_hand_before_each_step():
    w = parameter()
    optimizer = optim.SGD([w], lr=0.1)
    scheduler = lr_scheduler.LambdaLR(optimizer, lambda t: 0.9**t)
    for step in range(30):
        if step < 10:  # a warm-up of one's own
            for group in optimizer.param_groups:
                group["lr"] = 0.1 * (step + 1) / 11
        one_step(optimizer, w)
        scheduler.step()


def kept_edits():
    w = parameter()
    optimizer = optim.SGD([w], lr=0.1)
    scheduler = lr_scheduler.StepLR(optimizer, 4)
    for step in range(12):
        if step == 5:
            optimizer.param_groups[0]["lr"] = 0.05
        one_step(optimizer, w)
        scheduler.step()


def chained_and_plateau():
    w = parameter()
    optimizer = optim.Adam([w], lr=0.1)
    many = lr_scheduler.ChainedScheduler(
        [lr_scheduler.ExponentialLR(optimizer, 0.9), lr_scheduler.StepLR(optimizer, 3)]
    )
    plateau = lr_scheduler.ReduceLROnPlateau(optimizer, patience=2)
    for step in range(10):
        one_step(optimizer, w)
        many.step()
        plateau.step((w**2).sum())


def resumed():
    w = parameter()
    optimizer = optim.SGD([w], lr=0.1, momentum=0.9)
    scheduler = lr_scheduler.CosineAnnealingLR(optimizer, 20)
    for step in range(8):
        one_step(optimizer, w)
        scheduler.step()
    saved = optimizer.state_dict(), scheduler.state_dict()
    optimizer = optim.SGD([w], lr=0.1, momentum=0.9)
    scheduler = lr_scheduler.CosineAnnealingLR(optimizer, 20)
    optimizer.load_state_dict(saved[0])
    scheduler.load_state_dict(saved[1])
    for step in range(8):
        one_step(optimizer, w)
        scheduler.step()


def long_epochs():
    w = parameter()
    optimizer = optim.SGD([w], lr=0.01)
    scheduler = lr_scheduler.MultiStepLR(optimizer, [1, 2])
    for epoch in range(3):
        for batch in range(40):
            one_step(optimizer, w)
        scheduler.step()


def built_and_handed_on():
    w = parameter()
    optimizer = optim.SGD([w], lr=0.01)
    return train(w, optimizer, lr_scheduler.ExponentialLR(optimizer, 0.9))


def train(w, optimizer, scheduler):
    for epoch in range(2):
        for batch in range(30):
            one_step(optimizer, w)
        scheduler.step()


def unfrozen_with_its_own_lr():
    head, body = parameter(), parameter()
    optimizer = optim.SGD([head], lr=0.1)
    scheduler = lr_scheduler.StepLR(optimizer, 2)
    for epoch in range(8):
        if epoch == 4:
            optimizer.add_param_group({"params": [body], "lr": 1e-3})
        optimizer.zero_grad()
        ((head + body * (epoch >= 4)) ** 2).sum().backward()
        optimizer.step()
        scheduler.step()


def groups_of_their_own():
    w, v = parameter(), parameter()
    groups = [{"params": [w], "lr": 0.01}, {"params": [v], "lr": 0.1}]
    optimizer = optim.SGD(groups, momentum=0.9)
    scheduler = lr_scheduler.LambdaLR(optimizer, [lambda t: 0.9**t, lambda t: 0.5**t])
    for step in range(5):
        optimizer.zero_grad()
        ((w + v) ** 2).sum().backward()
        optimizer.step()
        scheduler.step()


def phase_after_phase():
    w = parameter()
    optimizer = optim.SGD([w], lr=0.1, momentum=0.9)
    for group in optimizer.param_groups:
        group["lr"] = 0.05
    for step in range(3):
        one_step(optimizer, w)
    cycle = lr_scheduler.OneCycleLR(optimizer, max_lr=0.2, total_steps=10)
    for step in range(10):
        one_step(optimizer, w)
        cycle.step()


for program in (
    by_hand_before_each_step,
    kept_edits,
    chained_and_plateau,
    resumed,
    long_epochs,
    built_and_handed_on,
    unfrozen_with_its_own_lr,
    groups_of_their_own,
    phase_after_phase,
):
    program()
